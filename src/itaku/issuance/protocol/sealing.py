"""Sealed transport: HPKE (RFC 9180) to a session's key, ML-KEM-768 + X25519, HKDF-SHA256, AES-256-GCM.

A document on its way opens in one session only, and what is recorded today stays closed to quantum computers.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_MLKEM_PUBLIC_BYTES = 1184
_MLKEM_SEED_BYTES = 64
_SECRET_BYTES = 32
_STANDING = b"itaku/claims-key/v1"


class NotOpenedError(Exception):
    """The sealed bytes do not open with this session's key and this digest."""


def is_session_key(session_key: bytes) -> bool:
    """Whether these bytes can be a session's public key, so that sealing to them cannot fail later."""
    try:
        seal(b"", session_key, b"")
    except ValueError:
        return False
    return True


def seal(document: bytes, session_key: bytes, application_digest: bytes) -> bytes:
    """The document, readable to the holder of the session's private key alone; `info` is the application digest."""
    public = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(session_key[:_MLKEM_PUBLIC_BYTES]),
        X25519PublicKey.from_public_bytes(session_key[_MLKEM_PUBLIC_BYTES:]),
    )
    return _SUITE.encrypt(document, public, info=application_digest)


class StandingSecret:
    """A municipality's private key that lasts: what is sealed to its published half, only this opens."""

    def __init__(self, secret: bytes) -> None:
        """The key that belongs to these 32 secret bytes, the same each time."""
        assert len(secret) == _SECRET_BYTES, "32 secret bytes"
        seeds = HKDF(SHA256(), _MLKEM_SEED_BYTES + 32, None, _STANDING).derive(secret)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(seeds[:_MLKEM_SEED_BYTES])
        x25519 = X25519PrivateKey.from_private_bytes(seeds[_MLKEM_SEED_BYTES:])
        self._secret = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public: bytes = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    def open(self, sealed: bytes, digest: bytes) -> bytes:
        """What was sealed for this digest; `NotOpenedError` if it was sealed to another key or for another one."""
        try:
            return _SUITE.decrypt(sealed, self._secret, info=digest)
        except (InvalidTag, ValueError) as error:
            raise NotOpenedError from error


class SessionSecret:
    """The private half of one session's key. It lives in memory only and dies with the session (`destroy`)."""

    def __init__(self) -> None:
        mlkem, x25519 = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
        self._secret: MLKEM768X25519PrivateKey | None = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public: bytes = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    def open(self, sealed: bytes, application_digest: bytes) -> bytes:
        """The document; `NotOpenedError` if it was sealed to another session or for another application."""
        if self._secret is None:
            raise NotOpenedError
        try:
            return _SUITE.decrypt(sealed, self._secret, info=application_digest)
        except (InvalidTag, ValueError) as error:
            raise NotOpenedError from error

    def destroy(self) -> None:
        """Lets the key go; nothing sealed to it can be opened afterwards."""
        self._secret = None

    @property
    def destroyed(self) -> bool:
        """Whether the key is gone."""
        return self._secret is None
