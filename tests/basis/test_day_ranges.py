"""Ranges of days and their union; fiscal years."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.day_ranges import DayRange, RangeReversedError, RangeUnreadableError, union
from itaku.basis.fiscal import FiscalYear

DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 1))
RANGES = st.lists(st.tuples(DAYS, DAYS).map(lambda pair: DayRange(min(pair), max(pair))), max_size=6)


def days_of(ranges):
    return {each.first + dt.timedelta(days=step) for each in ranges for step in range(each.days)}


def test_both_ends_of_a_range_count():
    assert DayRange.parse("2026-05-03..2026-05-05", "x").days == 3
    assert DayRange.parse("令和8年5月3日..R8.5.3", "x").days == 1


def test_a_reversed_or_unreadable_range_is_refused():
    with pytest.raises(RangeReversedError):
        DayRange.parse("2026-05-05..2026-05-03", "x")
    for text in ("2026-05-05", "", "2026-05-05 - 2026-05-06"):
        with pytest.raises(RangeUnreadableError):
            DayRange.parse(text, "x")


@given(RANGES)
def test_a_union_holds_each_day_once(ranges):
    joined = union(ranges)
    assert days_of(joined) == days_of(ranges)
    assert sum(each.days for each in joined) == len(days_of(ranges))
    assert all((after.first - before.last).days > 1 for before, after in itertools.pairwise(joined))


@given(RANGES, RANGES)
def test_common_days_are_the_days_in_both(some, others):
    for one in some:
        for other in others:
            assert one.common_days(other) == len(days_of([one]) & days_of([other]))
            assert one.holds(other) == (days_of([other]) <= days_of([one]))


def test_a_fiscal_year_runs_from_april_and_its_books_close_on_31_may():
    assert FiscalYear.of(dt.date(2026, 3, 31)) == FiscalYear(2025)
    assert FiscalYear.of(dt.date(2026, 4, 1)) == FiscalYear(2026)
    year = FiscalYear(2025)
    assert (year.first_day, year.last_day) == (dt.date(2025, 4, 1), dt.date(2026, 3, 31))
    assert (year.books_close, year.ja) == (dt.date(2026, 5, 31), "令和7年度")
    assert FiscalYear(2019).ja == "令和元年度"
