"""PostgreSQL: one way to open a pool of connections, and one way to bring a room's tables up to date."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import asyncpg
import msgspec

from itaku.store.errors import DatabaseUnfitError, DatabaseUnreachableError, MigrationChangedError, MigrationOrderError

_OLDEST_MAJOR = 15
_COMMAND_SECONDS = 60.0
_MIGRATION_SECONDS = 3600.0
_CONNECT_SECONDS = 15.0

# Two's-complement bytes of "itakumig": one lock for the migrations of every room of a database.
_MIGRATION_LOCK = int.from_bytes(b"itakumig", "big", signed=True)

_TABLE = """
CREATE TABLE IF NOT EXISTS itaku_migration (
    room text NOT NULL,
    name text NOT NULL,
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    position bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (room, name)
)
"""

UNREACHABLE: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.TargetServerAttributeNotMatched,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg's word when a connection is cut between two of its own steps
)
"""What asyncpg raises while no fitting server answers (starting, stopping, failing over, refusing us)."""


class Migration(msgspec.Struct, frozen=True):
    """One step of a room's tables: a name that never changes, and SQL (of PostgreSQL 15, may be several statements).

    The text of an applied migration never changes either; a correction is a new migration at the end of the list.
    """

    name: str
    sql: str

    @property
    def sha256(self) -> bytes:
        """The digest by which a changed text is noticed."""
        return hashlib.sha256(self.sql.encode()).digest()


async def open_pool(dsn: str, *, min_size: int = 1, max_size: int = 8, application_name: str = "itaku") -> asyncpg.Pool:
    """Opens a pool of connections in UTC and UTF-8 that acknowledge a commit only when it is durable.

    `dsn` is asyncpg's: several hosts with `target_session_attrs=read-write`, or a unix socket by `host=/path`.
    Raises `DatabaseUnreachableError` (retryable) or `DatabaseUnfitError`.
    """
    try:
        pool: asyncpg.Pool = await asyncpg.create_pool(
            dsn,
            min_size=min_size,
            max_size=max_size,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            statement_cache_size=256,
            reset=_keep_session,
            server_settings={
                "timezone": "UTC",
                "client_encoding": "utf8",
                "application_name": application_name,
                "synchronous_commit": "on",
            },
        )
    except UNREACHABLE as error:
        raise DatabaseUnreachableError(type(error).__name__) from error
    try:
        await _refuse_unfit(pool)
    except BaseException:
        pool.terminate()
        raise
    return pool


async def _keep_session(_connection: asyncpg.Connection) -> None:
    """Nothing, in place of asyncpg's four commands after each use: they cost more than the statement before them.

    An open transaction is rolled back all the same. What a pooled connection sets for its session stays: nobody here
    sets anything, listens, or takes a session's lock on a connection that it gives back.
    """


async def migrate(pool: asyncpg.Pool, room: str, migrations: Sequence[Migration]) -> None:
    """Brings the room's tables up to date: all new migrations in one transaction, or none.

    Any number of processes may call it at once; one works and the others wait. Raises `MigrationChangedError` if the
    text of an applied migration is not this program's, `MigrationOrderError` if a new one stands before an applied one.
    Applied migrations that this program does not know (a newer program was here) are left alone.
    """
    names = [migration.name for migration in migrations]
    if len(set(names)) != len(names):
        raise MigrationOrderError(f"{room}: a name stands twice")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK, timeout=_MIGRATION_SECONDS)
        await connection.execute(_TABLE)
        applied: dict[str, bytes] = {
            row["name"]: row["sha256"]
            for row in await connection.fetch("SELECT name, sha256 FROM itaku_migration WHERE room = $1", room)
        }
        for migration in _outstanding(room, migrations, applied):
            await connection.execute(migration.sql, timeout=_MIGRATION_SECONDS)
            await connection.execute(
                "INSERT INTO itaku_migration(room, name, sha256) VALUES ($1, $2, $3)",
                room,
                migration.name,
                migration.sha256,
            )


def _outstanding(room: str, migrations: Sequence[Migration], applied: dict[str, bytes]) -> list[Migration]:
    outstanding: list[Migration] = []
    for migration in migrations:
        known = applied.get(migration.name)
        if known is None:
            outstanding.append(migration)
        elif known != migration.sha256:
            raise MigrationChangedError(f"{room}/{migration.name}")
        elif outstanding:
            raise MigrationOrderError(f"{room}/{outstanding[0].name} stands before {migration.name}")
    return outstanding


async def _refuse_unfit(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        encoding = await connection.fetchval("SHOW server_encoding")
        major = connection.get_server_version().major
    if encoding != "UTF8" or major < _OLDEST_MAJOR:
        raise DatabaseUnfitError(f"PostgreSQL {major}, {encoding}")
