"""What a form offers (候補): provisions and instances that an event can speak of, known keys, what is filled in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from itaku.basis.rates import known_rates
from itaku.contracts.agenda.short_places import short_place
from itaku.contracts.engine.events import catalogue
from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.rules import Compiled
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.kinds import Definition, Outside, brief_of
from itaku.contracts.model.parts import Words, names


class Choice(NamedTuple):
    """A value that a form offers, and what it is called."""

    value: str
    words: Words


def rules_of_event(result: Result, kind: str) -> list[Compiled]:
    """The rules that an event moves: it performs, accepts, exercises or finds them, or sets their day."""
    rules = result.fold.rules
    match kind:
        case "finding.made":
            found: Iterable[Compiled] = (each for each in rules.rules.values() if each.kind == "condition")
        case "target.set":
            found = (each for each in rules.rules.values() if each.due is not None and each.due.promptly is not None)
        case "evidence.filed" | "evidence.withdrawn":
            found = (each for each in rules.rules.values() if each.text.evidence)
        case _:
            moved = [rule for _, rule in rules.acts_of(kind)]
            others = (rules.field_users, rules.born_by, rules.facts_by)
            found = (*moved, *(rule for index in others for rule in index.get(kind, ())))
    return list({rule.id: rule for rule in found}.values())


def provision_words(contract: Contract, provision_id: str) -> Words:
    """A provision as a list shows it: where it stands, and what it is about."""
    where = short_place(contract, provision_id)
    text = next((each for each in contract.provisions if each.id == provision_id), None)
    if text is None:
        return Words(ja=where, en=provision_id)
    brief = brief_of(text)
    return Words(ja=f"{where} {brief.ja}", en=f"{provision_id} {brief.en}")


def instance_words(result: Result, instance: Instance) -> Words:
    """One instance as a list shows it: its provision and the keys that tell it from others."""
    base = provision_words(result.fold.contract, instance.rule.id)
    keys = "・".join(instance.keys.values())
    return Words(ja=f"{base.ja}（{keys}）", en=f"{base.en} ({keys})") if keys else base


def choices(result: Result, kind: str, name: str, type_name: str) -> list[Choice]:
    """What a field can be chosen from; nothing where a person writes it."""
    contract, rules = result.fold.contract, rules_of_event(result, kind)
    if type_name == "provision" and rules:
        return [Choice(rule.id, provision_words(contract, rule.id)) for rule in rules]
    if name == "instance":
        known = {rule.id for rule in rules}
        open_ones = [each for each in result.fold.instances.values() if each.rule.id in known and each.open]
        return [Choice(each.id, instance_words(result, each)) for each in open_ones]
    if type_name == "term":
        return [Choice(each, Words(ja=term.ja, en=term.en)) for each, term in contract.terms.items()]
    special = {
        ("paper.filed", "paper"): [(each, paper.ja, paper.en) for each, paper in contract.papers.items()],
        ("policy.chosen", "policy"): [(each, known.ja, known.en) for each, known in contract.policies.items()],
        ("rate.entered", "rate"): [(each, each, each) for each in known_rates()],
    }
    return [Choice(value, Words(ja=ja, en=en)) for value, ja, en in special.get((kind, name), [])]


def known_values(result: Result, name: str) -> list[str]:
    """The values of a key that were told before, the newest first: to be chosen again rather than typed."""
    found: dict[str, None] = {}
    for event in reversed(result.events.events):
        value = event.fields.get(name)
        if isinstance(value, str):
            found[value] = None
    return list(found)[:50]


def filled_in(result: Result, kind: str, instance_id: str) -> dict[str, Any]:
    """What one instance says of an event that moves it: keys, the provision, its own where-fields, what is unpaid."""
    instance = result.fold.instances.get(instance_id)
    known = catalogue(result.fold.contract).get(kind)
    if instance is None or known is None:
        return {}
    has = (*known.keys, *known.fields)
    found: dict[str, Any] = {}
    role, join, where = _binding(instance, kind)
    for key, value in instance.keys.items():
        found[join.get(key, key)] = value
    found |= {name: value for name, value in where.items() if not isinstance(value, tuple)}
    if role:
        found |= _source_fields(instance)
    named = {"under": instance.rule.id, "instance": instance.id, "on": instance.rule.id}
    if kind != "finding.made":
        del named["on"]
    found |= named
    owed = result.money(instance.id)
    if owed is not None and owed.unpaid_yen:
        found["yen"] = int(owed.unpaid_yen)
    kept = {name: value for name, value in found.items() if name in has}
    if known.fields.get("under", "").startswith("provision[]"):
        kept["under"] = [instance.rule.id]
    return kept


def _binding(instance: Instance, kind: str) -> tuple[str, dict[str, str], dict[str, Any]]:
    """By which of its rules an instance waits for the event: the role, the join of keys, the fields asked for."""
    text = instance.rule.text
    rule = instance.rule.discharge
    if rule is not None and rule.accept == kind:
        return "accept", dict(rule.join), dict(rule.accept_where)
    if rule is not None and kind in names(rule.event):
        return "act", dict(rule.join), dict(rule.where)
    act = getattr(text, "exercise", None)
    if act is not None and kind in names(act.event):
        return "exercise", dict(act.join), dict(act.where)
    return "", {}, {}


def _source_fields(instance: Instance) -> dict[str, Any]:
    """Coded fields of the event behind an instance: an inspection has the scope of the report that it inspects."""
    walk: Instance | None = instance
    while walk is not None and walk.source is None:
        walk = walk.cause
    if walk is None or walk.source is None:
        return {}
    return {name: value for name, value in walk.source.fields.items() if name in _CARRIED}


_CARRIED = frozenset({"scope", "tier", "personal", "level", "holder", "several"})
"""Fields that an answer to an event says in the same way."""


def provision_ids(contract: Contract) -> frozenset[str]:
    """The provisions that an event may name."""
    return frozenset(each.id for each in contract.provisions if not isinstance(each, Definition | Outside))
