"""The journal's promises are kept by the database: zero-sum, append-only, one posting a key, reversal only."""

from __future__ import annotations

import asyncio
import datetime as dt

import asyncpg
import msgspec
import pytest

from itaku.basis.clock import to_instant
from itaku.basis.yen import Yen
from itaku.settlement import bookings
from itaku.settlement.accounts import TITLES, Account
from itaku.settlement.balances import balances, differing
from itaku.settlement.errors import (
    AmountUnfitError,
    PostingConflictError,
    PostingUnfitError,
    PostingUnknownError,
    ReasonMissingError,
)
from itaku.settlement.journal import book, find, of_issuance, reverse
from itaku.settlement.month import Month
from itaku.settlement.posting import Posting, PostingLine, Sort

CITY = "132012"
NOW = to_instant(dt.datetime(2026, 10, 20, 3, tzinfo=dt.UTC))
OCTOBER = Month(2026, 10)


def set_of(number: int, fee: int = 300, day: int = 5) -> Posting:
    id_ = number.to_bytes(16, "big")
    return bookings.fee_taken(CITY, id_, "resident-record", 1, Yen(fee), dt.date(2026, 10, day), "chain-a")


async def booked(books, *postings, now=NOW):
    async with books.acquire() as connection, connection.transaction():
        return await book(connection, postings, now)


async def test_the_chart_of_accounts_is_the_same_in_the_program_and_in_the_database(books):
    rows = await books.fetch("SELECT code, grows_by FROM settlement_account")
    assert {row["code"]: row["grows_by"] for row in rows} == {a.value: TITLES[a].grows_by for a in Account}


async def test_a_fee_is_owed_to_the_client_and_lies_in_the_chains_till(books):
    await booked(books, set_of(1), set_of(2, 350))
    found = await balances(books, CITY)
    assert found.debit(Account.FEES_AT_SHOPS, chain="chain-a") == 650
    assert found.credit(Account.FEES_OWED, month=OCTOBER) == 650
    assert found.sum_yen == 0


async def test_the_same_key_with_the_same_content_is_answered_as_it_stands(books):
    [first] = await booked(books, set_of(1))
    later = to_instant(dt.datetime(2026, 12, 1, tzinfo=dt.UTC))
    [again] = await booked(books, set_of(1), now=later)
    assert (first.again, again.again) == (False, True)
    assert (again.number, again.booked_on, again.month) == (first.number, first.booked_on, "2026-10")
    assert await books.fetchval("SELECT count(*) FROM settlement_posting") == 1


async def test_the_same_key_with_other_content_is_refused_and_nothing_beside_it_is_booked(books):
    await booked(books, set_of(1))
    with pytest.raises(PostingConflictError):
        await booked(books, set_of(2), set_of(1, 350))
    assert await books.fetchval("SELECT count(*) FROM settlement_posting") == 1


async def test_two_programs_that_book_the_same_at_once_book_it_once(books):
    sets = [set_of(number) for number in range(40)]
    answers = await asyncio.gather(booked(books, *sets), booked(books, *sets), booked(books, *sets))
    assert sum(not each.again for answer in answers for each in answer) == 40
    assert (await balances(books, CITY)).credit(Account.FEES_OWED) == 40 * 300


def test_a_posting_that_is_not_zero_sum_cannot_even_be_written_down():
    with pytest.raises(PostingUnfitError):
        Posting(CITY, "x", Sort.SHOP_PAYMENT, dt.date(2026, 10, 1), (PostingLine(Account.CASH, Yen(1)),))
    lines = (PostingLine(Account.CASH, Yen(2)), PostingLine(Account.FEES_OWED, Yen(-1)))
    with pytest.raises(PostingUnfitError):
        Posting(CITY, "x", Sort.SHOP_PAYMENT, dt.date(2026, 10, 1), lines)


RAW = (
    "INSERT INTO settlement_posting(posting_id, municipality, key, content, sort, month, effective_on, booked_on,"
    " booked_ms) VALUES ($1, '132012', $2, sha256('x'), 'shop-payment', '2026-10', '2026-10-05', '2026-10-05', 0)"
)
RAW_LINE = "INSERT INTO settlement_line(posting_id, line, account, yen) VALUES ($1, $2, $3, $4)"


