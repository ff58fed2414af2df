"""What keeping contracts costs, measured: replay, append, what is due today, the wakes of a day, a full rebuild.

Thousands of believable contracts in a throw-away PostgreSQL; the alternative to the index, replaying every contract for
each question, is measured in the same run. Processor time is this program's and the database's together.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import statistics
import time
from collections.abc import Iterator
from typing import NamedTuple

import asyncpg
import msgspec

from itaku.basis.clock import FixedClock, InstantMs
from itaku.basis.randomness import SeededRandomness
from itaku.benchmarks.contract_lives import FORMS, TODAY, life
from itaku.benchmarks.figure import Figure
from itaku.benchmarks.processor_time import processor_ms
from itaku.benchmarks.throwaway import own_database, own_directory
from itaku.contracts.engine.events import Told, midnight_after, read_event
from itaku.contracts.engine.result import replay
from itaku.contracts.keeping import schema
from itaku.contracts.keeping.due_index import due_rows
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.shelf import form
from itaku.record import schema as record_schema
from itaku.store.postgres import migrate, open_pool

DAY_MS = 86_400_000


class Size(NamedTuple):
    """How much is measured. `contracts` are all, of which `fewer` are there first, each of `events` events."""

    contracts: int = 10_000
    fewer: int = 1_000
    events: int = 200
    lengths: tuple[int, ...] = (50, 200, 1_000)
    lives: int = 30
    appends: int = 100
    days: int = 14


class _Spent(NamedTuple):
    wall_ms: float
    processor_ms: float

    def each(self, number: int) -> _Spent:
        return _Spent(self.wall_ms / number, self.processor_ms / number)


class _Meter:
    """Measures this program and the database together."""

    def __init__(self, database: int) -> None:
        self._database = database
        self.start()

    def start(self) -> None:
        """From now on."""
        gc.collect()
        self._ours, self._theirs = time.process_time(), processor_ms({"": self._database})[""]
        self._wall = time.perf_counter()

    def stop(self) -> _Spent:
        """What was spent since the start. The database's time comes in steps of 10 ms: measure many calls."""
        wall = time.perf_counter() - self._wall
        ours = time.process_time() - self._ours
        theirs = processor_ms({"": self._database})[""] - self._theirs
        return _Spent(wall * 1000, ours * 1000 + theirs)


def run() -> list[Figure]:
    """Measures for two to four minutes on a PostgreSQL of its own, which takes about 2 GB of disk meanwhile."""
    with own_directory() as directory, own_database(directory) as database:
        return asyncio.run(measure(database.dsn, database.pid, Size()))


async def measure(dsn: str, database: int, size: Size) -> list[Figure]:
    """The figures on the empty database of `dsn`, whose server is the process `database`."""
    found = replays(size)
    pool = await open_pool(dsn)
    try:
        await migrate(pool, record_schema.ROOM, record_schema.MIGRATIONS)
        await migrate(pool, schema.ROOM, schema.MIGRATIONS)
        bench = _Bench(pool, _Meter(database), size)
        for numbers in (range(size.fewer), range(size.fewer, size.contracts)):
            await bench.load(numbers, size.events)
            found += [*await bench.rebuilt(numbers.stop), *await bench.due(numbers.stop)]
        found += [*await bench.wakes(), *await bench.appended()]
        return [*found, *await bench.against_replaying()]
    finally:
        await pool.close()


