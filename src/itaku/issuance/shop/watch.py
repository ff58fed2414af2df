"""The shop controller's watch over its kiosks (S1-A1-4-7, -8): who is silent, and what operations are told of it."""

from __future__ import annotations

from collections.abc import Sequence

from itaku.basis.clock import Clock, InstantMs
from itaku.issuance.protocol import operation_messages as o
from itaku.issuance.shop.ledger import Ledger

SILENT_MS = 30_000
"""A kiosk that was not heard for so long is silent: three heartbeats are missing."""


class Watch:
    """Looks at the heartbeats. A kiosk that never spoke is silent too, once the shop itself ran for so long."""

    def __init__(self, shop: str, build: str, kiosks: Sequence[str], ledger: Ledger, clock: Clock) -> None:
        self._shop = shop
        self._build = build
        self._kiosks = kiosks
        self._ledger = ledger
        self._clock = clock
        self._since = clock.now()

    def silent(self, now: InstantMs) -> list[str]:
        """Kiosks from which no heartbeat came in time."""
        heard = {kiosk.name: kiosk.heard_ms for kiosk in self._ledger.kiosks()}
        return [name for name in self._kiosks if now - max(heard.get(name, self._since), self._since) > SILENT_MS]

    async def status(self) -> o.Status:
        """The shop's own heartbeat: its silent kiosks, and voids that the center refuses."""
        now = self._clock.now()
        faults = [o.Fault(name, "kiosk-silent") for name in self.silent(now)]
        if any(refund.refused for refund in self._ledger.refunds.latest(50)):
            faults.append(o.Fault(self._shop, "void-refused"))
        waiting = any(case.open for case in self._ledger.cases())
        return o.Status(
            node=self._shop,
            role="shop",
            state="case" if waiting else "ready",
            build=self._build,
            at_ms=now,
            faults=tuple(faults),
        )
