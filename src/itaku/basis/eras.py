"""Eras (元号): dates as Japanese papers write them, from one table of first and last days, both ways.

Which year an era counts is data, never a guess from the running era: 平成31年5月7日 is a day that never was.
The day of a change of era belongs to both eras in 1912 and in 1926 (改元の詔書: 以後ヲ改メテ大正元年ト為ス), where
the writer uses the new era and the reader takes either; in 1989 and 2019 the old era ended the day before
(元号法, 元号を改める政令).

Japan counts by the Gregorian calendar from 明治6年1月1日 (1873-01-01, 明治5年太政官布告第337号). Days before that
have another month and day in the registers of their time, so they are refused here rather than written wrongly.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

import msgspec

from itaku.basis.errors import ItakuError


class Era(NamedTuple):
    """One era: its name, its letter on forms, its first day and, once it has ended, its last."""

    name: str
    letter: str
    first: dt.date
    last: dt.date | None


ERAS: tuple[Era, ...] = (
    Era("明治", "M", dt.date(1868, 1, 25), dt.date(1912, 7, 30)),
    Era("大正", "T", dt.date(1912, 7, 30), dt.date(1926, 12, 25)),
    Era("昭和", "S", dt.date(1926, 12, 25), dt.date(1989, 1, 7)),
    Era("平成", "H", dt.date(1989, 1, 8), dt.date(2019, 4, 30)),
    Era("令和", "R", dt.date(2019, 5, 1), None),
)
"""All eras since 一世一元, in order. A new era is a new row (and a last day for the row before it)."""

GREGORIAN_FROM = dt.date(1873, 1, 1)
"""明治6年1月1日, the first day that Japan counted by the Gregorian calendar."""


class EraDateError(ItakuError):
    """The text is no date that ever was, or will be, in the era that it names."""

    code = "era_date_invalid"
    ja = "和暦の日付として読めません。元号と年月日を確かめてください。"
    en = "This is not a valid date in a Japanese era. Check the era, year, month and day."


class OldCalendarError(ItakuError):
    """A day before 1873-01-01: its date in the old calendar is not this product's to compute."""

    code = "era_before_gregorian"
    ja = "明治5年以前の日付は旧暦のため扱えません。"
    en = "Days before 1 January 1873 belong to the old calendar and are not handled."


class Blank(msgspec.Struct, frozen=True):
    """A date left open on the paper (令和　年　月　日). What is written is kept; nothing may be computed from it."""

    era: str
    year: int | None
    month: int | None
    day: int | None


class EraReading(msgspec.Struct, frozen=True):
    """A date read leniently. `outside_era` says that the era did not run on that day (平成33年 for 2021)."""

    day: dt.date
    outside_era: bool


def era_of(day: dt.date) -> Era:
    """The era that is written for this day; on a day of two eras the new one. `OldCalendarError` before 1873."""
    if day < GREGORIAN_FROM:
        raise OldCalendarError(day.isoformat())
    return next(era for era in reversed(ERAS) if era.first <= day)


def era_year(day: dt.date) -> str:
    """The year alone, such as 令和8年 or 令和元年."""
    era = era_of(day)
    count = day.year - era.first.year + 1
    return f"{era.name}{'元' if count == 1 else count}年"


def era_date(day: dt.date) -> str:
    """The day as papers write it: 令和8年11月21日, 令和元年5月1日. `OldCalendarError` before 1873."""
    return f"{era_year(day)}{day.month}月{day.day}日"


_FULL_WIDTH = {0xFF10 + digit: 0x30 + digit for digit in range(10)}
_BY_NAME = {era.name: era for era in ERAS} | {era.letter: era for era in ERAS}
_STRICT = re.compile(r"(明治|大正|昭和|平成|令和)(元|[1-9][0-9]?)年([1-9]|1[0-2])月([1-9]|[12][0-9]|3[01])日")
_LENIENT = re.compile(r"(明治|大正|昭和|平成|令和)(元|[0-9]{0,3})年([0-9]{0,2})月([0-9]{0,2})日")
_LETTERED = re.compile(r"([MTSHR])([0-9]{1,3})[./-]([0-9]{1,2})[./-]([0-9]{1,2})")
_SPACES = re.compile(r"[\s\u3000]+")


def parse_era(text: str) -> dt.date:
    """The day that a text names exactly as `era_date` writes it; digits may be full-width.

    The first year is 元年, numbers have no leading zero, nothing stands before or after, and the era ran on that day
    (both eras are accepted on the two days that have two). Raises `EraDateError`.
    """
    match = _STRICT.fullmatch(text.translate(_FULL_WIDTH))
    if match is None or match[2] == "1":
        raise EraDateError
    era = _BY_NAME[match[1]]
    day = _day(era, 1 if match[2] == "元" else int(match[2]), int(match[3]), int(match[4]))
    if not _ran(era, day):
        raise EraDateError
    return day


def read_era(text: str) -> EraReading | Blank:
    """A date as people write it in contracts and letters.

    Beyond `parse_era`: spaces of any width, 1年 for 元年, leading zeros, R8.11.21, and days outside the era, which
    are marked. A date with a part left open is a `Blank`. Raises `EraDateError` for a day that no calendar has, and
    for days before 1873.
    """
    plain = _SPACES.sub("", text.translate(_FULL_WIDTH))
    match = _LENIENT.fullmatch(plain) or _LETTERED.fullmatch(plain)
    if match is None:
        raise EraDateError
    era = _BY_NAME[match[1]]
    year, month, day = (1 if part == "元" else int(part) if part else None for part in match.groups()[1:])
    if year is None or month is None or day is None:
        return Blank(era.name, year, month, day)
    if year == 0:
        raise EraDateError
    found = _day(era, year, month, day)
    return EraReading(found, not _ran(era, found))


def is_valid_era_date(text: str) -> bool:
    """Whether a paper may carry this date: a day that exists, in an era that ran on it."""
    try:
        parse_era(text)
    except EraDateError:
        return False
    return True


def _day(era: Era, year: int, month: int, day: int) -> dt.date:
    try:
        found = dt.date(era.first.year + year - 1, month, day)
    except ValueError as error:
        raise EraDateError from error
    if found < GREGORIAN_FROM:
        raise EraDateError
    return found


def _ran(era: Era, day: dt.date) -> bool:
    return era.first <= day and (era.last is None or day <= era.last)
