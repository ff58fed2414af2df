"""The books of one city, for tests: taken in, closed, paid and asked in few words."""

from __future__ import annotations

import datetime as dt

from itaku.basis.clock import FixedClock, to_instant
from itaku.contracts.engine.events import Told
from itaku.settlement.balances import balances
from itaku.settlement.contract_side import contract_at, tell, terms
from itaku.settlement.glance import month_at_a_glance
from itaku.settlement.journal import book, reverse
from itaku.settlement.month import Month
from itaku.settlement.periods import close_month, statement_of
from itaku.settlement.taking_in import take_in

CITY, TOWN = "132012", "275140"
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


def at(day):
    return to_instant(dt.datetime.fromisoformat(f"{day}T10:00:00+09:00"))


def told(number, on, kind, **fields):
    return Told(id=f"t{number}", at=on, kind=kind, fields=fields)


SIGNED = [
    told(1, "2026-03-25", "contract.signed"),
    told(2, "2026-03-25", "term.set", term="term_start", date="2026-04-01"),
    told(3, "2026-03-25", "term.set", term="term_end", date="2027-03-31"),
    told(4, "2026-03-25", "term.set", term="tax_percent", text="10"),
]


class Books:
    """The books of one city in few words."""

    def __init__(self, pool, code=CITY):
        self.pool, self.code = pool, code

    async def take_in(self, on, month=OCTOBER):
        return await take_in(self.pool, FixedClock(at(on)), month)

    async def close(self, on, month=OCTOBER, person="会計係"):
        async with self.pool.acquire() as connection, connection.transaction():
            return await close_month(connection, self.code, month, await terms(connection, self.code), person, at(on))

    async def tell(self, on, *events):
        async with self.pool.acquire() as connection, connection.transaction():
            await tell(connection, self.code, events, at(on))

    async def book(self, on, *postings):
        async with self.pool.acquire() as connection, connection.transaction():
            return await book(connection, postings, at(on))

    async def reverse(self, on, key, reason="誤り", **more):
        async with self.pool.acquire() as connection, connection.transaction():
            return await reverse(connection, self.code, key, reason, at(on), **more)

    async def statement(self, month=OCTOBER):
        return await statement_of(self.pool, self.code, month, await terms(self.pool, self.code))

    async def contract(self, on):
        return await contract_at(self.pool, self.code, at(on))

    async def balances(self, **days):
        return await balances(self.pool, self.code, **days)

    async def act(self, on, does, *facts):
        """One of the clerk's acts."""
        async with self.pool.acquire() as connection, connection.transaction():
            return await does(connection, self.code, *facts, at(on))

    async def glance(self, on, month=OCTOBER):
        return await month_at_a_glance(self.pool, self.code, month, at(on))


async def thousand(center, count=1000):
    """So many sets of October, one certificate each, at 300 yen."""
    for number in range(count):
        await center.sold(f"2026-10-{number % 28 + 1:02}", CITY)
