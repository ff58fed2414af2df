"""What the shop controller keeps (apsw, synchronous FULL): kiosks, the register's sales, cases for the clerk."""

from __future__ import annotations

from pathlib import Path

import apsw
import msgspec

from itaku.basis.clock import InstantMs
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.protocol.receipt_numbers import receipt_no
from itaku.issuance.shop.left_behind import LeftBehind
from itaku.issuance.shop.refunds import Refunds

_SCHEMA = """
CREATE TABLE IF NOT EXISTS kiosk (
    name TEXT PRIMARY KEY, state TEXT NOT NULL, printer TEXT NOT NULL, heard_ms INTEGER NOT NULL,
    assist_ms INTEGER
);
CREATE TABLE IF NOT EXISTS sale (
    issuance_id BLOB PRIMARY KEY, kiosk TEXT NOT NULL, kind TEXT NOT NULL, copies INTEGER NOT NULL,
    fee_yen INTEGER NOT NULL, at_ms INTEGER NOT NULL, sheets INTEGER NOT NULL, receipt_no TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clerk_case (
    issuance_id BLOB PRIMARY KEY, kiosk TEXT NOT NULL, case_no TEXT NOT NULL, reason TEXT NOT NULL,
    fee_yen INTEGER NOT NULL, sheets_total INTEGER NOT NULL, refund_due INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    sheets INTEGER, refunded INTEGER NOT NULL DEFAULT 0, answered_ms INTEGER
) WITHOUT ROWID;
"""


class KioskState(msgspec.Struct, frozen=True):
    """A kiosk as it last spoke."""

    name: str
    state: str
    printer: str
    heard_ms: InstantMs
    assist_ms: InstantMs | None


class ClerkCase(msgspec.Struct, frozen=True):
    """A case for the clerk (受付番号)."""

    issuance_id: bytes
    kiosk: str
    case_no: str
    reason: str
    fee_yen: int
    sheets_total: int
    refund_due: bool
    at_ms: InstantMs
    sheets: int | None
    refunded: bool

    @property
    def open(self) -> bool:
        """Whether the clerk still has something to do: once a refund is due, only money given back closes it."""
        if self.refunded:
            return False
        return self.refund_due or self.sheets is None


class Sale(msgspec.Struct, frozen=True):
    """A delivered set as the register booked it."""

    issuance_id: bytes
    kiosk: str
    kind: str
    copies: int
    fee_yen: int
    at_ms: InstantMs
    sheets: int
    receipt_no: str


class ConflictError(Exception):
    """The same key came with other content."""


