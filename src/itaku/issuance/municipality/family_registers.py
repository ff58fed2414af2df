"""Family registers (戸籍) and their address records (附票) that this municipality keeps as 本籍地."""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from itaku.issuance.certificates.content import Sex
from itaku.issuance.certificates.register_facts import AddressEntry, RegisterPerson
from itaku.issuance.protocol.kinds import Member


class RegisterRole(enum.StrEnum):
    """What a person is in a register: two generations at most (戸籍法 第6条)."""

    HEAD = "head"
    """筆頭者."""
    SPOUSE = "spouse"
    """筆頭者の配偶者."""
    CHILD = "child"


class RegisterMember(msgspec.Struct, frozen=True):
    """One person of a register, removed persons (除籍) among them."""

    resident_no: str
    """宛名番号 of whoever also lives here, which ties card and register together; empty for others."""
    role: RegisterRole
    person: RegisterPerson
    sex: Sex
    addresses: tuple[AddressEntry, ...]
    """住所 of the 附票, the latest last."""
    protected: bool = False
    """DV 等支援措置: no certificate that shows this person comes out of a kiosk."""


class FamilyRegister(msgspec.Struct, frozen=True):
    """One register with everyone who is or was in it. Invented in every data set of this project."""

    register_no: str
    domicile: str
    """本籍."""
    head_name: str
    """筆頭者の氏名."""
    made_on: dt.date
    """編製日."""
    members: tuple[RegisterMember, ...]
    filing_pending: bool = False
    """届出の処理中: an entry is about to be made."""
    closed: bool = False
    """除籍: everyone has left it, or it was moved (転籍)."""

    def member(self, resident_no: str) -> RegisterMember | None:
        """The person of that number; None if nobody, or more than one, is."""
        found = [member for member in self.members if resident_no and member.resident_no == resident_no]
        return found[0] if len(found) == 1 else None

    @property
    def present(self) -> tuple[RegisterMember, ...]:
        """Those who are in the register now, in its order."""
        return tuple(member for member in self.members if not member.person.removed)


_COUPLE = frozenset({RegisterRole.HEAD, RegisterRole.SPOUSE})


def kinship(holder: RegisterMember, other: RegisterMember) -> Member:
    """What `other` is to `holder`, both of one register."""
    if other == holder:
        return Member.SELF
    if holder.role in _COUPLE:
        return Member.SPOUSE if other.role in _COUPLE else Member.CHILDREN
    return Member.PARENTS if other.role in _COUPLE else Member.OTHERS


def chosen_registered(
    register: FamilyRegister, holder: RegisterMember, members: tuple[Member, ...]
) -> tuple[RegisterMember, ...]:
    """Those asked for who are in the register now, in its order; everyone if no group is named."""
    if not members:
        return register.present
    return tuple(other for other in register.present if kinship(holder, other) in members)
