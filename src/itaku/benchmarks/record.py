"""The record's cost, measured: business transactions with a sequencer beside them, against a head-row lock within them.

Both run on the same throw-away PostgreSQL in the same run, so that their ratio holds on any machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from itaku.basis.clock import SystemClock
from itaku.basis.randomness import SystemRandomness
from itaku.benchmarks.figure import Figure
from itaku.benchmarks.throwaway import own_database, own_directory
from itaku.record.entry import Entry, make_entry
from itaku.record.export import export
from itaku.record.note import Signer
from itaku.record.schema import MIGRATIONS, ROOM, insert_pending
from itaku.record.sequencing import bind_key, sequence
from itaku.record.tree import leaf_hash
from itaku.record.verify import verify
from itaku.store.postgres import migrate, open_pool

_WRITERS = 16
_SECONDS = 4.0
_TABLES = """
CREATE TABLE bench_issuance (id bytea PRIMARY KEY, state text NOT NULL, body bytea NOT NULL);
CREATE TABLE bench_head (one boolean PRIMARY KEY DEFAULT true, seq bigint NOT NULL, chain bytea NOT NULL);
INSERT INTO bench_head(seq, chain) VALUES (0, '');
CREATE TABLE bench_entry (seq bigint PRIMARY KEY, entry_id bytea UNIQUE, body bytea, leaf bytea, chain bytea);
"""
_WITH_SEQUENCER = "WITH row AS (INSERT INTO bench_issuance VALUES ($1, 'delivered', $2)) " + insert_pending(3, 4)  # noqa: S608 constants
# The alternative at its best: one statement too, the chain computed in SQL, and no tree at all.
_UNDER_LOCK = """
WITH row AS (INSERT INTO bench_issuance VALUES ($1, 'delivered', $2)),
     head AS (UPDATE bench_head SET seq = seq + 1, chain = sha256('\\x02'::bytea || chain || $3) RETURNING seq, chain)
INSERT INTO bench_entry SELECT head.seq, $1, $2, $3, head.chain FROM head
"""

Write = Callable[[asyncpg.Connection, Entry], Awaitable[None]]


def run() -> list[Figure]:
    """Measures for about ten seconds on a PostgreSQL of its own, with this machine's disk."""
    with own_directory() as directory, own_database(directory) as database:
        return asyncio.run(measure(database.dsn, directory / "copy"))


async def measure(dsn: str, copy: Path, seconds: float = _SECONDS) -> list[Figure]:
    """The figures on the empty database of `dsn`; `copy` is a directory to which the record is exported."""
    signer = Signer("bench.example/record", Ed25519PrivateKey.generate())
    pool = await open_pool(dsn, min_size=_WRITERS, max_size=_WRITERS + 1)
    try:
        await migrate(pool, ROOM, MIGRATIONS)
        await pool.execute(_TABLES)
        sequenced, backlog = await _beside_sequencer(pool, signer, seconds)
        locked = await _rate(pool, _locked, seconds)
        async with pool.acquire() as connection:
            path = await export(connection, copy)
    finally:
        await pool.close()
    began = time.perf_counter()
    report = verify(path, signer.public_key.text())
    verified = report.entries / (time.perf_counter() - began)
    assert report.ok, "the record that was just written verifies"
    beside = f"{_WRITERS} writers, one durable row and one entry each"
    return [
        Figure("record: with a sequencer", sequenced, "tx/s", f"{beside}; {backlog} entries waited at the end"),
        Figure("record: under a head-row lock", locked, "tx/s", beside),
        Figure("record: sequencer over head-row lock", sequenced / locked, "x", "same machine, same run"),
        Figure("record: offline verification", verified, "entries/s", f"{report.entries} entries, all recomputed"),
    ]


async def _beside_sequencer(pool: asyncpg.Pool, signer: Signer, seconds: float) -> tuple[float, int]:
    """Transactions a second while a sequencer numbers, and the entries that waited when the writers stopped."""
    stop = asyncio.Event()

    async def number() -> None:
        async with pool.acquire() as connection:
            await bind_key(connection, signer)
            while await sequence(connection, signer, SystemClock()) or not stop.is_set():  # noqa: ASYNC110 as the process does
                await asyncio.sleep(0.02)

    sequencer = asyncio.create_task(number())
    rate = await _rate(pool, _pending, seconds)
    backlog: int = await pool.fetchval("SELECT count(*) FROM record_pending")
    stop.set()
    await sequencer
    return rate, backlog


async def _rate(pool: asyncpg.Pool, write: Write, seconds: float) -> float:
    """Transactions a second of all writers together."""
    randomness, clock = SystemRandomness(), SystemClock()
    began = time.perf_counter()

    async def writer() -> int:
        done = 0
        async with pool.acquire() as connection:
            while time.perf_counter() - began < seconds:
                await write(connection, make_entry(randomness, "issuance.delivered", clock.now(), {"copies": 1}))
                done += 1
        return done

    counts = await asyncio.gather(*(writer() for _ in range(_WRITERS)))
    return sum(counts) / (time.perf_counter() - began)


async def _pending(connection: asyncpg.Connection, entry: Entry) -> None:
    await connection.execute(_WITH_SEQUENCER, entry.entry_id, entry.body, [entry.entry_id], [entry.body])


async def _locked(connection: asyncpg.Connection, entry: Entry) -> None:
    """Each transaction waits for the head, chains its own entry, and lets go when its commit is durable."""
    await connection.execute(_UNDER_LOCK, entry.entry_id, entry.body, leaf_hash(entry.body))
