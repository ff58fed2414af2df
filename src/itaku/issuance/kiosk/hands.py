"""Does what the machine asks for: card, printer, cash unit, center, clerk. Each effect comes back as an event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from itaku.basis.clock import Clock
from itaku.basis.randomness import IssuanceId
from itaku.issuance.devices.contracts import CardReader, CashStatus, CashUnit, Printer, PrinterStatus
from itaku.issuance.devices.errors import CardError, DeviceError, PinBlockedError, PinWrongError
from itaku.issuance.devices.jpki import CardKind, Jpki
from itaku.issuance.kiosk import events as e
from itaku.issuance.kiosk.journal import Phase
from itaku.issuance.kiosk.line import Line, LineDownError
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.protocol.card_check import CardRefusedError, algorithm_of
from itaku.issuance.protocol.refusals import REFUSALS
from itaku.store.log import Log

AGAIN_S = 1.0
"""Pause before a silent device, line or clerk is asked again."""
OPEN_TRIES = 4
"""A resident at the first step is not kept waiting for a line that is down."""
PART = 1
"""An issuance is printed by one job: a second one would be a reprint, which never happens."""

KEEP_ASKING = frozenset({"center_unavailable", "municipality_unavailable", "busy", "network_gone"})
"""Refusals that say nothing of the request itself: it is sent again while the session waits."""


_NOT_TAKEN = {
    CardKind.OLD_JUKI: "card_old_juki",
    CardKind.ANDROID: "card_phone",
    CardKind.UNKNOWN: "card_unsupported",
}
"""Tokens that hold the application and are refused at once, each with its reason."""


class Devices(NamedTuple):
    """A kiosk's devices."""

    reader: CardReader
    printer: Printer
    cash: CashUnit


class Hands:
    """Carries out effects of one session after another. `still(turn)` says whether an effect is still wanted."""

    def __init__(self, kiosk: str, devices: Devices, line: Line, clock: Clock, log: Log) -> None:
        self._kiosk = kiosk
        self._devices = devices
        self._line = line
        self._clock = clock
        self._log = log
        self._jpki = Jpki(devices.reader)

    async def do(self, effect: e.Effect, issuance_id: IssuanceId, wanted: Callable[[], bool]) -> e.Event | None:
        """Carries out an effect, again and again while the device or line is silent and the effect is wanted."""
        tries = 0
        while True:
            tries += 1
            try:
                return await self._once(effect, issuance_id, tries)
            except (LineDownError, DeviceError) as error:
                self._log.warning("silent", effect=type(effect).__name__, error=type(error).__name__)
            if not wanted():
                return None
            await asyncio.sleep(AGAIN_S)
            if not wanted():
                return None

    async def printer_status(self) -> PrinterStatus:
        """The printer's status, for heartbeats; `DeviceError` if it is silent."""
        return await self._devices.printer.status()

    async def withdraw(self, request: m.Abandon) -> None:
        """Tells the center that a session without money ended; a lost one is ended by the center's own deadline."""
        for _ in range(3):
            try:
                await self._line.ask_center(request)
            except LineDownError:
                await asyncio.sleep(AGAIN_S)
            else:
                return

    async def _once(self, effect: e.Effect, issuance_id: IssuanceId, tries: int) -> e.Event | None:
        match effect:
            case e.ReadCard():
                return await self._read_card()
            case e.ReleaseCard():
                await self._release()
            case e.SignWithCard():
                return await self._sign(effect)
            case e.Send():
                return await self._send(effect.request, tries)
            case e.CallClerk():
                await self._call_clerk(effect)
            case e.AskClerk():
                return await self._ask_clerk(issuance_id)
            case e.Take() | e.AskCash() | e.CancelTake() | e.Refund():
                return e.CashSaid(await self._cash(effect, issuance_id))
            case _:
                return await self._paper(effect, issuance_id.hex())
        return None

    async def _cash(self, effect: e.Take | e.AskCash | e.CancelTake | e.Refund, issuance_id: IssuanceId) -> CashStatus:
        cash = self._devices.cash
        match effect:
            case e.Take():
                return await cash.take(issuance_id, effect.yen)
            case e.AskCash():
                return await cash.status(issuance_id)
            case e.CancelTake():
                return await cash.cancel(issuance_id)
            case e.Refund():
                return await cash.refund(issuance_id)

    async def _paper(self, effect: e.Effect, job: str) -> e.Event | None:
        printer = self._devices.printer
        match effect:
            case e.AskPrinter():
                return e.PrinterSaid(await printer.status())
            case e.Print():
                await printer.submit(job, PART, effect.document, effect.copies)
                return None
            case e.AskJob():
                return e.JobSaid(await printer.job(job, PART))
            case e.StopPrinting():
                return e.JobSaid(await printer.cancel(job, PART))
            case _:
                raise AssertionError(f"not for these hands: {type(effect).__name__}")

    async def _release(self) -> None:
        """One try: a reader that is silent holds no card that could be given back, and nothing waits for it."""
        try:
            await self._devices.reader.release()
        except DeviceError as error:
            self._log.warning("card_not_released", error=type(error).__name__)

    async def _read_card(self) -> e.Event:
        try:
            await self._devices.reader.wait_for_card()
            await self._jpki.select()
            kind = await self._jpki.kind()
            if kind in _NOT_TAKEN:
                return e.CardFailed(_NOT_TAKEN[kind])
            certificate = await self._jpki.certificate()
            self._jpki.algorithm = algorithm_of(certificate)
            tries = await self._jpki.tries_left()
        except (CardError, CardRefusedError) as error:
            return e.CardFailed(_card_code(error))
        return e.CardFailed("pin_blocked") if tries == 0 else e.CardRead(certificate, tries)

    async def _sign(self, effect: e.SignWithCard) -> e.Event:
        try:
            await self._jpki.select()
            await self._jpki.verify_pin(effect.pin)
            return e.Signed(await self._jpki.sign(effect.digest))
        except PinWrongError as error:
            return e.CardFailed("pin_blocked") if error.tries_left == 0 else e.PinWrong(error.tries_left)
        except PinBlockedError:
            return e.CardFailed("pin_blocked")
        except CardError as error:
            return e.CardFailed(_card_code(error))

    async def _send(self, request: m.Request, tries: int) -> e.Event:
        is_open = isinstance(request, m.Open)
        try:
            answer = await self._line.ask_center(request)
        except LineDownError:
            if is_open and tries >= OPEN_TRIES:
                return e.Answered(m.refuse(request, "network_gone"))
            raise
        if isinstance(answer, m.Refused) and answer.code in KEEP_ASKING and not is_open:
            raise LineDownError(answer.code)
        return e.Answered(answer)

    async def _call_clerk(self, effect: e.CallClerk) -> None:
        record = effect.record
        call = s.CallClerk(
            kiosk=self._kiosk,
            issuance_id=record.issuance_id,
            case_no=record.case_no,
            reason=record.reason,
            fee_yen=record.owed_yen,
            sheets_total=record.sheets_total,
            refund_due=record.phase is Phase.REFUND_DUE,
            at_ms=self._clock.now(),
        )
        await self._line.ask_shop(call)

    async def _ask_clerk(self, issuance_id: IssuanceId) -> e.Event:
        reply = await self._line.ask_shop(s.AskClerk(kiosk=self._kiosk, issuance_id=issuance_id))
        if isinstance(reply, s.ClerkAnswer):
            return e.ClerkSaid(reply.sheets, reply.refunded)
        return e.ClerkSaid(None, refunded=False)


def _card_code(error: CardError | CardRefusedError) -> str:
    return error.code if error.code in REFUSALS else "card_unreadable"
