"""Whether a card's certificate is revoked, as its CA's OCSP responder says (RFC 6960): request, check, and memory."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from itaku.basis.clock import InstantMs, to_instant

FRESH_MS = 600_000
"""An answer without our nonce (made ahead, as busy responders do) may be that old."""
CLOCKS_APART_MS = 90_000
"""So far ahead of ours may the responder's clock be."""
MAX_STATUS_BYTES = 16 * 1024
"""No responder's answer about one card is longer."""
STAPLED_AGE_MS = 3_600_000
"""So old may an answer be that was handed on; the center asks again long before (`FRESH_MS`)."""
_KEPT = 20_000
_SECOND_MS = 1000
_DER, _SPKI = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class StatusRefusedError(Exception):
    """The responder's answer proves nothing about this card; the text says why, for the log."""


class CardStatus(NamedTuple):
    """What the responder said of one certificate, and until when it may be relied on."""

    serial: int
    issuer_sha256: bytes
    """SHA-256 over the issuer's SubjectPublicKeyInfo, as in `card_check.RevocationKey`."""
    revoked: bool
    this_update: InstantMs
    next_update: InstantMs
    """The last instant at which this answer may be used."""
    response: bytes = b""
    """The responder's own bytes, which prove all this to whoever they are handed on to."""


class CardStatuses:
    """Answers that were checked, each kept for as long as it says that it holds (a stapled answer, in our own memory).

    A revoked card stays revoked whatever a later answer says until that later answer is newer.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[bytes, int], CardStatus] = OrderedDict()

    def put(self, status: CardStatus, now: InstantMs) -> None:
        """Keeps an answer that is in force at `now` unless a newer one is known.

        One that lies ahead of the clock was taken before the clock was set back, and is not newer for that; a
        revocation stays even so.
        """
        key = (status.issuer_sha256, status.serial)
        known = self._known.get(key)
        if known is not None and known.this_update > status.this_update:
            ahead = known.this_update - CLOCKS_APART_MS > now
            if known.revoked or not ahead:
                return
        self._known[key] = status
        self._known.move_to_end(key)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def find(self, issuer_sha256: bytes, serial: int, now: InstantMs) -> CardStatus | None:
        """The answer in force at `now`; None if there is none."""
        status = self._known.get((issuer_sha256, serial))
        if status is None or not status.this_update - CLOCKS_APART_MS <= now <= status.next_update:
            return None
        return status


def status_request(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes) -> bytes:
    """The request (DER) about one certificate; `nonce` is 16 to 32 fresh random bytes."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256())
    request = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
    return request.public_bytes(_DER)


def read_status(
    response: bytes, certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes, now: InstantMs
) -> CardStatus:
    """Checks a responder's answer about `certificate` of `issuer`; `StatusRefusedError` if it proves nothing.

    It must speak of this certificate alone, be signed by the issuer or by a responder whom this very issuer certified
    for OCSP, be in force, and repeat our nonce or else be fresh (`FRESH_MS`). A status of `unknown` proves nothing.
    """
    return _read(response, certificate, issuer, now, nonce)


def read_stapled(
    response: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: InstantMs
) -> CardStatus:
    """Checks a responder's answer that somebody else asked for and handed on; `StatusRefusedError` as `read_status`.

    The nonce is the asker's and proves nothing here. What counts is the signature, that it speaks of this certificate
    alone, that it is in force, and that it is no older than `STAPLED_AGE_MS`, however long it says that it holds.
    """
    if not response:
        raise StatusRefusedError("missing")
    status = _read(response, certificate, issuer, now, None)
    if now - status.this_update > STAPLED_AGE_MS:
        raise StatusRefusedError("too old")
    return status


def issuer_sha256(issuer: x509.Certificate) -> bytes:
    """By which key an issuer is told from its other generations."""
    return hashlib.sha256(issuer.public_key().public_bytes(_DER, _SPKI)).digest()


def _read(
    response: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: InstantMs, nonce: bytes | None
) -> CardStatus:
    """What an answer proves by itself, and, where it was asked for with a nonce, that it answers this very question."""
    try:
        answer = ocsp.load_der_ocsp_response(response)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise StatusRefusedError(answer.response_status.name.lower())
        _check_subject(answer, certificate, issuer)
        _check_signature(answer, issuer, now)
        status = _in_force(answer, issuer, now)
        if nonce is not None:
            _check_nonce(answer, status, nonce, now)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound) as error:
        raise StatusRefusedError(type(error).__name__) from error
    return status._replace(response=response)


def _check_subject(answer: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    if len(list(answer.responses)) != 1:
        raise StatusRefusedError("not one answer")
    if not isinstance(answer.hash_algorithm, hashes.SHA256):
        raise StatusRefusedError("another hash than was asked for")
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256()).build()
    told = (answer.serial_number, answer.issuer_key_hash, answer.issuer_name_hash)
    if told != (asked.serial_number, asked.issuer_key_hash, asked.issuer_name_hash):
        raise StatusRefusedError("about another certificate")


def _check_signature(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: InstantMs) -> None:
    """By the issuer's own key, or by a delegated responder's (RFC 6960 section 4.2.2.2)."""
    candidates = [issuer, *(each for each in answer.certificates if _is_delegate(each, issuer, now))]
    if not isinstance(answer.signature_hash_algorithm, _HASHES):
        raise StatusRefusedError("a hash that is not accepted")
    for candidate in candidates:
        try:
            _verify(candidate.public_key(), answer, answer.signature_hash_algorithm)
        except InvalidSignature:
            continue
        return
    raise StatusRefusedError("nobody entitled signed it")


def _is_delegate(certificate: x509.Certificate, issuer: x509.Certificate, now: InstantMs) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        # Without this mark the responder's own revocation would have to be asked, of the responder itself.
        certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    first, last = to_instant(certificate.not_valid_before_utc), to_instant(certificate.not_valid_after_utc)
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage and first <= now < last + _SECOND_MS


def _verify(key: CertificatePublicKeyTypes, answer: ocsp.OCSPResponse, algorithm: hashes.HashAlgorithm) -> None:
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
    else:
        raise InvalidSignature


def _check_nonce(answer: ocsp.OCSPResponse, status: CardStatus, nonce: bytes, now: InstantMs) -> None:
    """The answer repeats our nonce; without one it is fresh."""
    try:
        repeated = answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        if now - status.this_update > FRESH_MS:
            raise StatusRefusedError("neither our nonce nor fresh") from None
    else:
        if repeated != nonce:
            raise StatusRefusedError("another's nonce")


def _in_force(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: InstantMs) -> CardStatus:
    if answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise StatusRefusedError("the responder does not know it")
    if answer.next_update_utc is None or answer.this_update_utc is None:
        raise StatusRefusedError("an answer without a next update never ends")
    begins, ends = to_instant(answer.this_update_utc), to_instant(answer.next_update_utc)
    if begins > now + CLOCKS_APART_MS or now > ends:
        raise StatusRefusedError("not in force")
    revoked = answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    return CardStatus(answer.serial_number, issuer_sha256(issuer), revoked, begins, ends)
