"""An erasure receipt as a file: verified by itself, and worth nothing once a single thing in it is another."""

import base64

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.cli import main
from itaku.commands.receipt import ErasureReceiptFile, ReceiptUnreadableError, verify
from itaku.issuance.protocol.receipts import make_receipt
from itaku.issuance.transport.identity import Role
from itaku.supervisor.pki import Pki

ISSUANCE = IssuanceId(bytes(range(16)))
SESSION = bytes(range(32))
AT = InstantMs(1_795_222_800_000)


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def held(pki):
    files = pki.node("k01", Role.KIOSK)
    key = load_pem_private_key(files.key.read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes()).public_bytes(Encoding.DER)
    receipt = make_receipt(ISSUANCE, "k01", SESSION, AT, key, certificate)
    return ErasureReceiptFile(issuance_id=ISSUANCE, kiosk="k01", session_key_sha256=SESSION, receipt=receipt)


@pytest.fixture
def file(held, tmp_path):
    path = tmp_path / "receipt.json"
    path.write_bytes(msgspec.json.encode(held))
    return path


def test_a_receipt_verifies_with_the_nodes_ca_alone(file, pki, capsys):
    assert main(["receipt", "verify", str(file), "--ca", str(pki.ca)]) == 0
    said = capsys.readouterr().out
    assert "k01" in said
    assert ISSUANCE.hex() in said
    assert "2026-11-21" in said


def changed(held, **parts):
    return msgspec.structs.replace(held, **parts)


@pytest.mark.parametrize(
    "other",
    [
        {"issuance_id": IssuanceId(bytes(16))},
        {"kiosk": "k02"},
        {"session_key_sha256": bytes(32)},
    ],
)
def test_a_receipt_of_something_else_proves_nothing(held, file, pki, other):
    file.write_bytes(msgspec.json.encode(changed(held, **other)))
    verdict, text = verify(file, pki.ca)
    assert not verdict.good
    assert verdict.why_not in text


@pytest.mark.parametrize("part", ["erased_ms", "signature", "certificate"])
def test_a_receipt_changed_in_any_part_proves_nothing(held, file, pki, part, capsys):
    before = getattr(held.receipt, part)
    after = before + 1 if isinstance(before, int) else before[:-1] + bytes([before[-1] ^ 1])
    receipt = msgspec.structs.replace(held.receipt, **{part: after})
    file.write_bytes(msgspec.json.encode(changed(held, receipt=receipt)))
    assert main(["receipt", "verify", str(file), "--ca", str(pki.ca), "--json"]) == 1
    assert msgspec.json.decode(capsys.readouterr().out)["good"] is False


def test_another_ca_did_not_certify_this_kiosk(file, tmp_path):
    verdict, _ = verify(file, Pki(tmp_path / "other").ca)
    assert not verdict.good


def test_a_shop_cannot_sign_a_kiosks_erasure(held, file, pki):
    files = pki.node("k01", Role.SHOP)
    key = load_pem_private_key(files.key.read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes()).public_bytes(Encoding.DER)
    receipt = make_receipt(ISSUANCE, "k01", SESSION, AT, key, certificate)
    file.write_bytes(msgspec.json.encode(changed(held, receipt=receipt)))
    assert not verify(file, pki.ca)[0].good


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", base64.b64encode(bytes(400))])
def test_what_is_no_receipt_is_called_unreadable(file, pki, content):
    file.write_bytes(content)
    with pytest.raises(ReceiptUnreadableError):
        verify(file, pki.ca)
