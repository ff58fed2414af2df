"""Rounding (端数処理) as named rules: which part of a sum is cut, stated beside every amount that it shaped."""

from __future__ import annotations

import enum
from fractions import Fraction

import msgspec

from itaku.basis.errors import ItakuError
from itaku.basis.yen import Yen

LARGEST_YEN = 2**53 - 1
"""The largest amount that is computed with: every reader of JSON still holds it exactly."""


class YenUnfitError(ItakuError):
    """The amount is negative, not whole, or too large."""

    code = "yen_unfit"
    ja = "金額は0円以上の整数（円）で、9,007,199,254,740,991円までにしてください。"
    en = "An amount must be whole yen from 0 to 9,007,199,254,740,991."


class RoundingUnknownError(ItakuError):
    """There is no rounding rule of that name."""

    code = "rounding_unknown"
    ja = "その名前の端数処理はありません。"
    en = "There is no rounding rule of that name."


class Rounding(enum.StrEnum):
    """The named rules for a result."""

    RESULT_FLOOR_100 = "result-floor-100"
    """100円未満の端数又は100円未満の全額を切り捨てる (S1-15-1, S2-11-2, S2-18-4)."""
    FLOOR_1 = "floor-1"
    """1円未満切捨て. The contracts are silent; a flagged default (S2-18-2, S2-R2-3, S2-R3-1, S2-R4-3, S2-L4-2)."""

    @property
    def unit_yen(self) -> int:
        """What the result is a multiple of."""
        return {Rounding.RESULT_FLOOR_100: 100, Rounding.FLOOR_1: 1}[self]

    @property
    def ja(self) -> str:
        """The rule as the working states it."""
        return {Rounding.RESULT_FLOOR_100: "100円未満切捨て（100円未満は0円）", Rounding.FLOOR_1: "1円未満切捨て"}[self]

    @property
    def en(self) -> str:
        """The same in English."""
        return {
            Rounding.RESULT_FLOOR_100: "cut below 100 yen, nil if below 100",
            Rounding.FLOOR_1: "cut below one yen",
        }[self]

    def of(self, exact: Fraction) -> Yen:
        """The amount in whole yen. `exact` is never negative."""
        assert exact >= 0, "amounts are not negative"
        return Yen(exact // self.unit_yen * self.unit_yen)


class BaseCut(msgspec.Struct, frozen=True):
    """What is cut from a base (算定基礎額) before a rate is applied: `unit_yen` 1 (nothing), 100 or 1,000.

    The base is never cut in the two contracts of this product; other municipalities' rules do.
    """

    unit_yen: int = 1

    def __post_init__(self) -> None:
        if self.unit_yen not in BASE_UNITS_YEN:
            raise RoundingUnknownError(str(self.unit_yen))

    def of(self, base_yen: Yen) -> Yen:
        """The base that the rate is applied to."""
        return Yen(base_yen // self.unit_yen * self.unit_yen)


BASE_UNITS_YEN = (1, 100, 1000)


def checked_yen(amount: int) -> Yen:
    """The amount as yen; `YenUnfitError` if it is negative or larger than `LARGEST_YEN`."""
    if not 0 <= amount <= LARGEST_YEN:
        raise YenUnfitError("out of range")
    return Yen(amount)
