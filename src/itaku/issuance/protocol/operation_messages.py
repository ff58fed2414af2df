"""Messages to operations (運用): how each machine is, told by itself through the relay (S1-A1-4-7, S1-A1-4-8)."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import msgspec

from itaku.issuance.protocol.messages import Instant, NodeName
from itaku.issuance.protocol.reading import read_bytes


class FaultKind(NamedTuple):
    """One kind of fault: its words, whether it stops the machine, and what to do next."""

    ja: str
    en: str
    stops: bool
    next_ja: str
    next_en: str


_SHOP = ("店の対応を待つ", "The shop is at it")
FAULTS: dict[str, FaultKind] = {
    "media-jam": FaultKind("紙づまり", "Paper jam", True, *_SHOP),
    "media-empty": FaultKind("用紙切れ", "Out of paper", True, *_SHOP),
    "cover-open": FaultKind("カバーが開いている", "Cover open", True, *_SHOP),
    "printer-silent": FaultKind("プリンターの応答なし", "Printer silent", True, "保守員を手配", "Send maintenance"),
    "cash-fault": FaultKind("お金の機械の不具合", "Cash unit fault", True, "レジの返金を待つ", "Paid at the register"),
    "clerk-waits": FaultKind("店員の対応待ち", "Waits for the clerk", True, *_SHOP),
    "kiosk-silent": FaultKind(
        "店から見て応答なし", "Silent to its shop", True, "電源と店内の線を確かめる", "Power, line"
    ),
    "center-silent": FaultKind("センターへの応答なし", "Silent to the center", True, "店に電話", "Phone the shop"),
    "clock-apart": FaultKind("時計のずれ", "Clock apart", True, "時刻合わせを確かめる", "Check its time service"),
    "build-not-approved": FaultKind("未承認の版", "Build not approved", True, "更新を配る", "Update it"),
    "void-refused": FaultKind(
        "無効が受け付けられない", "A void is refused", False, "登録簿と照合", "Compare the registers"
    ),
}
"""Everything that can be reported. The first three are the printer's own words (IPP)."""

Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z-]{1,40}\Z")]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault that is there now, of the machine that reports or of one that it watches."""

    machine: NodeName
    code: Code

    def __post_init__(self) -> None:
        if self.code not in FAULTS:
            raise ValueError(f"no such fault: {self.code}")


class Status(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """A heartbeat: all that is wrong now, complete, so that what is missing is over. No personal data is in it."""

    node: NodeName
    role: Annotated[str, msgspec.Meta(pattern=r"^(kiosk|shop)\Z")]
    state: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,20}\Z")]
    build: Annotated[str, msgspec.Meta(max_length=64)]
    at_ms: Instant
    faults: Annotated[tuple[Fault, ...], msgspec.Meta(max_length=64)] = ()


class StatusOk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """Noted, durably."""

    node: NodeName


class StatusRefused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """Not noted. `code` is in the catalogue of refusals."""

    code: Annotated[str, msgspec.Meta(max_length=40)]


MAX_STATUS_BYTES = 8 * 1024
"""No heartbeat is longer."""

_statuses: msgspec.msgpack.Decoder[Status] = msgspec.msgpack.Decoder(Status)
_answers: msgspec.msgpack.Decoder[StatusOk | StatusRefused] = msgspec.msgpack.Decoder(StatusOk | StatusRefused)
_encoder = msgspec.msgpack.Encoder()


def encode_operation(message: Status | StatusOk | StatusRefused) -> bytes:
    """A message as bytes on the wire."""
    return _encoder.encode(message)


def decode_status(data: bytes) -> Status:
    """Bytes as a heartbeat; `msgspec.DecodeError` if they are none."""
    return read_bytes(_statuses, data)


def decode_status_answer(data: bytes) -> StatusOk | StatusRefused:
    """Bytes as the answer to one; `msgspec.DecodeError` if they are none."""
    return read_bytes(_answers, data)
