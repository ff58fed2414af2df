"""Closing days (閉庁日・休日) as named calendars: the office's are one thing, the holidays of 民法 第142条 another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from itaku.basis.errors import ItakuError
from itaku.basis.public_holidays import Holiday, Sort, holiday_on, is_provisional


class UnknownCalendarError(ItakuError):
    """No calendar of closing days has that name."""

    code = "calendar_name_unknown"
    ja = "その名前の休日の暦はありません。office（閉庁日）か public-holidays（休日）を指定してください。"
    en = "There is no calendar of closing days of that name. Use office or public-holidays."


class Closed(NamedTuple):
    """Why a day is closed, in Japanese and English."""

    ja: str
    en: str


class ClosingDays(NamedTuple):
    """A named calendar. `why_closed` gives the reason, or None for an open day; it may raise `CalendarUnknownError`."""

    name: str
    ja: str
    en: str
    clause: str
    why_closed: Callable[[dt.date], Closed | None]

    def open_day(self, day: dt.date, step_days: int = 1) -> dt.date:
        """The day itself if it is open, else the nearest open day after it (`step_days` 1) or before it (-1)."""
        while self.why_closed(day) is not None:
            day += dt.timedelta(days=step_days)
        return day

    def is_provisional(self, first: dt.date, last: dt.date) -> bool:
        """Whether the calendar of any day from `first` to `last` is not yet printed."""
        return is_provisional(max(first, last))


def closing_days(name: str) -> ClosingDays:
    """The calendar of that name, English or Japanese; `UnknownCalendarError` if there is none."""
    for calendar in CALENDARS:
        if name in {calendar.name, calendar.ja}:
            return calendar
    raise UnknownCalendarError(ascii(name[:40]))


def _holiday(day: dt.date) -> Closed | None:
    holiday: Holiday | None = holiday_on(day)
    if holiday is None:
        return None
    kind = "" if holiday.sort is not Sort.NATIONAL else "祝日 "
    return Closed(f"{kind}{holiday.ja}", holiday.en)


def _office(day: dt.date) -> Closed | None:
    holiday = _holiday(day)  # asked first, so that a year beyond the calendar is refused on weekends too
    if day.weekday() >= 5:
        return Closed("土曜日", "Saturday") if day.weekday() == 5 else Closed("日曜日", "Sunday")
    if holiday is None and (day.month, day.day) in YEAR_END:
        return Closed("年末年始", "year-end closing")
    return holiday


def _public_holidays(day: dt.date) -> Closed | None:
    holiday = _holiday(day)
    return Closed("日曜日", "Sunday") if holiday is None and day.weekday() == 6 else holiday


YEAR_END = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
"""年末年始: 29 December to 3 January."""

OFFICE = ClosingDays(
    "office",
    "閉庁日",
    "the office's closing days (weekends, holidays, 29 December to 3 January)",
    "地方自治法 第4条の2",
    _office,
)
PUBLIC_HOLIDAYS = ClosingDays(
    "public-holidays",
    "休日",
    "Sundays and public holidays",
    "国民の祝日に関する法律 第3条",
    _public_holidays,
)
CALENDARS: tuple[ClosingDays, ...] = (OFFICE, PUBLIC_HOLIDAYS)
"""All named calendars."""
