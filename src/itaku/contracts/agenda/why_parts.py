"""なぜ？ in its parts (なぜ？の内訳): trigger, clause, counting, other readings and who chose, what follows.

`engine.why` gives the whole working line by line; this is the same, sorted for people who have a minute.
"""

from __future__ import annotations

import msgspec

from itaku.basis.working import Line
from itaku.contracts.agenda.consequences import Consequence, consequences
from itaku.contracts.agenda.counting import Counting, counting, instants
from itaku.contracts.agenda.line import day_short, moment_short
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.why import money_lines, why
from itaku.contracts.model.parts import Words
from itaku.contracts.model.standard import POLICIES
from itaku.contracts.papers.places import place


class Trigger(msgspec.Struct, frozen=True):
    """The event that set it off: when, and under which number it stands in the contract's record (0: none)."""

    said: Words
    event: str
    seq: int


class ChosenReading(msgspec.Struct, frozen=True):
    """A disputed reading: what it is about, which option is in force, what else there is, and who chose it."""

    name: str
    about: Words
    option: Words
    others: tuple[Words, ...]
    by: Words


class WhyParts(msgspec.Struct, frozen=True):
    """Everything behind one matter, sorted. `whole` is the full working."""

    trigger: Trigger
    provision: str
    place: str
    summary: Words
    counting: Counting
    instants: tuple[Words, ...]
    readings: tuple[ChosenReading, ...]
    after: tuple[Consequence, ...]
    notes: tuple[Words, ...]
    money: tuple[Line, ...]
    whole: tuple[Line, ...]


def why_parts(result: Result, instance_id: str) -> WhyParts:
    """The parts for an instance. `KeyError` if the result has none of that id."""
    fold = result.fold
    instance = fold.instances[instance_id]
    text = instance.rule.text
    return WhyParts(
        trigger=_trigger(result, instance),
        provision=text.id,
        place=place(fold.contract, text.id),
        summary=Words(ja=text.ja, en=text.en),
        counting=counting(fold, instance),
        instants=instants(fold, instance),
        readings=_readings(result, instance_id),
        after=consequences(result, instance),
        notes=text.note,
        money=tuple(money_lines(fold, instance)) if instance.rule.is_debt else (),
        whole=why(result, instance_id),
    )


def _trigger(result: Result, instance: Instance) -> Trigger:
    found: Instance | None = instance
    while found is not None and found.source is None:
        found = found.cause
    if found is None or found.source is None:
        return _signing(result, instance)
    event = found.source
    known, when = result.fold.rules.events[event.kind], _when(result, event)
    by = _teller(result, event)
    return Trigger(
        Words(
            ja=f"{known.ja} {when.ja}" + (f"（{by.ja}）" if by else ""),
            en=f"{known.en}, {when.en}" + (f" ({by.en})" if by else ""),
        ),
        event.id,
        event.seq,
    )


def _signing(result: Result, instance: Instance) -> Trigger:
    if instance.period is not None:
        first, last = (day_short(each, result.fold.today) for each in instance.period)
        return Trigger(
            Words(ja=f"くり返す期間 {first.ja}から{last.ja}まで", en=f"Recurring period {first.en} to {last.en}"), "", 0
        )
    signed = next((each for each in result.events.events if each.kind == "contract.signed"), None)
    day = day_short(instance.born, result.fold.today)
    return Trigger(
        Words(ja=f"契約の締結 {day.ja}", en=f"Signing of the contract, {day.en}"),
        "" if signed is None else signed.id,
        0 if signed is None else signed.seq,
    )


def _when(result: Result, event: Event) -> Words:
    near = result.fold.today
    return day_short(event.day, near) if event.day_only else moment_short(event.at, near)


def _teller(result: Result, event: Event) -> Words | None:
    """Who told it, in the contract's own name of the party."""
    party = result.fold.contract.parties.get(event.by or "")
    return None if party is None else Words(ja=party.ja, en=party.en)


def _readings(result: Result, instance_id: str) -> tuple[ChosenReading, ...]:
    contract = result.fold.contract
    found = []
    for name, option in result.views[instance_id].policies:
        known = contract.policies.get(name) or POLICIES[name]
        options = POLICIES[name].options | dict(known.options) if name in POLICIES else dict(known.options)
        words = {key: Words(ja=each.ja, en=each.en) for key, each in options.items()}
        others = tuple(each for key, each in words.items() if key != option)
        about = Words(ja=known.ja, en=known.en)
        found.append(ChosenReading(name, about, words[option], others, _chosen_by(result, name, option, known.default)))
    return tuple(found)


def _chosen_by(result: Result, name: str, option: str, default: str) -> Words:
    """Who put the reading in force, and when; a default is nobody's choice and says so."""
    events = result.events.events
    chosen = [
        each
        for each in events
        if each.kind == "policy.chosen" and each.fields["policy"] == name and each.at <= result.as_of
    ]
    if not chosen:
        assert option == default, "what nobody chose is the default"
        return Words(ja="既定、だれも選んでいない", en="default, nobody has chosen")
    last = chosen[-1]
    when, by = _when(result, last), _teller(result, last)
    who_ja, who_en = (by.ja, by.en) if by is not None else ("当事者", "the parties")
    return Words(
        ja=f"{who_ja}が{when.ja}に選択、記録 {last.seq}", en=f"chosen by {who_en} on {when.en}, record {last.seq}"
    )
