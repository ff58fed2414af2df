"""住民票の写し as ruled blocks, one to a person, and how many of them go on a page."""

from __future__ import annotations

import datetime as dt

from itaku.basis.eras import era_date
from itaku.issuance.certificates.content import PersonContent, ResidentRecord
from itaku.issuance.certificates.layout import NAME, Block, Cell, Fitter, Role, Row
from itaku.issuance.certificates.paging import paged

_COLUMNS = (26.0, 56.0, 26.0, 38.0, 12.0, 20.0)
_REST = _COLUMNS[3] + _COLUMNS[4] + _COLUMNS[5]
_ALL = _REST + _COLUMNS[1] + _COLUMNS[2]

NOTHING = "―"
"""Printed where the record has no entry, so that nothing can be written in later."""


def western_date(day: dt.date) -> str:
    """A date by the Western year: a foreign resident's record counts birth and expiry so."""
    return f"{day.year}年{day.month}月{day.day}日"


def birth_date_text(day: dt.date, *, is_foreign: bool) -> str:
    """生年月日 as the forms print it: by era, for foreign residents by the Western year."""
    return western_date(day) if is_foreign else era_date(day)


def pages_of(content: ResidentRecord, fitter: Fitter) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each page, in the record's order; the rows grow where a page has room."""
    return paged([_person_rows(person, fitter) for person in content.people], _COLUMNS)


def _person_rows(person: PersonContent, fitter: Fitter) -> tuple[Row, ...]:
    rows = [_name_row(person, fitter)]
    if person.is_foreign:
        rows.append(_wide(fitter, "通称", person.alias or NOTHING))
    rows.append(_household_row(person, fitter))
    rows.append(_wide(fitter, "住所", person.address, 7.5))
    became = "外国人住民と\nなった年月日" if person.is_foreign else "住民となった\n年月日"
    rows.append(
        _pair(fitter, became, era_date(person.became_resident_on), "住所を定めた\n年月日", _day(person.address_since))
    )
    rows.append(_wide(fitter, "前住所", person.previous_address or NOTHING, 7.5))
    rows.extend(_foreign_rows(person, fitter) if person.is_foreign else [_domicile_row(person, fitter)])
    rows.append(_head_of_register_row(person, fitter))
    rows.append(_number_row(person, fitter))
    return tuple(rows)


def _name_row(person: PersonContent, fitter: Fitter) -> Row:
    born = birth_date_text(person.birth_date, is_foreign=person.is_foreign)
    return Row(
        12.0,
        (
            fitter.label("氏名", _COLUMNS[0]),
            fitter.value(person.name, _COLUMNS[1], NAME, role=Role.NAME),
            fitter.label("生年月日", _COLUMNS[2]),
            fitter.value(born, _COLUMNS[3]),
            fitter.label("性別", _COLUMNS[4]),
            fitter.value(person.sex.value, _COLUMNS[5]),
        ),
    )


def _household_row(person: PersonContent, fitter: Fitter) -> Row:
    return Row(
        7.0,
        (
            fitter.label("世帯主", _COLUMNS[0]),
            _asked(fitter, person.head_name, _COLUMNS[1]),
            fitter.label("続柄", _COLUMNS[2]),
            _asked(fitter, person.relation, _REST, 3),
        ),
    )


def _domicile_row(person: PersonContent, fitter: Fitter) -> Row:
    return Row(7.5, (fitter.label("本籍", _COLUMNS[0]), _asked(fitter, person.registered_domicile, _ALL, 5)))


def _head_of_register_row(person: PersonContent, fitter: Fitter) -> Row:
    if person.is_foreign:
        return Row(7.0, (fitter.label("届出年月日", _COLUMNS[0]), fitter.value(_day(person.notified_on), _ALL, span=5)))
    return Row(
        7.0,
        (
            fitter.label("筆頭者", _COLUMNS[0]),
            _asked(fitter, person.family_register_head, _COLUMNS[1]),
            fitter.label("届出年月日", _COLUMNS[2]),
            fitter.value(_day(person.notified_on), _REST, span=3),
        ),
    )


def _number_row(person: PersonContent, fitter: Fitter) -> Row:
    number = person.individual_number
    grouped = None if number is None else f"{number[:4]} {number[4:8]} {number[8:]}"
    return Row(
        7.0,
        (
            fitter.label("個人番号", _COLUMNS[0]),
            _asked(fitter, grouped, _COLUMNS[1]),
            fitter.label("住民票コード", _COLUMNS[2]),
            fitter.omitted(3),
        ),
    )


def _foreign_rows(person: PersonContent, fitter: Fitter) -> list[Row]:
    facts = person.foreign
    category = "第30条の45に\n規定する区分"
    if facts is None:
        return [
            _pair(fitter, "国籍・地域", None, category, None),
            _pair(fitter, "在留資格", None, "在留期間", None),
            _pair(fitter, "在留期間の\n満了の日", None, "在留カード等\nの番号", None),
        ]
    expires = NOTHING if facts.expires_on is None else western_date(facts.expires_on)
    return [
        _pair(fitter, "国籍・地域", facts.nationality, category, facts.category),
        _pair(fitter, "在留資格", facts.status or NOTHING, "在留期間", facts.period or NOTHING),
        _pair(fitter, "在留期間の\n満了の日", expires, "在留カード等\nの番号", facts.card_number or NOTHING),
    ]


def _pair(fitter: Fitter, left: str, left_text: str | None, right: str, right_text: str | None) -> Row:
    return Row(
        7.0,
        (
            fitter.label(left, _COLUMNS[0]),
            _asked(fitter, left_text, _COLUMNS[1]),
            fitter.label(right, _COLUMNS[2]),
            _asked(fitter, right_text, _REST, 3),
        ),
    )


def _wide(fitter: Fitter, label: str, text: str, height_mm: float = 7.0) -> Row:
    return Row(height_mm, (fitter.label(label, _COLUMNS[0]), fitter.value(text, _ALL, span=5)))


def _asked(fitter: Fitter, text: str | None, width_mm: float, span: int = 1) -> Cell:
    return fitter.omitted(span) if text is None else fitter.value(text, width_mm, span=span)


def _day(day: dt.date | None) -> str:
    return NOTHING if day is None else era_date(day)
