"""What a kiosk writes down before it acts, so that a restart knows what to ask and what to tell."""

from __future__ import annotations

import enum

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind
from itaku.issuance.protocol.messages import Receipt


class Phase(enum.StrEnum):
    """How far a session with money has come."""

    COMMITTING = "committing"
    """Before the permit: money may be asked for from here on."""
    PAID = "paid"
    """The fee is held; perhaps nothing is printed."""
    UNCERTAIN = "uncertain"
    """What came out is not known."""
    REFUND_DUE = "refund_due"
    """The set is void and the fee must go back."""
    DELIVERED = "delivered"
    REFUNDED = "refunded"
    ABANDONED = "abandoned"


SETTLED = frozenset({Phase.DELIVERED, Phase.REFUNDED, Phase.ABANDONED})
"""Nothing is left to do but to report."""


class JournalRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One session that reached the permit. No name, no document, no key; encrypted on disk all the same."""

    issuance_id: IssuanceId
    phase: Phase
    digest: bytes
    session_key_sha256: bytes
    kind: Kind
    copies: int
    fee_yen: Yen
    back_yen: Yen | None = None
    """What has to go back; set where the cash unit could not give it, and known to differ from the fee there."""
    sheets_total: int
    counter0: int
    """The printer's own counter (impressions, two to a sheet) before any money was taken."""
    sheets_out: int = 0
    case_no: str = ""
    reason: str = ""
    """Why it failed: a code of the refusals."""
    settled_ms: InstantMs | None = None
    receipt: Receipt | None = None
    """Made the moment key and document are destroyed."""
    outcome_told: bool = False
    """The center has acknowledged Delivered, Refunded or Abandon."""
    erasure_told: bool = False
    booked: bool = False
    """The shop's register has booked the sale."""

    @property
    def owed_yen(self) -> Yen:
        """What the resident gets back if nothing is delivered: coins that went in, or the whole fee once paid."""
        return self.fee_yen if self.back_yen is None else self.back_yen


_decoder = msgspec.msgpack.Decoder(JournalRecord)


def encode_record(record: JournalRecord) -> bytes:
    """The record's bytes for the journal."""
    return msgspec.msgpack.encode(record)


def decode_record(data: bytes) -> JournalRecord:
    """The record in these bytes; `msgspec.DecodeError` if there is none."""
    return _decoder.decode(data)
