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
from itaku.basis.working import Line, day_en, day_ja
from itaku.basis.yen import Yen, yen_text
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.guards import reasons_against
from itaku.contracts.engine.instance import Blank, Instance
from itaku.contracts.engine.values import Found, fits, fitting, has_keys, resolve
from itaku.contracts.model.parts import NO_CAP, Charge, Excluded, names
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
        found = _told(fold, instance, charge) or _FORMULAS[charge.formula](fold, instance, charge)
        return _capped(fold, instance, charge, found)
    except _BlankError as error:
        return error.blank
    except ItakuError as error:
        return Blank(f"{error.ja}（{error.detail}）", str(error), instance.rule.id)


def _told(fold: Fold, instance: Instance, charge: Charge) -> Charged | None:
    """The sum that the event said itself; None where the formula holds."""
    told = None if charge.told is None else resolve(fold, charge.told, instance)
    if not isinstance(told, int):
        return None
    yen = Yen(told)
    line = Line(
        f"告げられた額（一つの計算式では出ない）: {yen_text(yen)}",
        f"As told, since no one formula gives it: {yen:,} yen",
        instance.rule.id,
    )
    return Charged(yen, Fraction(yen), False, (line,))


def _get(fold: Fold, text: str | None, instance: Instance) -> Any:
    assert text is not None, "the lint asked for every input"
    found: Found = resolve(fold, text, instance)
    if isinstance(found, Blank):
        raise _BlankError(found)
    return found


def _late(fold: Fold, instance: Instance, charge: Charge) -> Charged:
    clause = instance.rule.id
    assert charge.base is not None, "the lint asked for it"
    base_text = fold.choices.read(charge.base)
    first = _get(fold, charge.first, instance)
    last, grows = _last_day(fold, instance, charge)
    base, payments, waived = _base(fold, base_text, instance, first, last)
    if payments and sum(each.yen for each in payments) == base:
        last, grows = payments[-1].on, False
    percent, rate_lines, confirmed = _percent(_get(fold, charge.rate, instance))
    if last < first or base == 0:
        ja, en = "遅れた日はない", "there is no day of delay"
        return Charged(Yen(0), Fraction(0), grows, (*rate_lines, Line(ja, en, clause)), confirmed)
    delay = DayRange(first, last)
    found = late_charge(
        base,
        percent,
        delay,
        excluded=_excluded(fold, instance, charge.excluded, delay),
        payments=payments,
        base_cut=BaseCut(charge.base_cut),
        rounding=Rounding(charge.round),
        clause=clause,
        days_clause=charge.excluded_clause,
    )
    lines = (*rate_lines, *found.working, *waived, *(_GROWS if grows else ()))
    return Charged(found.yen, found.exact, grows, lines, confirmed)


def _percent(rate: Any) -> tuple[Percent, tuple[Line, ...], dt.date | None]:
    """A rate as found: its percentage, its working, and until when its newest row was confirmed."""
    if isinstance(rate, Rate):
        return rate.percent, rate.working, rate.last_confirmed_on
    return rate if isinstance(rate, Percent) else Percent(str(rate)), (), None


_GROWS = (Line("まだ終わっていない。今日までの額", "It still grows: this is the amount up to today", "asof"),)


def _last_day(fold: Fold, instance: Instance, charge: Charge) -> tuple[dt.date, bool]:
    """The last day of delay, or today while it is not known."""
    found = resolve(fold, charge.last or "now", instance)
    if isinstance(found, Blank):
        return fold.today, True
    assert isinstance(found, dt.date), "the lint asked for a day"
    return (fold.today, True) if found > fold.today else (found, False)


def _base(
    fold: Fold, text: str, instance: Instance, first: dt.date, last: dt.date
) -> tuple[int, list[PartPayment], tuple[Line, ...]]:
    """The base, and the part payments that make segments of it where it is what was unpaid.

    A waiver of a debt on which the charge runs ends the base from the day after it, as a payment does.
    """
    ref = read_reference(text)
    target: Instance | None = None
    if ref.source == "unpaid":
        target = fitting(fold, ref.name, instance)
    elif ref.source == "cause" and ref.name == "unpaid":
        target = instance.cause
    if target is None:
        return int(_get(fold, text, instance)), [], ()
    amount = fold.amount(target)
    if isinstance(amount, Blank):
        raise _BlankError(amount)
    if any(each.code != "lacks" for each in reasons_against(fold, target)):
        ja, en = f"{target.id} は債務でない（例外に当たる）", f"{target.id} is not owed: an exception applies"
        return 0, [], (Line(ja, en, target.rule.id),)
    credits_ = [(each.on, int(each.yen)) for each in target.paid]
    credits_ += [(each.on, amount if each.yen is None else int(each.yen)) for each in target.waived]
    base = max(0, amount - sum(yen for on, yen in credits_ if on < first))
    payments: list[PartPayment] = []
    rest = base
    for on, yen in sorted(credits_):
        if first <= on <= last and rest > 0:
            taken = min(yen, rest)
            payments.append(PartPayment(on, Yen(taken)))
            rest -= taken
    lines = tuple(
        Line(f"うち {day_ja(each.on)} は免除", f"Of these {day_en(each.on)} is a waiver", each.clause)
        for each in target.waived
    )
    return base, payments, lines


def _excluded(fold: Fold, instance: Instance, rules: tuple[Excluded, ...], delay: DayRange) -> list[DayRange]:
    """Days that do not count, cut to the days of delay, under the readings that are in force."""
    found: list[DayRange] = []
    for rule in rules:
        if not fold.choices.apply(names(rule.when)):
            continue
        for event in fold.told.get(rule.event, []):
            if not has_keys(event, instance):
                continue
            first, last = _days(event, rule)
            if first is None or last is None or last < first:
                continue
            first, last = _between(first, last, fold.choices.read(rule.ends))
            first, last = max(first, delay.first), min(last, delay.last)
            if first <= last:
                found.append(DayRange(first, last))
    return found


def _between(first: dt.date, last: dt.date, ends: str) -> tuple[dt.date, dt.date]:
    """The days that come off: the range with both of its end days, one of them, or neither."""
    if ends in {"last", "neither"}:
        first += dt.timedelta(days=1)
    if ends in {"first", "neither"}:
        last -= dt.timedelta(days=1)
    return first, last


def _days(event: Event, rule: Excluded) -> tuple[dt.date | None, dt.date | None]:
    first, last = event.fields.get(rule.first), event.fields.get(rule.last)
    if not fits(event, rule.where) or not isinstance(first, dt.date) or not isinstance(last, dt.date):
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
    percent, lines, confirmed = _percent(_get(fold, charge.rate, instance))
    exact = Fraction(base) * percent.share / (1 + percent.share)
    text = decimal_text(percent.share * 100)
    found = _rounded(
        instance, charge, exact, f"{base:,}円 × {text}/(100 + {text})", f"{base:,} yen x {text}/(100 + {text})"
    )
    return msgspec.structs.replace(found, working=(*lines, *found.working), last_confirmed_on=confirmed)


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
    for written in names(charge.at_most):
        text = fold.choices.read(written)
        if text == NO_CAP:
            continue
        most = int(_get(fold, text, instance))
        if found.yen > most:
            line = Line(f"上限 {most:,}円（{text}）", f"At most {most:,} yen ({text})", instance.rule.id)
            found = msgspec.structs.replace(found, yen=Yen(most), working=(*found.working, line))
    return found


_FORMULAS = {"late": _late, "share": _share, "unit": _unit, "sum": _sum, "tax-part": _tax_part}
