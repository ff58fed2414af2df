"""The pages of tax, family register and chosen-items certificates read by their labels, independently of the forms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from itaku.basis.eras import era_date
from itaku.basis.yen import Yen
from itaku.issuance.certificates.content import ItemsPerson, ResidentRecordItems
from itaku.issuance.certificates.register_facts import (
    AddressPerson,
    AddressRecordCertificate,
    Adoption,
    Birth,
    Death,
    Divorce,
    FamilyRegisterCertificate,
    Marriage,
    RegisterPerson,
    StatusEntry,
)
from itaku.issuance.certificates.tax_facts import TaxCertificate
from itaku.issuance.protocol.kinds import Kind

Items = dict[str, str]
"""What is printed of one person, item by item."""

_NOTHING, _OMITTED = "―", "省略"
_YEN = r"△?[0-9]{1,3}(?:,[0-9]{3})*円"

FRAMES: dict[str, tuple[Kind, str]] = {
    "住民票記載事項証明書CertificateofItemsintheResidentRecord": (
        Kind.RESIDENT_RECORD_ITEMS,
        "この事項は、住民票に記載があることを証明する。",
    ),
    "所得証明書CertificateofIncome": (Kind.INCOME, "上記のとおり、相違ないことを証明する。"),
    "課税証明書CertificateofTaxation": (Kind.TAXATION, "上記のとおり、相違ないことを証明する。"),
    "非課税証明書CertificateofNon-Taxation": (
        Kind.TAXATION,
        "市民税・県民税が課税されていないことを証明する。",
    ),
    "納税証明書CertificateofTaxPayment": (Kind.TAX_PAYMENT, "上記のとおり、相違ないことを証明する。"),
    "戸籍全部事項証明書CertificateofAllMattersintheFamilyRegister": (
        Kind.FAMILY_REGISTER_ALL,
        "戸籍に記録されている事項の全部を証明する。",
    ),
    "戸籍個人事項証明書CertificateofIndividualMattersintheFamilyRegister": (
        Kind.FAMILY_REGISTER_INDIVIDUAL,
        "戸籍に記録されている事項の一部を証明する。",
    ),
    "戸籍の附票CopyoftheFamilyRegister'sAddressRecord": (
        Kind.FAMILY_REGISTER_ADDRESS,
        "この写しは、戸籍の附票の原本と相違ないことを証明する。",
    ),
}
"""How each page begins, its kind, and what it states above the date."""

_ITEMS_PERSON = re.compile(
    r"氏名(?P<name>.+?)(?:通称(?P<alias>.+?))?生年月日(?P<birth_date>[^氏]+?日)住所(?P<address>.+?)"
    r"(?:性別(?P<sex>男|女))?"
    r"(?:住民となった年月日(?P<became_resident_on>.+?日)住所を定めた年月日(?P<address_since>―|.+?日))?"
    r"(?:世帯主(?P<head_name>.+?)世帯主との続柄(?P<relation>.+?))?"
    r"(?:本籍(?P<registered_domicile>.+?)筆頭者(?P<family_register_head>.+?))?"
    r"(?:国籍・地域(?P<nationality>.+?)第30条の45に規定する区分(?P<category>.+?)在留資格(?P<status>.+?)在留期間(?P<period>.+?)"
    r"在留期間の満了の日(?P<expires_on>.+?)在留カード等の番号(?P<card_number>.+?))?"
    r"(?:個人番号(?P<individual_number>[0-9]{12}))?(?=氏名|\Z)"
)

_INCOME = (
    ("salary_revenue_yen", "給与収入"),
    ("salary_yen", "給与所得"),
    ("pension_revenue_yen", "公的年金等収入"),
    ("pension_yen", "公的年金等に係る雑所得"),
    ("business_yen", "営業等所得"),
    ("property_yen", "不動産所得"),
    ("other_yen", "その他の所得"),
    ("total_yen", "合計所得金額"),
)
_DEDUCTIONS = (
    ("social_insurance_yen", "社会保険料控除"),
    ("life_insurance_yen", "生命保険料控除"),
    ("spouse_yen", "配偶者控除"),
    ("dependants_yen", "扶養控除"),
    ("basic_yen", "基礎控除"),
    ("other_yen", "その他の控除"),
    ("total_yen", "所得控除合計"),
)
_LEVIES = (
    ("base_yen", "課税標準額"),
    ("city_income_yen", "市民税所得割額"),
    ("city_capita_yen", "市民税均等割額"),
    ("prefecture_income_yen", "県民税所得割額"),
    ("prefecture_capita_yen", "県民税均等割額"),
    ("forest_yen", "森林環境税額"),
    ("annual_yen", "年税額"),
)
_PAYMENT = (
    ("annual_yen", "年税額"),
    ("paid_yen", "納付済額"),
    ("not_due_yen", "納期未到来額"),
    ("overdue_yen", "未納額"),
)


def _sums(part: str, heading: str, labels: Iterable[tuple[str, str]]) -> str:
    return heading + "".join(f"{label}(?P<{part}_{field}>{_YEN})" for field, label in labels)


_TAX_PERSON = (
    r"氏名(?P<name>.+?)(?:通称(?P<alias>.+?))?生年月日(?P<birth_date>[^氏]+?日)1月1日現在の住所(?P<address>.+?)"
)
_INCOME_PART = _sums("income", "所得", _INCOME) + r"扶養扶養人数(?P<dependants>[0-9]+)人"
_TAX_PAGES: dict[Kind, re.Pattern[str]] = {
    Kind.INCOME: re.compile(_TAX_PERSON + _INCOME_PART),
    Kind.TAXATION: re.compile(
        _TAX_PERSON + _INCOME_PART + _sums("deductions", "控除", _DEDUCTIONS) + _sums("levies", "税額", _LEVIES)
    ),
    Kind.TAX_PAYMENT: re.compile(
        _TAX_PERSON
        + _sums("payment", "納付税目市民税・県民税・森林環境税", _PAYMENT)
        + r"収納状況の基準日(?P<payment_as_of>.+日)"
    ),
}

_REGISTER_HEAD = re.compile(
    r"本籍(?P<domicile>.+?)氏名(?P<head_name>.+?)戸籍編製【編製日】(?P<made_on>[^【]+?日)(?=戸籍に記録されている者【)"
)
_REGISTER_PERSON = re.compile(
    r"戸籍に記録されている者(?:【除籍】(?P<removed>除籍されています))?【名】(?P<name>[^【]+)"
    r"【生年月日】(?P<birth_date>[^【]+)(?:【配偶者区分】(?P<spouse_mark>夫|妻))?"
    r"【父】(?P<father>[^【]+)【母】(?P<mother>[^【]+)【続柄】(?P<relation>[^【]+?)"
    r"(?P<entries>(?:(?:出生|婚姻|離婚|養子縁組|死亡)【.*?)?)(?=戸籍に記録されている者【|\Z)"
)
_ENTRY = re.compile(r"(出生|婚姻|離婚|養子縁組|死亡)(?=【(?:出生日|婚姻日|離婚日|縁組日|死亡日)】)")
_SAID = re.compile(r"【([^【】]+)】([^【】]+)")
_ADDRESS_HEAD = re.compile(r"本籍(?P<domicile>.+?)筆頭者(?P<head_name>.+?)(?=附票に記録されている者【)")
_ADDRESS_PERSON = re.compile(
    r"附票に記録されている者【氏名】(?P<name>[^【]+)【生年月日】(?P<birth_date>[^【]+)【性別】(?P<sex>男|女)"
    r"住所の履歴(?P<addresses>(?:【住所】[^【]+?【住定日】[^【]+?日)+)(?=附票に記録されている者【|\Z)"
)


class UnreadableBody(ValueError):  # noqa: N818 the name is what the page is
    """The text between the serial number and the statement is not that of the page's kind."""


