"""戸籍 and 戸籍の附票 as typed facts, and what their certificates say. Every person and register here is invented."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.issuance.certificates.content import Sex


class Birth(msgspec.Struct, frozen=True, tag="birth"):
    """出生."""

    born_on: dt.date
    place: str
    notified_on: dt.date
    notifier: str


class Marriage(msgspec.Struct, frozen=True, tag="marriage"):
    """婚姻. Who came in has a former register, who left has a new one; each is empty otherwise."""

    married_on: dt.date
    spouse_name: str
    former_register: str = ""
    """従前戸籍."""
    new_register: str = ""
    """新本籍."""


class Divorce(msgspec.Struct, frozen=True, tag="divorce"):
    """離婚."""

    divorced_on: dt.date
    spouse_name: str


class Adoption(msgspec.Struct, frozen=True, tag="adoption"):
    """養子縁組; one of the parents' names may be empty."""

    adopted_on: dt.date
    adoptive_father: str
    adoptive_mother: str


class Death(msgspec.Struct, frozen=True, tag="death"):
    """死亡."""

    died_on: dt.date
    place: str
    notified_on: dt.date
    notifier: str


StatusEntry = Birth | Marriage | Divorce | Adoption | Death
"""身分事項: one event of a person's status."""


class RegisterPerson(msgspec.Struct, frozen=True):
    """One person who is (or, `removed`, was) in a register (戸籍に記録されている者)."""

    surname: str
    given_name: str
    birth_date: dt.date
    spouse_mark: str
    """配偶者区分: 夫 or 妻, empty for whoever is not married."""
    father: str
    """Empty where the register has no entry."""
    mother: str
    relation: str
    """続柄 to the parents, such as 長男."""
    entries: tuple[StatusEntry, ...]
    removed: bool = False
    """除籍."""

    @property
    def name(self) -> str:
        """氏名, as it stands in the signed code."""
        return f"{self.surname}　{self.given_name}"


class FamilyRegisterCertificate(msgspec.Struct, frozen=True, tag="family-register"):
    """戸籍全部事項証明書 (`whole`) or 戸籍個人事項証明書, of the people in the register's order."""

    domicile: str
    """本籍."""
    head_name: str
    """筆頭者の氏名."""
    made_on: dt.date
    """戸籍の編製日."""
    people: tuple[RegisterPerson, ...]
    whole: bool


class AddressEntry(msgspec.Struct, frozen=True):
    """One address of the 附票; `since` is 住所を定めた年月日."""

    address: str
    since: dt.date


class AddressPerson(msgspec.Struct, frozen=True):
    """One person of the 附票 with every address since they entered the register, the latest last."""

    name: str
    birth_date: dt.date
    sex: Sex
    addresses: tuple[AddressEntry, ...]


class AddressRecordCertificate(msgspec.Struct, frozen=True, tag="family-register-address"):
    """戸籍の附票の写し. `None` for 本籍・筆頭者 means 省略: not asked for."""

    domicile: str | None
    head_name: str | None
    people: tuple[AddressPerson, ...]
    whole: bool
