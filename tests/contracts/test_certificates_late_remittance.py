"""A late remittance costs a charge by the days, less the days of inspection, by the chosen base and rate.

Every sum is base x percent x days / 365, cut below 100 yen, nil below 100 yen; the counting is written beside it.
"""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import april, closed, designated, found, offset, received, signed
from contracts_lives import Life

CHARGE = "S1-15-1[month=2026-04]"
FEES = "S1-12-2[month=2026-04]"


def late() -> Life:
    """177,000 yen of April, due on 29 May, come in on 26 October: 150 days late (2 + 30 + 31 + 31 + 30 + 26)."""
    life = april()
    received(life, "2026-10-26", "2026-04", 177_000)
    return life


def inspected(life: Life, inspection: str, first: str, last: str) -> None:
    """An inspection of the books, announced and agreed, over some days."""
    day_before = (dt.date.fromisoformat(first) - dt.timedelta(days=1)).isoformat()
    life.tell(day_before, "inspection.planned", inspection=inspection)
    life.tell(day_before, "inspection.notified", inspection=inspection)
    life.tell(day_before, "inspection.agreed", inspection=inspection)
    life.tell(last, "books.inspected", inspection=inspection, from_=first, to=last)


@pytest.mark.shows("S1-15-1", "S1-12-2")
def test_a_late_remittance_is_charged_for_the_days_after_its_day_up_to_payment() -> None:
    life = late()
    assert life.view("2026-11-01", FEES).breached_on == dt.date(2026, 5, 30)
    assert life.yen("2026-11-01", CHARGE) == 1_800  # 177,000 x 2.5 % x 150 / 365 = 1,818.49
    assert not life.flagged("2026-11-01")


@pytest.mark.shows("S1-15-1")
def test_the_charge_grows_by_the_day_until_the_fees_are_paid() -> None:
    life = april()
    growing = life.on("2026-06-30").money(CHARGE)
    assert growing is not None
    assert (growing.yen, growing.grows) == (300, True)  # 177,000 x 2.5 % x 32 / 365 = 387.95
    received(life, "2026-06-30", "2026-04", 177_000)
    settled = life.on("2026-12-31").money(CHARGE)
    assert settled is not None
    assert (settled.yen, settled.grows) == (300, False)


@pytest.mark.shows("S1-15-1")
@pytest.mark.parametrize(("paid_on", "yen"), [("2026-05-30", 0), ("2026-06-06", 0), ("2026-06-07", 100)])
def test_less_than_a_hundred_yen_is_nothing(paid_on: str, yen: int) -> None:
    life = april()
    received(life, paid_on, "2026-04", 177_000)
    # 1 day 12.12; 8 days (to 6 June) 96.98; 9 days (to 7 June) 109.10
    assert life.yen("2026-07-01", CHARGE) == yen
    assert life.view("2026-07-01", FEES).breached_on == dt.date(2026, 5, 30)


@pytest.mark.shows("S1-12-2")
def test_payment_on_the_designated_day_costs_nothing() -> None:
    life = april()
    received(life, "2026-05-29T23:59", "2026-04", 177_000)
    assert life.view("2026-07-01", FEES).breached_on is None
    assert CHARGE not in life.on("2026-07-01").views


@pytest.mark.shows("S1-15-2", "S1-15-1", "S1-11-1", "S1-11-2")
def test_an_inspection_in_the_middle_takes_its_days_off_both_ends_included() -> None:
    life = april()
    inspected(life, "K1", "2026-07-01", "2026-07-10")
    received(life, "2026-10-26", "2026-04", 177_000)
    # 150 days less 10: 177,000 x 2.5 % x 140 / 365 = 1,697.26
    assert life.yen("2026-11-01", CHARGE) == 1_600
    assert life.state("2026-11-01", "S1-15-2[inspection=K1]") == "holds"
    assert life.state("2026-11-01", "S1-11-2[inspection=K1]") == "fulfilled"
    money = life.on("2026-11-01").money(CHARGE)
    assert money is not None
    assert "S1-15-2" in {line.clause for line in money.working}


