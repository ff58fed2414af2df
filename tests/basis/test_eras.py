"""Eras: every boundary day, both ways, and the days that never were."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.eras import (
    ERAS,
    GREGORIAN_FROM,
    Blank,
    EraDateError,
    EraReading,
    OldCalendarError,
    era_date,
    era_of,
    is_valid_era_date,
    parse_era,
    read_era,
)

BOUNDARIES = [
    (dt.date(1873, 1, 1), "明治6年1月1日"),
    (dt.date(1912, 7, 29), "明治45年7月29日"),
    (dt.date(1912, 7, 30), "大正元年7月30日"),
    (dt.date(1912, 12, 31), "大正元年12月31日"),
    (dt.date(1913, 1, 1), "大正2年1月1日"),
    (dt.date(1926, 12, 24), "大正15年12月24日"),
    (dt.date(1926, 12, 25), "昭和元年12月25日"),
    (dt.date(1927, 1, 1), "昭和2年1月1日"),
    (dt.date(1989, 1, 7), "昭和64年1月7日"),
    (dt.date(1989, 1, 8), "平成元年1月8日"),
    (dt.date(1990, 1, 1), "平成2年1月1日"),
    (dt.date(2019, 4, 30), "平成31年4月30日"),
    (dt.date(2019, 5, 1), "令和元年5月1日"),
    (dt.date(2020, 1, 1), "令和2年1月1日"),
    (dt.date(2024, 2, 29), "令和6年2月29日"),
    (dt.date(2026, 11, 21), "令和8年11月21日"),
]
# Years of an era stay below three digits on paper; a longer era than any so far would be noticed here.
days = st.dates(min_value=GREGORIAN_FROM, max_value=dt.date(2099, 12, 31))


@pytest.mark.parametrize(("day", "text"), BOUNDARIES)
def test_every_boundary_day_is_written_and_read(day, text):
    assert era_date(day) == text
    assert parse_era(text) == day


@given(days)
def test_what_is_written_reads_back_as_the_same_day(day):
    assert parse_era(era_date(day)) == day
    assert read_era(era_date(day)) == EraReading(day, outside_era=False)


@given(days, days)
def test_a_later_day_never_has_an_earlier_era_or_year(one, other):
    def rank(day):
        era = era_of(day)
        return ERAS.index(era), day.year - era.first.year, day.month, day.day

    assert (one < other) == (rank(one) < rank(other))


@given(days)
def test_no_day_can_be_written_in_an_era_that_did_not_run(day):
    for era in ERAS:
        count = day.year - era.first.year + 1
        if not 1 <= count <= 99:
            continue
        text = f"{era.name}{'元' if count == 1 else count}年{day.month}月{day.day}日"
        ran = era.first <= day and (era.last is None or day <= era.last)
        assert is_valid_era_date(text) == ran


@pytest.mark.parametrize(
    "text",
    [
        "平成31年5月7日",
        "平成31年5月1日",
        "令和元年4月30日",
        "令和1年5月1日",
        "令和08年5月1日",
        "昭和64年1月8日",
        "平成元年1月7日",
        "令和5年2月29日",
        "令和8年13月1日",
        "令和8年4月31日",
        "令和0年5月1日",
        "慶応3年1月1日",
        "明治5年12月2日",
        "令和8年11月21日 ",
        "令和8年11月21日\n",
        "令和　年　月　日",
        "R8.11.21",
        "",
    ],
)
def test_impossible_or_sloppy_dates_may_not_stand_on_a_paper(text):
    assert not is_valid_era_date(text)
    with pytest.raises(EraDateError):
        parse_era(text)


@pytest.mark.parametrize("text", ["明治45年7月30日", "大正元年7月30日"])
def test_a_day_of_two_eras_reads_by_either_name(text):
    assert parse_era(text) == dt.date(1912, 7, 30)


def test_days_of_the_old_calendar_are_refused():
    with pytest.raises(OldCalendarError):
        era_date(dt.date(1872, 12, 31))


@pytest.mark.parametrize(
    ("text", "day", "outside"),
    [
        ("平成33年3月31日", dt.date(2021, 3, 31), True),
        ("平成31年5月7日", dt.date(2019, 5, 7), True),
        ("令和元年４月１日", dt.date(2019, 4, 1), True),
        ("令和１年５月１日", dt.date(2019, 5, 1), False),
        ("令和　８年　４月　１日", dt.date(2026, 4, 1), False),
        ("令和08年04月01日", dt.date(2026, 4, 1), False),
        ("R8.11.21", dt.date(2026, 11, 21), False),
        ("大正15年12月25日", dt.date(1926, 12, 25), False),
    ],
)
def test_the_lenient_reader_marks_days_outside_their_era(text, day, outside):
    assert read_era(text) == EraReading(day, outside)


@pytest.mark.parametrize(
    ("text", "blank"),
    [
        ("令和　年　月　日", Blank("令和", None, None, None)),
        ("令和8年　　月　　日", Blank("令和", 8, None, None)),
        ("令和８年４月　日", Blank("令和", 8, 4, None)),
        ("令和元年  月  日", Blank("令和", 1, None, None)),
    ],
)
def test_a_blank_date_is_a_blank_and_not_a_guess(text, blank):
    assert read_era(text) == blank


@pytest.mark.parametrize("text", ["令和5年2月30日", "平成0年1月1日", "きのう", "明治5年1月1日", "令和8年4月1日より"])
def test_the_lenient_reader_still_refuses_what_is_no_day(text):
    with pytest.raises(EraDateError):
        read_era(text)
