"""Dates and times as people hand them in (ISO 8601, 西暦, 元号): read once at the border, blanks refused by name."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from itaku.basis.clock import JST
from itaku.basis.eras import GREGORIAN_FROM, Blank, EraDateError, EraReading, OldCalendarError, read_era
from itaku.basis.errors import ItakuError
from itaku.basis.text import ascii_digits


class DateUnreadableError(ItakuError):
    """The text is no date, or names a day that no calendar has."""

    code = "date_unreadable"
    ja = "日付として読めません。2026-04-24 か 令和8年4月24日 のように書いてください。"
    en = "This cannot be read as a date. Write it like 2026-04-24 or 令和8年4月24日."


class TimeUnreadableError(ItakuError):
    """The text is no instant: date and time of day, in Japan's time unless it names its offset."""

    code = "time_unreadable"
    ja = "日時として読めません。2026-11-20T16:59（日本時間）のように書いてください。"
    en = "This cannot be read as a date and time. Write it like 2026-11-20T16:59 (time in Japan)."


class DateBlankError(ItakuError):
    """A date left open on the paper. Nothing is computed from it; `detail` names the clause or entry that waits."""

    code = "date_blank"
    ja = "日付が空欄のため計算できません。日付を待っている条項か項目は detail にあります。"
    en = "The date is blank, so nothing is computed. `detail` names the clause or entry that waits for it."


class DateOutOfRangeError(ItakuError):
    """The computed day lies outside 1873-01-01 to 9999-12-31."""

    code = "date_out_of_range"
    ja = "日付が扱える範囲（1873年1月1日から9999年12月31日）を外れます。"
    en = "The date lies outside the range that is handled (1873-01-01 to 9999-12-31)."


class Written(NamedTuple):
    """A date as read. `moment` is set if a time of day was written; `outside_era` as in `EraReading`."""

    day: dt.date
    moment: dt.datetime | None
    outside_era: bool


_LONGEST = 80
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_COMMON_ERA = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日")
_ONLY_FRAME = re.compile(r"(明治|大正|昭和|平成|令和)?[0-9]{0,4}年?[0-9]{0,2}月?[0-9]{0,2}日?")
_SPACES = re.compile(r"[\s\u3000]+")
_CLOCK = re.compile(
    r"(?P<day>.+?)(?:T|[\s\u3000]*)"
    r"(?:(?P<half>午前|午後)?(?P<h>[0-9]{1,2})時(?:(?P<m>[0-9]{1,2})分)?"
    r"|(?<=[T\s\u3000日])(?P<hh>[0-9]{2}):(?P<mm>[0-9]{2})(?::(?P<ss>[0-9]{2}))?(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)"
)


def read_day(text: str | None, waits: str) -> EraReading:
    """A day. `waits` names the clause or entry that needs it, for a blank.

    Raises `DateBlankError`, `DateUnreadableError`, `EraDateError`, `OldCalendarError`.
    """
    if text is None or not text.strip("\u3000 \t\r\n"):
        raise DateBlankError(waits)
    if len(text) > _LONGEST:
        raise DateUnreadableError(waits)
    plain = _SPACES.sub("", ascii_digits(text))
    iso = _ISO.fullmatch(plain) or _COMMON_ERA.fullmatch(plain)
    if iso is not None:
        return EraReading(_calendar_day(*(int(part) for part in iso.groups())), outside_era=False)
    try:
        reading = read_era(text)
    except EraDateError as error:
        if "年" in plain and _ONLY_FRAME.fullmatch(plain) and not re.search(r"[0-9元]年[0-9]+月[0-9]+日", plain):
            raise DateBlankError(waits) from error
        if re.match(r"明治|大正|昭和|平成|令和|[MTSHR][0-9]", plain):
            raise
        raise DateUnreadableError(waits) from error
    if isinstance(reading, Blank):
        raise DateBlankError(waits)
    return reading


def read_written(text: str | None, waits: str) -> Written:
    """A day, or a day with a time of day (`moment`, in Japan's time).

    A moment that names another offset counts by the date in Japan. Errors as for `read_day`, and
    `TimeUnreadableError`.
    """
    found = None if text is None or len(text) > _LONGEST else _CLOCK.fullmatch(ascii_digits(text).strip())
    if found is None:
        reading = read_day(text, waits)
        return Written(reading.day, None, reading.outside_era)
    reading = read_day(found["day"], waits)
    moment = _moment(reading.day, found)
    return Written(moment.date(), moment, reading.outside_era)


def read_moment(text: str | None, waits: str) -> dt.datetime:
    """An instant, as an aware date and time in Japan. A bare date raises `TimeUnreadableError`."""
    written = read_written(text, waits)
    if written.moment is None:
        raise TimeUnreadableError(waits)
    return written.moment


def _calendar_day(year: int, month: int, day: int) -> dt.date:
    try:
        found = dt.date(year, month, day)
    except ValueError as error:
        raise DateUnreadableError(f"{year:04}-{month:02}-{day:02}") from error
    if found < GREGORIAN_FROM:
        raise OldCalendarError(found.isoformat())
    return found


def _moment(day: dt.date, found: re.Match[str]) -> dt.datetime:
    hour, minute = int(found["hh"] or found["h"]), int(found["mm"] or found["m"] or 0)
    if found["half"] is not None:
        if hour > 11:  # 午後12時 is read as noon by some and as midnight by others
            raise TimeUnreadableError(found[0])
        hour += 12 * (found["half"] == "午後")
    try:
        local = dt.datetime.combine(day, dt.time(hour, minute, int(found["ss"] or 0)))
        moment = local.replace(tzinfo=_zone(found["zone"])).astimezone(JST)
    except (ValueError, OverflowError) as error:
        raise TimeUnreadableError(found[0]) from error
    if moment.date() < GREGORIAN_FROM:
        raise OldCalendarError(moment.date().isoformat())
    return moment


def _zone(text: str | None) -> dt.timezone:
    if text is None:
        return JST
    if text == "Z":
        return dt.UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError(text)
    return dt.timezone((-1 if text[0] == "-" else 1) * dt.timedelta(hours=hours, minutes=minutes))
