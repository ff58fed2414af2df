"""Accidents, complaints and loss: what is reported, who negotiates, and how much of a loss may be claimed."""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import found, signed
from contracts_lives import Life


def claim(life: Life, day: str, under: str, number: str, claimant: str, category: str, yen: int) -> str:
    """One side claims damages."""
    return life.tell(day, "damages.claimed", under=under, claim=number, claimant=claimant, category=category, yen=yen)


@pytest.mark.shows("S1-13", "S1-13/措置")
def test_an_accident_is_reported_and_dealt_with_at_once_without_a_day_that_the_contract_names() -> None:
    life = signed()
    life.tell("2026-06-01T09:10", "accident.happened", incident="A1")
    for name in ("S1-13[incident=A1]", "S1-13/措置[incident=A1]"):
        view = life.view("2026-06-01", name)
        assert (view.state, view.due.manner, view.due.day) == ("in_effect", "直ちに", None)
        assert view.bearer == "contractor"
    life.tell("2026-06-01T09:15", "target.set", under="S1-13", date="2026-06-01", instance="S1-13[incident=A1]")
    assert life.view("2026-06-01", "S1-13[incident=A1]").target == dt.date(2026, 6, 1)
    life.tell("2026-06-01T09:40", "accident.reported", incident="A1")
    views = life.on("2026-06-02").views
    assert views["S1-13[incident=A1]"].state == "fulfilled"
    assert views["S1-13/措置[incident=A1]"].state == "in_effect"
    life.tell("2026-06-02", "accident.handled", incident="A1")
    assert life.state("2026-06-03", "S1-13/措置[incident=A1]") == "fulfilled"


@pytest.mark.shows("S1-13")
def test_what_cannot_be_performed_for_no_fault_is_reported_too() -> None:
    life = signed()
    life.tell("2026-06-01", "performance.impossible", incident="大雨")
    assert life.state("2026-06-01", "S1-13[incident=大雨]") == "in_effect"
    life.tell("2026-06-01", "accident.reported", incident="大雨")
    assert life.state("2026-06-02", "S1-13[incident=大雨]") == "fulfilled"


@pytest.mark.shows("S1-14-乙", "S1-14-甲")
def test_a_complaint_goes_to_the_client_who_negotiates() -> None:
    life = signed()
    life.tell("2026-06-01", "complaint.received", complaint="Q1")
    first = life.view("2026-06-01", "S1-14-乙[complaint=Q1]")
    assert (first.bearer, first.due.manner) == ("contractor", "速やかに")
    assert "S1-14-甲[complaint=Q1]" not in life.on("2026-06-01").views
    life.tell("2026-06-02", "complaint.reported", complaint="Q1")
    second = life.view("2026-06-02", "S1-14-甲[complaint=Q1]")
    assert (second.bearer, second.state) == ("client", "in_effect")
    life.tell("2026-06-20", "complaint.settled", complaint="Q1")
    assert life.state("2026-06-21", "S1-14-甲[complaint=Q1]") == "fulfilled"


@pytest.mark.shows("S1-16-1", "S1-16-1/甲への賠償")
def test_the_client_claims_ordinary_and_direct_loss_and_is_paid_by_the_day_set() -> None:
    life = signed()
    claim(life, "2026-06-01", "S1-16-1", "C1", "甲", "ordinary-direct", 250_000)
    name = "S1-16-1/甲への賠償[claim=C1]"
    owed = life.view("2026-06-02", name)
    assert (owed.bearer, owed.counterparty, life.yen("2026-06-02", name)) == ("contractor", "client", 250_000)
    life.tell("2026-06-03", "date.set", under="S1-16-1/甲への賠償", date="2026-06-30", instance=name)
    assert life.view("2026-06-04", name).due.day == dt.date(2026, 6, 30)
    assert life.view("2026-07-01", name).breached_on == dt.date(2026, 7, 1)
    life.tell("2026-06-30", "payment.made", under="S1-16-1/甲への賠償", instance=name, yen=250_000)
    assert life.state("2026-07-01", name) == "fulfilled"
    assert life.view("2026-07-01", name).breached_on is None


