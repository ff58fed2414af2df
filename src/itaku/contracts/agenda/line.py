"""A line of the agenda (期限表の一行): who owes whom what by when, from what it is counted, and what moves it on."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.periods import Period
from itaku.contracts.agenda.moves import Move, moves
from itaku.contracts.agenda.short_places import short_place
from itaku.contracts.engine.dues import limit_of
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.instance import DueState, Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.turn import awaits_acceptance, whose_turn
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.kinds import brief_of
from itaku.contracts.model.parts import Words, names
from itaku.contracts.papers.places import place

_WEEKDAYS = "月火水木金土日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Side(msgspec.Struct, frozen=True):
    """A legal person as the part of the paper names it: its label (甲, 乙, 発注者) and its id and names."""

    id: str
    label: str
    ja: str
    en: str


class AgendaLine(msgspec.Struct, frozen=True, kw_only=True):
    """One open matter of a contract, for people. Dates are the engine's; words are the contract file's own."""

    contract: str
    instance: str
    provision: str
    kind: str
    state: str
    what: Words
    optional: bool
    """Whether nobody owes it: a right, or what averts a loss. It is done, or the time for it passes."""
    title: Words
    keys: tuple[str, ...]
    bearer: Side | None
    counterparty: Side | None
    turn: Side | None
    """Whose turn it is; none where it is nobody's alone."""
    waiting: bool
    """Whether the bearer has done its part and waits for the other side."""
    place: str
    short_place: str
    born: dt.date
    due: dt.date | None
    due_at: InstantMs | None
    too_late_at: InstantMs | None
    own_target: dt.date | None
    """The bearer's own target day, where the contract fixes none."""
    manner: str
    trigger: Words
    counted: Words
    doubts: tuple[Words, ...]
    """Why the day may be read otherwise."""
    notes: tuple[Words, ...]
    """Known defects of the clause's text."""
    unpaid_yen: int | None
    moves: tuple[Move, ...]


OPEN_STATES = frozenset({"pending", "in_effect", "violated", "suspended", "available", "running"})
"""States in which a matter is still to be dealt with."""


def agenda_line(result: Result, contract_id: str, instance_id: str) -> AgendaLine:
    """The line of an instance. `KeyError` if the result has none of that id."""
    fold, instance, shown = result.fold, result.fold.instances[instance_id], result.views[instance_id]
    contract, text = fold.contract, instance.rule.text
    part = contract.part_of(text.id)
    owed = result.money(instance_id)
    head = contract.head
    found = moves(result, instance)
    turn = side(contract, whose_turn(result, instance), part)
    return AgendaLine(
        contract=contract_id,
        instance=instance_id,
        provision=text.id,
        kind=shown.kind,
        state=shown.state,
        what=_what(contract, instance, found),
        optional=shown.kind in {"power", "condition"},
        title=Words(ja=head.ja, en=head.en),
        keys=tuple(shown.keys.values()),
        bearer=side(contract, shown.bearer, part) or turn,
        counterparty=side(contract, shown.counterparty, part) or _other(contract, turn, part),
        turn=turn,
        waiting=awaits_acceptance(instance),
        place=place(contract, text.id),
        short_place=short_place(contract, text.id),
        born=shown.born,
        due=shown.due.day,
        due_at=shown.due.target or shown.due.instant,
        too_late_at=limit_of(shown.due),
        own_target=shown.target,
        manner=shown.due.manner or "",
        trigger=_trigger(result, instance),
        counted=_counted(instance, fold.today),
        doubts=_doubts(instance),
        notes=text.note,
        unpaid_yen=None if owed is None or owed.unpaid_yen is None else int(owed.unpaid_yen),
        moves=found,
    )


def _what(contract: Contract, instance: Instance, found: tuple[Move, ...]) -> Words:
    """What is to be done, as a noun: the paper to hand in, the act that performs it, else the heading or the summary.

    What averts a loss and what a right allows nobody owes: they are done if wanted.
    """
    text = instance.rule.text
    heading = brief_of(text)
    act = next((each.name for each in found if each.role in {"act", "avert"}), heading)
    if instance.rule.is_condition:
        return Words(ja=f"{act.ja}（するなら）", en=f"{act.en}, if wanted")
    if instance.rule.kind == "power":
        return Words(ja=f"{heading.ja}（するなら）", en=f"{heading.en}, if wanted")
    paper = contract.papers.get(next(iter(names(text.paper)), "")) if instance.rule.kind == "document" else None
    if paper is not None:
        return Words(ja=paper.ja, en=paper.en)
    return act


def _other(contract: Contract, turn: Side | None, part: str) -> Side | None:
    """The other side of a part with two."""
    others = [each for each in contract.parts[part].labels.values() if turn is not None and each != turn.id]
    return side(contract, others[0], part) if len(others) == 1 else None