async def written_by_hand(books, *steps):
    """Statements in one transaction, past the program: a name and number writes a posting or a line, text is SQL."""
    async with books.acquire() as connection, connection.transaction():
        for step in steps:
            if isinstance(step, str):
                await connection.execute(step)
            else:
                await connection.execute(RAW if len(step) == 2 else RAW_LINE, *step)


@pytest.mark.parametrize(
    "lines", [[], [("cash", 0)], [("cash", 5), ("fees-owed", -4)], [("cash", 1), ("cash", 1), ("fees-owed", -1)]]
)
async def test_the_database_refuses_at_commit_whatever_does_not_sum_to_zero_whoever_wrote_it(books, lines):
    await booked(books, set_of(1))
    numbered = [(b"r" * 16, number, *line) for number, line in enumerate(lines, 1)]
    with pytest.raises(asyncpg.CheckViolationError, match="settlement_not_zero_sum"):
        await written_by_hand(books, (b"r" * 16, "raw"), *numbered)
    assert await books.fetchval("SELECT count(*) FROM settlement_posting") == 1


async def test_a_line_cannot_be_added_to_a_posting_that_stands_not_even_lines_that_balance(books):
    [one] = await booked(books, set_of(1))
    id_ = one.posting.posting_id
    with pytest.raises(asyncpg.CheckViolationError, match="settlement_line_alone"):
        await written_by_hand(books, (id_, 3, "cash", 5), (id_, 4, "fees-owed", -5))


async def test_checking_early_does_not_let_a_line_slip_in_behind_the_check(books):
    await booked(books, set_of(1))
    id_ = b"r" * 16
    steps = [(id_, "raw"), (id_, 1, "cash", 5), (id_, 2, "fees-owed", -5)]
    early = ["SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"]
    with pytest.raises(asyncpg.CheckViolationError, match="settlement_not_zero_sum"):
        await written_by_hand(books, *steps, *early, (id_, 3, "cash", 7))


CLOSE = (
    "INSERT INTO settlement_period_event VALUES ('132012', '2026-10', 1, 'closed', '会計係', '', 'x', 0)",
    "UPDATE settlement_period SET state = 'closed', version = 1 WHERE month = '2026-10'",
)


async def test_the_sums_of_a_closed_month_are_the_databases_own_and_no_line_comes_after_them(books):
    await booked(books, set_of(1))
    for table in ("month_sum VALUES ('132012', '2026-10', 1, 1, NULL, 1)", "month_balance SELECT"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="settlement_sum_alone"):
            await books.execute(f"INSERT INTO settlement_{table}")
    id_ = b"r" * 16
    steps = [(id_, "raw"), (id_, 1, "cash", 5), (id_, 2, "fees-owed", -5), *CLOSE, "SET CONSTRAINTS ALL IMMEDIATE"]
    with pytest.raises(asyncpg.CheckViolationError, match="settlement_line_alone"):
        await written_by_hand(books, *steps, (id_, 3, "cash", 5), (id_, 4, "fees-owed", -5))
    await written_by_hand(books, *steps)
    assert await books.fetchval("SELECT postings FROM settlement_standing_sum") == 2
    assert await differing(books, CITY) == []
    fees = PostingLine(Account.FEES_OWED, Yen(-300), debt_month="2026-11")
    strange = msgspec.structs.replace(set_of(2), lines=(set_of(2).lines[0], fees))
    with pytest.raises(asyncpg.CheckViolationError, match="settlement_line_alone"):
        await booked(books, strange)


