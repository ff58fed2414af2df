"""Demonstration contracts: both contracts of the shelf in the middle of an invented life, told as far as it has come.

The events are data (`contract_histories/`). What lies in the sandbox's future is not told yet: a start on a later day
tells the rest. Parties are those of the contracts' own text; operators, persons and incidents are invented.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from importlib import resources

import msgspec

from itaku.basis.clock import Clock, to_jst
from itaku.basis.randomness import SystemRandomness
from itaku.basis.written_dates import read_written
from itaku.contracts.engine.events import Told
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.keeping.schema import prepare
from itaku.contracts.shelf import form
from itaku.store.postgres import open_pool

LIVES = {"certificates-2026": "certificates", "marathon-2026": "marathon"}
"""The demonstration contracts by their ids, each with its form on the shelf."""

_EVENTS = msgspec.json.Decoder(Told)


def history(form_name: str) -> list[Told]:
    """The invented events of a form's contract, in the order in which they are told."""
    file = resources.files("itaku.sandbox").joinpath("contract_histories", f"{form_name}.jsonl")
    return [_EVENTS.decode(line) for line in file.read_text(encoding="utf-8").splitlines()]


def told_by(events: list[Told], today: dt.date) -> list[Told]:
    """The events up to a day."""
    return [event for event in events if read_written(event.at, event.id).day <= today]


async def load_contracts(dsn: str, clock: Clock, say: Callable[[str], None]) -> None:
    """Makes the tables, opens the demonstration contracts, and tells of each what has happened since the last start.

    A contract of which somebody else told something is left as it is.
    """
    today = to_jst(clock.now()).date()
    pool = await open_pool(dsn, max_size=1, application_name="itaku-sandbox")
    try:
        await prepare(pool)
        keeper = Keeper(pool, form, clock, SystemRandomness())
        there = set(await keeper.contracts())
        told = 0
        for contract, name in LIVES.items():
            if contract not in there:
                await keeper.open(contract, name)
            past = told_by(history(name), today)
            known = await keeper.told(contract)
            if known == past[: len(known)] and len(known) < len(past):
                await keeper.append_all(contract, past[len(known) :])
                told += len(past) - len(known)
    finally:
        await pool.close()
    if told:
        say(
            f"見本の契約{len(LIVES)}件に架空の出来事{told}件を読み込みました。/ "
            f"Loaded {told} invented events of {len(LIVES)} contracts."
        )
    else:
        say(f"見本の契約{len(LIVES)}件は読み込み済みです。/ {len(LIVES)} demonstration contracts are there.")
