"""One real PostgreSQL for the whole run, and a fresh empty database for each test that asks for one."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from itaku.supervisor.postgres import EmbeddedPostgres


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several test processes, a file stays in one of them, with what its fixtures made."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A temporary directory that the database's system user can enter (pytest's own is closed to all but its user)."""
    path = Path(tempfile.mkdtemp(prefix="itaku-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """A cluster of its own for this run, removed at its end."""
    directory = Path(tempfile.mkdtemp(prefix="itaku-test-"))
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
