"""Events (出来事): typed by the contract's closed catalogue, in legal order, corrected and voided by later ones.

`at` is when it counts in law, `seq` when it became known. A correction substitutes what was told and keeps the first
event's id and its place among events of one instant; nothing is ever edited.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from itaku.basis.clock import JST, InstantMs, to_instant, to_jst
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


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    known = EVENTS.get(told.kind) or contract.events.get(told.kind)
    if known is None:
        raise EventUnfitError(f"{told.id}: kind {told.kind[:60]!a}")
    written = read_written(told.at, told.id)
    moment = written.moment or dt.datetime.combine(written.day, dt.time(0), JST)
    fields = _fields(told, known)
    _check_by(contract, told, known)
    return Event(
        told.id,
        seq,
        to_instant(moment),
        written.day,
        written.moment is None,
        told.kind,
        fields,
        told.by,
        told.corrects,
    )


def _fields(told: Told, known: EventType) -> dict[str, Value]:
    unknown = set(told.fields) - set(known.keys) - set(known.fields)
    if unknown:
        raise EventUnfitError(f"{told.id}: {told.kind} has no {', '.join(sorted(map(ascii, unknown)))}")
    found: dict[str, Value] = {}
    for key in known.keys:
        value = told.fields.get(key)
        if not isinstance(value, str) or not value.strip() or any(mark in value for mark in "[],="):
            raise EventUnfitError(f"{told.id}: {told.kind}: key {key} must be text without brackets, commas or =")
        found[key] = value
    for name, text in known.fields.items():
        kind = field_type(text)
        assert kind is not None, "the lint read every type"
        raw = told.fields.get(name)
        if raw is None:
            if not kind.optional:
                raise EventUnfitError(f"{told.id}: {told.kind}: {name} is missing")
            continue
        found[name] = _value(raw, kind, f"{told.id}: {told.kind}: {name}")
    return found


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
        return read_day(raw, place).day
    if kind.name == "instant":
        return to_instant(read_moment(raw, place))
    if kind.name == "percent":
        return Percent(raw).text
    if kind.name == "choice" and raw not in kind.choices:
        raise EventUnfitError(f"{place} must be one of {', '.join(kind.choices)}")
    return raw


def _check_by(contract: Contract, told: Told, known: EventType) -> None:
    """Whoever tells an event must be one of those whom the catalogue allows: legal persons are compared, not labels."""
    if told.by is None or not names(known.by):
        return
    allowed = set(names(known.by)) & set(contract.parties)
    for part in contract.parts.values():
        allowed |= {part.labels[label] for label in names(known.by) if label in part.labels}
    if allowed and told.by not in allowed:
        raise EventUnfitError(f"{told.id}: {told.kind} is not told by {told.by[:40]!a}")


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
    return InstantMs(((day - _EPOCH).days + 1) * _DAY_MS - _JST_MS)


def day_of(instant: InstantMs) -> dt.date:
    """The day in Japan in which an instant lies."""
    return to_jst(instant).date()


_EPOCH = dt.date(1970, 1, 1)
_DAY_MS = 86_400_000
_JST_MS = 9 * 3_600_000
