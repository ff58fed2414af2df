"""Secrets, subcontracts, rights and inspections of the certificates contract: what is asked for before it is done."""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import found, proved, signed
from contracts_lives import Life

from itaku.contracts.engine.whatif import may


@pytest.mark.shows("S1-4", "S1-4-但")
def test_a_subcontract_may_begin_only_after_written_consent() -> None:
    for consented_on, state in (("2026-06-01", "discharged"), ("2026-06-03", "violated"), (None, "violated")):
        life = signed()
        life.tell("2026-05-20", "subcontract.applied", sub="保守会社")
        assert life.state("2026-05-21", "S1-4[sub=保守会社]") == "in_effect"
        assert life.state("2026-05-21", "S1-4-但[sub=保守会社]") == "available"
        if consented_on is not None:
            life.tell(consented_on, "subcontract.consented", sub="保守会社", told_by="client")
        life.tell("2026-06-02", "subcontract.started", sub="保守会社")
        assert life.state("2026-06-04", "S1-4[sub=保守会社]") == state


@pytest.mark.shows("S1-4", "S1-4-但")
def test_consent_to_one_subcontractor_covers_no_other_and_needs_an_application() -> None:
    life = signed()
    life.tell("2026-05-20", "subcontract.applied", sub="甲社")
    life.tell("2026-05-21", "subcontract.consented", sub="甲社")
    life.tell("2026-05-22", "subcontract.started", sub="乙社")
    views = life.on("2026-05-23").views
    assert views["S1-4[sub=甲社]"].breached_on is None
    assert views["S1-4[sub=乙社]"].breached_on == dt.date(2026, 5, 22)
    life.tell("2026-05-24", "subcontract.consented", sub="丙社")
    assert life.flagged("2026-05-25") == ["without_effect"]


@pytest.mark.shows("S1-4", "S1-4-但")
def test_the_contractor_can_ask_beforehand_whether_it_may_begin() -> None:
    life = signed()
    life.tell("2026-05-20", "subcontract.applied", sub="保守会社")
    start = life.event("2026-06-02", "subcontract.started", sub="保守会社")
    answer = may(life.contract, life.events, start)
    assert (answer.may, [view.id for view in answer.broken]) == (False, ["S1-4[sub=保守会社]"])
    life.tell("2026-06-01", "subcontract.consented", sub="保守会社")
    assert may(life.contract, life.events, life.event("2026-06-02", "subcontract.started", sub="保守会社")).may


@pytest.mark.shows("S1-5")
@pytest.mark.parametrize("sort", ["assigned", "succeeded", "pledged"])
def test_rights_are_never_transferred_or_pledged_and_nothing_lifts_that(sort: str) -> None:
    life = signed()
    life.tell("2026-06-01", "rights.transferred", transfer="R1", sort=sort)
    view = life.view("2026-06-02", "S1-5[transfer=R1]")
    assert (view.bearer, view.breached_on) == ("contractor", dt.date(2026, 6, 1))


def disclosed(life: Life, asset: str) -> None:
    """The client hands over something marked secret."""
    life.tell("2026-04-02", "secret.disclosed", asset=asset, discloser="甲", medium="電子メール")


@pytest.mark.shows("S1-6-1", "S1-6-1/開示", "S1-6-3/目的")
def test_a_secret_is_kept_not_given_out_and_not_used_beyond_the_purpose() -> None:
    life = signed()
    disclosed(life, "A")
    assert life.view("2026-04-03", "S1-6-1[asset=A]").due.continuous
    life.tell("2026-05-01", "secret.given-out", asset="A")
    life.tell("2026-05-02", "secret.misused", asset="A")
    views = life.on("2026-05-03").views
    assert views["S1-6-1/開示[asset=A]"].breached_on == dt.date(2026, 5, 1)
    assert views["S1-6-3/目的[asset=A]"].breached_on == dt.date(2026, 5, 2)
    assert views["S1-6-1[asset=A]"].bearer == "both"


