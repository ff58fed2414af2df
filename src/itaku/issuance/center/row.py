"""One issuance as the center keeps it: no name, no plaintext, no sealed bytes."""

from __future__ import annotations

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Options
from itaku.issuance.protocol.messages import Receipt, Void


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
    voided_ms: InstantMs | None = None
    """When the center learnt that the set was taken back at the register."""
    void: Void | None = None
    """What the shop said of it, as it goes on to the municipality."""
    registry: bool = False
    """The session is one of a registry municipality (本籍地), whose family register kinds alone can be had in it."""
    again_ms: InstantMs | None = None
    """Of a refused application: when it can be granted, as far as the municipality said so."""
    answered: dict[str, Answered] = {}
