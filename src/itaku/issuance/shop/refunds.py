"""Refunds after delivery (返金済・無効, S1-8-1): one bad copy voids the whole set, in an order that cannot be left.

Taken back, every sheet stamped, void, paid back, sheets disposed of: each step is durable before the next is offered.
With the last stamp the set is void for good; what the center is told stands beside it until the center has heard it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

import apsw
import msgspec

from itaku.basis.clock import InstantMs
from itaku.issuance.protocol import messages as m

_SCHEMA = """
CREATE TABLE IF NOT EXISTS refund (
    issuance_id BLOB PRIMARY KEY, sheets_total INTEGER NOT NULL, wrong TEXT NOT NULL, begun_ms INTEGER NOT NULL,
    collected_ms INTEGER, voided_ms INTEGER, message BLOB, told_ms INTEGER, refused TEXT NOT NULL DEFAULT '',
    paid_ms INTEGER, disposal TEXT NOT NULL DEFAULT '', disposal_staff TEXT NOT NULL DEFAULT '', disposed_ms INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refund_sheet (
    issuance_id BLOB NOT NULL, sheet INTEGER NOT NULL, stamped_ms INTEGER NOT NULL, PRIMARY KEY (issuance_id, sheet)
) WITHOUT ROWID;
"""

VOID_REASON = "misprint"
"""What the center and the municipality are told; what exactly was wrong stays at the shop."""


class Wrong(enum.StrEnum):
    """What the customer shows to be wrong with a sheet (印刷不良)."""

    FAINT = "faint"
    SMEARED = "smeared"
    CUT_OFF = "cut_off"
    BLANK = "blank"
    CREASED = "creased"
    OTHER = "other"


class Disposal(enum.StrEnum):
    """Where stamped sheets went (廃棄記録, S1-8-1): to the customer who asked for them, or destroyed."""

    HANDED = "handed"
    SHREDDED = "shredded"
    DISSOLVED = "dissolved"


class Step(enum.StrEnum):
    """What the clerk does next."""

    COLLECT = "collect"
    STAMP = "stamp"
    PAY = "pay"
    DISPOSE = "dispose"
    DONE = "done"


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """One refund as far as it has come."""

    issuance_id: bytes
    sheets_total: int
    wrong: Wrong
    begun_ms: InstantMs
    collected_ms: InstantMs | None
    voided_ms: InstantMs | None
    told_ms: InstantMs | None
    refused: str
    """Why the center does not take the void, as a code of the refusals; empty while it may yet."""
    paid_ms: InstantMs | None
    disposal: Disposal | None
    stamped: frozenset[int]
    """Sheets that bear the stamp, counted from 1."""

    @property
    def step(self) -> Step:
        """The one step that is offered."""
        if self.collected_ms is None:
            return Step.COLLECT
        if self.voided_ms is None:
            return Step.STAMP
        if self.paid_ms is None:
            return Step.PAY
        return Step.DISPOSE if self.disposal is None else Step.DONE

    @property
    def void(self) -> bool:
        """Whether every sheet is stamped, and the set void for good."""
        return self.voided_ms is not None


class Refunds:
    """The shop's refunds in the ledger's file. A call is durable when it returns, and says whether it did anything."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._db.execute(_SCHEMA)

    def begin(self, issuance_id: bytes, wrong: Wrong, now: InstantMs) -> bool:
        """A customer brings a bad sheet. False if nothing was sold under this id, or it is being refunded already."""
        self._db.execute(
            "INSERT INTO refund(issuance_id, sheets_total, wrong, begun_ms)"
            " SELECT issuance_id, sheets, ?, ? FROM sale WHERE issuance_id = ? ON CONFLICT DO NOTHING",
            (wrong.value, now, issuance_id),
        )
        return self._db.changes() == 1

    def give_up(self, issuance_id: bytes) -> bool:
        """The customer keeps the set after all. Possible until the first stamp; then the set can only become void."""
        self._db.execute(
            "DELETE FROM refund WHERE issuance_id = ? AND voided_ms IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM refund_sheet s WHERE s.issuance_id = refund.issuance_id)",
            (issuance_id,),
        )
        return self._db.changes() == 1

    def collected(self, issuance_id: bytes, sheets: int, now: InstantMs) -> bool:
        """The clerk holds so many sheets. False unless these are all: a set is void as a whole or not at all."""
        self._db.execute(
            "UPDATE refund SET collected_ms = ? WHERE issuance_id = ? AND collected_ms IS NULL AND sheets_total = ?",
            (now, issuance_id, sheets),
        )
        return self._db.changes() == 1

    def stamped(self, issuance_id: bytes, sheet: int, now: InstantMs, sign: Callable[[int], m.Void]) -> bool:
        """A sheet bears 返金済・無効. With the last one the set is void: `sign` makes what the center is told of it.

        `sign` takes the number of sheets. Stamp, void and message are written at once or not at all.
        """
        with self._db:
            found = self.of(issuance_id)
            if found is None or found.step is not Step.STAMP or not 1 <= sheet <= found.sheets_total:
                return False
            self._db.execute(
                "INSERT INTO refund_sheet VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (issuance_id, sheet, now)
            )
            if self._db.changes() == 0:
                return False
            if len(found.stamped | {sheet}) == found.sheets_total:
                message = m.encode(sign(found.sheets_total))
                self._db.execute(
                    "UPDATE refund SET voided_ms = ?, message = ? WHERE issuance_id = ?", (now, message, issuance_id)
                )
        return True

    def paid(self, issuance_id: bytes, now: InstantMs) -> bool:
        """The fee goes back; written before the drawer opens. False unless the whole set is void and unpaid."""
        self._db.execute(
            "UPDATE refund SET paid_ms = ? WHERE issuance_id = ? AND voided_ms IS NOT NULL AND paid_ms IS NULL",
            (now, issuance_id),
        )
        return self._db.changes() == 1

    def disposed(self, issuance_id: bytes, how: Disposal, staff: str, now: InstantMs) -> bool:
        """The stamped sheets left the clerk's hands. False before the whole set is void and paid back."""
        self._db.execute(
            "UPDATE refund SET disposal = ?, disposal_staff = ?, disposed_ms = ?"
            " WHERE issuance_id = ? AND paid_ms IS NOT NULL AND disposal = ''",
            (how.value, staff, now, issuance_id),
        )
        return self._db.changes() == 1

    # ---- what the center is told

    def untold(self) -> list[m.Void]:
        """Void sets of which the center has not heard, the oldest first."""
        rows = self._db.execute(
            "SELECT message FROM refund WHERE message IS NOT NULL AND told_ms IS NULL ORDER BY voided_ms"
        )
        found = [m.decode_request(bytes(row[0])) for row in rows]
        return [message for message in found if isinstance(message, m.Void)]

    def told(self, issuance_id: bytes, now: InstantMs) -> None:
        """The center has acknowledged."""
        self._db.execute("UPDATE refund SET told_ms = ?, refused = '' WHERE issuance_id = ?", (now, issuance_id))

    def refused(self, issuance_id: bytes, code: str) -> None:
        """The center contradicts; a person must look."""
        self._db.execute("UPDATE refund SET refused = ? WHERE issuance_id = ?", (code, issuance_id))

    # ---- looking

    def of(self, issuance_id: bytes) -> Refund | None:
        """The refund of a set."""
        found = self._select("WHERE issuance_id = ?", issuance_id)
        return found[0] if found else None

    def latest(self, count: int) -> list[Refund]:
        """The newest refunds first."""
        return self._select("ORDER BY begun_ms DESC LIMIT ?", count)

    def _select(self, where: str, value: bytes | int) -> list[Refund]:
        query = (
            "SELECT issuance_id, sheets_total, wrong, begun_ms, collected_ms, voided_ms, told_ms, refused, paid_ms,"
            " disposal FROM refund "
        )
        found = []
        for row in list(self._db.execute(query + where, (value,))):
            key = bytes(row[0])
            sheets = self._db.execute("SELECT sheet FROM refund_sheet WHERE issuance_id = ?", (key,))
            found.append(
                Refund(
                    issuance_id=key,
                    sheets_total=int(row[1]),
                    wrong=Wrong(row[2]),
                    begun_ms=InstantMs(int(row[3])),
                    collected_ms=_instant(row[4]),
                    voided_ms=_instant(row[5]),
                    told_ms=_instant(row[6]),
                    refused=str(row[7]),
                    paid_ms=_instant(row[8]),
                    disposal=Disposal(row[9]) if row[9] else None,
                    stamped=frozenset(int(sheet[0]) for sheet in sheets),
                )
            )
        return found


def _instant(value: object) -> InstantMs | None:
    return None if value is None else InstantMs(int(str(value)))
