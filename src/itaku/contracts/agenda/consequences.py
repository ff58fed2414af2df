"""What follows when a deadline passes (過ぎると): the clauses that come to life, and what their sums still lack."""

from __future__ import annotations

import msgspec

from itaku.contracts.agenda.short_places import short_place
from itaku.contracts.engine.instance import Blank, Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.rules import Compiled
from itaku.contracts.engine.values import resolve
from itaku.contracts.model.parts import Words, names
from itaku.contracts.model.references import read_reference


class Consequence(msgspec.Struct, frozen=True):
    """A clause that comes to life: its summary and place. `lacks` says why its sum cannot be computed yet."""

    summary: Words
    clause: str
    place: str
    lacks: Words | None = None


_RATE_MISSING = Words(ja="率が未登録のため計算しません", en="no rate is on file, so nothing is computed")


def consequences(result: Result, instance: Instance) -> tuple[Consequence, ...]:
    """What the contract attaches to the passing of the deadline, nearest first: breach, bars, then what they allow."""
    fold, rule = result.fold, instance.rule
    if rule.is_condition:
        own = [_said(result, rule, None)]
        barred = [fold.rules.rules[name] for name in rule.bars if name in fold.rules.rules]
        return (*own, *(_said(result, each, instance) for each in barred))
    following = list(fold.rules.after["violated"].get(rule.id, ()))
    for each in tuple(following):
        following += [other for other in fold.rules.after["exercised"].get(each.id, ()) if other not in following]
        following += [other for other in _grounded_on(result, each) if other not in following]
    return tuple(_said(result, each, instance) for each in following)


def _grounded_on(result: Result, condition: Compiled) -> list[Compiled]:
    """The rights for which a condition is a ground."""
    if not condition.is_condition:
        return []
    rules = result.fold.rules.rules.values()
    return [each for each in rules if condition.id in names(getattr(each.text, "grounds", None))]


def _said(result: Result, rule: Compiled, about: Instance | None) -> Consequence:
    text = rule.text
    contract = result.fold.contract
    return Consequence(
        Words(ja=text.ja, en=text.en), text.id, short_place(contract, text.id), _lacks(result, rule, about)
    )


def _lacks(result: Result, rule: Compiled, about: Instance | None) -> Words | None:
    """The rate that nobody has entered for the day that the clause names."""
    charge = getattr(rule.text, "charge", None)
    if charge is None or charge.rate is None or about is None:
        return None
    text = result.fold.choices.read(charge.rate)
    if read_reference(text).source != "rate":
        return None
    return _RATE_MISSING if isinstance(resolve(result.fold, text, about), Blank) else None
