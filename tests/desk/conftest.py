"""A desk for the tests of each file, and a browser."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections.abc import Iterator

import pytest
from desk_under_test import DeskUnderTest, folder

NOW = dt.datetime(2026, 7, 2, 8, 42)  # noqa: DTZ001 the desk's own zone


@pytest.fixture(scope="module")
def desk(postgres_server) -> Iterator[DeskUnderTest]:
    """A desk on Thursday 2 July 2026, 08:42, with both demonstration contracts and their people."""
    name = f"desk_{secrets.token_hex(6)}"
    dsn = postgres_server.ensure_database(name, name)
    place = folder()
    found = DeskUnderTest(dsn, NOW, place)
    yield found
    found.close()
    postgres_server.drop_database(name, name)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def browser():
    """A real headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield found
        found.close()
