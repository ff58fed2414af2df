"""What practice devices remember over a loss of power: one SQLite file per stand (WAL, synchronous FULL)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import apsw
import msgspec

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS condition (device TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS job (
  number INTEGER PRIMARY KEY, job TEXT NOT NULL, part INTEGER NOT NULL, sha256 BLOB NOT NULL,
  pages INTEGER NOT NULL, copies INTEGER NOT NULL, state TEXT NOT NULL, impressions INTEGER NOT NULL,
  reasons TEXT NOT NULL, moving INTEGER NOT NULL, UNIQUE (job, part)) STRICT;
CREATE INDEX IF NOT EXISTS job_state ON job (state);
CREATE TABLE IF NOT EXISTS cash (
  id BLOB PRIMARY KEY, fee_yen INTEGER NOT NULL, state TEXT NOT NULL,
  inserted_yen INTEGER NOT NULL, returned_yen INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS cash_state ON cash (state);
"""


class DeviceMemory:
    """The devices' own memory. `path` None keeps it in RAM, for load and tests. It never holds a document."""

    def __init__(self, path: Path | None) -> None:
        self._connection = apsw.Connection(":memory:" if path is None else str(path))
        self._connection.set_busy_timeout(1000)
        for statement in (
            # One stand has one process: a second one with the same file fails here, before it takes the socket.
            "PRAGMA locking_mode = EXCLUSIVE",
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
        ):
            self._connection.execute(statement).fetchall()
        self._connection.execute(_SCHEMA)

    def transaction(self) -> AbstractContextManager[Any]:
        """All writes inside happen together or not at all; durable at its end."""
        connection: AbstractContextManager[Any] = self._connection
        return connection

    def rows(self, sql: str, *values: int | str | bytes) -> list[tuple[Any, ...]]:
        """Runs one statement and returns its rows."""
        found: list[tuple[Any, ...]] = self._connection.execute(sql, values).fetchall()
        return found

    def condition(self, device: str, default: T) -> T:
        """A device's remembered condition, or the default's if it never had one."""
        found = self.rows("SELECT value FROM condition WHERE device = ?", device)
        return msgspec.json.decode(found[0][0], type=type(default)) if found else default

    def set_condition(self, device: str, value: msgspec.Struct) -> None:
        """Remembers a device's condition."""
        text = msgspec.json.encode(value).decode()
        self.rows(
            "INSERT INTO condition VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET value = excluded.value",
            device,
            text,
        )

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()
