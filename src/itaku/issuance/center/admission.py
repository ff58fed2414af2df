"""Admission (受付の上限): how many sessions may begin in a minute. Decided at `Open` alone, never for one under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Annotated

import msgspec

from itaku.basis.clock import InstantMs

_MINUTE_MS = 60_000
_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Most sessions that may begin within one minute: in all, in one shop, at one kiosk. 0 lets nobody begin."""

    total: _Count = 7200
    shop: _Count = 600
    kiosk: _Count = 120


class Admission:
    """Counts the sessions that this instance let in. `limits` may be exchanged at any time: it binds new ones only."""

    def __init__(self, limits: Limits, shop_of: Mapping[str, str]) -> None:
        self.limits = limits
        self._shop_of = shop_of
        self._let_in: dict[str, deque[InstantMs]] = {}

    def admits(self, kiosk: str, now: InstantMs) -> bool:
        """Whether a session may begin at this kiosk now; if so it is counted."""
        limits = self.limits
        rooms = [("", limits.total), (f"kiosk {kiosk}", limits.kiosk)]
        if kiosk in self._shop_of:
            rooms.append((f"shop {self._shop_of[kiosk]}", limits.shop))
        if any(len(self._recent(room, now)) >= most for room, most in rooms):
            return False
        for room, _ in rooms:
            self._let_in[room].append(now)
        return True

    def begun(self, now: InstantMs) -> int:
        """Sessions that began within the last minute."""
        return len(self._recent("", now))

    def _recent(self, room: str, now: InstantMs) -> deque[InstantMs]:
        times = self._let_in.setdefault(room, deque())
        while times and (now - times[0] >= _MINUTE_MS or times[0] > now):
            times.popleft()
        return times
