"""Certificate kinds (証明書の種類) and what may be chosen for each."""

from __future__ import annotations

import enum

import msgspec


class Kind(enum.StrEnum):
    """A kind of certificate."""

    RESIDENT_RECORD = "resident-record"
    """住民票の写し."""
    SEAL_REGISTRATION = "seal-registration"
    """印鑑登録証明書."""


KIND_TITLE: dict[Kind, tuple[str, str]] = {
    Kind.RESIDENT_RECORD: ("住民票の写し", "Copy of resident record"),
    Kind.SEAL_REGISTRATION: ("印鑑登録証明書", "Certificate of seal registration"),
}
"""Japanese and English title of each kind."""


class Member(enum.StrEnum):
    """Whom of the household to show (世帯の一部), by relation to the holder: no name is shown before paper."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILDREN = "children"
    PARENTS = "parents"
    OTHERS = "others"


class ResidentRecordOptions(msgspec.Struct, frozen=True, tag="resident-record", forbid_unknown_fields=True):
    """Options of 住民票の写し.

    `members` empty means the whole household (世帯全員). `registered_domicile` shows 本籍・筆頭者 (for foreigners
    nationality and status), `head_and_relation` 世帯主・続柄, `individual_number` 個人番号.
    """

    members: tuple[Member, ...] = ()
    registered_domicile: bool = False
    head_and_relation: bool = False
    individual_number: bool = False


class SealRegistrationOptions(msgspec.Struct, frozen=True, tag="seal-registration", forbid_unknown_fields=True):
    """印鑑登録証明書 has nothing to choose: the holder only."""


Options = ResidentRecordOptions | SealRegistrationOptions
"""What the resident chose, by kind."""

MAX_COPIES = 10
"""Copies of one application at most."""


def kind_of(options: Options) -> Kind:
    """The certificate kind to which these options belong."""
    return Kind.RESIDENT_RECORD if isinstance(options, ResidentRecordOptions) else Kind.SEAL_REGISTRATION
