"""Lives of contracts for the tests: events told in a line each, and questions asked on a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from itaku.basis.clock import JST, InstantMs, to_instant
from itaku.contracts.engine.events import Event, Told, read_event
from itaku.contracts.engine.result import Result, View, replay
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.loading import Source, load_contract, read_contract

DELIVERY = load_contract(Path(__file__).parent / "delivery.toml")


def delivery_with(*provisions: str, exchange: tuple[tuple[str, str], ...] = ()) -> Contract:
    """The invented contract with further tables, and with texts exchanged for others."""
    here = Path(__file__).parent
    main = (here / "delivery.toml").read_text(encoding="utf-8")
    for old, new in exchange:
        assert main.count(old) >= 1, old
        main = main.replace(old, new)
    rider = (here / "delivery-rider.toml").read_bytes()
    text = "\n".join((main, *provisions))
    return read_contract([Source("main.toml", text.encode()), Source("rider.toml", rider)])


def instant(text: str) -> InstantMs:
    """A day (its noon) or a day with time, in Japan."""
    moment = dt.datetime.fromisoformat(text if "T" in text else f"{text}T12:00")
    return to_instant(moment.replace(tzinfo=JST))


class Life:
    """A contract and what was told of it so far."""

    def __init__(self, contract: Contract = DELIVERY, signed: str | None = "2026-04-01") -> None:
        self.contract = contract
        self.events: list[Event] = []
        if signed is not None:
            self.tell(signed, "contract.signed")

    def event(self, at: str, kind: str, **fields: Any) -> Event:
        """An event as it would be told next."""
        number = len(self.events) + 1
        fields = {name.rstrip("_"): value for name, value in fields.items()}
        by = fields.pop("told_by", None)
        told = Told(
            id=f"e{number}",
            at=at,
            kind=kind,
            by=by,
            corrects=fields.pop("corrects", None),
            fields=fields,
        )
        return read_event(self.contract, told, number)

    def tell(self, at: str, kind: str, **fields: Any) -> str:
        """Tells an event; its id."""
        event = self.event(at, kind, **fields)
        self.events.append(event)
        return event.id

    def void(self, target: str) -> None:
        """Takes an event back."""
        number = len(self.events) + 1
        self.events.append(read_event(self.contract, Told(id=f"e{number}", voids=target), number))

    def on(self, day: str) -> Result:
        """The contract on a day at noon, or at an instant."""
        return replay(self.contract, self.events, instant(day))

    def view(self, day: str, name: str) -> View:
        """One instance on a day."""
        return self.on(day).views[name]

    def state(self, day: str, name: str) -> str:
        """Its state."""
        return self.view(day, name).state

    def yen(self, day: str, name: str) -> int | None:
        """What it owes."""
        found = self.on(day).money(name)
        assert found is not None
        return found.yen

    def flagged(self, day: str) -> list[str]:
        """The codes of what a person should look at."""
        return [flag.code for flag in self.on(day).flags]
