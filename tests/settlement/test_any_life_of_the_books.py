"""Any life of a city's books: sales, refunds, late data, crashes, retries, corrections, closes and cash in any order.

Whatever happens, the journal sums to nil, a closed month stays, center, journal and tills agree, and the statements sum
to the cash.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import itertools

from city_books import SIGNED, Books, at, told
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itaku.basis.clock import FixedClock
from itaku.basis.yen import Yen
from itaku.issuance.center.schema import MIGRATIONS
from itaku.settlement import bookings, clerk
from itaku.settlement.accounts import Account
from itaku.settlement.balances import differing
from itaku.settlement.chains import chain_rows
from itaku.settlement.errors import MonthNotOverError
from itaku.settlement.journal import standing
from itaku.settlement.month import Month
from itaku.settlement.posting import Sort
from itaku.settlement.schema import prepare
from itaku.settlement.taking_in import take_in
from itaku.store.postgres import migrate, open_pool

FIRST = dt.date(2026, 10, 1)
MONTHS = [Month(2026, 10), Month(2026, 11), Month(2026, 12), Month(2027, 1)]
NUMBERS = itertools.count(10)

STEPS = st.one_of(
    st.tuples(st.just("sale"), st.integers(0, 45), st.integers(1, 3), st.sampled_from([0, 10, 200, 300, 450])),
    st.tuples(st.just("void"), st.integers(0, 20)),
    st.tuples(st.just("days"), st.integers(1, 25)),
    st.tuples(st.just("take_in"), st.integers(0, 3)),
    st.tuples(st.just("close"), st.integers(0, 2)),
    st.tuples(st.just("reverse"), st.integers(0, 20)),
    st.tuples(st.just("pay"), st.integers(0, 2), st.integers(1, 1500)),
    st.tuples(st.just("hand_over"), st.integers(1, 1500)),
    st.tuples(st.just("price"), st.integers(100, 140), st.sampled_from(["8", "10"])),
)


class CutShort(Exception):  # noqa: N818 the power cut of a test
    """The power goes between two batches."""


def cut_after(batches):
    """Lets so many batches pass, then cuts the power."""
    left = itertools.count(batches, -1)

    def told(*_):
        if next(left) <= 0:
            raise CutShort

    return told


class City:
    """One city's life, and what a person who kept count beside it would know."""

    def __init__(self, pool):
        self.books = Books(pool, f"{900_000 + next(NUMBERS):06}")
        self.pool, self.code = pool, self.books.code
        self.today = FIRST
        self.sold: list[dict] = []
        self.handed_over = 0
        self.closed: dict[Month, bytes] = {}

    @property
    def now(self):
        return self.today.isoformat()

    async def sale(self, late_days, copies, fee):
        day = max(FIRST, self.today - dt.timedelta(days=late_days))
        id_ = next(NUMBERS).to_bytes(16, "big")
        await self.pool.execute(
            "INSERT INTO issuance(issuance_id, state, version, changed_at, body, municipality, kiosk, kind, copies,"
            " fee_yen, reason, told, delivered_at) VALUES ($1, 'closed', 1, now(), '', $2, 'k1', 'resident-record', $3,"
            " $4, '', true, $5)",
            id_, self.code, copies, copies * fee, dt.datetime.fromisoformat(f"{day}T12:00:00+09:00"),
        )  # fmt: skip
        self.sold.append({"id": id_, "fee": copies * fee, "copies": copies, "void": False, "reversed": False})

    async def void(self, which):
        fit = [each for each in self.sold if not each["void"]]
        if fit:
            each = fit[which % len(fit)]
            moment = dt.datetime.fromisoformat(f"{self.now}T13:00:00+09:00")
            await self.pool.execute(
                "UPDATE issuance SET state = 'voided', voided_at = $2 WHERE issuance_id = $1", each["id"], moment
            )
            each["void"] = True

    async def days(self, count):
        self.today = min(self.today + dt.timedelta(days=count), dt.date(2027, 1, 20))

    async def take_in(self, cut=None):
        """Takes in everything so far; with `cut`, the power goes after so many batches."""
        told = None if cut is None else cut_after(cut)
        for month in MONTHS:
            await take_in(self.pool, FixedClock(at(self.now)), month, self.code, told)

    async def close(self, which):
        month = MONTHS[which]
        await self.take_in()
        try:
            found = await self.books.close(self.now, month)
        except MonthNotOverError:
            return
        before = self.closed.setdefault(month, found.statement)
        assert before == found.statement  # what was handed over stays

    async def reverse(self, which):
        fit = [each for each in self.sold if not each["reversed"]]
        if fit:
            each = fit[which % len(fit)]
            await self.take_in()
            await self.books.reverse(self.now, f"fee:{each['id'].hex()}", "二重計上")
            each["reversed"] = True

    async def pay(self, which, yen):
        await self.books.act(self.now, clerk.receive, str(next(NUMBERS)), MONTHS[which], yen, self.today)

    async def hand_over(self, yen):
        await self.books.book(self.now, bookings.shop_payment(self.code, str(next(NUMBERS)), "?", Yen(yen), self.today))
        self.handed_over += yen

    async def price(self, yen, percent):
        """Another price and perhaps another tax rate from today on, in the midst of a month."""
        await self.books.tell(
            self.now,
            told(next(NUMBERS), self.now, "term.set", term="commission_yen", yen=yen),
            told(next(NUMBERS), self.now, "term.set", term="tax_percent", text=percent),
        )

    async def check(self):
        """What must hold whenever everything was taken in."""
        counted = [each for each in self.sold if not each["reversed"]]
        back = [each for each in self.sold if each["void"]]
        fees = sum(each["fee"] for each in counted) - sum(each["fee"] for each in back)
        statements = [await self.books.statement(month) for month in MONTHS]
        assert sum(each.owed_yen for each in statements) == fees
        certificates = sum(each["copies"] for each in counted) - sum(each["copies"] for each in back)
        assert sum(each.net_certificates for each in statements) == certificates
        await self.check_balances()
        held = await self.books.balances()
        assert held.sum_yen == 0
        offset = sum(each.offset_yen for month, each in zip(MONTHS, statements, strict=True) if month in self.closed)
        remitted = sum(-each.posting.lines[0].yen for each in await standing(self.pool, self.code, [Sort.REMITTANCE]))
        assert held.credit(Account.FEES_OWED) + held.credit(Account.OVERREMITTED) == fees - offset - remitted
        assert held.debit(Account.FEES_AT_SHOPS) + held.debit(Account.CASH) == fees - remitted  # the cash
        tills = [row for month in MONTHS for row in await chain_rows(self.pool, month, self.code)]
        assert sum(row.net_yen for row in tills) == fees
        assert sum(row.handed_over_yen for row in tills) == self.handed_over
        for month in MONTHS:
            glance = await self.books.glance("2027-01-31", month)
            assert glance.agrees, glance.checks
            assert self.closed.get(month, glance.statement) == glance.statement

    async def check_balances(self):
        """Balances made of closed months' sums are those of all postings, on any day and as known on any."""
        assert await differing(self.pool, self.code) == []
        for day in (dt.date(2026, 10, 31), dt.date(2026, 11, 15), self.today, dt.date.max):
            for known in (self.today - dt.timedelta(days=9), dt.date.max):
                found = await self.books.balances(effective_on=day, booked_on=known)
                rows = await self.pool.fetch(ALL_POSTINGS, self.code, day, known)
                assert [(row.account, row.debt_month, row.chain, row.yen) for row in found.rows] == [
                    tuple(row) for row in rows
                ]


