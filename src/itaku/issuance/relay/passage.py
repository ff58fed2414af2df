"""What the relay lets through (コンビニECセンター): pure checks of a request's bytes against the peer that sent it."""

from __future__ import annotations

from collections import deque

import msgspec

from itaku.basis.clock import InstantMs
from itaku.issuance.protocol import messages as m
from itaku.issuance.transport.identity import Identity, Role

_MINUTE_MS = 60_000


class Gate:
    """Admits a shop's or kiosk's own, well-formed messages at a bounded rate; anything else is refused."""

    def __init__(self, max_per_minute: int) -> None:
        self._max = max_per_minute
        self._seen: dict[str, deque[InstantMs]] = {}

    def check(self, peer: Identity, body: bytes, now: InstantMs) -> tuple[m.Request | None, m.Refused | None]:
        """The request if it may pass, else the refusal."""
        try:
            request = m.decode_request(body)
        except msgspec.DecodeError:
            return None, m.Refused(issuance_id=m.NOBODY, kiosk="unknown", code="malformed")
        if not _may_ask(peer, request):
            return None, m.refuse(request, "not_allowed")
        if not self._has_room(peer.dns_name, now):
            return None, m.refuse(request, "busy")
        return request, None

    def _has_room(self, peer: str, now: InstantMs) -> bool:
        seen = self._seen.setdefault(peer, deque())
        while seen and not 0 <= now - seen[0] <= _MINUTE_MS:
            seen.popleft()
        if len(seen) >= self._max:
            return False
        seen.append(now)
        return True


def _may_ask(peer: Identity, request: m.Request) -> bool:
    """A shop makes sets void in its own name; all else is asked by kiosks, each for itself."""
    if isinstance(request, m.Void):
        return peer.role is Role.SHOP and request.shop == peer.name
    return peer.role is Role.KIOSK and request.kiosk == peer.name and not isinstance(request, m.Outcome)
