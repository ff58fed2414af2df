"""What a reference gives (参照の値) at one place in the replay: a day, yen, a rate, or a blank that says what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from itaku.basis.fiscal import FiscalYear
from itaku.basis.percents import Percent
from itaku.basis.periods import Period, Unit, day_before_by, last_day_forward, shifted
from itaku.basis.rates import Rate, RateUnknownError, rate_on
from itaku.contracts.engine.events import Event, Value, day_of
from itaku.contracts.engine.instance import Blank, Instance
from itaku.contracts.engine.rules import Compiled
from itaku.contracts.model.contract import Term
from itaku.contracts.model.parts import Scalar, Where
from itaku.contracts.model.references import Reference, read_reference

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold

Found = Value | Percent | Rate | Blank
"""What a reference can give."""


def resolve(fold: Fold, text: str, instance: Instance | None, event: Event | None = None) -> Found:
    """The value of a reference for an instance, or for an event that is not an instance's yet (an exercise)."""
    return _resolve(fold, read_reference(text), instance, event)


def _resolve(fold: Fold, ref: Reference, instance: Instance | None, event: Event | None) -> Found:
    if ref.source == "rate":
        return _rate(fold, ref, instance, event)
    value = _source(fold, ref, instance, event)
    if ref.offset is None or isinstance(value, Blank):
        return value
    assert isinstance(value, dt.date), "the lint asked for a day before an offset"
    return offset_day(value, ref.offset, backward=ref.backward)


def offset_day(day: dt.date, period: Period, *, backward: bool) -> dt.date:
    """The last day of a period that begins on the next day, or the corresponding day before."""
    assert period.unit is not Unit.HOUR, "a day is not counted in hours"
    return day_before_by(day, period) if backward else last_day_forward(shifted(day, 1), period)


def _source(fold: Fold, ref: Reference, instance: Instance | None, event: Event | None) -> Found:
    simple = _SIMPLE.get(ref.source)
    if simple is not None:
        found: Found = simple(fold, ref)
        return found
    if ref.source in {"term", "old"}:
        return _term(fold, ref, instance, event)
    if ref.source == "policy":
        return _resolve(fold, read_reference(fold.choices.said(ref.name)), instance, event)
    if ref.source == "field":
        return _field(ref.name, instance, event)
    if instance is None:
        return Blank("原因がない", "nothing caused it", ref.text)
    return _of_instance(fold, ref, instance)


def _of_instance(fold: Fold, ref: Reference, instance: Instance) -> Found:
    """What only an instance can tell."""
    if ref.source == "born":
        return instance.born
    if ref.source == "period":
        assert instance.period is not None, "the lint saw a recurring trigger"
        return instance.period[0 if ref.name == "first" else 1]
    if ref.source == "field-of":
        return _field_of(fold, ref, instance)
    if ref.source in {"sum-of", "count-of"}:
        return _sum_of(fold, ref, instance)
    if ref.source == "applied":
        return fold.applied.get(ref.name, 0)
    if ref.source == "cause":
        if instance.cause is None:
            return Blank("原因の義務がない", "no duty caused it", ref.text)
        return about(fold, ref.name, instance.cause)
    found = fitting(fold, ref.name, instance)
    if found is None:
        return Blank(f"{ref.name} がまだ生じていない", f"{ref.name} has not arisen", ref.name)
    return about(fold, ref.source, found)


def about(fold: Fold, what: str, instance: Instance) -> Found:
    """What is asked of an instance: due, performed, amount, unpaid, paid."""
    if what == "due":
        if instance.due.day is not None:
            return instance.due.day
        return instance.due.blank or Blank(f"{instance.id} に期日がない", f"{instance.id} has no date", instance.id)
    if what == "performed":
        if instance.performed_on is not None:
            return instance.performed_on
        return Blank(f"{instance.id} はまだ履行されていない", f"{instance.id} is not performed yet", instance.id)
    if what == "paid":
        return sum(each.yen for each in instance.paid)
    return fold.amount(instance) if what == "amount" else fold.unpaid(instance)


def fitting(fold: Fold, name: str, instance: Instance) -> Instance | None:
    """The instance of a provision that goes with this one: in its chain of causes, else the newest with its keys."""
    cause: Instance | None = instance
    while cause is not None:
        if cause.rule.id == name:
            return cause
        cause = cause.cause
    return next((each for each in reversed(fold.of(name)) if compatible(each.keys, instance.keys)), None)


def compatible(first: dict[str, str], second: dict[str, str]) -> bool:
    """Whether two sets of keys agree wherever both speak."""
    if len(first) > len(second):
        first, second = second, first
    for key, value in first.items():  # noqa: SIM110 a generator costs twice as much
        if second.get(key, value) != value:
            return False
    return True


def _term(fold: Fold, ref: Reference, instance: Instance | None, event: Event | None) -> Found:
    history = fold.terms.get(ref.name, [])
    if ref.source == "old":
        order = fold.order if instance is None else instance.order
        history = [each for each in history if each.order < order]
    elif instance is not None and instance.rule.trigger is not None and instance.rule.trigger.term == ref.name:
        history = [each for each in history if each.order <= instance.order]  # it hangs on the value of its birth
    if ref.at is not None:
        on = _resolve(fold, ref.at, instance, event)
        if isinstance(on, Blank):
            return on
        history = [each for each in history if each.day is None or each.day <= on]  # type: ignore[operator]
    if history:
        return history[-1].value
    term: Term = fold.contract.terms[ref.name]
    return Blank(f"「{term.ja}」が空欄（{term.clause}）", f"{term.en} is blank ({term.clause})", term.clause)


