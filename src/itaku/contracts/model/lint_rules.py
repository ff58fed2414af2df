"""Checks of one rule: events, provisions and persons that it names, its due rule, discharge, charge and effects."""

from __future__ import annotations

from typing import Any

from itaku.contracts.model.draft import Placed
from itaku.contracts.model.kinds import (
    Calculation,
    Condition,
    Document,
    Obligation,
    Power,
    Prohibition,
    Requirement,
    Ruled,
)
from itaku.contracts.model.lint_context import Context
from itaku.contracts.model.lint_dues import check_due, check_period
from itaku.contracts.model.lint_money import check_charge
from itaku.contracts.model.lint_policies import check_cases, said
from itaku.contracts.model.lint_references import cause_events, check_reference
from itaku.contracts.model.parts import Act, Discharge, Effect, Where, names

_DUTIES = (Obligation, Document, Calculation, Prohibition)


def check_rule(context: Context, placed: Placed[Any]) -> None:
    """Reports what is wrong in one rule."""
    rule = placed.value
    _check_people(context, placed)
    _check_trigger(context, placed)
    check_cases(context, placed, ("when",), rule.when)
    for key in ("needs", "unless", "grounds", "any_of", "all_of", "bars"):
        _check_ids(context, placed, key, getattr(rule, key, None), Ruled)
    for key in ("gate", "forbids", "lifted", "exercise"):
        act = getattr(rule, key, None)
        if isinstance(act, Act):
            check_events(context, placed, (key,), act.event, act.where)
    due = getattr(rule, "due", None)
    if due is not None:
        check_due(context, placed, due)
    discharge = getattr(rule, "discharge", None)
    if discharge is not None:
        _check_discharge(context, placed, discharge)
    for index, effect in enumerate(getattr(rule, "effect", ())):
        _check_effect(context, placed, effect, ("effect", index))
    _check_kind(context, placed)


def _check_kind(context: Context, placed: Placed[Any]) -> None:
    """What only one kind of rule has."""
    rule = placed.value
    if isinstance(rule, Power):
        _check_power(context, placed, rule)
    if isinstance(rule, Calculation):
        check_charge(context, placed, rule.charge)
    if isinstance(rule, Obligation):
        check_reference(context, placed, ("amount",), rule.amount, "yen")
    if isinstance(rule, Requirement):
        _check_requirement(context, placed, rule)


def check_events(
    context: Context, placed: Placed[Any], inner: tuple[str, ...], kinds: str | tuple[str, ...] | None, where: Where
) -> None:
    """Reports events that the catalogue does not have, and conditions that do not fit their fields."""
    for kind in names(kinds):
        if not context.known(context.events, kind, "event"):
            ja, en = f"出来事 {kind} が目録にない", f"the catalogue has no event {kind}"
            context.report(placed, (*inner, "event"), "event_unknown", ja, en)
            continue
        for field, value in where.items():
            _check_where(context, placed, (*inner, "where"), kind, field, value)


def _check_where(
    context: Context, placed: Placed[Any], inner: tuple[str, ...], kind: str, field: str, value: Any
) -> None:
    if kind not in context.events:
        return
    found = context.field(kind, field)
    if found is None:
        ja, en = f"{kind} に項目 {field} がない", f"{kind} has no field {field}"
        context.report(placed, inner, "field_unknown", ja, en)
        return
    for each in value if isinstance(value, tuple) else (value,):
        if found.name == "provision" and not context.known(context.provisions, str(each), ""):
            context.report(placed, inner, "id_unknown", f"条項 {each} がない", f"no provision {each}")
            continue
        fits = isinstance(each, bool) if found.name == "bool" else not isinstance(each, bool)
        if found.name in {"int", "yen"}:
            fits = fits and isinstance(each, int)
        elif found.name == "choice":
            fits = each in found.choices
        if not fits:
            ja, en = f"{field} は {each!r} にならない", f"{field} is never {each!r}"
            context.report(placed, inner, "where_unfit", ja, en)


def _check_people(context: Context, placed: Placed[Any]) -> None:
    for key in ("bearer", "counterparty", "holder", "judged_by"):
        label = getattr(placed.value, key, None)
        if label is not None and not context.is_label(label, placed.value.id):
            ja, en = f"{label} はこの部の当事者でない", f"{label} is nobody in this part"
            context.report(placed, (key,), "label_unknown", ja, en)