class Ledger:
    """One file, one writer (the event loop): each call is durable when it returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = apsw.Connection(str(path))
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(_SCHEMA)

        _bring_up_to_date(self._db)
        self.refunds = Refunds(self._db)
        self.left_behind = LeftBehind(self._db)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def heard(self, message: s.Heartbeat, now: InstantMs) -> None:
        """Notes a heartbeat, by this shop's own clock."""
        self._db.execute(
            "INSERT INTO kiosk(name, state, printer, heard_ms) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
            " SET state = excluded.state, printer = excluded.printer, heard_ms = excluded.heard_ms",
            (message.kiosk, message.state, " ".join(message.printer), now),
        )

    def assist(self, message: s.Assist, now: InstantMs) -> None:
        """A resident rings for the staff."""
        self._db.execute(
            "INSERT INTO kiosk(name, state, printer, heard_ms, assist_ms) VALUES (?, '', '', ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET assist_ms = excluded.assist_ms",
            (message.kiosk, now, now),
        )

    def book(self, sale: s.Book) -> None:
        """Books a sale once; `ConflictError` if the id was booked with other facts."""
        facts = (sale.issuance_id, sale.kiosk, sale.kind, sale.copies, sale.fee_yen, sale.sheets)
        self._db.execute(
            "INSERT INTO sale(issuance_id, kiosk, kind, copies, fee_yen, sheets, at_ms, receipt_no)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (*facts, sale.at_ms, receipt_no(sale.issuance_id)),
        )
        query = "SELECT issuance_id, kiosk, kind, copies, fee_yen, sheets FROM sale WHERE issuance_id = ?"
        if self._db.execute(query, (sale.issuance_id,)).fetchone() != facts:
            raise ConflictError

    def call(self, call: s.CallClerk) -> None:
        """Shows a case; a case that turned into a refund asks for money from then on. `ConflictError` as `book`."""
        self._db.execute(
            "INSERT INTO clerk_case(issuance_id, kiosk, case_no, reason, fee_yen, sheets_total, refund_due, at_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (issuance_id)"
            " DO UPDATE SET refund_due = max(refund_due, excluded.refund_due), reason = excluded.reason"
            " WHERE (kiosk, fee_yen, case_no) = (excluded.kiosk, excluded.fee_yen, excluded.case_no)",
            (
                call.issuance_id,
                call.kiosk,
                call.case_no,
                call.reason,
                call.fee_yen,
                call.sheets_total,
                int(call.refund_due),
                call.at_ms,
            ),
        )
        case = self.case(call.issuance_id)
        if case is None or (case.kiosk, case.fee_yen, case.case_no) != (call.kiosk, call.fee_yen, call.case_no):
            raise ConflictError

    def saw_sheets(self, issuance_id: bytes, sheets: int, now: InstantMs) -> bool:
        """The clerk counted the paper. False if the case is not open, or its refund is due."""
        self._db.execute(
            "UPDATE clerk_case SET sheets = ?, answered_ms = ?"
            " WHERE issuance_id = ? AND sheets IS NULL AND refunded = 0 AND refund_due = 0 AND ? <= sheets_total",
            (sheets, now, issuance_id, sheets),
        )
        return self._db.changes() == 1

    def gave_back(self, issuance_id: bytes, now: InstantMs) -> bool:
        """The clerk gave the whole fee back; written before the drawer opens. False if the case is not open."""
        self._db.execute(
            "UPDATE clerk_case SET refunded = 1, answered_ms = ?"
            " WHERE issuance_id = ? AND refunded = 0 AND (refund_due = 1 OR sheets IS NULL)",
            (now, issuance_id),
        )
        return self._db.changes() == 1

    def case(self, issuance_id: bytes) -> ClerkCase | None:
        """One case."""
        found = [case for case in self.cases() if case.issuance_id == issuance_id]
        return found[0] if found else None

    def cases(self) -> list[ClerkCase]:
        """All cases, the newest first."""
        rows = self._db.execute(
            "SELECT issuance_id, kiosk, case_no, reason, fee_yen, sheets_total, refund_due, at_ms, sheets, refunded"
            " FROM clerk_case ORDER BY at_ms DESC"
        )
        return [
            ClerkCase(
                issuance_id=bytes(row[0]),
                kiosk=str(row[1]),
                case_no=str(row[2]),
                reason=str(row[3]),
                fee_yen=int(row[4]),
                sheets_total=int(row[5]),
                refund_due=bool(row[6]),
                at_ms=InstantMs(int(row[7])),
                sheets=None if row[8] is None else int(row[8]),
                refunded=bool(row[9]),
            )
            for row in rows
        ]

    def kiosks(self) -> list[KioskState]:
        """All kiosks that ever spoke."""
        rows = self._db.execute("SELECT name, state, printer, heard_ms, assist_ms FROM kiosk ORDER BY name")
        return [
            KioskState(
                name=str(name),
                state=str(state),
                printer=str(printer),
                heard_ms=InstantMs(int(heard)),
                assist_ms=None if assist is None else InstantMs(int(assist)),
            )
            for name, state, printer, heard, assist in rows
        ]

    def sales(self) -> list[tuple[bytes, int]]:
        """Issuance id and fee of every booked sale."""
        rows = self._db.execute("SELECT issuance_id, fee_yen FROM sale")
        return [(bytes(row[0]), int(row[1])) for row in rows]

    def sale(self, issuance_id: bytes) -> Sale | None:
        """One sale."""
        found = self._sales("WHERE issuance_id = ?", issuance_id)
        return found[0] if found else None

    def sales_of(self, number: str) -> list[Sale]:
        """The sales with a receipt number: one, or by rare chance two."""
        return self._sales("WHERE receipt_no = ? ORDER BY at_ms DESC", number)

    def latest_sales(self, count: int) -> list[Sale]:
        """The newest sales first."""
        return self._sales("ORDER BY at_ms DESC LIMIT ?", count)

    def _sales(self, where: str, value: bytes | str | int) -> list[Sale]:
        query = "SELECT issuance_id, kiosk, kind, copies, fee_yen, at_ms, sheets, receipt_no FROM sale "
        return [
            Sale(bytes(row[0]), str(row[1]), str(row[2]), int(row[3]), int(row[4]), InstantMs(int(row[5])), *row[6:])
            for row in self._db.execute(query + where, (value,))
        ]


def _bring_up_to_date(db: apsw.Connection) -> None:
    """A ledger of before sheets were booked with a sale: a certificate was one sheet then."""
    if "sheets" in {row[1] for row in db.execute("PRAGMA table_info(sale)")}:
        return
    with db:
        db.execute("ALTER TABLE sale ADD COLUMN sheets INTEGER NOT NULL DEFAULT 1")
        db.execute("ALTER TABLE sale ADD COLUMN receipt_no TEXT NOT NULL DEFAULT ''")
        for (issuance_id,) in list(db.execute("SELECT issuance_id FROM sale")):
            change = "UPDATE sale SET sheets = copies, receipt_no = ? WHERE issuance_id = ?"
            db.execute(change, (receipt_no(issuance_id), issuance_id))
