"""What certificates of the resident record and of a seal say, as typed facts; wording and layout are the form's."""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from itaku.basis.randomness import IssuanceId


class Sex(enum.StrEnum):
    """性別."""

    MALE = "男"
    FEMALE = "女"


class ForeignStatus(msgspec.Struct, frozen=True):
    """Facts that a foreign resident's record holds (住民基本台帳法 第30条の45)."""

    nationality: str
    """国籍・地域."""
    category: str
    """第30条の45に規定する区分, such as 中長期在留者."""
    status: str
    """在留資格."""
    period: str
    """在留期間, such as 3年."""
    expires_on: dt.date | None
    """在留期間の満了の日; none for 特別永住者."""
    card_number: str
    """在留カード等の番号."""


class PersonContent(msgspec.Struct, frozen=True):
    """One person on a 住民票の写し. `None` means 省略: not asked for, so not shown."""

    name: str
    """氏名 with its variation selectors; for foreign residents in Latin letters."""
    alias: str
    """通称, empty if there is none."""
    birth_date: dt.date
    sex: Sex
    address: str
    became_resident_on: dt.date
    """住民となった年月日."""
    address_since: dt.date | None
    """住所を定めた年月日."""
    notified_on: dt.date | None
    """届出年月日."""
    previous_address: str
    """前住所, empty if there is none."""
    head_name: str | None
    """世帯主の氏名."""
    relation: str | None
    """世帯主との続柄."""
    registered_domicile: str | None
    """本籍; for foreign residents None."""
    family_register_head: str | None
    """筆頭者の氏名."""
    individual_number: str | None
    """個人番号, twelve digits."""
    foreign: ForeignStatus | None
    """Shown for foreign residents together with what stands for 本籍 with citizens."""
    is_foreign: bool = False
    """A foreign resident, whether or not the foreign facts are shown."""


class ResidentRecord(msgspec.Struct, frozen=True, tag="resident-record"):
    """住民票の写し: the household's chosen members in the record's order. `whole` says that it is 世帯全員."""

    people: tuple[PersonContent, ...]
    whole: bool


class ItemsPerson(msgspec.Struct, frozen=True):
    """One person on a 住民票記載事項証明書. `None` means: not among the items asked for, so there is no row for it."""

    name: str
    alias: str
    birth_date: dt.date
    address: str
    sex: Sex | None = None
    became_resident_on: dt.date | None = None
    address_since: dt.date | None = None
    """None also where the record has no entry; the row stands whenever `became_resident_on` does."""
    head_name: str | None = None
    relation: str | None = None
    registered_domicile: str | None = None
    family_register_head: str | None = None
    individual_number: str | None = None
    foreign: ForeignStatus | None = None
    is_foreign: bool = False


class ResidentRecordItems(msgspec.Struct, frozen=True, tag="resident-record-items"):
    """住民票記載事項証明書: chosen members with the items asked for, the same for all."""

    people: tuple[ItemsPerson, ...]
    whole: bool


class SealRegistration(msgspec.Struct, frozen=True, tag="seal-registration"):
    """印鑑登録証明書 of its holder. `seal_png` is the registered impression (印影), square."""

    name: str
    alias: str
    birth_date: dt.date
    address: str
    seal_png: bytes
    """1-bit PNG whose pHYs chunk says its resolution: the form prints it in true size."""
    is_foreign: bool = False
    """A foreign resident: the birth date is printed by the Western year."""


class Binding(msgspec.Struct, frozen=True):
    """What ties a finished document to one application; the render job itself writes it into the PDF.

    `resident_key` is an opaque 32-byte value that the municipality alone can compute for a resident: it tells
    namesakes apart without saying who they are.
    """

    issuance_id: IssuanceId
    application_digest: bytes
    resident_key: bytes
    serial_number: str
    """発行番号, printed on each page. Random, fourteen characters in three groups."""


class IssuerText(msgspec.Struct, frozen=True):
    """The municipality's own words and signs on its forms."""

    municipality: str
    """Code of the municipality, six digits."""
    municipality_name: str
    """Such as 汐見市."""
    mayor_title: str
    """Such as 汐見市長."""
    mayor_name: str
    seal_png: bytes
    """公印 (seal image), red on transparent, square."""
