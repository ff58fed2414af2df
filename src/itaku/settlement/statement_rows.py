"""What a month's statement is made from, and its rows: like issuances, kinds, and the commission at each price."""

from __future__ import annotations

import enum
from typing import NamedTuple

import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement.month import Month


class Delivered(msgspec.Struct, frozen=True):
    """Delivered issuances that are alike: each of them `copies` certificates for `fee_yen` in all.

    `issuances` is negative where more were taken back as booked by mistake than there are. `delivered_in` is the month
    of their delivery, whose price holds; None for the statement's own.
    """

    municipality: str
    kind: str | None
    copies: int
    fee_yen: Yen
    issuances: int = 1
    delivered_in: Month | None = None


class Voided(msgspec.Struct, frozen=True):
    """Issuances that are alike and were made void in the month (返金済・無効), with the month of their delivery."""

    alike: Delivered
    delivered_in: Month


class Movements(NamedTuple):
    """What a month has: issuances delivered in it, and issuances made void in it, whenever they were delivered."""

    delivered: tuple[Delivered, ...]
    voided: tuple[Voided, ...] = ()


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
    """One row of 委託手数料計算書: certificates at one price. Negative certificates are taken off.

    `delivered_in` (YYYY-MM) is the month of delivery, whose price and tax rate hold.
    """

    counts: str
    delivered_in: str
    certificates: int
    price_yen: Yen
    tax_percent: int
    yen: Yen


DELIVERED, VOIDED = "delivered", "voided"
"""What `Charge.counts` says."""
