"""The feed from the resident register (住民記録) to the municipality's replica: numbered deltas and their answers."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

from itaku.basis.clock import InstantMs
from itaku.issuance.municipality.family_registers import FamilyRegister
from itaku.issuance.municipality.registry import Resident, SealRegister
from itaku.issuance.municipality.tax_entries import TaxEntry
from itaku.issuance.protocol.reading import read_bytes

Sequence = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
"""Number of a delta; each is one more than the one before it."""
Instant = Annotated[InstantMs, msgspec.Meta(ge=0, le=2**53)]

MAX_DELTA_BYTES = 16 * 1024 * 1024
"""No delta is longer; a larger change is sent as several."""


class Delta(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="delta"):
    """All that changed in the registers since the delta before. Without changes it is a heartbeat.

    `as_of` is the source's clock at the moment when the registers, with this delta, equalled it. A person's entry is
    always sent whole, and so is a family register. Deleting a person deletes their seal and tax entries as well; a
    family register has its own life.
    """

    seq: Sequence
    as_of: Instant
    upserts: tuple[Resident, ...] = ()
    deletions: tuple[str, ...] = ()
    """宛名番号 of persons whose entries are gone."""
    seals: tuple[SealRegister, ...] = ()
    seal_deletions: tuple[str, ...] = ()
    """宛名番号 of persons whose seal registration is gone (廃止)."""
    taxes: tuple[TaxEntry, ...] = ()
    tax_deletions: tuple[tuple[str, int], ...] = ()
    """宛名番号 and fiscal year of entries that are gone."""
    registers: tuple[FamilyRegister, ...] = ()
    register_deletions: tuple[str, ...] = ()
    """Numbers of family registers that are kept here no more."""


class Inquiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="inquiry"):
    """Asks which delta is wanted next, and changes nothing."""


class Outcome(enum.StrEnum):
    """What became of a delta, or how the replica stands."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    """Known already, acknowledged without effect."""
    GAP = "gap"
    """An earlier one is missing; nothing was applied, and the replica is unproven until all have come."""
    CONTRADICTION = "contradiction"
    """It contradicts what was applied. Only a new snapshot makes the replica proven again."""
    EMPTY = "empty"
    """No snapshot has been loaded yet, so no delta can be applied."""
    INQUIRED = "inquired"
    """The answer to an inquiry."""


class FeedAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="feed-answer"):
    """The municipality's answer: what became of the delta, and which one it wants next (0: a snapshot)."""

    outcome: Outcome
    wanted_seq: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    proven: bool


Request = Delta | Inquiry
"""Everything that the resident register sends."""

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers = msgspec.msgpack.Decoder(FeedAnswer)


def encode(message: Request | FeedAnswer) -> bytes:
    """A message of the feed as bytes on the wire."""
    return _encoder.encode(message)


def decode_request(data: bytes) -> Request:
    """Bytes as a delta or an inquiry; `msgspec.ValidationError` or `msgspec.DecodeError` if they are neither."""
    return read_bytes(_requests, data)


def decode_answer(data: bytes) -> FeedAnswer:
    """Bytes as an answer; `msgspec.ValidationError` or `msgspec.DecodeError` if they are none."""
    return read_bytes(_answers, data)