ALL_POSTINGS = """
SELECT l.account, CASE WHEN l.debt_month = '' AND l.account = 'fees-owed' THEN p.month ELSE l.debt_month END, l.chain,
    sum(l.yen)::bigint
FROM settlement_posting p JOIN settlement_line l USING (posting_id)
WHERE p.municipality = $1 AND p.effective_on <= $2 AND p.booked_on <= $3 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


async def live(dsn, steps):
    pool = await open_pool(dsn, max_size=2)
    try:
        city = City(pool)
        await city.books.tell("2026-03-25", *SIGNED)
        for name, *facts in steps:
            if name == "take_in":
                with contextlib.suppress(CutShort):
                    await city.take_in(*facts)
            else:
                await getattr(city, name)(*facts)
        await city.take_in()
        await city.check()
        city.today = dt.date(2027, 1, 31)
        for which in range(3):
            await city.close(which)
        assert len(city.closed) == 3
        await city.check()
    finally:
        pool.terminate()


def test_any_life_keeps_the_journal_at_nil_and_all_views_agree(postgres_dsn, monkeypatch):
    monkeypatch.setattr("itaku.settlement.taking_in.BATCH", 2)

    async def tables():
        pool = await open_pool(postgres_dsn)
        await migrate(pool, "center", MIGRATIONS)
        await prepare(pool)
        pool.terminate()

    asyncio.run(tables())

    @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(STEPS, max_size=25))
    def lives(steps):
        asyncio.run(live(postgres_dsn, steps))

    lives()
