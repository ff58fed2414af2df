"""The tables of kept contracts."""

from __future__ import annotations

from importlib import resources

import asyncpg

from itaku.record.schema import MIGRATIONS as RECORD_MIGRATIONS
from itaku.record.schema import ROOM as RECORD_ROOM
from itaku.store.postgres import Migration, migrate

ROOM = "contracts"
"""The room's name for `store.postgres.migrate`. The record's tables must stand in the same database."""

_NAME = "0001_contracts"

MIGRATIONS: tuple[Migration, ...] = (
    Migration(_NAME, resources.files(__package__).joinpath(f"{_NAME}.sql").read_text(encoding="utf-8")),
)
"""Hand these to `store.postgres.migrate(pool, ROOM, MIGRATIONS)`."""


async def prepare(pool: asyncpg.Pool) -> None:
    """Brings a database of kept contracts up to date: the record's tables, and the contracts' beside them."""
    await migrate(pool, RECORD_ROOM, RECORD_MIGRATIONS)
    await migrate(pool, ROOM, MIGRATIONS)
