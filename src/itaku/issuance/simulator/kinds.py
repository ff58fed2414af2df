"""The kinds of certificates in a simulated world: the real calendar over made-up rows, and what residents choose.

Every row of the calendar begins at a whole hour, so that what it says is worked out once an hour.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec

from itaku.basis.clock import InstantMs, to_instant
from itaku.basis.yen import Yen
from itaku.issuance.center.calendar import FeeRow, ServiceCalendar
from itaku.issuance.protocol import kinds as k
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.fiscal_years import FiscalYearRow
from itaku.issuance.protocol.kinds import FAMILY_REGISTER_KINDS, Kind, Member, Options, RecordItem
from itaku.issuance.simulator.chance import Chance

_HOUR_MS = 3_600_000
_JST = dt.timezone(dt.timedelta(hours=9))
SWITCH_DAY = dt.date(2026, 6, 10)
"""A Wednesday: from this day on the new year's tax certificates are issued, and everything costs fifty yen more."""

CALM_START = to_instant(dt.datetime(2026, 6, 10, 9, 30, tzinfo=_JST))
"""Every kind can be had, and no row begins or ends within the seven hours of a calm world."""
STARTS = tuple(
    to_instant(dt.datetime(2026, 6, day, hour, 45, tzinfo=_JST)) for day, hour in ((9, 23), (10, 8), (12, 16), (13, 11))
)
"""A quarter of an hour before: the yearly switch; the family registers' opening; their weekend; and in its midst."""

_BASE_YEN = {kind: 350 if kind in FAMILY_REGISTER_KINDS else 250 for kind in Kind}
_BEGAN = dt.date(2025, 6, 10)
FEES = tuple(
    FeeRow(kind, Yen(yen + more), since)
    for since, more in ((_BEGAN, 0), (SWITCH_DAY, 50))
    for kind, yen in _BASE_YEN.items()
)
FISCAL_YEARS = (FiscalYearRow(2025, _BEGAN), FiscalYearRow(2026, SWITCH_DAY))


class ModelCalendar(ServiceCalendar, frozen=True):
    """The real calendar, of a service that is open day and night: nights of refusals would show nothing."""

    hours_kept: dict[int, dict[Kind, m.MenuItem]] = msgspec.field(default_factory=dict)
    """What was worked out, by the hour."""

    def is_open(self, now: InstantMs) -> bool:
        """Always."""
        del now
        return True

    def menu(self, now: InstantMs) -> tuple[m.MenuItem, ...]:
        """As the real one has it."""
        return tuple(self._of_hour(now).values())

    def item(self, kind: Kind, now: InstantMs) -> m.MenuItem:
        """As the real one has it."""
        return self._of_hour(now)[kind]

    def _of_hour(self, now: InstantMs) -> dict[Kind, m.MenuItem]:
        hour = now // _HOUR_MS
        items = self.hours_kept.get(hour)
        if items is None:
            items = self.hours_kept[hour] = {kind: super(ModelCalendar, self).item(kind, now) for kind in Kind}
        return items


CHOICES: tuple[Options | Kind, ...] = (
    k.SealRegistrationOptions(),
    k.SealRegistrationOptions(),
    k.SealRegistrationOptions(),
    k.ResidentRecordOptions(),
    k.ResidentRecordOptions(members=(Member.SELF,)),
    k.ResidentRecordOptions(individual_number=True),
    k.ResidentRecordOptions(individual_number=True),
    k.ResidentRecordItemsOptions(items=(RecordItem.INDIVIDUAL_NUMBER,)),
    Kind.INCOME,
    Kind.TAXATION,
    Kind.TAX_PAYMENT,
    k.FamilyRegisterAllOptions(),
    k.FamilyRegisterIndividualOptions(),
    k.FamilyRegisterAddressOptions(members=(Member.SELF,)),
)
"""What residents choose, the frequent ones more often; of the tax kinds it is the year that the menu offers."""
_OF_YEAR: dict[Kind, Callable[[int], Options]] = {
    Kind.INCOME: k.IncomeOptions,
    Kind.TAXATION: k.TaxationOptions,
    Kind.TAX_PAYMENT: k.TaxPaymentOptions,
}


def chosen_from(menu: tuple[m.MenuItem, ...], chance: Chance) -> Options:
    """Any choice of what the menu has now."""
    while True:
        choice = chance.one_of(CHOICES)
        kind = choice if isinstance(choice, Kind) else k.kind_of(choice)
        item = next(item for item in menu if item.kind is kind)
        if item.reason:
            continue
        if not isinstance(choice, Kind):
            return choice
        assert item.fiscal_year is not None, "a tax kind on the menu has its year"
        return _OF_YEAR[kind](item.fiscal_year)


def is_numbered(options: Options) -> bool:
    """Whether the personal number is asked for."""
    if isinstance(options, k.ResidentRecordItemsOptions):
        return RecordItem.INDIVIDUAL_NUMBER in options.items
    return isinstance(options, k.ResidentRecordOptions) and options.individual_number
