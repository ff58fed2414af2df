"""Months of a municipality (締め): open, closed with the statement as it was handed over, reopened with a reason."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.yen import Yen
from itaku.settlement.bookings import commission, offset
from itaku.settlement.errors import BooksDisagreeError, MonthNotOverError, ReasonMissingError
from itaku.settlement.journal import book
from itaku.settlement.month import Month
from itaku.settlement.posting import Posting
from itaku.settlement.source import journal_movements
from itaku.settlement.statement import Statement, make_statement
from itaku.settlement.terms import Terms


class ClosedMonth(msgspec.Struct, frozen=True):
    """A month as it was closed last: by whom, when, and the statement that holds from then on."""

    municipality: str
    month: Month
    version: int
    person: str
    at_ms: InstantMs
    statement: Statement


async def statement_of(connection: asyncpg.Connection, municipality: str, month: Month, terms: Terms) -> Statement:
    """The month's statement: as it was closed, or, of an open month, as the journal stands now."""
    closed = await closed_month(connection, municipality, month)
    if closed is not None:
        return closed.statement
    moved = await journal_movements(connection, municipality, month)
    return make_statement(municipality, month, moved, terms.prices, terms.taxes, terms.refunded_copies)


async def close_month(
    connection: asyncpg.Connection, municipality: str, month: Month, terms: Terms, person: str, now: InstantMs
) -> ClosedMonth:
    """締め: books the month's commission with its tax part and the offset, and keeps the statement (S1-12-1, S1-12-3).

    Call it inside a transaction. A month that is closed is answered as it stands. What comes later is booked into the
    next open month. Raises `MonthNotOverError` before its last day has passed or while an earlier month that holds
    postings is open, `ReasonMissingError` without a person, `RateUnknownError`.
    """
    if not person.strip():
        raise ReasonMissingError("close: person")
    version = await _lock(connection, municipality, month)
    closed = await closed_month(connection, municipality, month)
    if closed is not None:
        return closed
    earlier = await connection.fetchval(_EARLIER_OPEN, municipality, month.text())
    if to_jst(now).date() <= month.last_day or earlier is not None:
        raise MonthNotOverError(f"{municipality} {month.text()} {earlier or ''}")
    moved = await journal_movements(connection, municipality, month)
    statement = make_statement(municipality, month, moved, terms.prices, terms.taxes, terms.refunded_copies)
    await book(connection, await _closing(connection, statement, month, version + 1), now)
    await _check(connection, statement, month)
    body = msgspec.json.encode(statement)
    await _change(connection, municipality, month, version + 1, "closed", person, "", body, now)
    return ClosedMonth(municipality, month, version + 1, person, now, statement)


async def reopen_month(
    connection: asyncpg.Connection, municipality: str, month: Month, person: str, reason: str, now: InstantMs
) -> None:
    """再開: opens a closed month again, with a person and a reason; the statement that was closed stays on file.

    Call it inside a transaction. A month that is open stays open. Raises `ReasonMissingError`.
    """
    if not person.strip() or not reason.strip():
        raise ReasonMissingError("reopen")
    version = await _lock(connection, municipality, month)
    if await closed_month(connection, municipality, month) is not None:
        await _change(connection, municipality, month, version + 1, "open", person, reason, None, now)


async def closed_month(connection: asyncpg.Connection, municipality: str, month: Month) -> ClosedMonth | None:
    """The month as it was closed, or None while it is open."""
    found = [each for each in await closed_months(connection, municipality, month) if each.month == month]
    return found[0] if found else None


async def closed_months(
    connection: asyncpg.Connection, municipality: str, only: Month | None = None
) -> list[ClosedMonth]:
    """The closed months of a municipality, the oldest first; `only` one, if named."""
    rows = await connection.fetch(_CLOSED, municipality, None if only is None else only.text())
    return [_closed(municipality, row) for row in rows]


async def handed_over(connection: asyncpg.Connection, municipality: str) -> list[ClosedMonth]:
    """Each month's newest closed statement, as of the day on which the month was closed first; reopened months too.

    What is due of a month rests on the papers that were handed over, and a reopening takes none of them back.
    """
    rows = await connection.fetch(_HANDED_OVER, municipality)
    return [_closed(municipality, row) for row in rows]


def _closed(municipality: str, row: asyncpg.Record) -> ClosedMonth:
    statement = _STATEMENT.decode(row["statement"])
    at_ms = InstantMs(row["at_ms"])
    return ClosedMonth(municipality, Month.parse(row["month"]), row["version"], row["person"], at_ms, statement)


async def _lock(connection: asyncpg.Connection, municipality: str, month: Month) -> int:
    """Waits for postings into the month that are under way, keeps out new ones; its version."""
    await connection.execute(
        "INSERT INTO settlement_period(municipality, month) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        municipality,
        month.text(),
    )
    version: int = await connection.fetchval(
        "SELECT version FROM settlement_period WHERE municipality = $1 AND month = $2 FOR UPDATE",
        municipality,
        month.text(),
    )
    return version


