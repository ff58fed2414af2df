"""A posting (仕訳): what it is about, the day on which it takes effect, and lines that sum to zero."""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from itaku.basis.canonical import Plain, digest
from itaku.basis.yen import Yen
from itaku.settlement.accounts import Account
from itaku.settlement.errors import PostingUnfitError

POSTING_ID_BYTES = 16


class Sort(enum.StrEnum):
    """What happened."""

    FEE_TAKEN = "fee-taken"
    """手数料の収納: a delivered set, paid at a shop (S1-12-2)."""
    REFUND = "refund"
    """返金: the whole fee of a set that was made void (S1-8-1)."""
    COMMISSION = "commission"
    """委託手数料: a closed month's, with its tax part (S1-12-1)."""
    SET_OFF = "set-off"
    """繰替使用・充当: a debt met with a claim, without cash (S1-12-3)."""
    REMITTANCE = "remittance"
    """納付: cash to the client (S1-12-2)."""
    SHOP_PAYMENT = "shop-payment"
    """取扱店からの入金: a chain hands over what its tills took."""
    COMMISSION_PAYMENT = "commission-payment"
    """委託手数料の支払: the client pays what could not be offset (S1-12-1)."""
    LATE_CHARGE = "late-charge"
    """延滞損害金 (S1-15-1)."""
    LATE_CHARGE_PAYMENT = "late-charge-payment"
    """延滞損害金の納付 (S1-15-1)."""
    WAIVER = "waiver"
    """延滞損害金の免除 (S1-15-1-但)."""
    RETURN = "return"
    """還付: the client gives back what was remitted too much."""
    REVERSAL = "reversal"
    """取消仕訳: takes a posting back, whole."""


class Counts(enum.StrEnum):
    """As what a posting's certificates count in the month's statement."""

    NOTHING = ""
    DELIVERED = "delivered"
    VOIDED = "voided"


class PostingLine(msgspec.Struct, frozen=True):
    """One line: a debit is positive yen, a credit negative.

    `debt_month` (YYYY-MM) is the month whose debt it moves. Empty on a line of `fees-owed` it is the month in whose
    statement the posting stands.
    `chain` is the chain whose till it moves, empty where no till is moved.
    """

    account: Account
    yen: Yen
    debt_month: str = ""
    chain: str = ""


class Certificates(msgspec.Struct, frozen=True):
    """The set behind a fee or a refund: as what it counts, its kind, copies, and the day in Japan of its delivery.

    `times` is 1, or -1 where a reversal takes the count back.
    """

    counts: Counts
    kind: str
    copies: int
    delivered_on: dt.date
    times: int = 1


class Posting(msgspec.Struct, frozen=True):
    """A posting before it is booked. The same `key` of a municipality is the same posting, once and for all.

    `effective_on` is the day in Japan on which it takes effect; when it is booked the journal says.
    """

    municipality: str
    key: str
    sort: Sort
    effective_on: dt.date
    lines: tuple[PostingLine, ...]
    issuance_id: bytes | None = None
    certificates: Certificates | None = None
    reverses: bytes | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if len(self.lines) < 2 or sum(line.yen for line in self.lines) != 0:
            raise PostingUnfitError(f"{self.key[:80]}: {len(self.lines)} lines, {sum(line.yen for line in self.lines)}")

    def anew(self, number: int) -> Posting:
        """The same matter booked again after a reversal, for the second time (`number` 2) or a later one."""
        return msgspec.structs.replace(self, key=f"{self.key}#{number}")

    @property
    def posting_id(self) -> bytes:
        """Follows from municipality and key, so that a repetition finds what it repeats."""
        return digest("itaku.settlement.posting", [self.municipality, self.key])[:POSTING_ID_BYTES]

    @property
    def content(self) -> bytes:
        """A digest of everything that the writer said; when and into which month it was booked is the journal's."""
        certificates: Plain = None
        if self.certificates is not None:
            each = self.certificates
            certificates = [each.counts.value, each.kind, each.copies, each.delivered_on.isoformat(), each.times]
        lines: list[Plain] = [[line.account.value, int(line.yen), line.debt_month, line.chain] for line in self.lines]
        whole: list[Plain] = [
            self.sort.value,
            self.effective_on.isoformat(),
            lines,
            self.issuance_id,
            certificates,
            self.reverses,
            self.reason,
        ]
        return digest("itaku.settlement.content", whole)


class Booked(msgspec.Struct, frozen=True):
    """A posting as the journal has it: its number, the month in whose statement it stands, and when it was booked."""

    number: int
    month: str
    booked_on: dt.date
    posting: Posting
    again: bool = False
    """It stood there before: this was a repetition."""
