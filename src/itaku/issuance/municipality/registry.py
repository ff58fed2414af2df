"""The municipality's registers as typed facts: residents, households, registered seals (住民基本台帳・印鑑登録)."""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from itaku.basis.clock import InstantMs
from itaku.issuance.certificates.content import ForeignStatus, Sex
from itaku.issuance.municipality.family_registers import FamilyRegister
from itaku.issuance.municipality.tax_entries import TaxEntry


class Block(enum.StrEnum):
    """Why a resident's certificates are withheld at a kiosk. Each has its own message (`protocol.refusals`)."""

    MOVED_OUT = "moved_out"
    """転出届 filed, whether the person has left already (then `removed_on` is set too) or is about to."""
    PROTECTED = "dv_protected"
    """DV 等支援措置."""
    DECEASED = "deceased"
    CHARACTER_PENDING = "character_pending"
    """A character of the name is being registered."""
    PLANNED_LEAVER = "planned_leaver"
    """転出予定者 in the household."""


class Relation(enum.StrEnum):
    """世帯主との続柄, as the form words it."""

    HEAD = "世帯主"
    HUSBAND = "夫"
    WIFE = "妻"
    CHILD = "子"
    FATHER = "父"
    MOTHER = "母"
    GRANDCHILD = "子の子"
    CHILD_WIFE = "子の妻"
    CHILD_HUSBAND = "子の夫"
    SIBLING = "弟"
    LODGER = "同居人"


class Resident(msgspec.Struct, frozen=True):
    """One person of the 住民基本台帳. Invented in every data set of this project."""

    resident_no: str
    """宛名番号: the municipality's own key, never printed, never sent."""
    household_no: str
    order: int
    """Place within the household's record, from 1."""
    name: str
    name_kana: str
    alias: str
    birth_date: dt.date
    sex: Sex
    relation: Relation
    address: str
    became_resident_on: dt.date
    address_since: dt.date | None
    notified_on: dt.date | None
    previous_address: str
    registered_domicile: str
    """本籍, empty for foreign residents."""
    family_register_head: str
    """筆頭者, empty for foreign residents."""
    individual_number: str
    """個人番号, twelve digits with a correct check digit; invented."""
    foreign: ForeignStatus | None
    blocks: tuple[Block, ...]
    card_serial: str
    """Serial number of the user-authentication certificate (利用者証明用電子証明書), lower-case hex; empty if none."""
    removed_on: dt.date | None = None
    """消除された年月日. A removed person (除票) may still hold a card, and never stands on a kiosk's certificate."""


class SealRegister(msgspec.Struct, frozen=True):
    """One entry of the 印鑑登録原票."""

    resident_no: str
    registered_on: dt.date
    seal_png: bytes


class Household(msgspec.Struct, frozen=True):
    """What one look-up by a card finds: its holder, the holder's household and registered seal, at one moment."""

    holder: Resident
    members: tuple[Resident, ...]
    """Everyone on the household's record in its order, the holder and removed persons among them."""
    seal: SealRegister | None
    """The holder's registered seal."""
    as_of: InstantMs | None
    """When the register last equalled its source; None when that is unproven, and then nothing may be issued."""
    taxes: tuple[TaxEntry, ...] = ()
    """The holder's tax entries; looked up for tax certificates only."""
    register: FamilyRegister | None = None
    """The family register in which the holder is, if it is kept here; looked up for its certificates only."""

    @property
    def present_members(self) -> tuple[Resident, ...]:
        """The household as it stands now: members who have not been removed, in the record's order."""
        return tuple(member for member in self.members if member.removed_on is None)