def replays(size: Size) -> list[Figure]:
    """Processor time of one replay with its rows, by the number of events."""
    found = []
    for count in size.lengths:
        spent, lives = 0.0, 0
        for name in FORMS:
            contract = form(name)
            for seed in range(max(4, size.lives * 200 // max(200, count))):
                events = [read_event(contract, told, seq) for seq, told in enumerate(life(name, seed, count), 1)]
                replay(contract, events, _NOW)
                began = time.process_time()
                due_rows(replay(contract, events, _NOW))
                spent, lives = spent + time.process_time() - began, lives + 1
        note = f"processor time, events typed before; {lives} lives of {' and '.join(FORMS)}"
        found.append(Figure(f"contracts: replay of {count:,} events", spent / lives * 1000, "ms", note))
    return found


class _Bench:
    def __init__(self, pool: asyncpg.Pool, meter: _Meter, size: Size) -> None:
        self._pool = pool
        self._meter = meter
        self._size = size
        self._clock = FixedClock(_NOW)
        self._keeper = Keeper(pool, form, self._clock, SeededRandomness(1))
        self._due_ms = 0.0

    async def load(self, numbers: range, events: int) -> None:
        """Contracts with their events as they are stored after years; nothing is measured."""
        ids = [(_id(events, number), FORMS[number % 2], int(_NOW), events) for number in numbers]
        columns = ("id", "form", "opened_at_ms", "last_seq")
        async with self._pool.acquire() as connection:
            await connection.copy_records_to_table("contract", records=ids, columns=columns, timeout=_LOADING_SECONDS)
            await connection.copy_records_to_table(
                "contract_event",
                records=_stored(numbers, events),
                columns=("contract", "seq", "event_id", "told", "told_at_ms"),
                timeout=_LOADING_SECONDS,
            )
            await connection.execute("VACUUM ANALYZE", timeout=_LOADING_SECONDS)

    async def rebuilt(self, contracts: int) -> list[Figure]:
        """A rebuild of the caches of all contracts."""
        self._meter.start()
        assert await self._keeper.rebuild() == contracts, "all of them"
        spent = self._meter.stop()
        await self._pool.execute("VACUUM ANALYZE", timeout=_LOADING_SECONDS)
        note = f"{spent.processor_ms / 1000:.1f} s of processor time, on one core"
        return [Figure(f"contracts: rebuild, {contracts:,} contracts", spent.wall_ms / 1000, "s", note)]

    async def due(self, contracts: int) -> list[Figure]:
        """What is due today, and everything overdue with it, asked again and again."""
        today = f"contracts: due today, {contracts:,} contracts"
        overdue = f"contracts: due or overdue, {contracts:,} contracts"
        found = []
        for name, since in ((today, TODAY), (overdue, dt.date.min)):
            walls, rows = [], 0
            self._meter.start()
            for _ in range(_ASKED):
                began = time.perf_counter()
                rows = len(await self._keeper.due(TODAY, since))
                walls.append((time.perf_counter() - began) * 1000)
            spent = self._meter.stop().each(_ASKED)
            note = f"median of {_ASKED}, {rows:,} rows; {spent.processor_ms:.1f} ms of processor time"
            found.append(Figure(name, statistics.median(walls), "ms", note))
        self._due_ms = found[0].value
        return found

    async def wakes(self) -> list[Figure]:
        """Days pass; on each the contracts that must wake are renewed before the day's question is answered."""
        woken, days = 0, self._size.days
        self._meter.start()
        for _ in range(days):
            self._clock.advance(DAY_MS)
            woken += await self._keeper.wake()
        spent = self._meter.stop().each(days)
        self._clock.at = _NOW
        note = f"{woken / days:.0f} contracts a day over {days} days; {spent.processor_ms:.0f} ms of processor time"
        return [Figure("contracts: wakes of a day", spent.wall_ms, "ms", note)]

    async def appended(self) -> list[Figure]:
        """One event appended to contracts of each length: not read before, and read before."""
        found = []
        for count in self._size.lengths:
            numbers = range(self._size.appends)
            if count != self._size.events:
                await self.load(numbers, count)
            walls: list[float] = []
            processor = []
            for turn in ("first", "second"):
                self._meter.start()
                for number in numbers:
                    name, kind, fields = _NEXT[FORMS[number % 2]]
                    told = Told(id=turn, at=TODAY.isoformat(), kind=kind, fields={name: turn} | fields)
                    began = time.perf_counter()
                    await self._keeper.append(_id(count, number), told)
                    walls.append((time.perf_counter() - began) * 1000)
                processor.append(self._meter.stop().each(len(numbers)).processor_ms)
            cold = f"{statistics.median(walls[: len(numbers)]):.1f} ms on the first"
            note = f"median of {len(numbers)} second ones, {cold}; {processor[1]:.1f} ms of processor time"
            value = statistics.median(walls[len(numbers) :])
            found.append(Figure(f"contracts: append after {count:,} events", value, "ms", note))
        return found

    async def against_replaying(self) -> list[Figure]:
        """The alternative: what is due today by replaying every contract, from a sample of one in twenty."""
        sample = range(0, self._size.contracts, 20)
        began = time.perf_counter()
        for number in sample:
            name = _id(self._size.events, number)
            rows = await self._pool.fetch("SELECT told FROM contract_event WHERE contract = $1 ORDER BY seq", name)
            contract = form(FORMS[number % 2])
            told = [read_event(contract, _DECODER.decode(row["told"]), seq) for seq, row in enumerate(rows, 1)]
            [row for row in due_rows(replay(contract, told, _NOW)) if row.due_day == TODAY]
        all_ms = (time.perf_counter() - began) * 1000 * self._size.contracts / len(sample)
        contracts = f"{self._size.contracts:,} contracts"
        note = f"computed from {len(sample):,} of them, one in twenty"
        return [
            Figure(f"contracts: due today by replaying, {contracts}", all_ms / 1000, "s", note),
            Figure("contracts: replaying over index", all_ms / self._due_ms, "x", "due today, same machine, same run"),
        ]


def _stored(numbers: range, events: int) -> Iterator[tuple[str, int, str, bytes, int]]:
    """The rows of events: every contract has a life of its own."""
    for number in numbers:
        name = _id(events, number)
        for seq, told in enumerate(life(FORMS[number % 2], number, events), 1):
            yield name, seq, told.id, msgspec.json.encode(told), int(_NOW)


def _id(events: int, number: int) -> str:
    return f"C{events:04}-{number:05}"


_NOW = InstantMs(midnight_after(TODAY - dt.timedelta(days=1)) + 9 * 3_600_000)
"""Nine in the morning."""

_NEXT = {
    "certificates": ("complaint", "complaint.received", {}),
    "marathon": ("inquiry", "inquiry.made", {"sort": "report", "answer_by": "2027-02-24"}),
}
_ASKED = 20
_LOADING_SECONDS = 900.0
_DECODER = msgspec.json.Decoder(Told)
