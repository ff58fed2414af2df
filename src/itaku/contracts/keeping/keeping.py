"""Kept contracts (契約の台帳): an event, its entry in the record and the renewed caches in one transaction."""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import asyncpg
import msgspec

from itaku.basis.canonical import Plain
from itaku.basis.clock import Clock, InstantMs
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import Randomness
from itaku.contracts.engine.events import Event, EventTwiceError, Told, check_appendable, read_event
from itaku.contracts.engine.result import Result, replay
from itaku.contracts.engine.whatif import Difference, what_if
from itaku.contracts.keeping.caches import COLUMNS, PUT_CACHES, Cache, cache_values, due_row, put_caches
from itaku.contracts.keeping.due_index import ENGINE, DueRow, as_seen, due_rows
from itaku.contracts.keeping.due_query import CUSTOM_PLANS, DuePage, DueQuery, page_of, page_statement
from itaku.contracts.keeping.naming import Naming, named, written
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.parts import Words
from itaku.record.about import Proved, prove_about
from itaku.record.entry import make_entry
from itaku.record.schema import INSERT_PENDING, insert_pending

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


class ContractMovedError(ItakuError):
    """Something was told of the contract since whoever tells looked at it. `detail` is the number reached."""

    code = "contract_moved"
    ja = "見ている間に、この契約に別の記録が加わりました。もう一度、変わることを確かめてください。"
    en = "Something else was recorded while you looked. Check again what changes."


class DueItem(msgspec.Struct, frozen=True):
    """A row of the index with its contract, read at an instant."""

    contract: str
    row: DueRow


class _Kept(NamedTuple):
    """A contract as it stands in the database: its file, and its events typed, by number."""

    contract: Contract
    events: list[Event]


