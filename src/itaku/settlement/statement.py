"""The month's statement (収納計算書・委託手数料計算書・繰替使用計算書): counts, fees, commission, remittance.

Clauses S1-12-1 (commission), S1-12-2 (remittance of fees), S1-12-3 (offset payment: booked gross on both sides, only
cash is netted), 地方自治法施行令 第164条第4号. Pure: rows in, figures with their working out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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


class KindCount(msgspec.Struct, frozen=True):
    """One kind of certificate: issuances, certificates (通数) and their fees at gross."""

    kind: Kind
    issuances: int
    certificates: int
    fees_yen: Yen


class Statement(msgspec.Struct, frozen=True):
    """One municipality's month. All yen are whole and as booked.

    `fees_yen` is revenue at gross (調定・収納), `commission_yen` expense at gross (支出命令), of which
    `commission_tax_yen` is consumption tax; `refunds_yen` was given back, `remit_yen` is the cash to hand over (納付).
    """

    municipality: str
    month: str
    kinds: tuple[KindCount, ...]
    certificates: int
    fees_yen: Yen
    refunded_certificates: int
    refunds_yen: Yen
    commission_price_yen: Yen
    commission_yen: Yen
    tax_percent: int
    commission_tax_yen: Yen
    remit_yen: Yen
    working: tuple[Line, ...]


def make_statement(
    municipality: str,
    month: Month,
    rows: Iterable[Delivered],
    prices: Sequence[CommissionPrice] | None = None,
    taxes: Sequence[TaxRate] | None = None,
) -> Statement:
    """The statement over the month's delivered issuances of one municipality.

    Voided issuances are not among the rows (a refund voids the whole set, S1-8-1). Raises `RateUnknownError` if price
    or tax rate is not on file or changes within the month, `RowUnfitError` if a row cannot be counted.
    """
    kinds = _count(municipality, rows)
    price = commission_price(month.first_day, month.last_day, prices)
    tax = tax_rate(month.first_day, month.last_day, taxes)
    certificates = sum(kind.certificates for kind in kinds)
    fees = Yen(sum(kind.fees_yen for kind in kinds))
    commission = Yen(certificates * price.yen)
    # The tax part is taken from the statement's sum, once, and cut to whole yen; not 11 yen apiece.
    tax_part = Yen(commission * tax.percent // (100 + tax.percent))
    refunds = Yen(0)
    return Statement(
        municipality=municipality,
        month=month.text(),
        kinds=kinds,
        certificates=certificates,
        fees_yen=fees,
        refunded_certificates=0,
        refunds_yen=refunds,
        commission_price_yen=price.yen,
        commission_yen=commission,
        tax_percent=tax.percent,
        commission_tax_yen=tax_part,
        remit_yen=Yen(fees - refunds - commission),
        working=(
            *_period(month),
            *(_fees_of(kind) for kind in kinds),
            *_commission(certificates, price, commission, tax, tax_part),
            *_offset(fees, refunds, commission),
        ),
    )


def _count(municipality: str, rows: Iterable[Delivered]) -> tuple[KindCount, ...]:
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
    return tuple(
        KindCount(kind, totals[kind][0], totals[kind][1], Yen(totals[kind][2])) for kind in Kind if kind in totals
    )


def _period(month: Month) -> list[Line]:
    first, last = month.first_day, month.last_day
    return [
        Line(
            f"対象: {first.year}年{first.month}月{first.day}日から{last.day}日まで（日本時間）に交付を終えたもの",
            f"Period: delivered from {first} to {last}, by the date in Japan",
            "S1-12-1",
        )
    ]


def _fees_of(count: KindCount) -> Line:
    title_ja, title_en = KIND_TITLE[count.kind]
    return Line(
        f"{title_ja}: {count.certificates:,}通（{count.issuances:,}件） 手数料 {yen_text(count.fees_yen)}",
        f"{title_en}: {count.certificates:,} certificates ({count.issuances:,} issuances), fees {count.fees_yen:,} yen",
        "S1-12-2",
    )


def _commission(certificates: int, price: CommissionPrice, commission: Yen, tax: TaxRate, tax_part: Yen) -> list[Line]:
    whole = 100 + tax.percent
    return [
        Line(
            f"委託手数料: {certificates:,}通 × {yen_text(price.yen)}（税込） = {yen_text(commission)}",
            f"Commission: {certificates:,} x {price.yen:,} yen (tax included) = {commission:,} yen",
            "S1-12-1",
        ),
        Line(
            f"うち消費税等: {yen_text(commission)} × {tax.percent}/{whole} = {yen_text(tax_part)}"
            "（合計に対し、1円未満切捨て）",
            f"Of which tax: {commission:,} x {tax.percent}/{whole} = {tax_part:,} yen (on the sum, cut below one yen)",
            "S1-12-1",
        ),
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