def _field(name: str, instance: Instance | None, event: Event | None) -> Found:
    if event is not None and name in event.fields:
        return event.fields[name]
    while instance is not None:
        if instance.source is not None and name in instance.source.fields:
            return instance.source.fields[name]
        instance = instance.cause
    return Blank(f"項目 {name} が空欄", f"the field {name} is blank", name)


def _field_of(fold: Fold, ref: Reference, instance: Instance) -> Found:
    known = fold.rules.events[ref.name]
    field = ref.part or next(name for name, text in known.fields.items() if text.rstrip("?") == "date")
    addressed = fold.rules.addressed[ref.name]
    under, rule_id = addressed[0] if len(addressed) == 1 else "", instance.rule.id
    for event in reversed(fold.told.get(ref.name, [])):
        told = event.fields.get(under, rule_id)
        if told != rule_id and isinstance(told, str):
            continue  # nearly all: dates are set for many duties, one after another
        if field in event.fields and speaks_of(fold, event, instance):
            return event.fields[field]
    return Blank(f"{known.ja}がまだない", f"{known.en}: not yet", ref.name)


def speaks_of(fold: Fold, event: Event, instance: Instance) -> bool:
    """Whether an event is about this instance: by its provision, its instance, and its keys."""
    if not names_rule(fold, event, instance.rule):
        return False
    return names_instance(event, instance) and has_keys(event, instance)


def names_instance(event: Event, instance: Instance) -> bool:
    """Whether an event that names one instance, or several, names this one; an event that names none speaks to all."""
    named = event.fields.get("instance")
    return named is None or named == instance.id or (isinstance(named, tuple) and instance.id in named)


def has_keys(event: Event, instance: Instance) -> bool:
    """Whether an event's keys agree with the instance's wherever it tells them."""
    for key, value in instance.keys.items():  # noqa: SIM110 a generator costs twice as much
        if event.fields.get(key, value) != value:
            return False
    return True


def named_rules(fold: Fold, event: Event, rules: Sequence[Compiled]) -> Sequence[Compiled]:
    """Those of some rules that `names_rule` is true of, in their order."""
    if not rules:
        return rules
    told = [value for name in fold.rules.addressed[event.kind] if (value := event.fields.get(name)) is not None]
    if len(told) == 1 and isinstance(told[0], str):
        return [rule for rule in rules if rule.id == told[0]]
    return [rule for rule in rules if names_rule(fold, event, rule)] if told else rules


def names_rule(fold: Fold, event: Event, rule: Compiled) -> bool:
    """Whether an event that says which provision it is about says this one; an event that says none speaks to all."""
    for name in fold.rules.addressed[event.kind]:
        value = event.fields.get(name)
        if value is not None and rule.id != value and not (isinstance(value, tuple) and rule.id in value):
            return False
    return True


def fits(event: Event, where: Where) -> bool:
    """Whether an event has the field values that a rule asks for."""
    for field, wanted in where.items():  # noqa: SIM110 a generator costs twice as much, and every event comes here
        if not _is_one_of(event.fields.get(field), wanted):
            return False
    return True


def fits_chain(where: Where, source: Event | None, instance: Instance) -> bool:
    """Whether the events behind a chained cause have the field values: of each field the nearest event that has it."""
    for field, wanted in where.items():
        value = _field(field, instance, source)
        if isinstance(value, Blank) or not _is_one_of(value, wanted):
            return False
    return True


def _is_one_of(value: object, wanted: Scalar | tuple[Scalar, ...]) -> bool:
    if not isinstance(value, tuple) and not isinstance(wanted, tuple):
        return value == wanted
    choices = wanted if isinstance(wanted, tuple) else (wanted,)
    return any(each in choices for each in value) if isinstance(value, tuple) else value in choices


def _sum_of(fold: Fold, ref: Reference, instance: Instance) -> Found:
    events = [each for each in fold.told.get(ref.name, []) if has_keys(each, instance)]
    if ref.at is not None:
        on = _resolve(fold, ref.at, instance, None)
        if isinstance(on, Blank):
            return on
        events = [each for each in events if each.day <= on]  # type: ignore[operator]
    if not ref.part:
        return len(events)
    return sum(value for each in events if isinstance(value := each.fields.get(ref.part), int))


def _rate(fold: Fold, ref: Reference, instance: Instance | None, event: Event | None) -> Found:
    assert ref.at is not None, "the lint asked for the rate's day"
    on = _resolve(fold, ref.at, instance, event)
    if isinstance(on, Blank):
        return on
    assert isinstance(on, dt.date), "the lint asked for a day"
    clause = instance.rule.id if instance is not None else ""
    try:
        return rate_on(ref.name, on, clause, fold.rates.get(ref.name, ()))
    except RateUnknownError as error:
        ja = f"率が登録されていない: {ref.name}（{on}）。{clause}が待つ。出来事 rate.entered で率・根拠・出典を登録する"
        en = f"no rate on file: {error.detail}. Enter rate, basis and source with the event rate.entered"
        return Blank(ja, en, ref.name)


def _fiscal_year_end(_: Fold, ref: Reference) -> Found:
    return FiscalYear(int(ref.name)).last_day


def _ended(fold: Fold, _: Reference) -> Found:
    return fold.ended_on or Blank("契約はまだ終了していない", "the contract has not ended", "ended")


_SIMPLE: dict[str, Any] = {
    "date": lambda _, ref: dt.date.fromisoformat(ref.name),
    "number": lambda _, ref: int(ref.name),
    "now": lambda fold, _: day_of(fold.now),
    "ended": _ended,
    "fiscal-year-end": _fiscal_year_end,
}


def causes(instance: Instance) -> Iterator[Instance]:
    """The instances that led to this one, nearest first."""
    cause = instance.cause
    while cause is not None:
        yield cause
        cause = cause.cause