@pytest.mark.shows("S1-15-2", "S1-15-1")
@pytest.mark.parametrize(("option", "days"), [("both", 46), ("first", 47), ("last", 47), ("neither", 48)])
def test_whether_the_end_days_of_an_inspection_come_off_is_a_reading(option: str, days: int) -> None:
    life = april()
    life.tell("2026-05-01", "policy.chosen", policy="S1-15-2.ends", option=option)
    inspected(life, "K1", "2026-06-01", "2026-06-04")
    received(life, "2026-07-18", "2026-04", 177_000)  # 50 days late
    money = life.on("2026-11-01").money(CHARGE)
    assert money is not None
    assert f"{days}日" in "".join(line.ja for line in money.working)
    assert ("S1-15-2.ends", option) in life.view("2026-11-01", CHARGE).policies


@pytest.mark.shows("S1-15-2", "S1-15-1")
def test_days_of_two_inspections_that_overlap_come_off_once_and_days_outside_the_delay_not_at_all() -> None:
    life = april()
    inspected(life, "K0", "2026-05-25", "2026-06-01")  # 30 May to 1 June are days of delay: 3
    inspected(life, "K1", "2026-07-01", "2026-07-10")  # 10
    inspected(life, "K2", "2026-07-06", "2026-07-15")  # 5 more
    received(life, "2026-10-26", "2026-04", 177_000)
    inspected(life, "K3", "2026-11-02", "2026-11-05")  # after payment: none
    # 150 - 18 = 132 days: 177,000 x 2.5 % x 132 / 365 = 1,600.27
    assert life.yen("2026-12-01", CHARGE) == 1_600
    # one inspection day fewer would be 1,612.4, one more 1,588.2: the sum tells 132 from 133 days only in the working
    money = life.on("2026-12-01").money(CHARGE)
    assert money is not None
    assert any("132" in line.en for line in money.working)


@pytest.mark.shows("S1-15-1")
@pytest.mark.parametrize(
    ("reading", "yen"),
    [
        ("unpaid", 1_800),  # 177,000 x 2.5 % x 150 / 365 = 1,818.49
        ("gross", 3_000),  # 300,000 x 2.5 % x 150 / 365 = 3,082.19
        ("net", 1_800),  # 300,000 less 123,000
    ],
)
def test_the_base_is_the_unpaid_part_unless_gross_or_net_is_chosen(reading: str, yen: int) -> None:
    life = late()
    life.tell("2026-04-01", "policy.chosen", policy="S1-15-1.base", option=reading)
    assert life.yen("2026-11-01", CHARGE) == yen
    assert dict(life.view("2026-11-01", CHARGE).policies)["S1-15-1.base"] == reading


@pytest.mark.shows("S1-15-1")
@pytest.mark.parametrize(
    ("reading", "yen"),
    [
        # nothing was offset before the day: 300,000 unpaid up to 26 October
        ("unpaid", 3_000),  # 300,000 x 2.5 % x 150 / 365 = 3,082.19
        ("net", 1_800),
    ],
)
def test_where_the_commission_was_not_offset_in_time_the_readings_of_the_base_part(reading: str, yen: int) -> None:
    life = april(offset_on=None)
    life.tell("2026-04-01", "policy.chosen", policy="S1-15-1.base", option=reading)
    offset(life, "2026-10-26", "2026-04")
    received(life, "2026-10-26", "2026-04", 177_000)
    assert life.yen("2026-11-01", CHARGE) == yen


@pytest.mark.shows("S1-15-1", "S1-15-2")
def test_part_payments_make_segments_that_are_rounded_together_once() -> None:
    life = april()
    received(life, "2026-08-31", "2026-04", 77_000)
    received(life, "2026-10-26", "2026-04", 100_000)
    # 177,000 x 94 days (30 May to 31 August) and 100,000 x 56 days (1 September to 26 October), at 2.5 % / 365:
    # 1,139.59 + 383.56 = 1,523.15
    assert life.yen("2026-11-01", CHARGE) == 1_500
    inspected(life, "K1", "2026-08-22", "2026-09-10")
    # 10 days of either segment less: 84 and 46 days: 1,018.36 + 315.07 = 1,333.42
    assert life.yen("2026-11-01", CHARGE) == 1_300