def side(contract: Contract, person: str, part: str) -> Side | None:
    """A legal person with its label in a part of the paper; none where the provision names nobody."""
    if not person:
        return None
    labels = contract.parts[part].labels if part in contract.parts else {}
    label = next((name for name, each in labels.items() if each == person), "")
    known = contract.parties.get(person)
    return Side(person, label, known.ja if known else person, known.en if known else person)


def day_short(day: dt.date, near: dt.date | None = None) -> Words:
    """7/2（木） and Thu 2 Jul, as rows write days; with the year where it is another than that of `near`."""
    other = near is not None and near.year != day.year
    return Words(
        ja=f"{day.year}/" * other + f"{day.month}/{day.day}（{_WEEKDAYS[day.weekday()]}）",
        en=f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {day:%b}" + f" {day.year}" * other,
    )


def moment_short(at: InstantMs, near: dt.date | None = None) -> Words:
    """7/2（木）8:24 and Thu 2 Jul 8:24."""
    moment = to_jst(at)
    day = day_short(moment.date(), near)
    return Words(ja=f"{day.ja}{moment:%-H:%M}", en=f"{day.en} {moment:%-H:%M}")


def _trigger(result: Result, instance: Instance) -> Words:
    """What brought it to life: an event, another provision, a period, or the signing."""
    source = _source(instance)
    if source is not None and not instance.standing:
        known = result.fold.rules.events[source.kind]
        if source.day_only:
            day = day_short(source.day, result.fold.today)
            return Words(ja=f"{known.ja} {day.ja}", en=f"{known.en}, {day.en}")
        moment = moment_short(source.at, result.fold.today)
        return Words(ja=f"{known.ja} {moment.ja}", en=f"{known.en}, {moment.en}")
    if instance.period is not None:
        first, last = (day_short(each, result.fold.today) for each in instance.period)
        return Words(ja=f"くり返す期間 {first.ja}から{last.ja}", en=f"Recurring period {first.en} to {last.en}")
    born = day_short(instance.born, result.fold.today)
    return Words(ja=f"契約締結 {born.ja}", en=f"Signed, {born.en}")


def _source(instance: Instance) -> Event | None:
    """The event behind it, through its causes."""
    found: Instance | None = instance
    while found is not None:
        if found.source is not None:
            return found.source
        found = found.cause
    return None


def _counted(instance: Instance, today: dt.date) -> Words:
    """How its day is counted, in half a line; the whole working is behind なぜ？."""
    rule, state = instance.rule.due, instance.due
    if rule is None:
        return Words(ja="期限の定めなし", en="No deadline")
    if state.blank is not None:
        return Words(ja=f"期限は未定: {state.blank.ja}", en=f"No date yet: {state.blank.en}")
    if rule.promptly is not None:
        return Words(ja=f"「{rule.promptly}」（日の定めなし）", en="Promptly; no date is fixed")
    if rule.continuous:
        return Words(ja="期間中つねに", en="At all times")
    if state.instant is not None or state.target is not None:
        return _by_hours(state)
    if state.day is None:
        return Words(ja="", en="")
    last = day_short(state.day, today)
    period = _period(rule.after) or _period(rule.before)
    if period is None:
        return Words(ja=f"期日 {last.ja}", en=f"Date {last.en}")
    way_ja, way_en = ("後", "after") if rule.after is not None else ("前", "before")
    first = "" if rule.after is None or rule.first_day == "included" else "、初日不算入"
    not_first = "" if not first else ", first day not counted"
    return Words(
        ja=f"{period.ja}{way_ja}{first}、末日 {last.ja}", en=f"{period.en} {way_en}{not_first}, last day {last.en}"
    )


def _by_hours(state: DueState) -> Words:
    """An hour clock: the strictest reading is the target, the loosest the limit; they may be one."""
    target, limit = (None if each is None else to_jst(each) for each in (state.target, state.instant))
    if target is None or limit is None or target == limit:
        at = moment_short(state.target or state.instant or InstantMs(0))
        return Words(ja=f"時間で数える、{at.ja}まで", en=f"Counted by hours, until {at.en}")
    return Words(
        ja=f"時間で数える、目標 {target:%-H:%M}、限度 {limit:%-H:%M}",
        en=f"Counted by hours: target {target:%-H:%M}, limit {limit:%-H:%M}",
    )


def _period(text: str | None) -> Period | None:
    if text is None or text.startswith("policy:"):
        return None
    return Period.parse(text)


def _doubts(instance: Instance) -> tuple[Words, ...]:
    """Why the day may be read otherwise: both readings of a closed last day, and a period that is counted backwards."""
    due = instance.due
    found = []
    if due.moved is not None and due.raw is not None and due.moved != due.raw:
        raw, moved = day_short(due.raw), day_short(due.moved)
        found.append(Words(ja=f"閉庁日の読み方 {raw.ja}／{moved.ja}", en=f"Closing day: {raw.en} or {moved.en}"))
    if due.remind is not None:
        day = day_short(due.remind)
        found.append(Words(ja=f"±1日の読み方あり、{day.ja}までが安全", en=f"±1 day is disputed; safe by {day.en}"))
    return tuple(found)
