"""The whole result of a replay as JSON: what was told, and everything that follows from it, in our own words."""

from __future__ import annotations

from typing import Any

import msgspec

from itaku.basis.clock import to_jst
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.why import why

FORMAT = "itaku-contract-1"
"""Name and version of this form."""


def whole(result: Result, contract_id: str) -> dict[str, Any]:
    """Terms with their histories, readings, events, each instance with its sum and its working, and flags."""
    fold = result.fold
    contract = fold.contract
    return {
        "format": FORMAT,
        "contract": contract_id,
        "form": contract.head.id,
        "title": {"ja": contract.head.ja, "en": contract.head.en},
        "file_sha256": contract.sha256.hex(),
        "as_of": to_jst(result.as_of).isoformat(),
        "seq": result.seq,
        "status": result.status,
        "ended_on": _plain(fold.ended_on),
        "wake_at": None if result.wake_at is None else to_jst(result.wake_at).isoformat(),
        "parties": {name: {"ja": party.ja, "en": party.en} for name, party in contract.parties.items()},
        "terms": {name: [_plain(entry._asdict()) for entry in history] for name, history in fold.terms.items()},
        "policies": {name: option for shown in result.views.values() for name, option in shown.policies},
        "events": [_event(event) for event in result.events.events],
        "instances": [_instance(result, name) for name in result.views],
        "papers": [event.id for event in fold.papers],
        "flags": _plain(result.flags),
    }


def _instance(result: Result, name: str) -> dict[str, Any]:
    money = result.money(name)
    return {
        **_plain(result.views[name]),
        "past_by_the_letter": result.views[name].past_by_the_letter,
        "money": None if money is None else _plain(money),
        "why": [_plain(line) for line in why(result, name)],
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "seq": event.seq,
        "at": event.day.isoformat() if event.day_only else to_jst(event.at).isoformat(),
        "kind": event.kind,
        "fields": _plain(event.fields),
        "by": event.by,
        "corrects": event.corrects,
    }


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, str_keys=True)