@pytest.mark.shows("S1-15-1")
def test_on_the_gross_reading_a_part_payment_changes_nothing() -> None:
    life = april()
    life.tell("2026-05-01", "policy.chosen", policy="S1-15-1.base", option="gross")
    received(life, "2026-08-31", "2026-04", 77_000)
    received(life, "2026-10-26", "2026-04", 100_000)
    assert life.yen("2026-11-01", CHARGE) == 3_000


@pytest.mark.shows("S1-15-1")
@pytest.mark.parametrize(
    ("reading", "yen"),
    [
        ("signing", 2_100),  # 2.9 %, in force on 25 March 2016: 177,000 x 2.9 % x 150 / 365 = 2,109.45
        ("default", 2_000),  # 2.8 %, in force on 31 May 2016: 177,000 x 2.8 % x 150 / 365 = 2,036.71
    ],
)
def test_the_rate_is_that_of_the_signing_or_of_the_day_on_which_the_fees_were_due(reading: str, yen: int) -> None:
    life = signed("2016-03-25", "2016-04-01", "2017-03-31", "8")
    life.tell("2016-03-25", "policy.chosen", policy="S1-15-1.rate", option=reading)
    closed(life, "2016-05-02", "2016-04")
    designated(life, "2016-05-02", "2016-04", "2016-05-31")
    offset(life, "2016-05-31", "2016-04")
    received(life, "2016-10-28", "2016-04", 177_000)  # June 30, July 31, August 31, September 30, October 28: 150 days
    assert life.yen("2016-11-01", "S1-15-1[month=2016-04]") == yen


@pytest.mark.shows("S1-15-1")
def test_a_sum_on_the_newest_rate_says_since_when_it_was_not_confirmed() -> None:
    money = late().on("2026-11-01").money(CHARGE)
    assert money is not None
    assert money.last_confirmed_on is not None


@pytest.mark.shows("S1-15-1")
def test_a_year_has_365_days_also_where_the_29th_of_february_lies_in_the_delay() -> None:
    life = signed()
    closed(life, "2028-01-04", "2027-12", copies=1_179)
    designated(life, "2028-01-04", "2027-12", "2028-01-31")
    offset(life, "2028-01-31", "2027-12", 1_179 * 123)
    received(life, "2028-04-10", "2027-12", 1_179 * 177)
    # 70 days (29 + 31 + 10): 208,683 x 2.5 % x 70 / 365 = 1,000.54; by 366 it would be 997.80
    assert life.yen("2028-05-01", "S1-15-1[month=2027-12]") == 1_000


@pytest.mark.shows("S1-15-1-但", "S1-15-1")
def test_a_waiver_leaves_nothing_to_pay_and_keeps_the_figure() -> None:
    life = late()
    life.tell("2026-11-01", "charge.waived", month="2026-04", reason="広域の停電")
    money = life.on("2026-11-02").money(CHARGE)
    assert money is not None
    assert (money.yen, money.computed_yen, money.unpaid_yen) == (0, 1_800, 0)
    assert life.state("2026-11-02", "S1-15-1-但[month=2026-04]") == "exercised"
    assert life.state("2026-11-02", CHARGE) == "discharged"
    assert life.view("2026-11-02", FEES).breached_on == dt.date(2026, 5, 30)  # the delay itself stays on record


@pytest.mark.shows("S1-15-1/理由", "S1-15-1")
def test_a_good_reason_for_one_month_excuses_that_month_alone() -> None:
    life = late()
    closed(life, "2026-06-01", "2026-05")
    designated(life, "2026-06-01", "2026-05", "2026-06-30")
    offset(life, "2026-06-30", "2026-05")
    received(life, "2026-11-27", "2026-05", 177_000)  # July 31, August 31, September 30, October 31, November 27: 150
    found(life, "2026-12-01", "S1-15-1/理由", instance="S1-12-2[month=2026-04]")
    assert life.state("2026-12-02", "S1-15-1/理由") == "running"  # nothing is found for all months
    assert life.yen("2026-12-02", CHARGE) == 0
    assert life.yen("2026-12-02", "S1-15-1[month=2026-05]") == 1_800
    found(life, "2026-12-03", "S1-15-1/理由", result=False, instance="S1-12-2[month=2026-04]")
    assert life.yen("2026-12-04", CHARGE) == 1_800


