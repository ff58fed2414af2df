"""What a rule refers to (規定の参照): the references in its texts, through policies, and the policies that touch it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from itaku.contracts.model.contract import Contract
from itaku.contracts.model.kinds import Rule
from itaku.contracts.model.parts import names, policy_case
from itaku.contracts.model.references import Reference, ReferenceUnreadableError, read_reference
from itaku.contracts.model.standard import POLICIES


def watched(text: Rule, references: Iterable[Reference], parts: set[str]) -> frozenset[str]:
    """The provisions whose due date, or performance, a rule's own dates rest on: by name, or as its cause."""
    found = {each.name for each in references if each.source in parts}
    trigger = text.trigger
    if trigger is not None and any(each.source == "cause" and each.name in parts for each in references):
        for source in (trigger.exercised, trigger.violated, trigger.fulfilled, trigger.holds):
            found.update(names(source))
    return frozenset(found)


def _texts(value: Any) -> Iterator[str]:
    """All texts of a due rule, charge, effect or amount that may be references."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)


def references(contract: Contract, text: Rule) -> Iterator[Reference]:
    """Every reference in a rule's texts, and what each option of the policies among them says."""
    due, charge = getattr(text, "due", None), getattr(text, "charge", None)
    found: list[str] = []
    if due is not None:
        found += [*_texts(due.of), *_texts(due.on), *due.readings.values()]
        found += [each for each in (due.after, due.before, due.clock, due.first_day, due.closing, due.in_force) if each]
    if charge is not None:
        for key in ("base", "rate", "first", "last", "count", "unit", "plus", "minus", "at_most", "told"):
            found += _texts(getattr(charge, key))
    discharge = getattr(text, "discharge", None)
    found += [discharge.in_time, *discharge.limits.values()] if discharge is not None else []
    for effect in getattr(text, "effect", ()):
        found += [each for each in (effect.from_, effect.on, effect.yen) if each]
    found += _texts(getattr(text, "amount", None))
    if text.trigger is not None and text.trigger.every is not None:
        found += [text.trigger.every.from_, *_texts(text.trigger.every.until)]
    for each in found:
        yield from _expanded(contract, each, 0)


def _expanded(contract: Contract, text: str, depth: int) -> Iterator[Reference]:
    try:
        reference = read_reference(text)
    except ReferenceUnreadableError:  # a plain choice such as "excluded"
        return
    yield reference
    if reference.at is not None:
        yield from _expanded(contract, reference.at.text, depth)
    policy = (contract.policies.get(reference.name) or POLICIES.get(reference.name)) if depth < 4 else None
    if reference.source == "policy" and policy is not None:
        for name, option in policy.options.items():
            yield from _expanded(contract, option.value or name, depth + 1)


def policies(text: Rule, references: Iterable[Reference]) -> tuple[str, ...]:
    """Every policy that a result of this rule rests on."""
    found = dict.fromkeys((*text.policies, *(each.name for each in references if each.source == "policy")))
    charge, effects = getattr(text, "charge", None), getattr(text, "effect", ())
    cases = [*names(text.when), *(case for effect in effects for case in names(effect.when))]
    cases += [case for each in (charge.excluded if charge is not None else ()) for case in names(each.when)]
    found |= dict.fromkeys(policy_case(case)[0] for case in cases)
    plain = [each.ends for each in (charge.excluded if charge is not None else ())]
    plain += [slot.expires for slot in text.evidence]
    found |= dict.fromkeys(each.removeprefix("policy:") for each in plain if each.startswith("policy:"))
    if any(effect.do == "resume" for effect in effects):
        found["suspension.clock"] = None
    due = getattr(text, "due", None)
    if due is not None and (due.after or due.before):
        hours = not (due.after or due.before).startswith("policy:") and (due.after or due.before).endswith("h")
        if not hours:
            for key, name in (
                ("first_day", "count.first-day"),
                ("closing", "holiday.calendar"),
                ("in_force", "holiday.in-force"),
            ):
                if getattr(due, key) is None:
                    found[name] = None
    return tuple(found)
