"""How a contract ends (満了・解除・解約): expiry closes no open duty, termination and cancellation all but debts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from itaku.contracts.engine.events import midnight_after
from itaku.contracts.engine.instance import Instance, Step
from itaku.contracts.engine.values import resolve
from itaku.contracts.model.references import read_reference

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


def watch_expiry(fold: Fold, term: str | None = None) -> None:
    """Waits for the day on which the contract expires, again whenever the term that says it changes."""
    ends = fold.contract.head.ends
    if ends is None or fold.status not in {"in_force", "expired"}:
        return
    if term is not None and read_reference(fold.choices.read(ends)).name != term:
        return
    day = resolve(fold, ends, None)
    if not isinstance(day, dt.date):
        return
    if fold.status == "expired":
        if midnight_after(day) <= fold.now:
            return
        _reopen(fold)
    fold.push(midnight_after(day), "expire", day.isoformat())


def _reopen(fold: Fold) -> None:
    """The end was moved after it had passed: the contract goes on, and so do the duties that its expiry closed."""
    for rule in fold.rules.at_end:
        for instance in fold.of(rule.id):
            if instance.open and instance.born == fold.ended_on and instance.cause is None:
                instance.state, instance.closed_by = "discharged", "reopened"
                instance.steps.append(Step(fold.today, "superseded", "", "reopened"))
    fold.status, fold.ended_on, fold.ended_by = "in_force", None, ""
    for instance in list(fold.instances.values()):
        if instance.closed_by == "expired":
            kind = instance.rule.kind
            instance.state = {"power": "available", "condition": "running"}.get(kind, "in_effect")
            instance.closed_by = ""
            instance.steps.append(Step(fold.today, "reopened", ""))


def announce(fold: Fold, on: dt.date, by: str) -> None:
    """An ending on a day to come (解約): until that day ends, everything goes on."""
    fold.push(midnight_after(on), "cancel", f"{on.isoformat()} {by}")


def tick(fold: Fold, what: str, name: str) -> None:
    """The midnight after the last day."""
    if fold.status != "in_force":
        return
    if what == "cancel":
        day, _, by = name.partition(" ")
        end(fold, "cancelled", dt.date.fromisoformat(day), by)
        return
    ends = fold.contract.head.ends
    assert ends is not None, "something said when it ends"
    last = resolve(fold, ends, None)
    if isinstance(last, dt.date) and last == dt.date.fromisoformat(name):
        end(fold, "expired", last, "")


def end(fold: Fold, how: str, on: dt.date, by: str) -> None:
    """The contract ends. Debts stay, and what survives; what was announced for the end comes to life."""
    if by and by == fold.ended_by:
        return  # one notice on several grounds ends the contract once
    late = fold.status == "expired" and how == "terminated"  # for work never done, after the term
    if fold.status != "in_force" and not late:
        fold.flag("ended_already", "すでに終了している", "the contract had ended already", by)
        return
    fold.status, fold.ended_on, fold.ended_by = how, on, by
    for instance in list(fold.instances.values()):
        if instance.open and not instance.rule.survives and not instance.rule.is_debt:
            _close(fold, instance, how, by)
    for rule in fold.rules.at_end:
        assert rule.trigger is not None, "the index holds triggered rules"
        if how in rule.trigger.end and not (late and "expired" in rule.trigger.end):
            fold.bring(rule, on, None, None)


def _close(fold: Fold, instance: Instance, how: str, by: str) -> None:
    if how == "expired" and not instance.standing:
        return
    kind = instance.rule.kind
    if kind == "condition":
        if instance.standing or instance.held:
            return
        instance.state = "averted"
    elif kind == "power":
        instance.state = "lapsed"
    elif kind != "requirement":
        instance.state = "discharged"
    instance.closed_by = by or how
    instance.steps.append(Step(fold.today, "ended", by, how))