def read_body(kind: Kind, body: str) -> tuple[Items, ...]:
    """The items of each person on a page, white space removed; `UnreadableBody` if it is not exactly such a page."""
    if kind is Kind.RESIDENT_RECORD_ITEMS:
        return tuple(_each(_ITEMS_PERSON, body))
    if kind in _TAX_PAGES:
        return tuple(_each(_TAX_PAGES[kind], body))
    if kind is Kind.FAMILY_REGISTER_ADDRESS:
        head, rest = _head(_ADDRESS_HEAD, body)
        return tuple(head | _listed(person, "addresses") for person in _each(_ADDRESS_PERSON, rest))
    head, rest = _head(_REGISTER_HEAD, body)
    return tuple(head | _with_entries(person) for person in _each(_REGISTER_PERSON, rest))


def _head(pattern: re.Pattern[str], body: str) -> tuple[Items, str]:
    match = pattern.match(body)
    if match is None:
        raise UnreadableBody
    return match.groupdict(), body[match.end() :]


def _each(pattern: re.Pattern[str], body: str) -> Iterator[Items]:
    at = 0
    while at < len(body):
        match = pattern.match(body, at)
        if match is None or match.end() == at:
            raise UnreadableBody
        yield {item: said for item, said in match.groupdict().items() if said is not None}
        at = match.end()


def _with_entries(person: Items) -> Items:
    text = person.pop("entries")
    starts = [found.start() for found in _ENTRY.finditer(text)]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True)):
        heading, said = text[start:end].split("【", 1)
        person[f"entry_{number}"] = heading
        person |= _numbered(f"entry_{number}_", "【" + said)
    return person


def _listed(person: Items, item: str) -> Items:
    text = person.pop(item)
    return person | _numbered(f"{item}_", text)


def _numbered(prefix: str, text: str) -> Items:
    found = _SAID.findall(text)
    if "".join(f"【{label}】{said}" for label, said in found) != text:
        raise UnreadableBody
    return {f"{prefix}{place}_{label}": said for place, (label, said) in enumerate(found)}


def expected_items(content: ResidentRecordItems) -> Iterator[Items]:
    """What the record says should be printed of each person, item by item."""
    for person in content.people:
        yield {item: said for item, said in _items_of(person).items() if said is not None}


