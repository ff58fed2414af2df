"""The day strip as a page draws it: ends in words, cells with their classes, and a sentence for those who hear it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from itaku.contracts.agenda.day_strip import Cell, DayStrip
from itaku.contracts.agenda.line import day_short

_STYLES = {"zero": "zero", "open": "", "off": "off", "last": "last", "gap": "gap"}


class DrawnCell(NamedTuple):
    """A cell with its class."""

    style: str
    sort: str
    number: int


class DrawnStrip(NamedTuple):
    """A strip with the words at both ends."""

    first: dt.date
    first_said: str
    final: dt.date
    final_said: str
    cells: tuple[DrawnCell, ...]
    spoken: str


def drawn(strip: DayStrip | None, *, english: bool) -> DrawnStrip | None:
    """The strip in one language."""
    if strip is None:
        return None
    length, backward = strip.length, strip.last < strip.event
    event, last = day_short(strip.event), day_short(strip.last)
    if english:
        start, end = "event", f"last day (day {length})"
        spoken = f"From {event.en} to {last.en}: {length} days counted"
    else:
        start, end = "起点", f"末日（{length}日目）"
        spoken = f"{event.ja}から{last.ja}まで、{length}日を数える"
    ends = [(strip.event, start), (strip.last, end)]
    (first, first_said), (final, final_said) = reversed(ends) if backward else ends
    return DrawnStrip(first, first_said, final, final_said, tuple(map(_drawn, strip.cells)), spoken)


def _drawn(cell: Cell) -> DrawnCell:
    return DrawnCell(_STYLES[cell.sort], cell.sort, cell.number)
