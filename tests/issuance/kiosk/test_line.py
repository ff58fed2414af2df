"""The kiosk's line: only an answer to this very request counts, whatever a relay or shop controller sends."""

from __future__ import annotations

import pytest
from structlog.testing import CapturingLogger

from itaku.issuance.kiosk.line import Line, LineDownError
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.transport.client import PeerClient
from itaku.issuance.transport.identity import Identity, Role, client_context, server_context
from itaku.issuance.transport.server import NodeServer, Route

RELAY = Identity("relay-1", Role.RELAY)
OURS, OTHER = bytes(range(16)), bytes(range(1, 17))
PERMIT = m.Permit(OURS, "k01", digest=bytes(32))


@pytest.fixture
async def line(parts):
    """A line to a relay that answers what the test has put into `says`."""
    says: list[bytes] = []

    async def answer(_peer, _body):
        return says[-1]

    files, ours = parts.pki.node(RELAY.name, RELAY.role), parts.pki.node("k01", Role.KIOSK)
    routes = [Route(path, frozenset({Role.KIOSK}), answer, m.MAX_REQUEST_BYTES) for path in ("/m", "/shop")]
    server = NodeServer(routes, server_context(files.certificate, files.key, parts.pki.ca), CapturingLogger())
    port = await server.start("127.0.0.1", 0)
    tls = client_context(ours.certificate, ours.key, parts.pki.ca)
    async with PeerClient(f"https://127.0.0.1:{port}", RELAY.dns_name, tls) as client:
        made = Line(client, client)
        made.says = says
        yield made
    await server.stop()


async def test_the_answer_to_this_request_counts(line):
    line.says.append(m.encode(m.PermitOk(OURS, "k01")))
    assert await line.ask_center(PERMIT) == m.PermitOk(OURS, "k01")


@pytest.mark.parametrize(
    "answer",
    [
        m.PermitOk(OTHER, "k01"),
        m.PermitOk(OURS, "k02"),
        m.Refused(OTHER, "k01", code="ended"),
        m.Refused(OURS, "k02", code="ended"),
        m.PermitOk(m.NOBODY, "k01"),
    ],
)
async def test_an_answer_about_another_session_is_no_answer(line, answer):
    line.says.append(m.encode(answer))
    with pytest.raises(LineDownError):
        await line.ask_center(PERMIT)


@pytest.mark.parametrize("body", [b"", b"\xff", b"\x81" * 5000, m.encode(PERMIT), b"\xa7PermitOk"])
async def test_bytes_that_are_no_answer_are_no_answer(line, body):
    line.says.append(body)
    with pytest.raises(LineDownError):
        await line.ask_center(PERMIT)
    with pytest.raises(LineDownError):
        await line.ask_shop(s.Assist(kiosk="k01", at_ms=0))


async def test_a_refusal_of_bytes_that_nobody_could_read_is_an_answer(line):
    line.says.append(m.encode(m.Refused(m.NOBODY, "unknown", code="malformed")))
    assert await line.ask_center(PERMIT) == m.Refused(m.NOBODY, "unknown", code="malformed")


async def test_a_cut_line_asks_nobody(line):
    line.says.append(m.encode(m.PermitOk(OURS, "k01")))
    line.down = True
    with pytest.raises(LineDownError):
        await line.ask_center(PERMIT)