def _items_of(person: ItemsPerson) -> dict[str, str | None]:
    dated = person.became_resident_on is not None
    said: dict[str, str | None] = {
        "name": person.name,
        "alias": (person.alias or _NOTHING) if person.is_foreign else None,
        "birth_date": _born(person.birth_date, is_foreign=person.is_foreign),
        "address": person.address,
        "sex": None if person.sex is None else person.sex.value,
        "became_resident_on": _day(person.became_resident_on),
        "address_since": (_day(person.address_since) or _NOTHING) if dated else None,
        "head_name": person.head_name,
        "relation": person.relation,
        "registered_domicile": person.registered_domicile,
        "family_register_head": person.family_register_head,
        "individual_number": person.individual_number,
    }
    if (facts := person.foreign) is not None:
        said |= {
            item: getattr(facts, item) or _NOTHING
            for item in ("nationality", "category", "status", "period", "card_number")
        }
        said["expires_on"] = _NOTHING if facts.expires_on is None else _born(facts.expires_on, is_foreign=True)
    return said


def expected_tax(content: TaxCertificate) -> Items:
    """What the record says should be printed on a tax certificate."""
    said = {
        "name": content.name,
        "birth_date": _born(content.birth_date, is_foreign=content.is_foreign),
        "address": content.address,
    }
    if content.alias:
        said["alias"] = content.alias
    if content.dependants is not None:
        said["dependants"] = str(content.dependants)
    parts = (
        ("income", content.income, _INCOME),
        ("deductions", content.deductions, _DEDUCTIONS),
        ("levies", content.levies, _LEVIES),
        ("payment", content.payment, _PAYMENT),
    )
    for part, sums, labels in parts:
        if sums is not None:
            said |= {f"{part}_{field}": _yen(getattr(sums, field)) for field, _ in labels}
    if content.payment is not None:
        said["payment_as_of"] = era_date(content.payment.as_of)
    return said


def expected_register(content: FamilyRegisterCertificate) -> Iterator[Items]:
    """What the register says should be printed of each person, with the register's head."""
    head = {"domicile": content.domicile, "head_name": content.head_name, "made_on": era_date(content.made_on)}
    for person in content.people:
        yield head | _registered(person)


def _registered(person: RegisterPerson) -> Items:
    said = {
        "name": person.given_name,
        "birth_date": era_date(person.birth_date),
        "father": person.father or _NOTHING,
        "mother": person.mother or _NOTHING,
        "relation": person.relation,
    }
    if person.spouse_mark:
        said["spouse_mark"] = person.spouse_mark
    if person.removed:
        said["removed"] = "除籍されています"
    for number, entry in enumerate(person.entries):
        heading, lines = _said_of(entry)
        said[f"entry_{number}"] = heading
        said |= {f"entry_{number}_{place}_{label}": text for place, (label, text) in enumerate(lines)}
    return said


def _said_of(entry: StatusEntry) -> tuple[str, list[tuple[str, str]]]:
    if isinstance(entry, Birth | Death):
        heading, day = ("出生", entry.born_on) if isinstance(entry, Birth) else ("死亡", entry.died_on)
        texts = (era_date(day), entry.place, era_date(entry.notified_on), entry.notifier)
        return heading, [
            (f"{heading}{item}", text) for item, text in zip(("日", "地", "届出日", "届出人"), texts, strict=True)
        ]
    if isinstance(entry, Marriage):
        registers = (("従前戸籍", entry.former_register), ("新本籍", entry.new_register))
        return "婚姻", [
            ("婚姻日", era_date(entry.married_on)),
            ("配偶者氏名", entry.spouse_name),
            *((label, text) for label, text in registers if text),
        ]
    if isinstance(entry, Divorce):
        return "離婚", [("離婚日", era_date(entry.divorced_on)), ("元配偶者氏名", entry.spouse_name)]
    assert isinstance(entry, Adoption)
    return "養子縁組", [
        ("縁組日", era_date(entry.adopted_on)),
        ("養父氏名", entry.adoptive_father or _NOTHING),
        ("養母氏名", entry.adoptive_mother or _NOTHING),
    ]


def expected_addresses(content: AddressRecordCertificate) -> Iterator[Items]:
    """What the 附票 says should be printed of each person, with its head."""
    head = {"domicile": content.domicile or _OMITTED, "head_name": content.head_name or _OMITTED}
    for person in content.people:
        yield head | _moved(person)


def _moved(person: AddressPerson) -> Items:
    said = {"name": person.name, "birth_date": era_date(person.birth_date), "sex": person.sex.value}
    for number, entry in enumerate(person.addresses):
        said[f"addresses_{2 * number}_住所"] = entry.address
        said[f"addresses_{2 * number + 1}_住定日"] = era_date(entry.since)
    return said


def _born(day: dt.date, *, is_foreign: bool) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if is_foreign else era_date(day)


def _day(day: dt.date | None) -> str | None:
    return None if day is None else era_date(day)


def _yen(amount: Yen) -> str:
    sign = "△" if amount < 0 else ""
    return f"{sign}{abs(amount):,}円"
