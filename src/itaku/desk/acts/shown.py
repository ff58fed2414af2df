"""Differences and next steps as a page shows them (変わること・次にすること): words from the contract file alone."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from itaku.contracts.agenda.line import AgendaLine, agenda_line
from itaku.contracts.agenda.short_places import short_place
from itaku.contracts.engine.events import catalogue
from itaku.contracts.engine.fold import Flag
from itaku.contracts.engine.result import Result, View
from itaku.contracts.engine.whatif import Change, Difference
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.parts import Words
from itaku.desk.acts.naming import name_of, value_of
from itaku.desk.acts.offered import provision_ids, provision_words


class Row(NamedTuple):
    """A changed matter: where, what, whose, and both sides of state, date and money."""

    clause: str
    place: str
    what: Words
    keys: str
    bearer: str
    state_before: str
    state_after: str
    due_before: dt.date | None
    due_after: dt.date | None
    yen_before: int | None
    yen_after: int | None
    breached: bool

    @property
    def due_changes(self) -> bool:
        """Whether the date is another."""
        return self.due_before != self.due_after

    @property
    def yen_changes(self) -> bool:
        """Whether the sum is another."""
        return self.yen_before != self.yen_after


class Said(NamedTuple):
    """A field of an event with its value, for people."""

    name: Words
    value: Words
    day: dt.date | None


def rows(contract: Contract, difference: Difference) -> list[Row]:
    """The changes, breaches first, then in the order of the articles."""
    found = [_row(contract, each) for each in difference.changes if _matters(each)]
    return sorted(found, key=lambda row: not row.breached)


def _matters(change: Change) -> bool:
    """Whether a person sees the change: a power that merely came to exist without its ground is none."""
    before, after = change.before, change.after
    if change.yen_before != change.yen_after or before is None or after is None:
        return after is None or after.state != "not_arisen" or bool(change.yen_after)
    return (before.state, before.due, before.performed_on, before.breached_on) != (
        after.state,
        after.due,
        after.performed_on,
        after.breached_on,
    )


def _row(contract: Contract, change: Change) -> Row:
    shown = change.after or change.before
    assert shown is not None, "a change has a side"
    before, after = change.before, change.after
    words = provision_words(contract, shown.provision)
    where = short_place(contract, shown.provision)
    return Row(
        clause=shown.provision,
        place=where,
        what=Words(ja=words.ja.removeprefix(where).strip(), en=words.en),
        keys="・".join(shown.keys.values()),
        bearer=_label(contract, shown),
        state_before=before.state if before else "",
        state_after=after.state if after else "",
        due_before=before.due.day if before else None,
        due_after=after.due.day if after else None,
        yen_before=change.yen_before,
        yen_after=change.yen_after,
        breached=after is not None
        and after.breached_on is not None
        and (before is None or before.breached_on != after.breached_on),
    )


def _label(contract: Contract, shown: View) -> str:
    part = contract.parts.get(contract.part_of(shown.provision))
    labels = part.labels if part else {}
    return next((label for label, person in labels.items() if person == shown.bearer), "")


def said(contract: Contract, kind: str, fields: dict[str, object]) -> list[Said]:
    """What an event says, field by field in the catalogue's order; a provision by its place, not by its id alone."""
    known = catalogue(contract).get(kind)
    ordered = [name for name in (*known.keys, *known.fields) if name in fields] if known else list(fields)
    return [
        Said(name_of(kind, name), _value(contract, kind, name, fields[name]), _day(fields[name])) for name in ordered
    ]


def _value(contract: Contract, kind: str, name: str, value: object) -> Words:
    ids = provision_ids(contract)
    if name == "term" and value in contract.terms:
        term = contract.terms[str(value)]
        return Words(ja=term.ja, en=term.en)
    if isinstance(value, str) and value in ids:
        return provision_words(contract, value)
    if isinstance(value, list) and all(each in ids for each in value):
        words = [provision_words(contract, each) for each in value]
        return Words(ja="、".join(each.ja for each in words), en="; ".join(each.en for each in words))
    return value_of(kind, name, value)


def _day(value: object) -> dt.date | None:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def notices(contract: Contract, flags: tuple[Flag, ...]) -> list[tuple[bool, Words]]:
    """What the engine found odd, for people: whether the act has no effect, and why, with places in place of ids."""
    return [
        (flag.code == "without_effect", Words(ja=_read_out(contract, flag.ja, 0), en=_read_out(contract, flag.en, 1)))
        for flag in flags
    ]


def _read_out(contract: Contract, text: str, lang: int) -> str:
    ids = sorted(provision_ids(contract), key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, ids)))
    spoken = re.sub("|".join(_REASONS), lambda found: _REASONS[found[0]][lang], text)
    if lang:
        return spoken
    plain = re.sub(r"\[[^\]]*\]", "", spoken)
    return known.sub(lambda found: short_place(contract, found[0]), plain)


_REASONS = {
    "not_arisen": ("まだ生じていない", "not arisen"),
    "no_ground": ("次のどの事由もない", "none of these grounds holds"),
    "not_holder": ("権利を持つ者でない", "not the holder"),
    "notice_blank": ("予告の起算日が空欄", "the notice has no day to count from"),
    "too_late": ("予告が間に合わない", "notice too late; latest"),
    "lacks": ("次の要件を欠く", "lacks"),
    "excused": ("次により除かれる", "excused by"),
    "barred": ("次により行使できない", "barred by"),
    "lapsed": ("期間が過ぎた", "lapsed"),
    "policy": ("選ばれていない読み方", "a reading that was not chosen"),
    "ended": ("契約が終わっている", "the contract has ended"),
}
"""The engine's reasons against an act, in words."""


def next_lines(result: Result, contract_id: str, changed: set[str]) -> list[AgendaLine]:
    """Of the matters that an event touched, those that stand open and can be moved on: what both sides do next."""
    found = [
        agenda_line(result, contract_id, name)
        for name in result.views
        if name in changed and result.fold.instances[name].open
    ]
    lines = [line for line in found if line.moves and line.state not in {"not_arisen", "barred", "suspended"}]
    return sorted(lines, key=lambda line: (line.kind == "power", line.due or dt.date.max))
