"""A practice shop's register file: what its ledger booked, in the form in which chains hand over their sales."""

from __future__ import annotations

from pathlib import Path

import apsw

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement.register_files import RegisterRow, write_register_file
from itaku.settlement.views import Movement

_SALES = "SELECT issuance_id, kiosk, kind, copies, fee_yen, at_ms FROM sale"
_REFUNDS = (
    "SELECT s.issuance_id, s.kiosk, s.kind, s.copies, s.fee_yen, r.paid_ms"
    " FROM refund r JOIN sale s USING (issuance_id) WHERE r.paid_ms IS NOT NULL"
)


def register_file_of_shop(ledger: Path, municipality: str) -> bytes:
    """Everything that a shop's ledger has, as one register file; the practice shop sells for one municipality."""
    database = apsw.Connection(str(ledger), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found = [
            _row(movement, municipality, *row)
            for movement, query in ((Movement.SALE, _SALES), (Movement.REFUND, _REFUNDS))
            for row in database.execute(query)
        ]
    finally:
        database.close()
    return write_register_file(sorted(found, key=lambda row: (row.at_ms, row.issuance_id, row.movement)))


def _row(
    movement: Movement,
    municipality: str,
    issuance_id: bytes,
    kiosk: str,
    kind: str,
    copies: int,
    fee_yen: int,
    at_ms: int,
) -> RegisterRow:
    id_, at = bytes(issuance_id), InstantMs(at_ms)
    return RegisterRow(0, movement, id_, kiosk, municipality, Kind(kind), copies, Yen(fee_yen), at)
