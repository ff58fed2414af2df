"""The terms that settle a month: prices and tax rates by date, and which readings were chosen, for one municipality."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from itaku.basis.yen import Yen
from itaku.contracts.engine.events import Event, effective
from itaku.settlement.errors import RateUnknownError
from itaku.settlement.rates import COMMISSION_PRICES, TAX_RATES, CommissionPrice, TaxRate
from itaku.settlement.statement import RefundedCopies

REFUNDED_COPIES = "S1-8-1.refunded-copies"
"""The policy's name in the contract."""


class Terms(msgspec.Struct, frozen=True):
    """Prices and tax rates, newest last, and the reading of refunded copies."""

    prices: tuple[CommissionPrice, ...] = COMMISSION_PRICES
    taxes: tuple[TaxRate, ...] = TAX_RATES
    refunded_copies: RefundedCopies = RefundedCopies.NET


def terms_of(events: Sequence[Event]) -> Terms:
    """The terms on file, and what the contract's events changed of them since. A changed price counts from its day.

    Raises `RateUnknownError` if a tax rate that is no whole percent was told.
    """
    prices = {row.since: row for row in COMMISSION_PRICES}
    taxes = {row.since: row for row in TAX_RATES}
    reading = RefundedCopies.NET
    for event in effective(events).events:
        if event.kind == "term.set" and event.fields.get("term") == "commission_yen":
            prices[event.day] = CommissionPrice(event.day, Yen(_whole(event.fields.get("yen"))), f"出来事 {event.id}")
        if event.kind == "term.set" and event.fields.get("term") == "tax_percent":
            percent = _whole(event.fields.get("text"))
            taxes[event.day] = TaxRate(event.day, percent, f"出来事 {event.id}")
        if event.kind == "policy.chosen" and event.fields.get("policy") == REFUNDED_COPIES:
            option = event.fields.get("option")
            # An option that does not exist changes nothing; the contract's replay flags it.
            reading = RefundedCopies(str(option)) if option in set(RefundedCopies) else reading
    return Terms(_in_order(prices), _in_order(taxes), reading)


_Row = TypeVar("_Row", CommissionPrice, TaxRate)


def _in_order(rows: dict[dt.date, _Row]) -> tuple[_Row, ...]:
    return tuple(rows[since] for since in sorted(rows))


def _whole(value: object) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit()):
        raise RateUnknownError(f"S1-12-1: {text[:20]!a}")
    return int(text)
