"""Change, suspension, damage and assignment: articles 4, 7 and 10."""

from __future__ import annotations

import pytest
from marathon_lives import D, changed_and_stopped, damage_done, rights_passed_on, signed_and_begun, without_demand


@pytest.mark.shows("S2-7-1", "S2-7-1-後", "S2-7-1-後/必要", "S2-7-1-後/変更")
def test_the_committee_may_change_the_work_and_a_needed_change_of_price_is_agreed_in_writing() -> None:
    life = changed_and_stopped()
    assert life.view("2026-06-01", "S2-7-1[change=C1]").bearer == "committee"
    amendment = life.view("2026-06-01", "S2-7-1-後[change=C1]")
    assert (amendment.bearer, amendment.state) == ("both", "pending")  # nobody said yet that the price must change
    assert life.state("2026-06-14", "S2-7-1-後[change=C1]") == "in_effect"
    assert life.state("2026-06-15", "S2-7-1-後[change=C1]") == "fulfilled"
    assert life.on("2026-06-15").fold.terms["price_yen"][-1].value == 12_000_000
    assert life.due("2026-06-15", "S2-1-1[e1]") == D(2027, 3, 31)
    assert life.state("2026-08-04", "S2-7-1-後[change=C2]") == "pending"
    life.found("2026-08-05", "S2-7-1-後/必要")
    assert life.state("2026-08-05", "S2-7-1-後[change=C2]") == "in_effect"


@pytest.mark.shows("S2-7-1-後/変更")
def test_an_agreed_deadline_takes_effect_with_the_amendment() -> None:
    life = signed_and_begun()
    life.tell("2026-06-01", "change.ordered", change="C1", sort="content")
    agreed = {"price_changed": False, "deadline_changed": True, "deadline": "2027-05-31"}
    life.tell("2026-06-15", "amendment.agreed", under="S2-7-1-後", **agreed)
    assert life.due("2026-06-15", "S2-1-1[e1]") == D(2027, 5, 31)
    assert life.on("2026-06-15").fold.terms["price_yen"][-1].value == 11_000_000


@pytest.mark.shows("S2-7-2", "S2-7-2/協議")
def test_a_loss_by_the_change_is_agreed_on_and_made_good_by_the_committee() -> None:
    life = changed_and_stopped()
    assert life.state("2026-06-29", "S2-7-2/協議[change=C1]") == "in_effect"
    assert life.state("2026-06-30", "S2-7-2/協議[change=C1]") == "fulfilled"
    owed = life.view("2026-07-01", "S2-7-2[change=C1]")
    assert (owed.bearer, owed.counterparty, owed.due.day) == ("committee", "contractor", D(2026, 7, 31))
    assert life.unpaid("2026-07-01", "S2-7-2[change=C1]") == 300_000
    assert life.state("2026-07-30", "S2-7-2[change=C1]") == "fulfilled"


@pytest.mark.shows("S2-7-1", "S2-7-1/再開", "S2-1-1")
def test_suspended_work_rests_and_the_deadline_stands_unless_both_read_it_otherwise() -> None:
    life = changed_and_stopped()
    assert life.state("2026-08-03", "S2-1-1[e1]") == "suspended"
    assert life.state("2026-09-01", "S2-1-1[e1]") == "suspended"
    assert life.state("2026-09-02", "S2-1-1[e1]") == "in_effect"
    assert life.due("2026-09-02", "S2-1-1[e1]") == D(2027, 3, 31)
    life.chosen("suspension.clock", "shifts")
    assert life.due("2026-09-02", "S2-1-1[e1]") == D(2027, 4, 30)  # 3 August to 2 September: 30 days


@pytest.mark.shows("S2-7-1")
def test_nobody_is_in_breach_of_work_that_rests_over_its_deadline() -> None:
    life = signed_and_begun()
    life.tell("2027-03-01", "change.ordered", change="C1", sort="suspension")
    assert life.breached("2027-04-10", "S2-1-1[e1]") is None
    life.tell("2027-04-12", "work.resumed")
    assert life.state("2027-04-12", "S2-1-1[e1]") == "violated"


