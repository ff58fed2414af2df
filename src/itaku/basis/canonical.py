"""Canonical bytes: one value, one encoding (deterministic CBOR, RFC 8949 4.2), so that digests can be compared."""

from __future__ import annotations

import hashlib

import cbor2

_NOT_PLAIN = "canonical data is made of None, bool, int, str, bytes, list, tuple and dict with str keys"

Plain = None | bool | int | str | bytes | list["Plain"] | tuple["Plain", ...] | dict[str, "Plain"]


def canonical_bytes(value: Plain) -> bytes:
    """The deterministic encoding of plain data. Floats and other types raise `TypeError`: no digest rests on them."""
    _check(value)
    encoded: bytes = cbor2.dumps(value, canonical=True)
    return encoded


def canonical_value(data: bytes) -> Plain:
    """Decodes canonical bytes; `ValueError` if the bytes are not the canonical encoding of what they say."""
    try:
        value: Plain = cbor2.loads(data)
        again = canonical_bytes(value)
    except (cbor2.CBORDecodeError, TypeError) as error:
        raise ValueError("not canonical CBOR") from error
    if again != data:
        raise ValueError("not canonical CBOR")
    return value


def digest(domain: str, value: Plain) -> bytes:
    """SHA-256 over a domain label and the canonical bytes, so that no digest of one kind passes for another."""
    return hashlib.sha256(domain.encode("ascii") + b"\x00" + canonical_bytes(value)).digest()


def _check(value: object) -> None:
    if value is None or isinstance(value, bool | int | str | bytes):
        return
    if isinstance(value, list | tuple):
        for item in value:
            _check(item)
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(_NOT_PLAIN)
            _check(item)
        return
    raise TypeError(_NOT_PLAIN)
