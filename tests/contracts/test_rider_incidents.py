"""An incident lives: both clocks with target and limit, instructions, report, prevention, records, false alarms."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from contracts_lives import Life
from rider_lives import chosen, day_set, found, signed, terminated

from itaku.basis.clock import InstantMs, to_jst
from itaku.contracts.engine.result import View

FIRST, DETAILS = "S2-D4.1-6-ア[incident=I1]", "S2-D4.1-6-イ[incident=I1]"
PAPER, REPORT = "S2-D4.1-6-イ-書面[incident=I1]", "S2-D4.1-6-エ[incident=I1]"
DRAFT, PREVENTION = "S2-D4.1-6-オ/策定[incident=I1]", "S2-D4.1-6-オ[incident=I1]"
RECORDS = "S2-D4.3-3[incident=I1]"


@pytest.fixture(name="life")
def _life() -> Life:
    return signed()


def recognised(life: Life, at: str, **more: Any) -> None:
    life.tell(at, "data-incident.recognised", incident="I1", threat="leak", told_by="contractor", **more)


def reported(life: Life, at: str) -> None:
    life.tell(at, "data-incident.first-reported", incident="I1", caller="当番", whom="当直", told_by="contractor")


def detailed(life: Life, at: str) -> None:
    life.tell(at, "data-incident.detailed", incident="I1", told_by="contractor")


def shown(instant: InstantMs | None) -> str:
    assert instant is not None
    return f"{to_jst(instant):%m-%d %H:%M}"


def clock(view: View) -> tuple[str, str]:
    """The target and the outer limit."""
    return shown(view.due.target), shown(view.due.instant)


# ---- (ア): the first report ----


@pytest.mark.shows("S2-D4.1-6-ア")
@pytest.mark.parametrize(
    ("known", "due"),
    [
        ("2026-05-15T10:00", "05-15 11:00"),  # a Friday
        ("2026-05-15T23:30", "05-16 00:30"),  # across midnight
        ("2026-05-16T13:05", "05-16 14:05"),  # a Saturday
        ("2027-01-01T03:00", "01-01 04:00"),  # New Year's night
    ],
)
def test_the_first_report_is_due_an_hour_after_recognition_on_any_day_at_any_hour(
    life: Life, known: str, due: str
) -> None:
    recognised(life, known)
    assert clock(life.view(known, FIRST)) == (due, due)


@pytest.mark.shows("S2-D4.1-6-ア")
@pytest.mark.parametrize(
    ("told", "breached"), [("2026-05-15T11:00:00", None), ("2026-05-15T11:00:01", dt.date(2026, 5, 15))]
)
def test_the_hour_itself_is_in_time_and_a_second_more_is_not(life: Life, told: str, breached: dt.date | None) -> None:
    recognised(life, "2026-05-15T10:00:00")
    reported(life, told)
    first = life.view("2026-05-16", FIRST)
    assert (first.state, first.breached_on) == ("fulfilled", breached)


@pytest.mark.shows("S2-D4.1-6-ア")
def test_a_call_that_nobody_answered_is_noted_and_is_no_report(life: Life) -> None:
    recognised(life, "2026-05-15T10:00")
    life.tell("2026-05-15T10:20", "data-incident.call-attempted", incident="I1", whom="当直")
    assert life.state("2026-05-15T11:00", FIRST) == "in_effect"
    assert life.view("2026-05-15T11:01", FIRST).breached_on == dt.date(2026, 5, 15)
    assert [each.kind for each in life.events].count("data-incident.call-attempted") == 1


@pytest.mark.shows("S2-D4.1-6-ア", "S2-D4.1-6-イ")
def test_what_a_subcontractor_knew_earlier_starts_the_clock(life: Life) -> None:
    recognised(life, "2026-05-15T09:40", subcontractor_at="2026-05-15T09:00")
    assert clock(life.view("2026-05-15T09:41", FIRST)) == ("05-15 10:00", "05-15 10:00")
    reported(life, "2026-05-15T09:50")
    assert clock(life.view("2026-05-15T09:51", DETAILS)) == ("05-15 10:00", "05-15 10:50")


@pytest.mark.shows("S2-D4.1-6-ア")
def test_a_recognition_without_its_time_computes_nothing_and_asks_for_it(life: Life) -> None:
    recognised(life, "2026-05-15")
    due = life.view("2026-05-16", FIRST).due
    assert due.instant is None
    assert due.blank is not None
    assert due.blank.waits == "S2-D4.1-6-ア"


@pytest.mark.shows("S2-D4.1-6-ア", "S2-D4.1-6-イ")
def test_a_corrected_time_of_recognition_moves_both_clocks_and_can_make_a_report_late(life: Life) -> None:
    told = life.tell("2026-05-14T10:00", "data-incident.recognised", incident="I1", threat="leak")
    reported(life, "2026-05-14T10:45")
    assert life.view("2026-05-14T10:46", FIRST).breached_on is None
    assert clock(life.view("2026-05-14T10:46", DETAILS)) == ("05-14 11:00", "05-14 11:45")
    life.tell("2026-05-14T09:40", "data-incident.recognised", incident="I1", threat="leak", corrects=told)
    assert clock(life.view("2026-05-14T10:46", FIRST)) == ("05-14 10:40", "05-14 10:40")
    assert life.view("2026-05-14T10:46", FIRST).breached_on == dt.date(2026, 5, 14)
    assert clock(life.view("2026-05-14T10:46", DETAILS)) == ("05-14 10:40", "05-14 11:45")


@pytest.mark.shows("S2-D4.1-6-ア", "S2-D4.1-6-エ")
def test_two_incidents_at_once_have_their_own_clocks_and_their_own_days(life: Life) -> None:
    for number, minute in (("I1", "00"), ("I2", "20")):
        life.tell(f"2026-05-14T10:{minute}", "data-incident.recognised", incident=number, threat="malware")
    reported(life, "2026-05-14T10:50")
    day_set(life, "2026-05-15", "S2-D4.1-6-エ[incident=I2]", "2026-05-29")
    views = life.on("2026-05-16").views
    assert views[FIRST].breached_on is None
    assert views["S2-D4.1-6-ア[incident=I2]"].breached_on == dt.date(2026, 5, 14)
    assert views[REPORT].due.day is None
    assert views["S2-D4.1-6-エ[incident=I2]"].due.day == dt.date(2026, 5, 29)


# ---- (イ): the details ----

READINGS = [
    # recognised, reported, the strictest reading, the loosest
    ("2026-05-14T10:00", "2026-05-14T10:30", "05-14 11:00", "05-14 11:30"),  # Thursday: one hour from either instant
    ("2026-05-15T16:59", "2026-05-15T17:10", "05-15 17:59", "05-15 20:10"),  # across 17:00
    ("2026-05-15T16:40", "2026-05-15T17:00", "05-15 17:40", "05-15 18:00"),  # 17:00 is inside
    ("2026-05-15T17:01", "2026-05-15T17:30", "05-15 20:01", "05-15 20:30"),  # after hours by both
    ("2026-05-14T08:30", "2026-05-14T08:30", "05-14 10:00", "05-14 11:30"),  # before 9:00: an hour from the opening
    ("2026-05-14T09:00", "2026-05-14T09:00", "05-14 10:00", "05-14 10:00"),  # 9:00 is inside
    ("2026-07-20T10:00", "2026-07-20T10:30", "07-20 11:00", "07-20 13:30"),  # Marine Day, a Monday
    ("2026-05-16T10:00", "2026-05-16T10:30", "05-16 13:00", "05-16 13:30"),  # Saturday
    ("2026-05-16T23:30", "2026-05-16T23:50", "05-17 02:30", "05-17 02:50"),  # across midnight
]


@pytest.mark.shows("S2-D4.1-6-イ")
@pytest.mark.parametrize(("known", "told", "target", "limit"), READINGS)
def test_the_details_show_the_strictest_reading_as_target_and_the_loosest_as_limit(
    life: Life, known: str, told: str, target: str, limit: str
) -> None:
    recognised(life, known)
    assert DETAILS not in life.on(known).views
    reported(life, told)
    assert clock(life.view(told, DETAILS)) == (target, limit)


CHOSEN = [
    ({"start": "recognition"}, "2026-05-15T16:59", "2026-05-15T17:10", "05-15 17:59", "05-15 19:59"),
    ({"start": "first-report"}, "2026-05-15T16:59", "2026-05-15T17:10", "05-15 18:10", "05-15 20:10"),
    ({"window": "recognition"}, "2026-05-15T16:59", "2026-05-15T17:10", "05-15 17:59", "05-15 18:10"),
    ({"window": "first-report"}, "2026-05-15T16:59", "2026-05-15T17:10", "05-15 19:59", "05-15 20:10"),
    (
        {"start": "first-report", "window": "first-report"},
        "2026-05-15T16:59",
        "2026-05-15T17:10",
        "05-15 20:10",
        "05-15 20:10",
    ),
    ({"weekday": "letter"}, "2026-07-20T10:00", "2026-07-20T10:30", "07-20 11:00", "07-20 11:30"),
    ({"weekday": "open-days"}, "2026-07-20T10:00", "2026-07-20T10:30", "07-20 13:00", "07-20 13:30"),
    ({"boundary": "after-hours"}, "2026-05-14T08:30", "2026-05-14T08:30", "05-14 11:30", "05-14 11:30"),
    ({"boundary": "from-opening"}, "2026-05-14T08:30", "2026-05-14T08:30", "05-14 10:00", "05-14 10:00"),
]


@pytest.mark.shows("S2-D4.1-6-イ")
@pytest.mark.parametrize(("readings", "known", "told", "target", "limit"), CHOSEN)
def test_a_reading_that_the_parties_chose_leaves_only_its_own_times(
    life: Life, readings: dict[str, str], known: str, told: str, target: str, limit: str
) -> None:
    for question, reading in readings.items():
        chosen(life, "2025-11-05", f"S2-D4.1-6-イ.{question}", reading)
    recognised(life, known)
    reported(life, told)
    assert clock(life.view(told, DETAILS)) == (target, limit)
    assert {(f"S2-D4.1-6-イ.{question}", reading) for question, reading in readings.items()} <= set(
        life.view(told, DETAILS).policies
    )


@pytest.mark.shows("S2-D4.1-6-イ")
@pytest.mark.parametrize(
    ("told", "breached"),
    [("17:59:00", None), ("20:10:00", None), ("20:10:01", dt.date(2026, 5, 15))],
)
def test_details_are_a_breach_only_when_they_are_late_by_every_reading(
    life: Life, told: str, breached: dt.date | None
) -> None:
    recognised(life, "2026-05-15T16:59")
    reported(life, "2026-05-15T17:10")
    detailed(life, f"2026-05-15T{told}")
    details = life.view("2026-05-16", DETAILS)
    assert (details.state, details.breached_on) == ("fulfilled", breached)


@pytest.mark.shows("S2-D4.1-6-イ-書面")
def test_the_details_follow_on_paper_without_delay(life: Life) -> None:
    recognised(life, "2026-05-14T10:00")
    reported(life, "2026-05-14T10:30")
    assert PAPER not in life.on("2026-05-14T10:45").views
    detailed(life, "2026-05-14T11:00")
    paper = life.view("2026-05-14", PAPER)
    assert (paper.state, paper.due.manner, paper.due.day) == ("in_effect", "遅滞なく", None)
    life.tell("2026-05-15", "data-incident.paper-submitted", incident="I1")
    assert life.state("2026-05-16", PAPER) == "fulfilled"


# ---- (ウ) to (オ): instructions, the report, prevention ----


@pytest.mark.shows("S2-D4.1-6-ウ")
def test_each_instruction_of_the_client_is_carried_out_by_its_day(life: Life) -> None:
    recognised(life, "2026-05-14T10:00")
    life.tell("2026-05-14", "data-incident.instructed", incident="I1", instruction="N1", do_by="2026-05-18")
    life.tell("2026-05-14", "data-incident.instructed", incident="I1", instruction="N2")
    life.tell("2026-05-18", "data-incident.instruction-done", incident="I1", instruction="N1")
    first = life.view("2026-05-20", "S2-D4.1-6-ウ[incident=I1,instruction=N1]")
    assert (first.state, first.breached_on, first.due.day) == ("fulfilled", None, dt.date(2026, 5, 18))
    second = life.view("2026-05-20", "S2-D4.1-6-ウ[incident=I1,instruction=N2]")
    assert (second.state, second.due.day) == ("in_effect", None)


@pytest.mark.shows("S2-D4.1-6-エ")
def test_the_report_of_facts_cause_and_measures_is_due_on_the_day_that_the_client_sets(life: Life) -> None:
    recognised(life, "2026-05-14T10:00")
    assert life.view("2026-05-15", REPORT).due.day is None
    day_set(life, "2026-05-15", REPORT, "2026-05-29")
    assert life.state("2026-05-29", REPORT) == "in_effect"
    assert life.view("2026-05-30", REPORT).breached_on == dt.date(2026, 5, 30)
    life.tell("2026-06-01", "data-incident.report-submitted", incident="I1")
    late = life.view("2026-06-02", REPORT)
    assert (late.state, late.breached_on) == ("fulfilled", dt.date(2026, 5, 30))


@pytest.mark.shows("S2-D4.1-6-オ", "S2-D4.1-6-オ/策定")
def test_prevention_is_drafted_approved_and_only_then_carried_out_promptly(life: Life) -> None:
    recognised(life, "2026-05-14T10:00")
    life.tell("2026-05-20", "prevention.submitted", incident="I1")
    assert life.state("2026-05-21", DRAFT) == "in_effect"
    assert PREVENTION not in life.on("2026-05-21").views
    life.tell("2026-05-25", "prevention.approved", incident="I1", told_by="prefecture")
    assert life.view("2026-05-26", DRAFT).performed_on == dt.date(2026, 5, 25)
    assert life.view("2026-05-26", PREVENTION).due.manner == "速やかに"
    life.tell("2026-06-10", "prevention.implemented", incident="I1")
    assert life.state("2026-06-11", PREVENTION) == "fulfilled"


@pytest.mark.shows("S2-D4.1-6-エ/誤報", "S2-D4.1-6-ア", "S2-D4.3-3")
def test_a_false_alarm_ends_report_and_prevention_but_not_the_calls_and_its_record_stays(life: Life) -> None:
    recognised(life, "2026-05-14T10:00")
    life.tell("2026-05-14T10:30", "data-incident.false-alarm", incident="I1", told_by="prefecture")
    assert life.state("2026-05-14T10:31", "S2-D4.1-6-エ/誤報[incident=I1]") == "exercised"
    assert life.state("2026-05-14T10:31", REPORT) == life.state("2026-05-14T10:31", DRAFT) == "discharged"
    assert life.state("2026-05-14T10:31", FIRST) == "in_effect"
    assert life.state("2026-05-14T12:00", FIRST) == "violated"
    assert life.state("2026-05-14T12:00", RECORDS) == "in_effect"


@pytest.mark.shows("S2-D4.1-6-エ/誤報", "S2-D4.1-6-エ")
def test_a_false_alarm_can_be_closed_after_a_termination_too(life: Life) -> None:
    recognised(life, "2026-05-31T10:00")
    found(life, "2026-06-01", "S2-P9-1")
    terminated(life, "2026-06-02", "S2-P9", by="committee")
    assert life.state("2026-06-03", REPORT) == "in_effect"
    life.tell("2026-06-04", "data-incident.false-alarm", incident="I1", told_by="prefecture")
    assert life.state("2026-06-05", REPORT) == "discharged"


# ---- 4.3 (3): the records at the end; the tail ----


@pytest.mark.shows("S2-D4.3-3")
@pytest.mark.parametrize(("option", "due"), [("set-day", None), ("completion", dt.date(2027, 3, 25))])
def test_the_day_for_handing_over_the_records_is_set_or_is_that_of_completion(
    life: Life, option: str, due: dt.date | None
) -> None:
    chosen(life, "2025-11-05", "S2-D4.3-3.day", option)
    recognised(life, "2026-05-14T10:00")
    assert life.view("2026-05-15", RECORDS).due.day is None
    life.tell("2027-03-25", "work.completed", on="2027-03-25")
    assert life.view("2027-03-25", RECORDS).due.day == due
    if option == "set-day":
        day_set(life, "2027-03-26", RECORDS, "2027-04-15")
        assert life.view("2027-03-27", RECORDS).due.day == dt.date(2027, 4, 15)
    life.tell("2027-03-25", "data-incident.records-handed-over", incident="I1", told_by="contractor")
    assert (life.state("2027-05-01", RECORDS), life.view("2027-05-01", RECORDS).breached_on) == ("fulfilled", None)


@pytest.mark.shows("S2-D4.1-6-ア", "S2-D4.1-6-イ", "S2-D4.1-6-エ", "S2-D4.1-6-オ/策定", "S2-D4.3-3")
@pytest.mark.parametrize("ending", ["terminated", "expired"])
def test_an_incident_found_after_the_end_runs_through_all_its_steps(life: Life, ending: str) -> None:
    day = "2027-04-20"
    if ending == "terminated":
        day = "2026-06-10"
        found(life, "2026-06-01", "S2-P9-1")
        terminated(life, "2026-06-02", "S2-P9", by="committee")
    recognised(life, f"{day}T10:00")
    reported(life, f"{day}T10:30")
    assert life.on(day).status == ending
    assert life.view(f"{day}T10:40", FIRST).breached_on is None
    assert clock(life.view(f"{day}T10:40", DETAILS)) == (f"{day[5:]} 11:00", f"{day[5:]} 11:30")
    for name in (REPORT, DRAFT, RECORDS):
        assert life.state(day, name) == "in_effect"


# ---- 4.1 (5)(ウ): bad traffic at a connection ----


@pytest.mark.shows("S2-D4.1-5-ウ")
@pytest.mark.parametrize(("told", "breached"), [("2026-05-15T18:00", None), ("2026-05-15T18:01", dt.date(2026, 5, 15))])
def test_bad_traffic_is_notified_by_the_measure_of_the_first_report(
    life: Life, told: str, breached: dt.date | None
) -> None:
    life.tell("2026-05-15T17:00", "bad-traffic.detected", alert="A1", link="N1")
    name = "S2-D4.1-5-ウ[alert=A1]"
    assert clock(life.view("2026-05-15T17:01", name)) == ("05-15 18:00", "05-15 18:00")
    life.tell(told, "bad-traffic.notified", alert="A1", incident="I1", told_by="contractor")
    notified = life.view("2026-05-16", name)
    assert (notified.state, notified.breached_on) == ("fulfilled", breached)
