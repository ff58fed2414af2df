"""A kiosk whose cash unit is a program of its own: a fee is taken, and goes back, through it."""

from __future__ import annotations

import asyncio

from sandbox_under_test import Visitor

from itaku.commands.kiosk_page import KioskPage
from itaku.issuance.devices.cash_unit import LineCashUnit
from itaku.issuance.devices.contracts import CashState
from itaku.issuance.devices.device_line import LineSettings
from itaku.issuance.kiosk.screens import State

KIOSK = "k02"


async def money_at(sandbox, issuance_id):
    unit = LineCashUnit(LineSettings(**sandbox.settings(KIOSK)["cash_unit"]))
    status = await unit.status(issuance_id)
    await unit.close()
    return status


async def latest(sandbox, state, before):
    """The kiosk shows the result before the center has heard of it: it is asked until it has."""
    of_state = """
        SELECT issuance_id FROM issuance
        WHERE kiosk = $1 AND state = ANY($2::text[]) AND issuance_id <> ALL($3::bytea[])
    """
    for _ in range(600):
        if rows := await sandbox.center(of_state, KIOSK, state, before):
            return rows[0]["issuance_id"]
        await asyncio.sleep(0.1)
    raise AssertionError(f"no issuance came to be {state}")


async def test_fees_are_taken_and_given_back_by_the_unit_at_its_line(sandbox):
    before = [row["issuance_id"] for row in await sandbox.center("SELECT issuance_id FROM issuance")]
    assert "cash-k02" in sandbox.supervisor.pids()
    async with KioskPage(sandbox.page(KIOSK)) as page:
        last = await Visitor(page).visit()
        assert last.state is State.RESULT
        delivered = await latest(sandbox, ["delivered", "closed"], before)
        paid = await money_at(sandbox, delivered)
        assert (paid.state, int(paid.inserted_yen)) == (CashState.BANKED, 300)
        assert not (await sandbox.stand("GET", "/practice/state", KIOSK))["cash_condition"]["refund_fault"]
        await sandbox.take_card_away(KIOSK)

        async def jam(_screen):
            await page.practice("jam", sheet=1)

        await Visitor(page, "r0002", hooks={State.PAYING: jam}).visit()
        back = await money_at(sandbox, await latest(sandbox, ["refunded"], [*before, delivered]))
        assert (back.state, int(back.returned_yen)) == (CashState.REFUNDED, 300)
        await page.practice("jam", sheet=0)
    await sandbox.take_card_away(KIOSK)
