"""What goes over the unix socket of a device stand: JSON bodies, and which error has which code there."""

from __future__ import annotations

import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.devices.errors import (
    CardReaderUnreachableError,
    CardRemovedError,
    CashUnitBusyError,
    CashUnitUnreachableError,
    DeviceConflictError,
    DeviceError,
    PrinterUnreachableError,
    UnprintableError,
)

CARD_WAIT_S = 5.0
"""How long the stand waits for a card before it answers that there is none yet, and the client asks again."""
MAX_BODY_BYTES = 8 * 1024 * 1024
"""No document is longer."""


class Session(msgspec.Struct, frozen=True):
    """A session with the card that lies on the reader; `None` if nobody laid one down while it was waited for."""

    session: int | None


class Command(msgspec.Struct, frozen=True):
    """One command to the card within a session. Bytes are base64 in JSON. Never logged: it may be a PIN."""

    session: int
    apdu: bytes


class CardAnswer(msgspec.Struct, frozen=True):
    """The card's answer with its status word."""

    data: bytes


class Fee(msgspec.Struct, frozen=True):
    """What to take."""

    yen: Yen


class Failed(msgspec.Struct, frozen=True):
    """The body of every status from 400 on. `kind` is a key of `DEVICE_ERRORS`."""

    kind: str
    detail: str = ""


DEVICE_ERRORS: dict[str, type[DeviceError]] = {
    "card_removed": CardRemovedError,
    "conflict": DeviceConflictError,
    "cash_busy": CashUnitBusyError,
    "unprintable": UnprintableError,
    "reader_unreachable": CardReaderUnreachableError,
    "printer_unreachable": PrinterUnreachableError,
    "cash_unreachable": CashUnitUnreachableError,
}
"""Errors that travel, by their name on the wire."""
