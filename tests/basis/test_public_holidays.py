"""Public holidays against the days that were published, and the rules beyond them."""

from __future__ import annotations

import datetime as dt

import pytest
from counted_by_hand import published_holidays

from itaku.basis.public_holidays import (
    LAST_VOUCHED_YEAR,
    LAST_YEAR,
    CalendarUnknownError,
    Sort,
    holiday_on,
    holidays_of,
    is_provisional,
)


def test_every_published_holiday_and_no_other_follows_from_the_law():
    published = published_holidays()
    first, last = min(published).year, max(published).year
    computed = {day for year in range(first, last + 1) for day in holidays_of(year)}
    assert (first, last) == (1955, LAST_VOUCHED_YEAR)
    assert computed == published


@pytest.mark.parametrize(
    ("day", "name", "sort"),
    [
        (dt.date(2026, 5, 4), "みどりの日", Sort.NATIONAL),
        (dt.date(2026, 5, 6), "振替休日", Sort.SUBSTITUTE),
        (dt.date(2026, 9, 22), "国民の休日", Sort.BETWEEN),
        (dt.date(2026, 9, 23), "秋分の日", Sort.NATIONAL),
        (dt.date(2019, 4, 30), "国民の休日", Sort.BETWEEN),
        (dt.date(2019, 5, 1), "天皇の即位の日", Sort.NATIONAL),
        (dt.date(2019, 5, 2), "国民の休日", Sort.BETWEEN),
        (dt.date(2020, 7, 24), "スポーツの日", Sort.NATIONAL),
        (dt.date(2021, 8, 9), "振替休日", Sort.SUBSTITUTE),
        (dt.date(1973, 4, 30), "振替休日", Sort.SUBSTITUTE),
        (dt.date(1989, 2, 24), "昭和天皇の大喪の礼の行われる日", Sort.ONCE),
        (dt.date(1948, 9, 23), "秋分の日", Sort.NATIONAL),
    ],
)
def test_a_holiday_says_why_it_is_one(day, name, sort):
    holiday = holiday_on(day)
    assert (holiday.ja, holiday.sort) == (name, sort)
    assert holiday.en


@pytest.mark.parametrize(
    "day",
    [
        dt.date(2020, 10, 12),  # スポーツの日 was moved to July
        dt.date(2021, 8, 11),
        dt.date(1973, 2, 12),  # before the law of substitutes
        dt.date(1985, 5, 4),  # before the law of days between
        dt.date(2019, 12, 23),
        dt.date(2026, 12, 31),
        dt.date(1948, 11, 4),
    ],
)
def test_other_days_are_no_holidays(day):
    assert holiday_on(day) is None


@pytest.mark.parametrize("day", [dt.date(1948, 7, 19), dt.date(LAST_YEAR + 1, 1, 1), dt.date(1873, 1, 1)])
def test_beyond_the_known_years_nothing_is_guessed(day):
    with pytest.raises(CalendarUnknownError):
        holiday_on(day)


def test_a_year_whose_almanac_is_not_printed_is_provisional():
    assert not is_provisional(dt.date(2027, 12, 31))
    assert is_provisional(dt.date(2028, 1, 1))
