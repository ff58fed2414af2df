"""A sandbox whose cash units are programs of their own: a fee is taken, and goes back, through them."""

from __future__ import annotations

import asyncio
import functools

import pytest
from sandbox_under_test import SandboxUnderTest, Visitor

from itaku.commands.kiosk_page import KioskPage
from itaku.issuance.devices.cash_unit import LineCashUnit
from itaku.issuance.devices.contracts import CashState
from itaku.issuance.devices.device_line import LineSettings
from itaku.issuance.kiosk.screens import State
from itaku.supervisor.plan import Plan
from itaku.supervisor.progress import Silence
from itaku.supervisor.up import start


@pytest.fixture
def apart(open_directory):
    plan = functools.partial(Plan, cash_units_apart=True)
    supervisor = start(open_directory / "var", True, Silence(), make_plan=plan)
    yield SandboxUnderTest(open_directory / "var", supervisor)
    supervisor.stop()


async def money_at(sandbox, issuance_id):
    unit = LineCashUnit(LineSettings(**sandbox.settings("k01")["cash_unit"]))
    status = await unit.status(issuance_id)
    await unit.close()
    return status


async def latest(sandbox, state):
    """The kiosk shows the result before the center has heard of it: it is asked until it has."""
    of_state = "SELECT issuance_id FROM issuance WHERE state = ANY($1::text[]) ORDER BY changed_at DESC LIMIT 1"
    for _ in range(600):
        if rows := await sandbox.center(of_state, state):
            return rows[0]["issuance_id"]
        await asyncio.sleep(0.1)
    raise AssertionError(f"no issuance came to be {state}")


async def test_fees_are_taken_and_given_back_by_the_units_at_their_lines(apart):
    assert {"cash-k01", "cash-k02"} <= apart.supervisor.pids().keys()
    async with KioskPage(apart.page()) as page:
        last = await Visitor(page).visit()
        assert last.state is State.RESULT
        paid = await money_at(apart, await latest(apart, ["delivered", "closed"]))
        assert (paid.state, int(paid.inserted_yen)) == (CashState.BANKED, 300)
        assert not (await apart.stand("GET", "/practice/state"))["cash_condition"]["refund_fault"]

        async def jam(_screen):
            await page.practice("jam", sheet=1)

        await Visitor(page, "r0002", hooks={State.PAYING: jam}).visit()
        back = await money_at(apart, await latest(apart, ["refunded"]))
        assert (back.state, int(back.returned_yen)) == (CashState.REFUNDED, 300)
