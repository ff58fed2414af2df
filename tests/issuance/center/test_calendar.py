"""The service calendar: what can be had at a moment, for how much, why not, and when again."""

import datetime as dt

import pytest

from itaku.basis.clock import InstantMs, to_instant, to_jst
from itaku.basis.yen import Yen
from itaku.issuance.center.calendar import FeeRow, HoursRow, ServiceCalendar, StopRow
from itaku.issuance.protocol.fiscal_years import FiscalYearRow
from itaku.issuance.protocol.kinds import FAMILY_REGISTER_KINDS, Kind
from itaku.issuance.protocol.refusals import REFUSALS

JST = dt.timezone(dt.timedelta(hours=9))
RECORD, SEAL, REGISTER = Kind.RESIDENT_RECORD, Kind.SEAL_REGISTRATION, Kind.FAMILY_REGISTER_ALL
START = dt.date(2016, 1, 25)
FEES = tuple(FeeRow(kind, Yen(300), START) for kind in Kind)


def local(year, month, day, hour=0):
    """A moment in Japan's time, as the calendar's rows have it: without a zone."""
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC).replace(tzinfo=None)


def at(text) -> InstantMs:
    return to_instant(dt.datetime.fromisoformat(text).replace(tzinfo=JST))


def said(instant) -> str | None:
    return None if instant is None else f"{to_jst(instant):%Y-%m-%d %H:%M}"


def calendar(**rows):
    return ServiceCalendar(fees=FEES, fiscal_years=(FiscalYearRow(2026, START),), **rows)


@pytest.mark.parametrize(
    ("moment", "open_again"),
    [
        ("2026-11-24T06:29", "2026-11-24 06:30"),
        ("2026-11-24T06:30", None),
        ("2026-11-24T22:59", None),
        ("2026-11-24T23:00", "2026-11-25 06:30"),
        ("2026-12-28T23:30", "2027-01-04 06:30"),
        ("2027-01-01T12:00", "2027-01-04 06:30"),
    ],
)
def test_the_service_says_when_it_opens_again(moment, open_again):
    item = calendar().item(RECORD, at(moment))
    assert (item.reason, said(item.opens_again_ms)) == ("outside_hours" if open_again else "", open_again)


@pytest.mark.parametrize("kind", sorted(FAMILY_REGISTER_KINDS))
@pytest.mark.parametrize(
    ("moment", "open_again"),
    [
        ("2026-11-20T09:00", None),
        ("2026-11-20T16:59", None),
        ("2026-11-20T08:59", "2026-11-20 09:00"),
        # Friday evening; Monday 23 November is a holiday (勤労感謝の日).
        ("2026-11-20T17:00", "2026-11-24 09:00"),
        ("2026-11-22T12:00", "2026-11-24 09:00"),
        ("2026-11-23T10:00", "2026-11-24 09:00"),
    ],
)
def test_family_registers_are_issued_on_weekdays_from_nine_to_five(kind, moment, open_again):
    item = calendar().item(kind, at(moment))
    assert item.reason == ("outside_kind_hours" if open_again else "")
    assert said(item.opens_again_ms) == open_again
    assert item.hours == ("9:00-17:00" if open_again else "")
    assert calendar().item(RECORD, at(moment)).reason == ""


def test_a_stop_names_its_reason_and_its_end_and_leaves_other_kinds_alone():
    stop = StopRow(local(2026, 11, 24, 20), local(2026, 11, 25, 12), SEAL, why_ja="機器の保守", why_en="maintenance")
    stopped = calendar(stops=(stop,))
    item = stopped.item(SEAL, at("2026-11-24T20:00"))
    assert (item.reason, item.why_ja, item.why_en) == ("stopped", "機器の保守", "maintenance")
    assert said(item.opens_again_ms) == "2026-11-25 12:00"
    assert stopped.item(RECORD, at("2026-11-24T20:00")).reason == ""
    assert stopped.item(SEAL, at("2026-11-24T19:59")).reason == ""
    assert stopped.item(SEAL, at("2026-11-25T12:00")).reason == ""


