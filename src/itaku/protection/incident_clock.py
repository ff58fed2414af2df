"""The two clocks of an incident (侵害時の報告期限), S2-D4.1-6-ア and S2-D4.1-6-イ, in every reading.

Clock 1: the first report by voice within one hour of recognition, on any day at any hour. Clock 2: the details after
it, within one hour on a weekday from 9:00 to 17:00 (both ends inside), otherwise within three. The text leaves open
which instant selects the window, which one starts clock 2, and whether a public holiday is a weekday. All readings are
computed; the strictest is shown as the target, the loosest as the outer limit.
"""

from __future__ import annotations

import datetime as dt
import enum
import itertools
from collections.abc import Mapping

import msgspec

from itaku.basis.clock import InstantMs, to_instant, to_jst
from itaku.basis.closing_days import OFFICE, ClosingDays
from itaku.basis.errors import ItakuError
from itaku.basis.periods import Period, Unit, shifted
from itaku.basis.working import Line, moment_en, moment_ja

FIRST_REPORT = Period(1, Unit.HOUR)
OPENS = dt.time(9)
CLOSES = dt.time(17)
_HOUR_MS = 3_600_000


class ReportBeforeRecognitionError(ItakuError):
    """The first report lies before the recognition."""

    code = "report_before_recognition"
    ja = "第一報の時刻が認知の時刻より前です。時刻を確かめてください。"
    en = "The first report lies before the recognition. Check both times."


class By(enum.StrEnum):
    """The instant that a reading goes by."""

    RECOGNITION = "recognition"
    REPORT = "report"
    OPENING = "opening"
    """The opening of the window at 9:00, when what is left of three hours is at most one."""


class Weekday(enum.StrEnum):
    """What a reading takes 平日 to be."""

    LETTER = "monday-to-friday"
    OPEN_DAY = "open-day"
    """A day on which the office is open."""


ALL = "all-readings"
"""Leaves a question open: every reading of it is computed."""

READINGS: dict[str, frozenset[str]] = {
    "start": frozenset({ALL, "recognition", "first-report"}),
    "window": frozenset({ALL, "recognition", "first-report"}),
    "weekday": frozenset({ALL, "letter", "open-days"}),
    "boundary": frozenset({ALL, "after-hours", "from-opening"}),
}
"""What the text of S2-D4.1-6-イ leaves open, and the readings of each that a contract can choose."""

NO_READINGS: Mapping[str, str] = {}
"""Nothing is narrowed."""

_NAMES: dict[By | Weekday, str] = {
    By.RECOGNITION: "recognition",
    By.REPORT: "first-report",
    Weekday.LETTER: "letter",
    Weekday.OPEN_DAY: "open-days",
}


class Reading(msgspec.Struct, frozen=True):
    """One reading of S2-D4.1-6-イ: what selects the window, what starts the clock, what a weekday is, and its limit."""

    window_by: By
    starts_at: By
    weekday: Weekday
    hours: int
    due: InstantMs


class Clocks(msgspec.Struct, frozen=True):
    """Both clocks of one incident. All instants are milliseconds in UTC.

    `recognised` starts clock 1: the subcontractor's instant where that is the earlier one; `contractor_recognised` and
    `subcontractor_recognised` are kept as they were told. Clock 2 (`readings`, `target`, `outer_limit`) is empty while
    no first report was made.
    """

    recognised: InstantMs
    contractor_recognised: InstantMs
    subcontractor_recognised: InstantMs | None
    reported: InstantMs | None
    first_report_due: InstantMs
    first_report_in_time: bool | None
    readings: tuple[Reading, ...]
    target: InstantMs | None
    outer_limit: InstantMs | None
    provisional: bool
    working: tuple[Line, ...]


def incident_clocks(
    recognised: InstantMs,
    reported: InstantMs | None,
    *,
    subcontractor_recognised: InstantMs | None = None,
    closing: ClosingDays = OFFICE,
    readings: Mapping[str, str] = NO_READINGS,
) -> Clocks:
    """Both clocks. `readings` narrows what the text leaves open (`READINGS`); what it does not say stays open.

    Raises `ReportBeforeRecognitionError`, `CalendarUnknownError`, `DateOutOfRangeError`.

    A subcontractor's knowledge starts the clock at the subcontractor's time. A report that reached the client before
    the contractor knew of it is no error as long as somebody knew.
    """
    known = recognised if subcontractor_recognised is None else min(recognised, subcontractor_recognised)
    if reported is not None and reported < known:
        raise ReportBeforeRecognitionError
    shifted(to_jst(reported or known).date(), 2)  # both clocks end within two days: no date beyond what is handled
    first_due = _after(known, FIRST_REPORT.count)
    in_time = None if reported is None else reported <= first_due
    found = () if reported is None else _readings(known, reported, closing, readings)
    target = min((reading.due for reading in found), default=None)
    limit = max((reading.due for reading in found), default=None)
    days = [to_jst(instant).date() for instant in (known, reported or known)]
    provisional = closing.is_provisional(days[0], days[1])
    working = (
        *_recognition_lines(recognised, subcontractor_recognised, known),
        *_first_report_lines(first_due, reported, in_time),
        *(_reading_line(reading) for reading in found),
        *_limit_lines(target, limit),
        *(_PROVISIONAL if provisional else ()),
    )
    return Clocks(
        known,
        recognised,
        subcontractor_recognised,
        reported,
        first_due,
        in_time,
        found,
        target,
        limit,
        provisional,
        working,
    )


