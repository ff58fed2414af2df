"""What moves a matter on (次の一手): the events that perform, accept or exercise it, and who may tell them."""

from __future__ import annotations

from typing import Literal

import msgspec

from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.turn import awaits_acceptance
from itaku.contracts.model.kinds import Calculation, Condition, Document, Obligation, Power, Requirement
from itaku.contracts.model.parts import Names, Words, names

Role = Literal["act", "accept", "exercise", "avert", "evidence", "date"]


class Move(msgspec.Struct, frozen=True):
    """An event that moves an instance on. `by` are the legal persons who may tell it; empty: anybody."""

    event: str
    role: Role
    name: Words
    by: tuple[str, ...]
    paper: str = ""


def moves(result: Result, instance: Instance) -> tuple[Move, ...]:
    """What can be told next about an open instance, the likeliest first; nothing where it is closed."""
    if not instance.open and instance.state != "unproved":
        return ()
    text = instance.rule.text
    papers = names(text.paper)
    paper = papers[0] if papers else ""
    if isinstance(text, Power):
        return _of(result, text.exercise.event if text.exercise else None, "exercise", paper)
    if isinstance(text, Requirement):
        return _of(result, "evidence.filed", "evidence", paper)
    if isinstance(text, Obligation | Document | Calculation) and text.discharge is not None:
        rule = text.discharge
        if awaits_acceptance(instance):
            return (*_of(result, rule.accept, "accept", paper), *_of(result, rule.event, "act", paper))
        waits = _of(result, "date.set", "date", "") if _waits_for_a_day(instance) else ()
        return (*waits, *_of(result, rule.event, "act", paper))
    if isinstance(text, Condition) and text.discharge is not None:
        return _of(result, text.discharge.event, "avert", paper)
    return ()


def _waits_for_a_day(instance: Instance) -> bool:
    """Whether its day is one that a person names, and nobody has."""
    due = instance.rule.due
    return instance.due.blank is not None and due is not None and due.on == "field-of:date.set"


def _of(result: Result, kinds: Names | None, role: Role, paper: str) -> tuple[Move, ...]:
    rules = result.fold.rules
    return tuple(
        Move(
            kind,
            role,
            Words(ja=rules.events[kind].ja, en=rules.events[kind].en),
            tuple(sorted(rules.tellers[kind])),
            paper,
        )
        for kind in names(kinds)
        if kind in rules.events
    )
