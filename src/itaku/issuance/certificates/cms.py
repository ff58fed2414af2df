"""CMS SignedData (RFC 5652) for PAdES B-B: detached, one signer, SHA-256, signing-certificate-v2, nothing else."""

from __future__ import annotations

import hashlib
import hmac
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from itaku.issuance.certificates import der
from itaku.issuance.certificates.der import CONTEXT_0, INTEGER, OCTETS, SEQUENCE, SET, MalformedDer, oid, read, tlv

SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
"""P-256 or another prime curve, or RSA."""

_SIGNED_DATA, _DATA = oid("1.2.840.113549.1.7.2"), oid("1.2.840.113549.1.7.1")
_SHA256 = tlv(SEQUENCE, oid("2.16.840.1.101.3.4.2.1"))
_ECDSA_SHA256 = tlv(SEQUENCE, oid("1.2.840.10045.4.3.2"))
_RSA_SHA256 = tlv(SEQUENCE, oid("1.2.840.113549.1.1.11"), tlv(der.NULL))
_CONTENT_TYPE = tlv(SEQUENCE, oid("1.2.840.113549.1.9.3"), tlv(SET, _DATA))
_MESSAGE_DIGEST, _SIGNING_CERTIFICATE_V2 = oid("1.2.840.113549.1.9.4"), oid("1.2.840.113549.1.9.16.2.47")


class TokenKey(Protocol):
    """A private key that cannot be seen, in an HSM."""

    def public_key(self) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
        """Its public half."""
        ...

    def sign_message(self, message: bytes) -> bytes:
        """ECDSA (DER) or RSA PKCS#1 v1.5, each with SHA-256."""
        ...


class CmsMaker(Protocol):
    """Makes signatures over digests, in this process or in another."""

    @property
    def size_at_most(self) -> int:
        """Bytes that none of its signatures exceeds."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """ContentInfo over content with this SHA-256 digest."""
        ...


class BadCms(ValueError):  # noqa: N818 the name is what the bytes are
    """The bytes are no signature of this profile, or it does not hold."""


class CmsSigner:
    """Makes signatures from parts encoded once: only digest and signature value change."""

    def __init__(
        self, private_key: SigningKey | TokenKey, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]
    ) -> None:
        if private_key.public_key() != certificate.public_key():
            raise ValueError("the certificate is of another key")
        self._key = private_key
        encoded = certificate.public_bytes(Encoding.DER)
        self._certificates = tlv(CONTEXT_0, encoded, *(other.public_bytes(Encoding.DER) for other in chain))
        self._issuer_and_serial = tlv(
            SEQUENCE, certificate.issuer.public_bytes(), der.integer(certificate.serial_number)
        )
        self._signing_certificate = _signing_certificate(certificate)
        is_ec = isinstance(private_key.public_key(), ec.EllipticCurvePublicKey)
        self._algorithm = _ECDSA_SHA256 if is_ec else _RSA_SHA256

    @property
    def size_at_most(self) -> int:
        """Bytes that no signature of this signer exceeds: certificates, names, attributes, and the value itself."""
        return len(self._certificates) + len(self._issuer_and_serial) + 1024

    def sign(self, digest: bytes) -> bytes:
        """ContentInfo over content with this SHA-256 digest."""
        attributes = sorted((_CONTENT_TYPE, _digest_attribute(digest), self._signing_certificate))
        signer_info = tlv(
            SEQUENCE,
            der.integer(1),
            self._issuer_and_serial,
            _SHA256,
            tlv(CONTEXT_0, *attributes),
            self._algorithm,
            tlv(OCTETS, self._raw(tlv(SET, *attributes))),
        )
        signed_data = tlv(
            SEQUENCE,
            der.integer(1),
            tlv(SET, _SHA256),
            tlv(SEQUENCE, _DATA),
            self._certificates,
            tlv(SET, signer_info),
        )
        return tlv(SEQUENCE, _SIGNED_DATA, tlv(CONTEXT_0, signed_data))

    def _raw(self, message: bytes) -> bytes:
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign_message(message)


def verified(encoded: bytes, digest: bytes) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """The signer's certificate and the others that came along, if the signature holds over this digest; else `BadCms`.

    Says nothing about whom to trust.
    """
    try:
        certificates, info = _parts(encoded)
        version, issuer_and_serial, algorithm, attributes, signature_algorithm, signature = info
        signer = next((one for one in certificates if _names(issuer_and_serial.whole, one)), None)
        if signer is None or version.content != b"\x01" or algorithm.whole != _SHA256:
            raise BadCms("signer info")
        expected = sorted((_CONTENT_TYPE, _digest_attribute(digest), _signing_certificate(signer)))
        if attributes.tag != CONTEXT_0 or not hmac.compare_digest(attributes.content, b"".join(expected)):
            raise BadCms("signed attributes")
        if signature.tag != OCTETS:
            raise BadCms("signer info")
        _check_raw(signer, signature_algorithm.whole, signature.content, tlv(SET, *expected))
    except InvalidSignature as error:
        raise BadCms("signature") from error
    except MalformedDer as error:
        raise BadCms("syntax") from error
    return signer, tuple(one for one in certificates if one != signer)


def _parts(encoded: bytes) -> tuple[tuple[x509.Certificate, ...], list[der.Element]]:
    content_type, wrapped = _exactly(read(encoded, SEQUENCE).children(), 2)
    if content_type.whole != _SIGNED_DATA or wrapped.tag != CONTEXT_0:
        raise BadCms("not signed data")
    version, algorithms, content, certificates, infos = _exactly(read(wrapped.content, SEQUENCE).children(), 5)
    if version.tag != INTEGER or algorithms.whole != tlv(SET, _SHA256) or content.whole != tlv(SEQUENCE, _DATA):
        raise BadCms("not detached data under SHA-256")
    if certificates.tag != CONTEXT_0 or infos.tag != SET:
        raise BadCms("signed data")
    (info,) = _exactly(infos.children(), 1)
    try:
        found = tuple(x509.load_der_x509_certificate(one.whole) for one in certificates.children())
    except ValueError as error:
        raise BadCms("certificate") from error
    return found, _exactly(info.children(), 6)


def _exactly(elements: list[der.Element], count: int) -> list[der.Element]:
    if len(elements) != count:
        raise BadCms("unexpected elements")
    return elements


def _check_raw(signer: x509.Certificate, algorithm: bytes, signature: bytes, message: bytes) -> None:
    key = signer.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey) and algorithm == _ECDSA_SHA256:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    elif isinstance(key, rsa.RSAPublicKey) and algorithm == _RSA_SHA256 and key.key_size >= 2048:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    else:
        raise BadCms("algorithm")


def _names(issuer_and_serial: bytes, certificate: x509.Certificate) -> bool:
    expected = tlv(SEQUENCE, certificate.issuer.public_bytes(), der.integer(certificate.serial_number))
    return issuer_and_serial == expected


def _digest_attribute(digest: bytes) -> bytes:
    return tlv(SEQUENCE, _MESSAGE_DIGEST, tlv(SET, tlv(OCTETS, digest)))


def _signing_certificate(certificate: x509.Certificate) -> bytes:
    """ESS signing-certificate-v2 (RFC 5035) with its default hash, SHA-256: binds the signature to this certificate."""
    fingerprint = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    identifier = tlv(SEQUENCE, tlv(SEQUENCE, tlv(SEQUENCE, tlv(OCTETS, fingerprint))))
    return tlv(SEQUENCE, _SIGNING_CERTIFICATE_V2, tlv(SET, identifier))
