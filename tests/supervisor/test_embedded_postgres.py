"""The embedded database: never root, never without a password, and its data is there again."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from pathlib import Path

import asyncpg
import pytest
from waiting import wait_until

from itaku.supervisor.account import USER
from itaku.supervisor.failures import StartError
from itaku.supervisor.postgres import EmbeddedPostgres


def uids_of(pid: int) -> set[int]:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("Uid:"):
            return {int(word) for word in line.split()[1:]}
    raise AssertionError(pid)


def field_of(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split(":", 1)[1].strip() for line in lines if line.startswith(name + ":"))


async def test_a_node_works_in_its_own_database(postgres_dsn):
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute("CREATE TABLE t (n int)")
    await connection.execute("INSERT INTO t VALUES (1)")
    assert await connection.fetchval("SELECT n FROM t") == 1
    assert await connection.fetchval("SHOW data_checksums") == "on"
    assert await connection.fetchval("SHOW fsync") == "on"
    assert await connection.fetchval("SHOW listen_addresses") == ""
    assert await connection.fetchval("SHOW timezone") == "UTC"
    assert await connection.fetchval("SHOW server_encoding") == "UTF8"
    assert await connection.fetchval("SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C"
    await connection.close()


async def test_a_pool_opens_on_the_fresh_database(postgres_dsn):
    async with asyncpg.create_pool(postgres_dsn, min_size=1, max_size=4) as pool:
        assert await pool.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")
def test_the_server_drops_root_for_good(postgres_server):
    import pwd

    pid = postgres_server.pid
    assert uids_of(pid) == {pwd.getpwnam(USER).pw_uid}
    assert field_of(pid, "NoNewPrivs") == "1"
    assert int(field_of(pid, "CapEff"), 16) == 0
    assert field_of(pid, "Groups") == ""


def test_no_line_lets_anybody_in_without_a_password(postgres_server):
    lines = (postgres_server.data_directory / "pg_hba.conf").read_text().splitlines()
    rules = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    assert rules == [["local", "all", "all", "scram-sha-256"]]


async def test_a_wrong_or_missing_password_is_refused(postgres_server, postgres_dsn):
    user = postgres_dsn.split("//")[1].split(":")[0]
    for password in ("", "wrong"):
        with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
            await asyncpg.connect(
                user=user, password=password, database=user, host=str(postgres_server.socket_directory)
            )


async def test_a_node_cannot_enter_another_nodes_database(postgres_server, postgres_dsn):
    other = postgres_server.ensure_database("other_node", "other_node")
    user = other.split("//")[1].split(":")[0]
    for database in (postgres_dsn.split("?")[0].rsplit("/", 1)[1], "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(postgres_server.dsn(database, user))
    connection = await asyncpg.connect(other)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE ROLE intruder")
    await connection.close()
    postgres_server.drop_database("other_node", "other_node")


async def test_a_sequencer_logs_in_as_itself_and_works_on_its_nodes_tables(postgres_server):
    owner = await asyncpg.connect(postgres_server.ensure_database("seq_node", "seq_node"))
    await owner.execute("CREATE TABLE entry (n int)")
    helper = await asyncpg.connect(postgres_server.ensure_member("seq_node_sequencer", "seq_node", "seq_node"))
    await helper.execute("INSERT INTO entry VALUES (1)")
    await helper.execute("CREATE TABLE made_by_sequencer (n int)")
    assert await helper.fetchval("SELECT session_user") == "seq_node_sequencer"
    await owner.execute("DROP TABLE made_by_sequencer")
    await owner.close()
    await helper.close()
    postgres_server.drop_database("seq_node", "seq_node_sequencer")


def test_passwords_are_readable_by_the_supervisor_alone(postgres_server, postgres_dsn):
    assert postgres_dsn
    files = list((postgres_server.log_file.parent / "secrets").iterdir())
    assert len(files) >= 2
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.stat().st_uid == os.geteuid()
    assert files[0].parent.stat().st_mode & 0o777 == 0o700


@pytest.fixture(scope="module")
def own_directory():
    """A place for one cluster that the tests below start and stop in turn."""
    path = Path(tempfile.mkdtemp(prefix="itaku-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def own_server(own_directory):
    server = EmbeddedPostgres(own_directory / "pg", own_directory / "s")
    yield server
    server.stop()


async def test_a_restart_finds_the_data_again_even_after_kill_9(own_server):
    server = own_server
    server.start()
    dsn = server.ensure_database("keeper", "keeper")
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE kept (n int)")
    await connection.execute("INSERT INTO kept VALUES (42)")
    await connection.close()
    server.stop()
    assert not server.running()
    server.start()
    os.kill(server.pid, signal.SIGKILL)
    await asyncio.to_thread(wait_until, lambda: not server.running())
    assert (server.data_directory / "postmaster.pid").exists()
    server.stop()
    again = EmbeddedPostgres(server.log_file.parent, server.socket_directory)
    again.start()
    assert again.ensure_database("keeper", "keeper") == dsn
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT n FROM kept") == 42
    await connection.close()
    again.stop()


async def test_a_server_that_died_is_started_again_by_the_same_hand(own_server):
    server = own_server
    server.start()
    dsn = server.ensure_database("keeper", "keeper")
    os.kill(server.pid, signal.SIGKILL)
    await asyncio.to_thread(wait_until, lambda: not server.running())
    server.start()
    await (await asyncpg.connect(dsn)).close()


def test_a_lock_file_naming_a_living_stranger_does_not_hinder_the_start(own_server):
    server = own_server
    server.start()
    server.stop()
    (server.data_directory / "postmaster.pid").write_text(f"1\n{server.data_directory}\n0\n5432\n\n\n0 0\nready\n")
    server.start()
    assert server.running()
    server.stop()


def test_a_second_server_on_the_same_data_is_refused(postgres_server):
    twin = EmbeddedPostgres(postgres_server.log_file.parent, postgres_server.socket_directory)
    with pytest.raises(StartError, match="another process"):
        twin.start()
    assert postgres_server.running()


async def test_a_state_directory_too_deep_for_a_socket_gets_a_short_one(open_directory):
    deep = open_directory / ("d" * 60) / ("e" * 60)
    server = EmbeddedPostgres(deep, deep / "socket")
    server.start()
    try:
        assert len(str(server.socket_directory)) < 60
        assert str(server.socket_directory) in server.notice
        assert server.socket_directory.stat().st_mode & 0o777 == 0o700
        connection = await asyncpg.connect(server.dsn("postgres"))
        await connection.close()
    finally:
        server.stop()
    server.socket_directory.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's own directory is always in its reach")
async def test_a_place_closed_to_the_database_user_is_replaced_and_said(open_directory):
    closed = open_directory / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "pg", closed / "s")
    server.start()
    try:
        assert str(server.data_directory).startswith("/var/lib/itaku/")
        assert str(server.data_directory) in server.notice
        dsn = server.ensure_database("far", "far")
        await (await asyncpg.connect(dsn)).close()
    finally:
        server.stop()
    assert EmbeddedPostgres(closed / "pg", closed / "s").dsn("far", "far")
    shutil.rmtree(server.data_directory.parent)
    server.socket_directory.rmdir()


def test_a_damaged_configuration_says_why_and_leaves_nothing_running(own_server):
    server = own_server
    server.start()
    server.stop()
    sound = (server.data_directory / "postgresql.conf").read_text()
    (server.data_directory / "postgresql.conf").write_text(sound + "no_such_setting = 1\n")
    with pytest.raises(StartError) as failure:
        server.start()
    assert "no_such_setting" in failure.value.log_tail
    assert not server.running()
    assert not (server.data_directory / "postmaster.pid").exists()
    (server.data_directory / "postgresql.conf").write_text(sound)


def test_an_interrupted_initialisation_is_begun_anew(open_directory):
    half = open_directory / "pg" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(open_directory / "pg", open_directory / "s")
    server.start()
    assert server.running()
    server.stop()
