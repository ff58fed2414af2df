"""A month is taken in, closed, paid: what stands in the books, and what the contract says of it, is one."""

from __future__ import annotations

import asyncio
import datetime as dt

import asyncpg
import pytest
from city_books import CITY, NOVEMBER, OCTOBER, TOWN, at, thousand, told

from itaku.basis.yen import Yen
from itaku.settlement import bookings
from itaku.settlement.accounts import Account
from itaku.settlement.balances import differing
from itaku.settlement.contract_side import CHARGE, FEES, instance, terms
from itaku.settlement.errors import (
    MonthNotOverError,
    PostingConflictError,
    ReasonMissingError,
    ReversalRefusedError,
    RowUnfitError,
)
from itaku.settlement.journal import book, find, of_issuance
from itaku.settlement.kiosks import KioskRow, put_kiosks
from itaku.settlement.periods import close_month, closed_month, reopen_month
from itaku.settlement.posting import Sort
from itaku.settlement.source import movements_in
from itaku.settlement.statement import make_statement


async def test_a_month_of_a_thousand_is_booked_gross_and_owed_net(city, center):
    await thousand(center)
    taken = await city.take_in("2026-11-02")
    assert (taken.read, taken.new) == (1000, 1000)
    closed = await city.close("2026-11-02")
    assert (closed.statement.fees_yen, closed.statement.commission_yen) == (300_000, 123_000)
    found = await city.balances()
    assert found.credit(Account.FEES_OWED, month=OCTOBER) == 177_000
    assert found.debit(Account.COMMISSION_DUE, month=OCTOBER) == 0
    assert found.credit(Account.COMMISSION) + found.credit(Account.CONSUMPTION_TAX) == 123_000
    assert found.credit(Account.CONSUMPTION_TAX) == 11_181
    assert found.sum_yen == 0
    commission = (await find(city.pool, CITY, "commission:2026-10:1")).posting
    assert commission.sort is Sort.COMMISSION
    assert commission.effective_on == dt.date(2026, 10, 31)


async def test_taking_in_twice_books_nothing_twice_and_the_statement_is_the_centers_own(city, center, books):
    await center.sold("2026-10-01", CITY, copies=3, fee=900)
    await center.sold("2026-10-02", CITY, kind="seal-registration", voided="2026-10-30")
    await center.sold("2026-10-02", TOWN)
    first = await city.take_in("2026-11-02")
    again = await city.take_in("2026-11-05")
    assert (first.read, first.new, again.read, again.new) == (4, 4, 4, 0)
    async with books.acquire() as connection:
        moved = await movements_in(connection, OCTOBER, CITY)
        known = await terms(connection, CITY)
    by_center = make_statement(CITY, OCTOBER, moved[CITY], known.prices, known.taxes)
    by_journal = await city.statement()
    assert by_center == by_journal
    assert (by_journal.certificates, by_journal.refunds_yen, by_journal.remit_yen) == (4, 300, 900 - 3 * 123)


async def test_a_close_answers_again_what_it_answered_first_and_keeps_the_month_as_it_was_handed_over(city, center):
    await center.sold("2026-10-01", CITY)
    await city.take_in("2026-11-02")
    first = await city.close("2026-11-02")
    assert await city.close("2026-12-24", person="別の人") == first
    assert await city.statement() == first.statement


async def test_what_is_heard_of_after_the_close_stands_in_the_next_month_with_its_own_day_and_price(city, center):
    await center.sold("2026-10-01", CITY)
    await city.take_in("2026-11-02")
    closed = await city.close("2026-11-02")
    late = await center.sold("2026-10-31", CITY, copies=2, fee=600)
    await city.tell("2026-11-01", told(9, "2026-11-01", "term.set", term="commission_yen", yen=117))
    taken = await city.take_in("2026-11-06")
    assert taken.new == 1
    [booked] = await of_issuance(city.pool, late.to_bytes(16, "big"))
    assert (booked.month, booked.posting.effective_on) == ("2026-11", dt.date(2026, 10, 31))
    november = await city.statement(NOVEMBER)
    assert (november.fees_yen, november.commission_yen) == (600, 246)  # at the price of October
    assert "（2026年10月交付、この月に計上）" in "".join(line.ja for line in november.working)
    assert await city.statement() == closed.statement


