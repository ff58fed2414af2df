"""Whatever people tell of a contract on the shelf, in any order: it is answered, explained and indexed."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from contracts_lives import DELIVERY

from itaku.basis.clock import InstantMs
from itaku.contracts.engine.events import Event, Told, midnight_after, read_event
from itaku.contracts.engine.result import replay
from itaku.contracts.engine.rules import rules_of
from itaku.contracts.engine.why import why
from itaku.contracts.keeping.due_index import as_seen, due_rows
from itaku.contracts.model.contract import Contract, FieldType, field_type
from itaku.contracts.shelf import form

FIRST = dt.date(2026, 4, 1)
DAYS = 500


def any_events(contract: Contract, seed: int, count: int) -> list[Event]:
    chance = random.Random(seed)
    rules = rules_of(contract)
    told = [Told(id="e0", at=FIRST.isoformat(), kind="contract.signed")]
    for number in range(1, count):
        kind = chance.choice(
            list(contract.events) if chance.random() < 0.8 else ["finding.made", "date.set", "target.set"]
        )
        known = rules.events[kind]
        fields: dict[str, Any] = {key: str(chance.randrange(2)) for key in known.keys}
        listening = [rule.id for _, rule in rules.acts_of(kind)] or list(rules.rules)
        if kind == "finding.made":
            listening = [rule.id for rule in rules.rules.values() if rule.kind == "condition"]
        for name, text in known.fields.items():
            found = field_type(text)
            assert found is not None
            if name == "instance" or (found.optional and chance.random() < 0.5):
                continue
            value = _value(contract, chance, found, listening)
            fields[name] = [value] if found.many else value
        at = (FIRST + dt.timedelta(days=chance.randrange(DAYS))).isoformat()
        told.append(Told(id=f"e{number}", at=at if chance.random() < 0.7 else f"{at}T10:30", kind=kind, fields=fields))
    return [read_event(contract, each, seq) for seq, each in enumerate(told, 1)]


def _value(contract: Contract, chance: random.Random, found: FieldType, listening: list[str]) -> Any:
    day = (FIRST + dt.timedelta(days=chance.randrange(DAYS))).isoformat()
    return {
        "date": day,
        "instant": f"{day}T09:00",
        "yen": chance.randrange(10**6),
        "int": chance.randrange(100),
        "bool": chance.random() < 0.5,
        "text": str(chance.randrange(2)),
        "percent": "2.5",
        "party": chance.choice(list(contract.parties)),
        "provision": chance.choice(listening),
        "term": chance.choice(list(contract.terms)),
        "event": "e1",
        "choice": chance.choice(found.choices) if found.choices else "",
    }[found.name]


def at(number: int) -> InstantMs:
    return InstantMs(midnight_after(FIRST) + number * 86_400_000 + 3_600_000)


@pytest.mark.parametrize("name", ["delivery", "certificates", "marathon"])
@pytest.mark.parametrize("seed", range(6))
def test_any_life_is_answered_explained_and_indexed(name: str, seed: int) -> None:
    contract = DELIVERY if name == "delivery" else form(name)
    events = any_events(contract, seed, 150)
    result = replay(contract, events, at(DAYS))
    for each in result.views:
        assert why(result, each)
    compared = differ = 0
    rows, wake, known = (), None, -1
    for number in range(0, DAYS + 100, 10):
        now = at(number)
        told = [event for event in events if event.at <= now]
        if len(told) != known or (wake is not None and wake <= now):
            made = replay(contract, told, now)
            rows, wake, known = due_rows(made), made.wake_at, len(told)
        later = InstantMs(now + 7 * 86_400_000)
        if all(event.at <= now or event.at > later for event in events) and (wake is None or wake > later):
            compared += 1
            differ += tuple(as_seen(row, later) for row in rows) != due_rows(replay(contract, told, later))
    assert compared > 3
    assert differ == 0
