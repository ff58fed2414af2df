"""Fiscal years (会計年度): April to March, its books close on 31 May (地方自治法 第208条, 第235条の5)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from itaku.basis.eras import era_year


class FiscalYear(NamedTuple):
    """A fiscal year, named by the calendar year in which it begins: 2025 is 令和7年度."""

    year: int

    @classmethod
    def of(cls, day: dt.date) -> FiscalYear:
        """The fiscal year in which a day lies."""
        return cls(day.year if day.month >= 4 else day.year - 1)

    @property
    def first_day(self) -> dt.date:
        """1 April."""
        return dt.date(self.year, 4, 1)

    @property
    def last_day(self) -> dt.date:
        """31 March (年度の末日, S2-12-1-但-R7)."""
        return dt.date(self.year + 1, 3, 31)

    @property
    def books_close(self) -> dt.date:
        """出納閉鎖: 31 May after its end. What is paid or received up to it can still belong to the year."""
        return dt.date(self.year + 1, 5, 31)

    @property
    def ja(self) -> str:
        """As papers write it: 令和7年度. All of 2019 is 令和元年度, by the era at December's end."""
        return f"{era_year(dt.date(self.year, 12, 31))}度"