def _check_trigger(context: Context, placed: Placed[Any]) -> None:
    trigger = placed.value.trigger
    if trigger is None:
        return
    sources = (trigger.event, trigger.exercised, trigger.violated, trigger.fulfilled, trigger.holds, trigger.term)
    if not any((*sources, trigger.every, trigger.end)):
        context.report(placed, ("trigger",), "trigger_empty", "きっかけが空", "the trigger is empty")
    check_events(context, placed, ("trigger",), trigger.event, trigger.where)
    _check_chained_where(context, placed)
    _check_ids(context, placed, "exercised", trigger.exercised, Power, ("trigger",))
    _check_ids(context, placed, "violated", trigger.violated, _DUTIES, ("trigger",))
    _check_ids(context, placed, "fulfilled", trigger.fulfilled, (*_DUTIES, Condition), ("trigger",))
    _check_ids(context, placed, "holds", trigger.holds, Condition, ("trigger",))
    if trigger.term is not None and not context.known(context.terms, trigger.term, "term"):
        ja, en = f"条件 {trigger.term} がない", f"no term {trigger.term}"
        context.report(placed, ("trigger", "term"), "term_unknown", ja, en)
    if trigger.every is not None:
        if trigger.every.period != "fiscal-year":
            check_period(context, placed, ("trigger", "every"), trigger.every.period)
        check_reference(context, placed, ("trigger", "every"), trigger.every.from_, "date")
        check_reference(context, placed, ("trigger", "every"), trigger.every.until, "date")


def _check_chained_where(context: Context, placed: Placed[Any]) -> None:
    """`where` asks an event. In a chain that is the nearest one with the field; without any it could never be so."""
    trigger = placed.value.trigger
    chained = any((trigger.exercised, trigger.violated, trigger.fulfilled, trigger.holds))
    if not trigger.where or (trigger.event is not None and not chained):
        return
    kinds = cause_events(context, placed.value)
    for field, value in trigger.where.items():
        having = [kind for kind in kinds if context.field(kind, field) is not None]
        if not having and not any(context.unread_event(kind) for kind in kinds):
            ja = f"原因に項目 {field} を持つ出来事がない。where は何も選べない"
            en = f"no event behind the cause has a field {field}: where can select nothing"
            context.report(placed, ("trigger", "where"), "where_meaningless", ja, en)
        for kind in having:
            _check_where(context, placed, ("trigger", "where"), kind, field, value)


def _check_ids(
    context: Context, placed: Placed[Any], key: str, value: Any, kinds: Any, inner: tuple[str, ...] = ()
) -> None:
    for name in names(value):
        if not context.known(context.provisions, name, ""):
            context.report(placed, (*inner, key), "id_unknown", f"条項 {name} がない", f"no provision {name}")
        elif name in context.provisions and not isinstance(context.provisions[name].value, kinds):
            ja, en = f"{name} は {key} に使えない種類", f"{name} is of a kind that {key} cannot name"
            context.report(placed, (*inner, key), "id_kind", ja, en)
        elif name == placed.value.id:
            context.report(placed, (*inner, key), "circular", "自分自身を指す", "it names itself")


def _check_discharge(context: Context, placed: Placed[Any], discharge: Discharge) -> None:
    check_events(context, placed, ("discharge",), discharge.event, discharge.where)
    if discharge.accept is not None:
        check_events(context, placed, ("discharge", "accept"), discharge.accept, discharge.accept_where)
        _check_acceptor(context, placed, discharge.accept)
    _check_limits(context, placed, discharge)
    options = {"act", "accept"}
    policy = context.policies.get(discharge.in_time.removeprefix("policy:"))
    if discharge.in_time not in options and (
        policy is None or not {option.value or name for name, option in policy.options.items()} <= options
    ):
        ja, en = "in_time は act, accept か、その方針", "in_time is act, accept or a policy of both"
        context.report(placed, ("discharge", "in_time"), "choice_unknown", ja, en)
    for key, kind in (("day", "date"), ("amount", "yen")):
        field = getattr(discharge, key)
        for event in names(discharge.event) if field is not None else ():
            found = context.field(event, field)
            if event in context.events and (found is None or found.name != kind):
                ja, en = f"{event} に {kind} の項目 {field} がない", f"{event} has no field {field} of type {kind}"
                context.report(placed, ("discharge", key), "field_unknown", ja, en)


def _check_limits(context: Context, placed: Placed[Any], discharge: Discharge) -> None:
    for event, text in discharge.limits.items():
        if event not in names(discharge.event) or discharge.amount is None:
            ja, en = f"{event} はここで支払う出来事でない", f"{event} pays nothing here"
            context.report(placed, ("discharge", "limits"), "event_unknown", ja, en)
        check_reference(context, placed, ("discharge", "limits"), text, "yen", events=frozenset({event}))


