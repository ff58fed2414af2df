"""Those who are bound through the contractor (再委託先・事業者): what was told of each, and its gates."""

from __future__ import annotations

import msgspec

from itaku.contracts.engine.result import Result, View
from itaku.contracts.model.kinds import brief_of
from itaku.contracts.model.parts import Words
from itaku.contracts.overview.course import Happening, happenings
from itaku.contracts.papers.places import place

KEYS = ("sub", "operator")
"""The keys under which contracts name subcontractors (再委託先) and store operators (コンビニ事業者)."""


class Gate(msgspec.Struct, frozen=True):
    """A provision that speaks of one of them, as it stands."""

    instance: str
    what: Words
    place: str
    state: str
    bearer: str


class Bound(msgspec.Struct, frozen=True):
    """A subcontractor or operator: what was told of it, and every provision that speaks of it."""

    key: str
    name: str
    told: tuple[Happening, ...]
    gates: tuple[Gate, ...]


def bound(result: Result) -> tuple[Bound, ...]:
    """All of them, in the order in which they were first told of."""
    told: dict[tuple[str, str], list[Happening]] = {}
    by_seq = {each.seq: each for each in happenings(result)}
    for event in result.events.events:
        for key in KEYS:
            if key in event.fields and event.seq in by_seq:
                told.setdefault((key, str(event.fields[key])), []).append(by_seq[event.seq])
    gates: dict[tuple[str, str], list[Gate]] = {name: [] for name in told}
    for view in result.views.values():
        for key in KEYS:
            name = (key, view.keys.get(key, ""))
            if name in gates:
                gates[name].append(_gate(result, view))
    return tuple(Bound(key, name, tuple(told[key, name]), tuple(gates[key, name])) for key, name in told)


def _gate(result: Result, view: View) -> Gate:
    text = result.fold.instances[view.id].rule.text
    return Gate(view.id, brief_of(text), place(result.fold.contract, text.id), view.state, view.bearer)
