"""A contract made ready to run: each provision with what it listens to, indexed by event and by provision.

Made once for a contract file (and once more for each amendment), so that a replay looks only at what an event touches.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from itaku.contracts.engine.events import tellers
from itaku.contracts.engine.rule_references import policies, references, watched
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
from itaku.contracts.model.references import ABOUT_INSTANCES
from itaku.contracts.model.standard import EVENTS

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
        found = tuple(references(contract, text))
        self.terms = frozenset(each.name for each in found if each.source == "term")
        self.fields_of = frozenset(each.name for each in found if each.source == "field-of")
        self.watched = watched(text, found, {"due", "performed"})
        self.due_watched = watched(text, found, {"due"})
        self.counted = frozenset(each.name for each in found if each.source in {"sum-of", "count-of", "applied"})
        self.refers_to = frozenset(each.name for each in found if each.source in ABOUT_INSTANCES)
        self.policies = policies(text, found)
        label = getattr(text, "bearer", None) or getattr(text, "holder", None)
        self.bearer, self.counterparty = _persons(contract, text.id, label, getattr(text, "counterparty", None))


def _persons(contract: Contract, name: str, label: str | None, other: str | None) -> tuple[str, str]:
    """The legal persons whom the labels mean in the provision's part; "both" and "third" stay as they are."""
    labels = contract.parts[contract.part_of(name)].labels if contract.part_of(name) else {}
    bearer = labels.get(label or "", label or "")
    if other is not None:
        return bearer, labels.get(other, other)
    rest = [person for person in labels.values() if person != bearer]
    return bearer, rest[0] if len(rest) == 1 and bearer in labels.values() else ""


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
