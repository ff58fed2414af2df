"""The tables of kept contracts."""

from __future__ import annotations

from importlib import resources

from itaku.store.postgres import Migration

ROOM = "contracts"
"""The room's name for `store.postgres.migrate`. The record's tables must stand in the same database."""

_NAME = "0001_contracts"

MIGRATIONS: tuple[Migration, ...] = (
    Migration(_NAME, resources.files(__package__).joinpath(f"{_NAME}.sql").read_text(encoding="utf-8")),
)
"""Hand these to `store.postgres.migrate(pool, ROOM, MIGRATIONS)`."""
