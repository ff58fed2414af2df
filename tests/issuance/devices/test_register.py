"""The shop's register at the end of its line: every sale and payout has one receipt, however often it is told."""

from __future__ import annotations

import asyncio
import datetime as dt
import random

import msgspec
import pytest
from line_devices import BadLine, DeviceProgram, again
from real_printer import free_port

from itaku.basis.clock import JST, InstantMs, to_instant
from itaku.basis.yen import Yen
from itaku.issuance.devices.errors import DeviceConflictError, RegisterUnreachableError
from itaku.issuance.devices.register import Booked, DayTotal, LineRegister, Sale

DAY = dt.date(2026, 11, 22)
LATE = to_instant(dt.datetime(2026, 11, 22, 23, 59, 59, tzinfo=JST))
SALE = Sale(bytes(16), "k01", "resident-record", 2, Yen(600), LATE)


@pytest.fixture
async def program(tmp_path):
    made = DeviceProgram("itaku.sandbox.register", tmp_path, free_port())
    await made.start()
    yield made
    made.kill()


@pytest.fixture
async def register(program):
    driver = LineRegister(program.line)
    yield driver
    await driver.close()


async def test_a_sale_told_three_times_has_one_receipt(register):
    assert await register.booked(SALE.id) == Booked(None)
    for _ in range(3):
        assert await register.book(SALE) == Booked(1)
    assert await register.day(DAY) == DayTotal(1, Yen(600), 0, Yen(0))


async def test_money_given_back_from_the_drawer_has_a_receipt_of_its_own(register):
    await register.book(SALE)
    assert await register.pay_out(SALE.id, Yen(600), LATE) == Booked(1, 2)
    assert await register.pay_out(SALE.id, Yen(600), LATE) == Booked(1, 2)
    assert await register.day(DAY) == DayTotal(1, Yen(600), 1, Yen(600))


@pytest.mark.parametrize("change", [{"fee_yen": Yen(300)}, {"copies": 1}, {"kiosk": "k02"}, {"kind": "seal"}])
async def test_other_facts_under_the_same_id_are_a_conflict_and_change_nothing(register, change):
    await register.book(SALE)
    with pytest.raises(DeviceConflictError):
        await register.book(msgspec.structs.replace(SALE, **change))
    assert await register.day(DAY) == DayTotal(1, Yen(600), 0, Yen(0))


async def test_a_sale_counts_on_its_own_day_in_japan(register):
    await register.book(SALE)
    await register.book(msgspec.structs.replace(SALE, id=bytes([1]) * 16, at_ms=InstantMs(LATE + 1000)))
    assert (await register.day(DAY)).sales == 1
    assert (await register.day(DAY + dt.timedelta(days=1))).sales == 1


@pytest.mark.parametrize("fault", ["lost", "cut", "damaged"])
async def test_what_is_lost_on_the_line_is_told_again_and_booked_once(program, fault):
    line = BadLine(program.line)
    register = LineRegister(await line.start(), timeout_s=1.0)
    line.faults = [fault]
    with pytest.raises(RegisterUnreachableError):
        await register.book(SALE)
    assert await register.book(SALE) == Booked(1)
    assert await register.day(DAY) == DayTotal(1, Yen(600), 0, Yen(0))
    await register.close()
    await line.stop()


async def test_a_register_killed_again_and_again_books_every_sale_once(program, register):
    chance = random.Random(7)

    async def killer():
        for _ in range(5):
            await asyncio.sleep(chance.uniform(0.02, 0.2))
            program.kill()
            await program.start()

    killing = asyncio.create_task(killer())
    receipts = []
    while not killing.done() or len(receipts) < 20:
        sale = msgspec.structs.replace(SALE, id=len(receipts).to_bytes(16, "big"))
        receipts.append((await again(lambda sale=sale: register.book(sale), RegisterUnreachableError)).sale_receipt)
    await killing
    assert len(set(receipts)) == len(receipts)
    assert (await again(lambda: register.day(DAY), RegisterUnreachableError)).sales == len(receipts)
