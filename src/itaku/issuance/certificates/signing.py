"""PAdES B-B (ETSI EN 319 142-1) on a finished PDF as an incremental update, and the kiosk's own check of it.

The update adds an invisible signature field and nothing else, so the file stays PDF/A-2a and PDF/UA-1. The check is
stricter than the standard: one signature, over every byte of the file but its own value, by a certificate whose issuer
is found by signature (generations of a CA share one name).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from itaku.basis.clock import InstantMs, to_jst
from itaku.issuance.certificates.cms import BadCms, CmsMaker, CmsSigner, SigningKey, verified
from itaku.issuance.certificates.failures import BadSignature, RenderFailed
from itaku.issuance.certificates.pdf_objects import MalformedPdf, PdfFile, Ref

_RANGE_WIDTH = 10
_BYTE_RANGE = re.compile(rb"/ByteRange\[0 (\d{10}) (\d{10}) (\d{10})\]/Contents<([0-9A-F]*)>")
_LONGEST_PATH = 4
_FIRST, _SECOND = b"signature", b"countersignature"
"""Names of the signature fields."""

_E = TypeVar("_E", bound=x509.ExtensionType)


class DocumentSigner:
    """Signs documents with the municipality's key. `chain` are the CA certificates sent along, without the anchor."""

    def __init__(
        self, private_key: SigningKey, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]
    ) -> None:
        self._cms: CmsMaker = CmsSigner(private_key, certificate, chain)

    @classmethod
    def through(cls, cms: CmsMaker) -> DocumentSigner:
        """Signs with a key that is elsewhere; `sign` then raises what `cms.sign` raises too."""
        made = cls.__new__(cls)
        made._cms = cms  # noqa: SLF001 our own class
        return made

    def sign(self, pdf: bytes, at: InstantMs) -> bytes:
        """The document with its signature; `RenderFailed` if it is not an unsigned file of this room's renderer."""
        try:
            unsigned, gap = _with_field(pdf, at, self._cms.size_at_most)
        except MalformedPdf as error:
            raise RenderFailed("not a document to sign") from error
        return self._valued(unsigned, gap)

    def countersign(self, pdf: bytes, at: InstantMs) -> bytes:
        """A document that `sign` signed, with a second signature over all of it; `RenderFailed` if it is none."""
        try:
            unsigned, gap = _with_second_field(pdf, at, self._cms.size_at_most)
        except MalformedPdf as error:
            raise RenderFailed("not a document to countersign") from error
        return self._valued(unsigned, gap)

    def _valued(self, unsigned: bytes, gap: tuple[int, int]) -> bytes:
        """The document with the value of its newest signature, over every byte but that value."""
        start, end = gap
        digest = hashlib.sha256(memoryview(unsigned)[:start])
        digest.update(memoryview(unsigned)[end:])
        value = self._cms.sign(digest.digest()).hex().upper().encode("ascii")
        room = end - start - 2
        if len(value) > room:
            raise RenderFailed("signature does not fit")
        return unsigned[: start + 1] + value.ljust(room, b"0") + unsigned[end - 1 :]


def _with_field(pdf: bytes, at: InstantMs, reserved: int) -> tuple[bytes, tuple[int, int]]:
    """The document with an empty signature field, and where its value goes (from `<` to after `>`)."""
    file = PdfFile(pdf)
    if len(file.sections) != 1 or b"/ByteRange" in pdf:
        raise MalformedPdf("signed before")
    root, page = file.trailer["Root"], file.pages()[0]
    catalog, leaf = file.source(root.number), file.source(page.number)
    if "AcroForm" in file.object(root.number) or "Annots" in file.object(page.number):
        raise MalformedPdf("annotated before")
    size = file.trailer["Size"]
    tabs = b"" if "Tabs" in file.object(page.number) else b"/Tabs/S"
    changed = {
        root.number: _extended(catalog, b"/AcroForm<</SigFlags 3/Fields[%d 0 R]>>" % size),
        page.number: _extended(leaf, b"%b/Annots[%d 0 R]" % (tabs, size)),
    }
    return _prepared(file, changed, _FIRST, at, reserved)


