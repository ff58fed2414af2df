"""Conditions and guards (条件・前提・障害): what holds now, asked again when what it rests on changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from itaku.contracts.engine.effects import have_effect
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.instance import Instance, Step
from itaku.contracts.engine.requirements import is_proved
from itaku.contracts.engine.rules import Compiled
from itaku.contracts.engine.values import compatible
from itaku.contracts.model.kinds import Condition
from itaku.contracts.model.parts import names

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


class Against(NamedTuple):
    """Why something is not so: `code` lacks, excused, barred, no_ground; and the provision that says it."""

    code: str
    by: str


def satisfied(fold: Fold, name: str, instance: Instance | None) -> bool:
    """Whether a provision holds for an instance: a condition holds, a power was exercised, a duty is fulfilled."""
    scoped = fold.scoped.get(name)
    walk = instance
    while scoped and walk is not None:
        if walk.id in scoped:
            return scoped[walk.id]
        walk = walk.cause
    keys = {} if instance is None else instance.keys
    return any(compatible(each.keys, keys) and _is_so(fold, each) for each in fold.of(name))


def _is_so(fold: Fold, instance: Instance) -> bool:
    kind = instance.rule.kind
    if kind == "condition":
        return instance.held
    if kind == "power":
        return instance.state == "exercised"
    if kind == "requirement":
        return is_proved(instance, fold.today)
    return instance.state == "fulfilled" or (kind == "prohibition" and instance.state == "discharged")


def reasons_against(fold: Fold, instance: Instance) -> list[Against]:
    """Why an instance is not in effect: a need that is not met, an exception that is, a bar that holds."""
    rule = instance.rule
    found = [Against("lacks", name) for name in rule.needs if not satisfied(fold, name, instance)]
    found += [Against("excused", name) for name in rule.unless if satisfied(fold, name, instance)]
    found += [
        Against("barred", name) for name in fold.rules.barred_by.get(rule.id, ()) if satisfied(fold, name, instance)
    ]
    return found


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
        for instance in list(fold.of(dependent.id)):
            if dependent.kind == "condition":
                settle(fold, instance)
            elif dependent.is_duty and instance.state in {"in_effect", "pending"}:
                due = instance.due.day
                if due is not None and due < fold.today:
                    fold.overdue(instance)


def find(fold: Fold, event: Event) -> None:
    """A person's finding (認定): it prevails over what was computed, from its day on."""
    rule = fold.rules.rules.get(str(event.fields["on"]))
    result = bool(event.fields["result"])
    if rule is None:
        fold.flag("provision_unknown", "認定の条項がない", "the finding names no rule", event.id)
        return
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
