"""The working of a month's statement (計算の内訳): each figure with the clause on which it rests."""

from __future__ import annotations

from collections.abc import Sequence

from itaku.basis.working import Line
from itaku.basis.yen import Yen, yen_text
from itaku.issuance.protocol.kinds import KIND_TITLE
from itaku.settlement.month import Month
from itaku.settlement.statement_rows import VOIDED, Charge, KindCount, Movements, RefundedCopies, tax_sums


def period_lines(month: Month) -> list[Line]:
    """対象期間: what is counted."""
    first, last = month.first_day, month.last_day
    return [
        Line(
            f"対象: {first.year}年{first.month}月{first.day}日から{last.day}日まで（日本時間）に交付を終えたもの",
            f"Period: delivered from {first} to {last}, by the date in Japan",
            "S1-12-1",
        )
    ]


def fees_of_lines(count: KindCount) -> list[Line]:
    """One kind: certificates, fees, and what was made void (S1-12-2, S1-8-1)."""
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


def commission_lines(month: Month, charges: Sequence[Charge], commission: Yen) -> list[Line]:
    """The commission at each price (S1-12-1)."""
    lines = [_charge_line(month, charge) for charge in charges]
    if len(charges) > 1:
        lines.append(
            Line(f"委託手数料（差引）: {yen_text(commission)}", f"Commission, net: {commission:,} yen", "S1-12-1")
        )
    return lines


def _charge_line(month: Month, charge: Charge) -> Line:
    of = Month.parse(charge.delivered_in)
    price = charge.price_yen
    days_ja, days_en = _days(charge, of)
    if charge.counts == VOIDED:
        count, yen = -charge.certificates, Yen(-charge.yen)
        return Line(
            f"無効となった分（{days_ja}交付）を除く: {count:,}通 × {yen_text(price)} = {yen_text(yen)}",
            f"Less what was made void (delivered in {days_en}): {count:,} x {price:,} yen = {yen:,} yen",
            "S1-8-1",
        )
    count, yen = charge.certificates, charge.yen
    where_ja, where_en = "", ""
    if of != month:
        where_ja, where_en = f"（{days_ja}交付、この月に計上）", f" (delivered in {days_en}, booked in this month)"
    elif charge.first is not None:
        where_ja, where_en = f"（{days_ja}交付）", f" (delivered in {days_en})"
    return Line(
        f"委託手数料{where_ja}: {count:,}通 × {yen_text(price)}（税込） = {yen_text(yen)}",
        f"Commission{where_en}: {count:,} x {price:,} yen (tax included) = {yen:,} yen",
        "S1-12-1",
    )


def _days(charge: Charge, of: Month) -> tuple[str, str]:
    """The month of delivery, or the days of it on which the price held."""
    month_ja = f"{of.year}年{of.month}月"
    if charge.first is None or charge.last is None:
        return month_ja, of.text()
    return f"{month_ja}{charge.first.day}日から{charge.last.day}日まで", f"{charge.first} to {charge.last}"


def rate_lines(charges: Sequence[Charge]) -> list[Line]:
    """On what each price and each tax rate rests, once (S1-12-1)."""
    known = dict.fromkeys((charge.price_yen, charge.tax_percent, charge.source) for charge in charges)
    return [
        Line(
            f"単価{yen_text(price)}・税率{percent}%の根拠（交付の日に効力のあるもの）: {source}",
            f"Price {price:,} yen, tax {percent} % (in force on the day of delivery) by: {source}",
            "S1-12-1",
        )
        for price, percent, source in known
    ]


def reading_lines(refunded_copies: RefundedCopies, charges: Sequence[Charge], moved: Movements) -> list[Line]:
    """Says which reading was chosen, where it makes a difference or is not the default."""
    if not moved.voided or (refunded_copies is RefundedCopies.NET and len(charges) < 2):
        return []
    if refunded_copies is RefundedCopies.NET:
        words = (
            "返金した通数は委託手数料に数えない（既定の読み方）",
            "Refunded copies do not count (the default reading)",
        )
    else:
        words = ("返金した通数も委託手数料に数える（選ばれた読み方）", "Refunded copies count (the reading chosen)")
    return [Line(*words, "S1-8-1.refunded-copies")]


def tax_lines(charges: Sequence[Charge]) -> list[Line]:
    """The tax within the commission: taken once from the sum at each rate (S1-12-1)."""
    sums = tax_sums(charges)
    lines = []
    for percent, yen, tax in sums:
        of_ja, of_en = (f"（{percent}%対象）", f" at {percent} %") if len(sums) > 1 else ("", "")
        lines.append(
            Line(
                f"うち消費税等{of_ja}: {yen_text(yen)} × {percent}/{100 + percent} = {yen_text(tax)}"
                "（合計に対し、1円未満切捨て）",
                f"Of which tax{of_en}: {yen:,} x {percent}/{100 + percent} = {tax:,} yen"
                " (on the sum, cut below one yen)",
                "S1-12-1",
            )
        )
    if len(sums) > 1:
        whole = Yen(sum(each.tax_yen for each in sums))
        parts = " + ".join(f"{each.tax_yen:,}" for each in sums)
        lines.append(
            Line(
                f"消費税等の合計（税率ごとに一度だけ端数処理）: {parts} = {yen_text(whole)}",
                f"Tax in all (rounded once at each rate): {parts} = {whole:,} yen",
                "S1-12-1",
            )
        )
    return lines


def offset_lines(fees: Yen, refunds: Yen, commission: Yen) -> list[Line]:
    """Gross on both sides, and what is left of it in cash (S1-12-3)."""
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
        *_not_offset(Yen(fees - refunds), commission),
    ]


def _not_offset(owed: Yen, commission: Yen) -> list[Line]:
    """Where the fees cannot meet the commission, or more was given back than taken: who owes what, and how."""
    if owed < 0:
        return [
            Line(
                f"収納より返金が多い月: 差額{yen_text(Yen(-owed))}は、委託手数料を差し引いて翌月以後の納付額に充てる",
                f"More was given back than taken: {-owed:,} yen, less the commission, is taken off a later remittance",
                "S1-12-2",
            )
        ]
    if commission > owed:
        rest = commission - owed
        return [
            Line(
                f"繰替使用は収納した額（{yen_text(owed)}）まで。残る委託手数料{yen_text(Yen(rest))}は甲が別に支払う",
                f"Only the {owed:,} yen collected can be used; the client pays the other {rest:,} yen in cash",
                "S1-12-3",
            )
        ]
    return []
