"""The article tree beside its live state (条文といまの状態): parts, articles, and each provision as it stands."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.contracts.engine.result import Result, View
from itaku.contracts.model.kinds import Definition, Outside, Provision, brief_of, kind_of
from itaku.contracts.model.parts import Words
from itaku.contracts.model.register import clause_of
from itaku.contracts.papers.places import place

_WORST = (
    "violated",
    "expired",
    "suspended",
    "holds",
    "in_effect",
    "available",
    "running",
    "unproved",
    "pending",
    "fulfilled",
    "exercised",
    "proved",
    "barred",
    "lapsed",
    "averted",
    "not_arisen",
    "discharged",
)
"""Of several instances the state that wants a person first stands for all."""

_LIVE = frozenset({"violated", "expired", "suspended", "in_effect", "available", "running", "holds", "unproved"})
_RESTING = frozenset({"", "not_arisen", "discharged", "averted", "barred", "lapsed"})
"""Nobody has to do with these, nor had to: definitions, and what has not arisen or fell away."""


class Standing(msgspec.Struct, frozen=True):
    """One instance of a provision: its id, state and day."""

    instance: str
    state: str
    due: dt.date | None
    keys: str


class Leaf(msgspec.Struct, frozen=True):
    """A provision: where it stands, what it says, and what it has come to. `state` is empty for a definition."""

    id: str
    place: str
    kind: str
    what: Words
    text: Words
    state: str
    standings: tuple[Standing, ...]
    notes: tuple[Words, ...]


class Branch(msgspec.Struct, frozen=True):
    """A part of the paper with its provisions, and how many of them are alive."""

    id: str
    name: Words
    leaves: tuple[Leaf, ...]
    live: int

    @property
    def moving(self) -> tuple[Leaf, ...]:
        """What is alive or was performed."""
        return tuple(leaf for leaf in self.leaves if leaf.state not in _RESTING)

    @property
    def resting(self) -> tuple[Leaf, ...]:
        """The others."""
        return tuple(leaf for leaf in self.leaves if leaf.state in _RESTING)


def tree(result: Result) -> tuple[Branch, ...]:
    """All parts in the order of the paper."""
    contract = result.fold.contract
    shown: dict[str, list[View]] = {}
    for view in result.views.values():
        shown.setdefault(view.provision, []).append(view)
    leaves: dict[str, list[Leaf]] = {}
    for each in contract.provisions:
        leaves.setdefault(contract.part_of(each.id), []).append(_leaf(result, each, shown.get(each.id, [])))
    return tuple(
        Branch(
            part,
            Words(ja=contract.parts[part].ja, en=contract.parts[part].en)
            if part in contract.parts
            else Words(ja=contract.head.ja, en=contract.head.en),
            tuple(found),
            sum(leaf.state in _LIVE for leaf in found),
        )
        for part, found in leaves.items()
    )


def _leaf(result: Result, provision: Provision, views: list[View]) -> Leaf:
    standings = tuple(
        Standing(view.id, view.state, view.due.day, "、".join(view.keys.values()))
        for view in sorted(views, key=lambda view: _WORST.index(view.state))
    )
    without = "" if isinstance(provision, Definition | Outside) else "not_arisen"
    state = standings[0].state if standings else without
    return Leaf(
        provision.id,
        _place_in_part(result, provision.id),
        kind_of(provision),
        brief_of(provision),
        Words(ja=provision.ja, en=provision.en),
        state,
        standings,
        provision.note,
    )


def _place_in_part(result: Result, provision_id: str) -> str:
    """Where it stands within its part: the part's name stands over it already."""
    contract = result.fold.contract
    clause = clause_of(provision_id)
    part = contract.part_of(provision_id)
    name = contract.parts[part].ja if part in contract.parts else ""
    within = place(contract, clause).removeprefix(name)
    return clause.removeprefix(f"{part}").lstrip("-") or clause if within == f"（{clause}）" else within