class Keeper:
    """Keeps contracts in one database, beside the record. `form` gives the file by which a contract runs."""

    def __init__(self, pool: asyncpg.Pool, form: Form, clock: Clock, randomness: Randomness) -> None:
        self._pool = pool
        self._form = form
        self._clock = clock
        self._randomness = randomness
        self._read_before: OrderedDict[str, _Kept] = OrderedDict()

    async def open(self, contract_id: str, form: str, naming: Naming | None = None) -> None:
        """Opens a contract by a form, under its own names where it has them. `ContractTwiceError`."""
        stored, now = written(naming), self._clock.now()
        contract = named(self._form(form), stored)
        facts: dict[str, Plain] = {"contract": contract_id, "form": form, "sha256": contract.sha256}
        if stored is not None:
            facts["naming_sha256"] = hashlib.sha256(stored).digest()
        entry = make_entry(self._randomness, "contract.opened", now, facts)
        async with self._pool.acquire() as connection, connection.transaction():
            try:
                await connection.execute(
                    "INSERT INTO contract(id, form, opened_at_ms, naming) VALUES ($1, $2, $3, $4)",
                    contract_id,
                    form,
                    int(now),
                    stored,
                )
            except asyncpg.UniqueViolationError as error:
                raise ContractTwiceError(contract_id) from error
            await connection.execute(INSERT_PENDING, [entry.entry_id], [entry.body])
            _, cache = _replayed(contract_id, _Kept(contract, []), now)
            await connection.execute(PUT_CACHES, *cache_values([cache], now))

    async def append(self, contract_id: str, told: Told, *, seen_seq: int | None = None) -> Result:
        """Appends one event and gives the contract as it stands now.

        `seen_seq`: the number of the last event that whoever tells has seen. Raises `ContractUnknownError`,
        `EventTwiceError`, `EventUnknownError`, `EventUnfitError`, `ContractMovedError` where there is one more than
        `seen_seq`, and the coded errors of dates; then nothing was written.
        """
        body = msgspec.json.encode(told)
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            before = await self._read(connection, contract_id, lock=" FOR UPDATE")
            new = read_event(before.contract, told, len(before.events) + 1)
            check_appendable(before.events, new)
            if seen_seq is not None and seen_seq != len(before.events):
                raise ContractMovedError(str(len(before.events)))
            after = _Kept(before.contract, [*before.events, new])
            entry = make_entry(self._randomness, "contract.told", now, _facts(contract_id, told, new.seq, body))
            result, cache = _replayed(contract_id, after, now)
            event = (contract_id, new.seq, told.id, body, int(now), [entry.entry_id], [entry.body])
            try:
                await connection.execute(_APPEND, *event, *cache_values([cache], now))
            except asyncpg.UniqueViolationError as error:
                raise EventTwiceError(told.id) from error
        self._remember(contract_id, after)
        return result

    async def append_all(self, contract_id: str, told: Sequence[Told]) -> Result:
        """Appends events in their order, all or none, and gives the contract as it stands then. Raises as `append`."""
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            before = await self._read(connection, contract_id, lock=" FOR UPDATE")
            after = _with(before, told)
            first = len(before.events) + 1
            bodies = [msgspec.json.encode(each) for each in told]
            entries = [
                make_entry(self._randomness, "contract.told", now, _facts(contract_id, each, seq, body))
                for seq, (each, body) in enumerate(zip(told, bodies, strict=True), first)
            ]
            rows = [
                (contract_id, seq, each.id, body, int(now))
                for seq, (each, body) in enumerate(zip(told, bodies, strict=True), first)
            ]
            result, cache = _replayed(contract_id, after, now)
            await connection.executemany(_TELL, rows)
            await connection.execute(
                INSERT_PENDING, [each.entry_id for each in entries], [each.body for each in entries]
            )
            await connection.execute("UPDATE contract SET last_seq = $2 WHERE id = $1", contract_id, len(after.events))
            await connection.execute(PUT_CACHES, *cache_values([cache], now))
        self._remember(contract_id, after)
        return result

    async def what_if(self, contract_id: str, told: Sequence[Told]) -> Difference:
        """The difference that events would make now. Nothing is written; raises what `append` would."""
        async with self._pool.acquire() as connection:
            before = await self._read(connection, contract_id)
        more = _with(before, told).events[len(before.events) :]
        return what_if(before.contract, before.events, more, self._clock.now())

    async def form_of(self, contract_id: str) -> Contract:
        """The contract file by which a kept contract runs, under its own names. `ContractUnknownError`."""
        row = await self._pool.fetchrow("SELECT form, naming FROM contract WHERE id = $1", contract_id)
        if row is None:
            raise ContractUnknownError(contract_id[:60])
        return named(self._form(row["form"]), row["naming"])

    async def opened_at(self, contract_id: str) -> InstantMs:
        """When a contract was opened here. `ContractUnknownError`."""
        found = await self._pool.fetchval("SELECT opened_at_ms FROM contract WHERE id = $1", contract_id)
        if found is None:
            raise ContractUnknownError(contract_id[:60])
        return InstantMs(found)

    async def told(self, contract_id: str) -> list[Told]:
        """What was told of a contract, as it was told and in that order."""
        joined = await self._pool.fetchval(_TOLD_OF, contract_id)
        return _DECODER.decode(b"[%b]" % (joined or b""))

    async def proved(self, contract_id: str) -> Proved:
        """The record's proofs of a contract's opening and of everything told of it. `RecordEmptyError`."""
        async with self._pool.acquire() as connection:
            return await prove_about(connection, ("contract.opened", "contract.told"), "contract", contract_id)

    async def opened_by(self, contract_id: str) -> tuple[str, bytes | None]:
        """The form's name and the own names, as they were stored when the contract was opened.

        Without own names it goes by its form's. `ContractUnknownError`.
        """
        row = await self._pool.fetchrow("SELECT form, naming FROM contract WHERE id = $1", contract_id)
        if row is None:
            raise ContractUnknownError(contract_id[:60])
        return row["form"], row["naming"]

    async def told_at(self, contract_id: str) -> list[InstantMs]:
        """When each event was told, in the order of their numbers: later than its `at` where it was told in arrears."""
        rows = await self._pool.fetch(
            "SELECT told_at_ms FROM contract_event WHERE contract = $1 ORDER BY seq", contract_id
        )
        return [InstantMs(row["told_at_ms"]) for row in rows]

    async def at(self, contract_id: str, as_of: InstantMs | None = None, known_seq: int | None = None) -> Result:
        """The contract at an instant (default: now), by full replay. `ContractUnknownError`."""
        async with self._pool.acquire() as connection:
            kept = await self._read(connection, contract_id)
        return replay(kept.contract, kept.events, as_of or self._clock.now(), known_seq=known_seq)

    async def contracts(self) -> list[str]:
        """The ids of all contracts."""
        return [row["id"] for row in await self._pool.fetch("SELECT id FROM contract ORDER BY id")]

    async def titles(self, contracts: Sequence[str]) -> dict[str, Words]:
        """What each of these contracts is called; an id that is no contract's is left out."""
        rows = await self._pool.fetch("SELECT id, form, naming FROM contract WHERE id = ANY($1::text[])", contracts)
        heads = {row["id"]: named(self._form(row["form"]), row["naming"]).head for row in rows}
        return {contract: Words(ja=head.ja, en=head.en) for contract, head in heads.items()}

    async def at_each(self, contracts: Sequence[str]) -> dict[str, Result]:
        """Several contracts as they stand now, read together; an id that is no contract's is left out."""
        rows = await self._pool.fetch(
            "SELECT id, form, last_seq, naming FROM contract WHERE id = ANY($1::text[])", contracts
        )
        unread = [row["id"] for row in rows if not self._knows(row["id"], self._form(row["form"]), row["last_seq"])]
        told = {row["contract"]: row["told"] for row in await self._pool.fetch(_TOLD, unread)} if unread else {}
        for row in rows:
            if row["id"] in unread:
                contract = named(self._form(row["form"]), row["naming"])
                self._remember(row["id"], _Kept(contract, _typed(contract, told.get(row["id"], b""), 0)))
        now = self._clock.now()
        kept = {row["id"]: self._read_before[row["id"]] for row in rows}
        return {name: replay(each.contract, each.events, now) for name, each in kept.items()}

    def _knows(self, contract_id: str, contract: Contract, last_seq: int) -> bool:
        known = self._read_before.get(contract_id)
        return known is not None and known.contract.sha256 == contract.sha256 and len(known.events) >= last_seq

    async def due(
        self, until: dt.date, since: dt.date = dt.date.min, contracts: Sequence[str] | None = None
    ) -> list[DueItem]:
        """What is due from a day (default: ever, overdue included) to a day, over all contracts or over some.

        Contracts that must wake are renewed first.
        """
        await self.wake()
        now = self._clock.now()
        rows = await self._pool.fetch(_DUE, since, until, None if contracts is None else list(contracts))
        return [DueItem(row[0], as_seen(due_row(row, 1), now)) for row in rows]

    async def due_page(self, query: DueQuery) -> DuePage:
        """One page of what is due, and the counts of its bands. Contracts that must wake are renewed first."""
        await self.wake()
        asking, values = page_statement(query)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(CUSTOM_PLANS)
            return page_of(await connection.fetch(asking, *values), query.now)

    async def clocks(self, contracts: Sequence[str]) -> list[DueItem]:
        """Every hour clock that stands open at some contracts, the nearest first."""
        now = self._clock.now()
        rows = await self._pool.fetch(_CLOCKS, list(contracts))
        return [DueItem(row[0], as_seen(due_row(row, 1), now)) for row in rows]

    async def rows(self, contract_id: str) -> list[DueRow]:
        """The index of one contract, as it is stored."""
        return [due_row(row) for row in await self._pool.fetch(_ROWS, contract_id)]

    async def wake(self) -> int:
        """Renews every contract whose time has come, and every cache that was made of something else. How many."""
        forms = await self._pool.fetch("SELECT DISTINCT form FROM contract")
        made = [made_of(self._form(row["form"])) for row in forms]
        found = [row["id"] for row in await self._pool.fetch(_STALE, int(self._clock.now()), made)]
        for first in range(0, len(found), _BATCH):
            async with self._pool.acquire() as connection, connection.transaction():
                await self._renew(connection, found[first : first + _BATCH])
        return len(found)

    async def renew(self, contract_id: str) -> Result:
        """Makes the caches of one contract again."""
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            kept = await self._read(connection, contract_id, lock=" FOR UPDATE")
            result, cache = _replayed(contract_id, kept, now)
            await connection.execute(PUT_CACHES, *cache_values([cache], now))
        return result

    async def rebuild(self) -> int:
        """Makes the caches of all contracts again from their events, a batch in each transaction. How many.

        Other work goes on beside it: a contract is locked while its batch is made.
        """
        last, done = "", 0
        while True:
            async with self._pool.acquire() as connection, connection.transaction():
                rows = await connection.fetch(_NEXT, last, _BATCH)
                ids = [row["id"] for row in rows]
                await self._renew(connection, ids)
            if not ids:
                return done
            last, done = ids[-1], done + len(ids)

    async def _renew(self, connection: Any, ids: list[str]) -> None:
        """Makes the caches of some contracts again, read and written together; locks them in the order of their ids."""
        locked = await connection.fetch(
            "SELECT id, form, last_seq, naming FROM contract WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", ids
        )
        told = {row["contract"]: row["told"] for row in await connection.fetch(_TOLD, ids)}
        now, caches = self._clock.now(), []
        for row in locked:
            contract = named(self._form(row["form"]), row["naming"])
            events = _typed(contract, told.get(row["id"], b""), 0)
            assert len(events) == row["last_seq"], "numbers have no gaps"
            caches.append(_replayed(row["id"], _Kept(contract, events), now)[1])
        await connection.execute(PUT_CACHES, *cache_values(caches, now))

    async def _read(self, connection: Any, contract_id: str, lock: str = "") -> _Kept:
        """The contract and its events; with a lock, nobody appends until the transaction ends."""
        row = await connection.fetchrow(f"SELECT form, last_seq, naming FROM contract WHERE id = $1{lock}", contract_id)  # noqa: S608 a constant
        if row is None:
            raise ContractUnknownError(contract_id[:60])
        contract, last_seq = named(self._form(row["form"]), row["naming"]), row["last_seq"]
        known = self._read_before.get(contract_id)
        events = known.events if known is not None and known.contract.sha256 == contract.sha256 else []
        if len(events) < last_seq:
            told = await connection.fetchval(_TOLD_SINCE, contract_id, len(events), last_seq)
            events = [*events, *_typed(contract, told, len(events))]
        kept = _Kept(contract, events[:last_seq])
        self._remember(contract_id, kept)
        return kept

    def _remember(self, contract_id: str, kept: _Kept) -> None:
        """Keeps typed events of a transaction that was committed: rows are only ever added, so they stay true."""
        self._read_before[contract_id] = kept
        self._read_before.move_to_end(contract_id)
        if len(self._read_before) > _READ_BEFORE:
            self._read_before.popitem(last=False)


