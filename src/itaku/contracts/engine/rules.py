"""A contract made ready to run: each provision with what it listens to, indexed by event and by provision.

Made once for a contract file (and once more for each amendment), so that a replay looks only at what an event touches.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from itaku.contracts.engine.events import tellers
from itaku.contracts.model.contract import Contract, EventType, field_type
from itaku.contracts.model.kinds import (
    Calculation,
    Definition,
    Document,
    Obligation,
    Outside,
    Rule,
    kind_of,
)
from itaku.contracts.model.parts import names, policy_case
from itaku.contracts.model.references import ABOUT_INSTANCES, Reference, ReferenceUnreadableError, read_reference
from itaku.contracts.model.standard import EVENTS, POLICIES

ACTS = ("lifted", "discharge", "accept", "gate", "forbids", "exercise")
"""The sorts of act, in the order in which an event that is several of them is taken."""


class Compiled:
    """One rule, ready to run. `text` is the provision; the rest are look-ups that the fold would else repeat."""

    __slots__ = (
        "bars",
        "bearer",
        "composed",
        "counted",
        "counterparty",
        "discharge",
        "due",
        "due_watched",
        "effect",
        "fields_of",
        "first_state",
        "guarded",
        "id",
        "is_condition",
        "is_debt",
        "is_duty",
        "key_head",
        "kind",
        "needs",
        "per",
        "policies",
        "rank",
        "refers_to",
        "survives",
        "terms",
        "text",
        "trigger",
        "unless",
        "watched",
        "when",
    )

    def __init__(self, contract: Contract, text: Rule, rank: int) -> None:
        self.text = text
        self.id = text.id
        self.rank = rank
        self.kind = kind_of(text)
        self.is_condition = self.kind == "condition"
        self.first_state = {"power": "available", "condition": "running", "requirement": "unproved"}.get(
            self.kind, "in_effect"
        )
        self.per: tuple[str, ...] = text.per or ()
        # The id of an instance with one key up to the key's value, as `instance.keyed` writes it; else nothing.
        self.key_head = f"{text.id}[{self.per[0]}=" if len(self.per) == 1 else ""
        self.trigger = text.trigger
        self.survives = text.survives
        self.needs = names(text.needs)
        self.unless = names(text.unless)
        self.when = names(text.when)
        self.composed = (*names(getattr(text, "any_of", None)), *names(getattr(text, "all_of", None)))
        self.guarded = bool(self.needs or self.unless or self.when)
        self.bars: tuple[str, ...] = names(getattr(text, "bars", None))
        self.due: Any = getattr(text, "due", None)
        self.discharge: Any = getattr(text, "discharge", None)
        self.effect = getattr(text, "effect", ())
        self.is_duty = isinstance(text, Obligation | Document | Calculation)
        self.is_debt = isinstance(text, Calculation) or (isinstance(text, Obligation) and text.amount is not None)
        references = tuple(_references(contract, text))
        self.terms = frozenset(each.name for each in references if each.source == "term")
        self.fields_of = frozenset(each.name for each in references if each.source == "field-of")
        self.watched = _watched(text, references, {"due", "performed"})
        self.due_watched = _watched(text, references, {"due"})
        self.counted = frozenset(each.name for each in references if each.source in {"sum-of", "count-of", "applied"})
        self.refers_to = frozenset(each.name for each in references if each.source in ABOUT_INSTANCES)
        self.policies = _policies(text, references)
        label = getattr(text, "bearer", None) or getattr(text, "holder", None)
        self.bearer, self.counterparty = _persons(contract, text.id, label, getattr(text, "counterparty", None))


def _watched(text: Rule, references: Iterable[Reference], parts: set[str]) -> frozenset[str]:
    """The provisions whose due date, or performance, a rule's own dates rest on: by name, or as its cause."""
    found = {each.name for each in references if each.source in parts}
    trigger = text.trigger
    if trigger is not None and any(each.source == "cause" and each.name in parts for each in references):
        for source in (trigger.exercised, trigger.violated, trigger.fulfilled, trigger.holds):
            found.update(names(source))
    return frozenset(found)


