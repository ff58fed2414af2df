"""What a finished page says, parsed from its extracted text by its labels: an independent reading of the forms."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from itaku.basis.eras import EraDateError, era_date, parse_era
from itaku.issuance.certificates.content import PersonContent, ResidentRecord, ResidentRecordItems
from itaku.issuance.certificates.contents import Content
from itaku.issuance.certificates.fonts import installed_font
from itaku.issuance.certificates.printed_kinds import (
    FRAMES,
    UnreadableBody,
    expected_addresses,
    expected_items,
    expected_register,
    expected_tax,
    read_body,
)
from itaku.issuance.certificates.register_facts import AddressRecordCertificate, FamilyRegisterCertificate
from itaku.issuance.certificates.tax_facts import TaxCertificate
from itaku.issuance.protocol.kinds import Kind

_OMITTED, _NOTHING = "省略", "―"
_ERA_DATE = re.compile(r"(?:明治|大正|昭和|平成|令和)[元0-9０-９]+年[0-9０-９]+月[0-9０-９]+日")
_RESIDENT_PAGE = re.compile(
    r"住民票CopyofResidentRecord(?P<scope>世帯全員|世帯の一部)発行番号(?P<serial>[0-9A-Za-z-]+)（(?P<page>\d+)／(?P<pages>\d+)）"
    r"(?P<people>氏名.+住民票コード省略)(?P<after>（以下余白）|（次のページに続く）)"
    r"この写しは、住民票の原本と相違ないことを証明する。(?P<issued>\S+?日)(?P<rest>.+)"
)
_PERSON = re.compile(
    r"氏名(?P<name>.+?)生年月日(?P<birth_date>.+?)性別(?P<sex>男|女)"
    r"(?:通称(?P<alias>.+?))?世帯主(?P<head_name>.+?)続柄(?P<relation>.+?)住所(?P<address>.+?)"
    r"(?:外国人住民と|住民と)なった年月日(?P<became_resident_on>.+?)住所を定めた年月日(?P<address_since>.+?)"
    r"前住所(?P<previous_address>.+?)"
    r"(?:国籍・地域(?P<nationality>.+?)第30条の45に規定する区分(?P<category>.+?)在留資格(?P<status>.+?)在留期間(?P<period>.+?)"
    r"在留期間の満了の日(?P<expires_on>.+?)在留カード等の番号(?P<card_number>.+?)"
    r"|本籍(?P<registered_domicile>.+?)筆頭者(?P<family_register_head>.+?))"
    r"届出年月日(?P<notified_on>.+?)個人番号(?P<individual_number>[0-9]{12}|省略)住民票コード省略"
)
_SEAL_PAGE = re.compile(
    r"印鑑登録証明書CertificateofSealRegistration発行番号(?P<serial>[0-9A-Za-z-]+)（(?P<page>\d+)／(?P<pages>\d+)）印影"
    r"氏名(?P<name>.+?)(?:通称(?P<alias>.+?))?生年月日(?P<birth_date>.+?)住所(?P<address>.+?)"
    r"（以下余白）この写しは、登録された印影と相違ないことを証明する。(?P<issued>\S+?日)(?P<rest>.+)"
)

_FRAMED_PAGES = tuple(
    (
        kind,
        re.compile(
            re.escape(title) + r"(?P<scope>世帯全員|世帯の一部|全員|一部|[^（]{3,8}年度（[^）]{3,8}年中分）)"
            r"発行番号(?P<serial>[0-9A-Za-z-]+)（(?P<page>\d+)／(?P<pages>\d+)）(?P<body>.+?)"
            r"(?P<after>（以下余白）|（次のページに続く）)" + re.escape(statement) + r"(?P<issued>\S+?日)(?P<rest>.+)"
        ),
        title,
    )
    for title, (kind, statement) in FRAMES.items()
)


class PrintedPage(msgspec.Struct, frozen=True):
    """One page as printed. `people` maps each person's items to their texts, without white space."""

    kind: Kind
    scope: str
    page: int
    pages: int
    serial_number: str
    people: tuple[dict[str, str], ...]
    issued: str
    rest: str
    """What stands after the date: mayor, and the notes."""
    eras_hold: bool
    """Whether every date in era form on the page is a day that was or will be (failure R9)."""
    is_untaxed: bool = False
    """Whether the page calls itself 非課税証明書."""


class UnreadablePage(ValueError):  # noqa: N818 the name is what the page is
    """The text is not that of one of the forms."""


