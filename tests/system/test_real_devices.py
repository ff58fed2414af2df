"""A kiosk whose printer speaks IPPS and whose cash unit and register are programs of their own, from card to paper."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt

import pytest
from line_devices import DeviceProgram, person
from real_printer import MISSING, RealPrinter, free_port
from sandbox_under_test import Visitor

from itaku.basis.clock import PracticeClock, to_jst
from itaku.commands.kiosk_page import KioskPage
from itaku.issuance.devices.cash_unit import LineCashUnit
from itaku.issuance.devices.contracts import CashState
from itaku.issuance.devices.register import LineRegister
from itaku.issuance.kiosk.screens import MoneyPlace, State
from itaku.supervisor.settings import write_settings

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
KIOSK, SHOP = "k02", "shop-1"


class Devices:
    """The sandbox's second kiosk with devices of its own, and its shop with a register."""

    def __init__(self, sandbox, folder) -> None:
        self._sandbox = sandbox
        self._kept = {name: self._file(name).read_bytes() for name in (KIOSK, SHOP)}
        for name in ("cash", "register"):
            (folder / name).mkdir()
        self.printer = RealPrinter(counter=1200)
        self._person = folder / "person"
        person_socket = str(self._person)
        self.unit = DeviceProgram("itaku.sandbox.cash_unit", folder / "cash", free_port(), person_socket=person_socket)
        self.pos = DeviceProgram("itaku.sandbox.register", folder / "register", free_port())

    def begin(self) -> None:
        self.printer.start()
        self.unit.begin()
        self.pos.begin()
        printer = {"url": self.printer.settings.url, "certificate": str(self.printer.certificate)}
        self._set(KIOSK, printer=printer, cash_unit=self._line(self.unit))
        self._set(SHOP, register=self._line(self.pos))

    def end(self) -> None:
        for name, kept in self._kept.items():
            self._file(name).write_bytes(kept)
            self._sandbox.supervisor.restart(name)
        self.unit.kill()
        self.pos.kill()
        self.printer.close()

    async def money(self, issuance_id):
        """Where the cash unit says that the money is."""
        unit = LineCashUnit(self.unit.line)
        status = await unit.status(issuance_id)
        await unit.close()
        return status.state

    async def register(self, ask):
        """An answer of the register."""
        register = LineRegister(self.pos.line)
        answer = await ask(register)
        await register.close()
        return answer

    async def visit(self, card="r0001", hooks=None, **wish):
        """A resident who pays at the cash unit of its own. The result's screen, and the issuance id."""
        before = {row["issuance_id"] for row in await self._issuances()}
        async with KioskPage(self._sandbox.page(KIOSK)) as page:
            visitor = Visitor(page, card, hooks={State.PAYING: self._pay, **(hooks or {})}, pays=False, **wish)
            result = await visitor.visit()
        (issuance_id,) = {row["issuance_id"] for row in await self._issuances()} - before
        return result, bytes(issuance_id)

    async def sold(self, issuance_id):
        """The register's receipt, or None while it was not told of a sale."""
        return (await self.register(lambda register: register.booked(issuance_id))).sale_receipt

    async def taken(self, sandbox):
        """Yen of all sales at the register around the practice clock's day."""
        days = _days_around(_practice_now(sandbox))
        return sum([(await self.register(lambda register, day=day: register.day(day))).sales_yen for day in days])

    async def sides(self):
        """Sides that came out of the printer."""
        return self.printer.sides

    async def until(self, ask, wanted):
        """What is asked, once it is as wanted; nodes tell each other in their own time."""
        for _ in range(400):
            answer = await ask()
            if wanted(answer):
                break
            await asyncio.sleep(0.05)
        return answer

    async def _pay(self, _screen) -> None:
        for _ in range(200):
            if await person(self._person, "EXACT"):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the cash unit never asked for money")

    async def _issuances(self):
        return await self._sandbox.center("SELECT issuance_id FROM issuance WHERE kiosk = $1", KIOSK)

    def _set(self, name, **facts) -> None:
        write_settings(self._file(name), {**self._sandbox.settings(name), **facts})
        self._sandbox.supervisor.restart(name)

    def _line(self, program):
        return {"host": program.line.host, "port": program.line.port}

    def _file(self, name):
        return self._sandbox.directory / "settings" / f"{name}.toml"


