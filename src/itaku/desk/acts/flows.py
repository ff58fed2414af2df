"""The flows that a contract names (手続の流れ): steps in order from `flows.toml`, and where each stands in a replay."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from importlib import resources

import msgspec

from itaku.contracts.agenda.moves import moves
from itaku.contracts.engine.result import Result


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A flow: the contract's form ("S2"), its name, the clauses that order it, and its events in their usual order."""

    id: str
    of: str
    ja: str
    en: str
    clauses: tuple[str, ...]
    steps: tuple[str, ...]


class Step(msgspec.Struct, frozen=True):
    """A step as it stands: how often and when it was last told, and the open matters that it would move on now."""

    kind: str
    times: int
    last: dt.date | None
    waiting: tuple[str, ...]
    next_due: dt.date | None


@functools.cache
def every_flow() -> tuple[Flow, ...]:
    """All flows of the file."""
    text = (resources.files(__package__) / "flows.toml").read_text(encoding="utf-8")
    return msgspec.convert(tuple(tomllib.loads(text)["flow"]), tuple[Flow, ...])


def flows_of(form_id: str) -> list[Flow]:
    """The flows of one contract's form."""
    return [each for each in every_flow() if each.of == form_id]


def standing(result: Result, flow: Flow) -> list[Step]:
    """Each step of a flow with what was told and what waits for it."""
    waiting = _waiting(result)
    found = []
    for kind in flow.steps:
        days = [event.day for event in result.events.events if event.kind == kind]
        names = tuple(name for name in waiting.get(kind, ()))
        dues = [day for name in names if (day := result.views[name].due.day) is not None]
        found.append(Step(kind, len(days), max(days, default=None), names, min(dues, default=None)))
    return found


def _waiting(result: Result) -> dict[str, list[str]]:
    """The open matters by the event that would move them on; rights only while they may be used."""
    found: dict[str, list[str]] = {}
    for name, shown in result.views.items():
        if shown.state not in {"in_effect", "violated", "available", "pending"} or shown.kind == "requirement":
            continue
        for move in moves(result, result.fold.instances[name]):
            if move.role != "evidence":
                found.setdefault(move.event, []).append(name)
    return found