def _with_second_field(pdf: bytes, at: InstantMs, reserved: int) -> tuple[bytes, tuple[int, int]]:
    """As `_with_field`, beside the one field that stands there already."""
    file = PdfFile(pdf)
    if len(file.sections) != 2 or pdf.count(b"/ByteRange") != 1:
        raise MalformedPdf("not signed once")
    root, page, size = file.trailer["Root"], file.pages()[0], file.trailer["Size"]
    changed = {
        root.number: _with_another(file.source(root.number), b"/AcroForm<</SigFlags 3/Fields[", size),
        page.number: _with_another(file.source(page.number), b"/Annots[", size),
    }
    return _prepared(file, changed, _SECOND, at, reserved)


def _with_another(dictionary: bytes, opening: bytes, number: int) -> bytes:
    """A dictionary of ours with one more reference in the list that holds the first field alone."""
    before, found, after = dictionary.partition(opening)
    first, closed, rest = after.partition(b"]")
    if not found or not closed or re.fullmatch(rb"\d+ 0 R", first) is None or opening in rest:
        raise MalformedPdf("not our own signature")
    return b"%b%b%b %d 0 R]%b" % (before, opening, first, number, rest)


def _prepared(
    file: PdfFile, changed: dict[int, bytes], name: bytes, at: InstantMs, reserved: int
) -> tuple[bytes, tuple[int, int]]:
    """The document with changed objects and an empty field on its first page, numbered from the trailer's size on."""
    page, field = file.pages()[0], file.trailer["Size"]
    appearance, signature = field + 1, field + 2
    moment = to_jst(at).strftime("%Y%m%d%H%M%S+09'00'").encode("ascii")
    value = b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:%b)/ByteRange[0 %b]/Contents<%b>>>" % (
        moment,
        b" ".join([b"0" * _RANGE_WIDTH] * 3),
        b"0" * (2 * reserved),
    )
    objects = changed | {
        field: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%b)/F 132/Rect[0 0 0 0]"
        b"/P %d 0 R/AP<</N %d 0 R>>/V %d 0 R>>" % (name, page.number, appearance, signature),
        appearance: b"<</Type/XObject/Subtype/Form/BBox[0 0 0 0]/Length 0>>\nstream\n\nendstream",
        signature: value,
    }
    updated = _appended(file, objects)
    start = updated.index(b"/Contents<", len(file.data)) + len(b"/Contents")
    end = start + 2 * reserved + 2
    numbers = b" ".join(b"%010d" % number for number in (start, end, len(updated) - end))
    placed = updated.replace(b"/ByteRange[0 " + b" ".join([b"0" * _RANGE_WIDTH] * 3), b"/ByteRange[0 " + numbers, 1)
    return placed, (start, end)


def _extended(dictionary: bytes, entries: bytes) -> bytes:
    text = dictionary.rstrip()
    if not text.endswith(b">>"):
        raise MalformedPdf("dictionary")
    return text[:-2] + entries + b">>"


def _appended(file: PdfFile, objects: dict[int, bytes]) -> bytes:
    """The file with an incremental update (ISO 32000-1, 7.5.6)."""
    out = [file.data if file.data.endswith(b"\n") else file.data + b"\n"]
    at = len(out[0])
    table = [b"xref\n"]
    for number, body in sorted(objects.items()):
        piece = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        out.append(piece)
        table.append(b"%d 1\n%010d 00000 n\r\n" % (number, at))
        at += len(piece)
    first, second = file.trailer["ID"]
    renewed = hashlib.sha256(second + b"".join(out[1:])).digest()[:16]
    trailer = b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/Prev %d/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n" % (
        max(*objects, file.trailer["Size"] - 1) + 1,
        file.trailer["Root"].number,
        file.trailer["Info"].number,
        file.sections[0],
        first.hex().encode("ascii"),
        renewed.hex().encode("ascii"),
        at,
    )
    return b"".join((*out, *table, trailer))


