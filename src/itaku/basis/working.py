"""The working (計算過程): the lines that let an officer check a result by hand. A result is never a bare number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.eras import era_date

_WEEKDAYS_JA = "月火水木金土日"


class Line(msgspec.Struct, frozen=True):
    """One line of working: Japanese, English beside, and the article, clause or named rule on which it rests."""

    ja: str
    en: str
    clause: str


def day_ja(day: dt.date) -> str:
    """A day as the working shows it: 2026-05-31（日）令和8年5月31日. `OldCalendarError` before 1873."""
    return f"{day.isoformat()}（{_WEEKDAYS_JA[day.weekday()]}）{era_date(day)}"


def day_en(day: dt.date) -> str:
    """The same in English: Sunday 2026-05-31."""
    return f"{_WEEKDAYS_EN[day.weekday()]} {day.isoformat()}"


def moment_ja(instant: InstantMs) -> str:
    """An instant in Japan's time: 2026-11-20（金）16:59, with seconds where there are any."""
    moment = to_jst(instant)
    return f"{moment.date().isoformat()}（{_WEEKDAYS_JA[moment.weekday()]}）{_time(instant)}"


def moment_en(instant: InstantMs) -> str:
    """The same in English: Friday 2026-11-20 16:59 JST."""
    moment = to_jst(instant)
    return f"{_WEEKDAYS_EN[moment.weekday()]} {moment.date().isoformat()} {_time(instant)} JST"


def lines_text(lines: Iterable[Line]) -> str:
    """The working as text for a terminal or a letter: Japanese with its article or clause, English under it."""
    return "\n".join(f"  {line.ja} [{line.clause}]\n    {line.en}" for line in lines)


_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _time(instant: InstantMs) -> str:
    moment = to_jst(instant)
    return moment.strftime("%H:%M:%S" if moment.second or moment.microsecond else "%H:%M")
