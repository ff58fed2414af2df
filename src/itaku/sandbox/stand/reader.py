"""The practice card reader: a place on which a person lays a virtual card and from which they take it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from itaku.issuance.devices.errors import CardRemovedError
from itaku.issuance.devices.virtual_card import VirtualCard


class PracticeReader:
    """Keeps the contract `devices.contracts.CardReader`, in process.

    Every opening is a session that ends when the card leaves, so that commands meant for one card never reach the next.
    Opening resets the card: what a kiosk that died had verified is forgotten. `left` is told whenever a card leaves.
    """

    def __init__(self, left: Callable[[], None] = lambda: None) -> None:
        self._left = left
        self._card: VirtualCard | None = None
        self._present = asyncio.Event()
        self._session = 0
        self._own = 0

    @property
    def card(self) -> VirtualCard | None:
        """The card on the reader."""
        return self._card

    def lay(self, card: VirtualCard) -> None:
        """A person lays a card down; one that lay there before is gone."""
        self.take_away()
        self._card = card
        self._present.set()

    def take_away(self) -> None:
        """A person takes the card away. Does nothing if there is none."""
        if self._card is not None:
            self._card.reset()
            self._left()
        self._card = None
        self._session += 1
        self._present.clear()

    async def open(self) -> int:
        """Waits for a card, powers it afresh and begins a session, which ends every earlier one."""
        while self._card is None:
            await self._present.wait()
        self._card.reset()
        self._session += 1
        return self._session

    def transmit_in(self, session: int, apdu: bytes) -> bytes:
        """One command within a session; `CardRemovedError` if that session is over."""
        if self._card is None or session != self._session:
            raise CardRemovedError
        try:
            return self._card.transmit(apdu)
        except CardRemovedError:
            self.take_away()
            raise

    async def wait_for_card(self) -> None:
        """See the contract."""
        self._own = await self.open()

    async def transmit(self, apdu: bytes) -> bytes:
        """See the contract."""
        return self.transmit_in(self._own, apdu)

    async def release(self) -> None:
        """See the contract. Given back means off the reader."""
        self.take_away()
