"""A practice cash unit as a program of its own: `python -m itaku.sandbox.cash_unit SETTINGS.toml`.

The kiosk speaks to it over a device line. What a person does (coins, faults) comes over a second line of its own, on a
unix socket, so that no kiosk can pay itself.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.devices.cash_unit import KIND
from itaku.issuance.devices.contracts import CashStatus
from itaku.issuance.devices.errors import CashUnitBusyError, DeviceConflictError
from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.settings import read_settings
from itaku.sandbox.line_server import LineServer
from itaku.sandbox.stand.cash import PracticeCashUnit
from itaku.sandbox.stand.memory import DeviceMemory

_FAULTS = {"coin-jam": "coin_jam", "refund-fault": "refund_fault", "lose-reply": "lose_reply"}


class CashUnitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one unit. Paths are absolute."""

    data: str
    """The unit's memory (SQLite)."""
    person_socket: str
    """Unix socket for what a person does, mode 0600: lines `EXACT`, `INSERT YEN`, `FAULT NAME on|off`."""
    host: str = "127.0.0.1"
    port: int = 0


class CashUnitLines:
    """The verbs of both lines over one unit."""

    def __init__(self, unit: PracticeCashUnit) -> None:
        self._unit = unit

    async def kiosk(self, verb: str, words: tuple[str, ...]) -> tuple[str, ...]:
        """What a kiosk asks."""
        asked, key = words[0] if words else "", bytes.fromhex(words[0] if words else "")
        if not 1 <= len(key) <= 32 or len(words) != (2 if verb == "TAKE" else 1):
            raise ValueError("malformed")
        try:
            status = await self._status(verb, key, words[1:])
        except DeviceConflictError:
            return "NO", "conflict"
        except CashUnitBusyError:
            return "NO", "busy"
        return "OK", asked, status.state.value, str(int(status.inserted_yen)), str(int(status.returned_yen))

    async def person(self, verb: str, words: tuple[str, ...]) -> tuple[str, ...]:
        """What a person does; `NO nothing` where it has no effect."""
        match verb, *words:
            case ("EXACT",):
                done = self._unit.pay_exact()
            case "INSERT", yen:
                done = self._unit.insert(int(yen))
            case "FAULT", name, ("on" | "off") as switch if name in _FAULTS:
                condition = msgspec.structs.replace(self._unit.condition, **{_FAULTS[name]: switch == "on"})
                self._unit.set_condition(condition)
                done = True
            case _:
                raise ValueError("malformed")
        return ("OK",) if done else ("NO", "nothing")

    async def _status(self, verb: str, key: bytes, rest: tuple[str, ...]) -> CashStatus:
        unit = self._unit
        match verb:
            case "TAKE":
                fee = int(rest[0])
                if not 0 <= fee <= 1_000_000:
                    raise ValueError("not a fee")
                return await unit.take(key, Yen(fee))
            case "STATE":
                return await unit.status(key)
            case "CANCEL":
                return await unit.cancel(key)
            case "REFUND":
                return await unit.refund(key)
            case "BANK":
                return await unit.bank(key)
            case _:
                raise ValueError("no such verb")


@asynccontextmanager
async def cash_unit(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, CashUnitSettings)
    memory = DeviceMemory(Path(settings.data))
    lines = CashUnitLines(PracticeCashUnit(memory))
    kiosk, person = LineServer(KIND, lines.kiosk), LineServer("person", lines.person)
    await kiosk.start(settings.host, settings.port)
    await person.start_unix(Path(settings.person_socket))
    try:
        yield
    finally:
        await person.stop()
        await kiosk.stop()
        memory.close()


if __name__ == "__main__":
    sys.exit(run_node(cash_unit, sys.argv))
