"""The month's statement (収納計算書・委託手数料計算書・繰替使用計算書): counts, fees, commission, remittance.

Clauses S1-12-1 (commission), S1-12-2 (remittance of fees), S1-12-3 (offset payment: booked gross on both sides, only
cash is netted), 地方自治法施行令 第164条第4号. Pure: rows in, figures with their working out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from itaku.basis.working import Line
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement.errors import RowUnfitError
from itaku.settlement.month import Month
from itaku.settlement.rates import CommissionPrice, TaxRate, commission_price, tax_rate
from itaku.settlement.statement_rows import (
    DELIVERED,
    VOIDED,
    Charge,
    Delivered,
    KindCount,
    Movements,
    RefundedCopies,
    Voided,
)
from itaku.settlement.statement_working import (
    commission_lines,
    fees_of_lines,
    offset_lines,
    period_lines,
    reading_lines,
    tax_lines,
)

__all__ = ["Delivered", "Movements", "RefundedCopies", "Statement", "Voided", "make_statement"]


class Statement(msgspec.Struct, frozen=True):
    """One municipality's month. All yen are whole and as booked.

    `certificates` were issued, `refunded_certificates` made void, `net_certificates` count. `fees_yen` is revenue at
    gross (調定・収納), `commission_yen` expense at gross (支出命令) on the net count, of which `commission_tax_yen` is
    consumption tax; `refunds_yen` was given back, `remit_yen` is what is left between both sides: cash to hand over
    (納付), or, where it is negative, a claim on the client. A month in which more is made void than issued has a
    negative commission: it is taken off the expense.
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

    One bad copy voids the whole set, so a voided issuance takes off all its copies and its whole fee (S1-8-1). Raises
    `RateUnknownError` if price or tax rate is not on file or changes within the month, `RowUnfitError` if a row cannot
    be counted.
    """
    kinds = _count(municipality, moved)
    price = commission_price(month.first_day, month.last_day, prices)
    tax = tax_rate(month.first_day, month.last_day, taxes)
    fees = Yen(sum(kind.fees_yen for kind in kinds))
    refunds = Yen(sum(kind.voided_fees_yen for kind in kinds))
    charges = _charges(month, moved, prices, taxes, refunded_copies)
    commission = Yen(sum(charge.yen for charge in charges))
    tax_part = _tax_part(tax, charges)
    return Statement(
        municipality=municipality,
        month=month.text(),
        kinds=kinds,
        certificates=sum(kind.certificates for kind in kinds),
        fees_yen=fees,
        refunded_certificates=sum(kind.voided_certificates for kind in kinds),
        refunds_yen=refunds,
        net_certificates=sum(kind.net_certificates for kind in kinds),
        commission_price_yen=price.yen,
        commission_yen=commission,
        tax_percent=tax.percent,
        commission_tax_yen=tax_part,
        remit_yen=Yen(fees - refunds - commission),
        working=(
            *period_lines(month),
            *(line for kind in kinds for line in fees_of_lines(kind)),
            *commission_lines(month, charges, commission),
            *reading_lines(refunded_copies, charges, moved),
            *tax_lines(commission, tax, tax_part, charges),
            *offset_lines(fees, refunds, commission),
        ),
        charges=charges,
        refunded_copies=refunded_copies,
    )


def _charges(
    month: Month,
    moved: Movements,
    prices: Sequence[CommissionPrice] | None,
    taxes: Sequence[TaxRate] | None,
    refunded_copies: RefundedCopies,
) -> tuple[Charge, ...]:
    """A row for the month's own deliveries, and one for each other month that is concerned, what is taken off last."""
    totals: dict[tuple[str, Month], int] = {(DELIVERED, month): 0}
    for row in moved.delivered:
        at = (DELIVERED, row.delivered_in or month)
        totals[at] = totals.get(at, 0) + row.issuances * row.copies
    for off in moved.voided if refunded_copies is RefundedCopies.NET else ():
        at = (VOIDED, off.delivered_in)
        totals[at] = totals.get(at, 0) - off.alike.issuances * off.alike.copies
    found = []
    for (counts, of), certificates in sorted(totals.items(), key=lambda item: (item[0][0], item[0][1] != month, item)):
        price = commission_price(of.first_day, of.last_day, prices)
        tax = tax_rate(of.first_day, of.last_day, taxes)
        yen = Yen(certificates * price.yen)
        if certificates or (counts, of) == (DELIVERED, month):
            found.append(Charge(counts, of.text(), certificates, price.yen, tax.percent, yen))
    return tuple(found)


def _tax_part(tax: TaxRate, charges: Iterable[Charge]) -> Yen:
    """The tax within the commission: taken from the sum at each rate, once, and cut to whole yen; not 11 yen apiece."""
    sums = {tax.percent: 0}
    for charge in charges:
        sums[charge.tax_percent] = sums.get(charge.tax_percent, 0) + charge.yen
    # Cut towards zero, so that what is taken off is cut as what was charged.
    parts = (abs(yen) * percent // (100 + percent) * (1 if yen >= 0 else -1) for percent, yen in sums.items())
    return Yen(sum(parts))


def _count(municipality: str, moved: Movements) -> tuple[KindCount, ...]:
    delivered = _totals(municipality, moved.delivered)
    voided = _totals(municipality, [row.alike for row in moved.voided])
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
