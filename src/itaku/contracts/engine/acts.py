"""Acts (行為): what an event does to instances: exercises, lifts, breaks a ban or a gate, performs, accepts, pays."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from itaku.basis.periods import Period
from itaku.contracts.engine import conditions, debts
from itaku.contracts.engine.effects import have_effect
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.guards import Against, reasons_against, satisfied
from itaku.contracts.engine.instance import Instance, Step, keyed
from itaku.contracts.engine.rules import Compiled
from itaku.contracts.engine.values import fits, names_instance, names_rule, offset_day, resolve
from itaku.contracts.model.kinds import Condition, Power
from itaku.contracts.model.parts import Act, names

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


def take(fold: Fold, event: Event) -> None:
    """Everything that the event does as an act. Money whose power has no effect (no deposit is there) pays nothing.

    Gates and bans watch the act itself, whichever provision it says that it is about.
    """
    meant = fold.rules.acts_of(event.kind)
    if not meant:
        return
    for name in fold.rules.addressed[event.kind]:
        if event.fields.get(name) is not None:
            meant = tuple(each for each in meant if each[0] in _WATCHING or names_rule(fold, event, each[1]))
            break
    exercised = [rule for key, rule in meant if key == "exercise"] if len(meant) > 1 else []
    pays = not exercised or any(_would_take_effect(fold, rule, event) for rule in exercised)
    for key, rule in meant:
        if pays or key != "discharge":
            _HANDLERS[key](fold, rule, event)


_WATCHING = frozenset({"gate", "forbids"})


def _matching(
    fold: Fold, rule: Compiled, event: Event, join: dict[str, str], *, watching: bool = False
) -> list[Instance]:
    """Instances of a rule that the event speaks of, oldest first. `watching`: by its keys alone, as gates do."""
    fields = event.fields
    named = None if watching else fields.get("instance")
    if rule.key_head and named is None and not join:
        value = fields.get(rule.per[0])
        if value is not None:
            one = fold.instances.get(f"{rule.key_head}{value}]")
            return [] if one is None else [one]
    elif rule.per and named is None:
        told = [fields.get(join.get(key, key)) for key in rule.per]
        if None not in told:
            one = fold.instances.get(keyed(rule.id, rule.per, told))
            return [] if one is None else [one]
    found = []
    for instance in fold.of(rule.id):
        if named is not None and not names_instance(event, instance):
            continue
        for key, value in instance.keys.items():
            other = fields.get(join.get(key, key))
            if other is not None and str(other) != value:
                break
        else:
            found.append(instance)
    return found


# ---- powers ----


def _exercise(fold: Fold, rule: Compiled, event: Event) -> None:
    text = rule.text
    assert isinstance(text, Power), "only powers are exercised"
    assert text.exercise is not None, "the index holds what is exercised"
    if not fits(event, text.exercise.where):
        return
    if text.trigger is None:
        instance = fold.bring(rule, event.day, event, None, again=True)
    else:
        matching = _matching(fold, rule, event, text.exercise.join)
        if not matching:
            _without_effect(fold, rule.id, event, [Against("not_arisen", rule.id)])
            return
        available = [each for each in matching if _is_open_to(each, event)]
        ready = (each for each in available if not against_exercise(fold, each, event))
        instance = next(ready, available[0] if available else matching[-1])
    reasons = against_exercise(fold, instance, event)
    if reasons:
        _without_effect(fold, instance.id, event, reasons)
        instance.steps.append(Step(event.day, "without_effect", event.id, ", ".join(each.by for each in reasons)))
        if text.trigger is None and instance.state != "exercised":
            instance.state = "barred"
        return
    instance.state = "exercised"
    instance.performed_on, instance.performed_by, instance.closed_by = event.day, event, event.id
    instance.steps.append(Step(event.day, "exercised", event.id))
    have_effect(fold, instance, event)
    fold.follow("exercised", instance, event.day, event)
    conditions.changed(fold, rule)


def _would_take_effect(fold: Fold, rule: Compiled, event: Event) -> bool:
    """Whether an event that pays something exercises the power on which the payment rests."""
    text = rule.text
    assert isinstance(text, Power), "only powers are exercised"
    assert text.exercise is not None, "the index holds what is exercised"
    if text.trigger is None or not fits(event, text.exercise.where):
        return True
    matching = _matching(fold, rule, event, text.exercise.join)
    return any(each.state == "available" and not against_exercise(fold, each, event) for each in matching)


def _is_open_to(instance: Instance, event: Event) -> bool:
    """Whether a power still waits, or was closed by this very notice as it ended the contract on another ground."""
    return instance.state == "available" or (instance.state == "lapsed" and instance.closed_by == event.id)


def against_exercise(fold: Fold, instance: Instance, event: Event | None) -> list[Against]:
    """Why a power cannot be exercised now; nothing if it can."""
    rule, text = instance.rule, instance.rule.text
    assert isinstance(text, Power), "only powers are exercised"
    found = reasons_against(fold, instance)
    grounds = names(text.grounds)
    if grounds and not any(satisfied(fold, name, instance) for name in grounds):
        found.append(Against("no_ground", ", ".join(grounds)))
    if event is not None and event.by not in {None, rule.bearer} and rule.bearer in fold.rules.tellers[event.kind]:
        found.append(Against("not_holder", str(event.by)))
    if event is not None and event.id == fold.ended_by:
        pass  # the same notice ended the contract on another ground: it is judged as it was when the notice came
    elif instance.state == "lapsed":
        found.append(Against("lapsed", rule.id))
    elif (fold.status in {"terminated", "cancelled"} and not rule.survives) or (
        fold.status == "expired" and text.trigger is None and not rule.survives
    ):
        found.append(Against("ended", fold.status))
    if event is not None and text.notice is not None:
        found += _notice_reasons(fold, instance, text, event)
    return found


def _notice_reasons(fold: Fold, instance: Instance, text: Power, event: Event) -> list[Against]:
    assert text.notice is not None, "asked only of powers with notice"
    for reference in names(text.notice.of):
        day = resolve(fold, reference, instance, event)
        if isinstance(day, dt.date):
            latest = offset_day(day, Period.parse(text.notice.before), backward=True)
            return [Against("too_late", latest.isoformat())] if event.day > latest else []
    return [Against("notice_blank", text.id)]


def _without_effect(fold: Fold, name: str, event: Event, reasons: list[Against]) -> None:
    why = "、".join(f"{each.code}: {each.by}" for each in reasons)
    fold.flag(
        "without_effect", f"{name} の行使は効果がない（{why}）", f"{name}: exercised without effect ({why})", event.id
    )


# ---- bans and gates ----


def _lift(fold: Fold, rule: Compiled, event: Event) -> None:
    act = getattr(rule.text, "lifted", None)
    assert isinstance(act, Act), "the index holds what is lifted"
    if not fits(event, act.where):
        return
    matching = [each for each in _matching(fold, rule, event, act.join) if not each.standing]
    for instance in matching:
        if instance.state == "in_effect":
            instance.state, instance.closed_by = "discharged", event.id
            instance.steps.append(Step(event.day, "lifted", event.id))
    if not matching:
        fold.early.setdefault(rule.id, []).append(("lifted", event))


def _forbidden(fold: Fold, rule: Compiled, event: Event) -> None:
    act = getattr(rule.text, "forbids", None)
    assert isinstance(act, Act), "the index holds what is forbidden"
    if not fits(event, act.where) or (fold.status in {"terminated", "cancelled"} and not rule.survives):
        return
    found = _matching(fold, rule, event, act.join, watching=True) if rule.per else []
    matching = [each for each in found if not each.standing]
    instance = matching[-1] if matching else fold.bring(rule, event.day, event, None, again=True)
    _break(fold, instance, event)


def _gated(fold: Fold, rule: Compiled, event: Event) -> None:
    act = getattr(rule.text, "gate", None)
    assert isinstance(act, Act), "the index holds gates"
    if not fits(event, act.where) or (fold.status in {"terminated", "cancelled"} and not rule.survives):
        return
    matching = _matching(fold, rule, event, act.join, watching=True)
    instance = matching[-1] if matching else fold.bring(rule, event.day, event, None, again=True)
    _break(fold, instance, event)


def _break(fold: Fold, instance: Instance, event: Event) -> None:
    """The act came: a violation unless it was allowed, done before, or excused."""
    if instance.state not in {"in_effect", "pending", "suspended"}:
        return
    if instance.rule.guarded and reasons_against(fold, instance):
        return
    instance.steps.append(Step(event.day, "act", event.id))
    fold.breach(instance, event.day)


# ---- performance ----


def _discharge(fold: Fold, rule: Compiled, event: Event) -> None:
    if rule.discharge.where and not fits(event, rule.discharge.where):
        return
    matching = _matching(fold, rule, event, rule.discharge.join)
    waiting = [each for each in matching if each.open and (each.performed_on is None or rule.discharge.amount)]
    if waiting:
        if len(waiting) > 1 and not rule.per and "instance" not in event.fields:
            ja, en = (
                f"{rule.id} の義務が複数ある。最も古いものに当てた",
                f"several open {rule.id}: taken for the oldest",
            )
            fold.flag("ambiguous", ja, en, event.id)
        _act_on(fold, waiting[0], event)
    elif not matching and rule.per:
        fold.early.setdefault(rule.id, []).append(("discharge", event))
    elif matching and rule.discharge.amount:
        fold.flag("overpaid", f"{rule.id} に支払う債務がない", f"{rule.id}: nothing left to pay", event.id)


def _act_on(fold: Fold, instance: Instance, event: Event) -> None:
    discharge = instance.rule.discharge
    if isinstance(instance.rule.text, Condition):
        conditions.avert(fold, instance, event)
        return
    if discharge.amount is not None:
        debts.pay(fold, instance, event)
        return
    told = event.fields.get(discharge.day) if discharge.day is not None else None
    instance.acted = told if isinstance(told, dt.date) else event.day
    instance.acted_by = event
    fold.check_day(instance.acted, event)
    if discharge.accept is None:
        fold.perform(instance, instance.acted, event)
    else:
        instance.steps.append(Step(instance.acted, "acted", event.id))


def _accept(fold: Fold, rule: Compiled, event: Event) -> None:
    discharge = rule.discharge
    if not fits(event, discharge.accept_where):
        return
    for instance in _matching(fold, rule, event, discharge.join):
        if instance.open and instance.performed_on is None and instance.acted is not None:
            if not _same_thing(fold, instance.acted_by, event):
                ja, en = f"{instance.id}: 提出されたものと違うものの承認", f"{instance.id}: not what was handed in"
                fold.flag("accepted_other", ja, en, event.id)
                continue
            instance.accepted = event.day
            stops = fold.choices.read(discharge.in_time)
            fold.perform(instance, instance.acted if stops == "act" else event.day, event)
            return
    if rule.per and not _matching(fold, rule, event, discharge.join):
        fold.early.setdefault(rule.id, []).append(("accept", event))


def _same_thing(fold: Fold, act: Event | None, acceptance: Event) -> bool:
    """Whether an acceptance speaks of what was handed in: the same version, round or number, where both tell it."""
    assert act is not None, "it was handed in by an event"
    keys = fold.rules.events[acceptance.kind].keys
    return all(act.fields.get(key, acceptance.fields[key]) == acceptance.fields[key] for key in keys)


def apply_early(fold: Fold, instance: Instance) -> None:
    """Applies what was done for these keys before the duty was born (a notice before the knowledge was recorded)."""
    rule = instance.rule
    rest: list[tuple[str, Event]] = []
    for what, event in fold.early.pop(rule.id, []):
        act = getattr(rule.text, "lifted", None) if what == "lifted" else rule.discharge
        fitting = act is not None and instance in _matching(fold, rule, event, act.join)
        if not fitting or not instance.open:
            rest.append((what, event))
        elif what == "lifted":
            instance.state, instance.closed_by = "discharged", event.id
            instance.steps.append(Step(event.day, "lifted", event.id))
        elif what == "accept":
            _accept(fold, rule, event)
        else:
            _act_on(fold, instance, event)
    if rest:
        fold.early[rule.id] = [*rest, *fold.early.get(rule.id, [])]


_HANDLERS = {
    "lifted": _lift,
    "discharge": _discharge,
    "accept": _accept,
    "gate": _gated,
    "forbids": _forbidden,
    "exercise": _exercise,
}
