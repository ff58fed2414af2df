"""A month's reconciliation as it is kept: from the closed days and what the month before left open, into cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.yen import yen_text
from itaku.settlement.cases import Case, Changes, open_cases, take_reconciliation
from itaku.settlement.closed_days import ClosedDays, connect
from itaku.settlement.errors import DayNotClosedError, MonthOrderError
from itaku.settlement.month import Month
from itaku.settlement.nets import Item
from itaku.settlement.reconciliation import SORT_TITLE, Held, Reconciliation, reconcile
from itaku.settlement.views import MOVEMENT_JA, View

_LOCK = int.from_bytes(b"itakumon", "big", signed=True)
_ITEMS: msgspec.msgpack.Decoder[tuple[Item, ...]] = msgspec.msgpack.Decoder(tuple[Item, ...])


class Reconciled(msgspec.Struct, frozen=True):
    """What a month's reconciliation came to, and every case that is open after it, the most urgent first."""

    result: Reconciliation
    changes: Changes
    cases: tuple[Case, ...]


async def reconcile_month(
    connection: asyncpg.Connection, closed: ClosedDays, month: Month, scratch: Path, now: InstantMs
) -> Reconciled:
    """Reconciles a month and brings its cases up to date, in one transaction. It may be run again until the next month.

    `DayNotClosedError` if no day of the month is closed, `MonthOrderError` if an earlier closed month was not
    reconciled or a later one was, `ClosedDayUnfitError` if a file is not byte for byte what was closed.
    """
    closings = closed.month(month)
    if not closings:
        raise DayNotClosedError(month.text())
    for closing in closings:
        closed.verify(closing)
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        carried = await _carried(connection, closed, month)
        with connect(scratch) as files:
            result = reconcile(files, closed, month, carried)
        changes = await take_reconciliation(connection, result, now)
        await connection.execute(
            "INSERT INTO reconciliation_month(month, at_ms, carried) VALUES ($1, $2, $3)"
            " ON CONFLICT (month) DO UPDATE SET at_ms = excluded.at_ms, carried = excluded.carried",
            month.text(),
            now,
            msgspec.msgpack.encode(result.carried),
        )
        return Reconciled(result, changes, tuple(await open_cases(connection)))


async def _carried(connection: asyncpg.Connection, closed: ClosedDays, month: Month) -> tuple[Item, ...]:
    """What the month before left open; nothing for the first month of all."""
    rows = await connection.fetch("SELECT month, carried FROM reconciliation_month ORDER BY month")
    done = {row["month"]: row["carried"] for row in rows}
    before = {Month(day.year, day.month).text() for day in closed.days() if day < month.first_day}
    lacking, later = sorted(before - set(done)), [each for each in done if each > month.text()]
    if lacking or later:
        raise MonthOrderError((lacking or later)[0])
    return _ITEMS.decode(done[max(before)]) if before else ()


def reconciled_json(reconciled: Reconciled) -> dict[str, Any]:
    """The outcome as plain data, for `--json`."""
    result, changes = reconciled.result, reconciled.changes
    return {
        "month": result.month,
        "rows": {view.value: rows for view, rows in result.rows.items()},
        "opened": changes.opened,
        "changed": changes.seen,
        "settled": changes.settled,
        "cases": [case_json(case) for case in reconciled.cases],
    }


def case_json(case: Case) -> dict[str, Any]:
    """One case as plain data."""
    ja, en = SORT_TITLE[case.sort]
    return {
        "issuance": case.name.issuance_id.hex(),
        "movement": case.name.movement.name.lower(),
        "side": case.name.side.value,
        "sort": case.sort.value,
        "ja": ja,
        "en": en,
        "state": case.state.value,
        "owner": case.owner.value,
        "due_on": case.due_on.isoformat(),
        "opened_in": case.opened_in,
        "kiosk": case.difference.kiosk,
        "yen": case.difference.yen,
        "held": {view.value: msgspec.to_builtins(case.difference.held(view)) for view in View},
    }


def reconciled_text(reconciled: Reconciled) -> str:
    """The outcome as text for a terminal."""
    result, changes = reconciled.result, reconciled.changes
    rows = "  ".join(f"{view.value} {rows:,}" for view, rows in result.rows.items())
    lines = [
        f"三者照合 three-way reconciliation  {result.month}   {rows}",
        f"新規 opened {changes.opened:,}  変化 changed {changes.seen:,}  解決 settled {changes.settled:,}",
        f"未解決 open {len(reconciled.cases):,}",
    ]
    return "\n".join([*lines, *(case_text(case) for case in reconciled.cases)])


def case_text(case: Case) -> str:
    """One case in a few lines."""
    ja, en = SORT_TITLE[case.sort]
    moved, difference = case.name.movement, case.difference
    what = f"{MOVEMENT_JA[moved]} {moved.name.lower()}  {ja} {en} ({case.name.side})  {yen_text(difference.yen)}"
    until = f"期限（当方の目標） due {case.due_on} (our target)"
    return "\n".join(
        [
            f"{case.name.issuance_id.hex()}  {what}",
            f"  担当 owner {case.owner}  {until}  {case.state}  {difference.kiosk}",
            *(f"  {view.value}: {_held_text(difference.held(view))}" for view in View),
        ]
    )


def _held_text(held: tuple[Held, ...]) -> str:
    return (
        "、".join(
            f"{each.municipality} {each.kind} {each.copies}通 {yen_text(each.fee_yen)}"
            + ("" if each.times == 1 else f" × {each.times}")
            for each in held
        )
        or "なし none"
    )
