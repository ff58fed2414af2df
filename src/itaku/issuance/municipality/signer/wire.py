"""What is said on the signer's socket: a digest goes in and a CMS signature comes out, or a code and its signature.

A message is its length (4 bytes, big-endian) and its bytes; the first byte of a request's length says what it is. For a
document it is a digest, and the signer makes what it signs from that and its own certificate. For a 2-D code it is the
payload of a front or a back, and the signer puts its own key's name and the context around it. So neither key can be
used for anything but papers of this municipality.
"""

from __future__ import annotations

import enum

from itaku.issuance.certificates.code import BACK_CONTEXT, FRONT_CONTEXT

DIGEST_BYTES = 32
MAX_ANSWER_BYTES = 64 * 1024
MAX_CODE_BYTES = 64 * 1024
LENGTH_BYTES = 4
FAILED = b""
"""The answer when the key could not be used: ask again later."""


class Wanted(enum.IntEnum):
    """What a request is."""

    DOCUMENT = 0
    FRONT = 1
    BACK = 2


CONTEXTS = {Wanted.FRONT: FRONT_CONTEXT, Wanted.BACK: BACK_CONTEXT}
"""The contexts of codes, and what asks for a signature in each."""


def framed(message: bytes, wanted: Wanted = Wanted.DOCUMENT) -> bytes:
    """A message as it goes over the line."""
    return bytes([wanted]) + len(message).to_bytes(LENGTH_BYTES - 1, "big") + message


def announced(head: bytes) -> tuple[Wanted, int] | None:
    """What a request's first bytes say: its kind and its length; None for what nobody may ask."""
    size = int.from_bytes(head[1:], "big")
    try:
        wanted = Wanted(head[0])
    except ValueError:
        return None
    fits = size == DIGEST_BYTES if wanted is Wanted.DOCUMENT else 0 < size <= MAX_CODE_BYTES
    return (wanted, size) if fits else None
