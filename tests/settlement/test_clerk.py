"""A clerk's acts: days named, cash noted, late charges booked and waived, claims set off; and the month at a glance."""

from __future__ import annotations

import datetime as dt

import pytest
from city_books import CITY, NOVEMBER, OCTOBER, at, thousand, told

from itaku.settlement import clerk
from itaku.settlement.accounts import Account
from itaku.settlement.drill import behind
from itaku.settlement.errors import (
    AmountUnfitError,
    ChargeNotFinalError,
    PostingConflictError,
    ReasonMissingError,
)
from itaku.settlement.periods import reopen_month


def day(text):
    return dt.date.fromisoformat(text)


@pytest.fixture
async def october(city, center):
    """1,000 sets of October, closed on 2 November, to be remitted by the 30th: 177,000 yen."""
    await thousand(center)
    await city.take_in("2026-11-02")
    await city.close("2026-11-02")
    await city.act("2026-11-02", clerk.designate, OCTOBER, day("2026-11-30"))
    return city


async def test_a_month_at_a_glance_agrees_with_the_tills_the_journal_and_the_contract(october):
    glance = await october.glance("2026-11-10")
    assert glance.agrees
    figures = [300_000, 123_000, 11_181]
    tills, journal, contract = [300_000, 0], [0, *figures, 123_000, 177_000], [*figures, 177_000]
    assert [check.left_yen for check in glance.checks] == [*tills, *journal, *contract]
    remittance = glance.remittance
    assert (remittance.state, remittance.due_on, remittance.unpaid_yen) == ("in_effect", day("2026-11-30"), 177_000)
    assert remittance.charge is None
    assert {"S1-12-2"} <= {line.clause for line in remittance.working}


async def test_an_open_month_is_shown_as_it_stands_and_owes_nothing_yet(city, center):
    await thousand(center, 3)
    await city.take_in("2026-10-30")
    glance = await city.glance("2026-10-30")
    assert (glance.closed_on, glance.remittance, glance.statement.fees_yen) == (None, None, 900)
    assert glance.agrees


async def test_a_remittance_told_twice_is_noted_once_and_told_otherwise_is_refused(october):
    first = await october.act("2026-11-30", clerk.receive, "N-1", OCTOBER, 177_000, day("2026-11-30"))
    again = await october.act("2026-12-05", clerk.receive, "N-1", OCTOBER, 177_000, day("2026-11-30"))
    assert (again.number, again.posting) == (first.number, first.posting)
    for yen, on in ((176_999, "2026-11-30"), (177_000, "2026-12-01")):
        with pytest.raises(PostingConflictError):
            await october.act("2026-12-05", clerk.receive, "N-1", OCTOBER, yen, day(on))
    assert (await october.glance("2026-12-05")).remittance.state == "fulfilled"


async def test_what_was_remitted_too_much_meets_the_next_month_or_is_given_back(october, center):
    await center.sold("2026-11-05", CITY, copies=2, fee=600)
    await october.act("2026-11-30", clerk.receive, "N-1", OCTOBER, 177_300, day("2026-11-30"))
    await october.take_in("2026-12-01", NOVEMBER)
    await october.close("2026-12-01", NOVEMBER)
    assert (await october.glance("2026-12-02")).remittance.overremitted_yen == 300
    with pytest.raises(AmountUnfitError, match="at most 300"):
        await october.act("2026-12-02", clerk.set_off, "J-1", OCTOBER, NOVEMBER, 301, day("2026-12-02"))
    for _ in range(2):
        await october.act("2026-12-02", clerk.set_off, "J-1", OCTOBER, NOVEMBER, 300, day("2026-12-02"))
    glance = await october.glance("2026-12-03", NOVEMBER)
    assert (glance.statement.to_remit_yen, glance.remittance.unpaid_yen) == (354, 54)
    assert (await october.balances()).debit(Account.OVERREMITTED) == 0


async def test_a_late_charge_is_booked_when_it_is_final_and_by_the_contracts_working(october):
    with pytest.raises(ChargeNotFinalError):
        await october.act("2026-12-25", clerk.book_late_charge, OCTOBER)
    growing = (await october.glance("2026-12-25")).remittance.charge
    assert (growing.grows, growing.booked_yen) == (True, 0)
    await october.act("2027-04-29", clerk.receive, "N-1", OCTOBER, 177_000, day("2027-04-29"))
    booked = await october.act("2027-05-01", clerk.book_late_charge, OCTOBER)
    # 31 + 31 + 28 + 31 + 29 = 150 days: 177,000 x 2.5 % x 150 / 365 = 1,818.49
    assert booked.posting.lines[0].yen == 1_800
    assert (await october.act("2027-05-02", clerk.book_late_charge, OCTOBER)).number == booked.number
    charge = (await october.glance("2027-05-02")).remittance.charge
    assert (charge.yen, charge.booked_yen, charge.grows) == (1_800, 1_800, False)
    assert dict(charge.readings)["S1-15-1.base"] == "unpaid"