async def test_a_set_made_void_after_the_close_is_taken_off_in_the_month_of_its_voiding(city, center):
    number = await center.sold("2026-10-01", CITY)
    await city.take_in("2026-11-02")
    await city.close("2026-11-02")
    await center.made_void(number, "2026-11-10")
    await city.take_in("2026-12-01", NOVEMBER)
    november = (await city.close("2026-12-01", NOVEMBER)).statement
    assert (november.refunds_yen, november.commission_yen, november.offset_yen) == (300, -123, -123)
    assert november.to_remit_yen == -177  # to be taken off another month's remittance
    found = await city.balances()
    assert found.debit(Account.FEES_OWED, month=NOVEMBER) == 177
    assert found.credit(Account.FEES_OWED, month=OCTOBER) == 177
    carried = bookings.carried(CITY, "1", (Account.FEES_OWED, NOVEMBER), OCTOBER, Yen(177), dt.date(2026, 12, 10))
    await city.book("2026-12-10", carried)
    found = await city.balances()
    assert found.credit(Account.FEES_OWED) == 0
    assert (await city.contract("2026-12-11")).money(instance(FEES, "2026-10")).unpaid_yen == 0


async def test_a_free_certificate_costs_the_client_its_commission_in_cash(city, center):
    await center.sold("2026-10-01", CITY, fee=0)
    await center.sold("2026-10-01", CITY, kind="seal-registration", fee=10)
    await city.take_in("2026-11-02")
    statement = (await city.close("2026-11-02")).statement
    assert (statement.fees_yen, statement.commission_yen, statement.offset_yen) == (10, 246, 10)
    assert (statement.to_remit_yen, statement.client_pays_yen) == (0, 236)
    assert "繰替使用は収納した額（10円）まで" in "".join(line.ja for line in statement.working)
    assert (await city.balances()).debit(Account.COMMISSION_DUE, month=OCTOBER) == 236
    await city.book("2026-12-01", bookings.commission_payment(CITY, "1", OCTOBER, Yen(236), dt.date(2026, 12, 1)))
    assert (await city.balances()).debit(Account.COMMISSION_DUE) == 0


async def test_a_month_is_closed_only_when_it_is_over_in_japan_and_after_the_months_before_it(city, center):
    await center.sold("2026-10-01", CITY)
    await center.sold("2026-11-01", CITY)
    await city.take_in("2026-11-02")
    await city.take_in("2026-11-02", NOVEMBER)
    with pytest.raises(MonthNotOverError):
        await city.close("2026-10-31")
    with pytest.raises(MonthNotOverError, match="2026-10"):
        await city.close("2026-12-01", NOVEMBER)
    with pytest.raises(ReasonMissingError):
        await city.close("2026-11-01", person=" ")
    await city.close("2026-11-01")
    await city.close("2026-12-01", NOVEMBER)


async def test_a_closed_month_takes_nothing_more_not_even_from_whoever_writes_past_the_program(city, center):
    await center.sold("2026-10-01", CITY)
    await city.take_in("2026-11-02")
    await city.close("2026-11-02")
    raw = (
        "INSERT INTO settlement_posting(posting_id, municipality, key, content, sort, month, effective_on, booked_on,"
        f" booked_ms) VALUES (sha256('a')::bytea, '{CITY}', 'x', sha256('x'), 'shop-payment', '2026-10', '2026-10-05',"
        " '2026-10-05', 0)"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="settlement_month_closed"):
        await city.pool.execute(raw)
    with pytest.raises(asyncpg.CheckViolationError, match="settlement_period_without_event"):
        await city.pool.execute("UPDATE settlement_period SET state = 'open', version = version + 1")


async def test_a_month_reopened_with_a_reason_is_closed_again_by_the_difference(city, center):
    await center.sold("2026-10-01", CITY)
    await city.take_in("2026-11-02")
    first = await city.close("2026-11-02")
    async with city.pool.acquire() as connection:
        with pytest.raises(ReasonMissingError):
            async with connection.transaction():
                await reopen_month(connection, CITY, OCTOBER, "会計係", "", at("2026-11-03"))
        async with connection.transaction():
            await reopen_month(connection, CITY, OCTOBER, "会計係", "店舗の報告漏れ", at("2026-11-03"))
        assert await closed_month(connection, CITY, OCTOBER) is None
    await center.sold("2026-10-31", CITY, copies=2, fee=600)
    await city.take_in("2026-11-03")
    assert (await city.balances()).debit(Account.FEES_AT_SHOPS) == 900  # of the open month the postings count
    second = await city.close("2026-11-04")
    assert (await city.balances()).debit(Account.FEES_AT_SHOPS) == 900
    assert await city.pool.fetchval("SELECT sum(postings) FROM settlement_standing_sum") == 6
    assert await differing(city.pool, CITY) == []
    assert (first.version, second.version, second.statement.commission_yen) == (1, 3, 3 * 123)
    assert (await find(city.pool, CITY, "commission:2026-10:3")).posting.lines[0].yen == 246
    assert (await city.balances()).credit(Account.CONSUMPTION_TAX) == second.statement.commission_tax_yen
    kept = await city.pool.fetchval("SELECT count(*) FROM settlement_period_event WHERE statement IS NOT NULL")
    assert kept == 2


