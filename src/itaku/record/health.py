"""Is the record alive? Asked at each new session: where entries would not be numbered, nothing new begins (I7)."""

from __future__ import annotations

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_instant

MAX_PENDING_AGE_MS = 10_000
"""An entry that waits longer than this shows that nobody numbers."""

MAX_PENDING = 100_000
"""More waiting entries than this show that numbering does not keep up."""

MAX_CHECKPOINT_AGE_MS = 150_000
"""A checkpoint is signed each minute; after two missed ones the sequencer counts as gone."""

_ASK = """
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM record_pending LIMIT $1) AS few) AS pending,
    (extract(epoch FROM clock_timestamp() - (SELECT min(at) FROM record_pending)) * 1000)::bigint AS pending_age_ms,
    (SELECT count(*) FROM (SELECT 1 FROM record_refused LIMIT 1000) AS few) AS refused,
    last.at AS last_checkpoint_at,
    (extract(epoch FROM clock_timestamp() - last.written_at) * 1000)::bigint AS checkpoint_age_ms,
    current_setting('transaction_read_only') = 'on' AS read_only
FROM (SELECT 1) AS once
LEFT JOIN (SELECT at, written_at FROM record_checkpoint ORDER BY number DESC LIMIT 1) AS last ON true
"""

_CACHE_MS = 1000


class RecordHealth(msgspec.Struct, frozen=True):
    """What the record says of itself; begin nothing new unless `writable`.

    `pending` counts waiting entries up to 100,001, `oldest_pending_age_ms` is the age of the oldest (0 if none),
    `refused` counts entries that could not be numbered (a flaw in a program, up to 1,000). Ages are by the database's
    own clock; `checked_at` is the instant handed in. `reason` is a word for the log when it is not writable.
    """

    writable: bool
    pending: int
    oldest_pending_age_ms: int
    last_checkpoint_at: InstantMs | None
    refused: int
    checked_at: InstantMs
    reason: str = ""


async def record_health(connection: asyncpg.Connection, now: InstantMs) -> RecordHealth:
    """Asks the database, by index, in one statement. A database that fails or is silent is "not writable", no error."""
    try:
        row = await connection.fetchrow(_ASK, MAX_PENDING + 1)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        return RecordHealth(False, 0, 0, None, 0, now, type(error).__name__)
    assert row is not None, "the statement gives one row by its form"
    age: int = row["pending_age_ms"] or 0
    reason = ""
    if row["read_only"]:
        reason = "read_only"
    elif row["checkpoint_age_ms"] is None or row["checkpoint_age_ms"] > MAX_CHECKPOINT_AGE_MS:
        reason = "no_sequencer"
    elif age > MAX_PENDING_AGE_MS:
        reason = "entries_wait"
    elif row["pending"] > MAX_PENDING:
        reason = "too_many_wait"
    last = row["last_checkpoint_at"]
    return RecordHealth(
        writable=not reason,
        pending=row["pending"],
        oldest_pending_age_ms=max(age, 0),
        last_checkpoint_at=None if last is None else to_instant(last),
        refused=row["refused"],
        checked_at=now,
        reason=reason,
    )


class HealthWatch:
    """Health for a busy door: asks the database at most once a second and answers from memory in between."""

    def __init__(self) -> None:
        self._last: RecordHealth | None = None

    async def health(self, connection: asyncpg.Connection, now: InstantMs) -> RecordHealth:
        """The record's health, at most one second old; a clock that was moved makes it ask again."""
        last = self._last
        if last is None or not 0 <= now - last.checked_at < _CACHE_MS:
            self._last = last = await record_health(connection, now)
        return last
