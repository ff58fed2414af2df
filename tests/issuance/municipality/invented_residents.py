"""Invented residents for the tests of the municipality."""

from __future__ import annotations

import datetime as dt

from itaku.basis.clock import InstantMs, to_instant
from itaku.basis.text import individual_number_check_digit
from itaku.issuance.certificates.content import ForeignStatus, Sex
from itaku.issuance.municipality.registry import Household, Relation, Resident, SealRegister

NOW: InstantMs = to_instant(dt.datetime(2026, 11, 21, 1, 0, tzinfo=dt.UTC))
"""10:00 in Japan."""
FOREIGN = ForeignStatus(
    "ベトナム", "中長期在留者", "技術・人文知識・国際業務", "3年", dt.date(2028, 3, 1), "AB12345678CD"
)


class People:
    """Makes residents that differ in what the test says, and households of them."""

    def person(self, number: int, **changes: object) -> Resident:
        eleven = f"999{number:08d}"
        facts: dict[str, object] = {
            "resident_no": f"N{number:04d}",
            "household_no": "H1",
            "order": number,
            "name": f"汐見　{number}郎",
            "name_kana": "シオミ",
            "alias": "",
            "birth_date": dt.date(1980, 1, 1) + dt.timedelta(days=number),
            "sex": Sex.MALE,
            "relation": Relation.HEAD if number == 1 else Relation.CHILD,
            "address": "汐見市潮見台一丁目2番3号",
            "became_resident_on": dt.date(2010, 4, 1),
            "address_since": dt.date(2010, 4, 1),
            "notified_on": dt.date(2010, 4, 5),
            "previous_address": "",
            "registered_domicile": "汐見市潮見台一丁目2番",
            "family_register_head": "汐見　1郎",
            "individual_number": f"{eleven}{individual_number_check_digit(eleven)}",
            "foreign": None,
            "blocks": (),
            "card_serial": f"{number:08x}",
        }
        if changes.get("foreign") is not None:
            facts |= {"registered_domicile": "", "family_register_head": ""}
        return Resident(**(facts | changes))

    def seal(self, resident: Resident) -> SealRegister:
        return SealRegister(resident.resident_no, dt.date(2015, 6, 1), b"\x89PNG" + resident.resident_no.encode())

    def household(self, *members: Resident, holder: int = 0, seal: bool = True, as_of: InstantMs = NOW) -> Household:
        who = members[holder]
        return Household(who, members, self.seal(who) if seal else None, as_of)


PEOPLE = People()
