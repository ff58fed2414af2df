"""One real PostgreSQL for the whole run, and a fresh empty database for each test that asks for one."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import playwright.async_api
import playwright.sync_api
import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from itaku.supervisor.postgres import EmbeddedPostgres

settings.register_profile("itaku", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("itaku")
for api in (playwright.async_api, playwright.sync_api):
    api.expect.set_options(timeout=60_000)
# A busy machine is no failure: no test has a time limit, and a page's is far beyond what it takes.

KILLED_IN_THE_FIRST_SANDBOX = ("-k01]", "-shop-1]", "-relay-1]", "-center-1]")


class ByFile(LoadScopeScheduling):
    """With several test processes, a file stays in one of them, and two of them share the tests of a whole sandbox."""

    def _split_scope(self, nodeid: str) -> str:
        if not nodeid.startswith("tests/system/"):
            return nodeid.partition("::")[0]
        first = "test_killed_nodes.py" in nodeid and any(victim in nodeid for victim in KILLED_IN_THE_FIRST_SANDBOX)
        return "sandbox-1" if first else "sandbox-2"


EARLY = (
    "tests/system/",
    "tests/zones/",
    "tests/supervisor/",
    "tests/benchmarks/",
    "tests/verification/",
    "tests/desk/",
)
"""What waits much and takes long goes first: others fill the cores beside it, and nothing is waited for at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((place for place, room in enumerate(EARLY) if item.nodeid.startswith(room)), 99))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A temporary directory that the database's system user can enter (pytest's own is closed to all but its user)."""
    path = Path(tempfile.mkdtemp(prefix="itaku-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


MEMORY = Path("/dev/shm")
ROOM_BYTES = 6 << 30


def _quick_place() -> Path | None:
    """Memory, if it has room: hundreds of databases come and go, and on some disks each costs 0.2 s in the kernel."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """A cluster of its own for this run, removed at its end."""
    directory = Path(tempfile.mkdtemp(prefix="itaku-test-", dir=_quick_place()))
    directory.chmod(0o711)
    server = EmbeddedPostgres(directory, directory / "socket")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(directory)


@pytest.fixture
def postgres_dsn(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a fresh empty database, for `asyncpg.connect` or `create_pool`; dropped after the test."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres_server.ensure_database(name, name)
    postgres_server.drop_database(name, name)
