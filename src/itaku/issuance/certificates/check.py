"""The kiosk's check before money: the document is signed by the municipality and made for this very application."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import msgspec
from cryptography import x509

from itaku.basis.clock import InstantMs
from itaku.issuance.certificates.binding import read_binding
from itaku.issuance.certificates.failures import DocumentMismatch
from itaku.issuance.certificates.pdf_objects import MalformedPdf, PdfFile
from itaku.issuance.certificates.signing import verify_signature


class CheckedDocument(msgspec.Struct, frozen=True):
    """A document that passed: its number of sheets (two pages each), and the certificate that signed it."""

    pages: int
    signer: x509.Certificate


def check_document(
    pdf: bytes, anchors: Sequence[x509.Certificate], at: InstantMs, issuance_id: bytes, application_digest: bytes
) -> CheckedDocument:
    """Passes a document whose signature covers all of it and whose bytes name this issuance and application.

    Raises `BadSignature`, or `DocumentMismatch` for another application's document. About 2 ms of CPU.
    """
    signer = verify_signature(pdf, anchors, at)
    try:
        file = PdfFile(pdf)
        bound = read_binding(file)
        sides = len(file.pages())
    except MalformedPdf as error:
        raise DocumentMismatch("unreadable") from error
    same_id = hmac.compare_digest(bound.issuance_id, issuance_id)
    same_digest = hmac.compare_digest(bound.application_digest, application_digest)
    if not same_id or not same_digest:
        raise DocumentMismatch("made for another application")
    if sides < 2 or sides % 2:
        raise DocumentMismatch("a sheet has a front and a back")
    return CheckedDocument(sides // 2, signer)