async def test_a_fee_booked_wrongly_is_reversed_and_booked_anew_and_the_statement_says_the_right_sum(city, center):
    number = await center.sold("2026-10-01", CITY, fee=300)
    await city.take_in("2026-11-02")
    key = f"fee:{number.to_bytes(16, 'big').hex()}"
    wrong = (await find(city.pool, CITY, key)).posting
    await city.reverse("2026-11-03", key)
    right = bookings.fee_taken(CITY, wrong.issuance_id, "resident-record", 1, Yen(350), dt.date(2026, 10, 1), "?").anew(
        2
    )
    await city.book("2026-11-03", right)
    statement = await city.statement()
    assert (statement.certificates, statement.fees_yen, statement.commission_yen) == (1, 350, 123)
    assert [each.posting.sort.value for each in await of_issuance(city.pool, wrong.issuance_id)] == [
        "fee-taken",
        "reversal",
        "fee-taken",
    ]


async def test_a_correction_of_a_closed_month_stands_in_the_next_one(city, center):
    number = await center.sold("2026-10-01", CITY, copies=2, fee=600)
    await city.take_in("2026-11-02")
    closed = await city.close("2026-11-02")
    reversal = await city.reverse("2026-11-05", f"fee:{number.to_bytes(16, 'big').hex()}", "二重計上")
    assert (reversal.month, reversal.posting.effective_on) == ("2026-11", dt.date(2026, 10, 1))
    november = await city.statement(NOVEMBER)
    assert (november.certificates, november.fees_yen, november.commission_yen) == (-2, -600, -246)
    assert await city.statement() == closed.statement
    with pytest.raises(ReversalRefusedError):
        await city.reverse("2026-11-05", reversal.posting.key)
    with pytest.raises(ReversalRefusedError):
        await city.reverse("2026-11-05", "offset:2026-10:1")


async def test_a_center_that_says_something_else_of_a_set_than_before_is_not_followed(city, center, books):
    await center.sold("2026-10-01", CITY)
    await city.take_in("2026-11-02")
    await books.execute("UPDATE issuance SET fee_yen = 350")
    with pytest.raises(PostingConflictError):
        await city.take_in("2026-11-03")
    assert (await city.statement()).fees_yen == 300


async def test_a_set_that_cannot_be_counted_stops_the_taking_in_and_is_named(city, center):
    number = await center.sold("2026-10-01", CITY, kind="unknown")
    with pytest.raises(RowUnfitError, match=number.to_bytes(16, "big").hex()):
        await city.take_in("2026-11-02")


async def test_each_set_lies_in_the_till_of_the_chain_that_ran_the_kiosk_on_its_day(city, center):
    rows = [
        KioskRow("k1", "s1", "north", "北部ストア"),
        KioskRow("k1", "s1", "south", "南部ストア", dt.date(2026, 10, 15)),
    ]
    await put_kiosks(city.pool, rows)
    await center.sold("2026-10-14", CITY)
    await center.sold("2026-10-15", CITY, fee=350)
    await center.sold("2026-10-15", CITY, kiosk="k9", fee=400)
    await city.take_in("2026-11-02")
    found = await city.balances()
    tills = {chain: found.debit(Account.FEES_AT_SHOPS, chain=chain) for chain in ("north", "south", "?")}
    assert tills == {"north": 300, "south": 350, "?": 400}


async def due_on_29_november(city, center):
    """1,000 sets of October, closed on 2 November, to be remitted by the 30th: 177,000 yen."""
    await thousand(center)
    await city.take_in("2026-11-02")
    await city.close("2026-11-02")
    name = instance(FEES, "2026-10")
    await city.tell("2026-11-02", told(10, "2026-11-02", "date.set", under=FEES, date="2026-11-30", instance=name))


