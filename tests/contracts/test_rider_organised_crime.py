"""The rider against organised crime lives: six grounds, the penalty, interventions reported to client and police."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life
from rider_lives import chosen, day_set, found, paid, proved, signed, terminated

GROUNDS = [f"S2-R4-1-{number}" for number in range(1, 7)]


@pytest.fixture(name="life")
def _life() -> Life:
    return signed()


# ---- article 4: exclusion ----


@pytest.mark.parametrize("ground", [pytest.param(each, marks=pytest.mark.shows(each)) for each in GROUNDS])
@pytest.mark.shows("S2-R4-1", "S2-R4-3")
def test_each_of_the_six_findings_lets_the_prefecture_terminate_for_a_tenth(life: Life, ground: str) -> None:
    terminated(life, "2026-05-31", "S2-R4-1", case="T0")
    assert life.on("2026-06-01").status == "in_force"
    found(life, "2026-06-01", ground)
    terminated(life, "2026-06-02", "S2-R4-1")
    assert life.on("2026-06-03").status == "terminated"
    assert life.yen("2026-06-03", "S2-R4-3[case=T1]") == 1_100_000
    debt = life.view("2026-06-03", "S2-R4-3[case=T1]")
    assert (debt.bearer, debt.counterparty) == ("contractor", "prefecture")


@pytest.mark.shows("S2-R4-1")
def test_a_finding_that_is_taken_back_is_no_ground(life: Life) -> None:
    found(life, "2026-06-01", "S2-R4-1-1")
    found(life, "2026-06-10", "S2-R4-1-1", result=False)
    terminated(life, "2026-06-11", "S2-R4-1")
    assert life.on("2026-06-12").status == "in_force"
    assert life.state("2026-06-12", "S2-R4-1[case=T1]") == "barred"
    assert "without_effect" in life.flagged("2026-06-12")


@pytest.mark.shows("S2-R4-2", "S2-R4-2/構成員", "S2-R4-1")
def test_a_members_ties_count_against_a_cooperative_alone(life: Life) -> None:
    found(life, "2026-06-01", "S2-R4-2/構成員")
    terminated(life, "2026-06-02", "S2-R4-1", case="T0")
    assert life.on("2026-06-03").status == "in_force"
    found(life, "2026-06-04", "S2-R2-2/協同組合等")
    assert life.state("2026-06-04", "S2-R4-2") == "holds"
    terminated(life, "2026-06-05", "S2-R4-1")
    assert life.on("2026-06-06").status == "terminated"


@pytest.mark.shows("S2-R4-3", "S2-R4-4", "S2-R4-5", "S2-18-1")
def test_penalty_deposit_and_settlement_follow_as_for_bid_rigging(life: Life) -> None:
    life.tell("2025-11-10", "deposit.paid", yen=1_100_000)
    found(life, "2026-06-01", "S2-R4-1-3")
    terminated(life, "2026-06-02", "S2-R4-1")
    name = "S2-R4-3[case=T1]"
    day_set(life, "2026-06-03", name, "2026-06-30")
    life.tell("2026-06-20", "organised-crime.deposit-applied", case="T1", yen=1_100_000, told_by="prefecture")
    assert life.state("2026-06-21", "S2-R4-4[case=T1]") == "exercised"
    assert (life.state("2026-07-01", name), life.view("2026-07-01", name).breached_on) == ("fulfilled", None)
    assert life.state("2026-06-21", "S2-R4-5[case=T1]") == "holds"
    valued = {"settlement": "S1", "basis": "terminated", "separable": True, "value_yen": 2_500_000}
    life.tell("2026-07-10", "settlement.valued", **valued)
    assert life.yen("2026-07-11", "S2-18-1[settlement=S1]") == 2_500_000


@pytest.mark.shows("S2-R4-4")
def test_a_deposit_that_was_never_paid_cannot_be_applied(life: Life) -> None:
    found(life, "2026-06-01", "S2-R4-1-3")
    terminated(life, "2026-06-02", "S2-R4-1")
    life.tell("2026-06-20", "organised-crime.deposit-applied", case="T1", yen=1_100_000, told_by="prefecture")
    right = life.view("2026-06-21", "S2-R4-4[case=T1]")
    assert right.state == "not_arisen"
    assert ("lacks", "S2-R2-4/納付") in right.against
    assert life.state("2026-06-21", "S2-R4-3[case=T1]") == "in_effect"


@pytest.mark.shows("S2-R4-3")
def test_the_penalty_that_is_not_paid_by_the_named_day_is_a_breach(life: Life) -> None:
    found(life, "2026-06-01", "S2-R4-1-6")
    terminated(life, "2026-06-02", "S2-R4-1")
    day_set(life, "2026-06-03", "S2-R4-3[case=T1]", "2026-06-30")
    paid(life, "2026-06-30", "S2-R4-3[case=T1]", 1_000_000)
    short = life.on("2026-07-01").money("S2-R4-3[case=T1]")
    assert short is not None
    assert short.unpaid_yen == 100_000
    assert life.view("2026-07-01", "S2-R4-3[case=T1]").breached_on == dt.date(2026, 7, 1)


@pytest.mark.shows("S2-R4-1", "S2-R2-1/履行後")
def test_the_reading_on_finished_work_is_the_same_for_both_articles(life: Life) -> None:
    chosen(life, "2025-11-05", "S2-R2-1.after-completion", "refused")
    life.tell("2027-03-20", "work.completed", on="2027-03-20")
    found(life, "2027-03-25", "S2-R4-1-1")
    terminated(life, "2027-03-26", "S2-R4-1")
    assert life.on("2027-03-27").status == "in_force"
    assert "S2-R4-3[case=T1]" not in life.on("2027-03-27").views


# ---- article 5: interventions ----


@pytest.mark.shows("S2-R5-1", "S2-R5-1/警察", "S2-R5-2")
def test_an_intervention_is_reported_to_the_client_and_the_police_at_once_and_countered_together(life: Life) -> None:
    life.tell("2026-08-03", "intervention.suffered", intervention="V1", told_by="contractor")
    report, police = "S2-R5-1[intervention=V1]", "S2-R5-1/警察[intervention=V1]"
    for name in (report, police):
        due = life.view("2026-08-03", name).due
        assert (due.manner, due.day) == ("直ちに", None)
    life.tell("2026-08-03", "target.set", under="S2-R5-1", date="2026-08-03", instance=report)
    assert life.view("2026-08-03", report).target == dt.date(2026, 8, 3)
    life.tell("2026-08-03", "intervention.reported", intervention="V1", told_by="prefecture")
    assert life.state("2026-08-04", report) == "fulfilled"
    assert life.state("2026-08-04", police) == "in_effect"
    life.tell("2026-08-04", "intervention.filed-with-police", intervention="V1")
    assert life.state("2026-08-05", police) == "fulfilled"
    assert life.state("2026-08-05", "S2-R5-2[intervention=V1]") == "in_effect"
    life.tell("2026-09-01", "intervention.countered", intervention="V1")
    assert life.state("2026-09-02", "S2-R5-2[intervention=V1]") == "fulfilled"


@pytest.mark.shows("S2-R5-1")
def test_each_intervention_wants_its_own_report(life: Life) -> None:
    for number in ("V1", "V2"):
        life.tell("2026-08-03", "intervention.suffered", intervention=number)
    life.tell("2026-08-03", "intervention.reported", intervention="V2")
    assert life.state("2026-08-10", "S2-R5-1[intervention=V1]") == "in_effect"
    assert life.state("2026-08-10", "S2-R5-1[intervention=V2]") == "fulfilled"


@pytest.mark.shows("S2-R5-1/警察")
def test_a_copy_of_the_filing_proves_it(life: Life) -> None:
    life.tell("2026-08-03", "intervention.suffered", intervention="V1")
    name = "S2-R5-1/警察[intervention=V1]"
    proved(life, "2026-08-05", name, "filing")
    kept = life.on("2026-08-06").fold.instances[name].evidence
    assert kept == {"filing": (dt.date(2026, 8, 5), None)}
