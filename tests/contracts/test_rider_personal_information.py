"""The rider on personal information lives: custody, consents, accidents, return, inspections, ending and damages."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life
from rider_lives import PRICE_YEN, day_set, found, paid, proved, signed, terminated

from itaku.contracts.engine.whatif import may


@pytest.fixture(name="life")
def _life() -> Life:
    return signed()


# ---- 1, 2: standing duties and the people who do the work ----


@pytest.mark.shows("S2-P1", "S2-P2-1", "S2-P6")
@pytest.mark.parametrize("name", ["S2-P1", "S2-P2-1", "S2-P6"])
def test_the_contractors_standing_duties_last_from_signing_to_the_end(life: Life, name: str) -> None:
    for each in ("S2-P1", "S2-P2-1", "S2-P6"):
        assert life.view("2025-11-05", each).due.continuous
    assert life.view("2025-11-05", name).bearer == "contractor"
    assert life.state("2027-03-31", name) == "in_effect"
    found(life, "2026-06-01", "S2-P9-1")
    terminated(life, "2026-06-02", "S2-P9", by="committee")
    assert life.state("2026-06-03", name) == "discharged"


@pytest.mark.shows("S2-P2-2")
def test_everyone_who_does_the_work_is_briefed(life: Life) -> None:
    for staff in ("A1", "A2"):
        life.tell("2025-12-01", "staff.assigned", staff=staff, told_by="contractor")
    life.tell("2025-12-01", "staff.briefed", staff="A1")
    assert life.state("2025-12-02", "S2-P2-2[staff=A1]") == "fulfilled"
    assert life.state("2025-12-02", "S2-P2-2[staff=A2]") == "in_effect"
    assert life.view("2025-12-02", "S2-P2-2[staff=A2]").due.day is None  # the text names no day


@pytest.mark.shows("S2-P2-2-1", "S2-P2-2-2")
@pytest.mark.parametrize(
    ("clause", "kind"), [("S2-P2-2-1", "staff-data.disclosed"), ("S2-P2-2-2", "staff-data.misused")]
)
def test_staff_and_former_staff_never_tell_or_misuse_what_they_learned(life: Life, clause: str, kind: str) -> None:
    assert life.state("2025-11-05", "S2-P2-2-1") == life.state("2025-11-05", "S2-P2-2-2") == "in_effect"
    told = life.tell("2029-05-01", kind, told_by="committee")
    after = life.view("2029-05-02", f"{clause}[{told}]")
    assert (after.bearer, after.state, after.breached_on) == ("third", "violated", dt.date(2029, 5, 1))


# ---- 3: handling ----


@pytest.mark.shows("S2-P3-1")
def test_purpose_items_and_means_of_each_collection_are_on_file(life: Life) -> None:
    life.tell("2026-02-01", "collection.started", collection="C1")
    assert life.state("2026-02-02", "S2-P3-1[collection=C1]") == "in_effect"
    life.tell("2026-02-03", "collection.recorded", collection="C1")
    assert life.state("2026-02-04", "S2-P3-1[collection=C1]") == "fulfilled"


@pytest.mark.shows("S2-P3-2")
@pytest.mark.parametrize("ending", ["running", "terminated", "expired"])
def test_personal_data_are_not_disclosed_while_it_runs_nor_after_any_end(life: Life, ending: str) -> None:
    if ending == "terminated":
        found(life, "2026-06-01", "S2-P9-1")
        terminated(life, "2026-06-02", "S2-P9", by="committee")
    day = "2028-01-10" if ending == "expired" else "2026-07-01"
    assert life.state(day, "S2-P3-2") == "in_effect"
    told = life.tell(day, "personal-data.disclosed", told_by="committee")
    assert life.on(day).status == ("in_force" if ending == "running" else ending)
    assert life.view(day, f"S2-P3-2[{told}]").breached_on == dt.date.fromisoformat(day)


@pytest.mark.shows("S2-P3-3")
def test_the_safeguards_are_proved_by_a_checklist_until_the_day_it_states(life: Life) -> None:
    assert life.state("2025-12-01", "S2-P3-3") == "unproved"
    proved(life, "2025-12-02", "S2-P3-3", "controls", expires_on="2026-12-01")
    assert life.state("2026-12-01", "S2-P3-3") == "proved"
    assert life.state("2026-12-02", "S2-P3-3") == "expired"


CONSENTS = [
    ("S2-P3-4", "takeout", "takeout.planned", "takeout.consented", "takeout.done"),
    ("S2-P3-4/場所", "place", "elsewhere-work.planned", "elsewhere-work.consented", "elsewhere-work.started"),
    ("S2-P3-5", "use", "other-use.planned", "other-use.instructed", "other-use.done"),
    (
        "S2-P3-5/提供",
        "handing",
        "provision-to-others.planned",
        "provision-to-others.consented",
        "provision-to-others.done",
    ),
    ("S2-P3-6", "copying", "copying.planned", "copying.consented", "copying.done"),
]


@pytest.mark.parametrize(
    ("clause", "key", "planned", "allowed", "done"),
    [pytest.param(*row, marks=pytest.mark.shows(row[0]), id=row[0]) for row in CONSENTS],
)
def test_what_needs_the_clients_word_is_a_breach_without_it_or_before_it(
    life: Life, clause: str, key: str, planned: str, allowed: str, done: str
) -> None:
    for number in ("N1", "N2", "N3"):
        life.tell("2026-02-01", planned, told_by="contractor", **{key: number})
    life.tell("2026-02-05", allowed, told_by="committee", **{key: "N1"})
    for number in ("N1", "N2", "N3", "N4"):
        life.tell("2026-02-06", done, **{key: number})
    life.tell("2026-02-07", allowed, told_by="committee", **{key: "N3"})
    day = "2026-02-08"
    assert life.state(day, f"{clause}[{key}=N1]") == "discharged"
    for number in ("N2", "N3", "N4"):  # not allowed, allowed too late, not even announced
        broken = life.view(day, f"{clause}[{key}={number}]")
        assert (broken.state, broken.breached_on) == ("violated", dt.date(2026, 2, 6))


@pytest.mark.shows("S2-P3-4", "S2-P3-6")
def test_consent_to_take_out_is_no_consent_to_copy(life: Life) -> None:
    life.tell("2026-02-01", "takeout.planned", takeout="N1")
    life.tell("2026-02-02", "takeout.consented", takeout="N1")
    life.tell("2026-02-03", "copying.done", copying="N1")
    assert life.state("2026-02-04", "S2-P3-4[takeout=N1]") == "discharged"
    assert life.state("2026-02-04", "S2-P3-6[copying=N1]") == "violated"


# ---- 4: subcontracts ----


@pytest.mark.shows("S2-P4", "S2-5-1")
def test_a_subcontract_with_personal_data_waits_for_consent_though_the_main_text_is_content_with_a_report(
    life: Life,
) -> None:
    life.tell("2026-01-10", "subcontract.planned", sub="K1", tier="first", personal=True)
    life.tell("2026-01-11", "subcontract.reported", sub="K1")
    start = life.event("2026-01-20", "subcontract.started", sub="K1", tier="first", personal=True)
    refused = may(life.contract, life.events, start)
    assert not refused.may
    assert {each.id for each in refused.broken} == {"S2-P4[sub=K1]", "S2-D4.1-7[sub=K1]"}
    life.tell("2026-01-12", "subcontract.consented", sub="K1", told_by="committee")
    life.tell("2026-01-13", "subcontract-plan.submitted", sub="K1")
    life.tell("2026-01-14", "subcontract-plan.approved", sub="K1")
    assert may(life.contract, life.events, life.event("2026-01-20", start.kind, **start.fields)).may
    life.tell("2026-01-20", start.kind, **start.fields)
    assert life.state("2026-01-21", "S2-P4[sub=K1]") == "discharged"


@pytest.mark.shows("S2-P4")
@pytest.mark.parametrize("tier", ["first", "further"])
def test_a_subcontract_at_any_level_without_consent_is_a_breach_announced_or_not(life: Life, tier: str) -> None:
    life.tell("2026-01-10", "subcontract.planned", sub="K1", tier=tier, personal=True)
    for sub in ("K1", "K2"):
        life.tell("2026-01-20", "subcontract.started", sub=sub, tier=tier, personal=True)
    life.tell("2026-01-20", "subcontract.started", sub="K3", tier=tier, personal=False)
    life.tell("2026-01-21", "subcontract.consented", sub="K1")
    views = life.on("2026-01-22").views
    assert views["S2-P4[sub=K1]"].breached_on == dt.date(2026, 1, 20)
    assert views["S2-P4[sub=K2]"].breached_on == dt.date(2026, 1, 20)
    assert "S2-P4[sub=K3]" not in views


# ---- 5: accidents ----


@pytest.mark.shows("S2-P5", "S2-P5/指示")
def test_a_breach_or_its_risk_is_reported_promptly_and_the_clients_word_is_followed(life: Life) -> None:
    life.tell("2026-05-11", "violation.known", incident="I1", told_by="contractor")
    name = "S2-P5[incident=I1]"
    assert life.view("2026-05-11", name).due.manner == "速やかに"
    assert life.view("2026-05-11", name).due.day is None
    life.tell("2026-05-11", "target.set", under="S2-P5", date="2026-05-12", instance=name)
    assert life.view("2026-05-14", name).target == dt.date(2026, 5, 12)
    assert life.view("2026-05-14", name).breached_on is None  # a target is ours, not the contract's
    life.tell("2026-05-14", "violation.reported", incident="I1")
    life.tell("2026-05-15", "violation.instructed", incident="I1", told_by="committee")
    assert life.state("2026-05-16", name) == "fulfilled"
    assert life.state("2026-05-16", "S2-P5/指示[incident=I1]") == "in_effect"
    life.tell("2026-05-20", "violation.handled", incident="I1")
    assert life.state("2026-05-21", "S2-P5/指示[incident=I1]") == "fulfilled"


@pytest.mark.shows("S2-P5")
def test_an_accident_that_comes_to_light_after_a_termination_is_reported_all_the_same(life: Life) -> None:
    found(life, "2026-06-01", "S2-P9-1")
    terminated(life, "2026-06-02", "S2-P9", by="committee")
    life.tell("2026-08-01", "violation.known", incident="I1")
    assert life.state("2026-08-02", "S2-P5[incident=I1]") == "in_effect"


# ---- 7: return ----


@pytest.mark.shows("S2-P7")
def test_media_go_back_at_once_after_completion_and_the_duty_outlives_the_term(life: Life) -> None:
    told = life.tell("2027-03-31", "work.completed", on="2027-03-31")
    name = f"S2-P7[{told}]"
    assert life.view("2027-03-31", name).due.manner == "直ちに"
    assert life.on("2027-04-05").status == "expired"
    assert life.state("2027-04-05", name) == "in_effect"
    life.tell("2027-04-06", "media.returned", told_by="committee")
    assert life.state("2027-04-07", name) == "fulfilled"


@pytest.mark.shows("S2-P7", "S2-P7-但", "S2-P7-但/方法")
def test_another_method_that_the_client_orders_takes_the_place_of_the_return(life: Life) -> None:
    told = life.tell("2027-03-20", "work.completed", on="2027-03-20")
    ordered = life.tell("2027-03-21", "media-method.ordered", told_by="committee")
    assert life.state("2027-03-22", f"S2-P7-但[{ordered}]") == "exercised"
    assert life.state("2027-03-22", f"S2-P7[{told}]") == "discharged"
    method = f"S2-P7-但/方法[S2-P7-但[{ordered}]]"
    assert life.state("2027-03-22", method) == "in_effect"
    life.tell("2027-04-10", "media-method.done", told_by="committee")
    assert life.state("2027-04-11", method) == "fulfilled"


def test_the_text_wants_no_return_after_a_termination_and_says_so(life: Life) -> None:
    found(life, "2026-06-01", "S2-P9-1")
    terminated(life, "2026-06-02", "S2-P9", by="committee")
    views = life.on("2026-06-30").views
    assert not [name for name, view in views.items() if view.provision == "S2-P7"]
    (text,) = [each for each in life.contract.provisions if each.id == "S2-P7"]
    assert any("解除" in note.ja for note in text.note)


# ---- 8: inspection by the client ----


@pytest.mark.shows("S2-P8-1", "S2-P8-1-後", "S2-P8-1-後/対応")
def test_the_client_inspects_at_any_time_and_what_it_asks_for_is_due_on_its_day(life: Life) -> None:
    life.tell("2026-06-01", "audit.announced", audit="A1", told_by="committee")
    life.tell("2026-06-03", "audit.instructed", audit="A1", answer_by="2026-06-30", told_by="committee")
    assert life.state("2026-06-04", "S2-P8-1[audit=A1]") == "exercised"
    assert life.state("2026-06-04", "S2-P8-1-後[audit=A1]") == "exercised"
    name = "S2-P8-1-後/対応[audit=A1]"
    assert life.view("2026-06-04", name).due.day == dt.date(2026, 6, 30)
    assert life.state("2026-06-30", name) == "in_effect"
    assert life.view("2026-07-01", name).breached_on == dt.date(2026, 7, 1)
    life.tell("2026-07-03", "audit.answered", audit="A1")
    assert life.state("2026-07-04", name) == "fulfilled"


@pytest.mark.shows("S2-P8-1-後/対応")
def test_what_is_asked_for_without_a_day_is_owed_without_one(life: Life) -> None:
    life.tell("2026-06-01", "audit.announced", audit="A1")
    life.tell("2026-06-03", "audit.instructed", audit="A1")
    open_ended = life.view("2027-01-10", "S2-P8-1-後/対応[audit=A1]")
    assert (open_ended.state, open_ended.due.day) == ("in_effect", None)


@pytest.mark.shows("S2-P8-1")
def test_an_order_outside_an_inspection_has_no_effect(life: Life) -> None:
    life.tell("2026-06-03", "audit.instructed", audit="A9", answer_by="2026-06-30")
    assert "without_effect" in life.flagged("2026-06-04")
    assert "S2-P8-1-後/対応[audit=A9]" not in life.on("2026-06-04").views
    life.tell("2026-06-05", "audit.announced", audit="A1")
    assert life.state("2026-06-06", "S2-P8-1[audit=A1]") == "exercised"


@pytest.mark.shows("S2-P8-2")
def test_the_name_is_published_only_after_a_case_that_was_weighed(life: Life) -> None:
    life.tell("2026-07-01", "publication.decided", incident="I1")
    assert "without_effect" in life.flagged("2026-07-02")
    life.tell("2026-07-03", "leak.occurred", incident="I1", told_by="committee")
    assert life.state("2026-07-04", "S2-P8-2[incident=I1]") == "available"
    life.tell("2026-07-20", "publication.decided", incident="I1", told_by="committee")
    assert life.state("2026-07-21", "S2-P8-2[incident=I1]") == "exercised"


# ---- 9: termination and damages ----


@pytest.mark.shows("S2-P9", "S2-P9-1")
def test_a_leak_by_fault_at_any_level_lets_the_committee_terminate_without_any_penalty_rate(life: Life) -> None:
    terminated(life, "2026-05-31", "S2-P9", case="T0", by="committee")
    found(life, "2026-06-01", "S2-P9-1")
    terminated(life, "2026-06-02", "S2-P9", by="committee")
    assert life.state("2026-06-03", "S2-P9[case=T0]") == "barred"
    assert life.on("2026-06-03").status == "terminated"
    assert life.on("2026-06-03").side_by_side("penalty") == {}
    # nor does the text say how the done part is settled
    valued = {"settlement": "S1", "basis": "terminated", "separable": True, "value_yen": 2_500_000}
    life.tell("2026-07-10", "settlement.valued", **valued)
    assert life.state("2026-07-11", "S2-18-1[settlement=S1]") == "pending"
    assert life.yen("2026-07-11", "S2-18-1[settlement=S1]") == 0


@pytest.mark.shows("S2-P9-2", "S2-P9-2/違反", "S2-P9-2/目的", "S2-P9")
def test_a_breach_of_the_rider_is_a_ground_only_if_the_purpose_fails_too(life: Life) -> None:
    found(life, "2026-06-01", "S2-P9-2/違反")
    terminated(life, "2026-06-02", "S2-P9", case="T0", by="committee")
    assert life.on("2026-06-03").status == "in_force"
    found(life, "2026-06-04", "S2-P9-2/目的")
    assert life.state("2026-06-04", "S2-P9-2") == "holds"
    terminated(life, "2026-06-05", "S2-P9", by="committee")
    assert life.on("2026-06-06").status == "terminated"


@pytest.mark.shows("S2-P9/賠償", "S2-P9/賠償額")
def test_damages_are_the_loss_that_arose_and_can_be_claimed_after_the_end(life: Life) -> None:
    found(life, "2027-03-01", "S2-P9-1")
    life.tell("2027-06-01", "leak-damages.claimed", claim="C1", yen=PRICE_YEN + 1, told_by="committee")
    assert life.on("2027-06-01").status == "expired"
    assert life.state("2027-06-02", "S2-P9/賠償[claim=C1]") == "exercised"
    name = "S2-P9/賠償額[claim=C1]"
    assert life.yen("2027-06-02", name) == PRICE_YEN + 1  # no penalty, and no cap at the price
    day_set(life, "2027-06-03", name, "2027-06-30")
    paid(life, "2027-06-30", name, PRICE_YEN)
    assert life.state("2027-07-01", name) == "violated"
    paid(life, "2027-07-02", name, 1)
    assert life.state("2027-07-03", name) == "fulfilled"


@pytest.mark.shows("S2-P9/賠償")
def test_damages_without_a_case_of_article_9_are_claimed_without_effect(life: Life) -> None:
    life.tell("2027-06-01", "leak-damages.claimed", claim="C1", yen=500_000)
    assert "without_effect" in life.flagged("2027-06-02")
    assert "S2-P9/賠償額[claim=C1]" not in life.on("2027-06-02").views
