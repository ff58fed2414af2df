"""Instants: whole milliseconds since 1970 in UTC, and the clock that is handed in wherever time matters."""

from __future__ import annotations

import contextlib
import datetime as dt
import mmap
import time
from pathlib import Path
from typing import NewType, Protocol

InstantMs = NewType("InstantMs", int)
"""Milliseconds since 1970-01-01T00:00Z. Integers only: an instant is compared and stored, never rounded."""

JST = dt.timezone(dt.timedelta(hours=9), "JST")
"""日本標準時. Japan has no summer time, so a fixed offset is exact for every date that a contract here names."""


def to_jst(instant: InstantMs) -> dt.datetime:
    """The instant as a date and time in Japan."""
    return dt.datetime.fromtimestamp(instant // 1000, JST).replace(microsecond=instant % 1000 * 1000)


def to_instant(moment: dt.datetime) -> InstantMs:
    """An aware date and time as an instant; `ValueError` if it has no zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone is not an instant")
    delta = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return InstantMs(delta // dt.timedelta(milliseconds=1))


class Clock(Protocol):
    """Tells the time. Handed in, so that tests, the simulator and the sandbox can move it."""

    def now(self) -> InstantMs:
        """The present instant."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> InstantMs:
        """The present instant."""
        return InstantMs(time.time_ns() // 1_000_000)


class FixedClock:
    """A clock that stands until it is moved."""

    def __init__(self, at: InstantMs) -> None:
        self.at = at

    def now(self) -> InstantMs:
        """The instant at which the clock stands."""
        return self.at

    def advance(self, milliseconds: int) -> None:
        """Moves the clock forward (or back, by a negative number)."""
        self.at = InstantMs(self.at + milliseconds)


class PracticeClock:
    """The machine's clock plus an offset that all processes of one sandbox share through an 8-byte file.

    Only the sandbox makes such a file; a node that is not told of one runs on `SystemClock`.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes((0).to_bytes(8, "big", signed=True))
        self._file = path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), 8)

    @property
    def offset_ms(self) -> int:
        """How far the sandbox's time is ahead of the machine's, in milliseconds."""
        return int.from_bytes(self._map[:8], "big", signed=True)

    def move(self, offset_ms: int) -> None:
        """Sets the offset for every process that shares the file."""
        self._map[:8] = offset_ms.to_bytes(8, "big", signed=True)

    def now(self) -> InstantMs:
        """The sandbox's present instant."""
        return InstantMs(time.time_ns() // 1_000_000 + self.offset_ms)

    def close(self) -> None:
        """Lets go of the shared file."""
        self._map.close()
        self._file.close()


def now_by(path: Path) -> InstantMs:
    """The present instant by a sandbox's clock file, and by the machine's clock where there is no such file."""
    if not path.exists():
        return SystemClock().now()
    with contextlib.closing(PracticeClock(path)) as clock:
        return clock.now()


def clock_from(path: Path | None) -> Clock:
    """The clock that a node's settings name: the sandbox's shared one, or the machine's."""
    return SystemClock() if path is None else PracticeClock(path)
