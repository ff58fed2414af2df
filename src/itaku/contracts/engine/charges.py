"""Charges (金額の計算): from the folded state up to now, with the working; refused by name where an input is blank."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import msgspec

from itaku.basis.day_ranges import DayRange
from itaku.basis.errors import ItakuError
from itaku.basis.late_charge import PartPayment, late_charge
from itaku.basis.percents import Percent, decimal_text
from itaku.basis.rates import Rate
from itaku.basis.rounding import BaseCut, Rounding
from itaku.basis.working import Line
from itaku.basis.yen import Yen, yen_text
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.instance import Blank, Instance
from itaku.contracts.engine.values import Found, fitting, resolve
from itaku.contracts.model.parts import Charge, Excluded, names
from itaku.contracts.model.references import read_reference

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


class Charged(msgspec.Struct, frozen=True):
    """A sum with its working. `grows` while its last day is not known; `last_confirmed_on` as in `basis.rates`."""

    yen: Yen
    exact: Fraction
    grows: bool
    working: tuple[Line, ...]
    last_confirmed_on: dt.date | None = None


class _BlankError(Exception):
    """An input is blank."""

    def __init__(self, blank: Blank) -> None:
        super().__init__(blank.en)
        self.blank = blank


def charge_of(fold: Fold, instance: Instance) -> Charged | Blank:
    """What the instance's charge is now, or what it waits for."""
    charge: Charge = instance.rule.text.charge  # type: ignore[union-attr]
    try:
        found = _FORMULAS[charge.formula](fold, instance, charge)
        return _capped(fold, instance, charge, found)
    except _BlankError as error:
        return error.blank
    except ItakuError as error:
        return Blank(f"{error.ja}（{error.detail}）", str(error), instance.rule.id)


def _get(fold: Fold, text: str | None, instance: Instance) -> Any:
    assert text is not None, "the lint asked for every input"
    found: Found = resolve(fold, text, instance)
    if isinstance(found, Blank):
        raise _BlankError(found)
    return found


def _late(fold: Fold, instance: Instance, charge: Charge) -> Charged:
    clause = instance.rule.id
    base_text = fold.expand(charge.base)
    first = _get(fold, charge.first, instance)
    last, grows = _last_day(fold, instance, charge)
    base, payments = _base(fold, base_text, instance, first, last)
    rate = _get(fold, charge.rate, instance)
    percent = rate.percent if isinstance(rate, Rate) else rate if isinstance(rate, Percent) else Percent(str(rate))
    rate_lines = rate.working if isinstance(rate, Rate) else ()
    confirmed = rate.last_confirmed_on if isinstance(rate, Rate) else None
    if last < first or base == 0:
        ja, en = "遅れた日はない", "there is no day of delay"
        return Charged(Yen(0), Fraction(0), grows, (*rate_lines, Line(ja, en, clause)), confirmed)
    delay = DayRange(first, last)
    found = late_charge(
        base,
        percent,
        delay,
        excluded=_excluded(fold, charge.excluded, delay),
        payments=payments,
        base_cut=BaseCut(charge.base_cut),
        rounding=Rounding(charge.round),
        clause=clause,
        days_clause=charge.excluded_clause,
    )
    lines = (*rate_lines, *found.working, *(_GROWS if grows else ()))
    return Charged(found.yen, found.exact, grows, lines, confirmed)


_GROWS = (Line("まだ終わっていない。今日までの額", "It still grows: this is the amount up to today", "asof"),)


def _last_day(fold: Fold, instance: Instance, charge: Charge) -> tuple[dt.date, bool]:
    """The last day of delay, or today while it is not known."""
    found = resolve(fold, charge.last or "now", instance)
    if isinstance(found, Blank):
        return fold.today, True
    assert isinstance(found, dt.date), "the lint asked for a day"
    return (fold.today, True) if found > fold.today else (found, False)


