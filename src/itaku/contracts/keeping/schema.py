"""The tables of kept contracts."""

from __future__ import annotations

from importlib import resources

import asyncpg

from itaku.record.schema import MIGRATIONS as RECORD_MIGRATIONS
from itaku.record.schema import ROOM as RECORD_ROOM
from itaku.store.postgres import Migration, migrate

ROOM = "contracts"
"""The room's name for `store.postgres.migrate`. The record's tables must stand in the same database."""


def _migration(name: str) -> Migration:
    return Migration(name, resources.files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8"))


MIGRATIONS: tuple[Migration, ...] = (
    _migration("0001_contracts"),
    _migration("0002_whose_turn"),
    _migration("0003_own_names"),
)
"""Hand these to `store.postgres.migrate(pool, ROOM, MIGRATIONS)`."""


async def prepare(pool: asyncpg.Pool) -> None:
    """Brings a database of kept contracts up to date: the record's tables, and the contracts' beside them."""
    await migrate(pool, RECORD_ROOM, RECORD_MIGRATIONS)
    await migrate(pool, ROOM, MIGRATIONS)
