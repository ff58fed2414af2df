"""The running shop controller: answers its kiosks."""

from __future__ import annotations

import msgspec

from itaku.basis.clock import Clock
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.shop.ledger import ConflictError, Ledger
from itaku.issuance.transport.identity import Identity
from itaku.store.log import Log


class ShopNode:
    """Answers heartbeats, sales and cases of this shop's kiosks; nobody else's."""

    def __init__(self, ledger: Ledger, kiosks: frozenset[str], clock: Clock, log: Log) -> None:
        self._ledger = ledger
        self._kiosks = kiosks
        self._clock = clock
        self._log = log

    async def receive(self, peer: Identity, body: bytes) -> bytes:
        """Answers one message; what it acknowledges is durable."""
        try:
            message = s.decode_shop_request(body)
        except msgspec.DecodeError:
            return s.encode_shop(s.ShopRefused(kiosk="unknown", code="malformed"))
        if message.kiosk != peer.name or peer.name not in self._kiosks:
            return s.encode_shop(s.ShopRefused(kiosk=message.kiosk, code="not_allowed"))
        try:
            reply = self._handle(message)
        except ConflictError:
            self._log.error("conflict", message=type(message).__name__, kiosk=message.kiosk)
            reply = s.ShopRefused(kiosk=message.kiosk, code="conflict")
        return s.encode_shop(reply)

    def _handle(self, message: s.ShopRequest) -> s.ShopReply:
        match message:
            case s.Heartbeat():
                self._ledger.heard(message, self._clock.now())
            case s.Book():
                self._ledger.book(message)
            case s.CallClerk():
                self._ledger.call(message)
                self._log.warning("case", case_no=message.case_no, kiosk=message.kiosk, reason=message.reason)
            case s.Assist():
                self._ledger.assist(message, self._clock.now())
            case s.AskClerk():
                return self._clerk(message)
        return s.ShopOk(kiosk=message.kiosk)

    def _clerk(self, message: s.AskClerk) -> s.ShopReply:
        case = self._ledger.case(message.issuance_id)
        if case is None or case.kiosk != message.kiosk:
            return s.ShopRefused(kiosk=message.kiosk, code="unknown_issuance")
        return s.ClerkAnswer(
            kiosk=message.kiosk, issuance_id=message.issuance_id, sheets=case.sheets, refunded=case.refunded
        )