@pytest.mark.parametrize(
    "table", ["posting", "line", "period_event", "told", "account", "kiosk", "month_sum", "month_balance"]
)
@pytest.mark.parametrize("change", ["UPDATE {} SET {column} = {column}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_what_was_booked_is_neither_changed_nor_taken_out(books, table, change):
    columns = {"posting": "key", "line": "yen", "period_event": "reason", "told": "told", "account": "code"}
    columns |= {"month_sum": "postings", "month_balance": "yen"}
    await booked(books, set_of(1))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="settlement_append_only"):
        await books.execute(change.format(f"settlement_{table}", column=columns.get(table, "shop")))


async def test_a_mistake_is_taken_back_by_its_mirror_with_a_reason_and_only_once(books):
    await booked(books, set_of(1))
    async with books.acquire() as connection, connection.transaction():
        taken_back = await reverse(connection, CITY, f"fee:{set_of(1).issuance_id.hex()}", "二重計上", NOW)
        again = await reverse(connection, CITY, f"fee:{set_of(1).issuance_id.hex()}", "二重計上", NOW)
    assert again.number == taken_back.number
    assert taken_back.posting.effective_on == dt.date(2026, 10, 5)
    assert taken_back.posting.certificates.times == -1
    found = await balances(books, CITY)
    assert (found.credit(Account.FEES_OWED), found.sum_yen) == (0, 0)
    assert [each.posting.sort for each in await of_issuance(books, (1).to_bytes(16, "big"))] == [
        "fee-taken",
        "reversal",
    ]


async def test_a_reversal_without_a_reason_or_of_nothing_is_refused(books):
    await booked(books, set_of(1))
    async with books.acquire() as connection:
        with pytest.raises(ReasonMissingError):
            async with connection.transaction():
                await reverse(connection, CITY, set_of(1).key, "　", NOW)
        with pytest.raises(PostingUnknownError):
            async with connection.transaction():
                await reverse(connection, CITY, "fee:nothing", "理由", NOW)


async def test_the_database_refuses_a_reversal_that_is_not_the_mirror(books):
    [one] = await booked(books, set_of(1))
    half = Posting(
        CITY,
        "reversal:half",
        Sort.REVERSAL,
        dt.date(2026, 10, 5),
        (PostingLine(Account.FEES_AT_SHOPS, Yen(-100), chain="chain-a"), PostingLine(Account.FEES_OWED, Yen(100))),
        reverses=one.posting.posting_id,
        reason="一部",
    )
    with pytest.raises(asyncpg.CheckViolationError, match="settlement_not_mirrored"):
        await booked(books, half)


async def test_a_balance_is_asked_by_the_day_of_effect_and_by_what_was_known_then(books):
    await booked(books, set_of(1, day=5))
    late = to_instant(dt.datetime(2026, 10, 25, 3, tzinfo=dt.UTC))
    await booked(books, set_of(2, 350, day=6), now=late)
    fifth, sixth, known = dt.date(2026, 10, 5), dt.date(2026, 10, 6), dt.date(2026, 10, 20)
    assert (await balances(books, CITY, dt.date(2026, 10, 4))).credit(Account.FEES_OWED) == 0
    assert (await balances(books, CITY, fifth)).credit(Account.FEES_OWED) == 300
    assert (await balances(books, CITY, sixth)).credit(Account.FEES_OWED) == 650
    assert (await balances(books, CITY, sixth, known)).credit(Account.FEES_OWED) == 300  # as it was known on the 20th
    assert (await balances(books, CITY, fifth, dt.date(2026, 10, 19))).credit(Account.FEES_OWED) == 0


async def test_what_exceeds_the_debt_of_a_month_stands_as_remitted_too_much(books):
    await booked(books, set_of(1))
    await booked(books, bookings.remittance(CITY, "1", OCTOBER, Yen(500), Yen(300), dt.date(2026, 11, 20)))
    found = await balances(books, CITY)
    assert found.credit(Account.FEES_OWED, month=OCTOBER) == 0
    assert found.debit(Account.OVERREMITTED, month=OCTOBER) == 200
    assert found.debit(Account.CASH) == -500
    with pytest.raises(AmountUnfitError):
        bookings.remittance(CITY, "2", OCTOBER, Yen(0), Yen(300), dt.date(2026, 11, 20))


async def test_a_posting_is_read_back_as_it_was_written(books):
    await booked(books, set_of(1))
    assert (await find(books, CITY, set_of(1).key)).posting == set_of(1)
