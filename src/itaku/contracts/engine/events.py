"""Events (出来事): typed by the contract's closed catalogue, in legal order, corrected and voided by later ones.

`at` is when it counts in law, `seq` when it became known. A correction substitutes what was told and keeps the first
event's id and its place among events of one instant; nothing is ever edited.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from itaku.basis.clock import InstantMs, to_instant
from itaku.basis.errors import ItakuError
from itaku.basis.percents import Percent
from itaku.basis.rounding import LARGEST_YEN
from itaku.basis.written_dates import read_day, read_moment, read_written
from itaku.contracts.model.contract import Contract, EventType, FieldType, field_type
from itaku.contracts.model.parts import names
from itaku.contracts.model.standard import EVENTS

Value = str | int | bool | dt.date | tuple[str, ...]


class EventUnfitError(ItakuError):
    """The event does not fit the catalogue. `detail` names the event, the field and why."""

    code = "event_unfit"
    ja = "この出来事は契約の目録に合いません。種類・キー・項目を確かめてください。"
    en = "The event does not fit the contract's catalogue. Check its kind, keys and fields."


class EventTwiceError(ItakuError):
    """An event with this id was told before."""

    code = "event_twice"
    ja = "同じIDの出来事がすでにあります。"
    en = "There is an event with this id already."


class EventUnknownError(ItakuError):
    """A correction or voiding names an event that was never told, or that is voided."""

    code = "event_unknown"
    ja = "訂正・取消しの対象の出来事がないか、すでに取り消されています。"
    en = "The event to correct or void was never told, or is voided already."


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An event as it is told and stored: dates as text, fields as JSON. `at` is a day or a day with time of day."""

    id: str
    at: str = ""
    kind: str = ""
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    by: str | None = None
    corrects: str | None = None
    voids: str | None = None


class Event(msgspec.Struct, frozen=True, gc=False):
    """An event as the fold reads it. `fields` holds keys and fields by name; `day` is its date in Japan."""

    id: str
    seq: int
    at: InstantMs
    day: dt.date
    day_only: bool
    kind: str
    fields: Mapping[str, Value]
    by: str | None = None
    corrects: str | None = None
    voids: str | None = None


def catalogue(contract: Contract) -> dict[str, EventType]:
    """All kinds of event of a contract, the standard ones included."""
    return EVENTS | dict(contract.events)


def read_event(contract: Contract, told: Told, seq: int) -> Event:
    """The event typed by the catalogue. Raises `EventUnfitError` and the coded errors of dates."""
    if told.voids is not None:
        if told.corrects is not None or told.kind:
            raise EventUnfitError(f"{told.id}: voids stands alone")
        return Event(told.id, seq, InstantMs(0), dt.date.min, True, "", {}, told.by, None, told.voids)
    plan = _plans(contract).get(told.kind)
    if plan is None:
        raise EventUnfitError(f"{told.id}: kind {told.kind[:60]!a}")
    try:
        day, at, day_only = _when(told.at)
    except ItakuError:
        _placed(read_written, told.at, told.id)  # the same error, with the event's name
        raise
    fields = _fields(told, plan)
    if told.by is not None and plan.tellers and told.by not in plan.tellers:
        raise EventUnfitError(f"{told.id}: {told.kind} is not told by {told.by[:40]!a}")
    return Event(told.id, seq, at, day, day_only, told.kind, fields, told.by, told.corrects)


@functools.lru_cache(maxsize=16_384)
def _when(text: str) -> tuple[dt.date, InstantMs, bool]:
    """A day or a day with time of day: its date in Japan, its instant, and whether no time was told."""
    written = read_written(text, "")
    if written.moment is None:
        return written.day, InstantMs(midnight_after(written.day) - _DAY_MS), True
    return written.day, to_instant(written.moment), False


@functools.lru_cache(maxsize=16_384)
def _day(text: str) -> dt.date:
    return read_day(text, "").day


# ---- the catalogue, made ready once ----


class _Plan(msgspec.Struct, frozen=True):
    """What an event of one kind must hold. `tellers` are the legal persons who may tell it; empty: anybody."""

    keys: tuple[str, ...]
    fields: tuple[tuple[str, FieldType], ...]
    known: frozenset[str]
    tellers: frozenset[str]


_MADE: OrderedDict[bytes, dict[str, _Plan]] = OrderedDict()
"""The plans of the contract files that were used last, by their digest."""


def _plans(contract: Contract) -> dict[str, _Plan]:
    found = _MADE.get(contract.sha256)
    if found is None:
        found = {kind: _plan(contract, known) for kind, known in (dict(contract.events) | EVENTS).items()}
        _MADE[contract.sha256] = found
        if len(_MADE) > _MOST_MADE:
            _MADE.popitem(last=False)
    return found


_MOST_MADE = 64


def _plan(contract: Contract, known: EventType) -> _Plan:
    fields = []
    for name, text in known.fields.items():
        kind = field_type(text)
        assert kind is not None, "the lint read every type"
        fields.append((name, kind))
    return _Plan(known.keys, tuple(fields), frozenset((*known.keys, *known.fields)), tellers(contract, known))


