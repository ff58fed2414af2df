"""Sealing what is handed in (電子署名と時刻の証明): PAdES with the drafter's key, time-stamped where that is set up.

Whatever is sealed is verified before it is kept. Without a seal for the organisation the PDF stays as it is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import Randomness
from itaku.desk.configuration import desk_settings
from itaku.desk.papers.errors import SealError, UploadUnreadableError
from itaku.desk.papers.signed_elsewhere import signatures
from itaku.desk.settings import SealFiles
from itaku.issuance.certificates import der
from itaku.issuance.certificates.cms import CmsMaker, CmsSigner
from itaku.issuance.certificates.der import CONTEXT_0, SEQUENCE, SET, oid, read, tlv
from itaku.issuance.certificates.failures import RenderFailed
from itaku.issuance.certificates.signing import DocumentSigner

_TIME_STAMP = oid("1.2.840.113549.1.9.16.2.14")
_SHA256 = tlv(SEQUENCE, oid("2.16.840.1.101.3.4.2.1"))
_TST_INFO = oid("1.2.840.113549.1.9.16.1.4")
_UNSIGNED = 0xA1
_BOOLEAN_TRUE = b"\x01\x01\xff"
_LARGEST_TOKEN = 16_000
_SECONDS = 10
"""How long a time-stamp authority may take."""


class Sealed(NamedTuple):
    """A PDF as it is kept, and whose seal it bears; no facts where no seal is set up."""

    pdf: bytes
    facts: dict[str, Any]


def has_seal(organisation: str) -> bool:
    """Whether a seal is set up for an organisation."""
    return organisation in desk_settings().seals


def sealed(pdf: bytes, organisation: str, at: InstantMs, randomness: Randomness) -> Sealed:
    """The PDF with the organisation's seal. `SealError` if it cannot be had or does not verify: nothing goes out."""
    if not has_seal(organisation):
        return Sealed(pdf, {})
    return _verified(pdf, organisation, at, randomness, before=0)


def countersealed(pdf: bytes, organisation: str, at: InstantMs, randomness: Randomness) -> Sealed:
    """A sealed PDF with the other side's seal too, as a further revision of it: both verify, or `SealError`."""
    if not has_seal(organisation):
        raise SealError("no seal is set up")
    return _verified(pdf, organisation, at, randomness, before=1)


def _verified(pdf: bytes, organisation: str, at: InstantMs, randomness: Randomness, *, before: int) -> Sealed:
    """The PDF with one more seal, each looked at; the facts are those of the newest."""
    settings = desk_settings()
    try:
        cms: CmsMaker = _signer(settings.seals[organisation], at)
        if settings.tsa_url:
            cms = StampedCms(cms, settings.tsa_url, randomness)
        signer = DocumentSigner.through(cms)
        made = signer.countersign(pdf, at) if before else signer.sign(pdf, at)
        seen = signatures(made, at)
    except (OSError, ValueError, RenderFailed, UploadUnreadableError) as error:
        raise SealError(type(error).__name__) from error
    if len(seen) != before + 1 or not made.startswith(pdf):
        raise SealError("does not verify")
    if not all(each["intact"] and each["whole"] for each in seen) or (settings.tsa_url and not seen[-1]["stamped_at"]):
        raise SealError("does not verify")
    return Sealed(made, seen[-1])


def _signer(files: SealFiles, at: InstantMs) -> CmsSigner:
    key = load_pem_private_key(Path(files.key).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SealError("neither an EC nor an RSA key")
    certificate, *chain = x509.load_pem_x509_certificates(Path(files.certificates).read_bytes())
    moment = dt.datetime.fromtimestamp(at / 1000, dt.UTC)
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise SealError("the certificate is not valid now")
    return CmsSigner(key, certificate, tuple(chain))


class StampedCms:
    """Signatures with an RFC 3161 time-stamp over each value (PAdES B-T). Raises `SealError` from `sign`."""

    def __init__(self, signer: CmsMaker, url: str, randomness: Randomness) -> None:
        self._signer, self._url, self._randomness = signer, url, randomness

    @property
    def size_at_most(self) -> int:
        """Bytes that none of its signatures exceeds."""
        return self._signer.size_at_most + _LARGEST_TOKEN + 64

    def sign(self, digest: bytes) -> bytes:
        """ContentInfo over content with this digest, the time-stamp among its unsigned attributes."""
        kind, wrapped = read(self._signer.sign(digest), SEQUENCE).children()
        (signed,) = wrapped.children()
        *parts, infos = signed.children()
        (info,) = infos.children()
        value = info.children()[-1].content
        token = time_stamp(self._url, value, int.from_bytes(self._randomness.token(8)) >> 1)
        stamped = tlv(SEQUENCE, info.content, tlv(_UNSIGNED, tlv(SEQUENCE, _TIME_STAMP, tlv(SET, token))))
        whole = tlv(SEQUENCE, *(each.whole for each in parts), tlv(SET, stamped))
        return tlv(SEQUENCE, kind.whole, tlv(CONTEXT_0, whole))


def time_stamp(url: str, value: bytes, nonce: int) -> bytes:
    """A time-stamp token over a value (RFC 3161, 2.4): asked over HTTP, for this very value and this nonce."""
    digest = hashlib.sha256(value).digest()
    imprint = tlv(SEQUENCE, tlv(SEQUENCE, _SHA256[2:], tlv(der.NULL)), tlv(der.OCTETS, digest))
    asked = tlv(SEQUENCE, der.integer(1), imprint, der.integer(nonce), _BOOLEAN_TRUE)
    if not url.startswith(("http://", "https://")):
        raise SealError("address of the time-stamp authority")
    request = urllib.request.Request(  # noqa: S310 the scheme is checked above
        url, data=asked, headers={"Content-Type": "application/timestamp-query"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 the scheme is checked above
            return _token(answer.read(2 * _LARGEST_TOKEN), digest, nonce)
    except (urllib.error.URLError, TimeoutError, OSError, ValueError, IndexError) as error:
        raise SealError(type(error).__name__) from error


def _token(answer: bytes, digest: bytes, nonce: int) -> bytes:
    """The token of a granted answer that speaks of what was asked; its signature is verified with the whole file."""
    status, *rest = read(answer, SEQUENCE).children()
    if status.children()[0].content not in {b"\x00", b"\x01"} or len(rest) != 1:
        raise SealError("not granted")
    token = rest[0]
    about = _tst_info(token)
    if len(token.whole) > _LARGEST_TOKEN or about[2].children()[1].content != digest:
        raise SealError("not for this value")
    if der.integer(nonce) not in {each.whole for each in about[3:]}:
        raise SealError("not for this question")
    return token.whole


def _tst_info(token: der.Element) -> list[der.Element]:
    """The fields of what the authority signed: version, policy, imprint, serial, time, and what may follow."""
    signed = token.children()[1].children()[0].children()
    content = signed[2].children()
    if content[0].whole != _TST_INFO:
        raise SealError("no time-stamp")
    return read(content[1].children()[0].content, SEQUENCE).children()
