"""Certificates and keys of a development installation: roles, renewal, and keys that are never overwritten."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from itaku.basis.clock import FixedClock, SystemClock
from itaku.issuance.transport.identity import Role, client_context, identity_of, server_context
from itaku.supervisor.failures import StartError
from itaku.supervisor.pki import Pki

DAY_MS = 86_400_000


def certificate(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


async def greet(pki, server, client, expected_name):
    """One TLS connection; answers who each side found at the other end."""
    seen = []

    async def answer(reader, writer):
        seen.append(identity_of(writer.get_extra_info("peercert")))
        writer.write(await reader.readexactly(2))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_context(*pki.node(*server), pki.ca))
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        context = client_context(*pki.node(*client), pki.ca)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=expected_name)
        writer.write(b"hi")
        assert await reader.readexactly(2) == b"hi"
        writer.close()
        await writer.wait_closed()
    return seen


async def test_two_nodes_meet_over_tls_and_know_each_others_name_and_role(tmp_path):
    pki = Pki(tmp_path / "pki")
    seen = await greet(pki, ("relay-1", Role.RELAY), ("k01", Role.KIOSK), "relay-1.relay.itaku.internal")
    assert [(peer.name, peer.role) for peer in seen] == [("k01", Role.KIOSK)]


async def test_a_node_of_another_role_is_not_taken_for_the_relay(tmp_path):
    pki = Pki(tmp_path / "pki")
    with pytest.raises(ssl.SSLCertVerificationError):
        await greet(pki, ("relay-1", Role.KIOSK), ("k01", Role.KIOSK), "relay-1.relay.itaku.internal")


def test_a_nodes_certificate_is_for_client_and_server_for_397_days(tmp_path):
    pki = Pki(tmp_path / "pki")
    leaf = certificate(pki.node("k01", Role.KIOSK).certificate)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["k01.kiosk.itaku.internal"]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["urn:itaku:kiosk:k01"]
    purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(purposes) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    left = leaf.not_valid_after_utc - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=396) < left <= dt.timedelta(days=397)
    leaf.verify_directly_issued_by(certificate(pki.ca))


def test_a_second_start_changes_nothing(tmp_path):
    def everything():
        pki = Pki(tmp_path / "pki")
        pki.node("k01", Role.KIOSK)
        pki.documents("991015", "汐見市", "汐見市長")
        pki.code("991015")
        pki.signing("challenge")
        pki.secret("journal-k01")
        return {path: path.read_bytes() for path in (tmp_path / "pki").rglob("*") if path.is_file()}

    assert everything() == everything()


def test_keys_are_readable_by_their_owner_alone(tmp_path):
    pki = Pki(tmp_path / "pki")
    pki.node("k01", Role.KIOSK)
    pki.documents("991015", "汐見市", "汐見市長")
    pki.code("991015")
    pki.signing("challenge")
    pki.secret("journal-k01")
    secret = [path for path in (tmp_path / "pki").rglob("*") if path.suffix in {".key", ".secret"}]
    assert len(secret) == 8
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}
    assert (tmp_path / "pki").stat().st_mode & 0o777 == 0o700


def test_a_secret_that_is_renamed_is_made_afresh_and_still_found(tmp_path):
    pki = Pki(tmp_path / "pki")
    old = pki.secret("desk-codes")
    content = old.read_bytes()
    assert pki.secrets_before("desk-codes") == ()
    old.rename(old.with_name("desk-codes-before.secret"))
    assert pki.secret("desk-codes").read_bytes() != content
    (kept,) = pki.secrets_before("desk-codes")
    assert Path(kept).read_bytes() == content


def test_a_certificate_near_its_end_is_renewed_for_the_same_key(tmp_path):
    clock = FixedClock(SystemClock().now())
    pki = Pki(tmp_path / "pki", clock)
    files = pki.node("k01", Role.KIOSK)
    first, key = certificate(files.certificate), files.key.read_bytes()
    clock.advance(300 * DAY_MS)
    assert certificate(pki.node("k01", Role.KIOSK).certificate) == first
    clock.advance(70 * DAY_MS)
    renewed = certificate(pki.node("k01", Role.KIOSK).certificate)
    assert renewed.not_valid_after_utc - first.not_valid_after_utc >= dt.timedelta(days=369)
    assert renewed.public_key() == first.public_key()
    assert files.key.read_bytes() == key


def test_the_document_certificate_signs_documents_and_nothing_else(tmp_path):
    files = Pki(tmp_path / "pki").documents("991015", "汐見市", "汐見市長")
    leaf, anchor = certificate(files.certificate), certificate(files.anchor)
    (issuing,) = x509.load_pem_x509_certificates(files.chain.read_bytes())
    leaf.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(anchor)
    assert issuing.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not any((usage.key_cert_sign, usage.key_agreement, usage.key_encipherment))
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    limits = anchor.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert limits.ca
    assert limits.path_length == 1


def test_the_document_anchor_is_not_the_nodes_ca(tmp_path):
    pki = Pki(tmp_path / "pki")
    anchor = certificate(pki.documents("991015", "汐見市", "汐見市長").anchor)
    assert anchor.public_key() != certificate(pki.ca).public_key()


def test_a_damaged_key_stops_the_start_and_is_not_overwritten(tmp_path):
    pki = Pki(tmp_path / "pki")
    key = pki.node("k01", Role.KIOSK).key
    key.write_bytes(b"damaged")
    with pytest.raises(StartError, match="damaged"):
        pki.node("k01", Role.KIOSK)
    assert key.read_bytes() == b"damaged"


def test_a_key_that_others_can_read_is_refused(tmp_path):
    pki = Pki(tmp_path / "pki")
    pki.signing("challenge").key.chmod(0o644)
    with pytest.raises(StartError, match="readable by others"):
        pki.signing("challenge")
