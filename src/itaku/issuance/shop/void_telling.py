"""Tells the center of sets that are void, through the relay, until it has acknowledged each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from itaku.basis.clock import Clock, InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.receipts import make_void_receipt
from itaku.issuance.shop.ledger import Sale
from itaku.issuance.shop.refunds import VOID_REASON, Refunds
from itaku.issuance.transport.client import PeerClient, PeerUnreachableError
from itaku.store.log import Log

RELAY_TIMEOUT_S = 30.0
EVERY_S = 1.0
LONGEST_PAUSE_S = 60.0

_NOT_NOW = frozenset(
    {"busy", "center_unavailable", "record_unavailable", "network_gone", "internal", "wrong_state", "malformed"}
)
"""Refusals that a later try may turn: the rest contradict, and a person must look."""

Signer = Callable[[Sale, int, InstantMs], m.Void]
"""Makes the shop's word for a void set of so many sheets."""


def signer(shop: str, key: ec.EllipticCurvePrivateKey, certificate_der: bytes) -> Signer:
    """Signs with the shop controller's own node key."""

    def sign(sale: Sale, sheets: int, now: InstantMs) -> m.Void:
        issuance_id = IssuanceId(sale.issuance_id)
        receipt = make_void_receipt(issuance_id, sale.kiosk, shop, sheets, now, key, certificate_der)
        return m.Void(issuance_id=issuance_id, kiosk=sale.kiosk, shop=shop, reason=VOID_REASON, receipt=receipt)

    return sign


class VoidTelling:
    """One task; after a restart it goes on with what the ledger says is untold."""

    def __init__(self, refunds: Refunds, relay: PeerClient, clock: Clock, log: Log) -> None:
        self._refunds = refunds
        self._relay = relay
        self._clock = clock
        self._log = log
        self._pause_s: dict[bytes, float] = {}
        self._next_s: dict[bytes, float] = {}

    async def run(self) -> None:
        """Tells for ever; a set that is not heard of is told again after growing pauses, and delays no other."""
        now = asyncio.get_running_loop().time
        while True:
            for message in self._refunds.untold():
                key = message.issuance_id
                if now() < self._next_s.get(key, 0.0):
                    continue
                if await self.tell(message):
                    self._pause_s.pop(key, None)
                    self._next_s.pop(key, None)
                    continue
                self._pause_s[key] = min(self._pause_s.get(key, EVERY_S) * 2, LONGEST_PAUSE_S)
                self._next_s[key] = now() + self._pause_s[key]
            await asyncio.sleep(EVERY_S)

    async def tell(self, message: m.Void) -> bool:
        """Tells of one set; whether the center has acknowledged, durably noted."""
        issuance = message.issuance_id.hex()
        try:
            answer = m.decode_answer(await self._relay.post("/m", m.encode(message), RELAY_TIMEOUT_S))
        except (PeerUnreachableError, msgspec.DecodeError) as error:
            self._log.warning("void_not_told", issuance=issuance, error=type(error).__name__)
            return False
        if isinstance(answer, m.VoidOk) and answer.issuance_id == message.issuance_id:
            self._refunds.told(message.issuance_id, self._clock.now())
            self._log.info("void_told", issuance=issuance)
            return True
        code = answer.code if isinstance(answer, m.Refused) else "internal"
        if code in _NOT_NOW:
            self._log.warning("void_not_told", issuance=issuance, error=code)
        else:
            self._refunds.refused(message.issuance_id, code)
            self._log.error("void_refused", issuance=issuance, code=code)
        return False
