"""The course of a contract (できごとと予定): what was told, where today stands, and what is to come."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.basis.clock import to_jst
from itaku.contracts.agenda.line import OPEN_STATES
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.result import Result
from itaku.contracts.model.kinds import brief_of
from itaku.contracts.model.parts import Words
from itaku.contracts.papers.places import place


class Happening(msgspec.Struct, frozen=True):
    """Something that was told: the event by its id and its kind, its day, what it is called and what it says."""

    event: str
    kind: str
    seq: int
    day: dt.date
    time: str
    what: Words
    facts: str
    by: str


class Ahead(msgspec.Struct, frozen=True):
    """A day to come on which something is due."""

    instance: str
    day: dt.date
    what: Words
    place: str
    state: str


def happenings(result: Result) -> tuple[Happening, ...]:
    """Everything that was told, in legal order."""
    return tuple(_happening(result, event) for event in result.events.events if event.at <= result.as_of)


def ahead(result: Result) -> tuple[Ahead, ...]:
    """What is due from today on, and what is overdue, by day."""
    found = []
    for view in result.views.values():
        if view.due.day is None or view.state not in OPEN_STATES or view.kind == "requirement":
            continue
        owed = result.money(view.id)
        if owed is not None and owed.unpaid_yen is not None and owed.unpaid_yen <= 0:
            continue
        text = result.fold.instances[view.id].rule.text
        found.append(Ahead(view.id, view.due.day, brief_of(text), place(result.fold.contract, text.id), view.state))
    return tuple(sorted(found, key=lambda each: (each.day, each.instance)))


def _happening(result: Result, event: Event) -> Happening:
    known = result.fold.rules.events[event.kind]
    shown = [name for name in event.fields if name in known.keys or _told_to_people(name, known.fields.get(name, ""))]
    facts = "、".join(_fact(event.fields[name]) for name in shown)
    time = "" if event.day_only else to_jst(event.at).strftime("%H:%M")
    what = Words(ja=known.ja, en=known.en)
    return Happening(event.id, event.kind, event.seq, event.day, time, what, facts, event.by or "")


def _told_to_people(name: str, kind: str) -> bool:
    """Whether a field says something in a line: sums, days and texts, not digests, choices and references."""
    return kind.rstrip("?") in {"yen", "date", "int", "text"} and name not in {"sha256", "term", "instance", "paper"}


def _fact(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, tuple):
        return "・".join(str(each) for each in value)
    return str(value)
