"""Signed checkpoints (署名付きチェックポイント): size and root of the record as a short text that anyone can verify.

The form is that of C2SP tlog-checkpoint and signed-note (Ed25519): origin, size, root; then lines of our own: number
of the checkpoint, chain value, time in ms; a blank line; a signature line. Needs nothing of ours, so that the verifier
stands alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_ED25519 = b"\x01"
_ORIGIN = re.compile(r"[!-*,-~]{1,200}")
_NOTE = re.compile(
    r"(?P<body>(?P<origin>[!-*,-~]{1,200})\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"number (?P<number>0|[1-9][0-9]{0,18})\nchain (?P<chain>[A-Za-z0-9+/]{43}=)\n"
    r"time (?P<time>0|-?[1-9][0-9]{0,18})\n)"
    r"\n— (?P<name>[!-*,-~]{1,200}) (?P<signature>[A-Za-z0-9+/]{91}=)\n"
)


class NoteError(ValueError):
    """A text that is no checkpoint, or is not signed by the key."""


@dataclass(frozen=True)
class Checkpoint:
    """What one checkpoint says: the record named `origin` had `size` entries at `at_ms` (ms UTC), under this root.

    `number` counts the checkpoints from 0 without gaps; `chain` is the chain value after the last entry.
    """

    origin: str
    number: int
    size: int
    root: bytes
    chain: bytes
    at_ms: int

    def text(self) -> str:
        """The signed text, up to and with its last newline."""
        return (
            f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"
            f"number {self.number}\nchain {_base64(self.chain)}\ntime {self.at_ms}\n"
        )


@dataclass(frozen=True)
class PublicKey:
    """The key that verifies a record's checkpoints, and the record's origin, which is the key's name."""

    origin: str
    raw: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes over name and key (signed-note); they stand before each signature."""
        return hashlib.sha256(self.origin.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    def text(self) -> str:
        """The key as one line (signed-note's verifier key): name, key id, key."""
        return f"{self.origin}+{self.key_id.hex()}+{_base64(_ED25519 + self.raw)}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key line in hex, to be compared by eye or telephone."""
        return hashlib.sha256(self.text().encode()).hexdigest()

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Reads a key line; `NoteError` if a single character of it is wrong."""
        parts = text.split("+", 2)
        try:
            coded = base64.b64decode(parts[2], validate=True)
            key = cls(parts[0], coded[1:])
            Ed25519PublicKey.from_public_bytes(key.raw)
        except (IndexError, ValueError, binascii.Error) as error:
            raise NoteError("not a public key line") from error
        if not _ORIGIN.fullmatch(key.origin) or key.text() != text:
            raise NoteError("a public key line whose parts contradict each other")
        return key

    def read(self, note: str) -> Checkpoint:
        """The checkpoint in a signed note; `NoteError` if its form, its name or its signature is wrong."""
        found = _NOTE.fullmatch(note)
        if found is None:
            raise NoteError("not in the form of a checkpoint")
        checkpoint = Checkpoint(
            found["origin"],
            int(found["number"]),
            int(found["size"]),
            base64.b64decode(found["root"]),
            base64.b64decode(found["chain"]),
            int(found["time"]),
        )
        signature = base64.b64decode(found["signature"])
        if checkpoint.text() != found["body"] or _base64(signature) != found["signature"]:
            raise NoteError("not in the form of a checkpoint")
        if checkpoint.origin != self.origin or found["name"] != self.origin or signature[:4] != self.key_id:
            raise NoteError("of another record or another key")
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature[4:], found["body"].encode())
        except InvalidSignature as error:
            raise NoteError("the signature is not right") from error
        return checkpoint


class Signer:
    """Signs the checkpoints of the record named `origin` (printable ASCII without space and plus sign)."""

    def __init__(self, origin: str, key: Ed25519PrivateKey) -> None:
        if not _ORIGIN.fullmatch(origin):
            raise NoteError("an origin is printable ASCII without space and plus sign, at most 200 characters")
        self._key = key
        self.public_key = PublicKey(origin, key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, checkpoint: Checkpoint) -> str:
        """The signed note."""
        text = checkpoint.text()
        signature = self.public_key.key_id + self._key.sign(text.encode())
        return f"{text}\n— {self.public_key.origin} {_base64(signature)}\n"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