@pytest.mark.shows("S1-15-1")
def test_the_charge_is_payable_by_the_day_that_the_client_sets() -> None:
    life = late()
    assert life.view("2026-11-01", CHARGE).due.blank is not None
    life.tell("2026-11-02", "date.set", under="S1-15-1", date="2026-11-30", instance=CHARGE)
    assert life.state("2026-11-30", CHARGE) == "in_effect"
    assert life.state("2026-12-01", CHARGE) == "violated"
    life.tell("2026-12-02", "payment.made", under="S1-15-1", instance=CHARGE, yen=1_800)
    paid = life.view("2026-12-03", CHARGE)
    assert (paid.state, paid.breached_on) == ("fulfilled", dt.date(2026, 12, 1))
    assert not life.flagged("2026-12-03")


@pytest.mark.shows("S1-15-1")
def test_a_charge_paid_in_part_stays_open_and_what_is_too_much_is_flagged() -> None:
    life = late()
    life.tell("2026-11-26", "payment.made", under="S1-15-1", instance=CHARGE, yen=1_000)
    money = life.on("2026-11-27").money(CHARGE)
    assert money is not None
    assert (money.unpaid_yen, life.state("2026-11-27", CHARGE)) == (800, "in_effect")
    life.tell("2026-12-02", "payment.made", under="S1-15-1", instance=CHARGE, yen=1_000)
    assert life.state("2026-12-03", CHARGE) == "fulfilled"
    assert life.flagged("2026-12-03") == ["overpaid"]


@pytest.mark.shows("S1-15-1")
def test_a_reading_that_is_chosen_after_payment_opens_the_charge_again_for_the_rest() -> None:
    life = late()
    life.tell("2026-11-26", "payment.made", under="S1-15-1", instance=CHARGE, yen=1_800)
    assert life.state("2026-12-03", CHARGE) == "fulfilled"
    life.tell("2026-12-04", "policy.chosen", policy="S1-15-1.base", option="gross")
    money = life.on("2026-12-05").money(CHARGE)
    assert money is not None
    assert (money.yen, money.unpaid_yen, life.state("2026-12-05", CHARGE)) == (3_000, 1_200, "in_effect")


@pytest.mark.shows("S1-15-1-但", "S1-15-1")
def test_a_charge_waived_while_it_grows_stays_waived_and_its_figure_goes_on_to_the_day_of_payment() -> None:
    life = april()
    life.tell("2026-07-01", "charge.waived", month="2026-04", reason="広域の停電")
    received(life, "2026-10-26", "2026-04", 177_000)
    money = life.on("2026-11-01").money(CHARGE)
    assert money is not None
    assert (money.yen, money.computed_yen) == (0, 1_800)


@pytest.mark.shows("S1-12-2", "S1-15-1")
def test_a_day_named_anew_after_the_first_has_passed_moves_the_charge_and_leaves_the_breach_on_record() -> None:
    life = april()
    designated(life, "2026-06-10", "2026-04", "2026-06-30")
    received(life, "2026-07-09", "2026-04", 177_000)
    view = life.view("2026-07-20", FEES)
    assert (view.due.day, view.breached_on) == (dt.date(2026, 6, 30), dt.date(2026, 5, 30))
    assert life.yen("2026-07-20", CHARGE) == 100  # 1 to 9 July, 9 days: 109.10


@pytest.mark.shows("S1-15-2", "S1-15-1", "S1-15-1/理由")
def test_after_the_end_inspection_days_still_come_off_and_a_good_reason_can_still_be_found() -> None:
    life = april()
    life.tell("2026-06-01", "cancellation.notified", end_on="2026-07-01")
    life.tell("2026-08-10", "books.inspected", inspection="K1", from_="2026-08-01", to="2026-08-10")
    received(life, "2026-10-26", "2026-04", 177_000)
    assert life.on("2026-11-01").status == "cancelled"
    assert life.state("2026-11-01", "S1-15-2[inspection=K1]") == "holds"
    assert life.yen("2026-11-01", CHARGE) == 1_600  # 140 days: 1,697.26
    assert life.flagged("2026-11-01") == ["without_effect"]  # the right to inspect itself ended with the contract
    found(life, "2026-11-05", "S1-15-1/理由")
    assert life.state("2026-11-06", "S1-15-1/理由") == "holds"
    assert life.yen("2026-11-06", CHARGE) == 0
