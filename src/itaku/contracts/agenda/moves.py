"""What moves a matter on (次の一手): the events that perform, accept or exercise it, and who may tell them."""

from __future__ import annotations

from typing import Literal

import msgspec

from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.model.contract import EventType
from itaku.contracts.model.kinds import Calculation, Document, Obligation, Power, Requirement
from itaku.contracts.model.parts import Names, Words, names
from itaku.contracts.model.standard import EVENTS

Role = Literal["act", "accept", "exercise", "evidence"]


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
        if rule.accept is not None and instance.acted is not None and instance.accepted is None:
            return (*_of(result, rule.accept, "accept", paper), *_of(result, rule.event, "act", paper))
        return _of(result, rule.event, "act", paper)
    return ()


def _of(result: Result, kinds: Names | None, role: Role, paper: str) -> tuple[Move, ...]:
    found = []
    for kind in names(kinds):
        known = _event(result, kind)
        if known is not None:
            found.append(Move(kind, role, Words(ja=known.ja, en=known.en), names(known.by), paper))
    return tuple(found)


def _event(result: Result, kind: str) -> EventType | None:
    return result.fold.contract.events.get(kind) or EVENTS.get(kind)