@pytest.mark.shows("S1-16-1/乙", "S1-16-1/乙への賠償")
def test_the_contractor_claims_in_the_same_way_and_the_client_owes() -> None:
    life = signed()
    claim(life, "2026-06-01", "S1-16-1/乙", "C2", "乙", "ordinary-direct", 70_000)
    views = life.on("2026-06-02").views
    assert views["S1-16-1/乙[claim=C2]"].state == "exercised"
    assert views["S1-16-1/乙への賠償[claim=C2]"].bearer == "client"
    assert life.yen("2026-06-02", "S1-16-1/乙への賠償[claim=C2]") == 70_000
    assert "S1-16-1/甲への賠償[claim=C2]" not in views
    owed = "S1-16-1/乙への賠償[claim=C2]"
    life.tell("2026-06-03", "date.set", under="S1-16-1/乙への賠償", date="2026-06-30", instance=owed)
    assert life.view("2026-07-01", owed).breached_on == dt.date(2026, 7, 1)


@pytest.mark.shows("S1-16-1-但")
@pytest.mark.parametrize("category", ["force-majeure", "own-fault", "operator-fault", "lost-profit"])
@pytest.mark.parametrize(("under", "claimant"), [("S1-16-1", "甲"), ("S1-16-1/乙", "乙")])
def test_four_sorts_of_loss_are_not_owed_by_either_side(category: str, under: str, claimant: str) -> None:
    life = signed()
    claim(life, "2026-06-01", under, "C3", claimant, category, 900_000)
    result = life.on("2026-06-02")
    assert result.views["S1-16-1-但[claim=C3]"].state == "holds"
    assert not result.side_by_side("damages")


@pytest.mark.shows("S1-16-2", "S1-16-2/請求")
def test_an_operators_fault_is_owed_only_as_far_as_the_operator_pays_the_contractor() -> None:
    life = signed()
    claim(life, "2026-06-01", "S1-16-2/請求", "C4", "甲", "operator-fault", 500_000)
    name = "S1-16-2[claim=C4]"
    assert life.yen("2026-06-30", name) == 0  # nothing was paid by the operator yet
    life.tell("2026-07-01", "operator.compensated", claim="C4", yen=200_000)
    assert life.yen("2026-07-02", name) == 200_000
    life.tell("2026-08-01", "operator.compensated", claim="C4", yen=400_000)
    assert life.yen("2026-08-02", name) == 500_000  # 600,000 was paid, but 500,000 is the loss
    life.tell("2026-08-03", "operator.compensated", claim="C9", yen=1_000)
    assert life.yen("2026-08-04", name) == 500_000
    assert life.view("2026-08-04", name).bearer == "contractor"


@pytest.mark.shows("S1-16-2")
def test_a_claim_paid_up_to_the_cap_is_open_again_when_the_operator_pays_more() -> None:
    life = signed()
    claim(life, "2026-06-01", "S1-16-2/請求", "C4", "甲", "operator-fault", 500_000)
    name = "S1-16-2[claim=C4]"
    life.tell("2026-07-01", "operator.compensated", claim="C4", yen=200_000)
    life.tell("2026-07-10", "payment.made", under="S1-16-2", instance=name, yen=200_000)
    life.tell("2026-08-01", "operator.compensated", claim="C4", yen=100_000)
    money = life.on("2026-08-02").money(name)
    assert money is not None
    assert (money.yen, money.unpaid_yen) == (300_000, 100_000)
    assert life.state("2026-07-31", name) == "fulfilled"
    assert life.state("2026-08-02", name) == "in_effect"
    life.tell("2026-08-10", "payment.made", under="S1-16-2", instance=name, yen=100_000)
    assert life.state("2026-08-11", name) == "fulfilled"
    assert not life.flagged("2026-08-11")


