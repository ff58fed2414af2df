"""The demonstration contracts as they stand on a day, for the tests of exports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from itaku.basis.clock import JST, InstantMs, to_instant
from itaku.contracts.engine.events import Told, read_event
from itaku.contracts.engine.result import Result, replay
from itaku.contracts.shelf import form
from itaku.sandbox.contract_lives import history


def instant(day: str, hour: int = 10) -> InstantMs:
    return to_instant(dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), JST))


def lived(name: str, day: str, more: Sequence[tuple[str, str, dict[str, Any]]] = ()) -> Result:
    contract = form(name)
    told = [
        *history(name),
        *(Told(id=f"x{no}", at=at, kind=kind, fields=fields) for no, (at, kind, fields) in enumerate(more)),
    ]
    events = [read_event(contract, each, number) for number, each in enumerate(told, 1)]
    return replay(contract, events, instant(day))
