"""Invented facts of the tax, family register and chosen-items certificates, and all single changes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec
from certificate_specimens import number

from itaku.basis.yen import Yen
from itaku.issuance.certificates.content import ForeignStatus, ItemsPerson, ResidentRecordItems, Sex
from itaku.issuance.certificates.contents import Content
from itaku.issuance.certificates.register_facts import (
    AddressEntry,
    AddressPerson,
    AddressRecordCertificate,
    Adoption,
    Birth,
    Death,
    Divorce,
    FamilyRegisterCertificate,
    Marriage,
    RegisterPerson,
)
from itaku.issuance.certificates.tax_facts import Deductions, Income, Levies, Payment, TaxCertificate
from itaku.issuance.protocol.kinds import Kind

RARE = "葛\U000e0102城　𠮷之助"


def yen(*amounts: int) -> list[Yen]:
    return [Yen(amount) for amount in amounts]


INCOME = Income(*yen(5_200_000, 3_720_000, 800_000, 0, -120_000, 300_000, 15_000, 3_915_000))
DEDUCTIONS = Deductions(*yen(741_000, 28_000, 330_000, 380_000, 430_000, 5_000, 1_914_000))
LEVIES = Levies(*yen(2_001_000, 118_500, 3_000, 79_000, 1_500, 1_000, 203_000))
NO_LEVIES = Levies(*yen(0, 0, 0, 0, 0, 0, 0))
PAYMENT = Payment(*yen(203_000, 101_500, 51_000, 50_500), dt.date(2026, 11, 20))


def tax(kind: Kind = Kind.TAXATION, **changes: object) -> TaxCertificate:
    parts: dict[str, object] = {
        "income": None if kind is Kind.TAX_PAYMENT else INCOME,
        "dependants": None if kind is Kind.TAX_PAYMENT else 2,
        "deductions": DEDUCTIONS if kind is Kind.TAXATION else None,
        "levies": LEVIES if kind is Kind.TAXATION else None,
        "payment": PAYMENT if kind is Kind.TAX_PAYMENT else None,
    }
    facts: dict[str, object] = {
        "kind": kind,
        "name": RARE,
        "alias": "",
        "birth_date": dt.date(1984, 3, 14),
        "is_foreign": False,
        "address": "汐見市中央一丁目2番3号　コーポ汐見　203号室",
        "fiscal_year": 2026,
        **parts,
    }
    return TaxCertificate(**(facts | changes))


def untaxed() -> TaxCertificate:
    return tax(levies=NO_LEVIES)


FATHER = RegisterPerson(
    "葛\U000e0102城",
    "𠮷之助",
    dt.date(1984, 3, 14),
    "夫",
    "葛\U000e0102城清",
    "葛\U000e0102城澄江",
    "長男",
    (
        Birth(dt.date(1984, 3, 14), "汐見市", dt.date(1984, 3, 20), "父"),
        Divorce(dt.date(2009, 7, 1), "渡邊　舞"),
        Marriage(dt.date(2012, 2, 2), "髙﨑　桜", former_register="汐見市浜町四丁目5番　葛\U000e0102城清"),
    ),
)
MOTHER = RegisterPerson(
    "葛\U000e0102城",
    "桜",
    dt.date(1986, 12, 25),
    "妻",
    "髙﨑忠",
    "髙﨑松子",
    "二女",
    (
        Birth(dt.date(1986, 12, 25), "神戸市中央区", dt.date(1986, 12, 30), "父"),
        Marriage(dt.date(2012, 2, 2), "葛\U000e0102城　𠮷之助", former_register="神戸市中央区港町9番　髙﨑忠"),
    ),
)
CHILD = RegisterPerson(
    "葛\U000e0102城",
    "辻\U000e0102之",
    dt.date(2013, 5, 7),
    "",
    "葛\U000e0102城𠮷之助",
    "葛\U000e0102城桜",
    "長男",
    (
        Birth(dt.date(2013, 5, 7), "汐見市", dt.date(2013, 5, 10), "母"),
        Adoption(dt.date(2014, 4, 1), "", "葛\U000e0102城桜"),
        Death(dt.date(2019, 4, 30), "汐見市", dt.date(2019, 5, 1), "親族　葛\U000e0102城桜"),
    ),
    removed=True,
)


def register(*people: RegisterPerson, whole: bool = True, **changes: object) -> FamilyRegisterCertificate:
    usual = FamilyRegisterCertificate(
        "汐見市浜町四丁目56番地", RARE, dt.date(2012, 2, 2), people or (FATHER, MOTHER, CHILD), whole
    )
    return msgspec.structs.replace(usual, **changes)


def address_record(*, domicile: bool = True, whole: bool = True) -> AddressRecordCertificate:
    people = (
        AddressPerson(
            RARE,
            dt.date(1984, 3, 14),
            Sex.MALE,
            (
                AddressEntry("神戸市中央区港町8番1号", dt.date(2012, 2, 2)),
                AddressEntry("汐見市中央一丁目2番3号　コーポ汐見　203号室", dt.date(2019, 5, 1)),
            ),
        ),
        AddressPerson(
            "葛\U000e0102城　桜",
            dt.date(1986, 12, 25),
            Sex.FEMALE,
            (AddressEntry("汐見市中央一丁目2番3号　コーポ汐見　203号室", dt.date(2019, 5, 1)),),
        ),
    )
    shown = ("汐見市浜町四丁目56番地", RARE) if domicile else (None, None)
    return AddressRecordCertificate(*shown, people, whole)


def items(*, whole: bool = True) -> ResidentRecordItems:
    citizen = ItemsPerson(
        name=RARE,
        alias="",
        birth_date=dt.date(1984, 3, 14),
        address="汐見市中央一丁目2番3号　コーポ汐見　203号室",
        sex=Sex.MALE,
        became_resident_on=dt.date(2011, 4, 1),
        address_since=dt.date(2015, 10, 1),
        head_name=RARE,
        relation="世帯主",
        registered_domicile="汐見市浜町四丁目56番地",
        family_register_head=RARE,
        individual_number=number("12345678901"),
    )
    foreigner = ItemsPerson(
        name="NGUYEN THI MINH KHAI",
        alias="阮　明開",
        birth_date=dt.date(1990, 8, 9),
        address="汐見市中央一丁目2番3号　コーポ汐見　203号室",
        sex=Sex.FEMALE,
        became_resident_on=dt.date(2018, 4, 1),
        head_name=RARE,
        relation="妻",
        individual_number=number("12345678902"),
        foreign=ForeignStatus(
            "ベトナム", "中長期在留者", "技術・人文知識・国際業務", "3年", dt.date(2027, 5, 7), "AB12345678CD"
        ),
        is_foreign=True,
    )
    return ResidentRecordItems((citizen, foreigner), whole)


SPECIMENS: dict[str, Content] = {
    "resident-record-items": items(),
    "income": tax(Kind.INCOME),
    "taxation": tax(Kind.TAXATION),
    "non-taxation": untaxed(),
    "tax-payment": tax(Kind.TAX_PAYMENT),
    "family-register-all": register(),
    "family-register-individual": register(MOTHER, whole=False),
    "family-register-address": address_record(),
}
"""One certificate of each kind that came after the resident record and the seal."""


def changed(value: object) -> Iterator[tuple[str, object]]:
    """Every fact changed by itself: the path of the fact, and the whole with that one fact another."""
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            for path, other in changed(getattr(value, field)):
                yield f".{field}{path}", msgspec.structs.replace(value, **{field: other})
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            for path, other in changed(one):
                yield f"[{place}]{path}", (*value[:place], other, *value[place + 1 :])
    elif (other := _other(value)) is not None:
        yield "", other


def _other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, Kind) or value is None or value == "":
        return None
    if isinstance(value, Sex):
        return Sex.FEMALE if value is Sex.MALE else Sex.MALE
    if isinstance(value, int):
        return value + 1
    if isinstance(value, dt.date):
        return value + dt.timedelta(days=1)
    if value in {"夫", "妻"}:
        return "妻" if value == "夫" else "夫"
    if isinstance(value, str) and value.isdigit():
        return value[:-1] + str((int(value[-1]) + 1) % 10)
    return f"{value}一"
