"""The blocking calls of PC/SC, and what each of its answers means. Every method belongs to one and the same thread."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple

from smartcard import scard

from itaku.issuance.devices.errors import (
    CardReaderUnreachableError,
    CardRemovedError,
    CardUnreadableError,
    DeviceError,
)

_CARD_GONE = frozenset({scard.SCARD_W_REMOVED_CARD, scard.SCARD_E_NO_SMARTCARD, scard.SCARD_W_RESET_CARD})
"""A card that somebody else reset is as good as gone: what it had selected and verified is forgotten."""
_CARD_ILL = frozenset(
    {
        scard.SCARD_W_UNRESPONSIVE_CARD,
        scard.SCARD_W_UNPOWERED_CARD,
        scard.SCARD_W_UNSUPPORTED_CARD,
        scard.SCARD_E_NOT_TRANSACTED,
        scard.SCARD_E_PROTO_MISMATCH,
        scard.SCARD_E_CARD_UNSUPPORTED,
    }
)
_SHORT_CASE_4 = 6
"""Bytes of a command with data and an expected length, beside its data."""


_STATUS_BYTES = 2
_LEAVING_LOOKS = 5
"""Looks of 250 ms until the service must have noticed that a card left: it asks its readers a few times a second."""
_LEAVING_LOOK_MS = 250


class Seen(enum.Enum):
    """What the reader says of its place."""

    EMPTY = "empty"
    CARD = "card"
    MUTE = "mute"
    """Something lies there that does not answer: a card the wrong way round, or no chip card."""


class Look(NamedTuple):
    """One look at the reader. `arrivals` changes with every laying down and every lifting, also between two looks."""

    reader: str
    seen: Seen
    arrivals: int


class PcscCalls:
    """One context of the PC/SC service and at most one card in it, held for us alone.

    `reader` is the name of the reader or its beginning; empty means the first by name, since the service's order is
    nobody's promise. No error quotes a command: one of them is the PIN.
    """

    def __init__(self, reader: str) -> None:
        self._wanted = reader
        self._context: Any = None
        self._card: Any = None
        self._protocol = 0
        self._last: tuple[str, int] | None = None

    def look(self, patience_ms: int) -> Look:
        """The reader's state: at once if it is news, else after a change or `patience_ms`.

        `CardReaderUnreachableError` without service or reader.
        """
        name = self._reader_name()
        known = self._last[1] if self._last is not None and self._last[0] == name else scard.SCARD_STATE_UNAWARE
        code, states = scard.SCardGetStatusChange(self._context, patience_ms, [(name, known)])
        if code == scard.SCARD_E_TIMEOUT:
            assert self._last is not None, "an unknown state is told at once"
            return _look_of(name, self._last[1])
        self._require(code)
        now = int(states[0][1])
        self._last = (name, now & ~scard.SCARD_STATE_CHANGED)
        if now & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE):
            raise CardReaderUnreachableError("the reader was unplugged")
        return _look_of(name, now)

    def connect(self, reader: str) -> None:
        """Takes the card for us alone and powers it afresh."""
        self.reset()
        both = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        code, card, protocol = scard.SCardConnect(self._context, reader, scard.SCARD_SHARE_EXCLUSIVE, both)
        self._require(code)
        self._card, self._protocol = card, protocol
        code, protocol = scard.SCardReconnect(card, scard.SCARD_SHARE_EXCLUSIVE, both, scard.SCARD_RESET_CARD)
        self._require(code)
        self._protocol = protocol

    def transmit(self, apdu: bytes) -> bytes:
        """One command and its answer. After any failure the card is lost to us, even if it still lies there."""
        if self._card is None:
            raise CardRemovedError
        t0 = self._protocol == scard.SCARD_PROTOCOL_T0
        # Protocol T=0 has no room for an expected length after data; the card's answer then comes by GET RESPONSE.
        short = t0 and len(apdu) >= _SHORT_CASE_4 and len(apdu) == _SHORT_CASE_4 + apdu[4]
        header = scard.SCARD_PCI_T0 if t0 else scard.SCARD_PCI_T1
        code, answer = scard.SCardTransmit(self._card, header, list(apdu[:-1] if short else apdu))
        if code == scard.SCARD_S_SUCCESS and len(answer) < _STATUS_BYTES:
            code = scard.SCARD_E_NOT_TRANSACTED  # some drivers say nothing of a card that left
        self._require(code)
        return bytes(octet & 0xFF for octet in answer)

    def reset(self) -> None:
        """Resets the card and lets go of it, so that nobody after us signs with our PIN; nothing if there is none."""
        card, self._card = self._card, None
        if card is not None:
            # Its answer does not matter: a card that is gone has no power, and a service that died reset the card.
            scard.SCardDisconnect(card, scard.SCARD_RESET_CARD)

    def close(self) -> None:
        """Lets go of card and service."""
        self.reset()
        context, self._context, self._last = self._context, None, None
        if context is not None:
            scard.SCardReleaseContext(context)

    def _reader_name(self) -> str:
        if self._context is None:
            code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
            if code != scard.SCARD_S_SUCCESS:
                raise CardReaderUnreachableError("no PC/SC service")
            self._context = context
        code, names = scard.SCardListReaders(self._context, [])
        if code != scard.SCARD_E_NO_READERS_AVAILABLE:
            self._require(code)
        found = next((name for name in sorted(names) if name.startswith(self._wanted)), None)
        if found is None:
            self._last = None
            raise CardReaderUnreachableError("no reader")
        return str(found)

    def _require(self, code: int) -> None:
        if code != scard.SCARD_S_SUCCESS:
            raise self._lost(code)

    def _lost(self, code: int) -> DeviceError:
        """The error of an answer, once the card is let go of; everything unexpected means a new context too."""
        reader = self._last
        self.reset()
        if code in _CARD_GONE:
            return CardRemovedError()
        if code in _CARD_ILL:
            return CardRemovedError() if self._is_empty(reader) else CardUnreadableError(_named(code))
        self.close()
        return CardReaderUnreachableError(_named(code))

    def _is_empty(self, reader: tuple[str, int] | None) -> bool:
        """Whether the card of a failed command left in the middle of it, which drivers report in many ways."""
        if reader is None:
            return False
        name, known = reader
        for _ in range(_LEAVING_LOOKS):
            code, states = scard.SCardGetStatusChange(self._context, _LEAVING_LOOK_MS, [(name, known)])
            if code not in {scard.SCARD_S_SUCCESS, scard.SCARD_E_TIMEOUT}:
                return False
            known = int(states[0][1]) & ~scard.SCARD_STATE_CHANGED
            if known & scard.SCARD_STATE_EMPTY or known >> 16 != reader[1] >> 16:
                return True
        return False


def _look_of(reader: str, state: int) -> Look:
    if state & scard.SCARD_STATE_MUTE:
        seen = Seen.MUTE
    elif state & scard.SCARD_STATE_PRESENT:
        seen = Seen.CARD
    else:
        seen = Seen.EMPTY
    return Look(reader, seen, state >> 16)


def _named(code: int) -> str:
    return f"PC/SC {code & 0xFFFFFFFF:08x}"
