"""Dates as people hand them in; blanks are refused by the clause that waits."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.clock import JST
from itaku.basis.eras import EraDateError, OldCalendarError, era_date
from itaku.basis.errors import ItakuError
from itaku.basis.written_dates import (
    DateBlankError,
    DateUnreadableError,
    TimeUnreadableError,
    read_day,
    read_moment,
    read_written,
)


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-24",
        "令和8年4月24日",
        "令和８年４月２４日",
        "令和 8 年 4 月 24 日",
        "2026年4月24日",
        "R8.4.24",
        "２０２６年４月２４日",
    ],
)
def test_one_day_in_many_writings(text):
    assert read_day(text, "S1-21") == (read := read_day("2026-04-24", "S1-21"))
    assert read.day == dt.date(2026, 4, 24)


def test_the_first_year_and_a_year_past_the_end_of_an_era():
    assert read_day("令和元年5月1日", "x").day == dt.date(2019, 5, 1)
    past = read_day("平成33年3月31日", "x")
    assert (past.day, past.outside_era) == (dt.date(2021, 3, 31), True)


@pytest.mark.parametrize(
    "text",
    [None, "", "   ", "\u3000", "令和　年　月　日", "平成 年 月 日", "令和8年　月　日", "年 月 日", "2026年　月　日"],
)
def test_a_blank_names_what_waits_for_it(text):
    with pytest.raises(DateBlankError) as caught:
        read_day(text, "S1-21")
    assert caught.value.detail == "S1-21"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("2026-02-29", DateUnreadableError),
        ("2026-13-01", DateUnreadableError),
        ("2026-4-24", DateUnreadableError),
        ("20260424", DateUnreadableError),
        ("tomorrow", DateUnreadableError),
        ("2026-04-24" * 20, DateUnreadableError),
        ("0000-01-01", DateUnreadableError),
        ("令和8年2月29日", EraDateError),
        ("慶応3年1月1日", DateUnreadableError),
        ("1872-12-31", OldCalendarError),
        ("1600年1月1日", OldCalendarError),
    ],
)
def test_what_is_no_day_is_refused(text, error):
    with pytest.raises(error):
        read_day(text, "x")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T16:59",
        "2026-11-20 16:59",
        "2026-11-20T16:59:00",
        "2026-11-20T16:59+09:00",
        "2026-11-20T07:59Z",
        "2026-11-20T07:59:00+00:00",
        "2026-11-20T02:59-05:00",
        "令和8年11月20日16時59分",
        "令和8年11月20日 午後4時59分",
        "令和８年１１月２０日　16:59",
    ],
)
def test_one_instant_in_many_writings(text):
    assert read_moment(text, "x") == dt.datetime(2026, 11, 20, 16, 59, tzinfo=JST)


def test_an_instant_with_an_offset_counts_by_the_date_in_japan():
    assert read_written("2026-11-19T23:00Z", "x").day == dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    "text", ["2026-11-20", "2026-11-20T24:00", "2026-11-20T16:60", "2026-11-20T16:59+25:00", "令和8年11月20日午後12時"]
)
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(TimeUnreadableError):
        read_moment(text, "x")


@pytest.mark.parametrize("text", ["2026-11-20T", "2026-11-20T9:00", "2026-11-2016:59"])
def test_a_half_written_time_is_refused(text):
    with pytest.raises(DateUnreadableError):
        read_written(text, "x")


@given(st.dates(dt.date(1873, 1, 1), dt.date(2999, 12, 31)))
def test_every_day_is_read_from_both_calendars(day):
    assert read_day(day.isoformat(), "x").day == day
    assert read_day(era_date(day), "x").day == day


@given(st.text(max_size=90) | st.text("0123456789-:TZ年月日時分令和平成元 午後+.", max_size=30))
def test_any_text_is_read_or_refused_with_a_code(text):
    try:
        read_written(text, "x")
    except ItakuError as error:
        code = error.code
    else:
        code = "read"
    assert code in {
        "read",
        "date_unreadable",
        "date_blank",
        "time_unreadable",
        "era_date_invalid",
        "era_before_gregorian",
    }
