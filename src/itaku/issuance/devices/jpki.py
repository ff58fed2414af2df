"""JPKI on the card (公的個人認証, 利用者証明用): select, read, tries left, PIN, signature, by bare APDUs."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Protocol

from itaku.issuance.devices.errors import (
    CardError,
    CardUnreadableError,
    CardUnsupportedError,
    DeviceUnreachableError,
    PinBlockedError,
    PinMalformedError,
    PinWrongError,
)
from itaku.issuance.protocol.card_check import CardAlgorithm

AID = bytes.fromhex("D392F000260100000001")
"""The JPKI application. Cards are told by it, never by their ATR, which varies by card and reader."""
EF_TOKEN = b"\x00\x06"
EF_AUTH_CERTIFICATE = b"\x00\x0a"
EF_AUTH_KEY = b"\x00\x17"
EF_AUTH_PIN = b"\x00\x18"
SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 digest in a DigestInfo (RFC 8017 section 9.2)."""

MAX_CERTIFICATE_BYTES = 8192
_PIN = re.compile(r"[0-9]{4}", re.ASCII)
_CHUNK = 256
_TOKEN_BYTES = 32
_MAX_FOLLOW_UPS = 64
_OK = 0x9000
_NOT_FOUND = frozenset({0x6A82, 0x6A86, 0x6A81, 0x6D00, 0x6E00})
_BLOCKED = frozenset({0x63C0, 0x6983, 0x6984})
"""Cards differ in how they say that no try is left: all three mean it."""


class CardTransport(Protocol):
    """One card, reached by commands."""

    async def transmit(self, apdu: bytes) -> bytes:
        """One command, and its answer with the status word; `CardRemovedError` if the card is gone."""
        ...


class CardKind(enum.Enum):
    """Kind of token, by its name in EF 0006."""

    MY_NUMBER = "JPKIAPICCTOKEN2"
    """個人番号カード."""
    OLD_JUKI = "JPKIAPICCTOKEN"
    """住民基本台帳カード: known, and refused since it has ended."""
    ANDROID = "JPKIAPGPSETOKEN"
    """スマートフォン (Android)."""
    UNKNOWN = ""


TOKENS: Mapping[str, CardKind] = {kind.value: kind for kind in CardKind if kind is not CardKind.UNKNOWN}
"""Kinds by the name in EF 0006. A parameter of `Jpki`: the next card's name is not published yet."""


