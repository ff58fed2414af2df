"""What a month's statement is made from, and its rows: like issuances, kinds, and the commission at each price."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind


class Delivered(msgspec.Struct, frozen=True):
    """Delivered issuances that are alike: each of them `copies` certificates for `fee_yen` in all.

    `issuances` is negative where more were taken back as booked by mistake than there are. `delivered_on` is the day in
    Japan of their delivery, also of sets that were made void later: its price and its tax rate hold (S1-12-1).
    """

    municipality: str
    kind: str | None
    copies: int
    fee_yen: Yen
    delivered_on: dt.date
    issuances: int = 1


class Movements(NamedTuple):
    """What a month has: issuances delivered in it, and those made void in it (返金済・無効), whenever delivered."""

    delivered: tuple[Delivered, ...]
    voided: tuple[Delivered, ...] = ()


class KindCount(msgspec.Struct, frozen=True):
    """One kind of certificate: issuances, certificates (通数) and fees at gross, and of each what was made void."""

    kind: Kind
    issuances: int
    certificates: int
    fees_yen: Yen
    voided_issuances: int = 0
    voided_certificates: int = 0
    voided_fees_yen: Yen = Yen(0)

    @property
    def net_certificates(self) -> int:
        """通数 that count."""
        return self.certificates - self.voided_certificates


class RefundedCopies(enum.StrEnum):
    """解釈方針 S1-8-1.refunded-copies: whether refunded copies count for the commission. The contract does not say."""

    NET = "net"
    """数えない: every copy of a refunded order is taken off. The default."""
    ISSUED = "issued"
    """数える: all copies issued count."""


class Charge(msgspec.Struct, frozen=True):
    """One row of 委託手数料計算書: certificates at one price and one tax rate. Negative certificates are taken off.

    `delivered_in` (YYYY-MM) is the month of delivery. `first` and `last` are the days of it on which price and tax rate
    held, where they changed within the month; None where they held all month. `source` says on what both rest.
    """

    counts: str
    delivered_in: str
    certificates: int
    price_yen: Yen
    tax_percent: int
    yen: Yen
    first: dt.date | None = None
    last: dt.date | None = None
    source: str = ""

    @property
    def days_ja(self) -> str:
        """The month of delivery, and where the rate changed within it the days: 2026-10 1–14日."""
        if self.first is None or self.last is None:
            return self.delivered_in
        return f"{self.delivered_in} {self.first.day}–{self.last.day}日"


class TaxSum(NamedTuple):
    """税率ごとの合計: the commission at one tax rate, tax included, and the tax within it."""

    percent: int
    yen: Yen
    tax_yen: Yen


def tax_sums(charges: Iterable[Charge]) -> list[TaxSum]:
    """The sum at each tax rate, the highest first, with its tax: taken once from the sum and cut below one yen.

    Cut towards zero, so that what is taken off is cut as what was charged. Not 11 yen apiece (S1-12-1, 消費税法施行令
    第70条の10: one rounding for each rate of an invoice).
    """
    sums: dict[int, int] = {}
    for charge in charges:
        sums[charge.tax_percent] = sums.get(charge.tax_percent, 0) + charge.yen
    return [
        TaxSum(percent, Yen(yen), Yen(abs(yen) * percent // (100 + percent) * (1 if yen >= 0 else -1)))
        for percent, yen in sorted(sums.items(), reverse=True)
    ]


DELIVERED, VOIDED = "delivered", "voided"
"""What `Charge.counts` says."""