def verify_signature(pdf: bytes, anchors: Sequence[x509.Certificate], at: InstantMs) -> x509.Certificate:
    """The certificate that signed the whole file, valid at that instant and issued under an anchor; `BadSignature`."""
    start, end, value = _signature_value(pdf)
    _check_field(pdf, start)
    digest = hashlib.sha256(memoryview(pdf)[:start])
    digest.update(memoryview(pdf)[end:])
    try:
        signer, others = verified(value, digest.digest())
    except BadCms as error:
        raise BadSignature(str(error)) from error
    moment = dt.datetime.fromtimestamp(at / 1000, dt.UTC)
    _check_signer(signer, moment)
    _check_path(signer, tuple(others), tuple(anchors), moment)
    return signer


def _signature_value(pdf: bytes) -> tuple[int, int, bytes]:
    if pdf.count(b"/ByteRange") != 1:
        raise BadSignature("not one signature")
    match = _BYTE_RANGE.search(pdf)
    if match is None:
        raise BadSignature("byte range")
    start, end, rest = int(match[1]), int(match[2]), int(match[3])
    if start != match.start(4) - 1 or end != match.end(4) + 1 or end + rest != len(pdf) or len(match[4]) % 2:
        raise BadSignature("the signature does not cover the whole file")
    raw = bytes.fromhex(match[4].decode("ascii"))
    size = _der_size(raw)
    if raw[size:].strip(b"\x00"):
        raise BadSignature("something after the signature value")
    return start, end, raw[:size]


def _der_size(raw: bytes) -> int:
    if len(raw) < 4 or raw[:2] != b"\x30\x82":
        raise BadSignature("signature value")
    size = 4 + int.from_bytes(raw[2:4], "big")
    if size > len(raw):
        raise BadSignature("signature value")
    return size


def _check_field(pdf: bytes, start: int) -> None:
    """The byte range found by its bytes must be the value of the document's one signature field."""
    try:
        file = PdfFile(pdf)
        form = file.dictionary(file.dictionary(file.trailer.get("Root")).get("AcroForm"))
        (field,) = file.get(form.get("Fields"))
        reference = file.dictionary(field).get("V")
        if not isinstance(reference, Ref):
            raise BadSignature("no signature value")
        offset = file.offsets[reference.number]
        value = file.dictionary(reference)
    except (MalformedPdf, AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadSignature("no signature field") from error
    if value.get("SubFilter") != "ETSI.CAdES.detached" or len(file.sections) != 2:
        raise BadSignature("signature field")
    if not offset < start < offset + 400 or b"endobj" in pdf[offset:start]:
        raise BadSignature("the signature is not the field's")


def _check_signer(signer: x509.Certificate, moment: dt.datetime) -> None:
    _check_validity(signer, moment)
    usage = _extension(signer, x509.KeyUsage)
    if usage is None or not (usage.digital_signature or usage.content_commitment):
        raise BadSignature("the certificate is not for signing documents")
    constraints = _extension(signer, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise BadSignature("a CA certificate signs no documents")


def _check_path(
    signer: x509.Certificate,
    others: tuple[x509.Certificate, ...],
    anchors: tuple[x509.Certificate, ...],
    moment: dt.datetime,
) -> None:
    """Some path of CA certificates, each valid and each found by its signature, leads to an anchor."""
    current = [signer]
    for below in range(_LONGEST_PATH):
        if any(_issued(one, anchor, below, moment) for one in current for anchor in anchors):
            return
        current = [ca for one in current for ca in others if _issued(one, ca, below, moment)]
    raise BadSignature("no path to an anchor")


def _issued(subject: x509.Certificate, issuer: x509.Certificate, below: int, moment: dt.datetime) -> bool:
    """Whether the issuer is a CA, valid now, that signed the subject with at most `below` CAs in between."""
    try:
        subject.verify_directly_issued_by(issuer)
        _check_validity(issuer, moment)
    except (BadSignature, InvalidSignature, ValueError, TypeError):
        return False
    constraints = _extension(issuer, x509.BasicConstraints)
    usage = _extension(issuer, x509.KeyUsage)
    if constraints is None or not constraints.ca or (usage is not None and not usage.key_cert_sign):
        return False
    return constraints.path_length is None or constraints.path_length >= below


def _check_validity(certificate: x509.Certificate, moment: dt.datetime) -> None:
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise BadSignature("a certificate is not valid at that time")


def _extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
