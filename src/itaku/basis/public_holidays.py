"""Public holidays (祝日・振替休日・国民の休日) from the rules of 国民の祝日に関する法律, from 1948-07-20 to 2099.

A year's equinoxes are law only once 暦要項 of the year before has printed them, so days after the last printed year are
provisional: the rules may still change, as they did for 2019 to 2021.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
from collections.abc import Callable
from typing import NamedTuple

from itaku.basis.errors import ItakuError

FIRST_DAY = dt.date(1948, 7, 20)
"""The law's first day (昭和23年法律第178号)."""

LAST_YEAR = 2099
"""The approximation of the equinoxes is used up to this year."""

LAST_VOUCHED_YEAR = 2027
"""The last year whose equinoxes 暦要項 has printed (令和9年暦要項, 官報 of February 2026). Renew it every February."""


class CalendarUnknownError(ItakuError):
    """The day lies outside the years for which public holidays are known."""

    code = "calendar_unknown"
    ja = "祝日を計算できる範囲（1948年7月20日から2099年12月31日）を外れます。"
    en = "The day lies outside the years for which public holidays can be computed (1948-07-20 to 2099-12-31)."


class Sort(enum.StrEnum):
    """Why a day is a holiday."""

    NATIONAL = "国民の祝日"
    SUBSTITUTE = "振替休日"
    BETWEEN = "国民の休日"
    ONCE = "休日とする法律"


class Holiday(NamedTuple):
    """A public holiday: its Japanese and English name, and why it is one."""

    ja: str
    en: str
    sort: Sort


class _Rule(NamedTuple):
    ja: str
    en: str
    first_year: int
    last_year: int
    day_in: Callable[[int], dt.date]


def holiday_on(day: dt.date) -> Holiday | None:
    """The public holiday on this day, if it is one (Sundays as such are none). `CalendarUnknownError`."""
    if not FIRST_DAY <= day <= dt.date(LAST_YEAR, 12, 31):
        raise CalendarUnknownError(day.isoformat())
    return holidays_of(day.year).get(day)


def is_provisional(day: dt.date) -> bool:
    """Whether the calendar of that day's year is not yet printed in 暦要項."""
    return day.year > LAST_VOUCHED_YEAR


@functools.lru_cache(maxsize=256)
def holidays_of(year: int) -> dict[dt.date, Holiday]:
    """All public holidays of a year (第3条): the days named, those moved off a Sunday, those between two."""
    national = _national(year)
    found = dict(national)
    for day in sorted(national):
        substitute = _substitute(day, national)
        if substitute is not None:
            found[substitute] = Holiday("振替休日", f"Substitute for {national[day].en}", Sort.SUBSTITUTE)
    for day in sorted(national):
        between = day + dt.timedelta(days=1)
        if between + dt.timedelta(days=1) in national and _may_be_between(between, found):
            found[between] = Holiday("国民の休日", "Citizens' holiday", Sort.BETWEEN)
    for day, name_ja, name_en in _ONCE:
        if day.year == year:
            found[day] = Holiday(name_ja, name_en, Sort.ONCE)
    return found


def _national(year: int) -> dict[dt.date, Holiday]:
    days = {
        _MOVED.get((year, rule.ja)) or rule.day_in(year): Holiday(rule.ja, rule.en, Sort.NATIONAL)
        for rule in _RULES
        if rule.first_year <= year <= rule.last_year
    }
    for day, name_ja, name_en in _ACCESSION:
        if day.year == year:
            days[day] = Holiday(name_ja, name_en, Sort.NATIONAL)
    return {day: name for day, name in days.items() if day >= FIRST_DAY}


def _substitute(day: dt.date, national: dict[dt.date, Holiday]) -> dt.date | None:
    """第3条第2項: since 1973-04-12 the day after a Sunday's holiday; since 2007 the next day that is none itself."""
    if day.weekday() != 6 or day < dt.date(1973, 4, 12):
        return None
    after = day + dt.timedelta(days=1)
    while day.year >= 2007 and after in national:
        after += dt.timedelta(days=1)
    return None if after in national else after


def _may_be_between(day: dt.date, found: dict[dt.date, Holiday]) -> bool:
    """第3条第3項: since 1985-12-27, and until 2006 not where the day is a Sunday."""
    if day < dt.date(1985, 12, 27) or day in found:
        return False
    return day.year >= 2007 or day.weekday() != 6


def _on(month: int, day: int) -> Callable[[int], dt.date]:
    return lambda year: dt.date(year, month, day)


def _monday(month: int, count: int) -> Callable[[int], dt.date]:
    """The first, second ... Monday of a month."""

    def day_in(year: int) -> dt.date:
        first = dt.date(year, month, 1)
        return first + dt.timedelta(days=-first.weekday() % 7 + 7 * (count - 1))

    return day_in


