"""The fiscal year (年度) of which tax certificates are issued: dated rows, so that the yearly switch needs no stop.

From a row's day on its year is offered, and none but it: until the new year's first day only the old one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from itaku.issuance.protocol.kinds import FiscalYear


class FiscalYearRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A year that is offered from a day on (Japan's date)."""

    fiscal_year: FiscalYear
    since: dt.date


def offered_year(rows: Sequence[FiscalYearRow], today: dt.date) -> int | None:
    """The one year offered on that day: that of the newest row that has begun; None if none has."""
    begun = [row for row in rows if row.since <= today]
    return max(begun, key=lambda row: row.since).fiscal_year if begun else None
