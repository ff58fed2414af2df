"""The messages between the nodes: typed, frozen, and parsed once at the border (msgpack on the wire)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from itaku.basis.randomness import IssuanceId
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import MAX_COPIES, FiscalYear, Kind, Options
from itaku.issuance.protocol.reading import read_bytes
from itaku.issuance.protocol.refusals import REFUSALS

Id = Annotated[IssuanceId, msgspec.Meta(min_length=16, max_length=16)]
Digest = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
NodeName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}\Z")]
SessionKey = Annotated[bytes, msgspec.Meta(min_length=1216, max_length=1216)]
"""Public half of a session's HPKE key: ML-KEM-768 (1,184 bytes) then X25519 (32 bytes)."""
CardCertificate = Annotated[bytes, msgspec.Meta(min_length=1, max_length=8192)]
Signature = Annotated[bytes, msgspec.Meta(min_length=1, max_length=1024)]
MunicipalityCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}\Z")]
"""全国地方公共団体コード, six digits."""
Instant = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""Milliseconds since 1970 in UTC, as the sender's clock has it."""
Fee = Annotated[Yen, msgspec.Meta(ge=0, le=1_000_000)]
Sheets = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Reason = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{0,40}\Z")]
"""A code of the refusals. It is kept in registers and in the record, so it may say nothing else."""

MAX_REQUEST_BYTES = 32 * 1024
"""No request of the protocol is longer; a longer one is refused unread (`too_large`)."""
MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""No answer is longer: a sealed document of many pages fits."""


class Application(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """申請: all that was confirmed on the screen. Its digest is what the card signs (`digests.application_digest`)."""

    issuance_id: Id
    challenge: Digest
    kiosk: NodeName
    municipality: MunicipalityCode
    options: Options
    copies: Annotated[int, msgspec.Meta(ge=1, le=MAX_COPIES)]
    fee_yen: Fee
    session_key: SessionKey


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """消去の証: the kiosk's signed statement that a session's key and plaintext are gone (`receipts`)."""

    session_key_sha256: Digest
    erased_ms: Instant
    signature: Signature
    certificate: CardCertificate
    """The kiosk's own node certificate (DER), so that the receipt can be checked offline."""


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    issuance_id: Id
    kiosk: NodeName


class Open(_Message, frozen=True, tag=True):
    """Opens a session. `at_ms` is the kiosk's clock, so that clocks apart are noticed before anything rests on them.

    `municipality` names the registry municipality (本籍地) of whom family register certificates are wanted; None is
    the card's own municipality.
    """

    session_key: SessionKey
    card_certificate: CardCertificate
    build: Annotated[str, msgspec.Meta(max_length=64)]
    at_ms: Instant
    municipality: MunicipalityCode | None = None


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A municipality by code and name."""

    code: MunicipalityCode
    ja: str
    en: str


class MenuItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One certificate on the menu; an unavailable one keeps its place and says why."""

    kind: Kind
    fee_yen: Fee
    reason: str = ""
    """Empty when available, else a code of the refusals."""
    opens_again_ms: Instant | None = None
    """Of an unavailable one: when it can be had again, as far as that is known."""
    hours: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2})?\Z")] = ""
    """Hours of its own, where it is outside of these."""
    why_ja: Annotated[str, msgspec.Meta(max_length=60)] = ""
    """Why it is stopped, in the municipality's own words."""
    why_en: Annotated[str, msgspec.Meta(max_length=100)] = ""
    fiscal_year: FiscalYear | None = None
    """The year of which the tax kinds are issued now; None for other kinds."""


class OpenOk(_Message, frozen=True, tag=True):
    """The session is open: municipality, menu with fees, a challenge with a signed expiry (`challenges`)."""

    municipality: MunicipalityCode
    municipality_ja: str
    municipality_en: str
    menu: tuple[MenuItem, ...]
    challenge: Digest
    challenge_token: Annotated[bytes, msgspec.Meta(max_length=1024)]
    elsewhere: tuple[Place, ...] = ()
    """Registry municipalities that issue to residents of others; empty in a session of one of these."""
    registry: bool = False
    """The session is one of a registry municipality, as `Open` asked."""


class Apply(_Message, frozen=True, tag=True):
    """The signed application, forwarded as it is from kiosk to municipality; the center adds `card_status` alone."""

    application: Application
    challenge_token: Annotated[bytes, msgspec.Meta(max_length=1024)]
    card_certificate: CardCertificate
    digest: Digest
    signature: Signature
    card_status: Annotated[bytes, msgspec.Meta(max_length=16 * 1024)] = b""
    """The answer of the card CA's responder (OCSP), stapled by the center; its own signature proves it (`card_status`).

    No part of the application's content: a retry may carry a newer answer."""


class Prepared(_Message, frozen=True, tag=True):
    """The finished document, sealed to the session's key with the application digest as `info`."""

    digest: Digest
    sealed: bytes
    pages: Annotated[int, msgspec.Meta(ge=1, le=200)]


