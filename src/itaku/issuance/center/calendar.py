"""Service hours, stops and fees as dated rows (サービス暦・手数料): what can be had now, and for how much."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.yen import Yen
from itaku.issuance.protocol.fiscal_years import FiscalYearRow, offered_year
from itaku.issuance.protocol.kinds import TAX_KINDS, Kind
from itaku.issuance.protocol.messages import Fee, MenuItem


class FeeRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fee (手数料) of one kind from a day on. The newest row that has begun is in force: no stop day to change."""

    kind: Kind
    fee_yen: Fee
    since: dt.date


class StopRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stop (停止) of one kind, or of all kinds, between two moments in Japan's time; the end is not included."""

    since: dt.datetime
    until: dt.datetime
    kind: Kind | None = None


class ServiceCalendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When one municipality's certificates are issued, and the fees. Minutes are counted from midnight in Japan."""

    fees: tuple[FeeRow, ...]
    stops: tuple[StopRow, ...] = ()
    opens_minute: int = 6 * 60 + 30
    closes_minute: int = 23 * 60
    fiscal_years: tuple[FiscalYearRow, ...] = ()
    """From which day on which year's tax certificates are issued."""

    def is_open(self, now: InstantMs) -> bool:
        """Whether the service is open: 06:30 until before 23:00, never from 29 December to 3 January."""
        moment = to_jst(now)
        if (moment.month, moment.day) in _YEAR_END:
            return False
        return self.opens_minute <= moment.hour * 60 + moment.minute < self.closes_minute

    def fee_yen(self, kind: Kind, now: InstantMs) -> Yen | None:
        """The fee in force; None if nobody has entered one: then the kind is not issued, and no fee is guessed."""
        today = to_jst(now).date()
        begun = [row for row in self.fees if row.kind is kind and row.since <= today]
        return max(begun, key=lambda row: row.since).fee_yen if begun else None

    def menu(self, now: InstantMs) -> tuple[MenuItem, ...]:
        """Every kind in its place, each with its fee, or with the reason why it cannot be had."""
        return tuple(self._item(kind, now) for kind in Kind)

    def _item(self, kind: Kind, now: InstantMs) -> MenuItem:
        fee = self.fee_yen(kind, now)
        moment = to_jst(now).replace(tzinfo=None)
        year = offered_year(self.fiscal_years, moment.date()) if kind in TAX_KINDS else None
        stopped = any(row.kind in {kind, None} and row.since <= moment < row.until for row in self.stops)
        if not self.is_open(now):
            return MenuItem(kind=kind, fee_yen=fee or Yen(0), reason="outside_hours")
        if stopped or fee is None or (kind in TAX_KINDS and year is None):
            return MenuItem(kind=kind, fee_yen=fee or Yen(0), reason="stopped")
        return MenuItem(kind=kind, fee_yen=fee, fiscal_year=year)


_YEAR_END = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
