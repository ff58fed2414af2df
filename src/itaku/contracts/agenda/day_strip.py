"""The day strip (日の帯): a period by days as cells, so that the counting can be followed with a finger."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from itaku.basis.closing_days import OFFICE, ClosingDays
from itaku.basis.due_dates import DueDate
from itaku.basis.errors import ItakuError

Sort = Literal["zero", "open", "off", "last", "gap"]

LONGEST = 62
"""Days that are drawn one by one; of longer periods only both ends are."""
_ENDS = 7


class Cell(msgspec.Struct, frozen=True):
    """A day. zero: not counted; open, off: counted, the office open or closed; last: the last; gap: days left out.

    `number` is its place in the count; of a gap, how many days it stands for.
    """

    day: dt.date
    sort: Sort
    number: int


class DayStrip(msgspec.Struct, frozen=True):
    """The cells in the order of time. `length` is how many days are counted; `collapsed` that not all are drawn."""

    event: dt.date
    last: dt.date
    length: int
    collapsed: bool
    cells: tuple[Cell, ...]


def day_strip(due: DueDate, closing: ClosingDays | None = None) -> DayStrip:
    """The strip of a counted period, from the event to the last day in force, or back to it."""
    step = -1 if due.backward else 1
    last = due.due
    counted = [due.start + dt.timedelta(days=step * number) for number in range((last - due.start).days * step + 1)]
    cells = [_cell(day, number, last, closing or OFFICE) for number, day in enumerate(counted, 1)]
    collapsed = len(cells) > LONGEST
    if collapsed:
        cells = [
            *cells[:_ENDS],
            Cell(cells[_ENDS].day, "gap", len(cells) - 2 * _ENDS),
            *cells[-_ENDS:],
        ]
    if due.start != due.event:
        cells.insert(0, Cell(due.event, "zero", 0))
    return DayStrip(due.event, last, len(counted), collapsed, tuple(reversed(cells) if due.backward else cells))


def _cell(day: dt.date, number: int, last: dt.date, closing: ClosingDays) -> Cell:
    if day == last:
        return Cell(day, "last", number)
    try:
        closed = closing.why_closed(day) is not None
    except ItakuError:
        closed = day.weekday() >= 5  # the calendar of that year is not known yet: weekends are
    return Cell(day, "off" if closed else "open", number)
