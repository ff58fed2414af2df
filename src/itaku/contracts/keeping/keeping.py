"""Kept contracts (契約の台帳): an event, its entry in the record and the renewed caches in one transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
import msgspec

from itaku.basis.canonical import Plain
from itaku.basis.clock import Clock, InstantMs
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import Randomness
from itaku.contracts.engine.events import Event, EventTwiceError, Told, check_appendable, read_event
from itaku.contracts.engine.result import Result, replay
from itaku.contracts.keeping.due_index import ENGINE, DueRow, as_seen, due_rows
from itaku.contracts.model.contract import Contract
from itaku.record.entry import make_entry
from itaku.record.schema import INSERT_PENDING

Form = Callable[[str], Contract]
"""Gives the contract file that a form's name stands for."""


class ContractUnknownError(ItakuError):
    """There is no contract of that id."""

    code = "contract_unknown"
    ja = "そのIDの契約がありません。"
    en = "There is no contract of that id."


class ContractTwiceError(ItakuError):
    """There is a contract of that id already."""

    code = "contract_twice"
    ja = "そのIDの契約はすでにあります。"
    en = "There is a contract of that id already."


class DueItem(msgspec.Struct, frozen=True):
    """A row of the index with its contract, read at an instant."""

    contract: str
    row: DueRow