@pytest.mark.shows("S1-6-2", "S1-6-2-1", "S1-6-2-2", "S1-6-2-3", "S1-6-2-4", "S1-6-2-5")
def test_each_of_five_reasons_takes_an_item_out_of_the_secrets_and_that_item_alone() -> None:
    reasons = {
        "public": "S1-6-2-1",
        "prior": "S1-6-2-2",
        "third-party": "S1-6-2-3",
        "consent": "S1-6-2-4",
        "independent": "S1-6-2-5",
    }
    for reason, clause in reasons.items():
        life = signed()
        disclosed(life, "A")
        disclosed(life, "B")
        life.tell("2026-04-03", "exclusion.recorded", asset="A", reason=reason)
        life.tell("2026-04-04", "secret.given-out", asset="A")
        life.tell("2026-04-04", "secret.given-out", asset="B")
        life.tell("2026-04-04", "secret.misused", asset="A")
        life.tell("2026-04-04", "secret.copied", asset="A", copy="1")
        views = life.on("2026-04-05").views
        assert [name for name in reasons.values() if f"{name}[asset=A]" in views] == [clause]
        assert views["S1-6-3[asset=A,copy=1]"].breached_on is None
        assert views[f"{clause}[asset=A]"].state == "holds"
        assert views["S1-6-2[asset=A]"].state == "holds"
        assert views["S1-6-2[asset=B]"].state == "running"
        assert views["S1-6-1[asset=A]"].state == "discharged"
        assert views["S1-6-1/開示[asset=A]"].breached_on is None
        assert views["S1-6-3/目的[asset=A]"].breached_on is None
        assert views["S1-6-1/開示[asset=B]"].breached_on == dt.date(2026, 4, 4)


@pytest.mark.shows("S1-6-2", "S1-6-1/開示")
def test_a_reason_recorded_after_the_disclosure_to_others_does_not_heal_it() -> None:
    life = signed()
    disclosed(life, "A")
    life.tell("2026-04-03", "secret.given-out", asset="A")
    life.tell("2026-04-04", "exclusion.recorded", asset="A", reason="public")
    assert life.view("2026-04-05", "S1-6-1/開示[asset=A]").breached_on == dt.date(2026, 4, 3)


@pytest.mark.shows("S1-6-3")
def test_consent_to_one_copy_does_not_allow_another() -> None:
    life = signed()
    disclosed(life, "A")
    life.tell("2026-04-02", "secret.copy-wanted", asset="A", copy="1")
    assert life.state("2026-04-02", "S1-6-3[asset=A,copy=1]") == "in_effect"
    life.tell("2026-04-03", "secret.copy-consented", asset="A", copy="1")
    life.tell("2026-04-04", "secret.copied", asset="A", copy="1")
    life.tell("2026-04-05", "secret.copied", asset="A", copy="2")
    views = life.on("2026-04-06").views
    assert views["S1-6-3[asset=A,copy=1]"].breached_on is None
    assert views["S1-6-3[asset=A,copy=2]"].breached_on == dt.date(2026, 4, 5)


@pytest.mark.shows("S1-6-4", "S1-6-1/開示", "S1-6-3")
@pytest.mark.parametrize("end", ["expired", "terminated", "cancelled"])
def test_secrets_stay_secret_however_the_contract_ends_and_without_a_last_day(end: str) -> None:
    life = signed()
    disclosed(life, "A")
    if end == "expired":
        life.tell("2027-02-01", "objection.arrived", term_end="2027-03-31")
    elif end == "cancelled":
        life.tell("2027-02-01", "cancellation.notified", end_on="2027-03-31")
    else:
        life.tell("2027-03-30", "insolvency.known")
        life.tell("2027-03-31", "termination.notified", case="1", extent="whole")
    life.tell("2041-01-01", "secret.given-out", asset="A")
    life.tell("2041-01-02", "secret.copied", asset="A", copy="1")
    life.tell("2041-01-02", "secret.misused", asset="A")
    result = life.on("2041-01-03")
    assert result.status == end
    assert result.views["S1-6-4[2027-03-31]"].state == "holds"
    assert result.views["S1-6-1[asset=A]"].state == "in_effect"
    assert result.views["S1-6-1/開示[asset=A]"].breached_on == dt.date(2041, 1, 1)
    assert result.views["S1-6-3[asset=A,copy=1]"].breached_on == dt.date(2041, 1, 2)
    assert result.views["S1-6-3/目的[asset=A]"].breached_on == dt.date(2041, 1, 2)


@pytest.mark.shows("S1-7-1", "S1-7-2")
def test_storage_and_systems_are_proved_by_their_registers() -> None:
    life = signed()
    slots = {"S1-7-1": ("places", "custody"), "S1-7-2": ("inventory", "controls")}
    for clause, (first, second) in slots.items():
        assert life.state("2026-04-01", clause) == "unproved"
        proved(life, "2026-04-02", clause, first)
        assert life.state("2026-04-03", clause) == "unproved"
        proved(life, "2026-04-04", clause, second)
        assert life.state("2026-04-05", clause) == "proved"
        life.tell("2026-04-06", "evidence.withdrawn", under=clause, slot=first)
        assert life.state("2026-04-07", clause) == "unproved"
    assert life.view("2026-04-07", "S1-7-1").bearer == "both"


