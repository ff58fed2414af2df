"""The demonstration's people at the desk (練習の利用者): invented, on both sides, with one password."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from itaku.desk.people_file import FirstOrganisation, FirstPerson, FirstSeat

PASSWORD = "Shiomi-2026-renshu"  # noqa: S105 the practice password, printed by the sandbox and good for nothing else
NAMES_TO_TRY = ("morita", "shiraishi", "kuroda")
"""One of each side, and an auditor: what a start of the sandbox names."""
CERTIFICATES, MARATHON = "certificates-2026", "marathon-2026"


def _person(sign_in_name: str, name: str, name_en: str, office: str, *seats: FirstSeat) -> FirstPerson:
    return FirstPerson(
        sign_in_name=sign_in_name,
        password=PASSWORD,
        name=name,
        name_en=name_en,
        mail=f"{sign_in_name}@example.jp",
        office=office,
        seats=seats,
    )


PEOPLE = (
    FirstOrganisation(
        name="汐見市",
        name_en="Shiomi City",
        kind="client",
        people=(
            _person(
                "morita",
                "森田 千尋",
                "Chihiro Morita",
                "契約管理課",
                FirstSeat(CERTIFICATES, "client", ("officer",)),
                FirstSeat(MARATHON, "committee", ("officer",)),
                FirstSeat(MARATHON, "prefecture", ("officer",)),
            ),
            _person(
                "kanda",
                "神田 悠",
                "Yu Kanda",
                "検査担当",
                FirstSeat(CERTIFICATES, "client", ("inspector",)),
                FirstSeat(MARATHON, "committee", ("inspector",)),
                FirstSeat(MARATHON, "prefecture", ("inspector",)),
            ),
            _person(
                "ono",
                "小野 美咲",
                "Misaki Ono",
                "会計課",
                FirstSeat(CERTIFICATES, "client", ("treasurer",)),
                FirstSeat(MARATHON, "committee", ("treasurer",)),
                FirstSeat(MARATHON, "prefecture", ("treasurer",)),
            ),
            _person(
                "hayashi",
                "林 修",
                "Osamu Hayashi",
                "情報政策課",
                FirstSeat(CERTIFICATES, "client", ("administrator",)),
                FirstSeat(MARATHON, "committee", ("administrator",)),
            ),
        ),
    ),
    FirstOrganisation(
        name="株式会社潮風イベント",
        name_en="Shiokaze Event Co., Ltd.",
        kind="contractor",
        people=(
            _person(
                "shiraishi",
                "白石 航",
                "Wataru Shiraishi",
                "運営部",
                FirstSeat(MARATHON, "contractor", ("manager", "data_handling_manager")),
            ),
            _person(
                "tsuji",
                "辻 真央",
                "Mao Tsuji",
                "運営部",
                FirstSeat(MARATHON, "contractor", ("chief_engineer", "administrator")),
            ),
        ),
    ),
    FirstOrganisation(
        name="みなと証明株式会社",
        name_en="Minato Shomei Co., Ltd.",
        kind="contractor",
        people=(
            _person(
                "minato",
                "湊 里奈",
                "Rina Minato",
                "証明書事業部",
                FirstSeat(CERTIFICATES, "contractor", ("manager", "personal_data_manager", "treasurer")),
            ),
            _person(
                "sakai",
                "酒井 直樹",
                "Naoki Sakai",
                "証明書事業部",
                FirstSeat(CERTIFICATES, "contractor", ("manager", "administrator")),
            ),
        ),
    ),
    FirstOrganisation(
        name="汐見市監査委員事務局",
        name_en="Shiomi City audit office",
        kind="auditor",
        people=(
            _person(
                "kuroda",
                "黒田 誠",
                "Makoto Kuroda",
                "監査",
                FirstSeat(CERTIFICATES, "", ("auditor",)),
                FirstSeat(MARATHON, "", ("auditor",)),
            ),
        ),
    ),
)


def desk_people(further: Mapping[str, str] | None = None) -> bytes:
    """The file of first people; at `further` contracts, by id with their forms, they sit as at the one of that form."""
    seated = tuple(
        msgspec.structs.replace(each, people=tuple(_seated(one, further or {}) for one in each.people))
        for each in PEOPLE
    )
    return msgspec.json.encode(seated)


def _seated(person: FirstPerson, further: Mapping[str, str]) -> FirstPerson:
    like = {"certificates": CERTIFICATES, "marathon": MARATHON}
    more = tuple(
        FirstSeat(contract, seat.party, seat.duties)
        for contract, form in further.items()
        for seat in person.seats
        if seat.contract == like[form]
    )
    return msgspec.structs.replace(person, seats=(*person.seats, *more))
