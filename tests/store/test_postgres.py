from __future__ import annotations

import asyncio

import asyncpg
import pytest

from itaku.store.errors import DatabaseUnreachableError, MigrationChangedError, MigrationOrderError
from itaku.store.postgres import Migration, migrate, open_pool

ONE = Migration("1-one", "CREATE TABLE one (n int); INSERT INTO one VALUES (1);")
TWO = Migration("2-two", "ALTER TABLE one ADD COLUMN m int DEFAULT 2;")


@pytest.fixture
async def pool(postgres_dsn):
    pool = await open_pool(postgres_dsn, application_name="itaku test")
    yield pool
    await pool.close()


async def test_a_connection_is_in_utc_and_utf8_and_its_commits_are_durable(pool):
    shown = {
        name: await pool.fetchval(f"SHOW {name}")
        for name in ("timezone", "client_encoding", "synchronous_commit", "fsync", "application_name")
    }
    assert shown == {
        "timezone": "UTC",
        "client_encoding": "UTF8",
        "synchronous_commit": "on",
        "fsync": "on",
        "application_name": "itaku test",
    }
    assert await pool.fetchval("SELECT $1::text", "𠮷野 葛󠄀") == "𠮷野 葛󠄀"


async def test_migrations_are_applied_once_and_in_order(pool):
    await migrate(pool, "room", [ONE])
    await migrate(pool, "room", [ONE, TWO])
    await migrate(pool, "room", [ONE, TWO])
    assert [tuple(row) for row in await pool.fetch("SELECT n, m FROM one")] == [(1, 2)]
    rows = await pool.fetch("SELECT room, name, sha256 FROM itaku_migration ORDER BY position")
    assert [(row["room"], row["name"]) for row in rows] == [("room", "1-one"), ("room", "2-two")]


async def test_rooms_do_not_see_each_others_migrations(pool):
    await migrate(pool, "room", [ONE])
    await migrate(pool, "other", [Migration("1-one", "CREATE TABLE two (n int)")])
    assert await pool.fetchval("SELECT count(*) FROM two") == 0


async def test_many_processes_may_migrate_at_once(postgres_dsn):
    pools = [await open_pool(postgres_dsn, max_size=1) for _ in range(5)]
    await asyncio.gather(*(migrate(pool, "room", [ONE, TWO]) for pool in pools))
    assert await pools[0].fetchval("SELECT count(*) FROM one") == 1
    for pool in pools:
        await pool.close()


async def test_a_changed_text_of_an_applied_migration_is_refused_and_touches_nothing(pool):
    await migrate(pool, "room", [ONE])
    with pytest.raises(MigrationChangedError, match="room/1-one"):
        await migrate(pool, "room", [Migration("1-one", ONE.sql + " "), TWO])
    assert await pool.fetchval("SELECT count(*) FROM itaku_migration") == 1


async def test_a_new_migration_before_an_applied_one_is_refused(pool):
    await migrate(pool, "room", [TWO.__class__("2", "SELECT 1")])
    with pytest.raises(MigrationOrderError):
        await migrate(pool, "room", [ONE, Migration("2", "SELECT 1")])
    with pytest.raises(MigrationOrderError):
        await migrate(pool, "room", [ONE, ONE])


async def test_a_migration_that_fails_leaves_nothing_behind(pool):
    with pytest.raises(asyncpg.PostgresError):
        await migrate(pool, "room", [ONE, Migration("2", "SELECT nonsense")])
    assert await pool.fetchval("SELECT to_regclass('one')") is None


async def test_a_program_that_is_older_than_the_database_leaves_newer_migrations_alone(pool):
    await migrate(pool, "room", [ONE, TWO])
    await migrate(pool, "room", [ONE])


@pytest.mark.parametrize(
    "dsn", ["postgresql:///db?host=/nonexistent&user=x", "postgresql://x@127.0.0.1:1,127.0.0.1:2/db"]
)
async def test_a_server_that_is_not_there_is_a_retryable_error(dsn):
    with pytest.raises(DatabaseUnreachableError):
        await open_pool(dsn)


async def test_of_several_hosts_the_one_that_answers_and_can_write_is_taken(postgres_dsn):
    from urllib.parse import parse_qs, urlsplit

    parts = urlsplit(postgres_dsn)
    socket = parse_qs(parts.query)["host"][0]
    dsn = postgres_dsn.replace(socket, f"/nonexistent,{socket}") + "&target_session_attrs=read-write"
    dsn = dsn.replace("port=5432", "port=5432,5432")
    pool = await open_pool(dsn)
    assert await pool.fetchval("SELECT 1") == 1
    await pool.close()
