"""What if (もし): the difference that events not yet told would make, by replaying with them and without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.rates import RateRow
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.fold import Flag
from itaku.contracts.engine.result import NO_RATES, Result, View, replay
from itaku.contracts.model.contract import Contract


class Change(msgspec.Struct, frozen=True):
    """One instance on both sides; None where it does not exist. `yen` is what is owed, if it is a matter of money."""

    id: str
    before: View | None
    after: View | None
    yen_before: int | None
    yen_after: int | None


class Difference(msgspec.Struct, frozen=True):
    """What changes: instances by id, the contract's status, and flags that are new (orphans among them)."""

    changes: tuple[Change, ...]
    status_before: str
    status_after: str
    new_flags: tuple[Flag, ...]


class Answer(msgspec.Struct, frozen=True):
    """Whether an act may be done now: `broken` are the provisions that it would break, `without_effect` the reasons."""

    may: bool
    broken: tuple[View, ...]
    without_effect: tuple[Flag, ...]


def difference(before: Result, after: Result) -> Difference:
    """Both results side by side, only what differs."""
    first, second = before.views, after.views
    changes = []
    for name in dict.fromkeys((*first, *second)):
        old, new = first.get(name), second.get(name)
        yen_old, yen_new = _yen(before, name), _yen(after, name)
        if old != new or yen_old != yen_new:
            changes.append(Change(name, old, new, yen_old, yen_new))
    known = {(flag.code, flag.about) for flag in before.flags}
    fresh = tuple(flag for flag in after.flags if (flag.code, flag.about) not in known)
    return Difference(tuple(changes), before.status, after.status, fresh)


def what_if(
    contract: Contract,
    events: Sequence[Event],
    hypothetical: Iterable[Event],
    as_of: InstantMs,
    *,
    rates: Mapping[str, Sequence[RateRow]] = NO_RATES,
) -> Difference:
    """The difference that the hypothetical events would make. Nothing is appended."""
    before = replay(contract, events, as_of, rates=rates)
    after = replay(contract, [*events, *hypothetical], as_of, rates=rates)
    return difference(before, after)


def may(
    contract: Contract,
    events: Sequence[Event],
    act: Event,
    *,
    rates: Mapping[str, Sequence[RateRow]] = NO_RATES,
) -> Answer:
    """Whether an act may be done at its instant: what it would break, and what right it would lack."""
    before = replay(contract, events, act.at, rates=rates)
    after = replay(contract, [*events, act], act.at, rates=rates)
    broken = []
    for name, shown in after.views.items():
        old = before.views.get(name)
        if shown.breached_on is not None and (old is None or old.breached_on != shown.breached_on):
            broken.append(shown)
    refused = tuple(flag for flag in after.flags if flag.code == "without_effect" and flag.about == act.id)
    return Answer(not broken and not refused, tuple(broken), refused)


def _yen(result: Result, name: str) -> int | None:
    if name not in result.fold.instances:
        return None
    found = result.money(name)
    return None if found is None else found.yen
