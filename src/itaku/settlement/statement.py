"""The month's statement (収納計算書・委託手数料計算書・繰替使用計算書): counts, fees, commission, remittance.

Clauses S1-12-1 (commission), S1-12-2 (remittance of fees), S1-12-3 (offset payment: booked gross on both sides, only
cash is netted), 地方自治法施行令 第164条第4号. Pure: rows in, figures with their working out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from itaku.basis.working import Line
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement.errors import RowUnfitError
from itaku.settlement.month import Month
from itaku.settlement.rates import CommissionPrice, Span, TaxRate, rates_on
from itaku.settlement.statement_rows import (
    DELIVERED,
    VOIDED,
    Charge,
    Delivered,
    KindCount,
    Movements,
    RefundedCopies,
    tax_sums,
)
from itaku.settlement.statement_working import (
    commission_lines,
    fees_of_lines,
    offset_lines,
    period_lines,
    rate_lines,
    reading_lines,
    tax_lines,
)

__all__ = ["Delivered", "Movements", "RefundedCopies", "Statement", "make_statement"]


class Statement(msgspec.Struct, frozen=True):
    """One municipality's month. All yen are whole and as booked.

    `certificates` were issued, `refunded_certificates` made void, `net_certificates` count. `fees_yen` is revenue at
    gross (調定・収納), `commission_yen` expense at gross (支出命令) on the net count, of which `commission_tax_yen` is
    consumption tax; `refunds_yen` was given back, `remit_yen` is what is left between both sides: cash to hand over
    (納付), or, where it is negative, a claim on the client. A month in which more is made void than issued has a
    negative commission: it is taken off the expense. Price and tax rate here are those of the month's last day; the
    rows of `charges` say what was charged at each that held.
    """

    municipality: str
    month: str
    kinds: tuple[KindCount, ...]
    certificates: int
    fees_yen: Yen
    refunded_certificates: int
    refunds_yen: Yen
    net_certificates: int
    commission_price_yen: Yen
    commission_yen: Yen
    tax_percent: int
    commission_tax_yen: Yen
    remit_yen: Yen
    working: tuple[Line, ...]
    charges: tuple[Charge, ...] = ()
    refunded_copies: RefundedCopies = RefundedCopies.NET

    @property
    def has_one_price(self) -> bool:
        """Whether all was charged at the price and the tax rate of the month's last day, as the contract reads."""
        held = (self.commission_price_yen, self.tax_percent)
        return all((each.price_yen, each.tax_percent) == held for each in self.charges)

    @property
    def owed_yen(self) -> Yen:
        """収納金額: fees less what was given back; what the contractor owes before the offset (S1-12-2)."""
        return Yen(self.fees_yen - self.refunds_yen)

    @property
    def offset_yen(self) -> Yen:
        """繰替使用額: how much of the commission the fees can meet (S1-12-3).

        Only what was collected can be used: where fees are lower than the commission, the rest is paid in cash. A month
        in which more was given back than taken is met the same way from the other side.
        """
        owed, commission = self.owed_yen, self.commission_yen
        if owed > 0 and commission > 0:
            return Yen(min(owed, commission))
        if owed < 0 and commission < 0:
            return Yen(max(owed, commission))
        return Yen(0)

    @property
    def to_remit_yen(self) -> Yen:
        """納付額: fees owed after the offset; negative where it is to be taken off another month's (S1-12-3)."""
        return Yen(self.owed_yen - self.offset_yen)

    @property
    def client_pays_yen(self) -> Yen:
        """委託手数料のうち繰替使用できない額: what the client pays in cash (S1-12-1)."""
        return Yen(self.commission_yen - self.offset_yen)


