"""The relay's log of passages: who, what, when, how large; never what was in it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import apsw

from itaku.basis.clock import InstantMs

_SCHEMA = """
CREATE TABLE IF NOT EXISTS passage (
    at_ms INTEGER NOT NULL,
    kiosk TEXT NOT NULL,
    issuance_id BLOB NOT NULL,
    message TEXT NOT NULL,
    request_bytes INTEGER NOT NULL,
    answer_bytes INTEGER NOT NULL,
    outcome TEXT NOT NULL
)
"""


class Passage(NamedTuple):
    """One request that came by. `outcome` is `passed`, or the code with which it was refused."""

    at_ms: InstantMs
    kiosk: str
    issuance_id: bytes
    message: str
    request_bytes: int
    answer_bytes: int
    outcome: str


class PassageLog:
    """Appends passages in the background, many to a commit. The relay's log proves nothing: it helps operations."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = apsw.Connection(str(path))
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(_SCHEMA)
        self._writer = ThreadPoolExecutor(1, "passages")
        self._waiting: list[Passage] = []

    def note(self, passage: Passage) -> None:
        """Keeps a passage until the next write."""
        self._waiting.append(passage)

    async def run(self, every_s: float = 0.5) -> None:
        """Writes what waits, for ever."""
        while True:
            await asyncio.sleep(every_s)
            await self.write()

    async def write(self) -> None:
        """Writes what waits."""
        if self._waiting:
            batch, self._waiting = self._waiting, []
            await asyncio.get_running_loop().run_in_executor(self._writer, self._insert, batch)

    def close(self) -> None:
        """Ends the writer and closes the file."""
        self._writer.shutdown(wait=True)
        if self._waiting:
            self._insert(self._waiting)
        self._connection.close()

    def _insert(self, batch: list[Passage]) -> None:
        with self._connection:
            self._connection.executemany("INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?, ?)", batch)