@pytest.mark.shows("S2-10")
def test_the_cost_of_damage_is_the_contractors_also_towards_third_parties() -> None:
    life = damage_done()
    third = life.view("2026-07-15", "S2-10[damage=A1]")
    assert (third.bearer, third.state, third.due.day) == ("contractor", "in_effect", D(2026, 7, 31))
    assert life.unpaid("2026-07-15", "S2-10[damage=A1]") == 80_000
    assert life.state("2026-07-31", "S2-10[damage=A1]") == "fulfilled"


@pytest.mark.shows("S2-10", "S2-18-4/損害")
def test_a_debt_to_the_committee_for_damage_bears_a_late_charge_one_to_a_third_party_none() -> None:
    life = damage_done()
    assert life.breached("2026-08-20", "S2-10[damage=A2]") == D(2026, 8, 1)
    assert life.yen("2026-08-20", "S2-18-4/損害[damage=A2]") == 1_000  # 740,000 x 2.5 % x 20 days / 365 = 1,013.69
    life = signed_and_begun()
    life.tell("2026-07-01", "damage.counted", damage="A1", fault="other", payee="third", yen=730_000)
    life.dated("2026-07-01", "S2-10", "2026-07-31", instance="S2-10[damage=A1]")
    assert life.breached("2026-08-20", "S2-10[damage=A1]") == D(2026, 8, 1)
    assert not life.exists("2026-08-20", "S2-18-4/損害[damage=A1]")


@pytest.mark.shows("S2-10-但", "S2-10-但/協議")
def test_damage_by_the_committees_fault_is_its_own_in_the_amount_agreed() -> None:
    life = damage_done()
    assert not life.exists("2026-09-30", "S2-10[damage=A3]")
    assert life.state("2026-09-09", "S2-10-但/協議[damage=A3]") == "in_effect"
    assert life.state("2026-09-10", "S2-10-但/協議[damage=A3]") == "fulfilled"
    owed = life.view("2026-09-11", "S2-10-但[damage=A3]")
    assert (owed.bearer, owed.due.day) == ("committee", D(2026, 9, 30))
    assert life.unpaid("2026-09-11", "S2-10-但[damage=A3]") == 50_000
    assert life.state("2026-09-30", "S2-10-但[damage=A3]") == "fulfilled"


@pytest.mark.shows("S2-10", "S2-10-但", "S2-10-但/協議")
def test_damage_that_is_counted_after_a_termination_is_borne_all_the_same() -> None:
    life = without_demand()
    life.tell("2026-10-01", "damage.counted", damage="A1", fault="other", payee="third", yen=80_000)
    life.tell("2026-10-01", "damage.counted", damage="A2", fault="committee", payee="third", yen=60_000)
    assert life.unpaid("2026-10-01", "S2-10[damage=A1]") == 80_000
    assert not life.exists("2026-10-01", "S2-10-但/協議[damage=A1]")
    assert life.state("2026-10-01", "S2-10-但/協議[damage=A2]") == "in_effect"
    life.tell("2026-10-10", "damage.agreed", damage="A2", yen=50_000)
    assert life.unpaid("2026-10-10", "S2-10-但[damage=A2]") == 50_000
    assert "after_the_end" not in life.flagged("2026-10-10")


@pytest.mark.shows("S2-4", "S2-4-但")
def test_rights_and_duties_go_to_nobody_else_without_written_consent() -> None:
    life = rights_passed_on()
    assert life.state("2026-05-07", "S2-4-但[transfer=T2]") == "available"
    assert life.state("2026-05-08", "S2-4-但[transfer=T2]") == "exercised"
    assert life.state("2026-05-11", "S2-4[transfer=T2]") == "discharged"
    assert life.breached("2026-05-11", "S2-4[transfer=T2]") is None
    assert (life.state("2026-05-11", "S2-4[transfer=T1]"), life.breached("2026-05-11", "S2-4[transfer=T1]")) == (
        "violated",
        D(2026, 5, 11),
    )
    first = life.may("2026-05-10", "assignment.made", transfer="T9")
    assert [each.provision for each in first.broken] == ["S2-4"]
