"""The index of what is due (期限の索引): rows made by a replay, and how time is read into them without another."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.basis.clock import InstantMs
from itaku.contracts.engine.dues import limit_of
from itaku.contracts.engine.events import day_of
from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result, View, view
from itaku.contracts.engine.turn import whose_turn
from itaku.contracts.engine.waking import is_plain

ENGINE = "3"
"""Raised whenever a change of the engine changes what a replay gives: caches of another engine are made again."""


class DueRow(msgspec.Struct, frozen=True, order=True, gc=False):
    """One row: an open instance that has a date, an hour, a manner or a blank.

    `plain`: when its limit `too_late` passes it is violated and nothing else changes, so no replay is needed to say so.
    `manner` is 直ちに, 速やかに or 遅滞なく where no day is fixed, `target_at` the strictest reading of an hour clock,
    `turn` whose turn it is (`engine.turn`; "": nobody's alone), and `born` the day on which it arose.
    """

    instance: str
    provision: str
    kind: str
    bearer: str
    counterparty: str
    state: str
    raw_day: dt.date | None
    moved_day: dt.date | None
    due_day: dt.date | None
    target_day: dt.date | None
    due_at: InstantMs | None
    too_late: InstantMs | None
    breached_on: dt.date | None
    plain: bool
    manner: str
    target_at: InstantMs | None
    turn: str
    born: dt.date


_SHOWN = frozenset({"pending", "in_effect", "suspended", "violated", "running", "available"})


def due_rows(result: Result) -> tuple[DueRow, ...]:
    """The rows of a contract, by instance. Powers that lapse are rows too while they are available."""
    found = []
    for instance in result.fold.instances.values():
        due = instance.due
        dated = due.day is not None or due.instant is not None or due.manner is not None or due.blank is not None
        if not dated or instance.state not in _SHOWN:
            continue
        found.append(_row(result, instance, view(result.fold, instance)))
    return tuple(sorted(found))


def _row(result: Result, instance: Instance, shown: View) -> DueRow:
    due = instance.due
    return DueRow(
        shown.id,
        shown.provision,
        shown.kind,
        shown.bearer,
        shown.counterparty,
        shown.state,
        due.raw,
        due.moved,
        due.day,
        shown.target,
        due.instant,
        limit_of(due),
        shown.breached_on,
        is_plain(result.fold, instance),
        due.manner or "",
        due.target,
        whose_turn(result, instance),
        shown.born,
    )


def as_seen(row: DueRow, now: InstantMs) -> DueRow:
    """The row as it reads at an instant before which its contract had not to wake: past its limit it is violated."""
    if not row.plain or row.state not in {"in_effect", "pending"} or row.too_late is None or now < row.too_late:
        return row
    breached = day_of(row.too_late) if row.due_at is None else day_of(row.due_at)
    return msgspec.structs.replace(row, state="violated", breached_on=row.breached_on or breached)