async def paid(city, slip, yen, on):
    owed = (await city.balances()).credit(Account.FEES_OWED, month=OCTOBER)
    day = dt.date.fromisoformat(on)
    await city.book(on, bookings.remittance(CITY, slip, OCTOBER, Yen(yen), owed, day))


async def test_a_remittance_in_full_by_the_designated_day_is_in_time(city, center):
    await due_on_29_november(city, center)
    await paid(city, "1", 177_000, "2026-11-30")
    view = (await city.contract("2026-12-10")).views[instance(FEES, "2026-10")]
    assert (view.state, view.due.day, view.breached_on) == ("fulfilled", dt.date(2026, 11, 30), None)
    assert (await city.balances()).credit(Account.FEES_OWED) == 0


async def test_a_late_remittance_in_parts_costs_what_the_contract_says_less_the_days_of_inspection(city, center):
    await due_on_29_november(city, center)
    await paid(city, "1", 77_000, "2027-01-31")
    await city.tell(
        "2027-02-10",
        told(11, "2027-02-10", "books.inspected", inspection="K1", **{"from": "2027-02-01", "to": "2027-02-10"}),
    )
    await paid(city, "2", 100_000, "2027-03-31")
    money = (await city.contract("2027-04-01")).money(instance(CHARGE, "2026-10"))
    # 177,000 x 62 days (31 + 31), 100,000 x 49 days (59 - 10), at 2.5 % / 365: 751.64 + 335.62 = 1,087.26
    assert (money.yen, money.grows) == (1_000, False)
    assert {"S1-15-1", "S1-15-2"} <= {line.clause for line in money.working}


async def test_all_that_is_owed_falls_due_at_once_when_payments_stop(city, center):
    await due_on_29_november(city, center)
    await city.tell("2026-11-10", told(12, "2026-11-10", "insolvency.known"))
    view = (await city.contract("2026-11-11")).views[instance(FEES, "2026-10")]
    assert (view.due.day, view.state) == (dt.date(2026, 11, 10), "violated")


async def test_after_an_early_end_the_last_months_are_still_remitted(city, center):
    await due_on_29_november(city, center)
    await city.tell("2026-10-05", told(13, "2026-10-05", "cancellation.notified", end_on="2026-11-15"))
    result = await city.contract("2026-11-20")
    assert result.status == "cancelled"
    assert result.views["S1-22-但[2026-11-15]"].state == "in_effect"
    assert result.money(instance(FEES, "2026-10")).unpaid_yen == 177_000
    await paid(city, "1", 177_000, "2026-11-30")
    assert (await city.contract("2026-12-01")).views[instance(FEES, "2026-10")].state == "fulfilled"


async def somebody_waits(pool):
    """Until one of this database's transactions waits for another."""
    query = (
        "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE NOT l.granted AND a.datname = current_database())"
    )
    while not await pool.fetchval(query):  # noqa: ASYNC110 the database has no event for it
        await asyncio.sleep(0.01)


async def test_a_close_that_comes_between_a_batch_and_its_booking_sends_it_to_the_next_month(city, center):
    await center.sold("2026-10-01", CITY)
    await city.take_in("2026-11-02")
    number = await center.sold("2026-10-02", CITY, fee=350)
    async with city.pool.acquire() as connection:
        async with connection.transaction():
            await close_month(connection, CITY, OCTOBER, await terms(connection, CITY), "会計係", at("2026-11-02"))
            under_way = asyncio.create_task(city.take_in("2026-11-02"))  # waits for the close to be committed
            await somebody_waits(city.pool)
        assert (await under_way).new == 1
    [booked] = await of_issuance(city.pool, number.to_bytes(16, "big"))
    assert booked.month == "2026-11"
    assert (await city.statement()).fees_yen == 300


async def test_a_close_waits_for_a_batch_that_is_being_booked_and_counts_it(city):
    await city.book("2026-11-02", bookings.fee_taken(CITY, b"a" * 16, "income", 1, Yen(300), OCTOBER.first_day, "?"))
    async with city.pool.acquire() as connection:
        async with connection.transaction():
            late = bookings.fee_taken(CITY, b"b" * 16, "income", 1, Yen(350), OCTOBER.first_day, "?")
            await book(connection, [late], at("2026-11-02"))
            under_way = asyncio.create_task(city.close("2026-11-02"))
            await somebody_waits(city.pool)
            assert not under_way.done()
        assert (await under_way).statement.fees_yen == 650