def made_of(contract: Contract) -> bytes:
    """What a cache rests on: the contract's file and the engine."""
    return hashlib.sha256(contract.sha256 + ENGINE.encode()).digest()


def _facts(contract_id: str, told: Told, seq: int, body: bytes) -> dict[str, Plain]:
    """What the record holds of an event: not what it says, but its digest."""
    digest = hashlib.sha256(body).digest()
    return {"contract": contract_id, "seq": seq, "event": told.id, "kind": told.kind, "sha256": digest}


def _typed(contract: Contract, joined: bytes, known: int) -> list[Event]:
    """Events as they stand one after another in JSON, typed; the first has the number after `known`."""
    told = _DECODER.decode(b"[%b]" % joined)
    return [read_event(contract, each, seq) for seq, each in enumerate(told, known + 1)]


def _with(before: _Kept, told: Sequence[Told]) -> _Kept:
    """The contract with further events. Raises what `Keeper.append` says."""
    events = list(before.events)
    for each in told:
        new = read_event(before.contract, each, len(events) + 1)
        check_appendable(events, new)
        events.append(new)
    return _Kept(before.contract, events)


def _replayed(contract_id: str, kept: _Kept, now: InstantMs) -> tuple[Result, Cache]:
    # A replay makes thousands of objects and no cycle of them: the collector would only walk them in vain.
    collects = gc.isenabled()
    gc.disable()
    try:
        result = replay(kept.contract, kept.events, now)
        rows = due_rows(result)
    finally:
        if collects:
            gc.enable()
    return result, Cache(contract_id, rows, result.wake_at, len(kept.events), made_of(kept.contract))