def _equinox(month: int, before_1980: int, since_1980: int) -> Callable[[int], dt.date]:
    """春分日・秋分日 by the mean motion of the sun: 0.242194 days later a year, one day earlier after each leap day.

    The constants are millionths of a day, for the years 1900-1979 and 1980-2099.
    """

    def day_in(year: int) -> dt.date:
        # Before 1980 the leap days are counted backwards from 1983, in whole cycles of four years.
        leap_days = -((1983 - year) // 4) if year < 1980 else (year - 1980) // 4
        base = before_1980 if year < 1980 else since_1980
        return dt.date(year, month, (base + 242_194 * (year - 1980)) // 1_000_000 - leap_days)

    return day_in


_RULES: tuple[_Rule, ...] = (
    _Rule("元日", "New Year's Day", 1949, LAST_YEAR, _on(1, 1)),
    _Rule("成人の日", "Coming of Age Day", 1949, 1999, _on(1, 15)),
    _Rule("成人の日", "Coming of Age Day", 2000, LAST_YEAR, _monday(1, 2)),
    _Rule("建国記念の日", "National Foundation Day", 1967, LAST_YEAR, _on(2, 11)),
    _Rule("天皇誕生日", "Emperor's Birthday", 2020, LAST_YEAR, _on(2, 23)),
    _Rule("春分の日", "Vernal Equinox Day", 1949, LAST_YEAR, _equinox(3, 20_835_700, 20_843_100)),
    _Rule("天皇誕生日", "Emperor's Birthday", 1949, 1988, _on(4, 29)),
    _Rule("みどりの日", "Greenery Day", 1989, 2006, _on(4, 29)),
    _Rule("昭和の日", "Showa Day", 2007, LAST_YEAR, _on(4, 29)),
    _Rule("憲法記念日", "Constitution Memorial Day", 1949, LAST_YEAR, _on(5, 3)),
    _Rule("みどりの日", "Greenery Day", 2007, LAST_YEAR, _on(5, 4)),
    _Rule("こどもの日", "Children's Day", 1949, LAST_YEAR, _on(5, 5)),
    _Rule("海の日", "Marine Day", 1996, 2002, _on(7, 20)),
    _Rule("海の日", "Marine Day", 2003, LAST_YEAR, _monday(7, 3)),
    _Rule("山の日", "Mountain Day", 2016, LAST_YEAR, _on(8, 11)),
    _Rule("敬老の日", "Respect for the Aged Day", 1966, 2002, _on(9, 15)),
    _Rule("敬老の日", "Respect for the Aged Day", 2003, LAST_YEAR, _monday(9, 3)),
    _Rule("秋分の日", "Autumnal Equinox Day", 1948, LAST_YEAR, _equinox(9, 23_258_800, 23_248_800)),
    _Rule("体育の日", "Sports Day", 1966, 1999, _on(10, 10)),
    _Rule("体育の日", "Sports Day", 2000, 2019, _monday(10, 2)),
    _Rule("スポーツの日", "Sports Day", 2020, LAST_YEAR, _monday(10, 2)),
    _Rule("文化の日", "Culture Day", 1948, LAST_YEAR, _on(11, 3)),
    _Rule("勤労感謝の日", "Labour Thanksgiving Day", 1948, LAST_YEAR, _on(11, 23)),
    _Rule("天皇誕生日", "Emperor's Birthday", 1989, 2018, _on(12, 23)),
)

_MOVED: dict[tuple[int, str], dt.date] = {
    (2020, "海の日"): dt.date(2020, 7, 23),
    (2020, "スポーツの日"): dt.date(2020, 7, 24),
    (2020, "山の日"): dt.date(2020, 8, 10),
    (2021, "海の日"): dt.date(2021, 7, 22),
    (2021, "スポーツの日"): dt.date(2021, 7, 23),
    (2021, "山の日"): dt.date(2021, 8, 8),
}
"""令和三年東京オリンピック・パラリンピック特別措置法 第29条, 第32条の2: moved in these two years only."""

_ACCESSION: tuple[tuple[dt.date, str, str], ...] = (
    (dt.date(2019, 5, 1), "天皇の即位の日", "Accession of the Emperor"),
    (dt.date(2019, 10, 22), "即位礼正殿の儀の行われる日", "Enthronement Ceremony"),
)
"""平成30年法律第99号: treated as 国民の祝日, so the days between two of them are holidays too."""

_ONCE: tuple[tuple[dt.date, str, str], ...] = (
    (dt.date(1959, 4, 10), "皇太子明仁親王の結婚の儀の行われる日", "Wedding of Crown Prince Akihito"),
    (dt.date(1989, 2, 24), "昭和天皇の大喪の礼の行われる日", "Funeral of Emperor Showa"),
    (dt.date(1990, 11, 12), "即位礼正殿の儀の行われる日", "Enthronement Ceremony"),
    (dt.date(1993, 6, 9), "皇太子徳仁親王の結婚の儀の行われる日", "Wedding of Crown Prince Naruhito"),
)
"""Holidays by a law of their own, once each; they move nothing."""
