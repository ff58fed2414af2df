"""A running hour clock (動いている時計): what happened and when, target and limit, and what is still blank."""

from __future__ import annotations

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.errors import ItakuError
from itaku.contracts.agenda.moves import moves
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.values import causes
from itaku.contracts.model.parts import Words, names
from itaku.contracts.papers.drafting import draft


class Happened(msgspec.Struct, frozen=True):
    """An event of the chain behind the clock, the earliest first, with the fields that it told."""

    kind: str
    name: Words
    at: InstantMs
    fields: dict[str, str]


class RunningClock(msgspec.Struct, frozen=True):
    """An hour clock that runs. `blanks` are the fields of its papers that nobody has filled."""

    contract: str
    instance: str
    title: Words
    provision: str
    keys: tuple[str, ...]
    happened: tuple[Happened, ...]
    due: Words
    target: InstantMs
    limit: InstantMs
    blanks: tuple[Words, ...]


def running_clock(result: Result, contract_id: str, instance_id: str) -> RunningClock | None:
    """The clock of an instance; None where it counts no hours, is closed, or its bearer has done its part."""
    instance = result.fold.instances.get(instance_id)
    if instance is None or not instance.open or instance.due.instant is None or instance.acted is not None:
        return None
    due = moves(result, instance)
    head, text = result.fold.contract.head, instance.rule.text
    limit = instance.due.instant
    return RunningClock(
        contract_id,
        instance_id,
        Words(ja=head.ja, en=head.en),
        text.id,
        tuple(instance.keys.values()),
        _happened(result, instance),
        due[0].name if due else Words(ja=text.ja, en=text.en),
        instance.due.target if instance.due.target is not None else limit,
        limit,
        _blanks(result, instance),
    )


def _happened(result: Result, instance: Instance) -> tuple[Happened, ...]:
    found: dict[str, Event] = {}
    for each in (instance, *causes(instance)):
        for event in (each.source, each.performed_by):
            if event is not None:
                found[event.id] = event
    known = result.fold.rules.events
    return tuple(
        Happened(
            event.kind,
            Words(ja=known[event.kind].ja, en=known[event.kind].en),
            event.at,
            {name: str(value) for name, value in event.fields.items()},
        )
        for event in sorted(found.values(), key=lambda each: (each.at, each.seq))
    )


def _blanks(result: Result, instance: Instance) -> tuple[Words, ...]:
    """The open fields of the papers that the clause and its own sub-clauses want."""
    contract, name = result.fold.contract, instance.rule.id
    wanted = [
        paper
        for each in contract.provisions
        if each.id == name or each.id.startswith(f"{name}-")
        for paper in names(each.paper)
    ]
    found: dict[str, Words] = {}
    for paper in dict.fromkeys(wanted):
        try:
            drafted = draft(result, paper)
        except ItakuError:
            continue  # the paper is about several open matters: which one, its own page asks
        found |= {each.ja: Words(ja=each.ja, en=each.en) for each in drafted.entries if each.blank is not None}
    return tuple(found.values())