async def _closing(connection: asyncpg.Connection, statement: Statement, month: Month, version: int) -> list[Posting]:
    """The postings of a close: what the statement says, less what an earlier close of the month booked."""
    booked = await month_booked(connection, statement.municipality, month)
    gross = Yen(statement.commission_yen - booked.commission_yen)
    tax = Yen(statement.commission_tax_yen - booked.tax_yen)
    met = Yen(statement.offset_yen - booked.offset_yen)
    code, on = statement.municipality, month.last_day
    postings = [commission(code, month, version, gross, tax, on)] if gross or tax else []
    return [*postings, offset(code, month, version, met, on)] if met else postings


class MonthBooked(msgspec.Struct, frozen=True):
    """What the journal holds of a month: fees less refunds in its statement, what its closes booked, and its debt.

    `debt_yen` is what the client was to get of the month: what is still owed, and what was remitted or set off.
    """

    fees_yen: Yen
    commission_yen: Yen
    tax_yen: Yen
    offset_yen: Yen
    debt_yen: Yen


async def month_booked(connection: asyncpg.Connection, municipality: str, month: Month) -> MonthBooked:
    """The journal's own sums of a month, to be held against its statement."""
    row = await connection.fetchrow(_BOOKED, municipality, month.text())
    return MonthBooked(*(Yen(row[name]) for name in ("fees", "gross", "tax", "met", "debt")))


async def _check(connection: asyncpg.Connection, statement: Statement, month: Month) -> None:
    """The journal's sums are the statement's figures, to the yen."""
    booked = await month_booked(connection, statement.municipality, month)
    said = MonthBooked(
        statement.owed_yen,
        statement.commission_yen,
        statement.commission_tax_yen,
        statement.offset_yen,
        statement.to_remit_yen,
    )
    if booked != said:
        raise BooksDisagreeError(f"{statement.municipality} {statement.month}: {booked} {said}")


async def _change(
    connection: asyncpg.Connection,
    municipality: str,
    month: Month,
    version: int,
    state: str,
    person: str,
    reason: str,
    statement: bytes | None,
    now: InstantMs,
) -> None:
    facts: tuple[Any, ...] = (municipality, month.text(), version, state)
    await connection.execute(
        "INSERT INTO settlement_period_event(municipality, month, version, state, person, reason, statement, at_ms)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        *facts, person, reason, statement, int(now),
    )  # fmt: skip
    await connection.execute(
        "UPDATE settlement_period SET version = $3, state = $4 WHERE municipality = $1 AND month = $2", *facts
    )


_STATEMENT = msgspec.json.Decoder(Statement)

_EARLIER_OPEN = """
SELECT min(s.month) FROM settlement_period s WHERE s.municipality = $1 AND s.month < $2 AND s.state = 'open'
  AND EXISTS (SELECT FROM settlement_posting p WHERE p.municipality = s.municipality AND p.month = s.month)
"""

_CLOSED = """
SELECT e.month, e.version, e.person, e.at_ms, e.statement
FROM settlement_period s JOIN settlement_period_event e USING (municipality, month, version)
WHERE s.municipality = $1 AND ($2::text IS NULL OR s.month = $2) AND s.state = 'closed' ORDER BY e.month
"""

_HANDED_OVER = """
SELECT DISTINCT ON (month) month, version, person, statement, min(at_ms) OVER (PARTITION BY month) AS at_ms
FROM settlement_period_event WHERE municipality = $1 AND state = 'closed' ORDER BY month, version DESC
"""

# A month's own postings, and those others that are about its debt; fees and refunds are about their own month's only.
_BOOKED = """
WITH about AS (
    SELECT p.month, p.counts, p.sort, p.key, l.account, l.yen
    FROM settlement_posting p JOIN settlement_line l USING (posting_id)
    WHERE p.municipality = $1 AND p.month = $2 AND l.debt_month = ''
    UNION ALL
    SELECT p.month, p.counts, p.sort, p.key, l.account, l.yen
    FROM settlement_posting p JOIN settlement_line l USING (posting_id)
    WHERE p.municipality = $1 AND p.sort NOT IN ('fee-taken', 'refund') AND l.debt_month = $2
)
SELECT
    COALESCE(-sum(yen) FILTER (WHERE account = 'fees-owed' AND month = $2 AND counts <> ''), 0)::bigint AS fees,
    COALESCE(sum(yen) FILTER (WHERE account = 'commission-due' AND sort = 'commission'), 0)::bigint AS gross,
    COALESCE(-sum(yen) FILTER (WHERE account = 'consumption-tax'), 0)::bigint AS tax,
    COALESCE(-sum(yen) FILTER (WHERE account = 'commission-due' AND sort = 'set-off'), 0)::bigint AS met,
    COALESCE(-sum(yen) FILTER (
        WHERE account = 'fees-owed' AND (counts <> '' OR key LIKE 'offset:%')), 0)::bigint AS debt
FROM about
"""
