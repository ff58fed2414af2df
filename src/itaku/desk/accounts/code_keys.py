"""Keys under which the keys of people's code devices lie in the database (ワンタイムコードの鍵の暗号化).

A sealed key is text, `<key id>:<base64 of nonce, ciphertext and tag>`, AES-256-GCM with the person's id as associated
data: a row that is copied to another person does not open. The files' keys are never in the database.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hmac
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from itaku.basis.randomness import Randomness
from itaku.desk.accounts.errors import CodeKeyMissingError
from itaku.desk.configuration import desk_settings
from itaku.desk.settings import DeskSettings
from itaku.store.device_key import read_device_key
from itaku.store.errors import DeviceKeyUnfitError

VOID = "void:"
"""What stands in the place of a key that was given up: no code fits it."""

_ID_LETTERS = 8
_NONCE_BYTES = 12


class CodeKeys(NamedTuple):
    """The key that seals now, and by key id all that open: those before it too, until everything is sealed anew."""

    present: str
    by_id: dict[str, bytes]

    def seal(self, person: int, key: bytes, randomness: Randomness) -> str:
        """A device's key as it lies in the database."""
        nonce = randomness.token(_NONCE_BYTES)
        sealed = nonce + AESGCM(_derive(self.by_id[self.present], b"seal")).encrypt(nonce, key, _whose(person))
        return f"{self.present}:{base64.b64encode(sealed).decode()}"

    def open(self, person: int, sealed: str) -> bytes | None:
        """A device's key; nothing where the row was given up, changed, or copied from another person.

        Raises `CodeKeyMissingError` if it is sealed under a key that this desk does not have.
        """
        if sealed == VOID:
            return None
        name, _, body = sealed.partition(":")
        if name not in self.by_id:
            raise CodeKeyMissingError(name[:_ID_LETTERS])
        try:
            raw = base64.b64decode(body, validate=True)
            key = AESGCM(_derive(self.by_id[name], b"seal"))
            return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _whose(person))
        except (InvalidTag, ValueError, binascii.Error):
            return None


@functools.cache
def code_keys() -> CodeKeys:
    """This desk's keys, read once. Raises `CodeKeyMissingError` if a file that the settings name is not fit."""
    return read_code_keys(desk_settings())


def read_code_keys(settings: DeskSettings) -> CodeKeys:
    """The keys of the files that the settings name: the one that seals, then those before it."""
    found: dict[str, bytes] = {}
    for file in (settings.code_key, *settings.code_keys_before):
        try:
            key = read_device_key(Path(file))
        except DeviceKeyUnfitError as error:
            raise CodeKeyMissingError(f"{file}: {error.detail}") from error
        found[_derive(key, b"id").hex()[:_ID_LETTERS]] = key
    return CodeKeys(next(iter(found)), found)


def _derive(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, b"itaku desk code keys " + purpose, "sha256")


def _whose(person: int) -> bytes:
    return f"itaku desk code device of person {person}".encode()
