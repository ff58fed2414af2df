"""Dated prices (単価) and tax rates, each with its source. A rate that is not on file is never guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from itaku.basis.yen import Yen
from itaku.settlement.errors import RateUnknownError


class CommissionPrice(msgspec.Struct, frozen=True):
    """委託手数料の単価: yen for each certificate, tax included, from a day on."""

    since: dt.date
    yen: Yen
    source: str


class TaxRate(msgspec.Struct, frozen=True):
    """消費税率 (national and local together): whole percent, from a day on."""

    since: dt.date
    percent: int
    source: str


COMMISSION_PRICES: tuple[CommissionPrice, ...] = (
    CommissionPrice(dt.date(2019, 10, 1), Yen(123), "S1-12-1 1通あたり123円（消費税及び地方消費税を含む）"),
)
"""Newest last. The contract states the price without a first day; it is applied since the present tax rate began."""

TAX_RATES: tuple[TaxRate, ...] = (
    TaxRate(dt.date(2019, 10, 1), 10, "消費税法 第29条（7.8%）、地方税法 第72条の83（22/78）"),
)
"""Newest last."""


def commission_price(
    first_day: dt.date, last_day: dt.date, rows: Sequence[CommissionPrice] | None = None
) -> CommissionPrice:
    """The price in force over the days; `RateUnknownError` if there is none, or if it changes within them."""
    prices = COMMISSION_PRICES if rows is None else rows
    begun = [row for row in prices if row.since <= last_day]
    if not begun or max(begun, key=_since).since > first_day:
        raise RateUnknownError("S1-12-1")
    return max(begun, key=_since)


def tax_rate(first_day: dt.date, last_day: dt.date, rows: Sequence[TaxRate] | None = None) -> TaxRate:
    """The tax rate in force over the days; `RateUnknownError` if there is none, or if it changes within them."""
    rates = TAX_RATES if rows is None else rows
    begun = [row for row in rates if row.since <= last_day]
    if not begun or max(begun, key=_since).since > first_day:
        raise RateUnknownError("S1-12-1")
    return max(begun, key=_since)


def _since(row: CommissionPrice | TaxRate) -> dt.date:
    return row.since