def tellers(contract: Contract, known: EventType) -> frozenset[str]:
    """Who may tell an event by the catalogue (nobody named: anyone): legal persons are compared, not labels."""
    allowed = set(names(known.by)) & set(contract.parties)
    for part in contract.parts.values():
        allowed |= {part.labels[label] for label in names(known.by) if label in part.labels}
    return frozenset(allowed)


def _fields(told: Told, plan: _Plan) -> dict[str, Value]:
    given = told.fields
    if not given.keys() <= plan.known:
        unknown = sorted(map(ascii, given.keys() - plan.known))
        raise EventUnfitError(f"{told.id}: {told.kind} has no {', '.join(unknown)}")
    found: dict[str, Value] = {}
    for key in plan.keys:
        value = given.get(key)
        if not isinstance(value, str) or _NO_KEY.search(value) is not None:
            raise EventUnfitError(f"{told.id}: {told.kind}: key {key} must be text without brackets, commas or =")
        found[key] = value
    for name, kind in plan.fields:
        raw = given.get(name)
        if raw is None:
            if not kind.optional:
                raise EventUnfitError(f"{told.id}: {told.kind}: {name} is missing")
        elif kind.name in _AS_TOLD and not kind.many and isinstance(raw, str):
            found[name] = raw
        else:
            found[name] = _value(raw, kind, f"{told.id}: {told.kind}: {name}")
    return found


_NO_KEY = re.compile(r"\A\s*\Z|[\[\],=]")
_AS_TOLD = frozenset({"text", "party", "provision", "term", "event"})
"""Types whose values are any text."""


def _value(raw: Any, kind: FieldType, place: str) -> Value:
    if kind.many:
        if not isinstance(raw, list) or not raw:
            raise EventUnfitError(f"{place} must be a list")
        return tuple(str(_single(each, kind, place)) for each in raw)
    return _single(raw, kind, place)


def _single(raw: Any, kind: FieldType, place: str) -> Value:
    if kind.name == "bool":
        if not isinstance(raw, bool):
            raise EventUnfitError(f"{place} must be true or false")
        return raw
    if kind.name in {"yen", "int"}:
        if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= LARGEST_YEN:
            raise EventUnfitError(f"{place} must be a whole number from 0 to {LARGEST_YEN}")
        return raw
    if not isinstance(raw, str):
        raise EventUnfitError(f"{place} must be text")
    if kind.name == "date":
        return _named_day(raw, place)
    if kind.name == "instant":
        return to_instant(_placed(read_moment, raw, place))
    if kind.name == "percent":
        return str(_placed(lambda text, _: Percent(text).text, raw, place))
    if kind.name == "choice" and raw not in kind.choices:
        raise EventUnfitError(f"{place} must be one of {', '.join(kind.choices)}")
    return raw


def _named_day(text: str, place: str) -> dt.date:
    try:
        return _day(text)
    except ItakuError:
        _placed(read_day, text, place)
        raise


def _placed(read: Callable[..., Any], text: str, place: str) -> Any:
    """What a border's reader makes of a text; its error, with the place before what it found there."""
    try:
        return read(text, place)
    except ItakuError as error:
        if place in error.detail:
            raise
        raise type(error)(f"{place}: {error.detail}") from error


class Effective(msgspec.Struct, frozen=True):
    """Events as they stand after corrections, in legal order; `lost` are corrections that found nothing to correct."""

    events: tuple[Event, ...]
    lost: tuple[Event, ...]
    twice: tuple[Event, ...]


def effective(events: Iterable[Event]) -> Effective:
    """Applies corrections and voidings in the order in which they became known."""
    standing: dict[str, Event] = {}
    roots: dict[str, str] = {}
    lost: list[Event] = []
    twice: list[Event] = []
    for event in sorted(events, key=lambda each: each.seq):
        if event.id in roots:
            twice.append(event)
            continue
        target = event.corrects or event.voids
        if target is None:
            roots[event.id] = event.id
            standing[event.id] = event
            continue
        root = roots.get(target)
        if root is None or root not in standing:
            lost.append(event)
            continue
        roots[event.id] = root
        if event.voids is not None:
            del standing[root]
        else:
            standing[root] = msgspec.structs.replace(event, id=root, seq=standing[root].seq)
    ordered = sorted(standing.values(), key=lambda each: (each.at, each.seq))
    return Effective(tuple(ordered), tuple(lost), tuple(twice))


def check_appendable(events: Sequence[Event], new: Event) -> None:
    """Refuses an event told twice, and a correction of nothing: `EventTwiceError`, `EventUnknownError`."""
    if any(event.id == new.id for event in events):
        raise EventTwiceError(new.id)
    target = new.corrects or new.voids
    if target is not None and new in effective([*events, new]).lost:
        raise EventUnknownError(target[:60])


def midnight_after(day: dt.date) -> InstantMs:
    """The instant at which a day ends in Japan (第141条)."""
    return InstantMs((day.toordinal() - _EPOCH_ORDINAL + 1) * _DAY_MS - _JST_MS)


def day_of(instant: InstantMs) -> dt.date:
    """The day in Japan in which an instant lies."""
    return dt.date.fromordinal(_EPOCH_ORDINAL + (instant + _JST_MS) // _DAY_MS)


_EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()
_DAY_MS = 86_400_000
_JST_MS = 9 * 3_600_000
