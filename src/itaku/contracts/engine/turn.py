"""Whose turn it is (手番): the legal person who has to act on an open instance now."""

from __future__ import annotations

from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.model.parts import names


def whose_turn(result: Result, instance: Instance) -> str:
    """The legal person who has to act now, or "" where it is nobody's alone.

    What the bearer has done and the other side has not accepted is the other side's. A condition that time decides is
    that person's who alone can tell what averts it.
    """
    rule = instance.rule
    if rule.is_condition:
        found = [result.fold.rules.tellers[kind] for kind in names(rule.discharge.event)] if rule.discharge else []
        alone = frozenset().union(*found)
        return next(iter(alone)) if len(alone) == 1 else ""
    accept = rule.discharge.accept if rule.discharge is not None else None
    if accept is None or not awaits_acceptance(instance):
        return rule.bearer
    accepting = result.fold.rules.tellers[accept] - {rule.bearer}
    if rule.counterparty in accepting or len(accepting) != 1:
        return rule.counterparty
    return next(iter(accepting))


def awaits_acceptance(instance: Instance) -> bool:
    """Whether the bearer has done its part and the other side has yet to accept it."""
    rule = instance.rule.discharge
    return rule is not None and rule.accept is not None and instance.acted is not None and instance.accepted is None
