"""One issuance as the center keeps it: no name, no plaintext, no sealed bytes."""

from __future__ import annotations

from typing import Any

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Options, kind_of
from itaku.issuance.protocol.messages import Receipt
from itaku.issuance.rows import base_migration, moment_or_none


class Answered(msgspec.Struct, frozen=True):
    """A request that was done: the hash of its content, and the encoded answer that a retry gets again."""

    content: bytes
    answer: bytes


class CenterRow(msgspec.Struct, frozen=True, kw_only=True):
    """The issuance register (交付の登録簿). Times are instants of the center's clock."""

    issuance_id: IssuanceId
    kiosk: str
    state: str
    version: int = 1
    municipality: str = ""
    session_key_sha256: bytes = b""
    challenge: bytes = b""
    opened_ms: InstantMs
    deadline_ms: InstantMs | None = None
    options: Options | None = None
    copies: int = 0
    fee_yen: Yen = Yen(0)
    digest: bytes = b""
    pages: int = 0
    sheets: int = 0
    reason: str = ""
    told: bool = False
    """The municipality has acknowledged the outcome, or never heard of the issuance."""
    overdue: bool = False
    """Permitted for so long that operations should look."""
    delivered_ms: InstantMs | None = None
    receipt: Receipt | None = None
    answered: dict[str, Answered] = {}


COLUMNS: dict[str, Any] = {
    "municipality": lambda row: row.municipality,
    "kiosk": lambda row: row.kiosk,
    "kind": lambda row: None if row.options is None else kind_of(row.options).value,
    "copies": lambda row: row.copies,
    "fee_yen": lambda row: row.fee_yen,
    "reason": lambda row: row.reason,
    "told": lambda row: row.told,
    "delivered_at": lambda row: moment_or_none(row.delivered_ms),
}
"""What plain SQL and reports may read. `fee_yen` is the whole fee of the application."""

MIGRATIONS = (
    base_migration(
        "issuance",
        {
            "municipality": "text NOT NULL",
            "kiosk": "text NOT NULL",
            "kind": "text",
            "copies": "integer NOT NULL",
            "fee_yen": "integer NOT NULL",
            "reason": "text NOT NULL",
            "told": "boolean NOT NULL",
            "delivered_at": "timestamptz",
        },
    ),
)
