"""Receipts that nodes sign with their own keys: a kiosk for an erasure (消去の証), a shop for a void set (無効の証)."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from itaku.basis.canonical import canonical_bytes
from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.issuance.protocol.messages import Receipt, VoidReceipt

_DOMAIN = b"itaku/erasure/v1\x00"
_VOID_DOMAIN = b"itaku/void/v1\x00"
_UNREADABLE = (
    ValueError,
    TypeError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
)


class ReceiptRefusedError(Exception):
    """The receipt does not prove what it says."""


def make_receipt(
    issuance_id: IssuanceId,
    kiosk: str,
    session_key_sha256: bytes,
    at: InstantMs,
    key: ec.EllipticCurvePrivateKey,
    certificate_der: bytes,
) -> Receipt:
    """Signs the statement with the kiosk's own node key."""
    signed = _signed_bytes(issuance_id, kiosk, session_key_sha256, at)
    return Receipt(
        session_key_sha256=session_key_sha256,
        erased_ms=at,
        signature=key.sign(signed, ec.ECDSA(hashes.SHA256())),
        certificate=certificate_der,
    )


def check_receipt(
    receipt: Receipt, issuance_id: IssuanceId, kiosk: str, session_key_sha256: bytes, ca: x509.Certificate
) -> None:
    """Returns if this kiosk, certified by `ca`, signed the erasure of exactly this session; needs no server."""
    if receipt.session_key_sha256 != session_key_sha256:
        raise ReceiptRefusedError("another session's key")
    signed = _signed_bytes(issuance_id, kiosk, session_key_sha256, InstantMs(receipt.erased_ms))
    _check_signature(receipt, f"urn:itaku:kiosk:{kiosk}", signed, ca)


def make_void_receipt(
    issuance_id: IssuanceId,
    kiosk: str,
    shop: str,
    sheets: int,
    at: InstantMs,
    key: ec.EllipticCurvePrivateKey,
    certificate_der: bytes,
) -> VoidReceipt:
    """Signs with the shop's own key that all `sheets` of the set were taken back and marked 返金済・無効 (S1-8-1)."""
    signed = _void_bytes(issuance_id, kiosk, shop, sheets, at)
    return VoidReceipt(
        sheets=sheets,
        voided_ms=at,
        signature=key.sign(signed, ec.ECDSA(hashes.SHA256())),
        certificate=certificate_der,
    )


def check_void_receipt(
    receipt: VoidReceipt, issuance_id: IssuanceId, kiosk: str, shop: str, ca: x509.Certificate
) -> None:
    """Returns if this shop, certified by `ca`, signed that exactly this set is void; else `ReceiptRefusedError`."""
    signed = _void_bytes(issuance_id, kiosk, shop, receipt.sheets, InstantMs(receipt.voided_ms))
    _check_signature(receipt, f"urn:itaku:shop:{shop}", signed, ca)


def _check_signature(receipt: Receipt | VoidReceipt, signer: str, signed: bytes, ca: x509.Certificate) -> None:
    try:
        certificate = x509.load_der_x509_certificate(receipt.certificate)
        certificate.verify_directly_issued_by(ca)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        public = certificate.public_key()
    except _UNREADABLE as error:
        raise ReceiptRefusedError("not a node of this system") from error
    if not receipt.certificate.endswith(b"\x00" + certificate.signature):
        # The count of unused bits before the signature is the one byte that nobody signs: only zero is DER here.
        raise ReceiptRefusedError("not the certificate as it was issued")
    if signer not in names.get_values_for_type(x509.UniformResourceIdentifier):
        raise ReceiptRefusedError("another node")
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise ReceiptRefusedError("not a node's key")
    try:
        public.verify(receipt.signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise ReceiptRefusedError("signature") from error


def _signed_bytes(issuance_id: IssuanceId, kiosk: str, session_key_sha256: bytes, at: InstantMs) -> bytes:
    return _DOMAIN + canonical_bytes(
        {"issuance_id": issuance_id, "kiosk": kiosk, "session_key_sha256": session_key_sha256, "erased_ms": at}
    )


def _void_bytes(issuance_id: IssuanceId, kiosk: str, shop: str, sheets: int, at: InstantMs) -> bytes:
    return _VOID_DOMAIN + canonical_bytes(
        {"issuance_id": issuance_id, "kiosk": kiosk, "shop": shop, "sheets": sheets, "voided_ms": at}
    )
