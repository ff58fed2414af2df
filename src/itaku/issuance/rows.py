"""Durable rows of a server's machine: compare-and-set on a version, with event and record entry in one statement.

Center and municipality keep their issuances this way. A step is one SQL statement: the row, the event that moved it and
the entries of the tamper-evident record are durable together or not at all, and only then do effects run.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import asyncpg
import msgspec

from itaku.basis.clock import Clock, InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.record.entry import Entry
from itaku.store.postgres import Migration


class Row(Protocol):
    """What a machine's row must tell the store."""

    @property
    def issuance_id(self) -> IssuanceId:
        """Whose row it is."""
        ...

    @property
    def state(self) -> str:
        """A state of the machine's table."""
        ...

    @property
    def version(self) -> int:
        """1 for the first row; each change adds one."""
        ...

    @property
    def deadline_ms(self) -> InstantMs | None:
        """When a deadline event is due; None if never."""
        ...


RowT = TypeVar("RowT", bound=Row)


class Step(Protocol):
    """What a machine answers to an event: the new row (None: no change), the event's name and the state it left."""

    @property
    def row(self) -> Any:
        """The row to make durable."""
        ...

    @property
    def event(self) -> str:
        """The edge's event."""
        ...

    @property
    def source(self) -> str:
        """The state before."""
        ...


StepT = TypeVar("StepT", bound=Step)

_TRIES = 8
"""Lost races on one row before a step is given up; each loss means that another step succeeded."""
_KNOWN_ROWS = 4096
_KNOWN_BYTES = 16 * 1024
"""A row with a sealed document in it is not kept in memory."""

Column = Callable[[RowT], Any]
"""Reads one projected column (for people and reports, in plain SQL) from a row."""


def base_migration(table: str, columns: Mapping[str, str]) -> Migration:
    """The tables of one machine: rows with projected columns, and their events."""
    projected = "".join(f",\n    {name} {kind}" for name, kind in columns.items())
    return Migration(
        name=f"{table}-1",
        sql=f"""
CREATE TABLE {table} (
    issuance_id bytea PRIMARY KEY CHECK (octet_length(issuance_id) = 16),
    state text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    deadline timestamptz,
    changed_at timestamptz NOT NULL,
    body bytea NOT NULL{projected}
);
CREATE INDEX {table}_deadline ON {table} (deadline) WHERE deadline IS NOT NULL;
CREATE TABLE {table}_event (
    issuance_id bytea NOT NULL,
    version integer NOT NULL,
    event text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (issuance_id, version)
);
""",
    )


def sealed_migration(table: str) -> Migration:
    """Has PostgreSQL store a row's body as it is: a sealed document yields nothing to compression, which costs 1 ms."""
    return Migration(name=f"{table}-2", sql=f"ALTER TABLE {table} ALTER COLUMN body SET STORAGE EXTERNAL;")


