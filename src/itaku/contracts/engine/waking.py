"""Waking (起こす時): when time alone changes more than that a date has passed, and a stored result must be renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itaku.basis.clock import InstantMs
from itaku.contracts.engine.dues import limit_of
from itaku.contracts.engine.instance import Instance

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold, Tick


def wake_at(fold: Fold) -> InstantMs | None:
    """The earliest pending moment that matters, or None."""
    return min((tick.at for tick in fold.ticks if _matters(fold, tick)), default=None)


def is_plain(fold: Fold, instance: Instance) -> bool:
    """Whether its limit changes nothing but that it is overdue: a comparison of dates says so as well as a replay."""
    rule = instance.rule
    if not rule.is_duty or rule.is_debt or rule.guarded or rule.id in fold.rules.barred_by:
        return False
    if instance.suspended_since is not None or instance.acted is not None:
        return False
    return not (fold.rules.after["violated"].get(rule.id) or fold.rules.dependents.get(rule.id))


def _matters(fold: Fold, tick: Tick) -> bool:
    if tick.what != "due":
        return True
    instance = fold.instances.get(tick.name)
    if instance is None or not instance.open or limit_of(instance.due) != tick.at:
        return False
    return not is_plain(fold, instance)
