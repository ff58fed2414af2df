"""戸籍全部・個人事項証明書 and 戸籍の附票の写し as ruled blocks, one to a person, under the register's head."""

from __future__ import annotations

from itaku.basis.eras import era_date
from itaku.issuance.certificates.layout import Block, Cell, Choices, Fitter, Role, Row
from itaku.issuance.certificates.paging import paged
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
from itaku.issuance.certificates.resident_record import NOTHING

_COLUMNS = (40.0, 138.0)
_TEXT: Choices = ((10.0, 3),)
"""One size for all lines of a cell; a long line goes on over two more."""
_LINE_MM = 4.9
_PADDING_MM = 2.4

Line = tuple[str, str]
"""An item of the register with its text: 【婚姻日】平成4年1月10日."""


def pages_of(content: FamilyRegisterCertificate, fitter: Fitter) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each page; raises `TextTooLong` for a person who does not fit on one."""
    head = (
        _row("本籍", [("", content.domicile)], fitter),
        _row("氏名", [("", content.head_name)], fitter),
        _row("戸籍編製", [("編製日", era_date(content.made_on))], fitter),
    )
    return paged([_person(person, fitter) for person in content.people], _COLUMNS, head, _COLUMNS)


def address_pages_of(content: AddressRecordCertificate, fitter: Fitter) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each page of the 附票."""
    head = tuple(
        Row(7.4, (fitter.label(label, _COLUMNS[0]), fitter.omitted()))
        if text is None
        else _row(label, [("", text)], fitter)
        for label, text in (("本籍", content.domicile), ("筆頭者", content.head_name))
    )
    return paged([_addresses(person, fitter) for person in content.people], _COLUMNS, head, _COLUMNS)


def _person(person: RegisterPerson, fitter: Fitter) -> tuple[Row, ...]:
    facts = [("名", person.given_name)]
    if person.removed:
        facts.insert(0, ("除籍", "除籍されています"))
    facts.append(("生年月日", era_date(person.birth_date)))
    if person.spouse_mark:
        facts.append(("配偶者区分", person.spouse_mark))
    facts += [
        ("父", person.father or NOTHING),
        ("母", person.mother or NOTHING),
        ("続柄", person.relation or NOTHING),
    ]
    rows = [_row("戸籍に記録\nされている者", facts, fitter)]
    for entry in person.entries:
        heading, lines = _entry(entry)
        rows.append(_row(heading, lines, fitter))
    return tuple(rows)


def _addresses(person: AddressPerson, fitter: Fitter) -> tuple[Row, ...]:
    who = [("氏名", person.name), ("生年月日", era_date(person.birth_date)), ("性別", person.sex.value)]
    lines = [
        line for entry in person.addresses for line in (("住所", entry.address), ("住定日", era_date(entry.since)))
    ]
    return _row("附票に記録\nされている者", who, fitter), _row("住所の履歴", lines, fitter)


def _entry(entry: StatusEntry) -> tuple[str, list[Line]]:
    match entry:
        case Birth():
            return "出生", [
                ("出生日", era_date(entry.born_on)),
                ("出生地", entry.place),
                ("出生届出日", era_date(entry.notified_on)),
                ("出生届出人", entry.notifier),
            ]
        case Marriage():
            lines = [("婚姻日", era_date(entry.married_on)), ("配偶者氏名", entry.spouse_name)]
            if entry.former_register:
                lines.append(("従前戸籍", entry.former_register))
            if entry.new_register:
                lines.append(("新本籍", entry.new_register))
            return "婚姻", lines
        case Divorce():
            return "離婚", [("離婚日", era_date(entry.divorced_on)), ("元配偶者氏名", entry.spouse_name)]
        case Adoption():
            return "養子縁組", [
                ("縁組日", era_date(entry.adopted_on)),
                ("養父氏名", entry.adoptive_father or NOTHING),
                ("養母氏名", entry.adoptive_mother or NOTHING),
            ]
        case Death():
            return "死亡", [
                ("死亡日", era_date(entry.died_on)),
                ("死亡地", entry.place),
                ("死亡届出日", era_date(entry.notified_on)),
                ("死亡届出人", entry.notifier),
            ]


def _row(label: str, lines: list[Line], fitter: Fitter) -> Row:
    text: list[str] = []
    for item, said in lines:
        whole = f"【{item}】{said}" if item else said
        text += fitter.value(whole, _COLUMNS[1], _TEXT).lines
    height = round(len(text) * _LINE_MM + _PADDING_MM, 3)
    return Row(height, (fitter.label(label, _COLUMNS[0]), Cell(Role.VALUE, tuple(text), _TEXT[0][0])))