def test_of_stops_one_after_another_the_end_of_the_last_is_promised():
    rows = tuple(StopRow(local(2026, 11, day), local(2026, 11, day + 1)) for day in (24, 25))
    assert said(calendar(stops=rows).item(RECORD, at("2026-11-24T10:00")).opens_again_ms) == "2026-11-26 06:30"


def test_a_stop_of_a_part_of_each_day_stops_in_that_part_only():
    nightly = StopRow(local(2026, 11, 24), local(2026, 12, 1), None, 21 * 60, 23 * 60)
    stopped = calendar(stops=(nightly,))
    assert stopped.item(RECORD, at("2026-11-24T20:59")).reason == ""
    evening = stopped.item(RECORD, at("2026-11-24T21:00"))
    assert (evening.reason, said(evening.opens_again_ms)) == ("stopped", "2026-11-25 06:30")
    assert stopped.item(RECORD, at("2026-12-01T21:00")).reason == ""


def test_nothing_is_promised_about_a_stop_without_an_end_in_sight():
    endless = StopRow(local(2026, 1, 1), local(2028, 1, 1))
    assert calendar(stops=(endless,)).item(RECORD, at("2026-11-24T10:00")).opens_again_ms is None


def test_a_fee_changes_at_midnight_without_a_stop():
    dearer = ServiceCalendar(fees=(*FEES, FeeRow(RECORD, Yen(350), dt.date(2027, 4, 1))))
    assert dearer.fee_yen(RECORD, at("2027-03-31T23:59:59")) == 300
    assert dearer.fee_yen(RECORD, at("2027-04-01T00:00")) == 350
    assert dearer.fee_yen(SEAL, at("2027-04-01T00:00")) == 300


def test_a_fee_may_differ_by_the_time_of_day_and_the_one_entered_last_counts():
    rows = (*FEES, FeeRow(RECORD, Yen(200), dt.date(2027, 4, 1), 6 * 60, 9 * 60))
    early = ServiceCalendar(fees=rows)
    assert early.fee_yen(RECORD, at("2027-04-01T08:59")) == 200
    assert early.fee_yen(RECORD, at("2027-04-01T09:00")) == 300
    again = ServiceCalendar(fees=(*rows, FeeRow(RECORD, Yen(210), dt.date(2027, 4, 1), 6 * 60, 9 * 60)))
    assert again.fee_yen(RECORD, at("2027-04-01T08:59")) == 210


def test_a_kind_without_a_fee_is_not_issued_and_opens_when_its_fee_begins():
    later = ServiceCalendar(fees=(FeeRow(RECORD, Yen(300), dt.date(2026, 12, 1)),))
    item = later.item(RECORD, at("2026-11-24T10:00"))
    assert (item.reason, said(item.opens_again_ms)) == ("stopped", "2026-12-01 06:30")
    assert later.item(SEAL, at("2026-11-24T10:00")).opens_again_ms is None


def test_new_hours_of_a_kind_begin_on_their_day():
    longer = HoursRow(REGISTER, 9 * 60, 19 * 60, office_days=True, since=dt.date(2026, 12, 1))
    rows = calendar(hours=(*calendar().hours, longer))
    assert rows.item(REGISTER, at("2026-11-30T18:00")).reason == "outside_kind_hours"
    assert rows.item(REGISTER, at("2026-12-01T18:00")).reason == ""


def test_every_reason_of_the_menu_is_in_the_catalogue():
    for moment in ("2026-11-22T12:00", "2027-01-01T12:00"):
        for item in calendar(stops=(StopRow(local(2026, 1, 1), local(2027, 1, 1), SEAL),)).menu(at(moment)):
            assert not item.reason or item.reason in REFUSALS