class Jpki:
    """A client of the JPKI application. Call `select` first, and again after a removal or a reset.

    Answers of the card are not trusted: lengths are bounded and unexpected status words raise `CardUnreadableError`.
    No error carries a command, since one of them is the PIN.
    """

    def __init__(
        self,
        transport: CardTransport,
        algorithm: CardAlgorithm = CardAlgorithm.RSA_2048_SHA256,
        tokens: Mapping[str, CardKind] = TOKENS,
    ) -> None:
        self._transport = transport
        self.algorithm = algorithm
        """What the card signs with; follows from its certificate (`card_check.algorithm_of`)."""
        self._tokens = tokens

    async def select(self) -> None:
        """Selects the application; `CardUnsupportedError` if the card has none."""
        _, status = await self._command(b"\x00\xa4\x04\x0c" + bytes([len(AID)]) + AID)
        if status in _NOT_FOUND:
            raise CardUnsupportedError
        _require_ok(status)

    async def kind(self) -> CardKind:
        """The kind of token (EF 0006)."""
        await self._select_file(EF_TOKEN)
        data, status = await self._command(bytes([0x00, 0xB0, 0x00, 0x00, _TOKEN_BYTES]))
        _require_ok(status)
        name = data.rstrip(b" \x00").decode("ascii", "replace")
        return self._tokens.get(name, CardKind.UNKNOWN)

    async def certificate(self) -> bytes:
        """The user-authentication certificate (DER, EF 000A), readable without PIN.

        Read in pieces, as it is longer than one answer; the file may be padded, so the DER length says where it ends.
        """
        await self._select_file(EF_AUTH_CERTIFICATE)
        data = await self._read(0)
        length = _der_length(data)
        while len(data) < length:
            piece = await self._read(len(data))
            data += piece
        return data[:length]

    async def tries_left(self) -> int:
        """How many wrong PINs the card still takes, from 0 (blocked). Asking spends none."""
        await self._select_file(EF_AUTH_PIN)
        _, status = await self._command(b"\x00\x20\x00\x80")
        if status in _BLOCKED:
            return 0
        if status & 0xFFF0 == 0x63C0:
            return status & 0x0F
        raise CardUnreadableError(f"status {status:04x}")

    async def verify_pin(self, pin: str) -> None:
        """Verifies the 4-digit PIN. Not four digits: `PinMalformedError`, unsent, since the card would count it.

        `PinWrongError` with the tries left, `PinBlockedError` when none is.
        """
        if not _PIN.fullmatch(pin):
            raise PinMalformedError
        await self._select_file(EF_AUTH_PIN)
        status = await self._verify(pin)
        if status == _OK:
            return
        if status in _BLOCKED:
            raise PinBlockedError
        if status & 0xFFF0 == 0x63C0:
            raise PinWrongError(status & 0x0F)
        raise CardUnreadableError(f"status {status:04x}")

    async def sign(self, digest: bytes) -> bytes:
        """The card's signature over a SHA-256 digest, after `verify_pin`.

        RSA signs the DigestInfo; EC is given the bare digest (the next card's commands are not published yet).
        `CardUnreadableError` with status 6982 if the PIN was not verified.
        """
        assert len(digest) == 32, "the card signs SHA-256 digests"
        rsa = self.algorithm is CardAlgorithm.RSA_2048_SHA256
        data = SHA256_DIGEST_INFO + digest if rsa else digest
        await self._select_file(EF_AUTH_KEY)
        signature, status = await self._command(b"\x80\x2a\x00\x80" + bytes([len(data)]) + data + b"\x00")
        _require_ok(status)
        if not signature or (rsa and len(signature) != 256):
            raise CardUnreadableError("the signature has a wrong length")
        return signature

    async def _verify(self, pin: str) -> int:
        # The command holds the PIN: it goes nowhere but to the transport, and no error from there is chained,
        # since its frames or its text could hold the command.
        failure: CardError | DeviceUnreachableError
        try:
            _, status = await self._exchange(b"\x00\x20\x00\x80\x04" + pin.encode("ascii"))
        except (CardError, DeviceUnreachableError) as error:
            failure = type(error)()
        except Exception:  # noqa: BLE001 a reader's own error may quote the command
            failure = CardUnreadableError()
        else:
            return status
        raise failure from None

    async def _select_file(self, file: bytes) -> None:
        _, status = await self._command(b"\x00\xa4\x02\x0c\x02" + file)
        if status in _NOT_FOUND:
            raise CardUnsupportedError("a file of the application is missing")
        _require_ok(status)

    async def _read(self, offset: int) -> bytes:
        if offset > MAX_CERTIFICATE_BYTES:
            raise CardUnreadableError("the certificate does not end")
        data, status = await self._command(b"\x00\xb0" + offset.to_bytes(2, "big") + bytes([_CHUNK & 0xFF]))
        # 6282: the file ended before as many bytes as were asked for.
        if status not in {_OK, 0x6282} or not data:
            raise CardUnreadableError(f"status {status:04x}")
        return data

    async def _command(self, apdu: bytes) -> tuple[bytes, int]:
        """One command with the follow-ups that contact cards (T=0) ask for: 61xx get response, 6Cxx other length."""
        data, status = await self._exchange(apdu)
        for _ in range(_MAX_FOLLOW_UPS):
            if status >> 8 == 0x6C:
                apdu = apdu[:-1] + bytes([status & 0xFF])
                data, status = await self._exchange(apdu)
            elif status >> 8 == 0x61:
                more, status = await self._exchange(bytes([0x00, 0xC0, 0x00, 0x00, status & 0xFF]))
                data += more
            else:
                return data, status
        raise CardUnreadableError("the card's answer does not end")

    async def _exchange(self, apdu: bytes) -> tuple[bytes, int]:
        answer = await self._transport.transmit(apdu)
        if len(answer) < 2:
            raise CardUnreadableError("the card's answer has no status")
        return answer[:-2], int.from_bytes(answer[-2:], "big")


def _require_ok(status: int) -> None:
    if status != _OK:
        raise CardUnreadableError(f"status {status:04x}")


def _der_length(data: bytes) -> int:
    """Header and content length of the DER value that `data` begins with."""
    if len(data) < 4 or data[0] != 0x30:
        raise CardUnreadableError("not a certificate")
    if data[1] < 0x80:
        return 2 + data[1]
    octets = data[1] & 0x7F
    if octets not in {1, 2}:
        raise CardUnreadableError("not a certificate")
    length = 2 + octets + int.from_bytes(data[2 : 2 + octets], "big")
    if length > MAX_CERTIFICATE_BYTES:
        raise CardUnreadableError("the certificate does not end")
    return length
