"""A practice register (POS) as a program of its own: `python -m itaku.sandbox.register SETTINGS.toml`.

It books sales and payouts under its own receipt numbers, each id once, in a journal of its own (SQLite, synchronous
FULL): what the shop controller believes to be booked can be compared with it.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.issuance.devices.register import KIND, NONE
from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.settings import read_settings
from itaku.sandbox.line_server import LineServer

_SCHEMA = """
CREATE TABLE IF NOT EXISTS receipt (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL, verb TEXT NOT NULL CHECK (verb IN ('SALE', 'PAYOUT')),
    facts TEXT NOT NULL, yen INTEGER NOT NULL CHECK (yen >= 0), day TEXT NOT NULL, UNIQUE (id, verb)) STRICT;
"""
_WORDS = {"SALE": 5, "PAYOUT": 2}
"""How many words follow the id."""
_MAX_YEN = 1_000_000


class RegisterSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one register. Paths are absolute."""

    data: str
    """The register's journal (SQLite)."""
    host: str = "127.0.0.1"
    port: int = 0


class ReceiptJournal:
    """The receipts of one register. Each answer is durable before it leaves; one process has the file."""

    def __init__(self, path: Path) -> None:
        self._db = apsw.Connection(str(path))
        self._db.set_busy_timeout(1000)
        for statement in ("PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"):
            self._db.execute(statement).fetchall()
        self._db.execute(_SCHEMA)

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    async def answer(self, verb: str, words: tuple[str, ...]) -> tuple[str, ...]:
        """One request of the line."""
        if verb == "DAY" and len(words) == 1:
            return self._day(dt.date.fromisoformat(words[0]))
        if verb == "ASK" and len(words) == 1:
            return self._booked(words[0])
        if verb not in _WORDS or len(words) != 1 + _WORDS[verb]:
            raise ValueError("no such request")
        return self._book(verb, words[0], words[1:])

    def _book(self, verb: str, name: str, facts: tuple[str, ...]) -> tuple[str, ...]:
        yen, at_ms = int(facts[-2]), InstantMs(int(facts[-1]))
        if not 0 <= yen <= _MAX_YEN:
            raise ValueError("not a sum")
        row = (_key(name), verb, " ".join(facts[:-1]), yen, to_jst(at_ms).date().isoformat())
        self._db.execute(
            "INSERT INTO receipt(id, verb, facts, yen, day) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row
        )
        told = self._rows("SELECT facts FROM receipt WHERE id = ? AND verb = ?", *row[:2])
        return self._booked(name) if told == [(row[2],)] else ("NO", "conflict")

    def _booked(self, name: str) -> tuple[str, ...]:
        found = dict(self._rows("SELECT verb, number FROM receipt WHERE id = ?", _key(name)))
        return "OK", name, str(found.get("SALE", NONE)), str(found.get("PAYOUT", NONE))

    def _day(self, day: dt.date) -> tuple[str, ...]:
        query = "SELECT verb, count(*), sum(yen) FROM receipt WHERE day = ? GROUP BY verb"
        found = {verb: (number, yen) for verb, number, yen in self._rows(query, day.isoformat())}
        totals = (*found.get("SALE", (0, 0)), *found.get("PAYOUT", (0, 0)))
        return "OK", day.isoformat(), *map(str, totals)

    def _rows(self, sql: str, *values: str | bytes) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._db.execute(sql, values).fetchall()
        return found


def _key(name: str) -> bytes:
    key = bytes.fromhex(name)
    if not 1 <= len(key) <= 32:
        raise ValueError("not an id")
    return key


@asynccontextmanager
async def register(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, RegisterSettings)
    journal = ReceiptJournal(Path(settings.data))
    server = LineServer(KIND, journal.answer)
    await server.start(settings.host, settings.port)
    try:
        yield
    finally:
        await server.stop()
        journal.close()


if __name__ == "__main__":
    sys.exit(run_node(register, sys.argv))
