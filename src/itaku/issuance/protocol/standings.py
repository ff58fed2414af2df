"""Whether a certificate counts or is void (S1-8-1): the question by its serial number, and the issuer's answer."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

from itaku.issuance.protocol.messages import Instant, MunicipalityCode
from itaku.issuance.protocol.reading import read_bytes

SerialNumber = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Z-]{1,24}\Z")]
"""As it is printed. Seventy random bits: nobody finds another certificate's number by trying."""

MAX_QUESTION_BYTES = 256
MAX_TOLD_BYTES = 512


class Standing(enum.StrEnum):
    """Whether a certificate with that number counts. It says nothing about whose it is or what stands on it."""

    DELIVERED = "delivered"
    """Printed, paid for and counted."""
    VOIDED = "voided"
    """返金済・無効: the whole set was taken back and the fee returned (S1-8-1)."""
    NEVER_DELIVERED = "never_delivered"
    """Made, but no valid sheet of it ever left a kiosk, or it is on its way at this moment."""
    UNKNOWN = "unknown"
    """No certificate was made under that number here."""


class StandingAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """From the public verification page to the municipality whose code was proved genuine. It names no person."""

    municipality: MunicipalityCode
    serial_number: SerialNumber


class StandingTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """The register's answer at `at_ms`; municipality and number are repeated, so that no other's answer is taken."""

    municipality: MunicipalityCode
    serial_number: SerialNumber
    standing: Standing
    at_ms: Instant


_asked: msgspec.msgpack.Decoder[StandingAsked] = msgspec.msgpack.Decoder(StandingAsked)
_told: msgspec.msgpack.Decoder[StandingTold] = msgspec.msgpack.Decoder(StandingTold)
_encoder = msgspec.msgpack.Encoder()


def encode_standing(message: StandingAsked | StandingTold) -> bytes:
    """A message as bytes on the wire."""
    return _encoder.encode(message)


def decode_standing_asked(data: bytes) -> StandingAsked:
    """Bytes as a question; `msgspec.DecodeError` if they are none."""
    return read_bytes(_asked, data)


def decode_standing_told(data: bytes) -> StandingTold:
    """Bytes as an answer; `msgspec.DecodeError` if they are none."""
    return read_bytes(_told, data)
