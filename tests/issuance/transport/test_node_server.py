"""One server and one client over real TLS on loopback: limits, faults of our own, false servers."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from structlog.testing import CapturingLogger

from itaku.basis.clock import FixedClock, InstantMs, SystemClock
from itaku.issuance.protocol import messages as m
from itaku.issuance.transport.build import RUNNING_BUILD, BuildNotApprovedError, require_approved
from itaku.issuance.transport.client import PeerBuildError, PeerClient, PeerUnreachableError
from itaku.issuance.transport.identity import Identity, Role, client_context, identity_of, server_context
from itaku.issuance.transport.server import NodeServer, Route
from itaku.supervisor.pki import NodeFiles, Pki

K01, RELAY = Identity("k01", Role.KIOSK), Identity("relay-1", Role.RELAY)


class Hop:
    """A server with one route, and clients to it."""

    def __init__(self, folder):
        self.pki = Pki(folder / "pki")
        self.log = CapturingLogger()
        self.got = []
        self._open = []

    def files(self, who: Identity) -> NodeFiles:
        return self.pki.node(who.name, who.role)

    async def serve(self, handler=None, files: NodeFiles | None = None, max_bytes: int = 1000, **build) -> int:
        files = files or self.files(RELAY)

        async def keep(peer, body):
            self.got.append((peer, body))
            return b"ok" + body

        route = Route("/m", frozenset({Role.KIOSK}), handler or keep, max_bytes)
        tls = server_context(files.certificate, files.key, self.pki.ca)
        server = NodeServer([route, route._replace(path="/large", max_bytes=50_000)], tls, self.log, **build)
        self._open.append(server.stop)
        return await server.start("127.0.0.1", 0)

    def client(self, port: int, who: Identity = K01, **build) -> PeerClient:
        files = self.files(who)
        tls = client_context(files.certificate, files.key, self.pki.ca)
        client = PeerClient(f"https://127.0.0.1:{port}", RELAY.dns_name, tls, **build)
        self._open.append(client.close)
        return client

    async def false_server(self, answer: bytes, files: NodeFiles | None = None) -> int:
        """Speaks TLS rightly and HTTP as it likes, then hangs up."""
        files = files or self.files(RELAY)

        async def speak(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            writer.close()

        tls = server_context(files.certificate, files.key, self.pki.ca)
        server = await asyncio.start_server(speak, "127.0.0.1", 0, ssl=tls)

        async def stop():
            server.close()
            await server.wait_closed()

        self._open.append(stop)
        return server.sockets[0].getsockname()[1]

    async def end(self):
        for stop in reversed(self._open):
            await stop()


@pytest.fixture
async def hop(tmp_path):
    hop = Hop(tmp_path)
    yield hop
    await hop.end()


def code(body: bytes) -> str:
    answer = m.decode_answer(body)
    assert isinstance(answer, m.Refused)
    assert answer.issuance_id == m.NOBODY
    return answer.code


async def test_a_handler_learns_who_called_from_the_certificate(hop):
    assert await hop.client(await hop.serve()).post("/m", b"x", 5) == b"okx"
    assert hop.got == [(K01, b"x")]


async def test_another_role_is_refused_before_anything_is_read(hop):
    port = await hop.serve()
    assert code(await hop.client(port, Identity("c", Role.CENTER)).post("/m", b"x", 5)) == "not_allowed"
    assert hop.got == []


async def test_a_peer_of_a_build_that_is_not_approved_is_refused_before_anything_is_read(hop):
    port = await hop.serve(approved_builds=("itaku-2",))
    assert await hop.client(port, build="itaku-2").post("/m", b"x", 5) == b"okx"
    for other in ("itaku-1", ""):
        assert code(await hop.client(port, build=other).post("/m", b"y", 5)) == "build_not_approved"
    assert hop.got == [(K01, b"x")]
    assert [call.args[0] for call in hop.log.calls] == ["peer_build_refused"] * 2


async def test_what_a_peer_of_a_build_that_is_not_approved_answers_is_not_used(hop):
    port = await hop.serve(build="itaku-1")
    assert await hop.client(port, approved_builds=("itaku-1",)).post("/m", b"x", 5) == b"okx"
    with pytest.raises(PeerBuildError) as caught:
        await hop.client(port, approved_builds=("itaku-2",)).post("/m", b"x", 5)
    assert caught.value.code == "build_not_approved"


async def test_a_program_says_its_own_build_unasked(hop):
    port = await hop.serve(approved_builds=(RUNNING_BUILD,))
    assert await hop.client(port, approved_builds=(RUNNING_BUILD,)).post("/m", b"x", 5) == b"okx"


def test_a_server_whose_own_build_is_not_approved_does_not_start():
    require_approved(("itaku-0", RUNNING_BUILD))
    with pytest.raises(BuildNotApprovedError):
        require_approved(("itaku-0",))


async def test_each_route_has_its_own_limit(hop):
    client = hop.client(await hop.serve(max_bytes=1000))
    assert await client.post("/m", bytes(1000), 5) == b"ok" + bytes(1000)
    assert code(await client.post("/m", bytes(1001), 5)) == "too_large"
    assert await client.post("/large", bytes(50_000), 5) == b"ok" + bytes(50_000)
    assert code(await client.post("/large", bytes(50_001), 5)) == "too_large"


async def test_a_fault_of_our_own_is_answered_by_a_code_and_logged_without_its_words(hop):
    async def fails(_peer, _body):
        raise RuntimeError("row of 山田 太郎")

    assert code(await hop.client(await hop.serve(fails)).post("/m", b"x", 5)) == "internal"
    (logged,) = hop.log.calls
    assert logged.args == ("internal",)
    assert logged.kwargs["error"] == "RuntimeError"
    assert logged.kwargs["at"][-1].startswith("test_node_server.py:")
    assert "山田" not in str(logged)


async def test_after_a_refusal_the_same_connection_serves_on(hop):
    client = hop.client(await hop.serve())
    for _ in range(3):
        assert code(await client.post("/m", bytes(1001), 5)) == "too_large"
        assert await client.post("/m", b"y", 5) == b"oky"


@pytest.mark.parametrize(
    "who", [Identity("relay-1", Role.CENTER), Identity("relay-1", Role.KIOSK), Identity("relay-2", Role.RELAY)]
)
async def test_a_client_does_not_speak_to_a_server_of_another_role_or_name(hop, who):
    port = await hop.serve(files=hop.files(who))
    with pytest.raises(PeerUnreachableError):
        await hop.client(port).post("/m", b"secret", 5)
    assert hop.got == []


async def test_a_client_does_not_speak_to_a_server_of_another_ca_of_the_same_name(hop, tmp_path):
    port = await hop.serve(files=Pki(tmp_path / "other").node(RELAY.name, RELAY.role))
    with pytest.raises(PeerUnreachableError):
        await hop.client(port).post("/m", b"secret", 5)
    assert hop.got == []


async def test_a_client_does_not_speak_to_a_server_whose_certificate_is_over(hop, tmp_path):
    old = tmp_path / "old"
    old.mkdir(mode=0o700)
    for name in ("ca.pem", "ca.key"):
        (old / name).write_bytes((hop.pki.ca.parent / name).read_bytes())
        (old / name).chmod(0o600)
    then = FixedClock(InstantMs(SystemClock().now() - 400 * 86_400_000))
    port = await hop.serve(files=Pki(old, then).node(RELAY.name, RELAY.role))
    with pytest.raises(PeerUnreachableError):
        await hop.client(port).post("/m", b"secret", 5)
    assert hop.got == []


async def test_a_server_that_would_fall_back_to_tls_1_2_is_not_spoken_to(hop):
    files = hop.files(RELAY)
    tls = server_context(files.certificate, files.key, hop.pki.ca)
    tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_2
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=tls)
    try:
        with pytest.raises(PeerUnreachableError):
            await hop.client(server.sockets[0].getsockname()[1]).post("/m", b"x", 5)
    finally:
        server.close()
        await server.wait_closed()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no HTTP at all\r\n\r\n",
        HEAD + b"Content-Length: 10\r\n\r\nshort",
        HEAD + b"Content-Length: 99999\r\n\r\n" + bytes(99_999),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1869f\r\n" + bytes(99_999) + b"\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhal",
        HEAD + b"\r\nof unsaid length",
    ],
    ids=["nothing", "garbage", "cut off", "too long", "too long in chunks", "cut off in chunks", "until the end"],
)
async def test_an_answer_that_does_not_come_whole_is_no_answer(hop, answer):
    client = hop.client(await hop.false_server(answer))
    with pytest.raises(PeerUnreachableError):
        await client.post("/m", b"x", 5, max_answer=1000)


async def test_a_silent_server_is_given_up_at_the_deadline(hop):
    async def silent(_peer, _body):
        await asyncio.sleep(3600)
        return b""

    client = hop.client(await hop.serve(silent))
    with pytest.raises(PeerUnreachableError):
        await client.post("/m", b"x", 0.2)


async def test_a_redirect_is_not_followed(hop):
    elsewhere = await hop.serve()
    moved = f"HTTP/1.1 307 Moved\r\nLocation: https://127.0.0.1:{elsewhere}/m\r\nContent-Length: 0\r\n\r\n"
    assert await hop.client(await hop.false_server(moved.encode())).post("/m", b"x", 5) == b""
    assert hop.got == []


@pytest.mark.parametrize(
    "certificate",
    [
        None,
        {},
        {"subjectAltName": ()},
        {"subjectAltName": (("DNS", "urn:itaku:kiosk:k01"),)},
        {"subjectAltName": (("URI", "urn:itaku:kiosk:k01"), ("URI", "urn:itaku:kiosk:k02"))},
        {"subjectAltName": (("URI", "urn:itaku:root:k01"),)},
        {"subjectAltName": (("URI", "xurn:itaku:kiosk:k01"),)},
    ],
)
def test_no_identity_is_read_from_a_certificate_that_does_not_name_exactly_one(certificate):
    assert identity_of(certificate) is None
