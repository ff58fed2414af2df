"""A cash unit at the end of a device line, kept to the contract `contracts.CashUnit` (docs/devices.md)."""

from __future__ import annotations

from itaku.basis.yen import Yen
from itaku.issuance.devices.contracts import CashState, CashStatus
from itaku.issuance.devices.device_line import DeviceLine, LineRefusedError, LineSettings, refused
from itaku.issuance.devices.errors import CashUnitBusyError, CashUnitUnreachableError, DeviceConflictError, DeviceError

KIND = "cash"
REFUSALS: dict[str, type[DeviceError]] = {"conflict": DeviceConflictError, "busy": CashUnitBusyError}
"""Words after `NO`, and what they are."""


class LineCashUnit:
    """Keeps `contracts.CashUnit`. An answer about another id, or one that does not add up, counts as none."""

    def __init__(self, settings: LineSettings, timeout_s: float = 5.0) -> None:
        self._line = DeviceLine(settings, KIND, CashUnitUnreachableError, timeout_s)

    async def close(self) -> None:
        """Lets go of the line."""
        await self._line.close()

    async def take(self, id: bytes, yen: Yen) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        return await self._ask("TAKE", id, str(int(yen)))

    async def status(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        return await self._ask("STATE", id)

    async def cancel(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        return await self._ask("CANCEL", id)

    async def refund(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        return await self._ask("REFUND", id)

    async def bank(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        return await self._ask("BANK", id)

    async def _ask(self, verb: str, id: bytes, *words: str) -> CashStatus:  # noqa: A002 the contract's own word
        try:
            answer = await self._line.ask(verb, id.hex(), *words)
        except LineRefusedError as error:
            raise refused(error, REFUSALS) from None
        try:
            said, state, inserted, returned = answer
            status = CashStatus(CashState(state), Yen(int(inserted)), Yen(int(returned)))
        except ValueError:
            raise CashUnitUnreachableError("an answer that is none") from None
        if said != id.hex() or not 0 <= status.returned_yen <= status.inserted_yen:
            raise CashUnitUnreachableError("an answer that is not to this question")
        return status
