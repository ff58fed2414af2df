"""A card reader reached through PC/SC (pcscd and a reader's driver): keeps `contracts.CardReader`.

Needs the optional extra `pcsc`. The card is held for this process alone, powered afresh when a session begins and reset
when it ends: with a card merely let go of, the next process would sign without a PIN.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from itaku.issuance.devices.errors import CardReaderUnreachableError, CardRemovedError, CardUnreadableError
from itaku.issuance.devices.pcsc_calls import Look, PcscCalls, Seen
from itaku.issuance.devices.pcsc_thread import DriverThread

SLICE_MS = 250
"""A wait for a card is made of looks of this length, so that whatever else is asked comes soon."""
MUTE_LOOKS = 8
"""A card is silent while it is being laid down; one that stays so for two seconds cannot be read."""
COMMAND_S = 10.0
"""No command of the card takes a second. A driver that hangs longer is given up."""

T = TypeVar("T")


class PcscReader:
    """One reader. `reader` is its PC/SC name or the beginning of it; empty means the first by name.

    A card that was released has to be lifted before it is read again: one that its owner forgot is not the next
    resident's. A wait ends with `CardReaderUnreachableError` when there is no service or reader, or when another wait
    or a release came after it; it may simply be asked again.
    """

    def __init__(self, reader: str = "", command_s: float = COMMAND_S) -> None:
        self._thread = DriverThread("pcsc", partial(PcscCalls, reader), PcscCalls.close)
        self._command_s = command_s
        self._turn = 0
        self._released: Look | None = None
        self._last: Look | None = None

    async def wait_for_card(self) -> None:
        """See the contract. `CardUnreadableError` if something lies there that does not answer."""
        self._turn += 1
        turn, mute = self._turn, 0
        patience_ms = 0
        while True:
            look = await self._ask(partial(PcscCalls.look, patience_ms=patience_ms))
            self._require_turn(turn)
            patience_ms = SLICE_MS
            self._last = look
            if self._is_left_over(look):
                continue
            self._released = None
            mute = mute + 1 if look.seen is Seen.MUTE else 0
            if mute >= MUTE_LOOKS:
                raise CardUnreadableError("the card does not answer")
            if look.seen is Seen.CARD:
                try:
                    await self._ask(partial(PcscCalls.connect, reader=look.reader))
                except CardRemovedError:
                    continue  # it left before a session began
                self._require_turn(turn)
                return

    async def transmit(self, apdu: bytes) -> bytes:
        """See the contract."""
        return await self._ask(partial(PcscCalls.transmit, apdu=apdu))

    async def release(self) -> None:
        """See the contract. The card has no power of ours any more; its owner lifts it."""
        self._turn += 1
        self._released = self._last
        await self._ask(PcscCalls.reset)

    async def close(self) -> None:
        """Lets go of card and service."""
        self._turn += 1
        try:
            await self._ask(PcscCalls.close)
        except CardReaderUnreachableError:
            return
        finally:
            self._thread.stop()

    def _require_turn(self, turn: int) -> None:
        if turn != self._turn:
            raise CardReaderUnreachableError("asked anew")

    def _is_left_over(self, look: Look) -> bool:
        before = self._released
        return before is not None and look.seen is not Seen.EMPTY and look[::2] == before[::2]

    async def _ask(self, call: Callable[[PcscCalls], T]) -> T:
        try:
            return await self._thread.do(call, self._command_s)
        except TimeoutError:
            # The thread that hangs keeps its handle; a card that it holds answers nobody until the service lets go.
            raise CardReaderUnreachableError("the driver hangs") from None
