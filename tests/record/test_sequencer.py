from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
from pathlib import Path

import asyncpg
import pytest

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import SystemRandomness
from itaku.record.entry import make_entry
from itaku.record.export import export
from itaku.record.schema import INSERT_PENDING
from itaku.record.signing_key import make_signing_key, read_signer
from itaku.record.verify import verify

ORIGIN = "test.example/record"


class Processes:
    """Sequencer processes of one database."""

    def __init__(self, directory: Path, dsn: str) -> None:
        self.directory = directory
        self.dsn = dsn
        self.key = directory / "record.pem"
        make_signing_key(self.key, SystemRandomness())
        self.running: list[asyncio.subprocess.Process] = []

    @property
    def public_key(self) -> str:
        return read_signer(self.key, ORIGIN).public_key.text()

    async def start(self, name: str = "sequencer") -> asyncio.subprocess.Process:
        settings = self.directory / f"{name}.toml"
        settings.write_text(
            f'name = "{name}"\ndsn = "{self.dsn}"\norigin = "{ORIGIN}"\nkey_file = "{self.key}"\n'
            f'log_file = "{self.directory / name}.log"\n'
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "itaku.record.sequencer", str(settings))
        self.running.append(process)
        return process

    def log(self, name: str = "sequencer") -> str:
        path = self.directory / f"{name}.log"
        return path.read_text() if path.exists() else ""

    async def leads(self, name: str, times: int = 1) -> None:
        while self.log(name).count('"leading"') < times:
            self.assert_alive()
            await asyncio.sleep(0.02)

    def assert_alive(self) -> None:
        assert any(process.returncode is None for process in self.running), self.log()

    async def end(self) -> None:
        for process in self.running:
            if process.returncode is None:
                process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def processes(directory: Path, dsn: str):
    them = Processes(directory, dsn)
    try:
        yield them
    finally:
        await them.end()


async def write(pool: asyncpg.Pool, count: int, into: set[bytes]) -> None:
    randomness = SystemRandomness()
    for n in range(count):
        entry = make_entry(randomness, "test", InstantMs(n), {"n": n})
        await pool.execute(INSERT_PENDING, [entry.entry_id], [entry.body])
        into.add(entry.entry_id)
        await asyncio.sleep(0)


async def all_numbered(pool: asyncpg.Pool, them: Processes) -> None:
    while await pool.fetchval("SELECT EXISTS (SELECT 1 FROM record_pending)"):
        them.assert_alive()
        await asyncio.sleep(0.02)


async def test_a_sequencer_killed_again_and_again_loses_nothing_and_doubles_nothing(pool, postgres_dsn, tmp_path):
    written: set[bytes] = set()
    chance = random.Random(5)
    async with processes(tmp_path, postgres_dsn) as them:
        writers = asyncio.gather(*(write(pool, 400, written) for _ in range(4)))
        for turn in range(6):
            process = await them.start()
            await them.leads("sequencer", turn + 1)
            await asyncio.sleep(chance.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
            await process.wait()
        await them.start()
        await writers
        await all_numbered(pool, them)
    rows = await pool.fetch("SELECT seq, entry_id FROM record_entry ORDER BY seq")
    assert [row["seq"] for row in rows] == list(range(1600))
    assert {row["entry_id"] for row in rows} == written
    async with pool.acquire() as connection:
        await export(connection, tmp_path)
    report = verify(tmp_path, them.public_key)
    assert report.ok, report.text()
    assert report.entries == 1600


async def test_of_two_sequencers_one_leads_and_the_other_follows_on(pool, postgres_dsn, tmp_path):
    async with processes(tmp_path, postgres_dsn) as them:
        first = await them.start("first")
        await them.leads("first")
        second = await them.start("second")
        await write(pool, 50, set())
        await all_numbered(pool, them)
        assert "leading" not in them.log("second")
        first.send_signal(signal.SIGKILL)
        await first.wait()
        await them.leads("second")
        await write(pool, 50, set())
        await all_numbered(pool, them)
        second.send_signal(signal.SIGTERM)
        assert await second.wait() == 0
    assert await pool.fetchval("SELECT count(*) FROM record_entry") == 100


async def test_a_sequencer_cut_from_its_database_comes_back(pool, postgres_dsn, tmp_path):
    async with processes(tmp_path, postgres_dsn) as them:
        process = await them.start()
        await them.leads("sequencer")
        for turn in range(3):
            await pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'sequencer' AND datname = current_database()"
            )
            await write(pool, 20, set())
            await all_numbered(pool, them)
            await them.leads("sequencer", turn + 2)
        assert process.returncode is None
    assert "database away" in them.log()
    assert await pool.fetchval("SELECT count(*) FROM record_entry") == 60


async def test_a_sequencer_stops_with_its_own_code_when_the_record_was_changed(pool, postgres_dsn, tmp_path):
    async with processes(tmp_path, postgres_dsn) as them:
        process = await them.start()
        await write(pool, 5, set())
        await all_numbered(pool, them)
        await pool.execute("ALTER TABLE record_entry DISABLE TRIGGER USER")
        await pool.execute("DELETE FROM record_entry WHERE seq = 4")
        await write(pool, 1, set())
        assert await process.wait() == 3
    assert "record_tampered" in them.log()


async def test_a_sequencer_without_a_server_waits_for_it_and_ends_when_told(tmp_path):
    async with processes(tmp_path, "postgresql:///none?host=/nonexistent&user=none") as them:
        process = await them.start()
        while "database away" not in them.log():
            them.assert_alive()
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def test_settings_that_cannot_be_read_end_with_their_own_code(tmp_path):
    (tmp_path / "bad.toml").write_text('name = "x"\n')
    for path in (tmp_path / "bad.toml", tmp_path / "missing.toml"):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "itaku.record.sequencer", os.fspath(path), stderr=asyncio.subprocess.PIPE
        )
        _, error = await process.communicate()
        assert process.returncode == 2
        assert b"SETTINGS.toml" in error


@pytest.mark.parametrize("mode", [0o644])
async def test_a_signing_key_open_to_others_ends_the_sequencer(postgres_dsn, tmp_path, mode):
    async with processes(tmp_path, postgres_dsn) as them:
        them.key.chmod(mode)
        process = await them.start()
        assert await process.wait() == 1
    assert "record_key_unfit" in them.log()


async def test_a_process_loads_no_library_for_terminals(tmp_path):
    program = "import importlib.util, sys\nassert importlib.util.find_spec('rich')\nimport itaku.record.sequencer\n"
    program += "assert 'rich' not in sys.modules\nimport rich.console\n"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, cwd=tmp_path)
    assert await process.wait() == 0, "the log keeps structlog from loading it, and nobody else"