def _check_acceptor(context: Context, placed: Placed[Any], event: str) -> None:
    """Who bears a duty never accepts its performance (desk: who benefits confirms)."""
    bearer = context.person(getattr(placed.value, "bearer", None), placed.value.id)
    known = context.events.get(event)
    acceptors = {context.person(label, placed.value.id) for label in names(known.by)} if known else set()
    if bearer is not None and bearer in acceptors:
        ja, en = f"義務者自身が {event} で承認する", f"the bearer itself accepts by {event}"
        context.report(placed, ("discharge", "accept"), "bearer_accepts", ja, en)


def _check_power(context: Context, placed: Placed[Any], power: Power) -> None:
    if power.exercise is None:
        if power.effect:
            ja, en = "行使する出来事がないのに効果がある", "an effect without an event that exercises it"
            context.report(placed, ("effect",), "exercise_missing", ja, en)
        return
    events = frozenset(names(power.exercise.event))
    if power.notice is not None:
        check_period(context, placed, ("notice",), power.notice.before)
        for text in names(power.notice.of):
            check_reference(context, placed, ("notice",), text, "date", events=events)
    for event in events & set(context.events):
        users = [
            each.value.id
            for each in context.provisions.values()
            if isinstance(each.value, Power) and each.value.exercise and event in names(each.value.exercise.event)
        ]
        named = any(text.rstrip("?[]") == "provision" for text in context.events[event].fields.values())
        if len(users) > 1 and not named:
            ja = f"{event} は複数の権利を行使する。型 provision の項目（under）が要る"
            en = f"{event} exercises several powers: give it a field (under) of type provision"
            context.report(placed, ("exercise",), "exercise_unnamed", ja, en)


_EFFECT_NEEDS = {
    "terminate": (),
    "end": ("on",),
    "set-term": ("term", "from_"),
    "suspend": ("of",),
    "resume": ("of",),
    "accelerate": ("of",),
    "discharge": ("of",),
    "join-debtors": ("of", "from_"),
}


def _check_effect(context: Context, placed: Placed[Any], effect: Effect, inner: tuple[str | int, ...]) -> None:
    exercise = getattr(placed.value, "exercise", None)
    events = frozenset(names(exercise.event)) if exercise else cause_events(context, placed.value)
    for key in _EFFECT_NEEDS[effect.do]:
        if getattr(effect, key) is None:
            name = key.rstrip("_")
            context.report(
                placed, inner, "effect_lacks", f"{effect.do} には {name} が要る", f"{effect.do} needs {name}"
            )
    _check_ids(context, placed, "of", effect.of, Ruled, ("effect",))
    check_reference(context, placed, inner, effect.on, "date", events=events)
    check_reference(context, placed, inner, effect.yen, "yen", events=events)
    check_cases(context, placed, inner, effect.when)
    if effect.yen is not None and effect.do != "discharge":
        ja, en = f"{effect.do} は yen を使わない", f"{effect.do} has no use for yen"
        context.report(placed, inner, "effect_spare", ja, en)
    for event in events if effect.where else ():
        check_events(context, placed, ("effect",), event, effect.where)
    if effect.do == "set-term" and effect.term is not None:
        term = context.terms.get(effect.term)
        if term is None and not context.known(context.terms, effect.term, "term"):
            context.report(placed, inner, "term_unknown", f"条件 {effect.term} がない", f"no term {effect.term}")
        elif term is not None:
            wanted: Any = {"date": "date", "yen": "yen"}.get(term.type, "text")
            check_reference(context, placed, inner, effect.from_, wanted, events=events)
    elif (
        effect.do == "join-debtors"
        and effect.from_ is not None
        and not any(context.field(event, effect.from_) for event in events)
    ):
        ja, en = f"原因の出来事に項目 {effect.from_} がない", f"no event that causes it has a field {effect.from_}"
        context.report(placed, inner, "field_unknown", ja, en)


_EXPIRES = frozenset({"never", "stated", "fiscal-year", "calendar-year"})


def _check_requirement(context: Context, placed: Placed[Any], rule: Requirement) -> None:
    if rule.probe is None and not rule.evidence:
        ja, en = "点検も証跡もない要件は証明できない", "a requirement without probe or evidence can never be proved"
        context.report(placed, ("probe",), "requirement_unprovable", ja, en)
    for index, slot in enumerate(rule.evidence):
        for text in said(context, slot.expires):
            if text not in _EXPIRES:
                check_period(context, placed, ("evidence", index), text)
