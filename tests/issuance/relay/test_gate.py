"""What the relay lets through, and what it remembers."""

from __future__ import annotations

import apsw
import pytest
from structlog.testing import CapturingLogger

from itaku.basis.clock import FixedClock, InstantMs
from itaku.issuance.protocol import messages as m
from itaku.issuance.relay.node import RelayNode
from itaku.issuance.relay.passage import Gate
from itaku.issuance.relay.passage_log import PassageLog
from itaku.issuance.transport.client import PeerClient
from itaku.issuance.transport.identity import Identity, Role, client_context
from itaku.supervisor.pki import Pki

K01 = Identity("k01", Role.KIOSK)
NOW = InstantMs(1_790_000_000_000)


def permit(kiosk: str = "k01", number: int = 1) -> bytes:
    return m.encode(m.Permit(number.to_bytes(16, "big"), kiosk, digest=bytes(32)))


def verdict(gate: Gate, body: bytes, now: int = NOW, peer: Identity = K01) -> str:
    request, refused = gate.check(peer, body, InstantMs(now))
    assert (request is None) is (refused is not None)
    return "" if refused is None else refused.code


def test_a_kiosks_own_message_passes():
    assert verdict(Gate(10), permit()) == ""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed"),
        (b"\xff" * 99, "malformed"),
        (b"\x81" * 9000, "malformed"),
        (permit("k02"), "not_allowed"),
        (m.encode(m.Outcome(bytes(16), "k01", municipality="991015", delivered=True)), "not_allowed"),
    ],
)
def test_what_is_no_message_of_this_kiosk_does_not_pass(body, code):
    assert verdict(Gate(10), body) == code


def test_one_kiosk_that_floods_is_slowed_and_no_other():
    gate = Gate(5)
    assert [verdict(gate, permit(number=n), NOW + n) for n in range(7)] == [""] * 5 + ["busy"] * 2
    assert verdict(gate, permit("k02"), NOW + 8, Identity("k02", Role.KIOSK)) == ""
    assert verdict(gate, permit(), NOW + 60_001) == ""


def test_rubbish_does_not_use_up_a_kiosks_room():
    gate = Gate(2)
    for _ in range(50):
        assert verdict(gate, b"\xff") == "malformed"
    assert verdict(gate, permit()) == ""


def test_a_clock_that_was_set_back_does_not_lock_a_kiosk_out():
    gate = Gate(1)
    assert verdict(gate, permit(), NOW + 3_600_000) == ""
    assert verdict(gate, permit(), NOW) == ""


async def test_without_a_center_the_kiosk_is_told_and_the_log_says_who_and_how_much_but_not_what(tmp_path):
    pki = Pki(tmp_path / "pki")
    files = pki.node("relay-1", Role.RELAY)
    passages = PassageLog(tmp_path / "relay.sqlite")
    nobody = PeerClient(
        "https://127.0.0.1:1", "center-1.center.itaku.internal", client_context(files.certificate, files.key, pki.ca)
    )
    async with nobody as center:
        relay = RelayNode(center, Gate(10), passages, FixedClock(NOW), CapturingLogger())
        body = m.encode(m.Abandon((7).to_bytes(16, "big"), "k01", reason="cancelled"))
        answer = m.decode_answer(await relay.receive(K01, body))
        assert isinstance(answer, m.Refused)
        assert (answer.code, answer.issuance_id[-1]) == ("center_unavailable", 7)
        await relay.receive(K01, b"\xff")
        await passages.write()
    passages.close()
    rows = apsw.Connection(str(tmp_path / "relay.sqlite")).execute("SELECT * FROM passage").fetchall()
    sizes = (len(body), len(m.encode(answer)))
    assert rows[0] == (NOW, "k01", (7).to_bytes(16, "big"), "Abandon", *sizes, "center_unavailable")
    assert rows[1][3:5] == ("", 1)
    assert rows[1][-1] == "malformed"


def void(shop: str = "shop-1") -> bytes:
    receipt = m.VoidReceipt(sheets=1, voided_ms=NOW, signature=b"s", certificate=b"c")
    return m.encode(m.Void(bytes(16), "k01", shop=shop, reason="misprint", receipt=receipt))


def test_a_shop_says_that_a_set_is_void_in_its_own_name_and_nothing_else():
    shop = Identity("shop-1", Role.SHOP)
    assert verdict(Gate(10), void(), peer=shop) == ""
    assert verdict(Gate(10), void("shop-2"), peer=shop) == "not_allowed"
    assert verdict(Gate(10), permit("shop-1"), peer=shop) == "not_allowed"
    assert verdict(Gate(10), void()) == "not_allowed", "a kiosk makes no set void"
