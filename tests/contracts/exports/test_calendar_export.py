"""A contract as a calendar: parsed back by the library, the dates and hours are those of the contract."""

from __future__ import annotations

import datetime as dt
from typing import Any

import icalendar
import pytest
from exported_lives import instant, lived

from itaku.contracts.engine.result import Result
from itaku.contracts.exports.calendar import PartyUnknownError, calendar, uid

STAMP = instant("2026-11-24", 9)
INCIDENT: list[tuple[str, str, dict[str, Any]]] = [
    ("2026-11-24T09:30", "data-incident.recognised", {"incident": "I-2", "threat": "malware"}),
]


def parsed(result: Result, party: str | None = None) -> dict[str, Any]:
    """Components by the instance that they show."""
    read = icalendar.Calendar.from_ical(calendar(result, "C-1", STAMP, party))
    by_uid = {str(each["UID"]): each for each in read.subcomponents}
    assert len(by_uid) == len(read.subcomponents)
    return {name: by_uid[uid("C-1", name)] for name in result.views if uid("C-1", name) in by_uid}


def test_a_duty_by_days_is_an_event_of_that_day_in_japan() -> None:
    found = parsed(lived("certificates", "2026-11-24"))["S1-12-2[month=2026-10]"]
    assert found.name == "VEVENT"
    assert found.decoded("DTSTART") == dt.date(2026, 11, 30)
    assert found.decoded("DTEND") == dt.date(2026, 12, 1)
    assert found["DTSTART"].params["VALUE"] == "DATE"
    assert "TZID" not in found["DTSTART"].params
    assert str(found["STATUS"]) == "CONFIRMED"
    assert str(found["TRANSP"]) == "TRANSPARENT"
    assert found.decoded("DTSTAMP") == dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    description = str(found["DESCRIPTION"])
    assert "条項 / clause: S1-12-2" in description
    assert "S1-12-2[month=2026-10]" in description
    assert "地方公共団体情報システム機構" in description


def test_both_readings_of_a_counted_day_stand_in_the_description() -> None:
    result = lived("marathon", "2026-04-03")
    name = "S2-12-2[sub_no=R7-1]"
    description = str(parsed(result)[name]["DESCRIPTION"])
    due = result.views[name].due
    assert due.raw is not None
    assert due.moved is not None
    assert due.raw != due.moved
    assert f"by the letter: {due.raw.isoformat()}" in description
    assert f"moved off closing days: {due.moved.isoformat()}" in description
    assert "初日不算入" in description


def test_an_hour_clock_is_a_to_do_due_at_the_instant() -> None:
    result = lived("marathon", "2026-11-24", INCIDENT)
    clocks = {name: each for name, each in parsed(result).items() if each.name == "VTODO" and "I-2" in name}
    assert clocks
    for name, each in clocks.items():
        due = result.views[name].due.instant
        assert due is not None
        assert each.decoded("DUE") == dt.datetime.fromtimestamp(due / 1000, dt.UTC)
        assert str(each["STATUS"]) == "NEEDS-ACTION"
    done = {name: each for name, each in parsed(result).items() if each.name == "VTODO" and "I-1" in name}
    assert {str(each["STATUS"]) for each in done.values()} == {"COMPLETED"}
    assert all(each.decoded("COMPLETED").tzinfo is not None for each in done.values())


def test_uids_stay_and_the_sequence_grows_when_more_is_told() -> None:
    first, second = lived("certificates", "2026-11-24"), lived("certificates", "2026-11-25", INCIDENT[:0])
    more = lived("certificates", "2026-11-25", [("2026-11-25", "complaint.received", {"complaint": "K-9"})])
    before, after, grown = (parsed(each) for each in (first, second, more))
    assert {str(each["UID"]) for each in before.values()} <= {str(each["UID"]) for each in grown.values()}
    assert {each["SEQUENCE"] for each in after.values()} == {first.seq}
    assert {each["SEQUENCE"] for each in grown.values()} == {first.seq + 1}
    assert uid("C-1", "S1-12-2[month=2026-10]") != uid("C-2", "S1-12-2[month=2026-10]")


def test_what_is_overdue_done_or_gone_says_so() -> None:
    late = parsed(
        lived(
            "marathon",
            "2027-04-25",
            [("2027-01-20", "inquiry.made", {"inquiry": "X", "sort": "report", "answer_by": "2027-02-01"})],
        )
    )
    overdue = [each for each in late.values() if "overdue" in each["CATEGORIES"].to_ical().decode()]
    assert overdue
    assert all(str(each["SUMMARY"]).startswith("【期限超過】") for each in overdue)
    found = parsed(lived("certificates", "2026-11-24"))
    done = found["S1-12-2[month=2026-08]"]
    assert "done-late" in done["CATEGORIES"].to_ical().decode()
    cancelled = parsed(
        lived(
            "marathon",
            "2026-11-25",
            [
                ("2026-11-20", "demand.received", {"demand": "D1", "perform_by": "2026-11-22"}),
                ("2026-11-24", "termination.notified", {"case": "T1", "under": ["S2-16"]}),
            ],
        )
    )
    assert "CANCELLED" in {str(each["STATUS"]) for each in cancelled.values()}


def test_a_day_counted_backwards_rings_a_day_before() -> None:
    result = lived("certificates", "2026-11-24")
    reminded = {name for name, shown in result.views.items() if shown.due.remind is not None}
    assert reminded
    found = parsed(result)
    for name, each in found.items():
        alarms = [part for part in each.subcomponents if part.name == "VALARM"]
        assert bool(alarms) == (name in reminded and result.views[name].state in {"in_effect", "running", "available"})
        for alarm in alarms:
            assert alarm.decoded("TRIGGER") <= dt.timedelta(days=-1)


def test_lines_are_at_most_75_octets_and_never_break_a_character() -> None:
    raw = calendar(lived("marathon", "2026-11-24"), "C-1", STAMP)
    lines = raw.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode("utf-8")
    assert any(line.startswith(b" ") for line in lines)
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_commas_semicolons_and_line_ends_come_back_as_they_were() -> None:
    result = lived(
        "marathon",
        "2026-11-24",
        [
            (
                "2026-11-20",
                "finding.made",
                {"on": "S2-11-1/責め", "result": True, "person": "係長; 主査", "reason": "a, b\\c"},
            )
        ],
    )
    for name, each in parsed(result).items():
        assert "\n" in str(each["DESCRIPTION"])
        assert result.fold.instances[name].rule.text.ja in str(each["DESCRIPTION"])
        assert result.fold.instances[name].rule.text.en in str(each["DESCRIPTION"])


def test_a_party_sees_what_it_must_do_itself() -> None:
    result = lived("marathon", "2026-04-03")
    whole, ours = parsed(result), parsed(result, "contractor")
    assert set(ours) < set(whole)
    assert "S2-12-2[sub_no=R7-1]" not in ours
    assert "S2-12-2[sub_no=R7-1]" in parsed(result, "committee")
    assert all(result.views[name].bearer in {"contractor", "both", ""} for name in ours)
    with pytest.raises(PartyUnknownError):
        parsed(result, "甲")
