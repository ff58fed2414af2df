"""The month's statement (収納計算書・委託手数料計算書・繰替使用計算書): counts, fees, commission, remittance.

Clauses S1-12-1 (commission), S1-12-2 (remittance of fees), S1-12-3 (offset payment: booked gross on both sides, only
cash is netted), 地方自治法施行令 第164条第4号. Pure: rows in, figures with their working out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from itaku.basis.working import Line
from itaku.basis.yen import Yen, yen_text
from itaku.issuance.protocol.kinds import KIND_TITLE, Kind
from itaku.settlement.errors import RowUnfitError
from itaku.settlement.month import Month
from itaku.settlement.rates import CommissionPrice, TaxRate, commission_price, tax_rate


class Delivered(msgspec.Struct, frozen=True):
    """Delivered issuances that are alike: each of them `copies` certificates for `fee_yen` in all."""

    municipality: str
    kind: str | None
    copies: int
    fee_yen: Yen
    issuances: int = 1


class Voided(msgspec.Struct, frozen=True):
    """Issuances that are alike and were made void in the month (返金済・無効), with the month of their delivery."""

    alike: Delivered
    delivered_in: Month


class Movements(NamedTuple):
    """What a month has: issuances delivered in it, and issuances made void in it, whenever they were delivered."""

    delivered: tuple[Delivered, ...]
    voided: tuple[Voided, ...] = ()


class KindCount(msgspec.Struct, frozen=True):
    """One kind of certificate: issuances, certificates (通数) and fees at gross, and of each what was made void."""

    kind: Kind
    issuances: int
    certificates: int
    fees_yen: Yen
    voided_issuances: int = 0
    voided_certificates: int = 0
    voided_fees_yen: Yen = Yen(0)

    @property
    def net_certificates(self) -> int:
        """通数 that count."""
        return self.certificates - self.voided_certificates


class Statement(msgspec.Struct, frozen=True):
    """One municipality's month. All yen are whole and as booked.

    `certificates` were issued, `refunded_certificates` made void, `net_certificates` count. `fees_yen` is revenue at
    gross (調定・収納), `commission_yen` expense at gross (支出命令) on the net count, of which `commission_tax_yen` is
    consumption tax; `refunds_yen` was given back, `remit_yen` is the cash to hand over (納付). A month in which more is
    made void than issued has a negative commission: it is taken off the expense.
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


def make_statement(
    municipality: str,
    month: Month,
    moved: Movements,
    prices: Sequence[CommissionPrice] | None = None,
    taxes: Sequence[TaxRate] | None = None,
) -> Statement:
    """The statement over the month's delivered and voided issuances of one municipality.

    One bad copy voids the whole set, so a voided issuance takes off all its copies and its whole fee (S1-8-1). Raises
    `RateUnknownError` if price or tax rate is not on file or changes within the month, `RowUnfitError` if a row cannot
    be counted.
    """
    kinds = _count(municipality, moved)
    price = commission_price(month.first_day, month.last_day, prices)
    tax = tax_rate(month.first_day, month.last_day, taxes)
    certificates = sum(kind.certificates for kind in kinds)
    fees = Yen(sum(kind.fees_yen for kind in kinds))
    refunds = Yen(sum(kind.voided_fees_yen for kind in kinds))
    gross = Yen(certificates * price.yen)
    reversals = _reversals(moved.voided, prices, taxes)
    commission = Yen(gross - sum(reversal.yen for reversal in reversals))
    tax_part = _tax_part(gross, tax, reversals)
    return Statement(
        municipality=municipality,
        month=month.text(),
        kinds=kinds,
        certificates=certificates,
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
            *_period(month),
            *(line for kind in kinds for line in _fees_of(kind)),
            *_commission(certificates, price, gross, reversals, commission),
            *_tax(commission, tax, tax_part, reversals),
            *_offset(fees, refunds, commission),
        ),
    )


class _Reversal(NamedTuple):
    """Commission that is taken off: so many certificates of one earlier or this month, at that month's price."""

    delivered_in: Month
    certificates: int
    price: CommissionPrice
    tax: TaxRate

    @property
    def yen(self) -> Yen:
        return Yen(self.certificates * self.price.yen)


def _reversals(
    voided: Iterable[Voided], prices: Sequence[CommissionPrice] | None, taxes: Sequence[TaxRate] | None
) -> list[_Reversal]:
    totals: dict[Month, int] = {}
    for row in voided:
        totals[row.delivered_in] = totals.get(row.delivered_in, 0) + row.alike.issuances * row.alike.copies
    return [
        _Reversal(
            month,
            certificates,
            commission_price(month.first_day, month.last_day, prices),
            tax_rate(month.first_day, month.last_day, taxes),
        )
        for month, certificates in sorted(totals.items())
    ]