def make_statement(
    municipality: str,
    month: Month,
    moved: Movements,
    prices: Sequence[CommissionPrice] | None = None,
    taxes: Sequence[TaxRate] | None = None,
    refunded_copies: RefundedCopies = RefundedCopies.NET,
) -> Statement:
    """The statement over the month's delivered and voided issuances of one municipality.

    One bad copy voids the whole set, so a voided issuance takes off all its copies and its whole fee (S1-8-1). Each is
    charged, and taken off again, by the price and the tax rate of the day of its delivery. Raises `RateUnknownError` if
    one of them is not on file for such a day or for the month's last, `RowUnfitError` if a row cannot be counted.
    """
    kinds = _count(municipality, moved)
    off = moved.voided if refunded_copies is RefundedCopies.NET else ()
    rates = rates_on([month.last_day, *(row.delivered_on for row in (*moved.delivered, *moved.voided))], prices, taxes)
    last = rates[month.last_day]
    fees = Yen(sum(kind.fees_yen for kind in kinds))
    refunds = Yen(sum(kind.voided_fees_yen for kind in kinds))
    charges = _charges(month, moved.delivered, off, rates)
    commission = Yen(sum(charge.yen for charge in charges))
    tax_part = Yen(sum(each.tax_yen for each in tax_sums(charges)))
    return Statement(
        municipality=municipality,
        month=month.text(),
        kinds=kinds,
        certificates=sum(kind.certificates for kind in kinds),
        fees_yen=fees,
        refunded_certificates=sum(kind.voided_certificates for kind in kinds),
        refunds_yen=refunds,
        net_certificates=sum(kind.net_certificates for kind in kinds),
        commission_price_yen=last.price_yen,
        commission_yen=commission,
        tax_percent=last.tax_percent,
        commission_tax_yen=tax_part,
        remit_yen=Yen(fees - refunds - commission),
        working=(
            *period_lines(month),
            *(line for kind in kinds for line in fees_of_lines(kind)),
            *commission_lines(month, charges, commission),
            *rate_lines(charges),
            *reading_lines(refunded_copies, charges, moved),
            *tax_lines(charges),
            *offset_lines(fees, refunds, commission),
        ),
        charges=charges,
        refunded_copies=refunded_copies,
    )


def _charges(
    month: Month, delivered: Sequence[Delivered], off: Sequence[Delivered], rates: Mapping[dt.date, Span]
) -> tuple[Charge, ...]:
    """A row for each span of the month in which was delivered, then of each other month, what is taken off last.

    A month without a delivery has one row of nil, at what holds on its last day.
    """
    totals: dict[tuple[str, Month, dt.date], int] = {}
    spans = {span.first: span for span in rates.values()}
    for counts, sign, rows in ((DELIVERED, 1, delivered), (VOIDED, -1, off)):
        for row in rows:
            at = (counts, Month.of(row.delivered_on), rates[row.delivered_on].first)
            totals[at] = totals.get(at, 0) + sign * row.issuances * row.copies
    found = {at: certificates for at, certificates in totals.items() if certificates}
    if not any(counts == DELIVERED and of == month for counts, of, _ in found):
        found[DELIVERED, month, rates[month.last_day].first] = 0
    in_order = sorted(found, key=lambda at: (at[0], at[1] != month, at))
    return tuple(_charge(counts, spans[first], found[counts, of, first]) for counts, of, first in in_order)


def _charge(counts: str, span: Span, certificates: int) -> Charge:
    yen = Yen(certificates * span.price_yen)
    of = Month.of(span.first).text()
    first, last = (None, None) if span.is_whole_month else (span.first, span.last)
    return Charge(counts, of, certificates, span.price_yen, span.tax_percent, yen, first, last, span.source)


def _count(municipality: str, moved: Movements) -> tuple[KindCount, ...]:
    delivered = _totals(municipality, moved.delivered)
    voided = _totals(municipality, moved.voided)
    found = delivered.keys() | voided.keys()
    none = (0, 0, 0)
    counts = []
    for kind in (kind for kind in Kind if kind in found):
        issuances, certificates, fees = delivered.get(kind, none)
        off_issuances, off_certificates, off_fees = voided.get(kind, none)
        counts.append(
            KindCount(kind, issuances, certificates, Yen(fees), off_issuances, off_certificates, Yen(off_fees))
        )
    return tuple(counts)


def _totals(municipality: str, rows: Iterable[Delivered]) -> dict[Kind, tuple[int, int, int]]:
    """Issuances, certificates and yen of each kind."""
    totals: dict[Kind, tuple[int, int, int]] = {}
    for row in rows:
        if row.municipality != municipality or row.kind not in set(Kind) or row.copies < 1 or row.fee_yen < 0:
            raise RowUnfitError(f"{row.municipality} {row.kind} {row.copies} {row.fee_yen}")
        kind = Kind(row.kind)
        issuances, certificates, fees = totals.get(kind, (0, 0, 0))
        totals[kind] = (
            issuances + row.issuances,
            certificates + row.issuances * row.copies,
            fees + row.issuances * row.fee_yen,
        )
    return totals
