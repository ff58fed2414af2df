"""Due dates (期限): a period counted from an event, with the raw day, the moved day, the one in force, and the working.

民法 第138条-第143条. The contract's own wording prevails (第138条): which day counts first, and whether a last day on a
closing day moves, are handed in as the contract's or the policy's choice, never assumed silently.
"""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from itaku.basis.clock import InstantMs, to_instant
from itaku.basis.closing_days import ClosingDays
from itaku.basis.errors import ItakuError
from itaku.basis.periods import Period, Unit, corresponding_day, day_before_by, last_day_forward, shifted
from itaku.basis.working import Line, day_en, day_ja, moment_en, moment_ja
from itaku.basis.written_dates import DateOutOfRangeError


class HoursMisfitError(ItakuError):
    """Days and hours were mixed: a period in hours needs an instant, and knows neither a first day nor closing days."""

    code = "hours_misfit"
    ja = "時間の期間は日時から数え、初日や休日の扱いはありません（民法第139条）。日時で指定してください。"
    en = "A period in hours runs from an instant, through nights and holidays; it has no first day and does not move."


class FirstDay(enum.StrEnum):
    """Whether the day of the event is counted (初日算入) or not (初日不算入)."""

    EXCLUDED = "excluded"
    INCLUDED = "included"


class InForce(enum.StrEnum):
    """Which of the two dates is the deadline where they differ (第142条: only where custom says so)."""

    RAW = "raw"
    MOVED = "moved"


class DueDate(msgspec.Struct, frozen=True):
    """A deadline by days: it passes when the day `due` ends (第141条).

    `start` is the first counted day (起算日). `moved` and `in_force` are None where no calendar of closing days was
    named. `remind` is set for a period that is counted backwards: one day earlier, as ±1 day is disputed there.
    `provisional` says that the calendar of closing days is not yet printed for one of the days.
    """

    event: dt.date
    period: Period
    backward: bool
    first_day: FirstDay
    start: dt.date
    raw: dt.date
    moved: dt.date | None
    in_force: InForce | None
    due: dt.date
    remind: dt.date | None
    provisional: bool
    working: tuple[Line, ...]


class DueInstant(msgspec.Struct, frozen=True):
    """A deadline by hours, to the instant."""

    event: InstantMs
    period: Period
    due: InstantMs
    working: tuple[Line, ...]


def due_date(
    event: dt.date,
    period: Period,
    *,
    first_day: FirstDay = FirstDay.EXCLUDED,
    backward: bool = False,
    closing: ClosingDays | None = None,
    in_force: InForce = InForce.MOVED,
    first_day_clause: str = "民法 第140条",
) -> DueDate:
    """The deadline of a period in days, weeks, months or years after the event, or before it (まで, 前まで).

    Naming a calendar of closing days is the policy that custom moves a last day there (第142条): forward to the next
    open day, backward to the open day before. Both dates are kept, and `in_force` says which is the deadline.
    `first_day_clause` is the article or clause by which the first day is counted or not. Raises `HoursMisfitError`,
    `DateOutOfRangeError`, `CalendarUnknownError`.
    """
    if period.unit is Unit.HOUR:
        raise HoursMisfitError(period.ja)
    counted = first_day is FirstDay.INCLUDED
    start = shifted(event, 0 if counted else -1 if backward else 1)
    lines = [
        Line(f"起算の基準となる日: {day_ja(event)}", f"Event: {day_en(event)}", "民法 第138条"),
        _first_day_line(start, counted, first_day_clause, backward),
    ]
    if backward:
        raw = shifted(day_before_by(event, period), 1 if counted else 0)
        remind = shifted(raw, -1)
        lines += _backward_lines(event, period, raw, remind, counted)
    else:
        raw, remind = last_day_forward(start, period), None
        lines.append(_forward_line(start, period, raw))
    if closing is None:
        return DueDate(event, period, backward, first_day, start, raw, None, None, raw, remind, False, tuple(lines))
    moved = closing.open_day(raw, -1 if backward else 1)
    due = moved if in_force is InForce.MOVED else raw
    provisional = closing.is_provisional(raw, moved)
    lines += _moved_lines(raw, moved, closing, in_force, provisional)
    return DueDate(
        event, period, backward, first_day, start, raw, moved, in_force, due, remind, provisional, tuple(lines)
    )


