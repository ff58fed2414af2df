"""Dated prices (単価) and tax rates, each with its source. A rate that is not on file is never guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar

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


_Row = TypeVar("_Row", CommissionPrice, TaxRate)


def commission_price(
    first_day: dt.date, last_day: dt.date, rows: Sequence[CommissionPrice] | None = None
) -> CommissionPrice:
    """The price in force over the days; `RateUnknownError` if there is none, or if it changes within them."""
    return _in_force(COMMISSION_PRICES if rows is None else rows, first_day, last_day, lambda row: row.yen)


def tax_rate(first_day: dt.date, last_day: dt.date, rows: Sequence[TaxRate] | None = None) -> TaxRate:
    """The tax rate in force over the days; `RateUnknownError` if there is none, or if it changes within them."""
    return _in_force(TAX_RATES if rows is None else rows, first_day, last_day, lambda row: row.percent)


def _in_force(rows: Sequence[_Row], first_day: dt.date, last_day: dt.date, value: Callable[[_Row], int]) -> _Row:
    """The newest row at the first day; a row that begins within the days may repeat its value, not change it."""
    begun = [row for row in rows if row.since <= first_day]
    if not begun:
        raise RateUnknownError("S1-12-1")
    found = max(begun, key=_since)
    if any(value(row) != value(found) for row in rows if first_day < row.since <= last_day):
        raise RateUnknownError("S1-12-1")
    return found


def _since(row: CommissionPrice | TaxRate) -> dt.date:
    return row.since
