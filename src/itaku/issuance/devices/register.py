"""The shop's register (レジ) at the end of a device line: sales and payouts, each booked once (docs/devices.md)."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.devices.device_line import DeviceLine, LineRefusedError, LineSettings, refused
from itaku.issuance.devices.errors import DeviceConflictError, DeviceError, RegisterUnreachableError

KIND = "register"
REFUSALS: dict[str, type[DeviceError]] = {"conflict": DeviceConflictError}
NONE = "-"
"""Stands on the line for what is not there."""


class Sale(msgspec.Struct, frozen=True):
    """A certificate's sale, paid into a kiosk's cash unit."""

    id: bytes
    """The issuance id."""
    kiosk: str
    kind: str
    copies: int
    fee_yen: Yen
    at_ms: InstantMs


class Booked(msgspec.Struct, frozen=True):
    """What the register has of one id: numbers of its receipts, `None` for what it was never told."""

    sale_receipt: int | None
    payout_receipt: int | None = None


class DayTotal(msgspec.Struct, frozen=True):
    """What the register booked on a day in Japan."""

    sales: int
    sales_yen: Yen
    payouts: int
    payouts_yen: Yen


class LineRegister:
    """Books at the register. Every request is keyed by issuance id and may be repeated.

    `DeviceConflictError` for the same id with other facts; `RegisterUnreachableError` if no answer came: it may have
    been booked, and is to be told again.
    """

    def __init__(self, settings: LineSettings, timeout_s: float = 5.0) -> None:
        self._line = DeviceLine(settings, KIND, RegisterUnreachableError, timeout_s)

    async def close(self) -> None:
        """Lets go of the line."""
        await self._line.close()

    async def book(self, sale: Sale) -> Booked:
        """Books a sale; at a repetition the receipt is the one that it was given first."""
        facts = (sale.kiosk, sale.kind, str(sale.copies), str(int(sale.fee_yen)), str(int(sale.at_ms)))
        return await self._ask("SALE", sale.id, *facts)

    async def pay_out(self, id: bytes, yen: Yen, at_ms: InstantMs) -> Booked:  # noqa: A002 as in `Sale`
        """Books that a clerk gave money back from the drawer."""
        return await self._ask("PAYOUT", id, str(int(yen)), str(int(at_ms)))

    async def booked(self, id: bytes) -> Booked:  # noqa: A002 as in `Sale`
        """What the register has of an id."""
        return await self._ask("ASK", id)

    async def day(self, day: dt.date) -> DayTotal:
        """Totals of one day, for the shop's own closing."""
        try:
            said, *numbers = await self._line.ask("DAY", day.isoformat())
            sales, sales_yen, payouts, payouts_yen = map(int, numbers)
        except LineRefusedError as error:
            raise refused(error, REFUSALS) from None
        except ValueError:
            raise RegisterUnreachableError("an answer that is none") from None
        if said != day.isoformat():
            raise RegisterUnreachableError("an answer to something else")
        return DayTotal(sales, Yen(sales_yen), payouts, Yen(payouts_yen))

    async def _ask(self, verb: str, id: bytes, *words: str) -> Booked:  # noqa: A002 as in `Sale`
        try:
            said, sale, payout = await self._line.ask(verb, id.hex(), *words)
            booked = Booked(_receipt(sale), _receipt(payout))
        except LineRefusedError as error:
            raise refused(error, REFUSALS) from None
        except ValueError:
            raise RegisterUnreachableError("an answer that is none") from None
        if said != id.hex():
            raise RegisterUnreachableError("an answer to something else")
        return booked


def _receipt(word: str) -> int | None:
    return None if word == NONE else int(word)
