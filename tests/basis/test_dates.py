"""Ages on the days around a birthday."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.dates import first_day_at_age, has_reached_age


@pytest.mark.parametrize(
    ("birth", "years", "first"),
    [
        (dt.date(2011, 3, 10), 15, dt.date(2026, 3, 10)),
        (dt.date(2011, 1, 1), 15, dt.date(2026, 1, 1)),
        (dt.date(2011, 4, 1), 15, dt.date(2026, 4, 1)),
        (dt.date(2008, 2, 29), 15, dt.date(2023, 3, 1)),
        (dt.date(2008, 2, 29), 16, dt.date(2024, 2, 29)),
        (dt.date(2011, 2, 28), 17, dt.date(2028, 2, 28)),
        (dt.date(1900, 2, 28), 100, dt.date(2000, 2, 28)),
        (dt.date(2008, 2, 29), 0, dt.date(2008, 2, 29)),
    ],
)
def test_the_first_whole_day_at_an_age(birth, years, first):
    assert first_day_at_age(birth, years) == first
    assert has_reached_age(birth, years, first)
    assert not has_reached_age(birth, years, first - dt.timedelta(days=1))


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 120))
def test_an_age_is_reached_where_the_corresponding_day_or_the_month_ends(birth, years):
    first = first_day_at_age(birth, years)
    last_day_before = first - dt.timedelta(days=1)
    assert first.year == birth.year + years
    same_day = (first.month, first.day) == (birth.month, birth.day)
    month_has_no_such_day = (last_day_before.month, last_day_before.day) == (2, 28)
    assert same_day or (month_has_no_such_day and (birth.month, birth.day) == (2, 29))