@pytest.fixture(scope="module")
def fitted(sandbox, tmp_path_factory):
    made = Devices(sandbox, tmp_path_factory.mktemp("devices"))
    made.begin()
    yield made
    made.end()


@pytest.fixture
def devices(fitted):
    fitted.printer.calm()
    return fitted


async def test_a_certificate_is_printed_over_ipps_paid_at_the_unit_and_booked_at_the_register(sandbox, devices):
    before = await devices.taken(sandbox)
    result, issuance_id = await devices.visit(copies=2)
    assert result.outcome.reason is None
    assert result.outcome.money is MoneyPlace.TAKEN
    rows = await sandbox.center("SELECT state, fee_yen FROM issuance WHERE issuance_id = $1", issuance_id)
    assert rows[0]["state"] in {"delivered", "closed"}
    assert devices.printer.sides == 8, "front and back of two sheets, in two copies"
    assert await devices.until(lambda: devices.sold(issuance_id), lambda receipt: receipt is not None)
    assert await devices.taken(sandbox) - before == rows[0]["fee_yen"] == result.outcome.money_yen
    banked = CashState.BANKED
    assert await devices.until(lambda: devices.money(issuance_id), lambda state: state is banked) is banked


def _practice_now(sandbox):
    with contextlib.closing(PracticeClock(sandbox.directory / "clock")) as clock:
        return clock.now()


def _days_around(at_ms):
    today = to_jst(at_ms).date()
    return [today + dt.timedelta(days=days) for days in (-1, 0, 1)]


async def test_a_jam_at_the_ipps_printer_gives_the_money_back_and_sells_nothing(sandbox, devices):
    devices.printer.order("media-jam", at_sheet=2)

    async def clear(_screen):
        devices.printer.clear("media-jam")

    result, issuance_id = await devices.visit(hooks={State.REFUNDING: clear})
    assert result.outcome.reason.code == "paper_jam"
    assert result.outcome.money is MoneyPlace.RETURNED
    assert await devices.money(issuance_id) is CashState.REFUNDED
    assert await devices.sold(issuance_id) is None
    rows = await sandbox.center("SELECT state FROM issuance WHERE issuance_id = $1", issuance_id)
    assert rows[0]["state"] not in {"delivered", "closed"}


async def test_a_printer_that_completes_without_counting_is_not_believed(devices):
    devices.printer.order("uncounted")
    result, issuance_id = await devices.visit()
    # The counter has not moved: what came out is void, and the fee goes back.
    assert result.outcome.reason.code == "printing_unconfirmed"
    assert result.outcome.money is MoneyPlace.RETURNED
    assert await devices.money(issuance_id) is CashState.REFUNDED
    assert await devices.sold(issuance_id) is None


async def test_a_printer_that_loses_power_in_the_middle_is_asked_and_the_money_goes_back(devices):
    devices.printer.order("silence", at_sheet=2)

    async def lose_power(_screen):
        await devices.until(devices.sides, lambda sides: sides == 1)
        await asyncio.to_thread(devices.printer.kill)
        await asyncio.to_thread(devices.printer.start)

    result, issuance_id = await devices.visit(hooks={State.PRINTING: lose_power})
    assert result.outcome.reason.code == "printing_unconfirmed"
    assert result.outcome.money is MoneyPlace.RETURNED
    assert devices.printer.sides == 1, "what may have been printed is not printed again"
    assert await devices.money(issuance_id) is CashState.REFUNDED
