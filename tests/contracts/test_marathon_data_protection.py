"""The data protection specification of the marathon contract answers each of its clauses once, and can be run."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from typing import Any

import pytest

from itaku.basis.clock import JST, to_instant, to_jst
from itaku.contracts.engine.events import Told, read_event
from itaku.contracts.engine.result import View, replay
from itaku.contracts.model.answers import answers
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.formatting import formatted
from itaku.contracts.model.kinds import Document, Obligation, Requirement
from itaku.contracts.model.loading import Source, read_contract
from itaku.contracts.model.mistakes import ContractFileError
from itaku.contracts.model.parts import names
from itaku.contracts.model.register import clause_of, register

NAME = "marathon-data-protection.toml"
TEXT = resources.files("itaku.contracts.library").joinpath(NAME).read_text(encoding="utf-8")

# What the specification takes from elsewhere in the contract, and nothing more.
HEAD = """
[contract]
id = "S2"
ja = "本文のない契約"
en = "A contract without its main text"

[parties.prefecture]
ja = "県"
en = "Prefecture"

[parties.contractor]
ja = "受託者"
en = "Contractor"

[event."work.completed"]
ja = "業務の完了の確認"
en = "Work confirmed as completed"
fields = {on = "date"}

[event."subcontract.planned"]
ja = "再委託の予定"
en = "Subcontract planned"
by = "contractor"
keys = ["sub"]

[event."subcontract.started"]
ja = "再委託の開始"
en = "Subcontract started"
by = "contractor"
keys = ["sub"]
"""


def read(text: str = TEXT) -> Contract:
    sources = [Source("head.toml", HEAD.encode()), Source(NAME, text.encode())]
    return read_contract(sources, complete=False)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return read()


class Life:
    """A life of the contract, told event by event."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.told: list[Told] = []
        self.tell("2026-04-01", "contract.signed")

    def tell(self, at: str, kind: str, **fields: Any) -> None:
        self.told.append(Told(id=f"e{len(self.told) + 1}", at=at, kind=kind, fields=fields))

    def at(self, year: int, month: int, day: int) -> dict[str, View]:
        events = [read_event(self.contract, told, seq) for seq, told in enumerate(self.told, 1)]
        return replay(self.contract, events, to_instant(dt.datetime(year, month, day, tzinfo=JST))).views


@pytest.fixture
def life(contract: Contract) -> Life:
    return Life(contract)


def clock(view: View) -> tuple[str, str]:
    """The target and the outer limit, as time of day."""
    assert view.due.target is not None
    assert view.due.instant is not None
    return f"{to_jst(view.due.target):%H:%M}", f"{to_jst(view.due.instant):%H:%M}"


def test_it_is_written_as_the_formatter_writes_it() -> None:
    assert formatted(TEXT, NAME) == TEXT


def test_every_clause_of_the_specification_is_answered_once_and_in_order(contract: Contract) -> None:
    assert tuple(each.clause for each in answers(contract)) == register()["S2-D"]
    bare = {each.id for each in contract.provisions}
    assert bare >= set(register()["S2-D"])


def test_what_a_clause_makes_beside_itself_stands_behind_it(contract: Contract) -> None:
    before = ""
    for provision in contract.provisions:
        if clause_of(provision.id) != provision.id and not provision.id.startswith("S2-D5/5."):
            assert clause_of(before) == clause_of(provision.id)
        before = provision.id


def test_the_client_here_is_the_prefecture(contract: Contract) -> None:
    assert contract.parts["S2-D"].labels == {"発注者": "prefecture", "受注者": "contractor"}


def test_every_document_names_a_paper_with_fields(contract: Contract) -> None:
    for provision in contract.provisions:
        if isinstance(provision, Document):
            assert names(provision.paper), provision.id
        for paper in names(provision.paper):
            assert contract.papers[paper].fields, paper


def test_every_paper_is_asked_for_by_a_clause(contract: Contract) -> None:
    asked = {paper for each in contract.provisions for paper in names(each.paper)}
    assert asked == set(contract.papers)