def _base(fold: Fold, text: str, instance: Instance, first: dt.date, last: dt.date) -> tuple[int, list[PartPayment]]:
    """The base, and the part payments that make segments of it where it is what was unpaid."""
    ref = read_reference(text)
    target: Instance | None = None
    if ref.source == "unpaid":
        target = fitting(fold, ref.name, instance)
    elif ref.source == "cause" and ref.name == "unpaid":
        target = instance.cause
    if target is None:
        return int(_get(fold, text, instance)), []
    amount = fold.amount(target)
    if isinstance(amount, Blank):
        raise _BlankError(amount)
    base = max(0, amount - sum(each.yen for each in target.paid if each.on < first))
    payments: list[PartPayment] = []
    rest = base
    for each in sorted(target.paid):
        if first <= each.on <= last and rest > 0:
            taken = min(each.yen, rest)
            payments.append(PartPayment(each.on, Yen(taken)))
            rest -= taken
    return base, payments


def _excluded(fold: Fold, rules: tuple[Excluded, ...], delay: DayRange) -> list[DayRange]:
    """Days that do not count, cut to the days of delay."""
    found: list[DayRange] = []
    for rule in rules:
        for event in fold.told.get(rule.event, []):
            first, last = _days(event, rule)
            if first is None or last is None or last < first:
                continue
            first, last = max(first, delay.first), min(last, delay.last)
            if first <= last:
                found.append(DayRange(first, last))
    return found


def _days(event: Event, rule: Excluded) -> tuple[dt.date | None, dt.date | None]:
    first, last = event.fields.get(rule.first), event.fields.get(rule.last)
    fits = all(event.fields.get(field) == value for field, value in rule.where.items())
    if not fits or not isinstance(first, dt.date) or not isinstance(last, dt.date):
        return None, None
    return first, last


def _share(fold: Fold, instance: Instance, charge: Charge) -> Charged:
    base = BaseCut(charge.base_cut).of(Yen(int(_get(fold, charge.base, instance))))
    assert charge.share is not None, "the lint asked for it"
    over, under = (int(part) for part in charge.share.split("/"))
    ja = f"{yen_text(base)} × {over}/{under}"
    return _rounded(instance, charge, Fraction(base * over, under), ja, f"{base:,} yen x {over}/{under}")


def _unit(fold: Fold, instance: Instance, charge: Charge) -> Charged:
    count, unit = int(_get(fold, charge.count, instance)), int(_get(fold, charge.unit, instance))
    return _rounded(instance, charge, Fraction(count * unit), f"{count:,} × {unit:,}円", f"{count:,} x {unit:,} yen")


def _sum(fold: Fold, instance: Instance, charge: Charge) -> Charged:
    plus = [int(_get(fold, text, instance)) for text in charge.plus]
    minus = [int(_get(fold, text, instance)) for text in charge.minus]
    text = " + ".join(f"{each:,}" for each in plus) + "".join(f" - {each:,}" for each in minus)
    return _rounded(
        instance, charge, Fraction(max(0, sum(plus) - sum(minus))), f"{text}（0円未満は0円）", f"{text}, not below 0"
    )


def _tax_part(fold: Fold, instance: Instance, charge: Charge) -> Charged:
    base = int(_get(fold, charge.base, instance))
    rate = _get(fold, charge.rate, instance)
    share = (rate.percent if isinstance(rate, Rate) else Percent(str(rate))).share
    exact = Fraction(base) * share / (1 + share)
    text = decimal_text(share * 100)
    return _rounded(
        instance, charge, exact, f"{base:,}円 × {text}/(100 + {text})", f"{base:,} yen x {text}/(100 + {text})"
    )


def _rounded(instance: Instance, charge: Charge, exact: Fraction, ja: str, en: str) -> Charged:
    rounding = Rounding(charge.round)
    yen = rounding.of(exact)
    value = decimal_text(exact)
    return Charged(
        yen,
        exact,
        False,
        (
            Line(f"{ja} = {value}円", f"{en} = {value} yen", instance.rule.id),
            Line(
                f"端数処理: {rounding.ja} = {yen_text(yen)}", f"Rounding: {rounding.en} = {yen:,} yen", rounding.value
            ),
        ),
    )


def _capped(fold: Fold, instance: Instance, charge: Charge, found: Charged) -> Charged:
    for text in names(charge.at_most):
        most = int(_get(fold, text, instance))
        if found.yen > most:
            line = Line(f"上限 {most:,}円（{text}）", f"At most {most:,} yen ({text})", instance.rule.id)
            found = msgspec.structs.replace(found, yen=Yen(most), working=(*found.working, line))
    return found


_FORMULAS = {"late": _late, "share": _share, "unit": _unit, "sum": _sum, "tax-part": _tax_part}
