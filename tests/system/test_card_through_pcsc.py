"""A whole issuance with the card read through PC/SC: kiosk, service and virtual reader are processes of their own."""

from __future__ import annotations

import asyncio

import pytest
from pcsc_bench import PcscBench, why_not
from sandbox_under_test import Visitor

from itaku.commands.kiosk_page import KioskPage
from itaku.issuance.kiosk.screens import State

KIOSK = "k02"
WHY_NOT = why_not()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture
def bench(sandbox):
    """A PC/SC service with one reader, which the second kiosk uses instead of its stand's."""
    bench = PcscBench()
    bench.start()
    settings = sandbox.directory / "settings" / f"{KIOSK}.toml"
    before = settings.read_text(encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PCSCLITE_CSOCK_NAME", str(bench.socket))
        settings.write_text(f'pcsc_reader = "Practice"\n{before}', encoding="utf-8")
        sandbox.supervisor.restart(KIOSK)
        yield bench
    settings.write_text(before, encoding="utf-8")
    sandbox.supervisor.restart(KIOSK)
    bench.stop()


async def visited(sandbox, bench, card, **facts):
    """One resident's visit. What the practice stand is told about a card does not reach this kiosk's reader."""

    async def lay(_screen) -> None:
        await asyncio.to_thread(bench.lay, card)

    async with KioskPage(sandbox.page(KIOSK)) as page:
        visitor = Visitor(page, "r0001", hooks={State.READING: lay}, **facts)
        last = await visitor.visit(at_most_s=150)
    await sandbox.take_card_away(KIOSK)
    await asyncio.to_thread(bench.take_away)
    return last.outcome


async def test_cards_through_pcsc_print_a_certificate_a_pulled_one_is_told_and_a_restarted_service_is_found(
    sandbox, bench, town
):
    card = town.card("r0001")
    before = {sheet["name"] for sheet in await sandbox.stand("GET", "/practice/tray", KIOSK)}
    good = await visited(sandbox, bench, card)
    assert good.reason is None
    card.remove_after(3)
    pulled = await visited(sandbox, bench, card)
    assert pulled.reason.code == "card_removed"
    await asyncio.to_thread(bench.kill)
    await asyncio.to_thread(bench.start)
    again = await visited(sandbox, bench, card, pins=("9999", "1234"))
    assert again.reason is None
    assert card.memory.auth_tries == 3  # the right one gave the spent try back
    sheets = [sheet for sheet in await sandbox.stand("GET", "/practice/tray", KIOSK) if sheet["name"] not in before]
    assert len({sheet["job"] for sheet in sheets}) == 2
