"""The caches of kept contracts in the database: rows of what is due and wakes, written by difference and in batches."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec

from itaku.basis.clock import InstantMs
from itaku.contracts.keeping.due_index import DueRow

_TYPES = {
    "instance": "text",
    "provision": "text",
    "kind": "text",
    "bearer": "text",
    "counterparty": "text",
    "state": "text",
    "raw_day": "date",
    "moved_day": "date",
    "due_day": "date",
    "target_day": "date",
    "due_at": "bigint",
    "too_late": "bigint",
    "breached_on": "date",
    "plain": "boolean",
    "manner": "text",
    "target_at": "bigint",
    "turn": "text",
    "born": "date",
}
_INSTANTS = {"due_at": "due_at_ms", "too_late": "too_late_ms", "target_at": "target_at_ms"}
_NAMES = tuple(_INSTANTS.get(name, name) for name in _TYPES)
COLUMNS = ", ".join(_NAMES)
"""The columns of `contract_due` in the order of a `DueRow`'s fields."""


class Cache(msgspec.Struct, frozen=True):
    """What a replay gave one contract's caches: `wake_at` as in `Result`, `made_of` what it rests on."""

    contract: str
    rows: tuple[DueRow, ...]
    wake_at: InstantMs | None
    from_seq: int
    made_of: bytes


def due_row(record: Any, skip: int = 0) -> DueRow:
    """A row of `contract_due` whose `COLUMNS` stand after `skip` others."""
    return DueRow(*record[skip:])


def put_caches(first: int) -> str:
    """SQL that puts caches in the place of older ones: CTEs, and a last INSERT. Parameters from `first` on.

    A row that is there already as it should be is not written again. The contracts must be locked.
    """
    ids, wake_at, from_seq, made_of, now, owner = (f"${first + place}" for place in range(6))
    given = ", ".join(f"${first + 6 + place}::{sql}[]" for place, sql in enumerate(_TYPES.values()))
    fresh = ", ".join(f"{name} = excluded.{name}" for name in _NAMES if name != "instance")
    old, new = (", ".join(f"{table}.{name}" for name in _NAMES) for table in ("kept", "excluded"))
    return f"""
given AS (SELECT * FROM unnest({owner}::text[], {given}) AS row(contract, {COLUMNS})),
gone AS (
    DELETE FROM contract_due kept WHERE kept.contract = ANY({ids}::text[])
    AND NOT EXISTS (SELECT FROM given WHERE given.contract = kept.contract AND given.instance = kept.instance)
),
put AS (
    INSERT INTO contract_due AS kept (contract, {COLUMNS}) SELECT contract, {COLUMNS} FROM given
    ON CONFLICT (contract, instance) DO UPDATE SET {fresh} WHERE ({old}) IS DISTINCT FROM ({new})
)
INSERT INTO contract_wake(contract, wake_at_ms, made_at_ms, from_seq, made_of)
SELECT contract, wake_at_ms, {now}::bigint, from_seq, made_of
FROM unnest({ids}::text[], {wake_at}::bigint[], {from_seq}::bigint[], {made_of}::bytea[])
    AS row(contract, wake_at_ms, from_seq, made_of)
ON CONFLICT (contract) DO UPDATE SET wake_at_ms = excluded.wake_at_ms, made_at_ms = excluded.made_at_ms,
    from_seq = excluded.from_seq, made_of = excluded.made_of
"""  # noqa: S608 the names of our own columns and numbers of parameters


def cache_values(caches: Sequence[Cache], now: InstantMs) -> list[Any]:
    """The parameters of `put_caches`, in order."""
    owners = [cache.contract for cache in caches for _ in cache.rows]
    columns: list[list[Any]] = [[] for _ in _TYPES]
    for cache in caches:
        for row in cache.rows:
            for column, value in zip(columns, _fields(row), strict=True):
                column.append(value)
    return [
        [cache.contract for cache in caches],
        [cache.wake_at for cache in caches],
        [cache.from_seq for cache in caches],
        [cache.made_of for cache in caches],
        int(now),
        owners,
        *columns,
    ]


PUT_CACHES = f"WITH {put_caches(1)}"
"""`put_caches` as a statement of its own."""

_fields = attrgetter(*_TYPES)
assert tuple(_TYPES) == DueRow.__struct_fields__, "the columns stand in the order of the row's fields"
