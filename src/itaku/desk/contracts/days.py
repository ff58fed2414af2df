"""A day that somebody asked for in an address or a form."""

from __future__ import annotations

import datetime as dt

from itaku.basis.errors import ItakuError
from itaku.basis.written_dates import read_day


class DayUnfitError(ItakuError):
    """What was written is no day."""

    code = "day_unfit"
    ja = "日付として読めません。2026-07-02 や 令和8年7月2日 のように入れてください。"
    en = "This is no date. Write it like 2026-07-02."


def asked_day(text: str, otherwise: dt.date) -> dt.date:
    """The day that the text says, in either calendar; `otherwise` where it says nothing. `DayUnfitError`."""
    if not text.strip():
        return otherwise
    try:
        return read_day(text.strip()[:40], "").day
    except ItakuError as error:
        raise DayUnfitError(text[:40]) from error
