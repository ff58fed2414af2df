"""The cash unit at the end of its line: each fee is taken once, kept or given back once, whatever dies in between."""

from __future__ import annotations

import asyncio
import random
import signal

import pytest
from line_devices import BadLine, DeviceProgram, again, person
from real_printer import free_port

from itaku.basis.yen import Yen
from itaku.issuance.devices.cash_unit import LineCashUnit
from itaku.issuance.devices.contracts import CashState, CashStatus
from itaku.issuance.devices.device_line import LineSettings
from itaku.issuance.devices.errors import CashUnitBusyError, CashUnitUnreachableError, DeviceConflictError

FEE = Yen(300)
ONE, TWO = bytes(16), bytes([1]) * 16
FAULTS = ["lost", "cut", "damaged"]


class Unit(DeviceProgram):
    def __init__(self, folder) -> None:
        super().__init__("itaku.sandbox.cash_unit", folder, free_port(), person_socket=str(folder / "person"))

    async def does(self, *words: str) -> bool:
        return await person(self.folder / "person", *words)


@pytest.fixture
async def unit(tmp_path):
    program = Unit(tmp_path)
    await program.start()
    yield program
    program.kill()


@pytest.fixture
async def cash(unit):
    driver = LineCashUnit(unit.line)
    yield driver
    await driver.close()


async def test_a_fee_is_put_in_kept_and_banked(unit, cash):
    assert await cash.status(ONE) == CashStatus(CashState.UNKNOWN)
    assert (await cash.take(ONE, FEE)).state is CashState.WAITING
    assert await unit.does("INSERT", "100")
    assert await cash.status(ONE) == CashStatus(CashState.WAITING, Yen(100))
    assert await unit.does("INSERT", "500")
    assert await cash.status(ONE) == CashStatus(CashState.HELD, Yen(600), Yen(300))
    assert (await cash.bank(ONE)).state is CashState.BANKED
    assert (await cash.cancel(ONE)).state is CashState.BANKED


async def test_a_repeated_take_takes_nothing_and_another_fee_is_a_conflict(unit, cash):
    await cash.take(ONE, FEE)
    assert (await cash.take(ONE, FEE)).state is CashState.WAITING
    with pytest.raises(DeviceConflictError):
        await cash.take(ONE, Yen(400))
    with pytest.raises(CashUnitBusyError):
        await cash.take(TWO, FEE)
    assert await unit.does("EXACT")
    assert not await unit.does("EXACT"), "nobody asks for money any more"


async def test_a_refund_that_the_unit_cannot_give_is_a_fault_until_it_can(unit, cash):
    await cash.take(ONE, FEE)
    await unit.does("EXACT")
    await unit.does("FAULT", "refund-fault", "on")
    assert (await cash.refund(ONE)).state is CashState.FAULT
    await unit.does("FAULT", "refund-fault", "off")
    assert await cash.refund(ONE) == CashStatus(CashState.REFUNDED, FEE, FEE)


async def test_a_cancelled_id_is_never_paid_even_if_take_comes_late(cash):
    assert (await cash.cancel(ONE)).state is CashState.CANCELLED
    assert (await cash.take(ONE, FEE)).state is CashState.CANCELLED


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_request_or_answer_lost_on_the_line_is_unreachable_and_may_be_repeated(unit, fault):
    line = BadLine(unit.line)
    cash = LineCashUnit(await line.start(), timeout_s=1.0)
    line.faults = [fault]
    with pytest.raises(CashUnitUnreachableError):
        await cash.take(ONE, FEE)
    assert (await cash.take(ONE, FEE)).state is CashState.WAITING
    await unit.does("EXACT")
    line.faults = [fault]
    with pytest.raises(CashUnitUnreachableError):
        await cash.refund(ONE)
    assert await cash.refund(ONE) == CashStatus(CashState.REFUNDED, FEE, FEE)
    await cash.close()
    await line.stop()


async def test_an_answer_to_an_earlier_question_is_never_taken_for_this_one(unit):
    line = BadLine(unit.line)
    cash = LineCashUnit(await line.start())
    await cash.take(ONE, FEE)
    await unit.does("EXACT")
    line.faults = ["stale"]
    assert (await cash.status(ONE)).state is CashState.HELD
    line.faults = ["stale"]
    assert (await cash.status(TWO)).state is CashState.UNKNOWN
    await cash.close()
    await line.stop()


@pytest.mark.parametrize("when", ["before take", "before money", "before bank", "after bank"])
async def test_a_unit_killed_at_any_point_knows_after_its_start_where_the_money_is(unit, cash, when):
    async def killed(now):
        if when == now:
            unit.kill()
            with pytest.raises(CashUnitUnreachableError):
                await cash.status(ONE)
            await unit.start()

    await killed("before take")
    await cash.take(ONE, FEE)
    await killed("before money")
    assert await unit.does("EXACT")
    await killed("before bank")
    assert await cash.status(ONE) == CashStatus(CashState.HELD, FEE)
    assert (await cash.bank(ONE)).state is CashState.BANKED
    await killed("after bank")
    assert await cash.status(ONE) == CashStatus(CashState.BANKED, FEE)


async def test_a_unit_killed_again_and_again_takes_and_gives_every_fee_once(unit, cash):
    chance = random.Random(20260401)

    async def killer():
        for _ in range(6):
            await asyncio.sleep(chance.uniform(0.02, 0.2))
            unit.kill()
            await unit.start()

    killing = asyncio.create_task(killer())
    number = 0
    while not killing.done() or number < 10:
        key = number.to_bytes(16, "big")
        assert (await again(lambda key=key: cash.take(key, FEE), CashUnitUnreachableError)).state is CashState.WAITING
        if number % 3:
            while (await again(lambda key=key: cash.status(key), CashUnitUnreachableError)).state is CashState.WAITING:
                try:
                    await unit.does("EXACT")
                except (OSError, EOFError):
                    await asyncio.sleep(0.02)
        end = [cash.cancel, cash.refund, cash.bank][number % 3]
        status = await again(lambda key=key, end=end: end(key), CashUnitUnreachableError)
        expected = [
            CashStatus(CashState.CANCELLED),
            CashStatus(CashState.REFUNDED, FEE, FEE),
            CashStatus(CashState.BANKED, FEE),
        ]
        assert status == expected[number % 3]
        number += 1
    await killing
    for done in range(number):
        status = await again(lambda done=done: cash.status(done.to_bytes(16, "big")), CashUnitUnreachableError)
        assert status == expected[done % 3]


async def test_a_unit_that_hangs_is_unreachable_in_bounded_time_and_is_found_again(unit):
    cash = LineCashUnit(unit.line, timeout_s=0.5)
    unit.signal(signal.SIGSTOP)
    with pytest.raises(CashUnitUnreachableError):
        await cash.take(ONE, FEE)
    unit.signal(signal.SIGCONT)
    assert (await again(lambda: cash.take(ONE, FEE), CashUnitUnreachableError)).state is CashState.WAITING
    await cash.close()


async def test_another_device_in_the_cash_units_socket_is_asked_nothing(tmp_path):
    register = DeviceProgram("itaku.sandbox.register", tmp_path, free_port())
    await register.start()
    cash = LineCashUnit(register.line)
    with pytest.raises(CashUnitUnreachableError):
        await cash.take(ONE, FEE)
    register.kill()
    with pytest.raises(CashUnitUnreachableError):
        await LineCashUnit(LineSettings("127.0.0.1", free_port())).status(ONE)
