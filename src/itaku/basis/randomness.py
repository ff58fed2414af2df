"""Randomness, handed in: ids that nobody can guess and that say nothing of time, sequence or queue position."""

from __future__ import annotations

import random
import secrets
from typing import NewType, Protocol

IssuanceId = NewType("IssuanceId", bytes)
"""128 random bits that name one issuance. Bytes on the wire: msgpack integers stop at 64 bits."""


class Randomness(Protocol):
    """A source of random bytes."""

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        ...


class SystemRandomness:
    """The operating system's generator."""

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        return secrets.token_bytes(size)


class SeededRandomness:
    """A generator for tests and the simulator, so that a run can be replayed from its seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 replayable on purpose, never used by a node

    def token(self, size: int) -> bytes:
        """`size` bytes that depend on the seed alone."""
        return self._random.randbytes(size)


def new_issuance_id(randomness: Randomness) -> IssuanceId:
    """A fresh issuance id."""
    return IssuanceId(randomness.token(16))