def inspected(life: Life, inspection: str = "K1") -> None:
    """An inspection of the books, announced in writing and agreed."""
    life.tell("2026-06-01", "inspection.planned", inspection=inspection)
    life.tell("2026-06-02", "inspection.notified", inspection=inspection)
    life.tell("2026-06-05", "inspection.agreed", inspection=inspection)
    life.tell("2026-06-10", "books.inspected", inspection=inspection, from_="2026-06-10", to="2026-06-10")


@pytest.mark.shows("S1-11-1", "S1-11-2")
def test_the_books_are_inspected_after_written_notice_on_an_agreed_day() -> None:
    life = signed()
    inspected(life)
    views = life.on("2026-06-11").views
    assert (views["S1-11-2[inspection=K1]"].bearer, views["S1-11-2[inspection=K1]"].state) == ("client", "fulfilled")
    assert views["S1-11-2[inspection=K1]"].performed_on == dt.date(2026, 6, 5)  # notified on the 2nd, agreed on the 5th
    assert views["S1-11-1[inspection=K1]"].state == "exercised"


@pytest.mark.shows("S1-11-2")
@pytest.mark.parametrize("notified", [True, False])
def test_an_inspection_without_notice_or_without_agreement_breaks_the_clients_duty(notified: bool) -> None:
    life = signed()
    life.tell("2026-06-01", "inspection.planned", inspection="K1")
    if notified:
        life.tell("2026-06-02", "inspection.notified", inspection="K1")
    life.tell("2026-06-10", "books.inspected", inspection="K1", from_="2026-06-10", to="2026-06-10")
    assert life.view("2026-06-11", "S1-11-2[inspection=K1]").breached_on == dt.date(2026, 6, 10)


@pytest.mark.shows("S1-11-2")
def test_an_inspection_that_nobody_planned_breaks_it_too() -> None:
    life = signed()
    life.tell("2026-06-10", "books.inspected", inspection="K9", from_="2026-06-10", to="2026-06-10")
    assert life.view("2026-06-11", "S1-11-2[inspection=K9]").breached_on == dt.date(2026, 6, 10)


@pytest.mark.shows("S1-11-3", "S1-11-3/報告", "S1-11-3/報告の提出")
def test_after_an_inspection_the_client_may_attend_and_ask_for_a_report_not_before() -> None:
    life = signed()
    life.tell("2026-05-01", "report.ordered", inspection="K1")
    life.tell("2026-05-01", "followup.ordered", inspection="K1", sort="attend")
    assert life.flagged("2026-05-02") == ["without_effect", "without_effect"]
    assert "S1-11-3/報告の提出[inspection=K1]" not in life.on("2026-05-02").views
    inspected(life)
    assert life.state("2026-06-11", "S1-11-3[inspection=K1]") == "available"
    life.tell("2026-06-12", "followup.ordered", inspection="K1", sort="attend")
    life.tell("2026-06-12", "report.ordered", inspection="K1")
    views = life.on("2026-06-13").views
    assert views["S1-11-3[inspection=K1]"].state == views["S1-11-3/報告[inspection=K1]"].state == "exercised"
    report = views["S1-11-3/報告の提出[inspection=K1]"]
    assert (report.bearer, report.state, report.due.day) == ("contractor", "in_effect", None)
    life.tell("2026-06-20", "followup.reported", inspection="K1")
    assert life.state("2026-06-21", "S1-11-3/報告の提出[inspection=K1]") == "fulfilled"


@pytest.mark.shows("S1-11-3-後", "S1-11-3-後/不相当", "S1-11-3-後/是正")
def test_correction_can_be_demanded_once_the_performance_is_found_improper_and_is_done_when_confirmed() -> None:
    life = signed()
    inspected(life)
    assert life.state("2026-06-11", "S1-11-3-後[inspection=K1]") == "not_arisen"
    life.tell("2026-06-12", "correction.demanded", inspection="K1")
    assert life.flagged("2026-06-13") == ["without_effect"]
    found(life, "2026-06-14", "S1-11-3-後/不相当", instance="S1-11-3-後[inspection=K1]")
    life.tell("2026-06-15", "correction.demanded", inspection="K1")
    assert life.state("2026-06-16", "S1-11-3-後[inspection=K1]") == "exercised"
    name = "S1-11-3-後/是正[inspection=K1]"
    assert life.state("2026-06-16", name) == "in_effect"
    life.tell("2026-06-20", "correction.done", inspection="K1")
    assert life.state("2026-06-21", name) == "in_effect"
    life.tell("2026-06-25", "correction.confirmed", inspection="K1")
    assert life.state("2026-06-26", name) == "fulfilled"
    assert life.state("2026-06-26", "S1-11-3-後/不相当") == "running"  # found for this inspection alone
