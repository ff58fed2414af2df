"""Waking (起こす時): when time alone changes more than that a date has passed, and a stored result must be renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itaku.basis.clock import InstantMs
from itaku.contracts.engine.dues import limit_of

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold, Tick


def wake_at(fold: Fold) -> InstantMs | None:
    """The earliest pending moment that matters, or None."""
    return min((tick.at for tick in fold.ticks if _matters(fold, tick)), default=None)


def _matters(fold: Fold, tick: Tick) -> bool:
    """A plain duty that only becomes overdue is a comparison of dates; everything else changes something more."""
    if tick.what != "due":
        return True
    instance = fold.instances.get(tick.name)
    if instance is None or not instance.open or limit_of(instance.due) != tick.at:
        return False
    rule = instance.rule
    if not rule.is_duty or rule.is_debt or rule.guarded or instance.state == "suspended":
        return True
    return bool(fold.rules.after["violated"].get(rule.id) or fold.rules.dependents.get(rule.id))
