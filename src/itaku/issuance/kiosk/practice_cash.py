"""The person at a practice cash unit that is a program of its own: coins and faults, over the unit's second line."""

from __future__ import annotations

import asyncio
from typing import Any

from itaku.issuance.devices.contracts import CashState, CashUnit
from itaku.issuance.devices.device_line import DamagedLineError, read_line, write_line
from itaku.issuance.devices.errors import CashUnitUnreachableError, DeviceConflictError

_PATIENCE_S = 5.0
CONTROLS = frozenset({"coin", "exact", "refund-fault"})
"""The page's controls that are about money."""


class PersonAtCashUnit:
    """What a person does at the unit, and where it says that money is. The kiosk's own line cannot do the former."""

    def __init__(self, person_socket: str, unit: CashUnit) -> None:
        self._socket = person_socket
        self._unit = unit
        self.refund_fault = False

    async def act(self, what: str, said: dict[str, Any]) -> None:
        """One of `CONTROLS`; `DeviceConflictError` where it has no effect, `CashUnitUnreachableError` where none is."""
        switch = bool(said.get("on"))
        words = {
            "coin": ("INSERT", str(int(said.get("yen", 0)))),
            "exact": ("EXACT",),
            "refund-fault": ("FAULT", "refund-fault", "on" if switch else "off"),
        }[what]
        if not await self._say(*words):
            raise DeviceConflictError("it has no effect now")
        if what == "refund-fault":
            self.refund_fault = switch

    async def state(self, job: str) -> CashState:
        """Where the money of a job is, as the unit says on the kiosk's line."""
        return (await self._unit.status(bytes.fromhex(job))).state

    async def _say(self, *words: str) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                reader, writer = await asyncio.open_unix_connection(self._socket)
                try:
                    writer.write(write_line(1, words))
                    _, answer = read_line(await reader.readuntil(b"\n"))
                finally:
                    writer.transport.abort()
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError, DamagedLineError) as error:
            raise CashUnitUnreachableError(type(error).__name__) from error
        return answer[0] == "OK"