async def test_an_inspection_told_later_reverses_the_charge_and_books_the_smaller_one(october):
    await october.act("2027-04-29", clerk.receive, "N-1", OCTOBER, 177_000, day("2027-04-29"))
    first = await october.act("2027-05-01", clerk.book_late_charge, OCTOBER)
    span = {"from": "2027-01-01", "to": "2027-01-20"}
    await october.tell("2027-05-02", told(20, "2027-01-20", "books.inspected", inspection="K1", **span))
    second = await october.act("2027-05-03", clerk.book_late_charge, OCTOBER)
    assert (first.posting.lines[0].yen, second.posting.lines[0].yen) == (1_800, 1_500)  # 130 days: 1,576.02
    found = await october.balances()
    assert (found.debit(Account.LATE_CHARGE), found.credit(Account.LATE_CHARGE_OWED)) == (1_500, 1_500)


async def test_no_charge_is_booked_for_a_month_in_time_or_below_a_hundred_yen(october):
    await october.act("2026-12-07", clerk.receive, "N-1", OCTOBER, 177_000, day("2026-12-07"))
    assert await october.act("2026-12-08", clerk.book_late_charge, OCTOBER) is None  # 7 days: 84.86
    assert await october.act("2026-12-08", clerk.book_late_charge, NOVEMBER) is None


async def test_a_waived_charge_stays_in_the_books_with_its_waiver_and_nothing_is_owed(october):
    await october.act("2027-04-29", clerk.receive, "N-1", OCTOBER, 177_000, day("2027-04-29"))
    with pytest.raises(ReasonMissingError):
        await october.act("2027-05-01", clerk.waive, OCTOBER, "課長", " ")
    waived = await october.act("2027-05-01", clerk.waive, OCTOBER, "課長", "広域の停電")
    assert (await october.act("2027-05-02", clerk.waive, OCTOBER, "課長", "広域の停電")).number == waived.number
    found = await october.balances()
    assert found.debit(Account.LATE_CHARGE) == found.credit(Account.LATE_CHARGE_WAIVED) == 1_800
    assert found.credit(Account.LATE_CHARGE_OWED) == 0
    charge = (await october.glance("2027-05-02")).remittance.charge
    assert (charge.yen, charge.computed_yen) == (0, 1_800)
    span = {"from": "2027-01-01", "to": "2027-01-20"}
    await october.tell("2027-05-03", told(20, "2027-01-20", "books.inspected", inspection="K1", **span))
    await october.act("2027-05-04", clerk.book_late_charge, OCTOBER)
    found = await october.balances()
    assert found.debit(Account.LATE_CHARGE) == found.credit(Account.LATE_CHARGE_WAIVED) == 1_500


async def test_a_charge_is_paid_up_to_what_is_owed(october):
    await october.act("2027-04-29", clerk.receive, "N-1", OCTOBER, 177_000, day("2027-04-29"))
    await october.act("2027-05-01", clerk.book_late_charge, OCTOBER)
    with pytest.raises(AmountUnfitError, match="at most 1,800"):
        await october.act("2027-05-20", clerk.pay_late_charge, "E-1", OCTOBER, 1_801, day("2027-05-20"))
    for _ in range(2):
        await october.act("2027-05-20", clerk.pay_late_charge, "E-1", OCTOBER, 1_800, day("2027-05-20"))
    assert (await october.glance("2027-05-21")).remittance.charge.paid_yen == 1_800
    assert (await october.balances()).credit(Account.LATE_CHARGE_OWED) == 0


async def test_a_figure_is_followed_down_to_its_issuances_page_by_page(october):
    rows, after = [], 0
    while page := await behind(october.pool, CITY, OCTOBER, after=after, limit=300):
        rows += page
        after = page[-1].number
    assert sum(row.yen for row in rows) == 300_000
    assert len({row.issuance_id for row in rows}) == 1000
    assert not await behind(october.pool, CITY, OCTOBER, kind="income")
    assert not await behind(october.pool, CITY, OCTOBER, counts="voided")


