"""Effects (効果): what the exercise of a power, or a condition that comes to hold, does to the contract."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from itaku.contracts.engine import debts, endings, terms
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.instance import Blank, Instance, Step
from itaku.contracts.engine.values import compatible, fits, resolve
from itaku.contracts.model.parts import Effect, names

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


def have_effect(fold: Fold, instance: Instance, event: Event | None) -> None:
    """Carries out every effect of an instance whose `where` fits the event."""
    for effect in instance.rule.effect:
        if effect.where and (event is None or not fits(event, effect.where)):
            continue
        if not fold.choices.apply(names(effect.when)):
            continue
        _DO[effect.do](fold, instance, effect, event)


def _terminate(fold: Fold, instance: Instance, _: Effect, event: Event | None) -> None:
    endings.end(fold, "terminated", fold.today, instance.id if event is None else event.id)


def _end(fold: Fold, instance: Instance, effect: Effect, event: Event | None) -> None:
    assert effect.on is not None, "the lint asked for a day"
    on = resolve(fold, effect.on, instance, event)
    if isinstance(on, Blank):
        fold.flag("effect_blank", on.ja, on.en, instance.id)
        return
    assert isinstance(on, dt.date), "the lint asked for a day"
    endings.announce(fold, on, instance.id if event is None else event.id)


def _set_term(fold: Fold, instance: Instance, effect: Effect, event: Event | None) -> None:
    assert effect.term is not None, "the lint asked for a term"
    assert effect.from_ is not None, "the lint asked for a value"
    value = resolve(fold, effect.from_, instance, event)
    if isinstance(value, Blank):
        fold.flag("effect_blank", value.ja, value.en, instance.id)
        return
    assert isinstance(value, str | int | dt.date), "the lint asked for a value of the term's type"
    terms.set_term(fold, effect.term, value, event.id if event is not None else instance.id)


def _affected(fold: Fold, instance: Instance, effect: Effect) -> list[Instance]:
    """Open instances of the provisions that an effect names, with the same keys where both have some."""
    return [
        each
        for name in names(effect.of)
        for each in fold.of(name)
        if each.open and compatible(each.keys, instance.keys)
    ]


def _suspend(fold: Fold, instance: Instance, effect: Effect, event: Event | None) -> None:
    for each in _affected(fold, instance, effect):
        if each.state in {"in_effect", "pending", "violated", "running", "available"} and each.suspended_since is None:
            each.steps.append(Step(fold.today, "suspended", event.id if event else instance.id, each.state))
            each.suspended_since = fold.today
            each.state = "suspended"


def _resume(fold: Fold, instance: Instance, effect: Effect, event: Event | None) -> None:
    for each in _affected(fold, instance, effect):
        if each.suspended_since is None:
            continue
        before = next(step.detail for step in reversed(each.steps) if step.code == "suspended")
        days = (fold.today - each.suspended_since).days
        each.suspended_since = None
        each.state = before
        each.steps.append(Step(fold.today, "resumed", event.id if event else instance.id, str(days)))
        if fold.choices.said("suspension.clock") == "shifts":
            each.shift_days += days
        fold.recompute(each)
        due = each.due.day
        if each.rule.is_duty and each.state in {"in_effect", "pending"} and due is not None and due < fold.today:
            fold.overdue(each)


def _accelerate(fold: Fold, instance: Instance, effect: Effect, event: Event | None) -> None:
    for each in _affected(fold, instance, effect):
        day = fold.today if each.accelerated is None else min(each.accelerated, fold.today)
        each.accelerated = day
        each.steps.append(Step(fold.today, "accelerated", event.id if event else instance.id))
        fold.recompute(each)


def _discharge(fold: Fold, instance: Instance, effect: Effect, event: Event | None) -> None:
    yen: int | None = None
    if effect.yen is not None:
        found = resolve(fold, effect.yen, instance, event)
        if isinstance(found, Blank):
            fold.flag("effect_blank", found.ja, found.en, instance.id)
            return
        assert isinstance(found, int), "the lint asked for yen"
        yen = found
    for each in _affected(fold, instance, effect):
        debts.waive(fold, each, instance.rule.id, yen, event)


def _join(fold: Fold, instance: Instance, effect: Effect, event: Event | None) -> None:
    assert effect.from_ is not None, "the lint asked for a field"
    person = None if event is None else event.fields.get(effect.from_)
    if not isinstance(person, str):
        fold.flag("effect_blank", "連帯する者が空欄", "the joint debtor is blank", instance.id)
        return
    for name in names(effect.of):
        fold.joined.setdefault(name, []).append((person, {}))
        for each in fold.of(name):
            if person not in each.debtors:
                each.debtors = (*each.debtors, person)


_DO = {
    "terminate": _terminate,
    "end": _end,
    "set-term": _set_term,
    "suspend": _suspend,
    "resume": _resume,
    "accelerate": _accelerate,
    "discharge": _discharge,
    "join-debtors": _join,
}
