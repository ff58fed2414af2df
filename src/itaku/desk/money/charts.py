"""Bars of a chart (棒の位置): where each bar stands in the drawing; the numbers stand in the table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT, FOOT, LEFT = 720, 240, 28, 44
"""Of the drawing of standing bars: `FOOT` is for the names below, `LEFT` for the scale."""
ROW, NAMES = 34, 220
"""Of lying bars: height of a row, and width for the names."""


class Bar(NamedTuple):
    """One bar: its name, its copies, and where it stands."""

    name: str
    copies: int
    x: int
    y: int
    width: int
    height: int


class Chart(NamedTuple):
    """A drawing of bars. `top` is the scale's upper end."""

    width: int
    height: int
    top: int
    bars: tuple[Bar, ...]


def standing(counted: Sequence[tuple[str, int]]) -> Chart:
    """Bars beside each other, the scale up to the next round number."""
    top = _round_up(max((count for _, count in counted), default=0))
    step = (WIDTH - LEFT) // max(1, len(counted))
    room = HEIGHT - FOOT - 12
    bars = []
    for number, (name, count) in enumerate(counted):
        tall = count * room // top
        bars.append(Bar(name, count, LEFT + number * step + 3, HEIGHT - FOOT - tall, step - 6, tall))
    return Chart(WIDTH, HEIGHT, top, tuple(bars))


def lying(counted: Sequence[tuple[str, int]]) -> Chart:
    """Bars below each other, for names that are long."""
    top = _round_up(max((count for _, count in counted), default=0))
    room = WIDTH - NAMES - 70
    bars = tuple(
        Bar(name, count, NAMES, number * ROW + 6, count * room // top, ROW - 12)
        for number, (name, count) in enumerate(counted)
    )
    return Chart(WIDTH, max(ROW, ROW * len(counted)), top, bars)


def _round_up(most: int) -> int:
    """The next of 10, 20, 50, 100, 200, 500 and so on."""
    step = 10
    while True:
        for factor in (1, 2, 5):
            if most <= step * factor:
                return step * factor
        step *= 10
