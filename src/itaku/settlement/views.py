"""The three views of what was issued (三者): center, municipality, register; and the one row that all of them keep.

A row is a movement, never a state: a sale when a set was delivered, a refund when it was made void. A correction is a
row with the sign -1 that takes one back and another with what is right: nothing that was booked changes.
"""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind


class View(enum.StrEnum):
    """Whose books a row stands in."""

    CENTER = "center"
    """証明書交付センターの登録簿."""
    MUNICIPALITY = "municipality"
    """市区町村の交付簿; its fee is that of its own ordinance."""
    REGISTER = "register"
    """店舗のレジ: what was really taken and paid back."""


class Movement(enum.IntEnum):
    """What moved."""

    SALE = 1
    """交付: the set was delivered and its fee kept."""
    REFUND = 2
    """返金済・無効: the set was made void and its fee given back."""


MOVEMENT_JA: dict[Movement, str] = {Movement.SALE: "交付", Movement.REFUND: "返金"}

KIND_NO: dict[Kind, int] = {
    Kind.RESIDENT_RECORD: 1,
    Kind.RESIDENT_RECORD_ITEMS: 2,
    Kind.SEAL_REGISTRATION: 3,
    Kind.INCOME: 4,
    Kind.TAXATION: 5,
    Kind.TAX_PAYMENT: 6,
    Kind.FAMILY_REGISTER_ALL: 7,
    Kind.FAMILY_REGISTER_INDIVIDUAL: 8,
    Kind.FAMILY_REGISTER_ADDRESS: 9,
}
"""The number by which a kind stands in a file. A number is never used again for another kind."""
KIND_OF_NO: dict[int, Kind] = {number: kind for kind, number in KIND_NO.items()}

MAX_ROW_YEN = 1_000_000
"""No set costs more; a larger sum is a cell that overflowed, not a fee."""


class ViewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One movement in one view. `fee_yen` is the whole fee of the set, as a positive number for a refund too."""

    issuance_id: bytes
    movement: Movement
    municipality: str
    kind: Kind
    copies: int
    fee_yen: Yen
    delivered_on: dt.date
    """The day in Japan on which the set was delivered; of a refund, the day of its sale."""
    kiosk: str
    sign: int = 1
    """-1 takes an earlier row back."""
