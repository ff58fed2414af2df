"""Required items: a certificate with a blank or contradictory one is withheld before it is drawn (failure R8).

In 2015 a municipality linked a blank individual number. A blank is therefore never taken for 省略: what was not asked
for is `None`, and what was asked for must be there.
"""

from __future__ import annotations

from itaku.basis.text import is_individual_number
from itaku.issuance.certificates.content import Content, ForeignStatus, PersonContent, ResidentRecord, SealRegistration
from itaku.issuance.certificates.failures import RecordIncomplete

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
    if isinstance(content, SealRegistration):
        _required("name", content.name)
        _required("address", content.address)
        if not content.seal_png:
            raise RecordIncomplete("seal_png")
        return
    _require_household(content)


def _require_household(content: ResidentRecord) -> None:
    if not 1 <= len(content.people) <= PEOPLE_AT_MOST:
        raise RecordIncomplete("people")
    for person in content.people:
        _require_person(person)


def _require_person(person: PersonContent) -> None:
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
