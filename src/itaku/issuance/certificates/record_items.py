"""住民票記載事項証明書 as ruled blocks, one to a person: a row for each item asked for, and none for any other."""

from __future__ import annotations

from itaku.basis.eras import era_date
from itaku.issuance.certificates.content import ItemsPerson, ResidentRecordItems
from itaku.issuance.certificates.layout import LARGE, NAME, Block, Fitter, Role, Row
from itaku.issuance.certificates.paging import paged
from itaku.issuance.certificates.resident_record import NOTHING, birth_date_text, western_date

_COLUMNS = (44.0, 134.0)


def pages_of(content: ResidentRecordItems, fitter: Fitter) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each page, in the record's order."""
    return paged([_rows(person, fitter) for person in content.people], _COLUMNS)


def _rows(person: ItemsPerson, fitter: Fitter) -> tuple[Row, ...]:
    def row(label: str, text: str) -> Row:
        return Row(8.0, (fitter.label(label, _COLUMNS[0]), fitter.value(text, _COLUMNS[1], LARGE)))

    name = fitter.value(person.name, _COLUMNS[1], NAME, role=Role.NAME)
    return (
        Row(12.0, (fitter.label("氏名", _COLUMNS[0]), name)),
        *(row(label, text) for label, text in _items(person)),
    )


def _items(person: ItemsPerson) -> list[tuple[str, str]]:
    items = [("通称", person.alias or NOTHING)] if person.is_foreign else []
    items.append(("生年月日", birth_date_text(person.birth_date, is_foreign=person.is_foreign)))
    items.append(("住所", person.address))
    if person.sex is not None:
        items.append(("性別", person.sex.value))
    if person.became_resident_on is not None:
        since = person.address_since
        items.append(("住民となった年月日", era_date(person.became_resident_on)))
        items.append(("住所を定めた年月日", NOTHING if since is None else era_date(since)))
    if person.head_name is not None and person.relation is not None:
        items += [("世帯主", person.head_name), ("世帯主との続柄", person.relation)]
    if person.registered_domicile is not None and person.family_register_head is not None:
        items += [("本籍", person.registered_domicile), ("筆頭者", person.family_register_head)]
    if (facts := person.foreign) is not None:
        expires = NOTHING if facts.expires_on is None else western_date(facts.expires_on)
        items += [
            ("国籍・地域", facts.nationality),
            ("第30条の45に規定する区分", facts.category),
            ("在留資格", facts.status or NOTHING),
            ("在留期間", facts.period or NOTHING),
            ("在留期間の満了の日", expires),
            ("在留カード等の番号", facts.card_number or NOTHING),
        ]
    if (number := person.individual_number) is not None:
        items.append(("個人番号", f"{number[:4]} {number[4:8]} {number[8:]}"))
    return items
