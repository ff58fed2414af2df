"""A virtual JPKI card: the files, keys, PINs and status words of the card application, in this process."""

from __future__ import annotations

import hmac
from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

from itaku.issuance.devices.errors import CardRemovedError
from itaku.issuance.devices.jpki import AID, EF_AUTH_CERTIFICATE, EF_AUTH_KEY, EF_AUTH_PIN, EF_TOKEN

AUTH_TRIES = 3
"""利用者証明用パスワード: wrong tries until the card is locked."""
SIGN_TRIES = 5
"""署名用パスワード."""
EF_AUTH_CA = b"\x00\x0b"
EF_SIGN_CERTIFICATE = b"\x00\x01"
EF_SIGN_CA = b"\x00\x02"
EF_SIGN_KEY = b"\x00\x1a"
EF_SIGN_PIN = b"\x00\x1b"
_PADDING_BYTES = 64
"""Files of the card are longer than the certificate in them, so a reader has to go by the DER length."""

_OK = b"\x90\x00"
_SECURITY = b"\x69\x82"
_BLOCKED = b"\x69\x83"
_NO_FILE_CHOSEN = b"\x69\x86"
_WRONG_DATA = b"\x6a\x80"
_NOT_FOUND = b"\x6a\x82"
_WRONG_P1P2 = b"\x6a\x86"
_WRONG_LENGTH = b"\x67\x00"
_BEYOND_END = b"\x6b\x00"
_NO_INSTRUCTION = b"\x6d\x00"
_NO_CLASS = b"\x6e\x00"

CardKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class CardMemory(msgspec.Struct, frozen=True):
    """What a card remembers without power: the tries left."""

    auth_tries: int = AUTH_TRIES
    sign_tries: int = SIGN_TRIES


class CardSecrets(msgspec.Struct, frozen=True):
    """PIN and signature password."""

    pin: str
    password: str = ""


class CardFiles(msgspec.Struct, frozen=True):
    """What is written on a card when it is issued. Without `sign_key` the card has no signature half."""

    token: str
    auth_certificate: bytes
    auth_ca: bytes
    auth_key: CardKey
    sign_certificate: bytes = b""
    sign_ca: bytes = b""
    sign_key: CardKey | None = None


