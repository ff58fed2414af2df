"""Guards (前提・障害): whether a provision holds for an instance, and why an instance is not in effect; asked live."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.requirements import is_proved
from itaku.contracts.engine.values import compatible

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


class Against(NamedTuple):
    """Why something is not so: `code` lacks, excused, barred, no_ground; and the provision that says it.

    The code policy names a reading that is not in force (`by` is the case on which the provision rests).
    """

    code: str
    by: str


def satisfied(fold: Fold, name: str, instance: Instance | None) -> bool:
    """Whether a provision holds for an instance: a condition holds, a power was exercised, a duty is fulfilled."""
    scoped = fold.scoped.get(name)
    walk = instance
    while scoped and walk is not None:
        if walk.id in scoped:
            return scoped[walk.id]
        walk = walk.cause
    keys = {} if instance is None else instance.keys
    return any(compatible(each.keys, keys) and _is_so(fold, each) for each in fold.of(name))


def _is_so(fold: Fold, instance: Instance) -> bool:
    kind = instance.rule.kind
    if kind == "condition":
        return instance.held
    if kind == "power":
        return instance.state == "exercised"
    if kind == "requirement":
        return is_proved(instance, fold.today)
    return instance.state == "fulfilled" or (kind == "prohibition" and instance.state == "discharged")


def reasons_against(fold: Fold, instance: Instance) -> list[Against]:
    """Why an instance is not in effect: a need that is not met, an exception that is, a bar that holds."""
    rule = instance.rule
    found = [Against("policy", case) for case in rule.when if not fold.choices.apply((case,))]
    found += [Against("lacks", name) for name in rule.needs if not satisfied(fold, name, instance)]
    found += [Against("excused", name) for name in rule.unless if satisfied(fold, name, instance)]
    found += [
        Against("barred", name) for name in fold.rules.barred_by.get(rule.id, ()) if satisfied(fold, name, instance)
    ]
    return found
