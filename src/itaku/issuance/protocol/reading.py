"""Bytes from a peer as a typed message: whatever is wrong with them is one kind of error."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def read_bytes(decoder: msgspec.msgpack.Decoder[T], data: bytes) -> T:
    """What the decoder reads; `msgspec.DecodeError` for any bytes that it cannot.

    By itself it lets text that is no UTF-8 and deep nesting through as `UnicodeDecodeError` and `RecursionError`, which
    would end a request without an answer.
    """
    try:
        return decoder.decode(data)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(type(error).__name__) from None
