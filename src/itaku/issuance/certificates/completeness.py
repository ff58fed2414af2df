"""Required items: a certificate with a blank or contradictory one is withheld before it is drawn (failure R8).

In 2015 a municipality linked a blank individual number. A blank is therefore never taken for 省略: what was not asked
for is `None`, and what was asked for must be there.
"""

from __future__ import annotations

import datetime as dt

from itaku.basis.text import is_individual_number
from itaku.issuance.certificates.content import (
    ForeignStatus,
    ItemsPerson,
    PersonContent,
    ResidentRecord,
    ResidentRecordItems,
    SealRegistration,
)
from itaku.issuance.certificates.contents import Content
from itaku.issuance.certificates.failures import RecordIncomplete
from itaku.issuance.certificates.register_facts import (
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

MID_TO_LONG_TERM = "中長期在留者"
SPECIAL_PERMANENT = "特別永住者"
_WITHOUT_EXPIRY = (
    "永住者",
    "高度専門職２号",
    "高度専門職2号",
    "高度専門職（２号）",
    "高度専門職2号イ",
    "高度専門職2号ロ",
    "高度専門職2号ハ",
)
"""在留資格 whose 在留期間 is 無期限 (入管法 別表第一の二, 別表第二)."""

PEOPLE_AT_MOST = 40
"""People of one household that a kiosk prints; more are for the counter."""


def require_complete(content: Content) -> None:
    """Passes if every required item is there; raises `RecordIncomplete` naming the item."""
    match content:
        case SealRegistration():
            _required("name", content.name)
            _required("address", content.address)
            _required("seal_png", content.seal_png.hex())
        case TaxCertificate():
            _require_tax(content)
        case ResidentRecord() | ResidentRecordItems():
            _require_people(len(content.people))
            for person in content.people:
                _require_person(person)
        case FamilyRegisterCertificate():
            _require_register(content)
        case AddressRecordCertificate():
            _require_addresses(content)


def _require_people(count: int) -> None:
    if not 1 <= count <= PEOPLE_AT_MOST:
        raise RecordIncomplete("people")


_PARTS = {
    Kind.INCOME: ("income", "dependants"),
    Kind.TAXATION: ("income", "dependants", "deductions", "levies"),
    Kind.TAX_PAYMENT: ("payment",),
}
"""The parts of each tax certificate; it has these and no other."""


def _require_tax(content: TaxCertificate) -> None:
    _required("name", content.name)
    _required("address", content.address)
    if content.kind not in _PARTS:
        raise RecordIncomplete("kind")
    for part in ("income", "dependants", "deductions", "levies", "payment"):
        if (getattr(content, part) is not None) != (part in _PARTS[content.kind]):
            raise RecordIncomplete(part)
    for sums in (content.income, content.deductions, content.levies, content.payment):
        if sums is not None and not sums.adds_up:
            raise RecordIncomplete("sums do not add up")
    if content.dependants is not None and not 0 <= content.dependants <= PEOPLE_AT_MOST:
        raise RecordIncomplete("dependants")


def _require_register(content: FamilyRegisterCertificate) -> None:
    _required("domicile", content.domicile)
    _required("head_name", content.head_name)
    _require_people(len(content.people))
    for person in content.people:
        _require_registered(person)


def _require_registered(person: RegisterPerson) -> None:
    _required("surname", person.surname)
    _required("given_name", person.given_name)
    _required("relation", person.relation)
    if person.spouse_mark not in {"", "夫", "妻"}:
        raise RecordIncomplete("spouse_mark")
    births = [entry for entry in person.entries if isinstance(entry, Birth)]
    if len(births) != 1 or births[0].born_on != person.birth_date:
        raise RecordIncomplete("the birth entry is not that of the birth date")
    for entry in person.entries:
        texts, day = _said(entry)
        for text in texts:
            _required("entry", text)
        if day < person.birth_date:
            raise RecordIncomplete("an entry before birth")


def _said(entry: StatusEntry) -> tuple[tuple[str, ...], dt.date]:
    """What an entry must state, and its day."""
    match entry:
        case Birth():
            return (entry.place, entry.notifier), entry.born_on
        case Marriage():
            return (entry.spouse_name, entry.former_register or entry.new_register), entry.married_on
        case Divorce():
            return (entry.spouse_name,), entry.divorced_on
        case Adoption():
            return (entry.adoptive_father or entry.adoptive_mother,), entry.adopted_on
        case Death():
            return (entry.place, entry.notifier), entry.died_on


def _require_addresses(content: AddressRecordCertificate) -> None:
    _asked_for("domicile", content.domicile)
    _asked_for("head_name", content.head_name)
    if (content.domicile is None) != (content.head_name is None):
        raise RecordIncomplete("domicile and head_name go together")
    _require_people(len(content.people))
    for person in content.people:
        _required("name", person.name)
        if not person.addresses:
            raise RecordIncomplete("addresses")
        for entry in person.addresses:
            _required("address", entry.address)
        days = [entry.since for entry in person.addresses]
        if days != sorted(days):
            raise RecordIncomplete("addresses are not in order")


def _require_person(person: PersonContent | ItemsPerson) -> None:
    _required("name", person.name)
    _required("address", person.address)
    _asked_for("head_name", person.head_name)
    _asked_for("relation", person.relation)
    _asked_for("registered_domicile", person.registered_domicile)
    _asked_for("family_register_head", person.family_register_head)
    if (person.head_name is None) != (person.relation is None):
        raise RecordIncomplete("head_name and relation go together")
    if (person.registered_domicile is None) != (person.family_register_head is None):
        raise RecordIncomplete("registered_domicile and family_register_head go together")
    if person.individual_number is not None and not is_individual_number(person.individual_number):
        raise RecordIncomplete("individual_number")
    if person.is_foreign and person.registered_domicile is not None:
        raise RecordIncomplete("a foreign resident has no registered_domicile")
    if not person.is_foreign and (person.foreign is not None or person.alias):
        raise RecordIncomplete("foreign facts of a citizen")
    if person.foreign is not None:
        _require_foreign(person.foreign)


def _require_foreign(foreign: ForeignStatus) -> None:
    _required("nationality", foreign.nationality)
    _required("category", foreign.category)
    if foreign.category in (MID_TO_LONG_TERM, SPECIAL_PERMANENT):
        _required("card_number", foreign.card_number)
    if foreign.category == MID_TO_LONG_TERM:
        _required("status", foreign.status)
        _required("period", foreign.period)
        if foreign.expires_on is None and foreign.status not in _WITHOUT_EXPIRY:
            raise RecordIncomplete("expires_on")


def _required(item: str, text: str) -> None:
    if not text.strip():
        raise RecordIncomplete(item)


def _asked_for(item: str, text: str | None) -> None:
    if text is not None:
        _required(item, text)
