"""Sheets that a customer left in the tray (取り忘れ): kept locked away, then handed over or destroyed, with a record.

A left sheet was delivered, paid and counted; it is no misprint, and nothing is refunded for it. The register names the
kiosk, a count and times, never what is printed on the sheets.
"""

from __future__ import annotations

import enum

import apsw
import msgspec

from itaku.basis.clock import InstantMs

_SCHEMA = """
CREATE TABLE IF NOT EXISTS left_behind (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kiosk TEXT NOT NULL, sheets INTEGER NOT NULL, found_ms INTEGER NOT NULL,
    ending TEXT NOT NULL DEFAULT '', staff TEXT NOT NULL DEFAULT '', ended_ms INTEGER
);
"""


class Ending(enum.StrEnum):
    """What became of left sheets (廃棄記録, S1-8-1; paper is shredded or dissolved, S1-A2-5)."""

    HANDED = "handed"
    SHREDDED = "shredded"
    DISSOLVED = "dissolved"


class LeftSheets(msgspec.Struct, frozen=True):
    """One find."""

    number: int
    kiosk: str
    sheets: int
    found_ms: InstantMs
    ending: Ending | None
    ended_ms: InstantMs | None


class LeftBehind:
    """The shop's finds in the ledger's file; each call is durable when it returns."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._db.execute(_SCHEMA)

    def found(self, kiosk: str, sheets: int, now: InstantMs) -> int:
        """Notes a find; answers the number under which the sheets are kept."""
        self._db.execute("INSERT INTO left_behind(kiosk, sheets, found_ms) VALUES (?, ?, ?)", (kiosk, sheets, now))
        return self._db.last_insert_rowid()

    def ended(self, number: int, ending: Ending, staff: str, now: InstantMs) -> bool:
        """The sheets left the shop's keeping, by the hand of the staff with this badge. False if they had before."""
        self._db.execute(
            "UPDATE left_behind SET ending = ?, staff = ?, ended_ms = ? WHERE number = ? AND ending = ''",
            (ending.value, staff, now, number),
        )
        return self._db.changes() == 1

    def latest(self, count: int) -> list[LeftSheets]:
        """What is kept first, then the newest."""
        rows = self._db.execute(
            "SELECT number, kiosk, sheets, found_ms, ending, ended_ms FROM left_behind"
            " ORDER BY ending <> '', found_ms DESC LIMIT ?",
            (count,),
        )
        return [
            LeftSheets(
                number=int(row[0]),
                kiosk=str(row[1]),
                sheets=int(row[2]),
                found_ms=InstantMs(int(row[3])),
                ending=Ending(row[4]) if row[4] else None,
                ended_ms=None if row[5] is None else InstantMs(int(row[5])),
            )
            for row in rows
        ]
