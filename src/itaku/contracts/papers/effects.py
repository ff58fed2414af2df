"""What a paper would change (この書面の効果): the replay with its own event added, and what then differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.errors import ItakuError
from itaku.basis.yen import Yen, yen_text
from itaku.contracts.engine.events import Event, Told, catalogue, day_of, midnight_after, read_event
from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result, View, replay
from itaku.contracts.engine.whatif import Change as Changed
from itaku.contracts.engine.whatif import difference
from itaku.contracts.model.contract import EventType, Paper, Telling, field_type
from itaku.contracts.model.kinds import Power
from itaku.contracts.model.parts import names
from itaku.contracts.papers.content import Change
from itaku.contracts.papers.places import place
from itaku.contracts.papers.written import Typed, paper_day, shown

_NOT_YET = "draft"
"""Id of the event that a draft would tell, and its keys where none is known."""


def changes(
    result: Result, paper: Paper, subject: Instance | None, entered: Mapping[str, Typed]
) -> tuple[Change, ...] | None:
    """The terms, deadlines and sums that would differ if the paper took effect now.

    None if that cannot be said yet: a blank that its event needs is open, or the right is not to be had. A paper that
    ends the contract with a later day is looked at on the day after it.
    """
    tells = told_by(paper, subject)
    if tells is None:
        return ()
    told = _told(result, paper, tells, subject, entered)
    try:
        event = read_event(result.fold.contract, told, result.seq + 1)
    except ItakuError:
        return None  # the paper lists the blank among what waits
    looked_at = _looked_at(result, subject, event)
    before = _again(result, [], looked_at)
    after = _again(result, [event], looked_at)
    if any(flag.code == "without_effect" and flag.about == _NOT_YET for flag in after.flags):
        return None  # the draft says among its reasons that the right is not to be had now
    found = difference(before, after)
    rows = _term_rows(before, after)
    if found.status_before != found.status_after:
        status = (_STATUS[found.status_before], _STATUS[found.status_after])
        on = "" if looked_at == result.as_of else f"（{paper_day(day_of(looked_at))}に）"
        rows.append(Change(f"契約{on}", "The contract", *status, result.fold.contract.head.id))
    for each in found.changes:
        rows += _rows(result, each)
    ended = [each for each in found.changes if _ends(each)]
    if ended:
        ids = "、".join(dict.fromkeys(each.id.partition("[")[0] for each in ended))
        rows.append(Change(f"終わる義務・権利（{ids}）", "Duties and rights that end", f"{len(ended)}件", "終了", ""))
    return tuple(rows)


def told_by(paper: Paper, subject: Instance | None) -> Telling | None:
    """The event by which the paper takes effect: its own, else the exercise of the right that it is about."""
    if paper.tells is not None or subject is None or not isinstance(subject.rule.text, Power):
        return paper.tells
    exercise = subject.rule.text.exercise
    if exercise is None or subject.state == "exercised":
        return None
    return Telling(event=names(exercise.event)[0], fields=exercise.where)


def _looked_at(result: Result, subject: Instance | None, event: Event) -> InstantMs:
    """The instant at which both lives are compared: now, or the end of the day after the contract's announced end."""
    ends = any(each.do == "end" for each in subject.rule.effect) if subject is not None else False
    days = [value for value in event.fields.values() if isinstance(value, dt.date)]
    if not ends or not days:
        return result.as_of
    return max(result.as_of, InstantMs(midnight_after(max(days) + dt.timedelta(days=1)) - 1))


def _again(result: Result, added: list[Event], at: InstantMs) -> Result:
    """The replay once more: events as they stand, corrections already applied, and those added."""
    standing = [msgspec.structs.replace(event, corrects=None) for event in result.events.events]
    return replay(result.fold.contract, [*standing, *added], at, rates=result.fold.rates)


def _told(result: Result, paper: Paper, tells: Telling, subject: Instance | None, entered: Mapping[str, Typed]) -> Told:
    known = catalogue(result.fold.contract)[tells.event]
    fields: dict[str, object] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in tells.fields.items()
    }
    for key in known.keys:
        fields.setdefault(key, subject.keys.get(key, _NOT_YET) if subject is not None else _NOT_YET)
    for name, field in paper.fields.items():
        if field.fills in {*known.fields, *known.keys} and name in entered:
            fields[field.fills] = _plain(entered[name], known, field.fills)
    for name in known.fields:
        about = name.removesuffix("_changed")
        if about != name:  # price_changed stands beside price_yen, deadline_changed beside deadline
            fields[name] = any(each.startswith(about) for each in fields)
    if "under" in known.fields and "under" not in fields and subject is not None:
        kind = field_type(known.fields["under"])
        fields["under"] = [subject.rule.id] if kind is not None and kind.many else subject.rule.id
    at = to_jst(result.as_of).isoformat(timespec="seconds")
    return Told(id=_NOT_YET, at=at, kind=tells.event, fields=fields)


def _plain(value: Typed, known: EventType, name: str) -> object:
    kind = field_type(known.fields.get(name, "text"))
    plain: object = value.isoformat() if isinstance(value, dt.date) else value
    return [plain] if kind is not None and kind.many else plain


def _term_rows(before: Result, after: Result) -> list[Change]:
    rows = []
    for name, term in before.fold.contract.terms.items():
        old, new = _last(before, name), _last(after, name)
        if old != new:
            rows.append(Change(term.ja, term.en, _value(old, term.type), _value(new, term.type), term.clause))
    return rows


def _last(result: Result, name: str) -> object | None:
    history = result.fold.terms.get(name)
    return history[-1].value if history else None


def _value(value: object | None, kind: str) -> str:
    if value is None:
        return "空欄"
    return yen_text(Yen(value)) if kind == "yen" and isinstance(value, int) else shown(value)


def _rows(result: Result, change: Changed) -> list[Change]:
    """The deadline and the sum of one duty or right, where they differ."""
    view = change.after or change.before
    assert view is not None, "a change is of something"
    where = place(result.fold.contract, view.provision)
    rows = []
    old, new = _day(change.before), _day(change.after)
    if old != new and new is not None:
        rows.append(Change(f"{where}の期限", f"Due: {view.id}", _day_text(old), _day_text(new), view.provision))
    if change.yen_before != change.yen_after and change.after is not None:
        yen = (_yen_text(change.yen_before), _yen_text(change.yen_after))
        rows.append(Change(f"{where}の額", f"Sum: {view.id}", *yen, view.provision))
    return rows


def _day(view: View | None) -> dt.date | None:
    return None if view is None else view.due.day


def _day_text(day: dt.date | None) -> str:
    return "なし" if day is None else paper_day(day)


def _yen_text(yen: int | None) -> str:
    return "なし" if yen is None else yen_text(Yen(yen))


_CLOSED = frozenset({"discharged", "lapsed", "barred"})


def _ends(change: Changed) -> bool:
    """Whether it was open and would be closed without having been performed."""
    return (
        change.before is not None
        and change.before.state not in _CLOSED
        and change.after is not None
        and change.after.state in _CLOSED
    )


_STATUS = {
    "unsigned": "締結前",
    "in_force": "有効",
    "expired": "満了",
    "terminated": "解除",
    "cancelled": "解約",
}
