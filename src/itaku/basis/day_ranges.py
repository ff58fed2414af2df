"""Ranges of days (何日から何日まで), both ends counted, and their union: a day in two ranges is one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from itaku.basis.errors import ItakuError
from itaku.basis.written_dates import read_day


class RangeReversedError(ItakuError):
    """The last day lies before the first."""

    code = "range_reversed"
    ja = "期間の末日が初日より前です。初日と末日を確かめてください。"
    en = "The last day lies before the first. Check both."


class RangeUnreadableError(ItakuError):
    """The text is no range of days."""

    code = "range_unreadable"
    ja = "日の範囲として読めません。2026-05-03..2026-05-05 のように書いてください。"
    en = "This cannot be read as a range of days. Write it like 2026-05-03..2026-05-05."


class DayRange(msgspec.Struct, frozen=True, order=True):
    """From `first` to `last`, both counted; `RangeReversedError` if they stand the other way round."""

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise RangeReversedError(str(self))

    def __str__(self) -> str:
        return f"{self.first.isoformat()}..{self.last.isoformat()}"

    @property
    def days(self) -> int:
        """The number of days, both ends counted."""
        return (self.last - self.first).days + 1

    def holds(self, other: DayRange) -> bool:
        """Whether the other range lies wholly within this one."""
        return self.first <= other.first and other.last <= self.last

    def common_days(self, other: DayRange) -> int:
        """How many days both ranges share."""
        return max(0, (min(self.last, other.last) - max(self.first, other.first)).days + 1)

    @classmethod
    def parse(cls, text: str, waits: str) -> DayRange:
        """Reads `D..D`, either day as `read_day` takes it. Raises `RangeUnreadableError`, `RangeReversedError`."""
        first, dots, last = text.partition("..")
        if not dots:
            raise RangeUnreadableError(ascii(text[:60]))
        return cls(read_day(first, waits).day, read_day(last, waits).day)


def union(ranges: Iterable[DayRange]) -> tuple[DayRange, ...]:
    """The same days as ranges that neither overlap nor touch, in order."""
    joined: list[DayRange] = []
    for each in sorted(ranges):
        if joined and (each.first - joined[-1].last).days <= 1:
            joined[-1] = DayRange(joined[-1].first, max(joined[-1].last, each.last))
        else:
            joined.append(each)
    return tuple(joined)
