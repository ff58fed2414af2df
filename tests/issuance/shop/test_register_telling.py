"""What a shop sold or gave back reaches its register, once, whoever was away in between."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from line_devices import DeviceProgram
from real_printer import free_port
from structlog.testing import CapturingLogger

from itaku.basis.clock import JST, FixedClock, to_instant
from itaku.basis.yen import Yen
from itaku.issuance.devices.register import Booked, DayTotal, LineRegister
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.shop.ledger import Ledger
from itaku.issuance.shop.register_telling import RegisterTelling

DAY = dt.date(2026, 11, 22)
NOW = to_instant(dt.datetime(2026, 11, 22, 12, 0, tzinfo=JST))
ONE, TWO = bytes(16), bytes([1]) * 16
_FACTS = {"kiosk": "k01", "kind": "resident-record", "copies": 2, "fee_yen": Yen(600), "at_ms": NOW}
if "sheets" in s.Book.__struct_fields__:
    _FACTS["sheets"] = 2
SALE = s.Book(issuance_id=ONE, **_FACTS)
CASE = s.CallClerk(
    kiosk="k01",
    issuance_id=TWO,
    case_no="K01-0042",
    reason="cash_fault",
    fee_yen=Yen(300),
    sheets_total=1,
    refund_due=True,
    at_ms=NOW,
)


@pytest.fixture
async def program(tmp_path):
    made = DeviceProgram("itaku.sandbox.register", tmp_path, free_port())
    await made.start()
    yield made
    made.kill()


@pytest.fixture
async def shop(tmp_path, program):
    """(ledger, telling, register)."""
    ledger = Ledger(tmp_path / "shop.sqlite")
    register = LineRegister(program.line)
    telling = RegisterTelling(tmp_path / "shop.sqlite", register, FixedClock(NOW), CapturingLogger())
    yield ledger, telling, register
    await register.close()
    telling.close()
    ledger.close()


async def test_a_sale_is_booked_at_the_register_once(shop):
    ledger, telling, register = shop
    assert await telling.tell()
    ledger.book(SALE)
    for _ in range(2):
        assert await telling.tell()
    assert await register.booked(ONE) == Booked(1)
    assert await register.day(DAY) == DayTotal(1, Yen(600), 0, Yen(0))


async def test_money_that_a_clerk_gave_back_is_a_payout_of_the_drawer(shop):
    ledger, telling, register = shop
    ledger.call(CASE)
    await telling.tell()
    assert await register.booked(TWO) == Booked(None)
    assert ledger.gave_back(TWO, NOW)
    await telling.tell()
    await telling.tell()
    assert await register.booked(TWO) == Booked(None, 1)
    assert await register.day(DAY) == DayTotal(0, Yen(0), 1, Yen(300))


async def test_what_a_register_missed_is_told_when_it_is_back(shop, program):
    ledger, telling, register = shop
    program.kill()
    ledger.book(SALE)
    assert not await telling.tell()
    await program.start()
    assert await telling.tell()
    assert await register.booked(ONE) == Booked(1)


async def test_a_shop_that_forgot_that_it_told_books_nothing_twice(shop):
    ledger, telling, register = shop
    ledger.book(SALE)
    await telling.tell()
    telling._db.execute("DELETE FROM register_told")
    await telling.tell()
    assert await register.day(DAY) == DayTotal(1, Yen(600), 0, Yen(0))


async def test_a_sale_that_the_register_has_otherwise_is_set_aside_for_a_person(shop):
    ledger, telling, register = shop
    other = msgspec.structs.replace(SALE, copies=1, fee_yen=Yen(300))
    ledger.book(SALE)
    await telling.tell()
    telling._db.execute("DELETE FROM register_told")
    telling._db.execute("UPDATE sale SET fee_yen = ?, copies = 1", (other.fee_yen,))
    assert await telling.tell()
    assert telling.contradicted() == [(ONE, "SALE")]
    assert await register.day(DAY) == DayTotal(1, Yen(600), 0, Yen(0))
