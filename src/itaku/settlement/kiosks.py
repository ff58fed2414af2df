"""Which chain a kiosk's till belongs to (取扱店と事業者), from a day on. A kiosk that is not on file has no chain."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Sequence

import asyncpg
import msgspec

UNKNOWN_CHAIN = "?"
"""The till of a kiosk that is not on file: its fees are counted and shown, and nobody is asked for them by mistake."""


class KioskRow(msgspec.Struct, frozen=True):
    """A kiosk's shop and chain from a day on."""

    kiosk: str
    shop: str
    chain: str
    chain_ja: str
    since: dt.date = dt.date(2010, 2, 2)


class Kiosks:
    """All kiosks on file."""

    def __init__(self, rows: Sequence[KioskRow]) -> None:
        self._rows: dict[str, list[KioskRow]] = {}
        for row in sorted(rows, key=lambda row: row.since):
            self._rows.setdefault(row.kiosk, []).append(row)
        self.names = {row.chain: row.chain_ja for row in rows}

    def chain(self, kiosk: str, on: dt.date) -> str:
        """The chain of a kiosk on a day; `UNKNOWN_CHAIN` if it is not on file."""
        rows = self._rows.get(kiosk, [])
        at = bisect.bisect_right([row.since for row in rows], on)
        return rows[at - 1].chain if at else UNKNOWN_CHAIN

    def name(self, chain: str) -> str:
        """A chain's name as papers write it."""
        return "事業者未登録" if chain == UNKNOWN_CHAIN else self.names.get(chain, chain)


async def read_kiosks(connection: asyncpg.Connection) -> Kiosks:
    """All rows on file."""
    rows = await connection.fetch("SELECT kiosk, since, shop, chain, chain_ja FROM settlement_kiosk")
    return Kiosks([KioskRow(row["kiosk"], row["shop"], row["chain"], row["chain_ja"], row["since"]) for row in rows])


async def put_kiosks(connection: asyncpg.Connection, rows: Sequence[KioskRow]) -> None:
    """Adds rows; one that stands there already is left. A kiosk that moved gets a row with its own first day."""
    await connection.executemany(
        "INSERT INTO settlement_kiosk(kiosk, since, shop, chain, chain_ja) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT DO NOTHING",
        [(row.kiosk, row.since, row.shop, row.chain, row.chain_ja) for row in rows],
    )
