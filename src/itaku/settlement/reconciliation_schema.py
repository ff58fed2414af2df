"""The tables of reconciliation; they stand in the center's database, beside the journal."""

from __future__ import annotations

from importlib import resources

import asyncpg

from itaku.settlement.schema import prepare
from itaku.store.postgres import Migration, migrate

ROOM = "reconciliation"
"""The name for `store.postgres.migrate`."""

_NAME = "0001_reconciliation"

MIGRATIONS: tuple[Migration, ...] = (
    Migration(_NAME, resources.files(__package__).joinpath(f"{_NAME}.sql").read_text(encoding="utf-8")),
)
"""Hand these to `store.postgres.migrate(pool, ROOM, MIGRATIONS)`."""


async def prepare_reconciliation(pool: asyncpg.Pool) -> None:
    """Brings the tables up to date, and those of the journal, in which an agreed case is corrected too."""
    await prepare(pool)
    await migrate(pool, ROOM, MIGRATIONS)
