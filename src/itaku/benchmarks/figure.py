"""One measured figure, and a table of them for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """What was measured, its value in its unit, and under which conditions."""

    name: str
    value: float
    unit: str
    note: str


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned lines: name, value, unit, note."""
    rows = [(figure.name, _plain(figure.value), figure.unit, figure.note) for figure in figures]
    widths = [max((_columns(row[place]) for row in rows), default=0) for place in range(3)]
    return "\n".join(
        f"{_padded(name, widths[0])}  {value.rjust(widths[1])} {_padded(unit, widths[2])}  {note}".rstrip()
        for name, value, unit, note in rows
    )


def _plain(value: float) -> str:
    """Three significant digits; whole numbers from a hundred on, with their thousands parted."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))
