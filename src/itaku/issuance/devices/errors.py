"""What can go wrong with a card or a device: each error with a code of the refusals, so that a resident is told."""

from __future__ import annotations

from typing import ClassVar

from itaku.basis.errors import ItakuError, Temper
from itaku.issuance.protocol.refusals import REFUSALS


class DeviceError(ItakuError):
    """Base of all errors of devices; code, temper and words come from the catalogue of refusals."""

    def __init_subclass__(cls, *, code: str = "internal", temper: Temper | None = None) -> None:
        refusal = REFUSALS[code]
        cls.code, cls.temper = code, temper or refusal.temper
        cls.ja, cls.en = refusal.ja + refusal.next_ja, f"{refusal.en} {refusal.next_en}".strip()


class CardError(DeviceError, code="card_unreadable"):
    """Base of what can go wrong with a card on the reader."""


class CardRemovedError(CardError, code="card_removed"):
    """The card left the reader, or another one lies there now."""


class CardUnreadableError(CardError, code="card_unreadable"):
    """The card answered something that it should not."""


class CardUnsupportedError(CardError, code="card_unsupported"):
    """No JPKI application on this card, or one that is not taken here."""


class PinWrongError(CardError, code="pin_wrong"):
    """暗証番号が違う. One try is spent; `tries_left` remain."""

    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left


class PinBlockedError(CardError, code="pin_blocked"):
    """No try is left."""

    tries_left: ClassVar[int] = 0


class PinMalformedError(CardError, code="pin_wrong"):
    """Not four digits. It was not sent to the card, so no try is spent."""


class DeviceUnreachableError(DeviceError, code="internal", temper=Temper.RETRYABLE):
    """The device did not answer: what was asked of it may have happened or not, and has to be asked again."""


class CardReaderUnreachableError(DeviceUnreachableError, code="card_unreadable", temper=Temper.RETRYABLE):
    """The card reader did not answer."""


class PrinterUnreachableError(DeviceUnreachableError, code="printer_not_ready", temper=Temper.RETRYABLE):
    """The printer did not answer, or its answer was lost on the way."""


class CashUnitUnreachableError(DeviceUnreachableError, code="cash_fault", temper=Temper.RETRYABLE):
    """The cash unit did not answer, or its answer was lost on the way."""


class RegisterUnreachableError(DeviceUnreachableError, code="internal", temper=Temper.RETRYABLE):
    """The shop's register did not answer, or its answer was lost on the way."""


class DeviceConflictError(DeviceError, code="conflict"):
    """The same key came with other content than before: nothing was done."""


class CashUnitBusyError(DeviceError, code="cash_fault", temper=Temper.RETRYABLE):
    """The unit is still accepting coins for another id: cancel that one first."""


class UnprintableError(DeviceError, code="document_mismatch"):
    """What was submitted is not a PDF with pages."""
