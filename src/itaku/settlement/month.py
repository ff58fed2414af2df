"""A settlement month (対象月): a calendar month of Japan; and the municipality whose month it is."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from itaku.basis.clock import JST
from itaku.settlement.errors import MonthUnreadableError, MunicipalityUnreadableError

_MONTH = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])")


class Month(NamedTuple):
    """Year of the common era and month, 1 to 12."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Reads `YYYY-MM` (from 2000 on, `MonthUnreadableError` otherwise)."""
        found = _MONTH.fullmatch(text)
        if found is None or not 2000 <= int(found["year"]) < 9999:
            raise MonthUnreadableError(repr(text[:20]))
        return cls(int(found["year"]), int(found["month"]))

    @classmethod
    def of(cls, day: dt.date) -> Month:
        """The month in which a day lies."""
        return cls(day.year, day.month)

    @property
    def first_day(self) -> dt.date:
        """The month's first day."""
        return dt.date(self.year, self.month, 1)

    @property
    def last_day(self) -> dt.date:
        """The month's last day."""
        return self.next().first_day - dt.timedelta(days=1)

    def next(self) -> Month:
        """The month after."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def before(self) -> Month:
        """The month before."""
        return Month(self.year - (self.month == 1), 12 if self.month == 1 else self.month - 1)

    @property
    def start(self) -> dt.datetime:
        """The instant at which it begins in Japan; it lasts up to, not including, the start of the next."""
        return dt.datetime(self.year, self.month, 1, tzinfo=JST)

    def text(self) -> str:
        """`YYYY-MM`."""
        return f"{self.year:04}-{self.month:02}"


_MUNICIPALITY = re.compile(r"[0-9]{6}")


def checked_municipality(code: str) -> str:
    """A municipality's code (団体コード), six digits; `MunicipalityUnreadableError` otherwise."""
    if _MUNICIPALITY.fullmatch(code) is None:
        raise MunicipalityUnreadableError(ascii(code[:20]))
    return code