class VirtualCard:
    """One card. `keep` gets the new memory *before* an answer leaves, so that no kill gives a try back."""

    def __init__(
        self,
        files: CardFiles,
        secrets: CardSecrets,
        memory: CardMemory | None = None,
        keep: Callable[[CardMemory], None] | None = None,
    ) -> None:
        self.memory = memory or CardMemory()
        self._keep = keep
        self._secrets = secrets
        pad = bytes(_PADDING_BYTES)
        self._free = {
            EF_TOKEN: files.token.encode("ascii").ljust(32, b" "),
            EF_AUTH_CERTIFICATE: files.auth_certificate + pad,
            EF_AUTH_CA: files.auth_ca + pad,
        }
        self._guarded: dict[bytes, bytes] = {}
        self._keys: dict[bytes, tuple[CardKey, bytes]] = {EF_AUTH_KEY: (files.auth_key, EF_AUTH_PIN)}
        if files.sign_key is not None:
            self._free[EF_SIGN_CA] = files.sign_ca + pad
            self._guarded[EF_SIGN_CERTIFICATE] = files.sign_certificate + pad
            self._keys[EF_SIGN_KEY] = (files.sign_key, EF_SIGN_PIN)
        self._pins = {pin for _, pin in self._keys.values()}
        self._known = {*self._free, *self._guarded, *self._keys, *self._pins}
        self._removed_after: int | None = None
        self.reset()

    def reset(self) -> None:
        """Power off and on: nothing is selected, no PIN is verified."""
        self._application = False
        self._file: bytes | None = None
        self._verified: set[bytes] = set()

    def remove_after(self, commands: int | None) -> None:
        """Fault: the card leaves the reader once it has answered so many more commands; `None` takes the fault away."""
        self._removed_after = commands

    def unlock(self) -> None:
        """Gives all tries back, as a municipality's counter does."""
        self._remember(CardMemory())

    def transmit(self, apdu: bytes) -> bytes:
        """One command and its answer with the status word; `CardRemovedError` by the fault above."""
        if self._removed_after is not None:
            if self._removed_after == 0:
                self._removed_after = None
                self.reset()
                raise CardRemovedError
            self._removed_after -= 1
        if len(apdu) < 4:
            return _WRONG_LENGTH
        return self._answer(apdu)

    def _answer(self, apdu: bytes) -> bytes:
        head, p1p2 = apdu[:2], apdu[2:4]
        if head == b"\x00\xb0":
            return self._read(apdu)
        if head[0] not in {0x00, 0x80}:
            return _NO_CLASS
        data = _data(apdu)
        if data is None:
            return _WRONG_LENGTH
        if head == b"\x00\xa4":
            return self._select(p1p2, data)
        if head == b"\x00\x20":
            return self._verify(p1p2, data)
        if head == b"\x80\x2a":
            return self._sign(p1p2, data)
        return _NO_INSTRUCTION

    def _select(self, p1p2: bytes, data: bytes) -> bytes:
        if p1p2 == b"\x04\x0c":
            if data != AID:
                return _NOT_FOUND
            # Selecting the application begins anew: a PIN verified before does not count.
            self.reset()
            self._application = True
            return _OK
        if p1p2 != b"\x02\x0c":
            return _WRONG_P1P2
        if not self._application or data not in self._known:
            return _NOT_FOUND
        self._file = data
        return _OK

    def _read(self, apdu: bytes) -> bytes:
        if len(apdu) != 5:
            return _WRONG_LENGTH
        if apdu[2] & 0x80:
            return _WRONG_P1P2
        if self._file in self._guarded and EF_SIGN_PIN not in self._verified:
            return _SECURITY
        content = {**self._free, **self._guarded}.get(self._file or b"")
        if content is None:
            return _NO_FILE_CHOSEN
        offset, wanted = int.from_bytes(apdu[2:4], "big"), apdu[4] or 256
        if offset >= len(content):
            return _BEYOND_END
        piece = content[offset : offset + wanted]
        return piece + (_OK if len(piece) == wanted else b"\x62\x82")

    def _verify(self, p1p2: bytes, data: bytes) -> bytes:
        if p1p2 != b"\x00\x80":
            return _WRONG_P1P2
        file = self._file
        if file is None or file not in self._pins:
            return _NO_FILE_CHOSEN
        tries = self._tries(file)
        if not data:
            # The query is answered alike before and after a correct PIN, and with 63C0 when blocked.
            return bytes([0x63, 0xC0 | tries])
        if tries == 0:
            return _BLOCKED
        self._verified.discard(file)
        # The try is spent before the comparison: pulling the card in between gains nothing.
        self._spend(file, tries - 1)
        if not hmac.compare_digest(data, self._secret(file)):
            return bytes([0x63, 0xC0 | (tries - 1)])
        self._spend(file, AUTH_TRIES if file == EF_AUTH_PIN else SIGN_TRIES)
        self._verified.add(file)
        return _OK

    def _sign(self, p1p2: bytes, data: bytes) -> bytes:
        if p1p2 != b"\x00\x80":
            return _WRONG_P1P2
        key, pin = self._keys.get(self._file or b"", (None, b""))
        if key is None:
            return _NO_FILE_CHOSEN
        if pin not in self._verified:
            return _SECURITY
        try:
            if isinstance(key, rsa.RSAPrivateKey):
                return key.sign(data, padding.PKCS1v15(), utils.NoDigestInfo()) + _OK
            return key.sign(data, ec.ECDSA(utils.Prehashed(SHA256()))) + _OK
        except ValueError:
            return _WRONG_DATA

    def _tries(self, file: bytes) -> int:
        return self.memory.auth_tries if file == EF_AUTH_PIN else self.memory.sign_tries

    def _secret(self, file: bytes) -> bytes:
        return (self._secrets.pin if file == EF_AUTH_PIN else self._secrets.password).encode("ascii")

    def _spend(self, file: bytes, tries: int) -> None:
        if file == EF_AUTH_PIN:
            self._remember(msgspec.structs.replace(self.memory, auth_tries=tries))
        else:
            self._remember(msgspec.structs.replace(self.memory, sign_tries=tries))

    def _remember(self, memory: CardMemory) -> None:
        self.memory = memory
        if self._keep is not None:
            self._keep(memory)


def _data(apdu: bytes) -> bytes | None:
    """The command's data (empty if it has none); `None` if the lengths contradict each other. Short APDUs only."""
    if len(apdu) <= 5:
        return b""
    length = apdu[4]
    if length == 0 or len(apdu) not in {5 + length, 6 + length}:
        return None
    return apdu[5 : 5 + length]
