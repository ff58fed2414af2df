"""The service calendar as people enter it: rows with who, when and why in the center's database, never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_instant
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import Randomness
from itaku.issuance.center.calendar import FeeRow, HoursRow, ServiceCalendar, StopRow
from itaku.record.entry import make_entry
from itaku.record.schema import INSERT_PENDING
from itaku.store.postgres import Migration

CALENDAR_MIGRATION = Migration(
    name="calendar-1",
    sql="""
CREATE TABLE calendar_entry (
    entry_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    municipality text NOT NULL,
    body jsonb NOT NULL,
    entered_by text NOT NULL CHECK (entered_by <> ''),
    why text NOT NULL CHECK (why <> ''),
    entered_at timestamptz NOT NULL
);
CREATE RULE calendar_entry_stays AS ON UPDATE TO calendar_entry DO INSTEAD NOTHING;
CREATE RULE calendar_entry_is_kept AS ON DELETE TO calendar_entry DO INSTEAD NOTHING;
""",
)


class CalendarEntryError(ItakuError):
    """The entry contradicts itself or the calendar."""

    code = "calendar_entry_unfit"
    ja = "この内容では暦に登録できません。"
    en = "This cannot be entered in the calendar."


class Fee(FeeRow, frozen=True, forbid_unknown_fields=True, tag="fee"):
    """手数料の改定."""


class Stop(StopRow, frozen=True, forbid_unknown_fields=True, tag="stop"):
    """停止."""


class Hours(HoursRow, frozen=True, forbid_unknown_fields=True, tag="hours"):
    """取扱時間."""


class Cancel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="cancel"):
    """取消: an earlier entry counts no more."""

    entry_no: Annotated[int, msgspec.Meta(ge=1)]


Change = Fee | Stop | Hours | Cancel
"""What can be entered."""


class CalendarEntry(msgspec.Struct, frozen=True):
    """One entry as it stands in the database."""

    entry_no: int
    municipality: str
    change: Change
    entered_by: str
    why: str
    entered_ms: InstantMs


async def enter(
    conn: asyncpg.Connection,
    randomness: Randomness,
    now: InstantMs,
    municipality: str,
    change: Change,
    entered_by: str,
    why: str,
) -> CalendarEntry:
    """Enters a change, and the record's entry of it, in one transaction. `CalendarEntryError` says what is wrong.

    It takes effect in every instance within a second.
    """
    if not entered_by.strip() or not why.strip():
        raise CalendarEntryError("who and why must be said")
    _check(change)
    body = msgspec.json.encode(change).decode()
    async with conn.transaction():
        if isinstance(change, Cancel):
            found = await conn.fetchrow(
                "SELECT municipality, body FROM calendar_entry WHERE entry_no = $1", change.entry_no
            )
            if found is None or found["municipality"] != municipality:
                raise CalendarEntryError(f"there is no entry {change.entry_no} of {municipality}")
        number = await conn.fetchval(
            "INSERT INTO calendar_entry(municipality, body, entered_by, why, entered_at) VALUES ($1, $2, $3, $4, $5)"
            " RETURNING entry_no",
            municipality,
            body,
            entered_by,
            why,
            dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=now),
        )
        facts = {"entry_no": number, "municipality": municipality, "change": body, "by": entered_by, "why": why}
        entry = make_entry(randomness, "calendar.entered", now, facts)
        await conn.execute(INSERT_PENDING, [entry.entry_id], [entry.body])
    return CalendarEntry(number, municipality, change, entered_by, why, now)


async def read_entries(conn: asyncpg.Connection | asyncpg.Pool) -> tuple[CalendarEntry, ...]:
    """All entries of all municipalities, in the order in which they were made."""
    rows = await conn.fetch(
        "SELECT entry_no, municipality, body, entered_by, why, entered_at FROM calendar_entry ORDER BY entry_no"
    )
    return tuple(
        CalendarEntry(
            row["entry_no"],
            row["municipality"],
            _changes.decode(row["body"]),
            row["entered_by"],
            row["why"],
            to_instant(row["entered_at"]),
        )
        for row in rows
    )


def with_entries(base: ServiceCalendar, entries: tuple[CalendarEntry, ...], municipality: str) -> ServiceCalendar:
    """The calendar in force: the settings' rows, then what was entered for this municipality and not cancelled."""
    ours = [entry for entry in entries if entry.municipality == municipality]
    cancelled = {entry.change.entry_no for entry in ours if isinstance(entry.change, Cancel)}
    changes = [entry.change for entry in ours if entry.entry_no not in cancelled]
    return msgspec.structs.replace(
        base,
        fees=(*base.fees, *(change for change in changes if isinstance(change, Fee))),
        stops=(*base.stops, *(change for change in changes if isinstance(change, Stop))),
        hours=(*base.hours, *(change for change in changes if isinstance(change, Hours))),
    )


class CalendarWatch:
    """Reads the entries again when there are new ones, at most once a second."""

    def __init__(self, bases: Mapping[str, ServiceCalendar]) -> None:
        self._bases = dict(bases)
        self._newest = -1
        self._asked_ms = InstantMs(-1)

    async def renewed(self, pool: asyncpg.Pool, now: InstantMs) -> dict[str, ServiceCalendar] | None:
        """Every municipality's calendar if it changed since the last call, else None."""
        if self._asked_ms >= 0 and 0 <= now - self._asked_ms < 1_000:
            return None
        newest = await pool.fetchval("SELECT coalesce(max(entry_no), 0) FROM calendar_entry")
        self._asked_ms = now
        if newest == self._newest:
            return None
        entries = await read_entries(pool)
        self._newest = max((entry.entry_no for entry in entries), default=0)
        return {code: with_entries(base, entries, code) for code, base in self._bases.items()}


def _check(change: Change) -> None:
    if isinstance(change, Stop) and not change.since < change.until:
        raise CalendarEntryError("the stop ends before it begins")
    if isinstance(change, Stop | Fee) and not change.from_minute < change.until_minute:
        raise CalendarEntryError("the part of the day ends before it begins")
    if isinstance(change, Hours) and not change.opens_minute < change.closes_minute:
        raise CalendarEntryError("it closes before it opens")


_changes: msgspec.json.Decoder[Change] = msgspec.json.Decoder(Change)
