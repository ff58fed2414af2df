"""Messages between a kiosk and its shop controller: heartbeats, sales for the register, cases for the clerk."""

from __future__ import annotations

from typing import Annotated

import msgspec

from itaku.issuance.protocol.messages import Fee, Id, Instant, NodeName, Sheets
from itaku.issuance.protocol.reading import read_bytes


class _ShopMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    kiosk: NodeName


class Heartbeat(_ShopMessage, frozen=True, tag=True):
    """The kiosk is alive: what it is doing and what its printer says."""

    state: Annotated[str, msgspec.Meta(max_length=20)]
    printer: tuple[Annotated[str, msgspec.Meta(max_length=40)], ...]
    at_ms: Instant


class Book(_ShopMessage, frozen=True, tag=True):
    """A delivered certificate's sale, for the register. Keyed by issuance id; may be repeated."""

    issuance_id: Id
    kind: Annotated[str, msgspec.Meta(max_length=40)]
    copies: Annotated[int, msgspec.Meta(ge=1, le=100)]
    sheets: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    """Sheets of the whole set: so many must come back before a refund (S1-8-1)."""
    fee_yen: Fee
    at_ms: Instant


class CallClerk(_ShopMessage, frozen=True, tag=True):
    """Shows a case on the register's screen. Keyed by issuance id; may be repeated."""

    issuance_id: Id
    case_no: Annotated[str, msgspec.Meta(max_length=12)]
    reason: Annotated[str, msgspec.Meta(max_length=40)]
    fee_yen: Fee
    sheets_total: Sheets
    refund_due: bool
    """The set is void and only money is open; else the clerk is asked how many sheets came out."""
    at_ms: Instant


class Assist(_ShopMessage, frozen=True, tag=True):
    """A resident called the staff without a case."""

    at_ms: Instant


class AskClerk(_ShopMessage, frozen=True, tag=True):
    """Has the clerk answered the case?"""

    issuance_id: Id


class ShopOk(_ShopMessage, frozen=True, tag=True):
    """Noted, durably."""


class ClerkAnswer(_ShopMessage, frozen=True, tag=True):
    """The clerk's answer so far: sheets that came out, or the fee given back; neither while it is open."""

    issuance_id: Id
    sheets: Sheets | None = None
    refunded: bool = False


class ShopRefused(_ShopMessage, frozen=True, tag=True):
    """Not done. `code` is in the catalogue of refusals."""

    code: Annotated[str, msgspec.Meta(max_length=40)]


ShopRequest = Heartbeat | Book | CallClerk | Assist | AskClerk
ShopReply = ShopOk | ClerkAnswer | ShopRefused

MAX_SHOP_BYTES = 4096
"""No message between kiosk and shop is longer."""

_requests: msgspec.msgpack.Decoder[ShopRequest] = msgspec.msgpack.Decoder(ShopRequest)
_replies: msgspec.msgpack.Decoder[ShopReply] = msgspec.msgpack.Decoder(ShopReply)
_encoder = msgspec.msgpack.Encoder()


def encode_shop(message: ShopRequest | ShopReply) -> bytes:
    """A message as bytes on the wire."""
    return _encoder.encode(message)


def decode_shop_request(data: bytes) -> ShopRequest:
    """Bytes as a request; `msgspec.DecodeError` if they are not one."""
    return read_bytes(_requests, data)


def decode_shop_reply(data: bytes) -> ShopReply:
    """Bytes as a reply; `msgspec.DecodeError` if they are not one."""
    return read_bytes(_replies, data)
