"""Deadlines with both dates kept, the one in force, and a working that an officer can follow."""

from __future__ import annotations

import datetime as dt

import pytest
from counted_by_hand import office_is_closed, published_holidays
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.clock import JST, to_jst
from itaku.basis.closing_days import OFFICE, PUBLIC_HOLIDAYS, UnknownCalendarError, closing_days
from itaku.basis.due_dates import (
    FirstDay,
    HoursMisfitError,
    InForce,
    due_date,
    due_instant,
    first_day_by_code,
)
from itaku.basis.periods import Period
from itaku.basis.public_holidays import CalendarUnknownError
from itaku.basis.written_dates import DateOutOfRangeError

HOLIDAYS = published_holidays()


def d(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("event", "period", "raw", "moved"),
    [
        ("2026-04-24", "10d", "2026-05-04", "2026-05-07"),
        ("2026-08-23", "30d", "2026-09-22", "2026-09-24"),
        ("2026-12-19", "10d", "2026-12-29", "2027-01-04"),
        ("2027-03-31", "10d", "2027-04-10", "2027-04-12"),
        ("2026-06-02", "30d", "2026-07-02", "2026-07-02"),
    ],
)
def test_a_last_day_on_a_closing_day_moves_and_both_dates_are_kept(event, period, raw, moved):
    found = due_date(d(event), Period.parse(period), closing=OFFICE)
    assert (found.raw, found.moved, found.due) == (d(raw), d(moved), d(moved))
    by_the_letter = due_date(d(event), Period.parse(period), closing=OFFICE, in_force=InForce.RAW)
    assert (by_the_letter.raw, by_the_letter.moved, by_the_letter.due) == (d(raw), d(moved), d(raw))


def test_without_a_named_calendar_nothing_moves():
    found = due_date(d("2026-04-24"), Period.parse("10d"))
    assert (found.due, found.moved, found.in_force, found.provisional) == (d("2026-05-04"), None, None, False)


@pytest.mark.parametrize(
    ("event", "due"),
    [
        ("2026-02-28", "2026-03-31"),
        ("2026-04-30", "2026-05-31"),
        ("2026-01-31", "2026-02-28"),
        ("2026-01-30", "2026-02-28"),
    ],
)
def test_one_month_after_an_event_at_the_end_of_a_month(event, due):
    assert due_date(d(event), Period.parse("1m")).due == d(due)


def test_the_first_day_counts_where_the_contract_says_so():
    event, ten = d("2026-06-01"), Period.parse("10d")
    assert due_date(event, ten).due == d("2026-06-11")
    assert due_date(event, ten, first_day=FirstDay.INCLUDED).due == d("2026-06-10")
    assert due_date(d("2026-04-01"), Period.parse("1y"), first_day=FirstDay.INCLUDED).due == d("2027-03-31")


def test_a_period_that_begins_at_midnight_counts_its_first_day():
    assert first_day_by_code(dt.datetime(2026, 4, 24, 0, 0, tzinfo=JST)) is FirstDay.INCLUDED
    assert first_day_by_code(dt.datetime(2026, 4, 24, 0, 1, tzinfo=JST)) is FirstDay.EXCLUDED
    assert first_day_by_code(None) is FirstDay.EXCLUDED


def test_backwards_a_reminder_stands_one_day_before_and_a_closed_day_moves_back():
    found = due_date(d("2027-03-31"), Period.parse("30d"), backward=True)
    assert (found.due, found.remind) == (d("2027-03-01"), d("2027-02-28"))
    sunday = due_date(d("2027-03-30"), Period.parse("30d"), backward=True, closing=OFFICE)
    assert (sunday.raw, sunday.moved) == (d("2027-02-28"), d("2027-02-26"))


@pytest.mark.parametrize("period", ["30d", "1m", "2w", "1y"])
def test_backwards_counting_the_first_day_is_one_day_later(period):
    event = d("2027-03-31")
    out = due_date(event, Period.parse(period), backward=True)
    counted = due_date(event, Period.parse(period), backward=True, first_day=FirstDay.INCLUDED)
    assert counted.raw - out.raw == dt.timedelta(days=1)


def test_hours_run_through_night_and_holiday():
    saturday = dt.datetime(2026, 5, 2, 23, 30, tzinfo=JST)
    assert to_jst(due_instant(saturday, Period.parse("3h")).due) == dt.datetime(2026, 5, 3, 2, 30, tzinfo=JST)
    assert to_jst(due_instant(saturday, Period.parse("48h"), backward=True).due) == dt.datetime(
        2026, 4, 30, 23, 30, tzinfo=JST
    )


def test_hours_and_days_are_never_mixed():
    with pytest.raises(HoursMisfitError):
        due_date(d("2026-05-02"), Period.parse("3h"))
    with pytest.raises(HoursMisfitError):
        due_instant(dt.datetime(2026, 5, 2, tzinfo=JST), Period.parse("3d"))
    with pytest.raises(DateOutOfRangeError):
        due_instant(dt.datetime(9999, 12, 31, 23, tzinfo=JST), Period.parse("3h"))


def test_dates_beyond_the_printed_almanac_are_provisional():
    later = due_date(d("2027-12-20"), Period.parse("10d"), closing=OFFICE)
    assert (later.raw, later.moved) == (d("2027-12-30"), d("2028-01-04"))
    assert later.provisional
    assert any(line.ja.startswith("暫定") for line in later.working)
    assert not due_date(d("2027-12-01"), Period.parse("10d"), closing=OFFICE).provisional
    with pytest.raises(CalendarUnknownError):
        due_date(d("2099-12-30"), Period.parse("10d"), closing=OFFICE)


def test_the_two_calendars_are_never_mixed():
    saturday, year_end = d("2026-05-09"), d("2026-12-30")
    assert OFFICE.why_closed(saturday) is not None
    assert PUBLIC_HOLIDAYS.why_closed(saturday) is None
    assert OFFICE.why_closed(year_end).ja == "年末年始"
    assert PUBLIC_HOLIDAYS.why_closed(year_end) is None
    assert PUBLIC_HOLIDAYS.why_closed(d("2026-05-10")).ja == "日曜日"
    assert closing_days("閉庁日") is closing_days("office") is OFFICE
    with pytest.raises(UnknownCalendarError):
        closing_days("sundays")


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("period", ["10d", "1m", "2w", "1y"])
def test_every_line_of_working_is_in_two_languages_and_cites_its_rule(period, backward):
    found = due_date(d("2026-01-31"), Period.parse(period), backward=backward, closing=OFFICE)
    assert len(found.working) >= 4
    for line in found.working:
        assert line.clause
        assert line.en.isascii()
        assert not line.ja.isascii()
    assert any(found.raw.isoformat() in line.ja and found.raw.isoformat() in line.en for line in found.working)
    assert any(found.due.isoformat() in line.ja for line in found.working)


@given(st.dates(dt.date(1989, 1, 8), dt.date(2027, 9, 1)), st.integers(1, 60), st.booleans())
def test_a_moved_day_is_the_nearest_day_on_which_the_office_is_open(event, days, backward):
    found = due_date(event, Period.parse(f"{days}d"), backward=backward, closing=OFFICE)
    walk = dt.timedelta(days=-1 if backward else 1)
    day = found.raw
    while office_is_closed(day, HOLIDAYS):
        day += walk
    assert found.moved == day
    assert found.due in {found.raw, found.moved}
