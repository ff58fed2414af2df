"""Periods (期間) by 民法 第138条-第143条: the day or instant at which a period ends, forward and backward."""

from __future__ import annotations

import datetime as dt
import enum
import re

import msgspec

from itaku.basis.eras import GREGORIAN_FROM
from itaku.basis.errors import ItakuError
from itaku.basis.written_dates import DateOutOfRangeError


class PeriodUnreadableError(ItakuError):
    """The text is no period."""

    code = "period_unreadable"
    ja = "期間として読めません。10d（日）、2w（週）、1m（月）、1y（年）、3h（時間）のように書いてください。"
    en = "This cannot be read as a period. Write it like 10d, 2w, 1m, 1y or 3h."


class Unit(enum.StrEnum):
    """What a period is counted in."""

    HOUR = "h"
    DAY = "d"
    WEEK = "w"
    MONTH = "m"
    YEAR = "y"


class Period(msgspec.Struct, frozen=True):
    """A length of time as a contract names it: a count from 1 and its unit."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Period:
        """Reads `10d`, `2w`, `1m`, `1y`, `3h`; `PeriodUnreadableError` otherwise."""
        found = _PERIOD.fullmatch(text)
        if found is None:
            raise PeriodUnreadableError(ascii(text[:20]))
        return cls(int(found[1]), Unit(found[2]))

    @property
    def ja(self) -> str:
        """As papers write it: 10日, 2週間, 1か月, 1年, 3時間."""
        return f"{self.count}{_JA[self.unit]}"

    @property
    def en(self) -> str:
        """In English: 10 days."""
        return f"{self.count} {_EN[self.unit]}{'' if self.count == 1 else 's'}"

    @property
    def months(self) -> int | None:
        """The period in months if it goes by the calendar (第143条), else None."""
        return {Unit.MONTH: self.count, Unit.YEAR: 12 * self.count}.get(self.unit)

    @property
    def days(self) -> int:
        """The period in days. Only for days and weeks (第140条)."""
        return self.count * {Unit.DAY: 1, Unit.WEEK: 7}[self.unit]


_PERIOD = re.compile(r"([1-9][0-9]{0,6})([hdwmy])")
_JA = {Unit.HOUR: "時間", Unit.DAY: "日", Unit.WEEK: "週間", Unit.MONTH: "か月", Unit.YEAR: "年"}
_EN = {Unit.HOUR: "hour", Unit.DAY: "day", Unit.WEEK: "week", Unit.MONTH: "month", Unit.YEAR: "year"}


class Corresponding(msgspec.Struct, frozen=True):
    """応当日: the day with the same number so many months away, or the month's last day where there is none."""

    day: dt.date
    exists: bool


def corresponding_day(day: dt.date, months: int) -> Corresponding:
    """The 応当日 `months` later (earlier if negative). `DateOutOfRangeError`."""
    year, month_before = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not GREGORIAN_FROM.year <= year <= dt.MAXYEAR:
        raise DateOutOfRangeError(f"{day.isoformat()} {months:+} months")
    try:
        return Corresponding(dt.date(year, month_before + 1, day.day), exists=True)
    except ValueError:
        return Corresponding(last_day_of_month(year, month_before + 1), exists=False)


def last_day_of_month(year: int, month: int) -> dt.date:
    """The last day of a month."""
    following = dt.date(year, month, 28) + dt.timedelta(days=4) if (year, month) != (9999, 12) else None
    return dt.date(9999, 12, 31) if following is None else following - dt.timedelta(days=following.day)


def shifted(day: dt.date, days: int) -> dt.date:
    """The day so many days later (earlier if negative); `DateOutOfRangeError` outside 1873 to 9999."""
    try:
        found = day + dt.timedelta(days=days)
    except OverflowError as error:
        raise DateOutOfRangeError(f"{day.isoformat()} {days:+} days") from error
    if found < GREGORIAN_FROM:
        raise DateOutOfRangeError(found.isoformat())
    return found


def last_day_forward(start: dt.date, period: Period) -> dt.date:
    """The last day (末日) of a period whose first counted day (起算日) is `start`: 第141条, 第143条.

    By months and years: the day before the corresponding day of `start`; if that day does not exist, the month's last
    day. `start` itself is counted, so a period of one day ends on it.
    """
    months = period.months
    if months is None:
        return shifted(start, period.days - 1)
    found = corresponding_day(start, months)
    return shifted(found.day, -1) if found.exists else found.day


def day_before_by(event: dt.date, period: Period) -> dt.date:
    """The day that lies the period before `event`, which is not counted itself: 30日前まで, 1か月前まで.

    By months and years: the corresponding day of `event`, or the month's last day if there is none (第143条第2項, read
    backwards). S2-D4.4-1, S1-21-但, S1-22.
    """
    months = period.months
    if months is None:
        return shifted(event, -period.days)
    return shifted(corresponding_day(event, -months).day, 0)
