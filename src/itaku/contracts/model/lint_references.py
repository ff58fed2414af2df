"""Checks of references: that each can be read, names what exists, and gives what its place wants."""

from __future__ import annotations

from typing import Any, Literal

from itaku.basis.rates import known_rates
from itaku.contracts.model.draft import Placed
from itaku.contracts.model.kinds import Calculation, Condition, Document, Obligation, Power, Prohibition, Ruled
from itaku.contracts.model.lint_context import Context
from itaku.contracts.model.parts import names
from itaku.contracts.model.references import ABOUT_INSTANCES, Reference, ReferenceUnreadableError, read_reference

Wanted = Literal["date", "yen", "rate", "count", "text"]
_FITS: dict[Wanted, frozenset[str]] = {
    "date": frozenset({"date", "instant"}),
    "yen": frozenset({"yen"}),
    "rate": frozenset({"percent"}),
    "count": frozenset({"int"}),
    "text": frozenset({"date", "instant", "yen", "int", "percent", "text", "party", "bool", "choice"}),
}
_GIVES: dict[str, Wanted] = {
    "date": "date",
    "born": "date",
    "ended": "date",
    "now": "date",
    "due": "date",
    "performed": "date",
    "period": "date",
    "fiscal-year-end": "date",
    "amount": "yen",
    "unpaid": "yen",
    "paid": "yen",
    "sum-of": "yen",
    "applied": "yen",
    "count-of": "count",
    "rate": "rate",
}


def check_reference(
    context: Context, placed: Placed[Any], inner: tuple[str | int, ...], text: str | None, wanted: Wanted, **allow: Any
) -> None:
    """Reports what is wrong with a reference at its place. `events` may name the events that `field:` speaks of."""
    if text is None:
        return
    try:
        reference = read_reference(text)
    except ReferenceUnreadableError as error:
        context.report(placed, inner, error.code, f"参照として読めない: {text}", f"this is no reference: {text}")
        return
    events: frozenset[str] = allow.get("events") or cause_events(context, placed.value)
    through: frozenset[str] = allow.get("through", frozenset())
    problem = _problem(context, reference, wanted, events)
    if problem is not None:
        code, ja, en = problem
        context.report(placed, inner, code, f"{text}: {ja}", f"{text}: {en}")
    if reference.at is not None:
        if reference.source not in _DATED:
            ja, en = f"{text}: この参照に @ は使えない", f"{text}: @ has no meaning here"
            context.report(placed, inner, "reference_dated", ja, en)
        check_reference(context, placed, inner, reference.at.text, "date", events=events)
    if reference.source == "policy" and reference.name in context.policies and reference.name not in through:
        spare: frozenset[str] = allow.get("spare", frozenset())
        through |= {reference.name}
        for option_name, option in context.policies[reference.name].options.items():
            said = option.value or option_name
            if said not in spare:
                check_reference(context, placed, inner, said, wanted, events=events, through=through, spare=spare)


_DATED = frozenset({"term", "old", "rate", "sum-of", "count-of"})
"""Sources for which `@` asks for the value on a day."""

Problem = tuple[str, str, str]


def _problem(context: Context, ref: Reference, wanted: Wanted, events: frozenset[str]) -> Problem | None:
    if ref.source == "policy":
        known = context.known(context.policies, ref.name, "policy")
        return None if known else ("policy_unknown", f"方針 {ref.name} がない", f"no policy {ref.name}")
    if ref.source in {"term", "old"}:
        return _term_problem(context, ref, wanted)
    if ref.source in {"field", "field-of"}:
        return _field_problem(context, ref, wanted, events)
    if ref.source in {"sum-of", "count-of", "applied"}:
        return _sum_problem(context, ref)
    if ref.source in ABOUT_INSTANCES and not context.known(context.provisions, ref.name, ""):
        return "id_unknown", f"条項 {ref.name} がない", f"no provision {ref.name}"
    if ref.source == "rate" and ref.name not in known_rates():
        return "rate_unknown", f"率 {ref.name} の系列がない", f"no series of rates {ref.name}"
    if ref.source == "rate" and ref.at is None:
        return "rate_undated", "率をどの日で引くかを @ で書く", "say with @ by which day the rate is looked up"
    if ref.source == "cause":
        gives: Wanted = "date" if ref.name in {"due", "performed"} else "yen"
    elif ref.source == "number":
        gives = "count" if wanted == "count" else "yen"
    else:
        gives = _GIVES[ref.source]
    return None if wanted in {gives, "text"} else _misfit(gives, wanted)


