"""Conditions (条件): what holds now, asked again when what it rests on changes; findings of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itaku.contracts.engine.effects import have_effect
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.guards import reasons_against, satisfied
from itaku.contracts.engine.instance import Instance, Step, keyed
from itaku.contracts.engine.rules import Compiled
from itaku.contracts.model.kinds import Condition
from itaku.contracts.model.parts import names

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


def settle(fold: Fold, instance: Instance) -> None:
    """Decides again whether a condition holds; what follows from it happens once, when it first does."""
    now = _wants_to_hold(fold, instance)
    if now == instance.held:
        return
    instance.held = now
    fired = any(step.code == "holds" for step in instance.steps)
    instance.steps.append(Step(fold.today, "holds" if now else "no_longer", ""))
    if instance.state != "averted" or now:
        instance.state = "holds" if now else "running"
    if now and not fired:
        have_effect(fold, instance, instance.source)
        fold.follow("holds", instance, fold.today, instance.source)
    elif fired and not now and instance.rule.effect:
        ja, en = f"{instance.id} の効果はすでに生じた", f"the effect of {instance.id} has happened already"
        fold.flag("effect_stands", ja, en, instance.id)
    changed(fold, instance.rule)


def _wants_to_hold(fold: Fold, instance: Instance) -> bool:
    if instance.finding is not None:
        return instance.finding
    text = instance.rule.text
    assert isinstance(text, Condition), "only conditions are settled"
    if text.any_of is not None:
        fact = any(satisfied(fold, name, instance) for name in names(text.any_of))
    elif text.all_of is not None:
        fact = all(satisfied(fold, name, instance) for name in names(text.all_of))
    elif text.trigger is None:
        return False
    else:
        fact = True
    if text.any_of is not None and text.all_of is not None:
        fact = fact and all(satisfied(fold, name, instance) for name in names(text.all_of))
    if instance.state == "averted" or (text.due is not None and not _has_lapsed(instance)):
        return False
    return fact and not reasons_against(fold, instance)


def _has_lapsed(instance: Instance) -> bool:
    return any(step.code == "lapsed" for step in instance.steps)


def lapse(fold: Fold, instance: Instance) -> None:
    """The time of a condition has run out without its discharge."""
    if instance.state != "running" or _has_lapsed(instance):
        return
    instance.steps.append(Step(fold.today, "lapsed", ""))
    settle(fold, instance)


def avert(fold: Fold, instance: Instance, event: Event) -> None:
    """What was asked for was done: in time it averts the condition; afterwards what holds goes on holding."""
    if _has_lapsed(instance):
        instance.steps.append(Step(event.day, "too_late", event.id))
        return
    instance.performed_on, instance.performed_by = event.day, event
    instance.closed_by = event.id
    instance.state = "averted"
    instance.steps.append(Step(event.day, "averted", event.id))
    settle(fold, instance)
    fold.follow("fulfilled", instance, event.day, event)


def changed(fold: Fold, rule: Compiled) -> None:
    """Asks everything again that rests on a provision."""
    for dependent in fold.rules.dependents.get(rule.id, ()):
        if dependent.composed and dependent.per:
            _bring_by_members(fold, dependent, rule)
        ask_again(fold, dependent)


def ask_again(fold: Fold, rule: Compiled) -> None:
    """Whether its conditions hold now, and whether its duties, freed of what excused them, are overdue by now."""
    fold.sums_changed = fold.sums_changed or rule.is_debt
    for instance in list(fold.of(rule.id)):
        if rule.kind == "condition":
            settle(fold, instance)
        elif rule.is_duty and instance.state in {"in_effect", "pending"}:
            due = instance.due.day
            if due is not None and due < fold.today:
                fold.overdue(instance)


def _bring_by_members(fold: Fold, rule: Compiled, member: Compiled) -> None:
    """A composed condition with keys is born for each set of keys that a member of it tells."""
    if rule.trigger is not None:
        return
    for each in list(fold.of(member.id)):
        if all(key in each.keys for key in rule.per):
            keys = {key: each.keys[key] for key in rule.per}
            if keyed(rule.id, keys, keys.values()) not in fold.instances:
                fold.bring(rule, fold.today, each.source, each, keys=keys)


def find(fold: Fold, event: Event) -> None:
    """A person's finding (認定): it prevails over what was computed, from its day on."""
    rule = fold.rules.rules.get(str(event.fields["on"]))
    result = bool(event.fields["result"])
    if rule is None:
        fold.flag("provision_unknown", "認定の条項がない", "the finding names no rule", event.id)
        return
    fold.sums_changed = True
    named = event.fields.get("instance")
    about = fold.instances.get(str(named)) if named is not None else None
    if named is not None and about is None:
        fold.flag("instance_unknown", f"{named} がない", f"there is no {named}", event.id)
        return
    if rule.kind != "condition":
        fold.flag("finding_unfit", f"{rule.id} は条件でない", f"{rule.id} is no condition", event.id)
        return
    if about is not None and about.rule.id != rule.id:
        fold.scoped.setdefault(rule.id, {})[about.id] = result
        changed(fold, rule)
        return
    found = [about] if about is not None else list(fold.of(rule.id))
    for instance in found or [fold.bring(rule, event.day, event, None, standing=True)]:
        instance.finding = result
        instance.steps.append(Step(event.day, "found", event.id, "true" if result else "false"))
        settle(fold, instance)
