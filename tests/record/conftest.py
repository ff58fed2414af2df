"""A record on a real database, and the hand that numbers it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from itaku.basis.clock import FixedClock, InstantMs
from itaku.basis.randomness import SeededRandomness
from itaku.record.entry import Entry, make_entry
from itaku.record.note import Signer
from itaku.record.schema import INSERT_PENDING, MIGRATIONS, ROOM
from itaku.record.sequencing import bind_key, sequence
from itaku.store.postgres import migrate, open_pool

ORIGIN = "test.example/record"


class Desk:
    """One connection to a record, with a clock and a signer."""

    def __init__(self, connection: asyncpg.Connection, signer: Signer) -> None:
        self.connection = connection
        self.signer = signer
        self.clock = FixedClock(InstantMs(1_760_000_000_000))
        self.randomness = SeededRandomness(7)

    def entries(self, count: int) -> list[Entry]:
        return [
            make_entry(self.randomness, "issuance.delivered", self.clock.now(), {"copies": n, "kiosk": "k-001"})
            for n in range(count)
        ]

    async def insert(self, entries: list[Entry]) -> None:
        await self.connection.execute(INSERT_PENDING, [e.entry_id for e in entries], [e.body for e in entries])

    async def sequence(self) -> int:
        return await sequence(self.connection, self.signer, self.clock)

    async def grow(self, *batches: int) -> None:
        for count in batches:
            await self.insert(self.entries(count))
            await self.sequence()
            self.clock.advance(1000)


@pytest.fixture
def signer() -> Signer:
    return Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest_asyncio.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(postgres_dsn)
    await migrate(pool, ROOM, MIGRATIONS)
    yield pool
    await pool.close()


@pytest_asyncio.fixture
async def desk(pool: asyncpg.Pool, signer: Signer) -> AsyncIterator[Desk]:
    async with pool.acquire() as connection:
        await bind_key(connection, signer)
        yield Desk(connection, signer)