_READ_BEFORE = 256
"""Contracts whose events are kept typed in memory."""

_BATCH = 64
"""Contracts that are locked, read and written together: about 0.2 s of work in which others wait for one of them."""

_DECODER = msgspec.json.Decoder(list[Told])

# Numbers have no gaps, so the place in the list is the number. One value for each contract costs less than a row each.
_TOLD = """
SELECT contract, string_agg(told, ',' ORDER BY seq) AS told FROM contract_event WHERE contract = ANY($1::text[])
GROUP BY contract
"""
_TOLD_SINCE = """
SELECT string_agg(told, ',' ORDER BY seq) FROM contract_event WHERE contract = $1 AND seq > $2 AND seq <= $3
"""

_TOLD_OF = "SELECT string_agg(told, ',' ORDER BY seq) FROM contract_event WHERE contract = $1"

_TELL = "INSERT INTO contract_event(contract, seq, event_id, told, told_at_ms) VALUES ($1, $2, $3, $4, $5)"

_NEXT = "SELECT id FROM contract WHERE id > $1 ORDER BY id LIMIT $2"

_STALE = """
SELECT c.id FROM contract c LEFT JOIN contract_wake w ON w.contract = c.id
WHERE w.contract IS NULL OR w.wake_at_ms <= $1 OR w.from_seq <> c.last_seq OR w.made_of <> ALL($2::bytea[])
ORDER BY c.id
"""

_DUE = f"""
SELECT contract, {COLUMNS} FROM contract_due WHERE due_day BETWEEN $1 AND $2
AND ($3::text[] IS NULL OR contract = ANY($3::text[])) ORDER BY due_day, contract, instance
"""  # noqa: S608 names of columns

_CLOCKS = f"""
SELECT contract, {COLUMNS} FROM contract_due
WHERE due_at_ms IS NOT NULL AND contract IN (SELECT * FROM unnest($1::text[]))
ORDER BY coalesce(target_at_ms, due_at_ms), contract, instance
"""  # noqa: S608 names of columns

_ROWS = f"SELECT {COLUMNS} FROM contract_due WHERE contract = $1 ORDER BY instance"  # noqa: S608 names of columns

_APPEND = f"""
WITH event AS (
    INSERT INTO contract_event(contract, seq, event_id, told, told_at_ms) VALUES ($1, $2, $3, $4, $5)
),
numbered AS (UPDATE contract SET last_seq = $2 WHERE id = $1),
entry AS ({insert_pending(6, 7)}),
{put_caches(8)}
"""  # noqa: S608 names of columns and numbers of parameters
