"""Which application a document was made for: written into its bytes by the render job, read back strictly by others.

Names and birth dates cannot tell namesakes apart, and a lock or a cache may hand one application's file to another. So
the id, the digest and the resident's key stand in the document's keywords, inside the signed bytes, in both places that
a PDF has for them, and both must agree.
"""

from __future__ import annotations

import re

import msgspec

from itaku.issuance.certificates.content import Binding
from itaku.issuance.certificates.failures import DocumentMismatch, RenderFailed
from itaku.issuance.certificates.pdf_objects import MalformedPdf, PdfFile, text_string

_KEYWORDS = re.compile(
    r"issuance=([0-9a-f]{32}), application=([0-9a-f]{64}), resident=([0-9a-f]{64}), serial=([0-9A-Za-z-]{1,32})"
)
_IN_XMP = re.compile(rb"<pdf:Keywords>([^<]*)</pdf:Keywords>")
_SERIAL = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")


class BoundTo(msgspec.Struct, frozen=True):
    """What a document says about the application that it was made for."""

    issuance_id: bytes
    application_digest: bytes
    resident_key: bytes
    serial_number: str


def binding_keywords(binding: Binding) -> tuple[str, ...]:
    """The keywords that the render job writes; `RenderFailed` if a part has the wrong size."""
    if len(binding.issuance_id) != 16 or len(binding.application_digest) != 32 or len(binding.resident_key) != 32:
        raise RenderFailed("binding")
    if len(binding.serial_number) > 32 or _SERIAL.fullmatch(binding.serial_number) is None:
        raise RenderFailed("serial number")
    return (
        f"issuance={binding.issuance_id.hex()}",
        f"application={binding.application_digest.hex()}",
        f"resident={binding.resident_key.hex()}",
        f"serial={binding.serial_number}",
    )


def read_binding(file: PdfFile) -> BoundTo:
    """The binding in a finished document; `DocumentMismatch` unless Info and XMP hold it once each and agree."""
    try:
        info = text_string(file.dictionary(file.trailer.get("Info")).get("Keywords"))
        _, metadata = file.stream(file.dictionary(file.trailer.get("Root")).get("Metadata"))
    except MalformedPdf as error:
        raise DocumentMismatch("binding cannot be read") from error
    in_xmp = _IN_XMP.findall(metadata)
    match = _KEYWORDS.fullmatch(info)
    if match is None or in_xmp != [info.encode("ascii")] or file.data.count(b"issuance=") != 2:
        raise DocumentMismatch("binding is not in both places once")
    return BoundTo(bytes.fromhex(match[1]), bytes.fromhex(match[2]), bytes.fromhex(match[3]), match[4])
