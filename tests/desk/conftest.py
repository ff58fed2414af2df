"""A desk for the tests of each file, and a browser."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections.abc import Iterator

import asyncpg
import pytest
from desk_under_test import DeskUnderTest, folder

from itaku.supervisor.databases import waiting_for
from itaku.supervisor.postgres import EmbeddedPostgres

NOW = dt.datetime(2026, 7, 2, 8, 42)  # noqa: DTZ001 the desk's own zone


class Copies:
    """Databases of desks that have begun: made once by a desk of its own, then copied."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self.owner = f"desk_{secrets.token_hex(6)}"
        dsn, place = server.ensure_database(self.owner, self.owner), folder()
        DeskUnderTest(dsn, NOW, place).close()
        shutil.rmtree(place)

    def make(self) -> tuple[str, str]:
        """A fresh copy: its name and its URL."""
        name = f"desk_{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self.owner} OWNER {self.owner}")
        return name, self._server._administration().dsn(name, self.owner)

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, sql: str) -> None:
        async def work() -> None:
            connection = await asyncpg.connect(self._server.dsn("postgres"))
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        waiting_for(work)


@pytest.fixture(scope="session")
def desk_copies(postgres_server) -> Copies:
    return Copies(postgres_server)


@pytest.fixture(scope="module")
def desk(desk_copies) -> Iterator[DeskUnderTest]:
    """A desk on Thursday 2 July 2026, 08:42, with both demonstration contracts and their people."""
    name, dsn = desk_copies.make()
    place = folder()
    found = DeskUnderTest(dsn, NOW, place)
    yield found
    found.close()
    desk_copies.drop(name)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def browser():
    """A real headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield found
        found.close()
