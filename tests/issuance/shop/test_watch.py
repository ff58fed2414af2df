"""The shop controller watches its kiosks (S1-A1-4-7): a missing heartbeat is a fault."""

from __future__ import annotations

import pytest

from itaku.basis.clock import FixedClock, InstantMs
from itaku.issuance.protocol import operation_messages as o
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.shop.ledger import Ledger
from itaku.issuance.shop.watch import SILENT_MS, Watch

NOW = InstantMs(1_790_000_000_000)


@pytest.fixture
def shop(tmp_path):
    ledger, clock = Ledger(tmp_path / "shop.sqlite"), FixedClock(NOW)
    yield ledger, clock, Watch("shop-1", "b1", ("k01", "k02"), ledger, clock)
    ledger.close()


def hear(ledger, clock, kiosk):
    ledger.heard(s.Heartbeat(kiosk=kiosk, state="idle", printer=(), at_ms=clock.now()), clock.now())


async def test_a_kiosk_whose_heartbeat_is_missing_is_told_to_operations_until_it_is_back(shop):
    ledger, clock, watch = shop
    clock.advance(SILENT_MS)
    hear(ledger, clock, "k01")
    assert (await watch.status()).faults == ()
    clock.advance(1)
    assert (await watch.status()).faults == (o.Fault("k02", "kiosk-silent"),)
    hear(ledger, clock, "k02")
    assert (await watch.status()).faults == ()
    clock.advance(SILENT_MS + 1)
    assert {fault.machine for fault in (await watch.status()).faults} == {"k01", "k02"}


async def test_after_a_restart_kiosks_have_time_to_speak(shop):
    ledger, clock, _ = shop
    hear(ledger, clock, "k01")
    clock.advance(10 * SILENT_MS)
    again = Watch("shop-1", "b1", ("k01", "k02"), ledger, clock)
    assert again.silent(clock.now()) == []
