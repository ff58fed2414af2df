"""What the money pages ask the books (帳簿に尋ねること): each question is settlement's own; no sum is made here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from itaku.basis.canonical import canonical_value
from itaku.basis.clock import InstantMs, to_instant
from itaku.contracts.engine.result import Result
from itaku.desk.money.places import Place
from itaku.settlement.cases import Case, Step, find_case, history, open_cases
from itaku.settlement.chains import ChainRow, chain_rows
from itaku.settlement.contract_side import contract_at, last_known
from itaku.settlement.glance import MonthAtAGlance, month_at_a_glance
from itaku.settlement.journal import of_issuance
from itaku.settlement.month import Month
from itaku.settlement.period_list import PeriodEvent, months_of, period_events
from itaku.settlement.posting import Booked
from itaku.settlement.reconciliation import CaseName
from itaku.settlement.views import View

MONTHS_SHOWN = 6


class BooksShown(NamedTuple):
    """A municipality's newest months, each at a glance."""

    place: Place
    months: list[MonthAtAGlance]


class MonthShown(NamedTuple):
    """One month: at a glance, its history, and the cases that wait in the municipality."""

    glance: MonthAtAGlance
    events: list[PeriodEvent]
    cases: list[Case]


class Entry(NamedTuple):
    """An entry of the center's record about an issuance: its number (None while it waits), kind and instant."""

    seq: int | None
    kind: str
    at_ms: int
    entry_id: str


class IssuanceShown(NamedTuple):
    """One issuance: what was booked of it, what the record says, its cases."""

    booked: list[Booked]
    entries: list[Entry]
    cases: list[Case]


async def books_shown(connection: asyncpg.Connection, places: Sequence[Place], now: InstantMs) -> list[BooksShown]:
    """The newest months of each of some books."""
    found = []
    for place in places:
        code = place.books.municipality
        months = await months_of(connection, code, MONTHS_SHOWN)
        glances = [await month_at_a_glance(connection, code, month, now) for month in months]
        found.append(BooksShown(place, glances))
    return found


async def month_shown(connection: asyncpg.Connection, municipality: str, month: Month, now: InstantMs) -> MonthShown:
    """One month. A month of which nothing is known is shown with nil."""
    glance = await month_at_a_glance(connection, municipality, month, now)
    events = await period_events(connection, municipality, month)
    return MonthShown(glance, events, await cases_of(connection, {municipality}))


async def on_paper(connection: asyncpg.Connection, municipality: str, month: Month) -> tuple[Result, MonthAtAGlance]:
    """What a paper is made of: as of the newest thing known, so that the same books give the same paper."""
    as_of = await last_known(connection, municipality) or to_instant(month.start)
    glance = await month_at_a_glance(connection, municipality, month, as_of)
    return await contract_at(connection, municipality, as_of), glance


async def all_on_paper(
    connection: asyncpg.Connection, municipalities: Sequence[str], month: Month
) -> tuple[list[MonthAtAGlance], list[ChainRow]]:
    """The same of many municipalities, with the tills of every chain there."""
    glances = [(await on_paper(connection, code, month))[1] for code in municipalities]
    rows = [row for code in municipalities for row in await chain_rows(connection, month, code)]
    return glances, rows


async def cases_of(connection: asyncpg.Connection, municipalities: set[str]) -> list[Case]:
    """Cases that are not settled and are about one of some municipalities, the most urgent first."""
    return [case for case in await open_cases(connection) if case_is_about(case, municipalities)]


async def case_shown(connection: asyncpg.Connection, name: CaseName) -> tuple[Case, list[Step]] | None:
    """A case with its history."""
    case = await find_case(connection, name)
    return None if case is None else (case, await history(connection, name))


def case_is_about(case: Case, municipalities: set[str]) -> bool:
    """Whether one of the three books holds it for one of these municipalities."""
    return any(held.municipality in municipalities for view in View for held in case.difference.held(view))


async def issuance_shown(connection: asyncpg.Connection, municipality: str, issuance_id: bytes) -> IssuanceShown | None:
    """One issuance of a municipality; None where its books hold nothing of it."""
    booked = [each for each in await of_issuance(connection, issuance_id) if each.posting.municipality == municipality]
    if not booked:
        return None
    cases = [case for case in await cases_of(connection, {municipality}) if case.name.issuance_id == issuance_id]
    return IssuanceShown(booked, await _entries(connection, issuance_id), cases)


async def _entries(connection: asyncpg.Connection, issuance_id: bytes) -> list[Entry]:
    rows = await connection.fetch(_ABOUT, issuance_id)
    found = []
    for row in rows:
        body = canonical_value(bytes(row["body"]))
        assert isinstance(body, dict), "an entry is a mapping"
        facts = body.get("facts")
        if isinstance(facts, dict) and facts.get("issuance_id") == issuance_id:
            at_ms = body.get("at_ms")
            assert isinstance(at_ms, int), "an entry has its instant"
            found.append(Entry(row["seq"], str(body.get("kind")), at_ms, bytes(row["entry_id"]).hex()))
    return found


_ABOUT = """
SELECT seq, entry_id, body FROM record_entry WHERE position($1::bytea in body) > 0
UNION ALL
SELECT NULL, entry_id, body FROM record_pending WHERE position($1::bytea in body) > 0
ORDER BY seq NULLS LAST
"""
