"""Admission (受付の上限): how many sessions may begin. Decided at `Open` alone, never for one under way.

Two things decide: limits that people set, so many in a minute and no more than a twelfth of that in any five seconds;
and each municipality's own pace (`pace`), which is measured.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Annotated

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.issuance.center.pace import TARGET_MS, Pace, Standing

_MINUTE_MS = 60_000
_SPREAD_MS = 5_000
_AT_ONCE = 3
"""However low a limit is, so many of it may come at once: a small shop's customers do not come evenly."""
_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Most sessions that may begin within one minute: in all, in one shop, at one kiosk. 0 lets nobody begin."""

    total: _Count = 7200
    shop: _Count = 600
    kiosk: _Count = 120


class _Room:
    """Sessions that began in one shop, at one kiosk, or in all."""

    def __init__(self) -> None:
        self._minute: deque[InstantMs] = deque()
        self._lately: deque[InstantMs] = deque()

    def has_place(self, most: int, now: InstantMs) -> bool:
        """Whether one more may begin under a limit of so many within a minute."""
        at_once = max(-(-most * _SPREAD_MS // _MINUTE_MS), min(most, _AT_ONCE))
        return self.begun(now) < most and len(_recent(self._lately, now, _SPREAD_MS)) < at_once

    def begin(self, now: InstantMs) -> None:
        """One more has begun."""
        self._minute.append(now)
        self._lately.append(now)

    def begun(self, now: InstantMs) -> int:
        """How many began within the last minute."""
        return len(_recent(self._minute, now, _MINUTE_MS))


class Admission:
    """Counts the sessions that this instance let in. `limits` may be exchanged at any time: it binds new ones only."""

    def __init__(self, limits: Limits, shop_of: Mapping[str, str], target_ms: int = TARGET_MS) -> None:
        self.limits = limits
        self._shop_of = shop_of
        self._target_ms = target_ms
        self._rooms: dict[str, _Room] = {}
        self._paces: dict[str, Pace] = {}

    def admits(self, kiosk: str, now: InstantMs) -> bool:
        """Whether a session may begin at this kiosk now; if so it is counted."""
        limits = self.limits
        rooms = [(self._room(""), limits.total), (self._room(f"kiosk {kiosk}"), limits.kiosk)]
        if kiosk in self._shop_of:
            rooms.append((self._room(f"shop {self._shop_of[kiosk]}"), limits.shop))
        if not all(room.has_place(most, now) for room, most in rooms):
            return False
        for room, _ in rooms:
            room.begin(now)
        return True

    def begun(self, now: InstantMs) -> int:
        """Sessions that began within the last minute."""
        return self._room("").begun(now)

    def pace(self, municipality: str) -> Pace:
        """The line of one municipality."""
        if municipality not in self._paces:
            self._paces[municipality] = Pace(self._target_ms)
        return self._paces[municipality]

    def left(self, issuance_id: IssuanceId) -> None:
        """The session is over, or goes on at another instance: it takes no place in any line."""
        for pace in self._paces.values():
            pace.left(issuance_id)

    def choosing(self, until: InstantMs) -> list[IssuanceId]:
        """Sessions let in up to this instant that have not applied here."""
        return [issuance_id for pace in self._paces.values() for issuance_id in pace.choosing(until)]

    def standings(self, now: InstantMs) -> dict[str, Standing]:
        """How the line of each municipality stands."""
        return {municipality: pace.standing(now) for municipality, pace in self._paces.items()}

    def _room(self, name: str) -> _Room:
        if name not in self._rooms:
            self._rooms[name] = _Room()
        return self._rooms[name]


def _recent(times: deque[InstantMs], now: InstantMs, within_ms: int) -> deque[InstantMs]:
    while times and (now - times[0] >= within_ms or times[0] > now):
        times.popleft()
    return times
