"""Checks of identity: that every key in `per` comes with each cause, and that what discharges an instance names it."""

from __future__ import annotations

from typing import Any

from itaku.contracts.model.draft import Placed
from itaku.contracts.model.kinds import Document, Obligation, Power, Prohibition, Ruled
from itaku.contracts.model.lint_context import Context
from itaku.contracts.model.lint_references import cause_events
from itaku.contracts.model.parts import Act, names


def check_keys(context: Context, placed: Placed[Any]) -> None:
    """Reports keys that are missing, or that nothing brings."""
    rule: Ruled = placed.value
    trigger = rule.trigger
    if rule.per is None:
        _check_missing(context, placed)
        return
    if len(set(rule.per)) != len(rule.per):
        context.report(placed, ("per",), "key_twice", "per に同じキーが二つある", "per names a key twice")
    brought = _brought(context, rule)
    unborn = rule.per and trigger is None and not isinstance(rule, Power) and not _births(rule)
    if unborn and not _keyed_member(context, rule):
        ja, en = "きっかけがないので、キーごとには生じない", "without a trigger it never arises for a key"
        context.report(placed, ("per",), "per_unborn", ja, en)
    for key in rule.per:
        if brought and any(key not in each for each in brought):
            ja, en = f"キー {key} を持たない原因がある", f"a cause does not bring the key {key}"
            context.report(placed, ("per",), "key_unbrought", ja, en)
    if trigger is not None and trigger.every is not None and trigger.every.key not in rule.per:
        ja, en = f"くり返しのキー {trigger.every.key} が per にない", f"per lacks the recurring key {trigger.every.key}"
        context.report(placed, ("per",), "per_missing", ja, en)
    _check_answers(context, placed, rule)


def _check_missing(context: Context, placed: Placed[Any]) -> None:
    rule: Ruled = placed.value
    trigger = rule.trigger
    acts = [act for act in (getattr(rule, "gate", None), getattr(rule, "forbids", None)) if isinstance(act, Act)]
    events = [*names(trigger.event if trigger else None), *(name for act in acts for name in names(act.event))]
    keyed = next((name for name in events if name in context.events and context.events[name].keys), None)
    if keyed is not None:
        keys = ", ".join(context.events[keyed].keys)
        ja = f"{keyed} はキー {keys} を持つ。per を書く（一つきりなら per = []）"
        en = f"{keyed} carries the keys {keys}: write per (per = [] for one instance at a cause)"
        context.report(placed, (), "per_missing", ja, en)
    if trigger is not None and (trigger.every is not None or trigger.term is not None):
        ja, en = "くり返す条項には per が要る", "what recurs needs per"
        context.report(placed, (), "per_missing", ja, en)


def _brought(context: Context, rule: Ruled) -> list[set[str]]:
    """For each cause of an instance, the keys that it can bring."""
    found = [_event_names(context, name) | set(act.join) for act in _births(rule) for name in names(act.event)]
    trigger = rule.trigger
    if trigger is None:
        return found
    found += [_event_names(context, name) for name in names(trigger.event)]
    chained = (trigger.exercised, trigger.violated, trigger.fulfilled, trigger.holds)
    for name in (each for source in chained for each in names(source)):
        cause = context.provisions.get(name)
        if cause is not None and isinstance(cause.value, Ruled):
            found.append(_chained(context, cause.value))
    found += [{trigger.every.key}] if trigger.every is not None else []
    found += [{trigger.term}] if trigger.term is not None else []
    found += [set()] if trigger.end else []
    return found


def _keyed_member(context: Context, rule: Ruled) -> bool:
    """Whether a member of a composed condition tells all its keys: then it is born for each set of them."""
    for name in (*names(getattr(rule, "any_of", None)), *names(getattr(rule, "all_of", None))):
        member = context.provisions.get(name)
        if member is None or set(rule.per or ()) <= set(getattr(member.value, "per", None) or ()):
            return True
    return False


def _births(rule: Ruled) -> list[Act]:
    """Acts that bring an instance to life beside the trigger."""
    act = None
    if isinstance(rule, Obligation | Document):
        act = rule.gate
    elif isinstance(rule, Prohibition):
        act = rule.forbids
    elif isinstance(rule, Power) and rule.trigger is None:
        act = rule.exercise
    return [act] if act is not None else []


def _chained(context: Context, cause: Ruled) -> set[str]:
    events = cause_events(context, cause)
    if isinstance(cause, Power) and cause.exercise:
        events |= set(names(cause.exercise.event))
    return set(cause.per or ()).union(*(_event_names(context, event) for event in events))


def _event_names(context: Context, name: str) -> set[str]:
    event = context.events.get(name)
    return set() if event is None else {*event.keys, *event.fields}


def _check_answers(context: Context, placed: Placed[Any], rule: Ruled) -> None:
    discharge = getattr(rule, "discharge", None)
    answers: list[tuple[str, tuple[str, ...], dict[str, str]]] = []
    if discharge is not None:
        answers += [("discharge", names(discharge.event), discharge.join)]
        answers += [("discharge", names(discharge.accept), discharge.join)]
    for key in ("exercise", "lifted"):
        act = getattr(rule, key, None)
        if isinstance(act, Act):
            answers.append((key, names(act.event), act.join))
    for inner, events, join in answers:
        for event in events:
            if event not in context.events:
                continue
            carried = _event_names(context, event)
            named = any(text.rstrip("?[]") == "provision" for text in context.events[event].fields.values())
            for key in rule.per or ():
                if join.get(key, key) not in carried and not named:
                    ja = f"{event} からキー {key} が分からない（join で項目を示す）"
                    en = f"{event} does not tell the key {key} (name its field with join)"
                    context.report(placed, (inner,), "key_untold", ja, en)
