"""`itaku due`: the deadline of a period, with its working; one from the command line, or one for each line of input."""

from __future__ import annotations

from typing import Any, BinaryIO

import msgspec

from itaku.basis.clock import to_jst
from itaku.basis.closing_days import closing_days
from itaku.basis.due_dates import (
    DueDate,
    DueInstant,
    FirstDay,
    HoursMisfitError,
    InForce,
    due_date,
    due_instant,
    first_day_by_code,
)
from itaku.basis.periods import Period, Unit
from itaku.basis.working import Line, lines_text
from itaku.basis.written_dates import TimeUnreadableError, read_written
from itaku.commands.json_lines import answer_lines, parse


class DueRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked: an event (day or instant, ISO or era), a period, and the contract's or the policy's choices.

    Without `first_day` the Civil Code decides (第140条). `clause` is named where the event is blank, and beside the
    contract's choice of the first day.
    """

    event: str | None
    within: str
    first_day: FirstDay | None = None
    before: bool = False
    closing_days: str | None = None
    in_force: InForce | None = None
    clause: str = ""


def due(request: DueRequest) -> tuple[dict[str, Any], str]:
    """The deadline as data and as text. Raises the coded errors of `basis`."""
    period = Period.parse(request.within)
    written = read_written(request.event, request.clause or "event")
    if period.unit is not Unit.HOUR:
        by_code = first_day_by_code(written.moment)
        found = due_date(
            written.day,
            period,
            first_day=request.first_day or by_code,
            backward=request.before,
            closing=None if request.closing_days is None else closing_days(request.closing_days),
            in_force=request.in_force or InForce.MOVED,
            first_day_clause=_first_day_clause(request.first_day, by_code, request.clause),
        )
        lines = (*_outside_era(written.outside_era), *found.working)
        return _date_json(found, lines), _text(found.due.isoformat(), lines)
    if request.first_day is FirstDay.INCLUDED or request.closing_days is not None:
        raise HoursMisfitError(period.ja)
    if written.moment is None:
        raise TimeUnreadableError(period.ja)
    instant: DueInstant = due_instant(written.moment, period, backward=request.before)
    lines = (*_outside_era(written.outside_era), *instant.working)
    at = to_jst(instant.due).isoformat()
    return {"due": at, "working": msgspec.to_builtins(lines)}, _text(at, lines)


def due_lines(source: BinaryIO, out: BinaryIO) -> int:
    """Answers one request a line until the input ends."""
    return answer_lines(source, out, lambda line: due(parse(line, DueRequest))[0])


def _first_day_clause(chosen: FirstDay | None, by_code: FirstDay, clause: str) -> str:
    if chosen is None or (chosen is by_code and not clause):
        return "民法 第140条" if by_code is FirstDay.EXCLUDED else "民法 第140条但書"
    return f"{clause or '契約の定め'}、民法 第138条"


def _outside_era(outside: bool) -> tuple[Line, ...]:
    if not outside:
        return ()
    return (
        Line(
            "その元号の期間外の日付のため、年を続けて数えて読んだ",
            "The date lies outside its era; its years were counted on",
            "元号法",
        ),
    )


def _date_json(found: DueDate, lines: tuple[Line, ...]) -> dict[str, Any]:
    facts: dict[str, Any] = {"due": found.due.isoformat()}
    if found.moved is not None and found.in_force is not None:
        facts |= {
            "raw": found.raw.isoformat(),
            "moved": found.moved.isoformat(),
            "in_force": found.in_force.value,
            "provisional": found.provisional,
        }
    if found.remind is not None:
        facts["remind"] = found.remind.isoformat()
    return facts | {"working": msgspec.to_builtins(lines)}


def _text(due_text: str, lines: tuple[Line, ...]) -> str:
    return f"{due_text}\n{lines_text(lines)}"