def due_instant(event: dt.datetime, period: Period, *, backward: bool = False) -> DueInstant:
    """The deadline of a period in hours: it runs at once (即時), through nights and holidays (第139条).

    Raises `HoursMisfitError` for another unit, `DateOutOfRangeError`.
    """
    if period.unit is not Unit.HOUR:
        raise HoursMisfitError(period.ja)
    try:
        moment = event + dt.timedelta(hours=-period.count if backward else period.count)
    except OverflowError as error:
        raise DateOutOfRangeError(period.ja) from error
    shifted(moment.date(), 0)
    begun, due = to_instant(event), to_instant(moment)
    word_ja, word_en = ("前", "before") if backward else ("後", "after")
    return DueInstant(
        begun,
        period,
        due,
        (
            Line(f"起算の基準となる時: {moment_ja(begun)}", f"Event: {moment_en(begun)}", "民法 第138条"),
            Line(
                f"時間による期間は即時から起算し、夜間・休日も進む。{period.ja}{word_ja}: {moment_ja(due)}",
                f"A period in hours runs at once, through nights and holidays. {period.en} {word_en}: {moment_en(due)}",
                "民法 第139条",
            ),
        ),
    )


def first_day_by_code(moment: dt.datetime | None) -> FirstDay:
    """第140条: the first day is not counted, unless the period begins at 0:00 of it."""
    at_midnight = moment is not None and moment.time() == dt.time(0)
    return FirstDay.INCLUDED if at_midnight else FirstDay.EXCLUDED


def _first_day_line(start: dt.date, counted: bool, clause: str, backward: bool) -> Line:
    ja, en = ("初日算入", "The first day is counted") if counted else ("初日不算入", "The first day is not counted")
    back_ja, back_en = ("（さかのぼって数える）", ", going backwards") if backward else ("", "")
    return Line(f"{ja}{back_ja}: 起算日 {day_ja(start)}", f"{en}{back_en}: counting starts on {day_en(start)}", clause)


def _forward_line(start: dt.date, period: Period, raw: dt.date) -> Line:
    months = period.months
    if months is None:
        return Line(
            f"{period.ja}の末日: {day_ja(raw)}（その日の終了で満了）",
            f"Last day of {period.en}: {day_en(raw)}; the period ends when that day ends",
            "民法 第141条",
        )
    found = corresponding_day(start, months)
    if found.exists:
        return Line(
            f"{period.ja}後の応当日 {day_ja(found.day)} の前日: {day_ja(raw)}",
            f"Corresponding day after {period.en}: {day_en(found.day)}; the day before it: {day_en(raw)}",
            "民法 第143条第2項",
        )
    return Line(
        f"{period.ja}後の月に応当日（{start.day}日）がないため、その月の末日: {day_ja(raw)}",
        f"The month {period.en} later has no day {start.day}, so its last day: {day_en(raw)}",
        "民法 第143条第2項但書",
    )


def _backward_lines(event: dt.date, period: Period, raw: dt.date, remind: dt.date, counted: bool) -> list[Line]:
    months = period.months
    exists = months is None or corresponding_day(event, -months).exists
    note_ja = "" if exists else f"（応当日 {event.day}日 がないため月の末日による）"
    note_en = "" if exists else f" (there is no day {event.day}, so the month's last day)"
    if counted:
        note_ja, note_en = f"{note_ja}（基準日を1日目と数える）", f"{note_en} (the event's own day counted as one)"
    return [
        Line(
            f"{period.ja}前: {day_ja(raw)}{note_ja}",
            f"{period.en} before: {day_en(raw)}{note_en}",
            "民法 第138条" if months is None else "民法 第143条第2項",
        ),
        Line(
            f"さかのぼる期間は1日の差に争いがあるため、前日 {day_ja(remind)} までに行うよう知らせる",
            f"Counting backwards is disputed by one day: be reminded to act by {day_en(remind)}",
            "民法 第138条",
        ),
    ]


def _moved_lines(
    raw: dt.date, moved: dt.date, closing: ClosingDays, in_force: InForce, provisional: bool
) -> list[Line]:
    closed = closing.why_closed(raw)
    if closed is None:
        lines = [
            Line(
                f"末日は{closing.ja}に当たらないため動かない: {day_ja(raw)}",
                f"The last day is none of {closing.en}, so it does not move: {day_en(raw)}",
                "民法 第142条",
            )
        ]
    else:
        lines = [
            Line(
                f"末日 {day_ja(raw)} は{closing.ja}（{closed.ja}）。動かした日: {day_ja(moved)}",
                f"The last day {day_en(raw)} is closed ({closed.en}). Moved to the nearest open day: {day_en(moved)}",
                f"民法 第142条、{closing.clause}",
            ),
            Line(
                "方針により、動かした日を期限とする"
                if in_force is InForce.MOVED
                else "方針により、動かす前の日を期限とする",
                f"In force by policy: the {in_force.value} date",
                "民法 第142条",
            ),
        ]
    if provisional:
        lines.append(
            Line(
                "暫定: この年の暦要項はまだ官報に掲載されていない。祝日が変わることがある",
                "Provisional: the almanac of this year is not yet printed, and public holidays may change",
                "国民の祝日に関する法律 第2条",
            )
        )
    return lines
