"""Periods by the Civil Code, on the days where calendars are crooked, and against counting by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from counted_by_hand import (
    day_before_by_days,
    day_before_by_months,
    last_day_of_days,
    last_day_of_months,
)
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.periods import (
    Period,
    PeriodUnreadableError,
    Unit,
    corresponding_day,
    day_before_by,
    last_day_forward,
    last_day_of_month,
)
from itaku.basis.written_dates import DateOutOfRangeError

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))


def d(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "period", "last"),
    [
        ("2026-03-01", "1m", "2026-03-31"),
        ("2026-05-01", "1m", "2026-05-31"),
        ("2026-02-01", "1m", "2026-02-28"),
        ("2026-01-31", "1m", "2026-02-28"),
        ("2026-01-30", "1m", "2026-02-28"),
        ("2026-01-29", "1m", "2026-02-28"),
        ("2024-01-30", "1m", "2024-02-29"),
        ("2026-01-28", "1m", "2026-02-27"),
        ("2026-03-31", "1m", "2026-04-30"),
        ("2024-02-29", "1y", "2025-02-28"),
        ("2024-02-29", "4y", "2028-02-28"),
        ("2024-03-01", "1y", "2025-02-28"),
        ("2023-03-01", "1y", "2024-02-29"),
        ("2025-04-01", "1y", "2026-03-31"),
        ("2026-01-01", "1y", "2026-12-31"),
        ("2026-12-31", "2m", "2027-02-28"),
        ("2026-04-25", "10d", "2026-05-04"),
        ("2026-04-25", "2w", "2026-05-08"),
        ("2026-04-25", "1d", "2026-04-25"),
    ],
)
def test_a_period_ends_the_day_before_the_corresponding_day_or_with_the_month(start, period, last):
    assert last_day_forward(d(start), Period.parse(period)) == d(last)


@pytest.mark.parametrize(
    ("event", "period", "by"),
    [
        ("2027-03-31", "30d", "2027-03-01"),
        ("2027-03-31", "1m", "2027-02-28"),
        ("2028-03-31", "1m", "2028-02-29"),
        ("2026-05-31", "1m", "2026-04-30"),
        ("2026-05-30", "1m", "2026-04-30"),
        ("2027-01-15", "1m", "2026-12-15"),
        ("2028-02-29", "1y", "2027-02-28"),
        ("2026-05-15", "2w", "2026-05-01"),
    ],
)
def test_backwards_the_corresponding_day_earlier_counts(event, period, by):
    assert day_before_by(d(event), Period.parse(period)) == d(by)


@given(DAYS, st.integers(1, 800), st.sampled_from([Unit.DAY, Unit.WEEK]))
def test_days_and_weeks_agree_with_counting_on_fingers(start, count, unit):
    period = Period(count, unit)
    days = count * (7 if unit is Unit.WEEK else 1)
    assert last_day_forward(start, period) == last_day_of_days(start, days)
    assert day_before_by(start, period) == day_before_by_days(start, days)


@given(DAYS, st.integers(1, 40))
def test_months_agree_with_walking_through_the_calendar(start, months):
    period = Period(months, Unit.MONTH)
    assert last_day_forward(start, period) == last_day_of_months(start, months)
    assert day_before_by(start, period) == day_before_by_months(start, months)


@given(st.dates(dt.date(2023, 12, 25), dt.date(2024, 4, 5)) | st.dates(dt.date(2026, 1, 25), dt.date(2026, 4, 5)))
def test_months_agree_around_every_end_of_february(start):
    for months in range(1, 15):
        assert last_day_forward(start, Period(months, Unit.MONTH)) == last_day_of_months(start, months)
        assert day_before_by(start, Period(months, Unit.MONTH)) == day_before_by_months(start, months)


@given(DAYS, st.integers(1, 8))
def test_a_year_is_twelve_months(start, years):
    assert last_day_forward(start, Period(years, Unit.YEAR)) == last_day_of_months(start, 12 * years)
    assert day_before_by(start, Period(years, Unit.YEAR)) == day_before_by_months(start, 12 * years)


@given(st.integers(1900, 2100), st.integers(1, 12), st.integers(1, 30))
def test_a_period_from_the_first_of_a_month_ends_with_a_month(year, month, months):
    last = last_day_forward(dt.date(year, month, 1), Period(months, Unit.MONTH))
    assert last == last_day_of_month(last.year, last.month)


def test_the_corresponding_day_says_whether_it_exists():
    assert corresponding_day(d("2026-01-31"), 1).exists is False
    assert corresponding_day(d("2026-01-31"), 2).exists is True


@pytest.mark.parametrize("text", ["", "d", "0d", "-1d", "1.5m", "01d", "1 d", "10", "10D", "10日", "1e3d", "12345678d"])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(PeriodUnreadableError):
        Period.parse(text)


@pytest.mark.parametrize(("start", "period"), [("9999-12-31", "2d"), ("9999-12-31", "1m"), ("2026-01-01", "9999y")])
def test_a_period_that_leaves_the_calendar_is_refused(start, period):
    with pytest.raises(DateOutOfRangeError):
        last_day_forward(d(start), Period.parse(period))


@pytest.mark.parametrize(("event", "period"), [("1873-01-01", "1d"), ("1873-01-01", "1m"), ("2026-01-01", "9999999d")])
def test_a_period_back_before_the_gregorian_calendar_is_refused(event, period):
    with pytest.raises(DateOutOfRangeError):
        day_before_by(d(event), Period.parse(period))


def test_the_last_period_of_the_calendar_is_not_refused():
    assert last_day_forward(d("9999-12-01"), Period.parse("31d")) == d("9999-12-31")
