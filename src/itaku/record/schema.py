"""The record's tables, and the SQL by which a business transaction adds entries to it."""

from __future__ import annotations

from importlib import resources

from itaku.store.postgres import Migration


def _migration(name: str) -> Migration:
    return Migration(name, resources.files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8"))


ROOM = "record"
"""The room's name for `store.postgres.migrate`."""

MIGRATIONS: tuple[Migration, ...] = (_migration("0001_record"),)
"""Hand these to `store.postgres.migrate(pool, ROOM, MIGRATIONS)`."""


def insert_pending(ids: int, bodies: int) -> str:
    """SQL that adds entries, for a CTE of the business statement; the numbers of its two bytea[] parameters.

    It takes no lock that another writer waits for, and sends no notification: NOTIFY would hold a lock of the whole
    database through each commit, which is the queue that the sequencer is there to avoid.
    """
    return f"INSERT INTO record_pending(entry_id, body) SELECT * FROM unnest(${ids:d}::bytea[], ${bodies:d}::bytea[])"  # noqa: S608 two integers


INSERT_PENDING = insert_pending(1, 2)
"""`insert_pending` with the ids as $1 and the bodies as $2."""
