"""Certificate kinds (証明書の種類) and what may be chosen for each."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec


class Kind(enum.StrEnum):
    """A kind of certificate."""

    RESIDENT_RECORD = "resident-record"
    """住民票の写し."""
    RESIDENT_RECORD_ITEMS = "resident-record-items"
    """住民票記載事項証明書."""
    SEAL_REGISTRATION = "seal-registration"
    """印鑑登録証明書."""
    INCOME = "income"
    """所得証明書."""
    TAXATION = "taxation"
    """課税証明書 or 非課税証明書: which of both is issued follows the facts."""
    TAX_PAYMENT = "tax-payment"
    """納税証明書."""
    FAMILY_REGISTER_ALL = "family-register-all"
    """戸籍全部事項証明書."""
    FAMILY_REGISTER_INDIVIDUAL = "family-register-individual"
    """戸籍個人事項証明書."""
    FAMILY_REGISTER_ADDRESS = "family-register-address"
    """戸籍の附票の写し."""


KIND_TITLE: dict[Kind, tuple[str, str]] = {
    Kind.RESIDENT_RECORD: ("住民票の写し", "Copy of resident record"),
    Kind.RESIDENT_RECORD_ITEMS: ("住民票記載事項証明書", "Certificate of items in the resident record"),
    Kind.SEAL_REGISTRATION: ("印鑑登録証明書", "Certificate of seal registration"),
    Kind.INCOME: ("所得証明書", "Certificate of income"),
    Kind.TAXATION: ("課税（非課税）証明書", "Certificate of taxation or non-taxation"),
    Kind.TAX_PAYMENT: ("納税証明書", "Certificate of tax payment"),
    Kind.FAMILY_REGISTER_ALL: ("戸籍全部事項証明書", "Certificate of all matters in the family register"),
    Kind.FAMILY_REGISTER_INDIVIDUAL: (
        "戸籍個人事項証明書",
        "Certificate of individual matters in the family register",
    ),
    Kind.FAMILY_REGISTER_ADDRESS: ("戸籍の附票の写し", "Copy of the family register's address record"),
}
"""Japanese and English title of each kind."""

TAX_KINDS = frozenset({Kind.INCOME, Kind.TAXATION, Kind.TAX_PAYMENT})
"""Kinds of one fiscal year (年度): the holder's own, of the one year that is offered."""
FAMILY_REGISTER_KINDS = frozenset(
    {Kind.FAMILY_REGISTER_ALL, Kind.FAMILY_REGISTER_INDIVIDUAL, Kind.FAMILY_REGISTER_ADDRESS}
)
"""Kinds that the registry municipality (本籍地) issues."""


class Member(enum.StrEnum):
    """Whom of the household or the family register to show, by relation to the holder: no name before paper."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILDREN = "children"
    PARENTS = "parents"
    OTHERS = "others"


class RecordItem(enum.StrEnum):
    """An item that 住民票記載事項証明書 shows if asked for; name, birth date and address always stand there."""

    SEX = "sex"
    """性別."""
    RESIDENT_SINCE = "resident-since"
    """住民となった年月日 and 住所を定めた年月日."""
    HEAD_AND_RELATION = "head-and-relation"
    """世帯主・続柄."""
    REGISTERED_DOMICILE = "registered-domicile"
    """本籍・筆頭者; for foreign residents nationality and status."""
    INDIVIDUAL_NUMBER = "individual-number"
    """個人番号."""


FiscalYear = Annotated[int, msgspec.Meta(ge=1989, le=9999)]
"""年度 by the Western year in which it begins: 2026 is 令和8年度."""


class ResidentRecordOptions(msgspec.Struct, frozen=True, tag="resident-record", forbid_unknown_fields=True):
    """Options of 住民票の写し.

    `members` empty means the whole household (世帯全員). `registered_domicile` shows 本籍・筆頭者 (for foreigners
    nationality and status), `head_and_relation` 世帯主・続柄, `individual_number` 個人番号.
    """

    members: tuple[Member, ...] = ()
    registered_domicile: bool = False
    head_and_relation: bool = False
    individual_number: bool = False


class ResidentRecordItemsOptions(msgspec.Struct, frozen=True, tag="resident-record-items", forbid_unknown_fields=True):
    """Options of 住民票記載事項証明書: whom to show (empty: the whole household) and the items asked for."""

    members: tuple[Member, ...] = ()
    items: tuple[RecordItem, ...] = ()


class SealRegistrationOptions(msgspec.Struct, frozen=True, tag="seal-registration", forbid_unknown_fields=True):
    """印鑑登録証明書 has nothing to choose: the holder only."""


class IncomeOptions(msgspec.Struct, frozen=True, tag="income", forbid_unknown_fields=True):
    """所得証明書 of the holder: the year that the menu offered, as it was confirmed on the screen."""

    fiscal_year: FiscalYear


class TaxationOptions(msgspec.Struct, frozen=True, tag="taxation", forbid_unknown_fields=True):
    """課税（非課税）証明書 of the holder, of the year that the menu offered."""

    fiscal_year: FiscalYear


class TaxPaymentOptions(msgspec.Struct, frozen=True, tag="tax-payment", forbid_unknown_fields=True):
    """納税証明書 of the holder, of the year that the menu offered."""

    fiscal_year: FiscalYear


class FamilyRegisterAllOptions(msgspec.Struct, frozen=True, tag="family-register-all", forbid_unknown_fields=True):
    """戸籍全部事項証明書 has nothing to choose: everyone in the register."""


class FamilyRegisterIndividualOptions(
    msgspec.Struct, frozen=True, tag="family-register-individual", forbid_unknown_fields=True
):
    """戸籍個人事項証明書: whom of the register to show, at least one group."""

    members: tuple[Member, ...] = (Member.SELF,)


class FamilyRegisterAddressOptions(
    msgspec.Struct, frozen=True, tag="family-register-address", forbid_unknown_fields=True
):
    """戸籍の附票の写し: whom to show (empty: everyone), and whether 本籍・筆頭者 are shown."""

    members: tuple[Member, ...] = ()
    registered_domicile: bool = False


Options = (
    ResidentRecordOptions
    | ResidentRecordItemsOptions
    | SealRegistrationOptions
    | IncomeOptions
    | TaxationOptions
    | TaxPaymentOptions
    | FamilyRegisterAllOptions
    | FamilyRegisterIndividualOptions
    | FamilyRegisterAddressOptions
)
"""What the resident chose, by kind."""

OPTIONS_TYPE: dict[Kind, type[Options]] = {
    Kind.RESIDENT_RECORD: ResidentRecordOptions,
    Kind.RESIDENT_RECORD_ITEMS: ResidentRecordItemsOptions,
    Kind.SEAL_REGISTRATION: SealRegistrationOptions,
    Kind.INCOME: IncomeOptions,
    Kind.TAXATION: TaxationOptions,
    Kind.TAX_PAYMENT: TaxPaymentOptions,
    Kind.FAMILY_REGISTER_ALL: FamilyRegisterAllOptions,
    Kind.FAMILY_REGISTER_INDIVIDUAL: FamilyRegisterIndividualOptions,
    Kind.FAMILY_REGISTER_ADDRESS: FamilyRegisterAddressOptions,
}
"""The options of each kind."""
_KIND_OF = {options: kind for kind, options in OPTIONS_TYPE.items()}

MAX_COPIES = 10
"""Copies of one application at most."""


def kind_of(options: Options) -> Kind:
    """The certificate kind to which these options belong."""
    return _KIND_OF[type(options)]