class RowStore(Generic[RowT]):
    """Reads and changes the rows of one machine.

    It remembers the latest rows that it changed itself. Another instance may have changed them since, so `known` is a
    guess: a change that is made from it is proven by `commit`, and anything else has to be held against `read`.
    """

    def __init__(
        self, pool: asyncpg.Pool, table: str, kind: type[RowT], columns: Mapping[str, Callable[[RowT], Any]]
    ) -> None:
        self._pool = pool
        self._columns = tuple(columns.values())
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._encoder = msgspec.msgpack.Encoder()
        self._known: OrderedDict[IssuanceId, RowT] = OrderedDict()
        self._read = f"SELECT body FROM {table} WHERE issuance_id = $1"  # noqa: S608 the table's name is a constant
        self._due = f"SELECT issuance_id FROM {table} WHERE deadline <= $1 ORDER BY deadline LIMIT $2"  # noqa: S608 as above
        names = list(columns)
        at = 11  # the columns follow the ten parameters that every step has
        values = "".join(f", ${at + i}" for i in range(len(names)))
        sets = "".join(f", {name} = ${at + i}" for i, name in enumerate(names))
        joined = "".join(f", {name}" for name in names)
        self._insert = self._statement(
            table,
            f"INSERT INTO {table}(issuance_id, state, version, deadline, changed_at, body{joined})"  # noqa: S608 as above
            f" VALUES ($1, $2, $3, $4, $5, $6{values}) ON CONFLICT DO NOTHING RETURNING 1",
        )
        self._update = self._statement(
            table,
            f"UPDATE {table} SET state = $2, version = $3, deadline = $4, changed_at = $5, body = $6{sets}"  # noqa: S608 as above
            " WHERE issuance_id = $1 AND version = $3 - 1 AND state = $8 RETURNING 1",
        )

    @staticmethod
    def _statement(table: str, change: str) -> str:
        return (
            f"WITH changed AS ({change}), "  # noqa: S608 built from constants
            f"event AS (INSERT INTO {table}_event(issuance_id, version, event, source, target, at)"
            " SELECT $1, $3, $7, $8, $2, $5 FROM changed), "
            "entry AS (INSERT INTO record_pending(entry_id, body)"
            " SELECT e.id, e.body FROM changed, unnest($9::bytea[], $10::bytea[]) AS e(id, body)"
            ") SELECT count(*) FROM changed"
        )

    async def read(self, issuance_id: IssuanceId) -> RowT | None:
        """The row, or None."""
        body = await self._pool.fetchval(self._read, issuance_id)
        return None if body is None else self._decoder.decode(body)

    def known(self, issuance_id: IssuanceId) -> RowT | None:
        """The row as this process left it, without a question to the database; None if it does not remember one."""
        return self._known.get(issuance_id)

    async def commit(self, row: RowT, event: str, source: str, now: InstantMs, entries: Sequence[Entry]) -> bool:
        """Makes the step durable; False if another step came first (read again, handle again)."""
        statement = self._insert if row.version == 1 else self._update
        body = self._encoder.encode(row)
        # Nothing is known while it is not known whether the commit took place.
        self._known.pop(row.issuance_id, None)
        changed = await self._pool.fetchval(
            statement,
            row.issuance_id,
            row.state,
            row.version,
            None if row.deadline_ms is None else _moment(row.deadline_ms),
            _moment(now),
            body,
            event,
            source,
            [entry.entry_id for entry in entries],
            [entry.body for entry in entries],
            *(column(row) for column in self._columns),
        )
        if changed and len(body) <= _KNOWN_BYTES:
            self._known[row.issuance_id] = row
            if len(self._known) > _KNOWN_ROWS:
                self._known.popitem(last=False)
        return bool(changed)

    async def settle(
        self,
        issuance_id: IssuanceId,
        handle: Callable[[InstantMs, RowT | None], StepT],
        entry: Callable[[StepT, RowT, InstantMs], Entry],
        clock: Clock,
    ) -> StepT | None:
        """Handles one event until its step holds: durable with its entry of the record, or proven to change nothing.

        Only then may the step's effects run. `handle` is called anew with the row as it is whenever another step came
        first; None after eight lost races.
        """
        row, is_read = self.known(issuance_id), False
        for _ in range(_TRIES):
            now = clock.now()
            step = handle(now, row)
            if step.row is None and is_read:
                return step
            if step.row is not None and await self.commit(
                step.row, step.event, step.source, now, [entry(step, step.row, now)]
            ):
                return step
            found = await self.read(issuance_id)
            if step.row is None and found == row:
                return step
            row, is_read = found, True
        return None

    async def due(self, now: InstantMs, limit: int) -> list[IssuanceId]:
        """Issuances whose deadline has come, the oldest first."""
        rows = await self._pool.fetch(self._due, _moment(now), limit)
        return [IssuanceId(row["issuance_id"]) for row in rows]


def _moment(instant: InstantMs) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant // 1000, dt.UTC).replace(microsecond=instant % 1000 * 1000)


def moment_or_none(instant: InstantMs | None) -> dt.datetime | None:
    """An instant as PostgreSQL's timestamptz takes it."""
    return None if instant is None else _moment(instant)
