"""Who may talk to whom: by certificate, role and TLS version, against the running nodes."""

from __future__ import annotations

import datetime as dt
import shutil
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from kiosk_by_hand import CENTER, CITY, RELAY, SHOP, Town, code_of

from itaku.basis.clock import FixedClock, InstantMs, SystemClock
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.transport.client import PeerClient, PeerUnreachableError
from itaku.issuance.transport.identity import Identity, Role, client_context
from itaku.supervisor.pki import NodeFiles, Pki

ALSO_MAY_CALL = {"relay": Role.SHOP}
"""A shop says in its own name that a set is void; what else it may not say is the gate's to refuse."""
ROUTES = {
    "relay": (RELAY, "/m", Role.KIOSK),
    "shop": (SHOP, "/shop", Role.KIOSK),
    "center": (CENTER, "/m", Role.RELAY),
    "municipality": (CITY, "/m", Role.CENTER),
    "feed": (CITY, "/feed", Role.REGISTRY),
}
DAY_MS = 86_400_000


@pytest.fixture
async def town(sandbox):
    town = Town(sandbox)
    yield town
    await town.leave()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", ROUTES)
async def test_only_the_one_role_that_a_route_is_for_may_call_it(town, route, role):
    node, path, caller = ROUTES[route]
    client = town.client(town.files("stranger", role), node)
    body = await client.post(path, b"\x00", 10)
    if role is caller and route == "shop":
        assert s.decode_shop_reply(body) == s.ShopRefused(kiosk="unknown", code="malformed")
    else:
        assert code_of(m.decode_answer(body)) == (
            "malformed" if role in {caller, ALSO_MAY_CALL.get(route)} else "not_allowed"
        )


@pytest.mark.parametrize("route", ROUTES)
async def test_a_refused_role_is_logged_by_its_name(town, route):
    node, path, _ = ROUTES[route]
    wrong = Identity(f"nobody-{route}", Role.SEQUENCER)
    await town.client(town.files(wrong.name, wrong.role), node).post(path, b"\x00", 10)
    log = (town.sandbox.directory / "log" / f"{node[0]}.log").read_text()
    assert "refused_peer" in log
    assert wrong.dns_name in log


@pytest.mark.parametrize("kiosk", ["k01", "k09"])
async def test_the_shop_serves_its_own_kiosks_and_each_in_its_own_name(town, kiosk):
    client = town.client(town.files(kiosk, Role.KIOSK), SHOP)
    message = s.Heartbeat(kiosk="k09" if kiosk == "k09" else "k02", state="idle", printer=(), at_ms=town.now())
    reply = s.decode_shop_reply(await client.post("/shop", s.encode_shop(message), 10))
    assert isinstance(reply, s.ShopRefused)
    assert reply.code == "not_allowed"


# ---- certificates


async def refuses(town: Town, route: str, tls: ssl.SSLContext) -> bool:
    """Whether a node ends the connection with such a client before any answer."""
    node, path, _ = ROUTES[route]
    async with PeerClient(town.url(node), town.dns(node), tls) as client:
        try:
            await client.post(path, b"\x00", 10)
        except PeerUnreachableError:
            return True
    return False


def ours(town: Town, files: NodeFiles) -> ssl.SSLContext:
    """A client context with this certificate that trusts the sandbox's CA."""
    return client_context(files.certificate, files.key, town.pki.ca)


def pki_of_another_time(town: Town, folder, days: int) -> Pki:
    """The sandbox's own CA key at work on another day."""
    folder.mkdir(mode=0o700)
    for name in ("ca.pem", "ca.key"):
        shutil.copy2(town.sandbox.directory / "pki" / name, folder / name)
    return Pki(folder, FixedClock(InstantMs(SystemClock().now() + days * DAY_MS)))


@pytest.mark.parametrize("route", ROUTES)
async def test_without_a_certificate_no_node_answers(town, route):
    tls = ssl.create_default_context(cafile=town.pki.ca)
    assert await refuses(town, route, tls)


@pytest.mark.parametrize("route", ROUTES)
async def test_a_certificate_of_another_ca_of_the_same_name_is_refused(town, route, tmp_path):
    role = ROUTES[route][2]
    other = Pki(tmp_path / "other")
    assert x509.load_pem_x509_certificate(other.ca.read_bytes()).subject == (
        x509.load_pem_x509_certificate(town.pki.ca.read_bytes()).subject
    )
    assert await refuses(town, route, ours(town, other.node("k01", role)))
    assert not await refuses(town, route, ours(town, town.files("k01", role)))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("days", [-400, 400])
async def test_a_certificate_that_is_over_or_has_not_begun_is_refused(town, route, days, tmp_path):
    files = pki_of_another_time(town, tmp_path / "then", days).node("k01", ROUTES[route][2])
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(town.pki.ca.read_bytes()))
    assert await refuses(town, route, ours(town, files))


@pytest.mark.parametrize("route", ROUTES)
async def test_tls_1_2_is_refused(town, route):
    tls = ours(town, town.files("k01", ROUTES[route][2]))
    tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_2
    assert await refuses(town, route, tls)


async def test_a_certificate_for_documents_is_no_certificate_for_nodes(town):
    folder = town.sandbox.directory / "pki"
    signing = NodeFiles(folder / "documents-991015-signing.pem", folder / "documents-991015-signing.key")
    assert await refuses(town, "center", ours(town, signing))


def certificate_of(town: Town, folder, *names: str) -> NodeFiles:
    """A certificate that the sandbox's CA itself signed, with such URIs."""
    ca_key = load_pem_private_key((town.sandbox.directory / "pki" / "ca.key").read_bytes(), None)
    ca = x509.load_pem_x509_certificate(town.pki.ca.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("k01.kiosk.itaku.internal"), *map(x509.UniformResourceIdentifier, names)]
            ),
            critical=True,
        )
    )
    files = NodeFiles(folder / "odd.pem", folder / "odd.key")
    files.certificate.write_bytes(builder.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("urn:other:kiosk:k01",),
        ("urn:itaku:kiosk",),
        ("urn:itaku:kiosk:k01:x",),
        ("urn:itaku:king:k01",),
        ("urn:itaku:kiosk:k01", "urn:itaku:center:k01"),
    ],
)
async def test_a_certificate_that_names_no_role_or_two_may_call_nothing(town, names, tmp_path):
    client = town.client(certificate_of(town, tmp_path, *names), RELAY)
    assert code_of(m.decode_answer(await client.post("/m", b"\x00", 10))) == "not_allowed"


# ---- the other way: a client and a false server


@pytest.mark.parametrize(
    "expects",
    [
        "relay-1.center.itaku.internal",
        "relay-1.shop.itaku.internal",
        "relay-2.relay.itaku.internal",
        "relay-1.relay.itaku.internal.example",
        "127.0.0.1",
    ],
)
async def test_a_server_of_another_role_or_name_is_not_taken_for_the_one_that_was_meant(town, expects):
    client = town.client(town.files("k01", Role.KIOSK), RELAY, expects=expects)
    with pytest.raises(PeerUnreachableError):
        await client.post("/m", b"\x00", 10)


async def test_a_client_takes_no_server_of_another_ca_of_the_same_name(town, tmp_path):
    other = Pki(tmp_path / "other")
    client = town.client(town.files("k01", Role.KIOSK), RELAY, ca=other.ca)
    with pytest.raises(PeerUnreachableError):
        await client.post("/m", b"\x00", 10)
