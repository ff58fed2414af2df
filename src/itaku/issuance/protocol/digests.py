"""Digests that tie things together: of an application (what the card signs) and of a request's content."""

from __future__ import annotations

import functools
import hashlib

import msgspec

from itaku.basis.canonical import Plain, canonical_bytes
from itaku.issuance.protocol.kinds import Options, kind_of
from itaku.issuance.protocol.messages import Application, Apply, Request, encode


@functools.lru_cache(maxsize=64)
def application_digest(application: Application) -> bytes:
    """SHA-256 over the canonical encoding of everything confirmed on the screen; the card signs this value.

    Remembered for the latest applications, by their whole content: a node needs it several times in one session. The
    bytes are put together from their parts, as `basis.canonical` would write them from the whole; a property test says
    that both are the same.
    """
    encoded = b"".join(
        (
            _BEFORE_KIND,
            _of_kind(application.options),
            _KIOSK,
            _canonical(application.kiosk),
            _COPIES,
            _canonical(application.copies),
            _FEE_YEN,
            _canonical(application.fee_yen),
            _OPTIONS,
            _of_options(application.options),
            _CHALLENGE,
            _head(len(application.challenge)),
            application.challenge,
            _ISSUANCE_ID,
            _head(len(application.issuance_id)),
            application.issuance_id,
            _SESSION_KEY,
            _head(len(application.session_key)),
            application.session_key,
            _MUNICIPALITY,
            _canonical(application.municipality),
        )
    )
    return hashlib.sha256(encoded).digest()


def content_hash(request: Request) -> bytes:
    """What tells a retry (same content) from another request under the same key. A stapled answer is no content."""
    if isinstance(request, Apply) and request.card_status:
        request = msgspec.structs.replace(request, card_status=b"")
    return hashlib.sha256(encode(request)).digest()


def session_key_hash(session_key: bytes) -> bytes:
    """Names a session's public key in receipts and registers."""
    return hashlib.sha256(session_key).digest()


@functools.lru_cache(maxsize=4096, typed=True)
def _canonical(value: str | int) -> bytes:
    return canonical_bytes(value)


@functools.lru_cache(maxsize=256)
def _head(length: int) -> bytes:
    """What the encoding writes before so many bytes."""
    return canonical_bytes(bytes(length))[: -length or None]


@functools.lru_cache(maxsize=4096)
def _of_options(options: Options) -> bytes:
    # Every field of the kind's options stands in the digest by its name: none can be left out by mistake.
    plain: dict[str, Plain] = msgspec.to_builtins(options)
    del plain["type"]
    return canonical_bytes(plain)


def _of_kind(options: Options) -> bytes:
    return _canonical(kind_of(options).value)


_BEFORE_KIND = b"itaku/application/v1\x00" + b"\xa9" + canonical_bytes("kind")
"""The domain's label, and a map of nine entries in the canonical order of their keys: the shorter first."""
_KIOSK, _COPIES, _FEE_YEN, _OPTIONS, _CHALLENGE, _ISSUANCE_ID, _SESSION_KEY, _MUNICIPALITY = map(
    canonical_bytes,
    ("kiosk", "copies", "fee_yen", "options", "challenge", "issuance_id", "session_key", "municipality"),
)
