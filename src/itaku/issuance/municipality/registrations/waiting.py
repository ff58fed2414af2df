"""How many office days a registration for use waits (利用登録の審査期間), with the working.

The days are a setting of the municipality, dated, so that it can be changed without a stop. Services of this kind say
"about five business days" on their public pages; no law fixes the number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, NamedTuple

import msgspec

from itaku.basis.clock import InstantMs, to_instant, to_jst
from itaku.basis.closing_days import closing_days
from itaku.basis.working import Line, day_en, day_ja

_JST = dt.timezone(dt.timedelta(hours=9))
_RULE = "利用登録の審査期間（市区町村の設定）"


class UsePolicyRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rule for applications received from a day on."""

    since: dt.date
    open_days: Annotated[int, msgspec.Meta(ge=0, le=30)] = 5
    """The so-many-th office day (開庁日) after the day of receipt is the first day of use."""
    attempts_per_day: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    """Applications that one card may send in one day, found or not."""


DEFAULT_POLICY = (UsePolicyRow(dt.date(2016, 1, 25)),)


class Expected(NamedTuple):
    """The first day of use, and how it was counted."""

    day: dt.date
    working: tuple[Line, ...]

    @property
    def from_ms(self) -> InstantMs:
        """When that day begins in Japan."""
        return to_instant(dt.datetime.combine(self.day, dt.time(), _JST))


def policy_on(policy: Sequence[UsePolicyRow], day: dt.date) -> UsePolicyRow:
    """The row in force on that day: the newest that has begun, of several of one day the last; `LookupError` if none.

    Without a rule nothing is received, and no number of days is guessed.
    """
    begun = [row for row in policy if row.since <= day]
    if not begun:
        raise LookupError("no rule for applications of that day")
    newest = max(row.since for row in begun)
    return [row for row in begun if row.since == newest][-1]


def expected_use(received: InstantMs, policy: Sequence[UsePolicyRow]) -> Expected:
    """The first day of use of an application received at that moment, counted over the office's closing days (閉庁日).

    Raises `LookupError` if no rule was in force, `CalendarUnknownError` beyond the printed calendar.
    """
    office = closing_days("office")
    start = to_jst(received).date()
    row = policy_on(policy, start)
    lines = [Line(f"受付の日: {day_ja(start)}（数えない）", f"Day of receipt: {day_en(start)}, not counted", _RULE)]
    day = start
    for number in range(1, row.open_days + 1):
        tomorrow = day + dt.timedelta(days=1)
        day = office.open_day(tomorrow)
        if (closed := (day - tomorrow).days) > 0:
            lines.append(Line(f"閉庁日 {closed}日 をとばす", f"{closed} closing days are passed over", office.clause))
        lines.append(Line(f"{number}日目の開庁日: {day_ja(day)}", f"Office day {number}: {day_en(day)}", _RULE))
    lines.append(Line(f"使える日: {day_ja(day)} から", f"Usable from {day_en(day)} on", _RULE))
    return Expected(day, tuple(lines))
