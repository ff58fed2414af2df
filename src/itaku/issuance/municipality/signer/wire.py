"""What is said on the signer's socket: a digest goes in, a CMS signature comes out. Nothing else can be asked.

A message is its length (4 bytes, big-endian) and its bytes. The signer makes what it signs from the digest and its own
certificate, so that its key cannot be used for anything but documents of this municipality.
"""

from __future__ import annotations

DIGEST_BYTES = 32
MAX_ANSWER_BYTES = 64 * 1024
LENGTH_BYTES = 4
FAILED = b""
"""The answer when the key could not be used: ask again later."""


def framed(message: bytes) -> bytes:
    """A message as it goes over the line."""
    return len(message).to_bytes(LENGTH_BYTES, "big") + message