class UseApplication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """利用登録申請 without its claims, tied to them by a commitment (`use_claims`). The card signs its digest."""

    issuance_id: Id
    challenge: Digest
    kiosk: NodeName
    municipality: MunicipalityCode
    claims_sha256: Digest
    claims_key_sha256: Digest
    """The municipality's published key to which the claims are sealed."""


class RegisterUse(_Message, frozen=True, tag=True):
    """Applies for the use of a registry municipality's service; forwarded as it is. The claims are sealed to it."""

    application: UseApplication
    sealed_claims: Annotated[bytes, msgspec.Meta(max_length=8192)]
    challenge_token: Annotated[bytes, msgspec.Meta(max_length=1024)]
    card_certificate: CardCertificate
    digest: Digest
    signature: Signature


class UseReceived(_Message, frozen=True, tag=True):
    """The application is received: an officer reviews it. Nothing was said about whether it will be granted."""

    digest: Digest
    usable_from_ms: Instant
    """Beginning of the day from which it is expected to be usable."""


class Permit(_Message, frozen=True, tag=True):
    """Asks for the go-ahead before money."""

    digest: Digest


class PermitOk(_Message, frozen=True, tag=True):
    """Money may be taken; from here on no timeout ends this issuance."""


class Delivered(_Message, frozen=True, tag=True):
    """All sheets came out, as the printer or the clerk confirmed."""

    digest: Digest
    sheets: Sheets


class DeliveredOk(_Message, frozen=True, tag=True):
    """Counted."""


class Erased(_Message, frozen=True, tag=True):
    """Key and plaintext of the session are destroyed; the receipt proves who said so and when."""

    receipt: Receipt


class ErasedOk(_Message, frozen=True, tag=True):
    """The receipt is kept; the issuance is closed."""


class Abandon(_Message, frozen=True, tag=True):
    """Ended without money. `reason` is a code of the refusals. Implies erasure."""

    reason: Reason


class AbandonOk(_Message, frozen=True, tag=True):
    """Void."""


class Refunded(_Message, frozen=True, tag=True):
    """Ended with the fee given back in full; whatever sheets came out are void. Implies erasure."""

    digest: Digest
    sheets: Sheets
    reason: Reason


class RefundedOk(_Message, frozen=True, tag=True):
    """Void, and not counted."""


class Outcome(_Message, frozen=True, tag=True):
    """From center to municipality: whether the certificate was delivered."""

    municipality: MunicipalityCode
    delivered: bool


class OutcomeOk(_Message, frozen=True, tag=True):
    """The municipality has counted it, or made it void."""


class VoidReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """返金済・無効の証: the shop's signed statement that every sheet of a set was marked void (`void_receipts`)."""

    sheets: Sheets
    voided_ms: Instant
    signature: Signature
    certificate: CardCertificate
    """The shop controller's own node certificate (DER), so that the receipt can be checked offline."""


class Void(_Message, frozen=True, tag=True):
    """After delivery the whole set was taken back at the register, every sheet marked 返金済・無効 (S1-8-1).

    From the shop that holds the kiosk to the center, and from there, unchanged, to the municipality. `reason` says what
    was wrong with a sheet.
    """

    shop: NodeName
    reason: Reason
    receipt: VoidReceipt


class VoidOk(_Message, frozen=True, tag=True):
    """The whole set is void here, and counted no more."""


class Refused(_Message, frozen=True, tag=True):
    """The answer to any request that is not done. `code` is in the catalogue of refusals."""

    code: Annotated[str, msgspec.Meta(max_length=40)]
    again_ms: Instant | None = None
    """When it can be had, as far as that is known."""

    def __post_init__(self) -> None:
        if self.code not in REFUSALS:
            raise ValueError(f"no such refusal: {self.code}")


Request = Open | Apply | RegisterUse | Permit | Delivered | Erased | Abandon | Refunded | Outcome | Void
"""Everything that asks."""
Answer = (
    OpenOk
    | Prepared
    | UseReceived
    | PermitOk
    | DeliveredOk
    | ErasedOk
    | AbandonOk
    | RefundedOk
    | OutcomeOk
    | VoidOk
    | Refused
)
"""Everything that answers."""

NOBODY = IssuanceId(bytes(16))
"""Stands in a refusal of bytes from which no issuance id could be read."""

_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
_encoder = msgspec.msgpack.Encoder()


def encode(message: Request | Answer) -> bytes:
    """A message as bytes on the wire."""
    return _encoder.encode(message)


def decode_request(data: bytes) -> Request:
    """Bytes as a request; `msgspec.ValidationError` or `msgspec.DecodeError` if they are not one."""
    return read_bytes(_requests, data)


def decode_answer(data: bytes) -> Answer:
    """Bytes as an answer; `msgspec.ValidationError` or `msgspec.DecodeError` if they are not one."""
    return read_bytes(_answers, data)


def refuse(request: Request, code: str, again_ms: Instant | None = None) -> Refused:
    """The refusal of a request by a code of the catalogue."""
    return Refused(issuance_id=request.issuance_id, kiosk=request.kiosk, code=code, again_ms=again_ms)