def test_every_requirement_has_a_slot_for_evidence(contract: Contract) -> None:
    found = [each for each in contract.provisions if isinstance(each, Requirement)]
    assert len(found) > 40
    for requirement in found:
        assert requirement.evidence, requirement.id


def test_evidence_on_the_running_system_runs_out_after_a_year(contract: Contract) -> None:
    for provision in contract.provisions:
        if provision.id.startswith("S2-D5.") and provision.evidence:
            assert {slot.expires for slot in provision.evidence} == {"1y"}, provision.id


def test_the_ledger_has_the_eleven_fields_from_hand_over_to_return(contract: Contract) -> None:
    fields = set(contract.papers["data-ledger"].fields)
    assert len(fields - {"confirmed_by", "result"}) == 11
    assert {"received_at", "returned_at", "my_number"} <= fields


def test_work_cannot_start_before_the_plan_and_its_parts(contract: Contract) -> None:
    gated = {
        each.id
        for each in contract.provisions
        if isinstance(each, Document | Obligation) and each.gate and "data-work.started" in names(each.gate.event)
    }
    parts = {"S2-D4.1-1", "S2-D4.1-1-番号", "S2-D4.1-2", "S2-D4.1-3", "S2-D4.1-6"}
    assert gated == {"S2-D4.1"} | parts


def test_both_incident_clocks_survive_the_end_of_the_contract(contract: Contract) -> None:
    found = {each.id: each for each in contract.provisions if isinstance(each, Obligation)}
    first, details = found["S2-D4.1-6-ア"], found["S2-D4.1-6-イ"]
    assert first.due is not None
    assert first.due.clock == "incident-first-report"
    assert details.due is not None
    assert details.due.clock == "incident-details"
    assert details.trigger is not None
    assert names(details.trigger.fulfilled) == ("S2-D4.1-6-ア",)
    assert first.survives
    assert details.survives


def test_every_policy_touches_clauses_of_the_specification(contract: Contract) -> None:
    for name, policy in contract.policies.items():
        assert policy.clauses, name
        assert set(policy.clauses) <= set(register()["S2-D"]), name


def test_a_clause_that_is_left_out_is_noticed() -> None:
    with pytest.raises(ContractFileError) as refused:
        read(TEXT.replace('id = "S2-D4.4-3"', 'id = "S2-D4.4-9"'))
    assert "id_unlisted" in {each.code for each in refused.value.mistakes}


# ---- lives ----


def test_work_that_starts_on_an_unapproved_plan_is_a_breach(life: Life) -> None:
    life.tell("2026-04-06", "data-plan.submitted", version="1")
    life.tell("2026-04-07", "data-work.started")
    life.tell("2026-04-08", "data-plan.approved", version="1")
    plan = life.at(2026, 4, 9)["S2-D4.1[e1]"]
    assert (plan.state, plan.breached_on) == ("fulfilled", dt.date(2026, 4, 7))


def test_work_that_starts_on_an_approved_plan_is_none(life: Life) -> None:
    for part in ("roster", "training", "handling", "incident"):
        life.tell("2026-04-02", "data-plan.part-filed", part=part)
    life.tell("2026-04-03", "data-plan.submitted", version="1")
    life.tell("2026-04-04", "data-plan.approved", version="1")
    life.tell("2026-04-07", "data-work.started")
    assert [name for name, view in life.at(2026, 4, 9).items() if view.breached_on] == []


def test_nobody_is_listed_without_training(life: Life) -> None:
    life.tell("2026-04-02", "handler.trained", person="K1", on="2026-03-30", course="守秘義務")
    for person in ("K1", "K2"):
        life.tell("2026-04-03", "handler.nominated", person=person, role="handler")
        life.tell("2026-04-04", "handler.listed", person=person, role="handler")
    views = life.at(2026, 4, 5)
    assert views["S2-D4.1-1-教育[person=K1]"].state == "fulfilled"
    assert views["S2-D4.1-1-教育[person=K2]"].state == "violated"


