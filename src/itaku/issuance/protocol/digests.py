"""Digests that tie things together: of an application (what the card signs) and of a request's content."""

from __future__ import annotations

import functools
import hashlib

import msgspec

from itaku.basis.canonical import Plain, digest
from itaku.issuance.protocol.kinds import Options, kind_of
from itaku.issuance.protocol.messages import Application, Request, encode


@functools.lru_cache(maxsize=64)
def application_digest(application: Application) -> bytes:
    """SHA-256 over the canonical encoding of everything confirmed on the screen; the card signs this value.

    Remembered for the latest applications, by their whole content: a node needs it several times in one session.
    """
    return digest(
        "itaku/application/v1",
        {
            "issuance_id": application.issuance_id,
            "challenge": application.challenge,
            "kiosk": application.kiosk,
            "municipality": application.municipality,
            "kind": kind_of(application.options).value,
            "options": _plain_options(application.options),
            "copies": application.copies,
            "fee_yen": application.fee_yen,
            "session_key": application.session_key,
        },
    )


def content_hash(request: Request) -> bytes:
    """What tells a retry (same content) from another request under the same key."""
    return hashlib.sha256(encode(request)).digest()


def session_key_hash(session_key: bytes) -> bytes:
    """Names a session's public key in receipts and registers."""
    return hashlib.sha256(session_key).digest()


def _plain_options(options: Options) -> Plain:
    # Every field of the kind's options stands in the digest by its name: none can be left out by mistake.
    plain: dict[str, Plain] = msgspec.to_builtins(options)
    del plain["type"]
    return plain
