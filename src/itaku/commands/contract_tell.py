"""`itaku contract tell`: one event for a kept contract, or, with --try, only the difference that it would make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from itaku.commands.contract_state import Where, asking
from itaku.commands.json_lines import parse, whole_number
from itaku.contracts.engine.events import EventUnfitError, Told, catalogue
from itaku.contracts.engine.result import Result, View
from itaku.contracts.engine.whatif import Difference
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.model.contract import Contract, FieldType, field_type

_NUMBERED = re.compile(r"e([0-9]{1,9})\Z")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What was said on the command line: fields as `name=value`; or the whole event as JSON."""

    kind: str = ""
    at: str = ""
    fields: tuple[str, ...] = ()
    by: str | None = None
    id: str | None = None
    corrects: str | None = None
    voids: str | None = None


def tell(place: Where, name: str, said: Said | bytes, *, only_try: bool) -> tuple[dict[str, Any], str]:
    """Appends the event and says what it changed; with `only_try` appends nothing.

    Raises `ContractUnknownError`, `EventUnfitError`, `EventTwiceError`, `EventUnknownError`, `LineUnreadableError` and
    the coded errors of dates.
    """

    async def work(keeper: Keeper) -> tuple[Told, Difference, Result | None]:
        contract = await keeper.form_of(name)
        told = parse(said, Told) if isinstance(said, bytes) else told_of(contract, await keeper.told(name), said)
        change = await keeper.what_if(name, [told])
        return told, change, None if only_try else await keeper.append(name, told)

    told, change, result = asking(place, work)
    facts = {
        "contract": name,
        "appended": result is not None,
        "event": told,
        "seq": None if result is None else result.seq,
        "status_before": change.status_before,
        "status_after": change.status_after,
        "changes": [
            {
                "id": each.id,
                "before": _plain(each.before),
                "after": _plain(each.after),
                "yen_before": each.yen_before,
                "yen_after": each.yen_after,
            }
            for each in change.changes
        ],
        "new_flags": change.new_flags,
    }
    return msgspec.to_builtins(facts), _text(told, change, result)


def told_of(contract: Contract, before: Sequence[Told], said: Said) -> Told:
    """The event, its fields typed by the contract's catalogue; its id the next free one unless it has one."""
    known = catalogue(contract).get(said.kind)
    types = {} if known is None else {**dict.fromkeys(known.keys, "text"), **known.fields}
    fields: dict[str, Any] = {}
    for text in said.fields:
        field, equals, value = text.partition("=")
        if not equals or not field or field in fields:
            raise EventUnfitError(f"--field {text[:60]!a}")
        kind = field_type(types.get(field, "text"))
        assert kind is not None, "the lint read every type"
        fields[field] = _typed(kind, value, field)
    return Told(
        id=said.id or next_id(before),
        at=said.at,
        kind=said.kind,
        fields=fields,
        by=said.by,
        corrects=said.corrects,
        voids=said.voids,
    )


def next_id(before: Sequence[Told]) -> str:
    """The first free id of the form e1, e2, ..."""
    numbers = [int(found[1]) for each in before if (found := _NUMBERED.match(each.id))]
    return f"e{max(numbers, default=0) + 1}"


def _typed(kind: FieldType, value: str, field: str) -> Any:
    """A field's value as JSON would have it; whether it fits is judged where every event is read."""
    if kind.many:
        single = kind._replace(many=False)
        return [_typed(single, each, field) for each in value.split(",")]
    if kind.name == "bool":
        if value not in _TRUTH:
            raise EventUnfitError(f"--field {field}: true or false")
        return _TRUTH[value]
    return whole_number(value) if kind.name in {"yen", "int"} else value


_TRUTH = {"true": True, "false": False}


def _plain(view: View | None) -> Any:
    if view is None:
        return None
    return {"state": view.state, "due": view.due.day, "breached_on": view.breached_on}


def _text(told: Told, change: Difference, result: Result | None) -> str:
    what = f"{told.id} {told.kind or 'voids'} {told.at}"
    if result is None:
        lines = [f"試し: {what} は記録していません。 / Tried only: nothing was appended."]
    else:
        lines = [f"記録しました: {what}（seq {result.seq}） / Appended."]
    if change.status_before != change.status_after:
        lines.append(f"契約 / contract: {change.status_before} → {change.status_after}")
    for each in change.changes:
        money = "" if each.yen_before == each.yen_after else f"  {_yen(each.yen_before)} → {_yen(each.yen_after)}"
        lines.append(f"{each.id}: {_seen(each.before)} → {_seen(each.after)}{money}")
    lines += [f"! {flag.day} {flag.ja} / {flag.en} ({flag.about})" for flag in change.new_flags]
    if not change.changes and not change.new_flags:
        lines.append("ほかに変わるものはありません。 / Nothing else changes.")
    return "\n".join(lines)


def _seen(view: View | None) -> str:
    if view is None:
        return "—"
    due = f" {view.due.day}" if view.due.day is not None else ""
    breach = f" 違反 {view.breached_on}" if view.breached_on is not None else ""
    return f"{view.state}{due}{breach}"


def _yen(yen: int | None) -> str:
    return "未定" if yen is None else f"{yen:,}円"