class Keeper:
    """Keeps contracts in one database, beside the record. `form` gives the file by which a contract runs."""

    def __init__(self, pool: asyncpg.Pool, form: Form, clock: Clock, randomness: Randomness) -> None:
        self._pool = pool
        self._form = form
        self._clock = clock
        self._randomness = randomness
        self._read_before: OrderedDict[str, tuple[bytes, list[Event]]] = OrderedDict()

    async def open(self, contract_id: str, form: str) -> None:
        """Opens a contract by a form. `ContractTwiceError`."""
        contract, now = self._form(form), self._clock.now()
        facts: dict[str, Plain] = {"contract": contract_id, "form": form, "sha256": contract.sha256}
        entry = make_entry(self._randomness, "contract.opened", now, facts)
        async with self._pool.acquire() as connection, connection.transaction():
            try:
                await connection.execute(
                    "INSERT INTO contract(id, form, opened_at_ms) VALUES ($1, $2, $3)", contract_id, form, int(now)
                )
            except asyncpg.UniqueViolationError as error:
                raise ContractTwiceError(contract_id) from error
            await connection.execute(INSERT_PENDING, [entry.entry_id], [entry.body])
            await self._renew(connection, contract_id, contract, [], now)

    async def append(self, contract_id: str, told: Told) -> Result:
        """Appends one event and gives the contract as it stands now.

        Raises `ContractUnknownError`, `EventTwiceError`, `EventUnknownError`, `EventUnfitError` and the coded errors of
        dates; then nothing was written.
        """
        body = msgspec.json.encode(told)
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            contract, events = await self._locked(connection, contract_id)
            new = read_event(contract, told, len(events) + 1)
            check_appendable(events, new)
            facts: dict[str, Plain] = {
                "contract": contract_id,
                "seq": new.seq,
                "event": told.id,
                "kind": told.kind,
                "sha256": hashlib.sha256(body).digest(),
            }
            entry = make_entry(self._randomness, "contract.told", now, facts)
            try:
                await connection.execute(
                    "INSERT INTO contract_event(contract, seq, event_id, told, told_at_ms) VALUES ($1, $2, $3, $4, $5)",
                    contract_id,
                    new.seq,
                    told.id,
                    body,
                    int(now),
                )
            except asyncpg.UniqueViolationError as error:
                raise EventTwiceError(told.id) from error
            await connection.execute("UPDATE contract SET last_seq = $2 WHERE id = $1", contract_id, new.seq)
            await connection.execute(INSERT_PENDING, [entry.entry_id], [entry.body])
            return await self._renew(connection, contract_id, contract, [*events, new], now)

    async def at(self, contract_id: str, as_of: InstantMs | None = None, known_seq: int | None = None) -> Result:
        """The contract at an instant (default: now), by full replay. `ContractUnknownError`."""
        async with self._pool.acquire() as connection:
            contract, events = await self._read(connection, contract_id)
        return replay(contract, events, as_of or self._clock.now(), known_seq=known_seq)

    async def contracts(self) -> list[str]:
        """The ids of all contracts."""
        return [row["id"] for row in await self._pool.fetch("SELECT id FROM contract ORDER BY id")]

    async def due(self, until: dt.date) -> list[DueItem]:
        """What is due up to a day, over all contracts, overdue included; contracts that must wake are renewed first."""
        await self.wake()
        now = self._clock.now()
        rows = await self._pool.fetch(
            "SELECT * FROM contract_due WHERE due_day <= $1 ORDER BY due_day, contract, instance", until
        )
        return [DueItem(row["contract"], as_seen(_row(row), now)) for row in rows]

    async def rows(self, contract_id: str) -> list[DueRow]:
        """The index of one contract, as it is stored."""
        rows = await self._pool.fetch("SELECT * FROM contract_due WHERE contract = $1 ORDER BY instance", contract_id)
        return [_row(row) for row in rows]

    async def wake(self) -> int:
        """Renews every contract whose time has come, and every cache that was made of something else. How many."""
        made_of = {form: self._made_of(form) for form in await self._forms()}
        found = await self._pool.fetch(
            "SELECT c.id FROM contract c LEFT JOIN contract_wake w ON w.contract = c.id"
            " WHERE w.contract IS NULL OR w.wake_at_ms <= $1 OR w.from_seq <> c.last_seq"
            " OR w.made_of <> ALL($2::bytea[])",
            int(self._clock.now()),
            list(made_of.values()),
        )
        for row in found:
            await self.renew(row["id"])
        return len(found)

    async def renew(self, contract_id: str) -> Result:
        """Makes the caches of one contract again."""
        async with self._pool.acquire() as connection, connection.transaction():
            contract, events = await self._locked(connection, contract_id)
            return await self._renew(connection, contract_id, contract, events, self._clock.now())

    async def _forms(self) -> list[str]:
        return [row["form"] for row in await self._pool.fetch("SELECT DISTINCT form FROM contract")]

    def _made_of(self, form: str) -> bytes:
        return made_of(self._form(form))

    async def _locked(self, connection: Any, contract_id: str) -> tuple[Contract, list[Event]]:
        """The contract's events, under its lock until the transaction ends."""
        return await self._read(connection, contract_id, lock=" FOR UPDATE")

    async def _read(self, connection: Any, contract_id: str, lock: str = "") -> tuple[Contract, list[Event]]:
        form = await connection.fetchval(f"SELECT form FROM contract WHERE id = $1{lock}", contract_id)  # noqa: S608 a constant
        if form is None:
            raise ContractUnknownError(contract_id[:60])
        contract = self._form(form)
        digest, events = self._read_before.get(contract_id, (contract.sha256, []))
        if digest != contract.sha256:
            events = []
        rows = await connection.fetch(
            "SELECT seq, told FROM contract_event WHERE contract = $1 AND seq > $2 ORDER BY seq",
            contract_id,
            len(events),
        )
        events = [*events, *(read_event(contract, _DECODER.decode(row["told"]), row["seq"]) for row in rows)]
        self._read_before[contract_id] = (contract.sha256, events)
        self._read_before.move_to_end(contract_id)
        if len(self._read_before) > _READ_BEFORE:
            self._read_before.popitem(last=False)
        return contract, events

    async def _renew(
        self, connection: Any, contract_id: str, contract: Contract, events: Sequence[Event], now: InstantMs
    ) -> Result:
        result = replay(contract, events, now)
        rows = due_rows(result)
        await connection.execute("DELETE FROM contract_due WHERE contract = $1", contract_id)
        if rows:
            columns = zip(*(_columns(row) for row in rows), strict=True)
            await connection.execute(_INSERT_DUE, contract_id, *(list(column) for column in columns))
        wake = result.wake_at
        await connection.execute(
            "INSERT INTO contract_wake(contract, wake_at_ms, made_at_ms, from_seq, made_of) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (contract) DO UPDATE SET wake_at_ms = $2, made_at_ms = $3, from_seq = $4, made_of = $5",
            contract_id,
            None if wake is None else int(wake),
            int(now),
            len(events),
            made_of(contract),
        )
        return result


def made_of(contract: Contract) -> bytes:
    """What a cache rests on: the contract's file and the engine."""
    return hashlib.sha256(contract.sha256 + ENGINE.encode()).digest()


_READ_BEFORE = 256
"""Contracts whose events are kept typed in memory: rows are only ever added, so what was read stays true."""

_DECODER = msgspec.json.Decoder(Told)

_INSERT_DUE = """
INSERT INTO contract_due(contract, instance, provision, kind, bearer, counterparty, state, raw_day, moved_day, due_day,
    target_day, due_at_ms, too_late_ms, breached_on, plain)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::date[], $9::date[],
    $10::date[], $11::date[], $12::bigint[], $13::bigint[], $14::date[], $15::boolean[])
"""


def _columns(row: DueRow) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in DueRow.__struct_fields__)


def _row(row: Any) -> DueRow:
    return DueRow(
        row["instance"],
        row["provision"],
        row["kind"],
        row["bearer"],
        row["counterparty"],
        row["state"],
        row["raw_day"],
        row["moved_day"],
        row["due_day"],
        row["target_day"],
        row["due_at_ms"],
        row["too_late_ms"],
        row["breached_on"],
        row["plain"],
    )
