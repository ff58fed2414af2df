"""The works schedule as a chart (ガントチャート): bars over months, in shares of the whole span."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

WIDTH, ROW, LABEL, TOP = 1000, 34, 220, 28
"""Units of the drawing: its width, the height of a row, the width of the names, the height of the months' line."""


class Bar(NamedTuple):
    """A row of the chart. `done` is the drawn width of what is done; `late` days, if what should be done is not."""

    name: str
    first: dt.date
    last: dt.date
    x: int
    width: int
    done: int
    y: int
    late: int
    milestone: bool

    @property
    def text_y(self) -> int:
        """Where its name's line stands."""
        return self.y + 21


class Month(NamedTuple):
    """A month of the scale."""

    label: str
    x: int


class Chart(NamedTuple):
    """The whole chart; `today_x` is nothing where today lies outside."""

    bars: tuple[Bar, ...]
    months: tuple[Month, ...]
    today_x: int | None
    height: int


def gantt(schedule: Any, today: dt.date) -> Chart:
    """The chart of a version of the schedule, seen on a day."""
    rows = [(row, dt.date.fromisoformat(row["first"]), dt.date.fromisoformat(row["last"])) for row in schedule.rows]
    start = min((first for _, first, _ in rows), default=today).replace(day=1)
    latest = max((last for _, _, last in rows), default=today)
    end = (latest.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    span = max((end - start).days, 1)

    def x(day: dt.date) -> int:
        return LABEL + (day - start).days * (WIDTH - LABEL) // span

    bars: list[Bar] = []
    for number, (row, first, last) in enumerate(rows):
        done_to = dt.date.fromisoformat(row["done_to"]) if row.get("done_to") else None
        after = last + dt.timedelta(days=1)
        done = max(x(min(done_to + dt.timedelta(days=1), after)) - x(first), 0) if done_to else 0
        late = (today - last).days if last < today and (done_to is None or done_to < last) else 0
        milestone = bool(row.get("milestone"))
        bars.append(
            Bar(
                row["name"],
                first,
                last,
                x(first),
                max(x(after) - x(first), 4),
                done,
                TOP + number * ROW,
                late,
                milestone,
            )
        )
    months: list[Month] = []
    day = start
    while day < end:
        label = f"{day.month}月" if months or day.month != 1 else f"{day.year}年1月"
        months.append(Month(label, x(day)))
        day = (day + dt.timedelta(days=32)).replace(day=1)
    inside = start <= today < end
    return Chart(tuple(bars), tuple(months), x(today) if inside else None, TOP + len(rows) * ROW + 8)
