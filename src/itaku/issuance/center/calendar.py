"""Service hours, stops and fees as dated rows (サービス暦・手数料): what can be had now, for how much, and when again.

All rows are of one municipality; each may be of one kind of certificate or of all, and of a part of the day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated

import msgspec

from itaku.basis.clock import InstantMs, to_instant, to_jst
from itaku.basis.closing_days import YEAR_END
from itaku.basis.public_holidays import holiday_on
from itaku.basis.yen import Yen
from itaku.issuance.protocol.fiscal_years import FiscalYearRow, offered_year
from itaku.issuance.protocol.kinds import FAMILY_REGISTER_KINDS, TAX_KINDS, Kind
from itaku.issuance.protocol.messages import Fee, MenuItem

MINUTES = 24 * 60
Minute = Annotated[int, msgspec.Meta(ge=0, le=MINUTES)]
"""A time of day in Japan, counted in minutes from midnight; 1440 is the day's end."""
LOOK_AHEAD_DAYS = 40
"""So far ahead it is said when something opens again; beyond it nothing is promised."""
_JST = dt.timezone(dt.timedelta(hours=9))


class FeeRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fee (手数料) of one kind from a day on, in a part of the day. No stop day is needed to change one.

    Of the rows that have begun the newest counts; of several of one day, the one entered last.
    """

    kind: Kind
    fee_yen: Fee
    since: dt.date
    from_minute: Minute = 0
    until_minute: Minute = MINUTES


class StopRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stop (停止) of one kind, or of all, between two moments in Japan's time, in a part of each day of these.

    Ends are not included. The words say why (保守, 機器更新), as the resident reads it; empty for the usual words.
    """

    since: dt.datetime
    until: dt.datetime
    kind: Kind | None = None
    from_minute: Minute = 0
    until_minute: Minute = MINUTES
    why_ja: Annotated[str, msgspec.Meta(max_length=60)] = ""
    why_en: Annotated[str, msgspec.Meta(max_length=100)] = ""


class HoursRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hours of one kind from a day on, inside the service's own; `office_days` closes weekends and public holidays."""

    kind: Kind
    opens_minute: Minute
    closes_minute: Minute
    office_days: bool = False
    since: dt.date = dt.date(2016, 1, 25)


FAMILY_REGISTER_HOURS = tuple(
    HoursRow(kind, 9 * 60, 17 * 60, office_days=True) for kind in Kind if kind in FAMILY_REGISTER_KINDS
)
"""戸籍 needs an office that is at work: weekdays from 9 to 17."""


class ServiceCalendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When one municipality's certificates are issued, and the fees. Minutes are counted from midnight in Japan."""

    fees: tuple[FeeRow, ...]
    stops: tuple[StopRow, ...] = ()
    opens_minute: int = 6 * 60 + 30
    closes_minute: int = 23 * 60
    fiscal_years: tuple[FiscalYearRow, ...] = ()
    """From which day on which year's tax certificates are issued."""
    hours: tuple[HoursRow, ...] = FAMILY_REGISTER_HOURS
    """Kinds without a row have the service's hours."""

    def is_open(self, now: InstantMs) -> bool:
        """Whether the service is open: 06:30 until before 23:00, never from 29 December to 3 January."""
        moment = to_jst(now)
        if (moment.month, moment.day) in YEAR_END:
            return False
        return self.opens_minute <= _minute(moment) < self.closes_minute

    def fee_yen(self, kind: Kind, now: InstantMs) -> Yen | None:
        """The fee in force; None if nobody has entered one: then the kind is not issued, and no fee is guessed."""
        moment = to_jst(now)
        begun = [row for row in self.fees if row.kind is kind and row.since <= moment.date() and _in_slot(row, moment)]
        if not begun:
            return None
        newest = max(row.since for row in begun)
        return [row for row in begun if row.since == newest][-1].fee_yen

    def menu(self, now: InstantMs) -> tuple[MenuItem, ...]:
        """Every kind in its place, each with its fee, or with the reason why it cannot be had, and until when."""
        return tuple(self.item(kind, now) for kind in Kind)

    def item(self, kind: Kind, now: InstantMs) -> MenuItem:
        """One kind as the menu shows it now."""
        fee = self.fee_yen(kind, now)
        reason = self._reason(kind, now)
        year = offered_year(self.fiscal_years, to_jst(now).date()) if kind in TAX_KINDS else None
        if not reason:
            assert fee is not None, "without a fee there is a reason"
            return MenuItem(kind=kind, fee_yen=fee, fiscal_year=year)
        stop = self._stop(kind, now) if reason == "stopped" else None
        hours = self._hours(kind, now) if reason == "outside_kind_hours" else None
        return MenuItem(
            kind=kind,
            fee_yen=fee or Yen(0),
            reason=reason,
            opens_again_ms=self.opens_again(kind, now),
            hours="" if hours is None else f"{_clock(hours.opens_minute)}-{_clock(hours.closes_minute)}",
            why_ja="" if stop is None else stop.why_ja,
            why_en="" if stop is None else stop.why_en,
        )

    def opens_again(self, kind: Kind | None, now: InstantMs) -> InstantMs | None:
        """The next instant at which the kind (None: the service) can be had; None if not within `LOOK_AHEAD_DAYS`."""
        for instant in self._changes(now):
            if self.is_open(instant) if kind is None else not self._reason(kind, instant):
                return instant
        return None

    def _reason(self, kind: Kind, now: InstantMs) -> str:
        if not self.is_open(now):
            return "outside_hours"
        if self._stop(kind, now) is not None:
            return "stopped"
        moment = to_jst(now)
        hours = self._hours(kind, now)
        if hours is not None and not _within(hours, moment):
            return "outside_kind_hours"
        if kind in TAX_KINDS and offered_year(self.fiscal_years, moment.date()) is None:
            return "stopped"
        return "stopped" if self.fee_yen(kind, now) is None else ""

    def _stop(self, kind: Kind, now: InstantMs) -> StopRow | None:
        """Of several stops the one that lasts longest: it says the most."""
        moment = to_jst(now).replace(tzinfo=None)
        found = [
            row
            for row in self.stops
            if row.kind in {kind, None} and row.since <= moment < row.until and _in_slot(row, moment)
        ]
        return max(found, key=lambda row: row.until, default=None)

    def _hours(self, kind: Kind, now: InstantMs) -> HoursRow | None:
        today = to_jst(now).date()
        begun = [row for row in self.hours if row.kind is kind and row.since <= today]
        if not begun:
            return None
        newest = max(row.since for row in begun)
        return [row for row in begun if row.since == newest][-1]

    def _changes(self, now: InstantMs) -> Iterator[InstantMs]:
        """Every instant after `now`, in order, at which something of this calendar may begin or end."""
        minutes = {0, self.opens_minute}
        minutes |= {row.opens_minute for row in self.hours}
        slots: tuple[FeeRow | StopRow, ...] = (*self.fees, *self.stops)
        minutes |= {minute for row in slots for minute in (row.from_minute, row.until_minute)}
        ends = {_instant(row.until) for row in self.stops}
        day = to_jst(now).date()
        for _ in range(LOOK_AHEAD_DAYS + 1):
            midnight = dt.datetime.combine(day, dt.time())
            of_day = {_instant(midnight + dt.timedelta(minutes=minute)) for minute in minutes if minute < MINUTES}
            day += dt.timedelta(days=1)
            tomorrow = _instant(dt.datetime.combine(day, dt.time()))
            of_day |= {end for end in ends if _instant(midnight) <= end < tomorrow}
            yield from (instant for instant in sorted(of_day) if instant > now)


def _within(hours: HoursRow, moment: dt.datetime) -> bool:
    if hours.office_days and (moment.weekday() >= 5 or holiday_on(moment.date()) is not None):
        return False
    return hours.opens_minute <= _minute(moment) < hours.closes_minute


def _in_slot(row: FeeRow | StopRow, moment: dt.datetime) -> bool:
    return row.from_minute <= _minute(moment) < row.until_minute


def _minute(moment: dt.datetime) -> int:
    return moment.hour * 60 + moment.minute


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def _instant(moment: dt.datetime) -> InstantMs:
    return to_instant(moment.replace(tzinfo=_JST))
