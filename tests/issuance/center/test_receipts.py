"""Erasure receipts: anyone with the CA's certificate can check one, and nobody can pass another's for it."""

from __future__ import annotations

import datetime as dt
import random

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from itaku.issuance.protocol.digests import session_key_hash
from itaku.issuance.protocol.receipts import ReceiptRefusedError, check_receipt, make_receipt
from itaku.issuance.transport.identity import Role
from itaku.supervisor.pki import Pki

ID, KEY = bytes(range(16)), session_key_hash(b"the session's key")
replace = msgspec.structs.replace


def signed_by(pki: Pki, parts, name: str = "k01", role: Role = Role.KIOSK):
    files = pki.node(name, role)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes()).public_bytes(Encoding.DER)
    return make_receipt(ID, "k01", KEY, parts.now, load_pem_private_key(files.key.read_bytes(), None), certificate)


@pytest.fixture
def ca(parts):
    return x509.load_pem_x509_certificate(parts.pki.ca.read_bytes())


@pytest.fixture
def receipt(parts):
    return signed_by(parts.pki, parts)


def test_a_receipt_holds_with_the_ca_alone(receipt, ca):
    check_receipt(receipt, ID, "k01", KEY, ca)


def refused(receipt, ca, issuance_id=ID, kiosk="k01", key=KEY) -> None:
    with pytest.raises(ReceiptRefusedError):
        check_receipt(receipt, issuance_id, kiosk, key, ca)


def test_a_receipt_holds_for_its_own_session_and_kiosk_only(receipt, ca):
    refused(receipt, ca, issuance_id=bytes(16))
    refused(receipt, ca, kiosk="k02")
    refused(receipt, ca, key=session_key_hash(b"another key"))
    refused(replace(receipt, erased_ms=receipt.erased_ms + 1), ca)
    refused(replace(receipt, session_key_sha256=bytes(32)), ca)


@pytest.mark.parametrize(
    ("name", "role"), [("k02", Role.KIOSK), ("k01", Role.RELAY), ("k01", Role.CENTER), ("center-1", Role.CENTER)]
)
def test_no_other_node_can_sign_for_the_kiosk(parts, ca, name, role):
    refused(signed_by(parts.pki, parts, name, role), ca)


def test_a_ca_of_the_same_name_makes_no_receipts(parts, ca, tmp_path):
    refused(signed_by(Pki(tmp_path / "other"), parts), ca)


# A spoiled serial number is one that the library still reads, with a warning.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_spoiled_certificate_or_signature_is_refused_and_never_anything_else(receipt, ca):
    chance = random.Random(3)
    for _ in range(600):
        certificate = bytearray(receipt.certificate)
        certificate[chance.randrange(len(certificate))] = chance.randrange(256)
        if bytes(certificate) != receipt.certificate:
            refused(replace(receipt, certificate=bytes(certificate)), ca)
    for wrong in (b"x", b"\x30\x00", receipt.certificate[:-1], bytes(8192)):
        refused(replace(receipt, certificate=wrong), ca)
        refused(replace(receipt, signature=wrong[:1024]), ca)


def odd_certificate(parts, ca, key, *, nameless: bool = False) -> bytes:
    """A certificate that the CA itself signed, for another kind of key or without a name."""
    ca_key = load_pem_private_key((parts.pki.ca.parent / "ca.key").read_bytes(), None)
    names = [x509.UniformResourceIdentifier("urn:itaku:kiosk:k01")]
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
    )
    if not nameless:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_certificate_without_a_name_or_with_another_kind_of_key_is_refused(parts, ca, receipt):
    refused(replace(receipt, certificate=odd_certificate(parts, ca, rsa.generate_private_key(65537, 2048))), ca)
    refused(replace(receipt, certificate=odd_certificate(parts, ca, ec.generate_private_key(ec.SECP256R1()))), ca)
    nameless = odd_certificate(parts, ca, ec.generate_private_key(ec.SECP256R1()), nameless=True)
    refused(replace(receipt, certificate=nameless), ca)
