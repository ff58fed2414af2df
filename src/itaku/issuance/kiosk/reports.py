"""What a settled session still has to tell, and to whom: pure, so that a restart goes on where it stopped."""

from __future__ import annotations

import msgspec

from itaku.issuance.kiosk.journal import SETTLED, JournalRecord, Phase
from itaku.issuance.protocol import messages as m


def next_report(record: JournalRecord, kiosk: str) -> m.Request | None:
    """The next message to the center; None when it has acknowledged everything."""
    assert record.phase in SETTLED, "only a settled session reports"
    issuance_id = record.issuance_id
    if not record.outcome_told:
        if record.phase is Phase.DELIVERED:
            return m.Delivered(issuance_id=issuance_id, kiosk=kiosk, digest=record.digest, sheets=record.sheets_out)
        if record.phase is Phase.REFUNDED:
            return m.Refunded(
                issuance_id=issuance_id,
                kiosk=kiosk,
                digest=record.digest,
                sheets=record.sheets_out,
                reason=record.reason or "printing_unconfirmed",
            )
        return m.Abandon(issuance_id=issuance_id, kiosk=kiosk, reason=record.reason or "not_paid")
    if record.phase is Phase.DELIVERED and not record.erasure_told:
        assert record.receipt is not None, "a delivered session has its erasure receipt"
        return m.Erased(issuance_id=issuance_id, kiosk=kiosk, receipt=record.receipt)
    return None


def acknowledged(record: JournalRecord, answer: m.Answer) -> JournalRecord | None:
    """The record after the center's answer; None if the answer acknowledges nothing (tell again later)."""
    if isinstance(answer, m.DeliveredOk | m.RefundedOk | m.AbandonOk):
        return msgspec.structs.replace(record, outcome_told=True)
    if isinstance(answer, m.ErasedOk):
        return msgspec.structs.replace(record, erasure_told=True)
    if isinstance(answer, m.Refused) and record.phase is Phase.ABANDONED and answer.code == "unknown_issuance":
        return msgspec.structs.replace(record, outcome_told=True)
    return None


def is_told(record: JournalRecord, kiosk: str) -> bool:
    """Whether center and register know everything, so that the record may go."""
    return next_report(record, kiosk) is None and (record.booked or record.phase is not Phase.DELIVERED)
