"""北浜市, the invented municipality next door: registry municipality (本籍地) of many in 汐見市, and the reverse.

It keeps the family registers of residents of 汐見市 whose 本籍 is there, and has a few residents of its own, some of
whom have theirs in 汐見市. Nobody here exists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from itaku.issuance.certificates.content import Sex
from itaku.issuance.certificates.register_facts import AddressEntry, Birth, RegisterPerson
from itaku.issuance.municipality.family_registers import FamilyRegister, RegisterMember, RegisterRole
from itaku.issuance.municipality.registrations.row import RegisteredPerson
from itaku.issuance.municipality.registry import Relation, Resident, SealRegister
from itaku.sandbox.cards import DemoCard
from itaku.sandbox.family_book import family_registers
from itaku.sandbox.residents import Population
from itaku.sandbox.town import NAME_JA as HOME_JA
from itaku.sandbox.town import Person, Town, seal_text

CODE = "991023"
"""Like that of 汐見市, of a prefecture that does not exist."""
NAME_JA, NAME_EN = "北浜市", "Kitahama City"
PLACE = "海原県北浜市"
"""How addresses there begin."""
_SEED = 2311
_R, _M, _F = Relation, Sex.MALE, Sex.FEMALE


class Neighbour(msgspec.Struct, frozen=True):
    """The registers of 北浜市, and what both municipalities know of each other's people."""

    residents: tuple[Resident, ...]
    """Those who live there; ids begin with k."""
    town: Town
    registers: tuple[FamilyRegister, ...]
    """Kept there: of its own residents, and of residents of 汐見市."""
    registers_at_home: tuple[FamilyRegister, ...]
    """Kept in 汐見市: of those who live in 北浜市."""
    cards: tuple[DemoCard, ...]
    """Cards with which 利用登録申請 can be tried, in the order to try them."""
    registered_elsewhere: tuple[Resident, ...]
    """Residents of 汐見市 whose register is in 北浜市."""

    def seals(self) -> Iterator[SealRegister]:
        """The seals registered there."""
        return self.town.seals()


def next_door(home: Population) -> Neighbour:
    """北浜市 beside this 汐見市, the same each time."""
    town = Town(_SEED, PLACE, "k")
    domiciles = (f"{HOME_JA}浜町一丁目12番地", f"{PLACE}本町三丁目9番地")
    settled = [town.settle(town.home(since, domicile), people) for since, domicile, people in _people(domiciles)]
    residents = tuple(town.residents)
    away = tuple(one for one in home.residents if one.registered_domicile.startswith(PLACE))
    shown = _shown(away)
    kept = [
        *family_registers(residents, frozenset(one.resident_no for one in residents), PLACE, "K"),
        *map(_without_numbers, family_registers(away, frozenset(one.resident_no for one in shown), PLACE, "S")),
    ]
    kept = [_with_daughter_elsewhere(one) if _is_of(one, shown[0]) else one for one in kept]
    told = frozenset(one.resident_no for one in residents)
    at_home = tuple(map(_without_numbers, family_registers(residents, told, HOME_JA, "N")))
    cards = (
        _card(shown[0], "本籍が北浜市にある方（利用登録申請）", "Family register in Kitahama City (apply for use)"),
        _card(shown[1], "本籍が北浜市にある方（2人目）", "Family register in Kitahama City (another person)"),
        _card(settled[0][0], "北浜市にお住まいで、本籍が汐見市の方", "Lives in Kitahama City, register in Shiomi City"),
        _card(settled[1][0], "北浜市にお住まいで、本籍も北浜市の方", "Lives in Kitahama City, register there too"),
    )
    return Neighbour(residents, town, tuple(kept), at_home, cards, away)


def identity_answers(people: tuple[Resident, ...]) -> dict[str, RegisteredPerson]:
    """What the identity inquiry would answer for these people's cards, by serial (stands for 住基ネット)."""
    return {one.card_serial: RegisteredPerson(one.name, one.birth_date) for one in people}


def _people(domiciles: tuple[str, str]) -> Iterator[tuple[dt.date, str, tuple[Person, ...]]]:
    yield (
        dt.date(2017, 4, 1),
        domiciles[0],
        (
            _who("沖野", "千帆", "オキノ　チホ", _F, dt.date(1988, 5, 5)),
            _who("沖野", "櫂", "オキノ　カイ", _M, dt.date(2014, 9, 20), _R.CHILD),
        ),
    )
    yield (
        dt.date(2009, 10, 1),
        domiciles[1],
        (
            _who("北浜", "巌", "キタハマ　イワオ", _M, dt.date(1963, 1, 12)),
            _who("北浜", "佐和", "キタハマ　サワ", _F, dt.date(1966, 8, 3), _R.WIFE),
        ),
    )


def _who(surname: str, given: str, kana: str, sex: Sex, birth: dt.date, relation: Relation = Relation.HEAD) -> Person:
    seal = seal_text(surname) if relation is Relation.HEAD else ""
    return Person(name=f"{surname}　{given}", kana=kana, sex=sex, birth=birth, relation=relation, seal=seal)


def _shown(away: tuple[Resident, ...]) -> tuple[Resident, Resident]:
    """Two adults who stand alone at the head of registers that nobody shares by chance."""
    heads = [one.family_register_head for one in away]
    found = [
        one
        for one in away
        if one.name == one.family_register_head
        and len({other.household_no for other in away if other.family_register_head == one.name}) == 1
        and "　" in one.name
        and heads.count(one.name) == 1
        and one.birth_date < dt.date(1990, 1, 1)
        and not one.blocks
        and one.removed_on is None
    ]
    return found[0], found[1]


def _without_numbers(register: FamilyRegister) -> FamilyRegister:
    # Whoever lives elsewhere has no number here: nothing ties card and register but a registration for use.
    members = tuple(msgspec.structs.replace(member, resident_no="") for member in register.members)
    return msgspec.structs.replace(register, members=members)


def _is_of(register: FamilyRegister, one: Resident) -> bool:
    return (register.domicile, register.head_name) == (one.registered_domicile, one.family_register_head)


def _with_daughter_elsewhere(register: FamilyRegister) -> FamilyRegister:
    """A grown daughter in the register who is a resident of neither municipality."""
    head = register.members[0]
    born = max(register.made_on, head.person.birth_date + dt.timedelta(days=26 * 365))
    person = RegisterPerson(
        surname=head.person.surname,
        given_name="汐音",
        birth_date=born,
        spouse_mark="",
        father=f"{head.person.surname}{head.person.given_name}" if head.sex is _M else "",
        mother=f"{head.person.surname}{head.person.given_name}" if head.sex is _F else "",
        relation="長女",
        entries=(Birth(born, "霧島原県南原市", born + dt.timedelta(days=6), "父" if head.sex is _M else "母"),),
    )
    addresses = (AddressEntry("霧島原県南原市若葉三丁目20番6号", born),)
    daughter = RegisterMember("", RegisterRole.CHILD, person, _F, addresses)
    return msgspec.structs.replace(register, members=(*register.members, daughter))


def _card(one: Resident, ja: str, en: str) -> DemoCard:
    return DemoCard(one.resident_no, ja, en, one.card_serial)