def test_an_unencrypted_mail_of_level_two_is_a_breach_and_others_are_none(life: Life) -> None:
    life.tell("2026-06-05", "data-mail.sent", mail="M1", level="2", encrypted=False)
    life.tell("2026-06-05", "data-mail.sent", mail="M2", level="2", encrypted=True)
    life.tell("2026-06-05", "data-mail.sent", mail="M3", level="1", encrypted=False)
    found = {name: view.state for name, view in life.at(2026, 6, 6).items() if view.keys.get("mail")}
    assert found == {"S2-D4.1-3-キ[mail=M1]": "violated"}


@pytest.mark.parametrize(("permitted", "state"), [(True, "discharged"), (False, "violated")])
def test_an_outside_system_needs_a_permission(life: Life, permitted: bool, state: str) -> None:
    life.tell("2026-06-06", "outside-system.planned", use="U1", level="2")
    if permitted:
        life.tell("2026-06-07", "outside-system.permitted", use="U1")
    life.tell("2026-06-08", "outside-system.used", use="U1", level="2")
    assert life.at(2026, 6, 9)["S2-D4.1-3-イ[use=U1]"].state == state


def test_the_incident_clocks_show_the_strictest_and_the_loosest_time(life: Life) -> None:
    life.tell("2026-05-15T16:59:00+09:00", "data-incident.recognised", incident="I1", threat="leak")
    life.tell("2026-05-15T17:10:00+09:00", "data-incident.first-reported", incident="I1", caller="当番", whom="当直")
    views = life.at(2026, 5, 16)
    assert clock(views["S2-D4.1-6-ア[incident=I1]"]) == ("17:59", "17:59")
    details = views["S2-D4.1-6-イ[incident=I1]"]
    assert clock(details) == ("17:59", "20:10")
    assert details.state == "violated"


def test_a_false_alarm_frees_from_the_final_report_but_not_from_the_first(life: Life) -> None:
    life.tell("2026-05-15T10:00:00+09:00", "data-incident.recognised", incident="I1", threat="malware")
    life.tell("2026-05-15T10:30:00+09:00", "data-incident.false-alarm", incident="I1")
    views = life.at(2026, 5, 16)
    assert views["S2-D4.1-6-エ[incident=I1]"].state == "discharged"
    assert views["S2-D4.1-6-ア[incident=I1]"].state == "violated"


@pytest.mark.parametrize("matter", ["staff", "training", "handling", "subcontract"])
def test_a_change_of_the_plan_is_approved_before_it_acts(life: Life, matter: str) -> None:
    life.tell("2026-06-01", "plan-change.planned", change="C1", matter=matter)
    life.tell("2026-06-02", "plan-change.submitted", change="C1")
    life.tell("2026-06-03", "plan-change.applied", change="C1")
    assert life.at(2026, 6, 4)["S2-D4.2-3-ア[change=C1]"].breached_on == dt.date(2026, 6, 3)


def test_an_urgent_deviation_is_reported_afterwards_instead(life: Life) -> None:
    life.tell("2026-06-01", "deviation.started", deviation="V1", urgent=True)
    views = {name: view for name, view in life.at(2026, 6, 2).items() if view.keys.get("deviation")}
    assert {name: view.breached_on for name, view in views.items()} == {"S2-D4.2-3-イ-但[deviation=V1]": None}


def sanitize(life: Life, *, on: str, **lease: Any) -> None:
    fields = {"class": "A", "on": on, "outside": False, "leased": bool(lease)} | lease
    life.tell("2026-07-01", "sanitization.planned", device="D1", **fields)


def test_the_sanitization_plan_counts_back_from_the_end_of_a_lease(life: Life) -> None:
    sanitize(life, on="2026-10-20", lease_end="2026-09-30")
    plan = life.at(2026, 7, 2)["S2-D4.4-1/賃貸借[device=D1]"]
    assert plan.due.day == dt.date(2026, 8, 31)


def test_without_a_lease_it_counts_back_from_the_day_itself(life: Life) -> None:
    sanitize(life, on="2026-10-20")
    views = life.at(2026, 7, 2)
    assert views["S2-D4.4-1[device=D1]"].due.day == dt.date(2026, 9, 20)
    assert "S2-D4.4-1-賃[device=D1]" not in views


