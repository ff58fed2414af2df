"""Late charges (延滞金・延滞損害金・遅滞利息): base x rate x days / 365, rounded once, with the working.

S1-15-1, S1-15-2, S2-11-2, S2-11-4, S2-18-4. Both ends of the days count. A year has 365 days also where it holds a
leap day (S1-15-1 says so; 政府契約の支払遅延防止等に関する法律 第8条 and the rules that follow it read the same).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from itaku.basis.day_ranges import DayRange, union
from itaku.basis.errors import ItakuError
from itaku.basis.percents import Percent, decimal_text
from itaku.basis.rounding import BaseCut, Rounding, checked_yen
from itaku.basis.working import Line, day_en, day_ja
from itaku.basis.yen import Yen, yen_text

DAYS_A_YEAR = 365
"""年365日の割合, also for periods that hold a 29 February."""


class ExclusionOutsideError(ItakuError):
    """Excluded days lie outside the days of delay."""

    code = "exclusion_outside"
    ja = "除く日が遅延の期間の外にあります。期間の中の日だけを指定してください。"
    en = "Excluded days lie outside the days of delay. Give only days within them."


class PaymentUnfitError(ItakuError):
    """A part payment lies outside the days of delay, is nothing, or exceeds what is unpaid."""

    code = "payment_unfit"
    ja = "一部納付の日か額が合いません。遅延の期間内の日と、未納額までの額を指定してください。"
    en = "A part payment's day or amount does not fit: a day within the delay, and no more than what is unpaid."


class PartPayment(msgspec.Struct, frozen=True, order=True):
    """A part of the base paid on a day. That day still counts for the whole; the next counts for the rest."""

    on: dt.date
    yen: Yen


class Segment(msgspec.Struct, frozen=True):
    """Days over which the base was the same. `days` are those that count; `exact` is their charge before rounding."""

    range: DayRange
    base_yen: Yen
    days: int
    exact: Fraction


class LateCharge(msgspec.Struct, frozen=True):
    """A late charge: `yen` is what is due, `exact` the sum before its one rounding, `days` the days that count."""

    yen: Yen
    exact: Fraction
    days: int
    excluded_days: int
    segments: tuple[Segment, ...]
    working: tuple[Line, ...]


def late_charge(
    base_yen: int,
    percent: Percent,
    delay: DayRange,
    *,
    excluded: Sequence[DayRange] = (),
    payments: Sequence[PartPayment] = (),
    base_cut: BaseCut | None = None,
    rounding: Rounding = Rounding.RESULT_FLOOR_100,
    clause: str = "契約の延滞条項",
    days_clause: str | None = None,
) -> LateCharge:
    """The charge for the days of `delay` (first and last day counted) less the union of `excluded`.

    `payments` make segments: each reduces the base from the day after it. `base_cut` cuts each segment's base (default:
    not at all), `rounding` the sum, once. `clause` is the clause that charges, `days_clause` the one that excludes days
    (S1-15-2). Raises `YenUnfitError`, `ExclusionOutsideError`, `PaymentUnfitError`.
    """
    base = checked_yen(base_yen)
    cut = base_cut or BaseCut()
    outside = [each for each in excluded if not delay.holds(each)]
    if outside:
        raise ExclusionOutsideError(f"{outside[0]} outside {delay}")
    left_out = union(excluded)
    segments = tuple(
        _segment(span, unpaid, percent, left_out, cut) for span, unpaid in _spans(base, delay, sorted(payments))
    )
    days = sum(segment.days for segment in segments)
    exact = sum((segment.exact for segment in segments), Fraction(0))
    yen = rounding.of(exact)
    working = (
        Line(f"算定の基礎となる額: {yen_text(base)}", f"Base: {base:,} yen", clause),
        *_cut_lines(cut, clause),
        Line(f"率: 年{percent.text}%", f"Rate: {percent.text} % a year", clause),
        *_days_lines(delay, excluded, left_out, days, clause, days_clause or clause),
        *_payment_lines(sorted(payments), clause),
        *(_segment_line(segment, percent, cut, clause) for segment in segments),
        _result_line(exact, yen, rounding, len(segments), clause),
    )
    return LateCharge(yen, exact, days, delay.days - days, segments, working)


def _spans(base: Yen, delay: DayRange, payments: Sequence[PartPayment]) -> list[tuple[DayRange, Yen]]:
    """The delay cut after each day of payment, each part with what was unpaid over it."""
    spans: list[tuple[DayRange, Yen]] = []
    first, unpaid, rest = delay.first, base, base
    for payment in payments:
        if not delay.first <= payment.on <= delay.last or not 0 < payment.yen <= rest:
            raise PaymentUnfitError(payment.on.isoformat())
        if payment.on >= first and payment.on < delay.last:
            spans.append((DayRange(first, payment.on), unpaid))
            first = payment.on + dt.timedelta(days=1)
        rest = Yen(rest - payment.yen)
        if payment.on < delay.last:
            unpaid = rest
    return [*spans, (DayRange(first, delay.last), unpaid)]


def _segment(span: DayRange, base: Yen, percent: Percent, left_out: Sequence[DayRange], cut: BaseCut) -> Segment:
    days = span.days - sum(span.common_days(each) for each in left_out)
    return Segment(span, base, days, cut.of(base) * percent.share * days / DAYS_A_YEAR)


def _cut_lines(cut: BaseCut, clause: str) -> list[Line]:
    if cut.unit_yen == 1:
        return []
    return [
        Line(
            f"基礎となる額の{cut.unit_yen:,}円未満は切り捨てる",
            f"The base is cut below {cut.unit_yen:,} yen",
            clause,
        )
    ]


def _days_lines(
    delay: DayRange,
    excluded: Sequence[DayRange],
    left_out: Sequence[DayRange],
    days: int,
    clause: str,
    days_clause: str,
) -> list[Line]:
    lines = [
        Line(
            f"期間: {day_ja(delay.first)} から {day_ja(delay.last)} まで、両端を算入して{delay.days:,}日",
            f"From {day_en(delay.first)} to {day_en(delay.last)}, both counted: {delay.days:,} days",
            clause,
        )
    ]
    lines += [
        Line(
            f"算入しない日: {day_ja(each.first)} から {day_ja(each.last)} まで{each.days:,}日",
            f"Not counted: {day_en(each.first)} to {day_en(each.last)}, {each.days:,} days",
            days_clause,
        )
        for each in left_out
    ]
    if left_out:
        twice = sum(each.days for each in excluded) - sum(each.days for each in left_out)
        note_ja = f"（重なる{twice:,}日は一度だけ除く）" if twice else ""
        note_en = f" ({twice:,} days in several ranges are taken off once)" if twice else ""
        lines.append(
            Line(
                f"算入する日数: {delay.days:,}日 − {delay.days - days:,}日 = {days:,}日{note_ja}",
                f"Days counted: {delay.days:,} - {delay.days - days:,} = {days:,}{note_en}",
                days_clause,
            )
        )
    return lines


def _payment_lines(payments: Sequence[PartPayment], clause: str) -> list[Line]:
    if not payments:
        return []
    paid = [
        Line(
            f"一部納付: {day_ja(payment.on)} {yen_text(payment.yen)}（納付の日までは元の額、翌日から残額で計算）",
            f"Part payment: {day_en(payment.on)} {payment.yen:,} yen (that day still counts for the earlier base)",
            clause,
        )
        for payment in payments
    ]
    note = Line(
        "一部納付は元本に充当したものとして計算（充当の定めがなければ民法第489条による。担当者が確かめる）",
        "Part payments are taken off the principal (Civil Code 489 applies where nothing is agreed: a person decides)",
        "民法 第489条",
    )
    return [*paid, note]


def _segment_line(segment: Segment, percent: Percent, cut: BaseCut, clause: str) -> Line:
    base = cut.of(segment.base_yen)
    value = decimal_text(segment.exact)
    return Line(
        f"{segment.range}: {base:,}円 × {percent.text}/100 × {segment.days:,}日 ÷ 365日 = {value}円（うるう年も365日）",
        f"{segment.range}: {base:,} yen x {percent.text}/100 x {segment.days:,} days / 365 = {value} yen"
        " (365 also in leap years)",
        clause,
    )


def _result_line(exact: Fraction, yen: Yen, rounding: Rounding, segments: int, clause: str) -> Line:
    once_ja, once_en = ("合計", "The sum") if segments > 1 else ("計算額", "The result")
    return Line(
        f"端数処理: {once_ja} {decimal_text(exact)}円 → {rounding.ja} = {yen_text(yen)}",
        f"Rounding: {once_en.lower()} {decimal_text(exact)} yen, {rounding.en} = {yen:,} yen",
        f"{clause}、{rounding.value}",
    )
