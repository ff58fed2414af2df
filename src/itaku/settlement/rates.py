"""Dated prices (単価) and tax rates, each with its source. A rate that is not on file is never guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from itaku.basis.yen import Yen
from itaku.settlement.errors import RateUnknownError
from itaku.settlement.month import Month


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


class Span(msgspec.Struct, frozen=True):
    """適用期間: days of one month, both ends in it, on which one price and one tax rate hold, with their sources."""

    first: dt.date
    last: dt.date
    price_yen: Yen
    tax_percent: int
    source: str

    @property
    def is_whole_month(self) -> bool:
        """Whether nothing changes within the month."""
        month = Month.of(self.first)
        return (self.first, self.last) == (month.first_day, month.last_day)


def rates_on(
    days: Iterable[dt.date],
    prices: Sequence[CommissionPrice] | None = None,
    taxes: Sequence[TaxRate] | None = None,
) -> dict[dt.date, Span]:
    """What holds on each of some days: the newest price and the newest tax rate that began by then.

    Raises `RateUnknownError`, naming every day that lacks one and which term is to be entered.
    """
    prices = COMMISSION_PRICES if prices is None else prices
    taxes = TAX_RATES if taxes is None else taxes
    wanted = sorted(set(days))
    unpriced = [day for day in wanted if _on(prices, day) is None]
    untaxed = [day for day in wanted if _on(taxes, day) is None]
    if unpriced or untaxed:
        lacking = [
            f"{term} {_days_text(days)}"
            for term, days in (("commission_yen", unpriced), ("tax_percent", untaxed))
            if days
        ]
        raise RateUnknownError(f"S1-12-1: {'; '.join(lacking)}")
    spans = [span for month in sorted({Month.of(day) for day in wanted}) for span in _spans(month, prices, taxes)]
    return {day: next(span for span in spans if span.first <= day <= span.last) for day in wanted}


def _spans(month: Month, prices: Sequence[CommissionPrice], taxes: Sequence[TaxRate]) -> list[Span]:
    """A month's spans in order; days without a rate stand in none. A row that repeats what holds begins no new one."""
    begun = {row.since for row in prices} | {row.since for row in taxes}
    firsts = sorted({month.first_day, *(day for day in begun if month.first_day < day <= month.last_day)})
    found: list[Span] = []
    for first, following in zip(firsts, [*firsts[1:], month.next().first_day], strict=True):
        price, tax = _on(prices, first), _on(taxes, first)
        if price is None or tax is None:
            continue
        before = found[-1] if found else None
        last = following - dt.timedelta(days=1)
        if before is not None and (before.price_yen, before.tax_percent) == (price.yen, tax.percent):
            found[-1] = msgspec.structs.replace(before, last=last)
        else:
            found.append(Span(first, last, price.yen, tax.percent, f"{price.source}、{tax.source}"))
    return found


_Row = TypeVar("_Row", CommissionPrice, TaxRate)


def _on(rows: Sequence[_Row], day: dt.date) -> _Row | None:
    """The newest row that began by the day."""
    begun = [row for row in rows if row.since <= day]
    return max(begun, key=_since) if begun else None


def _since(row: CommissionPrice | TaxRate) -> dt.date:
    return row.since


def _days_text(days: Sequence[dt.date]) -> str:
    """Days in order as runs: `2026-10-01..2026-10-14, 2026-10-20`."""
    runs: list[list[dt.date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == dt.timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{run[0]}..{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