@pytest.mark.shows("S1-16-3", "S1-16-4")
def test_the_client_hands_over_the_papers_that_the_contractor_needs_against_the_operator() -> None:
    life = signed()
    claim(life, "2026-06-01", "S1-16-2/請求", "C4", "甲", "operator-fault", 500_000)
    assert life.state("2026-06-02", "S1-16-3[claim=C4]") == "available"
    life.tell("2026-06-03", "documents.requested", claim="C4")
    asked = life.view("2026-06-03", "S1-16-4[claim=C4]")
    assert (asked.bearer, asked.due.manner, asked.state) == ("client", "速やかに", "in_effect")
    life.tell("2026-06-10", "documents.handed", claim="C4")
    assert life.state("2026-06-11", "S1-16-4[claim=C4]") == "fulfilled"
    assert life.state("2026-06-11", "S1-16-3[claim=C4]") == "exercised"


@pytest.mark.shows("S1-16-3")
def test_papers_asked_for_without_such_a_claim_have_no_effect() -> None:
    life = signed()
    claim(life, "2026-06-01", "S1-16-1", "C1", "甲", "ordinary-direct", 1_000)
    life.tell("2026-06-03", "documents.requested", claim="C1")
    assert life.flagged("2026-06-04") == ["without_effect"]
    claim(life, "2026-06-05", "S1-16-2/請求", "C4", "甲", "operator-fault", 500_000)
    assert life.state("2026-06-06", "S1-16-3[claim=C4]") == "available"


@pytest.mark.shows("S1-16-1", "S1-16-2", "S1-16-1/甲への賠償")
def test_claims_stand_side_by_side_and_are_never_added_up() -> None:
    life = signed()
    claim(life, "2026-06-01", "S1-16-1", "C1", "甲", "ordinary-direct", 250_000)
    claim(life, "2026-06-01", "S1-16-2/請求", "C4", "甲", "operator-fault", 500_000)
    life.tell("2026-07-01", "operator.compensated", claim="C4", yen=200_000)
    beside = life.on("2026-07-02").side_by_side("damages")
    assert {name: each.yen for name, each in beside.items()} == {
        "S1-16-1/甲への賠償[claim=C1]": 250_000,
        "S1-16-2[claim=C4]": 200_000,
    }


@pytest.mark.shows("S1-17-3", "S1-16-1")
def test_a_claim_can_be_made_after_the_contract_was_terminated() -> None:
    life = signed()
    life.tell("2026-05-10", "insolvency.known")
    life.tell("2026-05-12", "termination.notified", case="1", extent="whole")
    claim(life, "2026-07-01", "S1-16-1", "C1", "甲", "ordinary-direct", 250_000)
    result = life.on("2026-07-02")
    assert result.status == "terminated"
    assert result.views["S1-17-3[case=1]"].state == "holds"
    assert life.yen("2026-07-02", "S1-16-1/甲への賠償[claim=C1]") == 250_000
    assert "without_effect" not in life.flagged("2026-07-02")


@pytest.mark.shows("S1-24")
def test_a_doubt_is_talked_over_until_an_answer_is_agreed() -> None:
    life = signed()
    life.tell("2026-06-01", "doubt.raised", question="指定期日", told_by="contractor")
    assert life.state("2026-06-30", "S1-24[question=指定期日]") == "in_effect"
    life.tell("2026-07-01", "doubt.settled", question="指定期日", answer="翌月25日", from_="2026-08-01")
    settled = life.view("2026-07-02", "S1-24[question=指定期日]")
    assert (settled.state, settled.performed_on, settled.bearer) == ("fulfilled", dt.date(2026, 7, 1), "both")
    assert life.state("2026-07-02", "S1-24[question=指定期日]") == "fulfilled"


@pytest.mark.shows("S1-2", "S1-17-1-5", "S1-17-1")
def test_what_the_parties_owe_all_the_time_is_broken_by_a_finding_and_followed_by_a_demand() -> None:
    life = signed()
    assert life.view("2026-06-01", "S1-2").due.continuous
    found(life, "2026-06-01", "S1-17-1-4", result=False)
    life.tell("2026-06-01", "demand.received", demand="T1", to="乙")
    life.tell("2026-06-10", "breach.cured", demand="T1")
    life.tell("2026-06-20", "termination.notified", case="1", extent="whole")
    assert life.state("2026-06-21", "S1-17-1-5[demand=T1]") == "averted"
    assert life.on("2026-06-21").status == "in_force"
    assert "without_effect" in life.flagged("2026-06-21")
