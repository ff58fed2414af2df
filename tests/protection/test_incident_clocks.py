"""The two clocks of an incident: every reading of the clause, the strictest as target, the loosest as limit."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.clock import JST, InstantMs, to_instant, to_jst
from itaku.basis.public_holidays import CalendarUnknownError
from itaku.basis.written_dates import DateOutOfRangeError
from itaku.protection.incident_clock import ReportBeforeRecognitionError, incident_clocks

FRIDAY, WEEKDAY, HOLIDAY_MONDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 19), dt.date(2026, 11, 23)


def at(day, time):
    return to_instant(dt.datetime.combine(day, dt.time.fromisoformat(time), JST))


def clock_face(instant):
    return to_jst(instant).strftime("%H:%M")


@pytest.mark.parametrize(
    ("day", "recognised", "reported", "readings", "target", "limit"),
    [
        (FRIDAY, "16:59", "17:10", {"17:59", "18:10", "19:59", "20:10"}, "17:59", "20:10"),
        (WEEKDAY, "08:30", "08:30", {"10:00", "11:30"}, "10:00", "11:30"),
        (HOLIDAY_MONDAY, "10:00", "10:30", {"11:00", "11:30", "13:00", "13:30"}, "11:00", "13:30"),
        (WEEKDAY, "10:00", "10:20", {"11:00", "11:20"}, "11:00", "11:20"),
        (WEEKDAY, "17:00", "17:00", {"18:00"}, "18:00", "18:00"),
        (WEEKDAY, "09:00", "09:00", {"10:00"}, "10:00", "10:00"),
        (WEEKDAY, "17:01", "17:01", {"20:01"}, "20:01", "20:01"),
        (WEEKDAY, "06:30", "06:30", {"09:30"}, "09:30", "09:30"),
        (WEEKDAY, "08:30", "09:05", {"09:30", "10:00", "10:05", "11:30", "12:05"}, "09:30", "12:05"),
        (dt.date(2026, 11, 21), "10:00", "10:30", {"13:00", "13:30"}, "13:00", "13:30"),
    ],
)
def test_every_reading_is_computed(day, recognised, reported, readings, target, limit):
    clocks = incident_clocks(at(day, recognised), at(day, reported))
    assert {clock_face(reading.due) for reading in clocks.readings} == readings
    assert (clock_face(clocks.target), clock_face(clocks.outer_limit)) == (target, limit)
    assert clocks.first_report_due == at(day, recognised) + 3_600_000
    assert clocks.first_report_in_time


def test_the_first_report_is_due_within_the_hour_on_new_years_night_too():
    clocks = incident_clocks(at(dt.date(2026, 12, 31), "23:40"), None)
    assert to_jst(clocks.first_report_due) == dt.datetime(2027, 1, 1, 0, 40, tzinfo=JST)
    assert (clocks.readings, clocks.target, clocks.outer_limit) == ((), None, None)
    assert clocks.first_report_in_time is None


def test_a_late_first_report_is_told_to_the_minute():
    assert incident_clocks(at(WEEKDAY, "10:00"), at(WEEKDAY, "11:00")).first_report_in_time is True
    assert incident_clocks(at(WEEKDAY, "10:00"), at(WEEKDAY, "11:01")).first_report_in_time is False


def test_a_subcontractors_knowledge_starts_the_clock_and_both_instants_are_kept():
    clocks = incident_clocks(at(WEEKDAY, "10:00"), at(WEEKDAY, "10:30"), subcontractor_recognised=at(WEEKDAY, "09:10"))
    assert clocks.recognised == clocks.subcontractor_recognised == at(WEEKDAY, "09:10")
    assert clocks.contractor_recognised == at(WEEKDAY, "10:00")
    assert clock_face(clocks.first_report_due) == "10:10"
    assert clocks.first_report_in_time is False
    assert clock_face(clocks.target) == "10:10"
    later = incident_clocks(at(WEEKDAY, "10:00"), None, subcontractor_recognised=at(WEEKDAY, "12:00"))
    assert (later.recognised, later.subcontractor_recognised) == (at(WEEKDAY, "10:00"), at(WEEKDAY, "12:00"))


def test_a_report_before_anybody_knew_is_refused():
    with pytest.raises(ReportBeforeRecognitionError):
        incident_clocks(at(WEEKDAY, "10:00"), at(WEEKDAY, "09:59"))


def test_days_without_a_calendar_are_refused_and_unprinted_ones_are_provisional():
    assert incident_clocks(at(dt.date(2028, 5, 1), "10:00"), at(dt.date(2028, 5, 1), "10:10")).provisional
    with pytest.raises(CalendarUnknownError):
        incident_clocks(at(dt.date(2100, 1, 4), "10:00"), at(dt.date(2100, 1, 4), "10:10"))
    with pytest.raises(DateOutOfRangeError):
        incident_clocks(at(dt.date(9999, 12, 31), "10:00"), at(dt.date(9999, 12, 31), "10:10"))


def test_the_working_shows_each_reading_target_and_limit_with_the_clause():
    clocks = incident_clocks(at(FRIDAY, "16:59"), at(FRIDAY, "17:10"))
    text = "\n".join(line.ja for line in clocks.working)
    for face in ("16:59", "17:10", "17:59", "18:10", "19:59", "20:10"):
        assert face in text
    assert all("S2-D4.1-6" in line.clause and line.en.isascii() for line in clocks.working)


@given(st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 30)), st.times(), st.integers(0, 360))
def test_every_limit_lies_one_to_three_hours_after_an_instant_that_can_start_it(day, time, minutes):
    recognised = to_instant(dt.datetime.combine(day, time.replace(second=0, microsecond=0), JST))
    reported = InstantMs(recognised + minutes * 60_000)
    clocks = incident_clocks(recognised, reported)
    hour = 3_600_000
    assert recognised + hour <= clocks.target <= clocks.outer_limit <= reported + 3 * hour
    assert clocks.outer_limit >= reported + hour
    assert {clocks.target, clocks.outer_limit} <= {reading.due for reading in clocks.readings}
    assert len(set(clocks.readings)) == len(clocks.readings)