def test_the_one_day_in_dispute_is_a_stored_choice(life: Life) -> None:
    life.tell("2026-06-30", "policy.chosen", policy="S2-D4.4-1.day-count", option="included")
    sanitize(life, on="2026-10-20")
    day = life.at(2026, 7, 2)["S2-D4.4-1[device=D1]"].due.day
    assert day is not None
    assert abs(day - dt.date(2026, 9, 20)) == dt.timedelta(days=1)


@pytest.mark.parametrize(("on", "breached"), [("2026-10-30", False), ("2026-10-31", True)])
def test_a_leased_device_is_sanitized_within_thirty_days(life: Life, on: str, breached: bool) -> None:
    sanitize(life, on=on, lease_end="2026-09-30")
    life.tell("2026-07-02", "sanitization.plan-submitted", device="D1", on=on)
    life.tell("2026-07-03", "sanitization.plan-approved", device="D1")
    view = life.at(2026, 12, 1)["S2-D4.4-1-賃[device=D1]"]
    assert view.state == "fulfilled"
    assert (view.breached_on is not None) == breached


def test_the_plan_is_in_time_by_its_approval_unless_submission_is_chosen(life: Life) -> None:
    sanitize(life, on="2026-10-20")
    life.tell("2026-09-18", "sanitization.plan-submitted", device="D1", on="2026-10-20")
    life.tell("2026-09-25", "sanitization.plan-approved", device="D1")
    assert life.at(2026, 10, 1)["S2-D4.4-1[device=D1]"].breached_on is not None
    life.told.insert(
        1, Told(id="p", at="2026-04-02", kind="policy.chosen", fields={"policy": "S2-D4.4-1.in-time", "option": "act"})
    )
    assert life.at(2026, 10, 1)["S2-D4.4-1[device=D1]"].performed_on == dt.date(2026, 9, 18)


def test_media_leave_the_building_only_after_an_official_saw_the_erasure(life: Life) -> None:
    for device in ("D1", "D2"):
        life.tell("2026-10-20", "sanitization.erased-inside", device=device, **{"class": "B"})
    life.tell("2026-10-20", "sanitization.erasure-confirmed", device="D1", official="職員")
    for device in ("D1", "D2"):
        life.tell("2026-10-21", "sanitization.media-handed-over", device=device, **{"class": "B"})
    views = life.at(2026, 10, 22)
    assert views["S2-D4.4-2-イ-イ/引渡[device=D1]"].breached_on is None
    assert views["S2-D4.4-2-イ-イ/引渡[device=D2]"].breached_on == dt.date(2026, 10, 21)


def test_the_return_duty_stays_open_while_a_ledger_row_is_open(life: Life) -> None:
    life.tell("2027-03-31", "work.completed", on="2027-03-31")
    life.tell("2027-04-02", "return-plan.submitted", my_number_marked=False)
    life.tell("2027-04-03", "return-plan.approved")
    life.tell("2027-04-04", "data-return.finished", open_rows=3)
    (done,) = [view for view in life.at(2027, 4, 5).values() if view.provision == "S2-D4.3-1/処理"]
    assert done.state == "in_effect"
    life.tell("2027-04-06", "data-return.finished", open_rows=0)
    (done,) = [view for view in life.at(2027, 4, 7).values() if view.provision == "S2-D4.3-1/処理"]
    assert done.state == "fulfilled"


def test_a_requirement_applies_until_it_is_found_not_to(life: Life) -> None:
    assert life.at(2026, 4, 2)["S2-D5.8-1"].against == ()
    fields = {"on": "S2-D5/5.8", "result": False, "person": "職員", "reason": "画面の提供がない"}
    life.tell("2026-04-02", "finding.made", **fields)
    views = life.at(2026, 4, 3)
    assert [each.by for each in views["S2-D5.8-1"].against] == ["S2-D5/5.8"]
    assert views["S2-D5.7-1"].against == ()


def test_evidence_proves_a_requirement_for_a_year(life: Life) -> None:
    fields = {"under": "S2-D5.4-1", "slot": "transit", "sha256": "0" * 64}
    life.tell("2026-05-01", "evidence.filed", **fields)
    assert life.at(2026, 5, 2)["S2-D5.4-1"].state == "proved"
    assert life.at(2027, 5, 3)["S2-D5.4-1"].state == "expired"