def read_page(text: str) -> PrintedPage:
    """Parses a page's text, white space removed; `UnreadablePage` if it is not exactly one of the forms."""
    if match := _RESIDENT_PAGE.fullmatch(text):
        people, at = [], match.start("people")
        while at < match.end("people"):
            person = _PERSON.match(text, at, match.end("people"))
            if person is None:
                raise UnreadablePage
            people.append({item: said for item, said in person.groupdict().items() if said is not None})
            at = person.end()
        return _page(Kind.RESIDENT_RECORD, match, tuple(people), text)
    if match := _SEAL_PAGE.fullmatch(text):
        items = ("name", "alias", "birth_date", "address")
        person_items = {item: match[item] for item in items if match[item] is not None}
        return _page(Kind.SEAL_REGISTRATION, match, (person_items,), text)
    return _read_framed(text)


def _read_framed(text: str) -> PrintedPage:
    for kind, pattern, title in _FRAMED_PAGES:
        if text.startswith(title) and (match := pattern.fullmatch(text)):
            try:
                people = read_body(kind, match["body"])
            except UnreadableBody as error:
                raise UnreadablePage from error
            return _page(kind, match, people, text, title)
    raise UnreadablePage


def _page(
    kind: Kind, match: re.Match[str], people: tuple[dict[str, str], ...], text: str, title: str = ""
) -> PrintedPage:
    return PrintedPage(
        kind=kind,
        scope="" if kind is Kind.SEAL_REGISTRATION else match["scope"],
        page=int(match["page"]),
        pages=int(match["pages"]),
        serial_number=match["serial"],
        people=people,
        issued=match["issued"],
        rest=match["rest"],
        eras_hold=all(_holds(found) for found in _ERA_DATE.findall(text)),
        is_untaxed=title.startswith("非課税"),
    )


def _holds(date_text: str) -> bool:
    try:
        parse_era(date_text)
    except EraDateError:
        return False
    return True


def expected_scope(content: Content) -> str:
    """What stands beside the serial number: whose record it is, or of which year."""
    match content:
        case ResidentRecord() | ResidentRecordItems():
            return "世帯全員" if content.whole else "世帯の一部"
        case FamilyRegisterCertificate() | AddressRecordCertificate():
            return "全員" if content.whole else "一部"
        case TaxCertificate():
            opened, ended = dt.date(content.fiscal_year, 4, 1), dt.date(content.fiscal_year - 1, 12, 31)
            return f"{era_date(opened).removesuffix('4月1日')}度（{era_date(ended).removesuffix('12月31日')}中分）"
    return ""


def expected_people(content: Content) -> tuple[dict[str, str], ...]:
    """What the record says should be printed of each person, item by item, without white space."""
    match content:
        case ResidentRecord():
            return tuple(_expected(person) for person in content.people)
        case ResidentRecordItems():
            return tuple(map(_squeezed, expected_items(content)))
        case TaxCertificate():
            return (_squeezed(expected_tax(content)),)
        case FamilyRegisterCertificate():
            return tuple(map(_squeezed, expected_register(content)))
        case AddressRecordCertificate():
            return tuple(map(_squeezed, expected_addresses(content)))
    said = {
        "name": content.name,
        "birth_date": _western(content.birth_date) if content.is_foreign else era_date(content.birth_date),
        "address": content.address,
    }
    if content.alias:
        said["alias"] = content.alias
    return (_squeezed(said),)


def _expected(person: PersonContent) -> dict[str, str]:
    said = {
        "name": person.name,
        "birth_date": _western(person.birth_date) if person.is_foreign else era_date(person.birth_date),
        "sex": person.sex.value,
        "head_name": _asked(person.head_name),
        "relation": _asked(person.relation),
        "address": person.address,
        "became_resident_on": era_date(person.became_resident_on),
        "address_since": _NOTHING if person.address_since is None else era_date(person.address_since),
        "previous_address": person.previous_address or _NOTHING,
        "notified_on": _NOTHING if person.notified_on is None else era_date(person.notified_on),
        "individual_number": _asked(person.individual_number),
    }
    if not person.is_foreign:
        said["registered_domicile"] = _asked(person.registered_domicile)
        said["family_register_head"] = _asked(person.family_register_head)
        return _squeezed(said)
    said["alias"] = person.alias or _NOTHING
    facts = person.foreign
    items = ("nationality", "category", "status", "period", "card_number")
    said |= {item: _OMITTED if facts is None else getattr(facts, item) or _NOTHING for item in items}
    expires = None if facts is None else facts.expires_on
    said["expires_on"] = _OMITTED if facts is None else _NOTHING if expires is None else _western(expires)
    return _squeezed(said)


def _western(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _asked(text: str | None) -> str:
    return _OMITTED if text is None else text


def _squeezed(said: dict[str, str]) -> dict[str, str]:
    font = installed_font()
    return {item: "".join(font.as_drawn(text).split()) for item, text in said.items()}