def _misfit(gives: str, wanted: str) -> Problem:
    return "reference_misfit", f"{wanted} が要るところに {gives}", f"gives {gives} where {wanted} is wanted"


def _term_problem(context: Context, ref: Reference, wanted: Wanted) -> Problem | None:
    if not context.known(context.terms, ref.name, "term"):
        return "term_unknown", f"条件 {ref.name} がない", f"no term {ref.name}"
    term = context.terms.get(ref.name)
    return None if term is None or term.type in _FITS[wanted] else _misfit(term.type, wanted)


def _field_problem(context: Context, ref: Reference, wanted: Wanted, events: frozenset[str]) -> Problem | None:
    kinds = {ref.name} if ref.source == "field-of" else events
    unknown = [kind for kind in kinds if not context.known(context.events, kind, "event")]
    if unknown:
        return "event_unknown", f"出来事 {unknown[0]} がない", f"no event {unknown[0]}"
    field = (ref.part or only_date_field(context, ref.name)) if ref.source == "field-of" else ref.name
    if field is None:
        return "field_unnamed", "どの項目か #項目名 で書く", "say which field with #FIELD"
    types = [found for kind in kinds if (found := context.field(kind, field)) is not None]
    if not types:
        if any(kind in context.draft.unread or f"event.{kind}" in context.draft.unread for kind in kinds):
            return None
        return "field_unknown", f"項目 {field} を持つ原因の出来事がない", f"no event that causes it has a field {field}"
    misfit = next((each for each in types if each.name not in _FITS[wanted]), None)
    return None if misfit is None else _misfit(misfit.name, wanted)


def only_date_field(context: Context, event: str) -> str | None:
    """The event's one field of type date, or None."""
    known = context.events.get(event)
    dated = [name for name, text in known.fields.items() if text.rstrip("?") == "date"] if known else []
    return dated[0] if len(dated) == 1 else None


def _sum_problem(context: Context, ref: Reference) -> Problem | None:
    if not context.known(context.events, ref.name, "event"):
        return "event_unknown", f"出来事 {ref.name} がない", f"no event {ref.name}"
    if not ref.part or ref.name not in context.events:
        return None
    found = context.field(ref.name, ref.part)
    wanted = "yen" if ref.source == "sum-of" else "int"
    if found is None:
        return "field_unknown", f"項目 {ref.part} がない", f"no field {ref.part}"
    return None if found.name == wanted else _misfit(found.name, wanted)


def cause_events(context: Context, provision: Any, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The kinds of event whose fields `field:` can speak of: those that trigger it, through chains too."""
    if not isinstance(provision, Ruled) or provision.id in seen:
        return frozenset()
    trigger, seen = provision.trigger, seen | {provision.id}
    found: set[str] = set()
    if isinstance(provision, Prohibition):
        found.update(*(names(act.event) for act in (provision.forbids, provision.lifted) if act))
    if isinstance(provision, Obligation | Document) and provision.gate is not None:
        found.update(names(provision.gate.event))
    if trigger is None:
        return frozenset(found)
    found.update(names(trigger.event))
    for name in names(trigger.exercised):
        power = _value(context, name)
        if isinstance(power, Power) and power.exercise:
            found.update(names(power.exercise.event))
        found |= cause_events(context, power, seen)
    for name in names(trigger.fulfilled):
        duty = _value(context, name)
        if isinstance(duty, Obligation | Document | Calculation | Condition) and duty.discharge:
            found.update((*names(duty.discharge.event), *names(duty.discharge.accept)))
        found |= cause_events(context, duty, seen)
    for name in (*names(trigger.violated), *names(trigger.holds)):
        found |= cause_events(context, _value(context, name), seen)
    return frozenset(found)


def _value(context: Context, name: str) -> Any:
    placed = context.provisions.get(name)
    return None if placed is None else placed.value
