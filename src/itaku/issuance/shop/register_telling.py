"""Tells the shop's register of sales and payouts until it has booked each; the ledger says what it has not heard."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import apsw

from itaku.basis.clock import Clock, InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.devices.errors import DeviceError, RegisterUnreachableError
from itaku.issuance.devices.register import LineRegister, Sale
from itaku.store.log import Log

EVERY_S = 1.0
LONGEST_PAUSE_S = 60.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS register_told (
    issuance_id BLOB NOT NULL, verb TEXT NOT NULL, receipt INTEGER, refused TEXT NOT NULL DEFAULT '',
    told_ms INTEGER NOT NULL, PRIMARY KEY (issuance_id, verb)
) WITHOUT ROWID;
"""
_SALES = (
    "SELECT issuance_id, kiosk, kind, copies, fee_yen, at_ms FROM sale"
    " WHERE issuance_id NOT IN (SELECT issuance_id FROM register_told WHERE verb = 'SALE') ORDER BY at_ms"
)
_PAYOUTS = {
    "clerk_case": "SELECT issuance_id, fee_yen, answered_ms FROM clerk_case WHERE refunded = 1"
    " AND issuance_id NOT IN (SELECT issuance_id FROM register_told WHERE verb = 'PAYOUT') ORDER BY answered_ms",
    "refund": "SELECT s.issuance_id, s.fee_yen, r.paid_ms FROM refund r JOIN sale s USING (issuance_id)"
    " WHERE r.paid_ms IS NOT NULL"
    " AND s.issuance_id NOT IN (SELECT issuance_id FROM register_told WHERE verb = 'PAYOUT') ORDER BY r.paid_ms",
}
"""Money that a clerk gave back, table by table of the ledger."""


class RegisterTelling:
    """One task over the ledger's file, with a connection of its own; after a restart it goes on with what is untold.

    A fact that the register contradicts is logged and set aside: a person must look. It is not told again.
    """

    def __init__(self, ledger: Path, register: LineRegister, clock: Clock, log: Log) -> None:
        self._db = apsw.Connection(str(ledger))
        self._db.set_busy_timeout(5000)
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(_SCHEMA)
        self._register = register
        self._clock = clock
        self._log = log

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    async def run(self) -> None:
        """Tells for ever; pauses longer while the register is silent."""
        pause = EVERY_S
        while True:
            heard = await self.tell()
            pause = EVERY_S if heard else min(pause * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)

    async def tell(self) -> bool:
        """Tells everything untold once, sales first; False as soon as the register is silent."""
        try:
            for row in self._rows(_SALES):
                await self._sale(row)
            for table in self._tables():
                for row in self._rows(_PAYOUTS[table]):
                    await self._payout(row)
        except RegisterUnreachableError as error:
            self._log.warning("register_silent", error=error.detail)
            return False
        return True

    def contradicted(self) -> list[tuple[bytes, str]]:
        """Issuance id and verb of everything that the register booked otherwise."""
        rows = self._db.execute("SELECT issuance_id, verb FROM register_told WHERE refused <> ''")
        return [(bytes(issuance_id), str(verb)) for issuance_id, verb in rows]

    async def _sale(self, row: tuple[Any, ...]) -> None:
        issuance_id, kiosk, kind, copies, fee_yen, at_ms = row
        sale = Sale(bytes(issuance_id), kiosk, kind, copies, Yen(fee_yen), InstantMs(at_ms))
        try:
            booked = await self._register.book(sale)
        except RegisterUnreachableError:
            raise
        except DeviceError as error:
            self._refused(sale.id, "SALE", error.code)
        else:
            self._told(sale.id, "SALE", booked.sale_receipt)

    async def _payout(self, row: tuple[Any, ...]) -> None:
        issuance_id, fee_yen, at_ms = row
        try:
            booked = await self._register.pay_out(bytes(issuance_id), Yen(fee_yen), InstantMs(at_ms))
        except RegisterUnreachableError:
            raise
        except DeviceError as error:
            self._refused(bytes(issuance_id), "PAYOUT", error.code)
        else:
            self._told(bytes(issuance_id), "PAYOUT", booked.payout_receipt)

    def _told(self, issuance_id: bytes, verb: str, receipt: int | None) -> None:
        self._note(issuance_id, verb, receipt, "")
        self._log.info("register_booked", issuance=issuance_id.hex(), verb=verb, receipt=receipt)

    def _refused(self, issuance_id: bytes, verb: str, code: str) -> None:
        self._note(issuance_id, verb, None, code)
        self._log.error("register_refused", issuance=issuance_id.hex(), verb=verb, code=code)

    def _note(self, issuance_id: bytes, verb: str, receipt: int | None, refused: str) -> None:
        row = (issuance_id, verb, receipt, refused, self._clock.now())
        self._db.execute("INSERT INTO register_told VALUES (?, ?, ?, ?, ?)", row)

    def _tables(self) -> list[str]:
        there = {row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return [table for table in _PAYOUTS if table in there]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        # Read whole: the file is not kept busy while the register answers.
        found: list[tuple[Any, ...]] = self._db.execute(query).fetchall()
        return found