def _tax_part(gross: Yen, tax: TaxRate, reversals: Iterable[_Reversal]) -> Yen:
    """The tax within the commission: taken from the sum at each rate, once, and cut to whole yen; not 11 yen apiece."""
    sums = {tax.percent: int(gross)}
    for reversal in reversals:
        sums[reversal.tax.percent] = sums.get(reversal.tax.percent, 0) - reversal.yen
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


def _period(month: Month) -> list[Line]:
    first, last = month.first_day, month.last_day
    return [
        Line(
            f"対象: {first.year}年{first.month}月{first.day}日から{last.day}日まで（日本時間）に交付を終えたもの",
            f"Period: delivered from {first} to {last}, by the date in Japan",
            "S1-12-1",
        )
    ]


def _fees_of(count: KindCount) -> list[Line]:
    title_ja, title_en = KIND_TITLE[count.kind]
    lines = [
        Line(
            f"{title_ja}: {count.certificates:,}通（{count.issuances:,}件） 手数料 {yen_text(count.fees_yen)}",
            f"{title_en}: {count.certificates:,} certificates ({count.issuances:,} issuances), "
            f"fees {count.fees_yen:,} yen",
            "S1-12-2",
        )
    ]
    if count.voided_issuances:
        off, net = count.voided_certificates, count.net_certificates
        lines.append(
            Line(
                f"{title_ja}（返金済・無効）: {off:,}通（{count.voided_issuances:,}件、1通の不良で全部数）"
                f" 返金 {yen_text(count.voided_fees_yen)}、差引 {net:,}通",
                f"{title_en}, refunded and void: {off:,} certificates ({count.voided_issuances:,} issuances, each "
                f"with all its copies), {count.voided_fees_yen:,} yen given back, net {net:,}",
                "S1-8-1",
            )
        )
    return lines


def _commission(
    certificates: int, price: CommissionPrice, gross: Yen, reversals: Sequence[_Reversal], commission: Yen
) -> list[Line]:
    lines = [
        Line(
            f"委託手数料: {certificates:,}通 × {yen_text(price.yen)}（税込） = {yen_text(gross)}",
            f"Commission: {certificates:,} x {price.yen:,} yen (tax included) = {gross:,} yen",
            "S1-12-1",
        )
    ]
    for off in reversals:
        month = off.delivered_in
        lines.append(
            Line(
                f"無効となった分（{month.year}年{month.month}月交付）を除く: "
                f"{off.certificates:,}通 × {yen_text(off.price.yen)} = {yen_text(off.yen)}",
                f"Less what was made void (delivered in {month.text()}): "
                f"{off.certificates:,} x {off.price.yen:,} yen = {off.yen:,} yen",
                "S1-8-1",
            )
        )
    if reversals:
        lines.append(
            Line(f"委託手数料（差引）: {yen_text(commission)}", f"Commission, net: {commission:,} yen", "S1-12-1")
        )
    return lines


def _tax(commission: Yen, tax: TaxRate, tax_part: Yen, reversals: Sequence[_Reversal]) -> list[Line]:
    whole = 100 + tax.percent
    if any(reversal.tax.percent != tax.percent for reversal in reversals):
        return [
            Line(
                f"うち消費税等: {yen_text(tax_part)}（税率ごとの合計に対し、1円未満切捨て）",
                f"Of which tax: {tax_part:,} yen (on the sum at each rate, cut below one yen)",
                "S1-12-1",
            )
        ]
    return [
        Line(
            f"うち消費税等: {yen_text(commission)} × {tax.percent}/{whole} = {yen_text(tax_part)}"
            "（合計に対し、1円未満切捨て）",
            f"Of which tax: {commission:,} x {tax.percent}/{whole} = {tax_part:,} yen (on the sum, cut below one yen)",
            "S1-12-1",
        )
    ]


def _offset(fees: Yen, refunds: Yen, commission: Yen) -> list[Line]:
    net = fees - refunds - commission
    return [
        Line(
            f"調定・収納（総額）: {yen_text(fees)}、支出命令（総額）: {yen_text(commission)}",
            f"Booked gross: revenue {fees:,} yen, expense {commission:,} yen",
            "S1-12-3",
        ),
        Line(
            f"納付額（繰替使用後）: {yen_text(fees)} − 返金 {yen_text(refunds)} − 委託手数料 {yen_text(commission)}"
            f" = {yen_text(Yen(net))}",
            f"Cash to remit (after offset): {fees:,} - refunds {refunds:,} - {commission:,} = {net:,} yen",
            "S1-12-3",
        ),
    ]