async def test_days_can_be_named_ahead_for_months_that_are_not_closed_yet(city, center):
    await city.act("2026-04-01", clerk.designate, OCTOBER, day("2026-11-30"))
    await thousand(center, 10)
    await city.take_in("2026-11-02")
    await city.close("2026-11-02")
    glance = await city.glance("2026-12-01")
    assert (glance.remittance.due_on, glance.remittance.state) == (day("2026-11-30"), "violated")


async def test_a_month_that_is_reopened_and_closed_anew_stays_due_on_its_day_and_paid_on_its_day(october, center):
    await october.act("2026-11-30", clerk.receive, "N-1", OCTOBER, 177_000, day("2026-11-30"))
    await center.sold("2026-10-31", CITY)
    async with october.pool.acquire() as connection, connection.transaction():
        await reopen_month(connection, CITY, OCTOBER, "会計係", "店舗の報告漏れ", at("2026-12-05"))
    while_open = (await october.contract("2026-12-06")).views["S1-12-2[month=2026-10]"]
    assert (while_open.state, while_open.breached_on) == ("fulfilled", None)
    await october.take_in("2026-12-06")
    await october.close("2026-12-06")
    glance = await october.glance("2026-12-07")
    assert glance.agrees
    assert (glance.remittance.due_on, glance.remittance.unpaid_yen) == (day("2026-11-30"), 177)
    await october.act("2026-12-08", clerk.receive, "N-2", OCTOBER, 177, day("2026-12-08"))
    assert (await october.glance("2026-12-09")).remittance.state == "fulfilled"


@pytest.mark.parametrize(("option", "commission"), [("net", 1_000 * 123), ("issued", 1_010 * 123), ("other", 123_000)])
async def test_the_reading_of_refunded_copies_is_the_contracts_and_both_compute_the_same(
    city, center, option, commission
):
    chosen = {"policy": "S1-8-1.refunded-copies", "option": option}
    await city.tell("2026-04-01", told(30, "2026-04-01", "policy.chosen", **chosen))
    await thousand(center)
    await center.sold("2026-10-03", CITY, copies=10, fee=3000, voided="2026-10-04")
    await city.take_in("2026-11-02")
    statement = (await city.close("2026-11-02")).statement
    assert statement.commission_yen == commission
    glance = await city.glance("2026-11-03")
    assert glance.agrees
    assert len(glance.checks) == 12


@pytest.mark.parametrize(("since", "percent", "price"), [("2026-04-01", "8", 120), ("2026-10-01", "10", 115)])
async def test_a_price_and_a_tax_rate_told_of_the_contract_hold_from_their_day(city, center, since, percent, price):
    await city.tell(
        since,
        told(31, since, "term.set", term="commission_yen", yen=price),
        told(32, since, "term.set", term="tax_percent", text=percent),
    )
    await thousand(center)
    await city.take_in("2026-11-02")
    statement = (await city.close("2026-11-02")).statement
    assert statement.commission_yen == 1000 * price
    assert statement.commission_tax_yen == 1000 * price * int(percent) // (100 + int(percent))
    assert (await city.glance("2026-11-03")).agrees


async def test_cash_beside_the_remittance_meets_what_it_is_for_and_no_more(october, center):
    await center.sold("2026-11-05", CITY, fee=10)
    await october.take_in("2026-12-01", NOVEMBER)
    await october.close("2026-12-01", NOVEMBER)
    on = day("2026-12-10")
    with pytest.raises(AmountUnfitError, match="at most 113"):
        await october.act("2026-12-10", clerk.pay_commission, "K-1", NOVEMBER, 114, on)
    for _ in range(2):
        await october.act("2026-12-10", clerk.pay_commission, "K-1", NOVEMBER, 113, on)
    await october.act("2026-12-10", clerk.receive, "N-1", OCTOBER, 177_050, on)
    with pytest.raises(AmountUnfitError, match="at most 50"):
        await october.act("2026-12-10", clerk.give_back, "R-1", OCTOBER, 51, on)
    await october.act("2026-12-11", clerk.give_back, "R-1", OCTOBER, 50, on)
    await october.act("2026-12-11", clerk.hand_over, "S-1", "?", 300_010, on)
    held = await october.balances()
    assert {row.account for row in held.rows if row.yen} == {
        Account.CASH,
        Account.COMMISSION,
        Account.CONSUMPTION_TAX,
    }
    assert held.debit(Account.CASH) == 123_123  # what is left of the cash is the commission
    assert (await october.glance("2026-12-12", NOVEMBER)).agrees
