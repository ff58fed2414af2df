"""Which instances of a program share one database: each says at its start what it expects, and a wrong whole refuses.

A program that is meant for one server and runs on two, or two that are meant to share a database and do not, has given
out other people's papers (R7). So the instances are named in every instance's settings, the first of them founds the
cluster in an empty database, and any other refuses to start in a database that the founder never used.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from itaku.basis.randomness import Randomness
from itaku.store.errors import StoreError
from itaku.store.postgres import Migration

CLUSTER_MIGRATIONS = (
    Migration(
        name="cluster-1",
        sql="""
CREATE TABLE cluster (
    room text PRIMARY KEY,
    cluster_id bytea NOT NULL CHECK (octet_length(cluster_id) = 16),
    instances text[] NOT NULL
);
CREATE TABLE cluster_instance (
    room text NOT NULL,
    name text NOT NULL,
    build text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (room, name)
);
""",
    ),
)
"""Tables of the cluster, for `store.postgres.migrate` under the room `cluster`."""

_WAIT_S = 10.0
"""So long an instance waits for its founder, or for its own killed forerunner's connection to end."""
_STEP_S = 0.2


class TopologyError(StoreError):
    """The instances that are configured are not those that were found."""

    code = "topology_wrong"
    ja = "設定されたインスタンスの構成と、実際の構成が合いません。instances と dsn を確かめてください。"
    en = "The configured instances are not those that were found. Check instances and dsn."


@asynccontextmanager
async def member(
    pool: asyncpg.Pool, room: str, name: str, build: str, instances: Sequence[str], randomness: Randomness
) -> AsyncIterator[bytes]:
    """This instance's place in its cluster while the context is open; yields the cluster's identity, 16 bytes.

    It holds one of the pool's connections, whose lock keeps a namesake out.

    `instances` names all of them, the founder first; empty means this one alone. Raises `TopologyError`: this one is
    not named; a namesake is alive; the founder never used this database; the founder's settings name other instances;
    or an instance is alive that the founder's settings do not name.
    """
    wanted = tuple(instances) or (name,)
    check_named(name, wanted)
    connection: asyncpg.Connection = await pool.acquire()
    try:
        await _take_name(connection, room, name)
        cluster_id = await _agree(connection, room, name, wanted, randomness)
        await connection.execute(
            "INSERT INTO cluster_instance(room, name, build) VALUES ($1, $2, $3)"
            " ON CONFLICT (room, name) DO UPDATE SET build = $3, started_at = clock_timestamp()",
            room,
            name,
            build,
        )
        yield cluster_id
    finally:
        # The connection ends, and its lock with it.
        connection.terminate()
        await pool.release(connection)


def check_named(name: str, wanted: tuple[str, ...]) -> None:
    """Returns if an instance stands among those that it was told of, each once; else `TopologyError`."""
    if name not in wanted or len(set(wanted)) != len(wanted):
        raise TopologyError(f"{name} is not, or a name is twice, in {', '.join(wanted)}")


def check_founded(wanted: tuple[str, ...], founded: tuple[str, ...] | None) -> None:
    """Returns if another instance than the founder may serve from a database; else `TopologyError`.

    `founded` are the instances that the founder named there; None if it has never used this database.
    """
    if founded is None:
        raise TopologyError(f"{wanted[0]} has never used this database")
    if founded != wanted:
        raise TopologyError(f"{wanted[0]} names {', '.join(founded)}")


async def _take_name(connection: asyncpg.Connection, room: str, name: str) -> None:
    for _ in range(int(_WAIT_S / _STEP_S)):
        if await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", *_lock(room, name)):
            return
        await asyncio.sleep(_STEP_S)
    raise TopologyError(f"another {name} is running")


async def _agree(
    connection: asyncpg.Connection, room: str, name: str, wanted: tuple[str, ...], randomness: Randomness
) -> bytes:
    if name == wanted[0]:
        return await _found(connection, room, name, wanted, randomness)
    for wait in reversed(range(int(_WAIT_S / _STEP_S))):
        row = await connection.fetchrow("SELECT cluster_id, instances FROM cluster WHERE room = $1", room)
        try:
            check_founded(wanted, None if row is None else tuple(row["instances"]))
        except TopologyError:
            if wait == 0:
                raise
            await asyncio.sleep(_STEP_S)
        else:
            break
    return bytes(row["cluster_id"])


async def _found(
    connection: asyncpg.Connection, room: str, name: str, wanted: tuple[str, ...], randomness: Randomness
) -> bytes:
    """The founder's settings count; they may name others than before, but nobody who is alive may be missing."""
    rows = await connection.fetch("SELECT name FROM cluster_instance WHERE room = $1 AND name <> $2", room, name)
    for other in (row["name"] for row in rows):
        if other in wanted:
            continue
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", *_lock(room, other)):
            raise TopologyError(f"{other} is running and is not named")
        await connection.fetchval("SELECT pg_advisory_unlock($1, $2)", *_lock(room, other))
    found: bytes = await connection.fetchval(
        "INSERT INTO cluster(room, cluster_id, instances) VALUES ($1, $2, $3)"
        " ON CONFLICT (room) DO UPDATE SET instances = $3 RETURNING cluster_id",
        room,
        randomness.token(16),
        list(wanted),
    )
    return bytes(found)


def _lock(room: str, name: str) -> tuple[int, int]:
    """Two 32-bit halves of an advisory lock; another lock of the same number only makes a start wait and refuse."""
    return _signed(zlib.crc32(f"itaku/{room}".encode())), _signed(zlib.crc32(name.encode()))


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number
