"""Either side ends the certificates contract on a month's written notice; what was collected is still paid in."""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import april, closed, designated, offset, received, signed

from itaku.contracts.engine.why import why


@pytest.mark.shows("S1-22")
@pytest.mark.parametrize("side", ["client", "contractor"])
def test_either_side_ends_it_with_the_chosen_day_by_a_months_notice(side: str) -> None:
    life = signed()
    life.tell("2026-05-20", "cancellation.notified", end_on="2026-06-20", told_by=side)
    assert life.on("2026-06-20T23:59").status == "in_force"
    ended = life.on("2026-06-21T00:00")
    assert (ended.status, ended.fold.ended_on) == ("cancelled", dt.date(2026, 6, 20))
    assert not life.flagged("2026-06-21")


@pytest.mark.shows("S1-22")
def test_notice_a_day_short_of_a_month_has_no_effect_and_says_the_latest_day() -> None:
    life = signed()
    late = life.tell("2026-05-21", "cancellation.notified", end_on="2026-06-20")
    result = life.on("2026-06-21")
    assert result.status == "in_force"
    assert [flag.about for flag in result.flags if flag.code == "without_effect"] == [late]
    assert "2026-05-20" in result.flags[0].en
    assert result.views[f"S1-22[{late}]"].state == "barred"
    assert result.views["S1-22"].state == "available"
    life.tell("2026-05-22", "cancellation.notified", end_on="2026-06-22")
    assert life.on("2026-06-23").status == "cancelled"


@pytest.mark.shows("S1-22")
@pytest.mark.parametrize(
    ("end_on", "latest"),
    [
        ("2027-03-31", "2027-02-28"),  # no 31st in February: the month's last day
        ("2026-10-31", "2026-09-30"),
        ("2026-09-30", "2026-08-30"),
    ],
)
def test_a_month_before_is_the_corresponding_day_or_the_last_of_a_shorter_month(end_on: str, latest: str) -> None:
    day_after = (dt.date.fromisoformat(latest) + dt.timedelta(days=1)).isoformat()
    for told, status in ((latest, "cancelled"), (day_after, "in_force")):
        life = signed(end="2028-03-31")
        life.tell(told, "cancellation.notified", end_on=end_on)
        assert life.on((dt.date.fromisoformat(end_on) + dt.timedelta(days=1)).isoformat()).status == status


@pytest.mark.shows("S1-22", "S1-21-但")
def test_it_can_be_ended_within_a_renewed_year_too() -> None:
    life = signed()
    life.tell("2027-07-30", "cancellation.notified", end_on="2027-08-30")
    assert life.on("2027-08-30").status == "in_force"
    result = life.on("2027-08-31")
    assert result.status == "cancelled"
    assert life.on("2029-04-01").views["S1-21-但[term_end=2028-03-31]"].state == "averted"


@pytest.mark.shows("S1-22-但", "S1-12-1", "S1-12-2", "S1-12-3", "S1-19")
def test_fees_payable_on_or_after_the_end_are_remitted_and_the_work_goes_on_until_then() -> None:
    life = signed()
    life.tell("2026-05-20", "cancellation.notified", end_on="2026-06-20")
    closed(life, "2026-06-01", "2026-05", copies=400)
    designated(life, "2026-06-01", "2026-05", "2026-06-20")  # payable on the end date itself
    closed(life, "2026-06-22", "2026-06", copies=200)  # the twenty days of June
    designated(life, "2026-06-22", "2026-06", "2026-07-24")
    tail = "S1-22-但[2026-06-20]"
    result = life.on("2026-06-23")
    assert result.status == "cancelled"
    assert result.views[tail].state == "in_effect"
    assert result.views["S1-12-2[month=2026-05]"].breached_on == dt.date(2026, 6, 21)
    assert life.yen("2026-06-23", "S1-12-2[month=2026-06]") == 60_000
    assert life.yen("2026-06-23", "S1-12-1[month=2026-06]") == 24_600
    assert life.yen("2026-06-23", "S1-12-3[month=2026-06]") == 35_400
    offset(life, "2026-07-24", "2026-06", 24_600)
    received(life, "2026-07-24", "2026-06", 35_400)
    offset(life, "2026-07-24", "2026-05", 49_200)
    received(life, "2026-07-24", "2026-05", 70_800)
    life.tell("2026-07-24", "settlement.completed")
    views = life.on("2026-07-25").views
    assert views["S1-12-2[month=2026-06]"].state == views["S1-12-2[month=2026-05]"].state == "fulfilled"
    assert views["S1-12-2[month=2026-06]"].breached_on is None
    assert views[tail].state == "fulfilled"
    # May's 120,000 yen were unpaid from 21 June to 24 July, 34 days: x 2.5 % / 365 = 279.45
    assert life.yen("2026-07-25", "S1-15-1[month=2026-05]") == 200
    assert views["S1-19[2026-06-20]"].state == "in_effect"
    assert "after_the_end" not in life.flagged("2026-07-25")


@pytest.mark.shows("S1-22", "S1-15-1", "S1-15-1-但")
def test_a_late_charge_that_had_arisen_is_owed_after_the_end_and_can_still_be_waived() -> None:
    life = april()
    life.tell("2026-06-01", "cancellation.notified", end_on="2026-07-01")
    received(life, "2026-10-26", "2026-04", 177_000)
    charge = "S1-15-1[month=2026-04]"
    assert life.on("2026-11-01").status == "cancelled"
    assert life.yen("2026-11-01", charge) == 1_800
    life.tell("2026-11-02", "charge.waived", month="2026-04", reason="引継ぎのため")
    assert life.yen("2026-11-03", charge) == 0


@pytest.mark.shows("S1-22")
def test_ending_it_early_costs_nobody_damages_for_that() -> None:
    life = signed()
    life.tell("2026-05-20", "cancellation.notified", end_on="2026-06-20")
    result = life.on("2027-01-01")
    assert not result.side_by_side("damages")
    owed = [name for name in result.views if (money := result.money(name)) is not None and money.yen]
    assert owed == []


@pytest.mark.shows("S1-22", "S1-6-4", "S1-19", "S1-14-乙")
def test_what_no_debt_is_and_does_not_survive_ends_with_the_last_day() -> None:
    life = signed()
    life.tell("2026-05-20", "cancellation.notified", end_on="2026-06-20")
    life.tell("2026-06-19", "complaint.received", complaint="Q1")
    life.tell("2026-06-25", "complaint.received", complaint="Q2")
    result = life.on("2026-06-26")
    assert result.views["S1-14-乙[complaint=Q1]"].state == "discharged"
    assert "S1-14-乙[complaint=Q2]" not in result.views
    assert result.views["S1-2"].state == result.views["S1-9"].state == "discharged"
    assert result.views["S1-6-4[2026-06-20]"].state == "holds"
    assert life.flagged("2026-06-26") == ["after_the_end"]


@pytest.mark.shows("S1-22", "S1-17-1")
def test_termination_for_cause_during_the_notice_ends_it_at_once() -> None:
    life = signed()
    notice = life.tell("2026-05-20", "cancellation.notified", end_on="2026-06-20")
    life.tell("2026-06-01", "insolvency.known")
    life.tell("2026-06-02", "termination.notified", case="1", extent="whole")
    result = life.on("2026-06-21")
    assert (result.status, result.fold.ended_on) == ("terminated", dt.date(2026, 6, 2))
    assert "S1-22-但[2026-06-20]" not in result.views
    assert any(f"Exercised ({notice})" in line.en for line in why(result, f"S1-22[{notice}]"))