def _readings(
    recognised: InstantMs, reported: InstantMs, closing: ClosingDays, allowed: Mapping[str, str]
) -> tuple[Reading, ...]:
    """All readings, each once. Where office days and weekdays agree on an instant, only the letter's is listed."""
    instants = {By.RECOGNITION: recognised, By.REPORT: reported}
    found: list[Reading] = []
    windows = [each for each in instants if allowed.get("window", ALL) in {ALL, _NAMES[each]}]
    starts = [each for each in instants if allowed.get("start", ALL) in {ALL, _NAMES[each]}]
    weekdays = [each for each in Weekday if allowed.get("weekday", ALL) in {ALL, _NAMES[each]}]
    boundary = allowed.get("boundary", ALL)
    for weekday, window_by, starts_at in itertools.product(weekdays, windows, starts):
        start = instants[starts_at]
        hours = 1 if _in_window(instants[window_by], weekday, closing) else 3
        readings = [Reading(window_by, starts_at, weekday, hours, _after(start, hours))]
        opening = _opening(start, weekday, closing)
        if hours == 3 and opening is not None and boundary != "after-hours" and _after(opening, 1) < readings[0].due:
            readings = [] if boundary == "from-opening" else readings
            readings.append(Reading(window_by, By.OPENING, weekday, 1, _after(opening, 1)))
        known = {(each.window_by, each.starts_at, each.due) for each in found}
        found += [each for each in readings if (each.window_by, each.starts_at, each.due) not in known]
    return tuple(found)


def _in_window(instant: InstantMs, weekday: Weekday, closing: ClosingDays) -> bool:
    moment = to_jst(instant)
    return _is_weekday(moment.date(), weekday, closing) and OPENS <= moment.time() <= CLOSES


def _opening(instant: InstantMs, weekday: Weekday, closing: ClosingDays) -> InstantMs | None:
    """The opening at 9:00 that is still to come on the instant's own day; three hours never reach the next day's."""
    moment = to_jst(instant)
    opening = to_instant(dt.datetime.combine(moment.date(), OPENS, moment.tzinfo))
    return opening if opening > instant and _is_weekday(moment.date(), weekday, closing) else None


def _is_weekday(day: dt.date, weekday: Weekday, closing: ClosingDays) -> bool:
    return day.weekday() < 5 if weekday is Weekday.LETTER else closing.why_closed(day) is None


def _after(instant: InstantMs, hours: int) -> InstantMs:
    return InstantMs(instant + hours * _HOUR_MS)


# ---- working ----

_FIRST = "S2-D4.1-6-ア"
_DETAILS = "S2-D4.1-6-イ"
_BY_JA = {By.RECOGNITION: "認知の時", By.REPORT: "第一報の時", By.OPENING: "9時の始まり"}
_BY_EN = {By.RECOGNITION: "the recognition", By.REPORT: "the first report", By.OPENING: "the window's opening at 9:00"}
_WEEKDAY_JA = {Weekday.LETTER: "月曜から金曜を平日とする", Weekday.OPEN_DAY: "開庁日を平日とする"}
_WEEKDAY_EN = {Weekday.LETTER: "weekdays are Monday to Friday", Weekday.OPEN_DAY: "weekdays are the office's open days"}
_PROVISIONAL = (
    Line(
        "暫定: この年の暦要項はまだ官報に掲載されていない",
        "Provisional: the almanac of this year is not yet printed",
        "国民の祝日に関する法律 第2条",
    ),
)


def _recognition_lines(contractor: InstantMs, subcontractor: InstantMs | None, known: InstantMs) -> list[Line]:
    lines = [Line(f"受注者の認知: {moment_ja(contractor)}", f"The contractor knew: {moment_en(contractor)}", _FIRST)]
    if subcontractor is not None:
        lines += [
            Line(
                f"再委託先の認知: {moment_ja(subcontractor)}",
                f"A subcontractor knew: {moment_en(subcontractor)}",
                _FIRST,
            ),
            Line(
                f"早い方の認知から数える: {moment_ja(known)}",
                f"The clock starts at the earlier of both: {moment_en(known)}",
                _FIRST,
            ),
        ]
    return lines


def _first_report_lines(due: InstantMs, reported: InstantMs | None, in_time: bool | None) -> list[Line]:
    lines = [
        Line(
            f"第一報（口頭）: 曜日・時刻を問わず認知から1時間以内、{moment_ja(due)} まで",
            f"First report by voice: within one hour of recognition at any hour, by {moment_en(due)}",
            f"{_FIRST}、民法 第139条",
        )
    ]
    if reported is not None:
        ja, en = ("期限内", "in time") if in_time else ("期限を過ぎた", "late")
        lines.append(
            Line(f"第一報: {moment_ja(reported)}（{ja}）", f"First report: {moment_en(reported)} ({en})", _FIRST)
        )
    return lines


def _reading_line(reading: Reading) -> Line:
    return Line(
        f"読み方: 時間帯は{_BY_JA[reading.window_by]}による、{_WEEKDAY_JA[reading.weekday]}。"
        f"{_BY_JA[reading.starts_at]}から{reading.hours}時間: {moment_ja(reading.due)}",
        f"Reading: the window goes by {_BY_EN[reading.window_by]}, {_WEEKDAY_EN[reading.weekday]}; "
        f"{reading.hours} h from {_BY_EN[reading.starts_at]}: {moment_en(reading.due)}",
        _DETAILS,
    )


def _limit_lines(target: InstantMs | None, limit: InstantMs | None) -> list[Line]:
    if target is None or limit is None:
        return []
    return [
        Line(
            f"目標（最も厳しい読み方）: {moment_ja(target)}",
            f"Target, by the strictest reading: {moment_en(target)}",
            _DETAILS,
        ),
        Line(
            f"外側の限界（最も緩い読み方）: {moment_ja(limit)}",
            f"Outer limit, by the loosest reading: {moment_en(limit)}",
            _DETAILS,
        ),
    ]
