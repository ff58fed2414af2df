"""Penalties as a share of the price (違約金・賠償金): S2-18-2, S2-R2-3, S2-R3-1, S2-R4-3, S2-L4-2, one beside another.

Penalties of different clauses are never added up here: they are listed, and a person decides which are claimed.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

import msgspec

from itaku.basis.errors import ItakuError
from itaku.basis.percents import decimal_text
from itaku.basis.rounding import Rounding, checked_yen
from itaku.basis.working import Line
from itaku.basis.yen import Yen, yen_text


class PenaltyUnknownError(ItakuError):
    """No share of the price is known for that clause."""

    code = "penalty_unknown"
    ja = "その条項には契約金額に対する割合が登録されていません。"
    en = "No share of the price is on file for that clause."


class ShareOfPrice(NamedTuple):
    """A clause's share: `hundredths` of the price, as the clause writes it, and its name."""

    clause: str
    hundredths: int
    ja: str
    en: str


class Penalty(msgspec.Struct, frozen=True):
    """What one clause asks for, with its working. `exact` is the amount before rounding."""

    clause: str
    yen: Yen
    exact: Fraction
    working: tuple[Line, ...]


SHARES: tuple[ShareOfPrice, ...] = (
    ShareOfPrice("S2-18-2", 10, "違約金（催告・無催告による解除）", "Penalty on termination under 16 or 17"),
    ShareOfPrice("S2-R2-3", 10, "違約金（談合等による解除）", "Penalty on termination for collusion"),
    ShareOfPrice("S2-R3-1", 20, "賠償金（談合等）", "Compensation for collusion"),
    ShareOfPrice("S2-R4-3", 10, "違約金（暴力団等排除による解除）", "Penalty on termination for organised crime"),
    ShareOfPrice("S2-L4-2", 10, "違約金（低入札の調査による解除）", "Penalty on termination after the low-bid survey"),
)


def penalty(clause: str, price_yen: int, rounding: Rounding = Rounding.FLOOR_1) -> Penalty:
    """The penalty of one clause on a price. Raises `PenaltyUnknownError`, `YenUnfitError`.

    The clauses say nothing of fractions of a yen: cutting them is a default that the working flags.
    """
    share = next((each for each in SHARES if each.clause == clause), None)
    if share is None:
        raise PenaltyUnknownError(clause)
    price = checked_yen(price_yen)
    exact = Fraction(price * share.hundredths, 100)
    yen = rounding.of(exact)
    return Penalty(
        clause,
        yen,
        exact,
        (
            Line(
                f"{share.ja}: {yen_text(price)} × {share.hundredths}/100 = {decimal_text(exact)}円",
                f"{share.en}: {price:,} yen x {share.hundredths}/100 = {decimal_text(exact)} yen",
                clause,
            ),
            Line(
                f"端数処理: {rounding.ja} = {yen_text(yen)}（条項に定めがないため既定の扱い）",
                f"Rounding: {rounding.en} = {yen:,} yen (a default: the clause does not say)",
                f"{clause}、{rounding.value}",
            ),
        ),
    )


def side_by_side(clauses: Iterable[str], price_yen: int) -> tuple[Penalty, ...]:
    """The penalties of several clauses, each by itself. There is no sum: whether they stand together is a person's."""
    return tuple(penalty(clause, price_yen) for clause in dict.fromkeys(clauses))
