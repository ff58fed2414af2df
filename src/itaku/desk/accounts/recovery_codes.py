"""Recovery codes (リカバリーコード): random, shown once, kept as digests."""

from __future__ import annotations

import base64
import hashlib

from itaku.basis.randomness import Randomness

RECOVERY_CODES = 10
_BYTES = 10
"""80 random bits: 16 letters of base 32, as django-otp stores. Too many to try out, so a digest hides them."""


def fresh_codes(randomness: Randomness) -> list[str]:
    """Ten codes as they are typed, without their dashes."""
    return [_letters(randomness.token(_BYTES)) for _ in range(RECOVERY_CODES)]


def kept_form(person: int, code: str) -> str:
    """A code as it lies in the database: a digest that is this person's alone."""
    return _letters(hashlib.sha256(f"itaku desk recovery code of person {person}: {code}".encode()).digest()[:_BYTES])


def _letters(raw: bytes) -> str:
    return base64.b32encode(raw).decode().lower()
