"""Closing a day (日締め): what the three views have becomes files that never change; what comes later waits.

First the database says which rows are closed with the day, then the files are written from these: a run that was broken
off is run again and comes to the same files. Days are closed in order; a closed one is reopened with person and reason.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import duckdb

from itaku.basis.clock import InstantMs, to_instant, to_jst
from itaku.settlement.closed_days import ClosedDays, Closing, connect
from itaku.settlement.day_sources import (
    LATE_DAYS,
    FeeOf,
    lines_query,
    span_of,
    write_center,
    write_corrections,
    write_municipalities,
    write_register,
)
from itaku.settlement.errors import DayClosedError, DayNotClosedError, DayNotOverError
from itaku.settlement.views import View

_LOCK = int.from_bytes(b"itakuday", "big", signed=True)
"""One closing at a time."""


async def close_day(
    center: asyncpg.Connection,
    municipalities: Mapping[str, asyncpg.Connection],
    fee_of: FeeOf,
    closed: ClosedDays,
    day: dt.date,
    now: InstantMs,
    *,
    why: str = "",
) -> Closing:
    """Closes a day in Japan, with whatever earlier days were late with; with `why` it closes a closed day anew.

    `DayNotOverError` before its end, `DayClosedError` for a closed day without a reason, or one before the last closed
    day that was never closed itself (its rows were closed with a later one), `DayNotClosedError` while an earlier
    closing was begun and not ended; `ClosedDayUnfitError`, `FeeUnknownError`
    and `RowUnfitError` if a row cannot be closed. Nothing is closed then.
    """
    if to_jst(now).date() <= day:
        raise DayNotOverError(day.isoformat())
    days = closed.days()
    if (day in days and not why.strip()) or (days and day not in days and day < days[-1]):
        raise DayClosedError(day.isoformat())
    async with center.transaction():
        await center.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        begun = await center.fetchval("SELECT max(booked_on) FROM register_row")
        if begun is not None and begun < day and begun not in days:
            # Its rows are marked for it, and would be closed with no other.
            raise DayNotClosedError(begun.isoformat())
        await center.execute("UPDATE register_row SET booked_on = $1 WHERE booked_on IS NULL AND day <= $1", day)
        # Of a correction that was agreed after the day's end the journal has a later day too.
        await center.execute(
            "UPDATE reconciliation_correction SET booked_on = $1 WHERE booked_on IS NULL AND at_ms < $2",
            day,
            to_instant(span_of(day)[1]),
        )
    async with center.transaction():
        await center.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        with tempfile.TemporaryDirectory(prefix="itaku-closing-") as name:
            directory = Path(name)
            await write_center(center, day, directory / "center.csv")
            await write_municipalities(municipalities, fee_of, day, directory / "municipality.csv")
            await write_register(center, day, directory / "register.csv")
            for view in View:
                await write_corrections(center, day, view.value, directory / f"{view}-corrections.csv")
            with connect(directory / "scratch") as connection:
                return _close(connection, closed, day, now, why, directory)


def _close(
    connection: duckdb.DuckDBPyConnection, closed: ClosedDays, day: dt.date, now: InstantMs, why: str, directory: Path
) -> Closing:
    sources = {}
    for view in View:
        lines = lines_query(directory / f"{view}.csv")
        if view is not View.REGISTER:  # a register row carries the day itself
            lines += _not_yet_closed(closed, day, view)
        sources[view] = f"{lines} UNION ALL {lines_query(directory / f'{view}-corrections.csv')}"
    return closed.close(connection, day, sources, now, why=why)


def _not_yet_closed(closed: ClosedDays, day: dt.date, view: View) -> str:
    """The condition that a movement was not closed with another day."""
    first = day - dt.timedelta(days=LATE_DAYS)
    others = [closing for each in closed.days() if each != day and each >= first and (closing := closed.closing(each))]
    if not others:
        return ""
    files = list(closed.files(others, view))
    return f" WHERE (issuance_id, movement) NOT IN (SELECT (issuance_id, movement) FROM read_parquet({files!r}))"  # noqa: S608 our own files
