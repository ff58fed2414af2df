"""The record's signing key: an Ed25519 private key in a PEM file that only the sequencer's user can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from itaku.basis.randomness import Randomness
from itaku.record.errors import RecordKeyError
from itaku.record.note import NoteError, Signer


def make_signing_key(path: Path, randomness: Randomness) -> None:
    """Writes a fresh key to `path` (PKCS#8 PEM, mode 0600, durable); `RecordKeyError` if the file exists."""
    key = Ed25519PrivateKey.from_private_bytes(randomness.token(32))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise RecordKeyError(error.strerror or "cannot be made") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def read_signer(path: Path, origin: str) -> Signer:
    """The signer of the record `origin` with the key in `path`; `RecordKeyError` if the file or the origin is unfit."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            pem = file.read()
        key = load_pem_private_key(pem, password=None)
    except OSError as error:
        raise RecordKeyError(error.strerror or "cannot be read") from error
    except (ValueError, TypeError) as error:
        raise RecordKeyError("not a private key") from error
    if mode & 0o077:
        raise RecordKeyError(f"mode {mode:04o}")
    if not isinstance(key, Ed25519PrivateKey):
        raise RecordKeyError("not Ed25519")
    try:
        return Signer(origin, key)
    except NoteError as error:
        raise RecordKeyError(str(error)) from error
