"""Rates in percent (率) as exact rationals, read from decimal text. No float comes near them."""

from __future__ import annotations

import re
from fractions import Fraction

import msgspec

from itaku.basis.errors import ItakuError


class PercentUnreadableError(ItakuError):
    """The text is no percentage from 0 to 100 in plain decimal digits."""

    code = "percent_unreadable"
    ja = '率として読めません。"2.5" のように、0から100までを小数の文字列で書いてください。'
    en = 'This cannot be read as a rate. Write decimal text from 0 to 100, like "2.5".'


class Percent(msgspec.Struct, frozen=True):
    """A percentage as it was written. `share` is its exact value: 2.5 is 1/40."""

    text: str

    def __post_init__(self) -> None:
        if _PERCENT.fullmatch(self.text) is None or Fraction(self.text) > 100:
            raise PercentUnreadableError(ascii(self.text[:40]))

    @property
    def share(self) -> Fraction:
        """The part of one that the percentage is."""
        return Fraction(self.text) / 100


_PERCENT = re.compile(r"(0|[1-9][0-9]{0,2})(\.[0-9]{1,8})?")


def decimal_text(value: Fraction, places: int = 2) -> str:
    """A value from 0 on for the working: cut (never rounded) after some places, with … if anything was cut."""
    scaled = value * 10**places
    whole, part = divmod(int(scaled), 10**places)
    cut = "…" if scaled != int(scaled) else ""
    return f"{whole:,}.{part:0{places}}{cut}" if part or cut else f"{whole:,}"
