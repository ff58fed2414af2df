"""The journal's tables; they stand in the center's database, beside the issuances that they are booked from."""

from __future__ import annotations

from importlib import resources

import asyncpg

from itaku.store.postgres import Migration, migrate

ROOM = "settlement"
"""The room's name for `store.postgres.migrate`."""

_NAMES = ("0001_journal", "0002_registration", "0003_month_sums")

MIGRATIONS: tuple[Migration, ...] = tuple(
    Migration(name, resources.files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")) for name in _NAMES
)
"""Hand these to `store.postgres.migrate(pool, ROOM, MIGRATIONS)`."""


async def prepare(pool: asyncpg.Pool) -> None:
    """Brings the journal's tables up to date."""
    await migrate(pool, ROOM, MIGRATIONS)
