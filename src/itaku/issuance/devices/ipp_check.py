"""What a printer lacks to print certificates: its own answers, compared with what the driver needs of it."""

from __future__ import annotations

import struct

import msgspec

from itaku.issuance.devices.errors import PrinterUnreachableError
from itaku.issuance.devices.ipp_client import (
    NEEDED_OPERATIONS,
    PDF,
    TWO_SIDED,
    WISHES,
    IppClient,
    IppRefusedError,
    one_integer,
    supported,
    words,
)
from itaku.issuance.devices.ipp_encoding import Group
from itaku.issuance.protocol.kinds import MAX_COPIES

_WANTED = (
    "operations-supported",
    "document-format-supported",
    "copies-supported",
    "sides-supported",
    "media-supported",
    "media-ready",
    "which-jobs-supported",
    "queued-job-count",
    "printer-impressions-completed",
    "printer-state-reasons",
    *map(supported, WISHES),
)


class Lack(msgspec.Struct, frozen=True):
    """One thing that is missing; without a `fatal` one certificates can be printed, with more cases for the clerk."""

    code: str
    ja: str
    en: str
    fatal: bool = True


_NOT_GRANTED = {
    "multiple-document-handling": Lack(
        "no_collation",
        "部単位の印刷を指定できません。",
        "Copy after copy cannot be asked for: look at it.",
        fatal=False,
    ),
    "print-scaling": Lack(
        "no_scaling", "等倍の印刷を指定できません。", "Unscaled pages cannot be asked for: look at it.", fatal=False
    ),
}


async def lacks(client: IppClient, media: str) -> list[Lack]:
    """Everything that the printer lacks, the fatal first; empty if it is fit. A silent printer is one fatal lack."""
    try:
        found = await client.printer(*_WANTED)
    except (PrinterUnreachableError, IppRefusedError) as error:
        text = "プリンターが応答しないか、登録した証明書のものではありません。"
        english = f"The printer does not answer, or not with the pinned certificate ({error})."
        return [Lack("printer_silent", text, english)]
    return sorted(_of(found, media), key=lambda lack: not lack.fatal)


def _of(found: Group, media: str) -> list[Lack]:
    known = found.get("operations-supported", ())
    result = [_operation(name) for name, code in NEEDED_OPERATIONS.items() if code not in known]
    if PDF not in words(found, "document-format-supported"):
        result.append(Lack("no_pdf", "PDFを直接受け取れません。", "It does not take PDF."))
    if not _holds(found, "copies-supported", MAX_COPIES):
        result.append(
            Lack("no_copies", f"{MAX_COPIES}部まで受け付けません。", f"It does not take up to {MAX_COPIES} copies.")
        )
    if TWO_SIDED not in words(found, "sides-supported"):
        result.append(
            Lack("no_two_sided", "両面印刷(長辺とじ)ができません。", "It does not print on both sides (long edge).")
        )
    if media not in words(found, "media-supported"):
        result.append(Lack("no_media", f"用紙 {media} を使えません。", f"It does not take the paper {media}."))
    elif "media-ready" in found and media not in words(found, "media-ready"):
        text = f"用紙 {media} が入っていません。"
        result.append(Lack("media_not_ready", text, f"The paper {media} is not loaded.", fatal=False))
    if "completed" not in words(found, "which-jobs-supported"):
        text, english = "終わったジョブを調べられません。", "Ended jobs cannot be looked up."
        result.append(Lack("no_ended_jobs", text, english, fatal=False))
    result += [_NOT_GRANTED[wish] for wish, value in WISHES.items() if value not in words(found, supported(wish))]
    if one_integer(found, "queued-job-count") is None:
        result.append(Lack("no_queue_count", "待ちジョブの数が分かりません。", "It does not count its queue."))
    if one_integer(found, "printer-impressions-completed") is None:
        text = "総印刷面数が読めません。キオスクは発行を始めません。"
        english = "It has no counter of impressions: the kiosk does not begin to issue."
        result.append(Lack("no_counter", text, english))
    return result


def _operation(name: str) -> Lack:
    return Lack("no_operation", f"操作 {name} がありません。", f"It lacks the operation {name}.")


def _holds(found: Group, name: str, number: int) -> bool:
    """Whether a range that the printer tells reaches from 1 to a number."""
    for value in found.get(name, ()):
        if isinstance(value, bytes) and len(value) == 8:
            low, high = struct.unpack(">ii", value)
            if low <= 1 and high >= number:
                return True
    return False