def _persons(contract: Contract, name: str, label: str | None, other: str | None) -> tuple[str, str]:
    """The legal persons whom the labels mean in the provision's part; "both" and "third" stay as they are."""
    labels = contract.parts[contract.part_of(name)].labels if contract.part_of(name) else {}
    bearer = labels.get(label or "", label or "")
    if other is not None:
        return bearer, labels.get(other, other)
    rest = [person for person in labels.values() if person != bearer]
    return bearer, rest[0] if len(rest) == 1 and bearer in labels.values() else ""


def _texts(value: Any) -> Iterator[str]:
    """All texts of a due rule, charge, effect or amount that may be references."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)


def _references(contract: Contract, text: Rule) -> Iterator[Reference]:
    due, charge = getattr(text, "due", None), getattr(text, "charge", None)
    found: list[str] = []
    if due is not None:
        found += [*_texts(due.of), *_texts(due.on), *due.readings.values()]
        found += [each for each in (due.after, due.before, due.clock, due.first_day, due.closing, due.in_force) if each]
    if charge is not None:
        for key in ("base", "rate", "first", "last", "count", "unit", "plus", "minus", "at_most"):
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


def _policies(text: Rule, references: Iterable[Reference]) -> tuple[str, ...]:
    """Every policy that a result of this rule rests on."""
    found = dict.fromkeys((*text.policies, *(each.name for each in references if each.source == "policy")))
    charge, effects = getattr(text, "charge", None), getattr(text, "effect", ())
    cases = [*names(text.when), *(case for effect in effects for case in names(effect.when))]
    cases += [case for each in (charge.excluded if charge is not None else ()) for case in names(each.when)]
    found |= dict.fromkeys(policy_case(case)[0] for case in cases)
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


class Rules:
    """All rules of a contract with their indexes."""

    def __init__(self, contract: Contract, rules: Mapping[str, Compiled]) -> None:
        self.contract = contract
        self.rules = dict(rules)
        self.events: dict[str, EventType] = EVENTS | dict(contract.events)
        self.tellers = {kind: tellers(contract, known) for kind, known in self.events.items()}
        self.addressed = {kind: _addressed(known) for kind, known in self.events.items()}
        self.born_by: dict[str, list[Compiled]] = {}
        self.acts: dict[str, dict[str, list[Compiled]]] = {key: {} for key in ACTS}
        self.after: dict[str, dict[str, list[Compiled]]] = {
            key: {} for key in ("exercised", "violated", "fulfilled", "holds")
        }
        self.by_term: dict[str, list[Compiled]] = {}
        self.term_users: dict[str, list[Compiled]] = {}
        self.field_users: dict[str, list[Compiled]] = {}
        self.watchers: dict[str, list[Compiled]] = {}
        self.due_watchers: dict[str, list[Compiled]] = {}
        self.facts_by: dict[str, list[Compiled]] = {}
        self.counted: set[str] = set()
        self.switched: dict[str, list[Compiled]] = {}
        self._touched: dict[str, tuple[str, ...]] = {}
        self.dependents: dict[str, list[Compiled]] = {}
        self.barred_by: dict[str, list[str]] = {}
        self.standing: list[Compiled] = []
        self.recurring: list[Compiled] = []
        self.at_end: list[Compiled] = []
        self._acts_of: dict[str, tuple[tuple[str, Compiled], ...]] = {}
        for rule in self.rules.values():
            self._index(rule)

    def acts_of(self, kind: str) -> tuple[tuple[str, Compiled], ...]:
        """What a kind of event does as an act: the sort of act and the rule, in the order in which they are taken."""
        found = self._acts_of.get(kind)
        if found is None:
            found = tuple((key, rule) for key in ACTS for rule in self.acts[key].get(kind, ()))
            self._acts_of[kind] = found
        return found

    def _index(self, rule: Compiled) -> None:
        self._index_trigger(rule)
        if rule.discharge is not None:
            self._index_act("discharge", rule.discharge.event, rule)
            self._index_act("accept", rule.discharge.accept, rule)
        for key in ("gate", "forbids", "lifted", "exercise"):
            act = getattr(rule.text, key, None)
            self._index_act(key, None if act is None else act.event, rule)
        self._index_reads(rule)

    def _index_act(self, key: str, kinds: str | tuple[str, ...] | None, rule: Compiled) -> None:
        for kind in names(kinds):
            self.acts[key].setdefault(kind, []).append(rule)

    def _index_trigger(self, rule: Compiled) -> None:
        trigger = rule.trigger
        if trigger is None:
            self.standing.append(rule)
            return
        is_fact = rule.kind == "condition" and rule.due is None and rule.discharge is None
        for kind in names(trigger.event):
            (self.facts_by if is_fact else self.born_by).setdefault(kind, []).append(rule)
        for key, index in self.after.items():
            for name in names(getattr(trigger, key)):
                index.setdefault(name, []).append(rule)
        if trigger.term is not None:
            self.by_term.setdefault(trigger.term, []).append(rule)
        if trigger.every is not None:
            self.recurring.append(rule)
        if trigger.end:
            self.at_end.append(rule)

    def _index_reads(self, rule: Compiled) -> None:
        for term in rule.terms:
            self.term_users.setdefault(term, []).append(rule)
        for kind in rule.fields_of:
            self.field_users.setdefault(kind, []).append(rule)
        for name in rule.watched:
            self.watchers.setdefault(name, []).append(rule)
        for name in rule.due_watched:
            self.due_watchers.setdefault(name, []).append(rule)
        self.counted |= rule.counted
        for policy in dict.fromkeys(policy_case(case)[0] for case in rule.when):
            self.switched.setdefault(policy, []).append(rule)
        for name in dict.fromkeys((*rule.needs, *rule.unless, *rule.composed)):
            self.dependents.setdefault(name, []).append(rule)
        for name in rule.bars:
            self.barred_by.setdefault(name, []).append(rule.id)

    def touched(self, name: str) -> tuple[str, ...]:
        """Every policy that a result of a rule rests on, through the rules that it refers to and is guarded by."""
        found = self._touched.get(name)
        if found is None:
            policies: dict[str, None] = {}
            seen: set[str] = set()
            waiting = [name]
            while waiting:
                rule = self.rules.get(waiting.pop())
                if rule is None or rule.id in seen:
                    continue
                seen.add(rule.id)
                policies |= dict.fromkeys(rule.policies)
                grounds = names(getattr(rule.text, "grounds", None))
                rests = (*rule.needs, *rule.unless, *rule.composed, *grounds, *sorted(rule.refers_to))
                waiting += [*rests, *self.barred_by.get(rule.id, ())]
            found = self._touched[name] = tuple(policies)
        return found

    def amended(self, text: Rule) -> Rules:
        """The rules with one provision exchanged or added."""
        old = self.rules.get(text.id)
        rank = old.rank if old is not None else len(self.rules)
        return Rules(self.contract, self.rules | {text.id: Compiled(self.contract, text, rank)})


def _addressed(known: EventType) -> tuple[str, ...]:
    """The fields by which an event says which provision it is about."""
    found = []
    for name, text in known.fields.items():
        kind = field_type(text)
        if kind is not None and kind.name == "provision":
            found.append(name)
    return tuple(found)


@functools.lru_cache(maxsize=64)
def _rules_of(sha256: bytes, holder: _Holder) -> Rules:
    contract = holder.contract
    rules = {
        text.id: Compiled(contract, text, rank)
        for rank, text in enumerate(contract.provisions)
        if not isinstance(text, Definition | Outside)
    }
    assert sha256 == contract.sha256, "rules are kept by the file's digest"
    return Rules(contract, rules)


class _Holder:
    """Lets a contract be an argument of a cache that goes by its digest alone."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.contract.sha256 == self.contract.sha256

    def __hash__(self) -> int:
        return hash(self.contract.sha256)


def rules_of(contract: Contract) -> Rules:
    """The contract's rules, made once for each contract file."""
    return _rules_of(contract.sha256, _Holder(contract))
