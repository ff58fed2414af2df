"""The months of a municipality's books (対象月の一覧), and the history of each: closed, reopened, by whom and why."""

from __future__ import annotations

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs
from itaku.settlement.month import Month


class PeriodEvent(msgspec.Struct, frozen=True):
    """One close or reopening of a month. `state` is what it is since: closed or open."""

    version: int
    state: str
    person: str
    reason: str
    at_ms: InstantMs


async def months_of(connection: asyncpg.Connection, municipality: str, limit: int = 12) -> list[Month]:
    """The months into which something was booked, or which were closed: the newest first."""
    rows = await connection.fetch(
        "SELECT month FROM settlement_period WHERE municipality = $1 ORDER BY month DESC LIMIT $2", municipality, limit
    )
    return [Month.parse(row["month"]) for row in rows]


async def period_events(connection: asyncpg.Connection, municipality: str, month: Month) -> list[PeriodEvent]:
    """Everything that was done to a month, oldest first."""
    rows = await connection.fetch(
        "SELECT version, state, person, reason, at_ms FROM settlement_period_event"
        " WHERE municipality = $1 AND month = $2 ORDER BY version",
        municipality,
        month.text(),
    )
    return [
        PeriodEvent(row["version"], row["state"], row["person"], row["reason"], InstantMs(row["at_ms"])) for row in rows
    ]
