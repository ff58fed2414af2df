"""Invented family registers (戸籍) of 汐見市, made from its residents: who lives together often shares one.

Registers are here for everyone whose 本籍 is in the city. Parents and spouses who do not live here are invented too.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence

import msgspec

from itaku.basis.text import glyphs
from itaku.issuance.certificates.content import Sex
from itaku.issuance.certificates.register_facts import (
    AddressEntry,
    Birth,
    Death,
    Marriage,
    RegisterPerson,
    StatusEntry,
)
from itaku.issuance.municipality.family_registers import FamilyRegister, RegisterMember, RegisterRole
from itaku.issuance.municipality.registry import Block, Relation, Resident
from itaku.sandbox import names
from itaku.sandbox.town import NAME_JA

_R = Relation
_LEADS = frozenset({_R.HEAD, _R.HUSBAND, _R.WIFE})
_YOUNG_COUPLE = frozenset({_R.CHILD, _R.CHILD_WIFE, _R.CHILD_HUSBAND})
_ELDERS = frozenset({_R.FATHER, _R.MOTHER})
_GROWN_DAYS = 18 * 366
_PENDING = 0.015
"""Share of registers in which a notice is being processed."""


def family_registers(
    residents: Sequence[Resident], told: frozenset[str], place: str = NAME_JA, letter: str = "F"
) -> Iterator[FamilyRegister]:
    """One register for each 本籍 in that place and 筆頭者, the same each time; those of `told` have no notice pending.

    `letter` begins the registers' numbers.
    """
    groups: dict[tuple[str, str, str], list[Resident]] = {}
    for resident in residents:
        if resident.registered_domicile.startswith(place) and "　" in resident.name:
            # Two families may by chance share place and head's name; a household's register is its own.
            key = (resident.registered_domicile, resident.family_register_head, resident.household_no)
            groups.setdefault(key, []).append(resident)
    for number, ((domicile, head_name, _), people) in enumerate(groups.items(), 1):
        pending = random.Random(f"register {number}").random() < _PENDING  # noqa: S311 the same each time
        plain = any(person.resident_no in told for person in people)
        book = _Book(number, domicile, head_name, people).register(pending=pending and not plain)
        yield msgspec.structs.replace(book, register_no=f"{letter}{number:04d}")


class _Book:
    """Writes one register: the couple at its head, then the children."""

    def __init__(self, number: int, domicile: str, head_name: str, people: list[Resident]) -> None:
        self._number, self._domicile, self._head_name = number, domicile, head_name
        self._rng = random.Random(f"family {number}")  # noqa: S311 the same registers each time, on purpose
        self._head = next((one for one in people if one.name == head_name), None)
        self._spouse = next((one for one in people if self._is_spouse(one)), None)
        couple = (self._head, self._spouse)
        self._children = [one for one in people if one not in couple]
        eldest = min((one.birth_date for one in self._children), default=None)
        grown = [one.birth_date + dt.timedelta(days=_GROWN_DAYS) for one in couple if one is not None]
        before = [] if eldest is None else [eldest - dt.timedelta(days=300)]
        self._made_on = min(before + grown) if before else max(grown)
        for one in couple:
            # Whoever has a child early has married early.
            if one is not None and self._made_on <= one.birth_date:
                self._made_on = one.birth_date + dt.timedelta(days=_GROWN_DAYS)

    def _is_spouse(self, one: Resident) -> bool:
        if one is self._head:
            return False
        if self._head is None:
            return one.relation in _ELDERS
        pair = {self._head.relation, one.relation}
        return len(pair) == 2 and (pair <= _LEADS or (pair <= _YOUNG_COUPLE and _R.CHILD in pair))

    def register(self, *, pending: bool) -> FamilyRegister:
        """The register with everyone in it."""
        members = [self._leader(self._head, self._spouse, RegisterRole.HEAD) if self._head else self._absent_head()]
        if self._spouse is not None:
            members.append(self._leader(self._spouse, self._head, RegisterRole.SPOUSE))
        sons = daughters = 0
        for child in self._children:
            if child.sex is Sex.MALE:
                sons += 1
            else:
                daughters += 1
            place = sons if child.sex is Sex.MALE else daughters
            members.append(self._child(child, place))
        return FamilyRegister(
            f"F{self._number:04d}", self._domicile, self._head_name, self._made_on, tuple(members), pending
        )

    def _leader(self, one: Resident, other: Resident | None, role: RegisterRole) -> RegisterMember:
        birth_name = _parts(one.name)[0] if role is RegisterRole.HEAD else self._rng.choice(names.SURNAMES).text
        father = birth_name + self._rng.choice(names.MEN_OLD).text
        mother = birth_name + self._rng.choice(names.WOMEN_OLD).text
        entries = self._born(one)
        former = f"{self._rng.choice(names.REGISTERED_ELSEWHERE)}　{father}"
        spouse_name = "" if other is None else other.name
        if role is RegisterRole.SPOUSE and other is None:
            spouse_name = self._head_name
        if spouse_name:
            entries.append(Marriage(self._made_on, spouse_name, former_register=former))
        alive = other is not None and other.removed_on is None and one.removed_on is None
        mark = ("夫" if one.sex is Sex.MALE else "妻") if alive else ""
        relation = self._rng.choice(("長男", "二男") if one.sex is Sex.MALE else ("長女", "二女"))
        return self._member(one, role, mark, (father, mother, relation), entries)

    def _child(self, one: Resident, place: int) -> RegisterMember:
        couple = [self._head, self._spouse]
        father = next((_joined(p.name) for p in couple if p is not None and p.sex is Sex.MALE), "")
        mother = next((_joined(p.name) for p in couple if p is not None and p.sex is Sex.FEMALE), "")
        if self._head is None:
            father = _joined(self._head_name)
        number = "長二三四五六七八九"[place - 1]
        relation = number + ("男" if one.sex is Sex.MALE else "女")
        return self._member(one, RegisterRole.CHILD, "", (father, mother, relation), self._born(one))

    def _member(
        self,
        one: Resident,
        role: RegisterRole,
        mark: str,
        parents: tuple[str, str, str],
        entries: list[StatusEntry],
    ) -> RegisterMember:
        surname, given = _parts(one.name)
        if one.removed_on is not None and Block.DECEASED in one.blocks:
            reported = one.removed_on + dt.timedelta(days=2)
            entries.append(Death(one.removed_on, NAME_JA, reported, "親族"))
        father, mother, relation = parents
        person = RegisterPerson(
            surname,
            given,
            one.birth_date,
            mark,
            father,
            mother,
            relation,
            tuple(entries),
            removed=one.removed_on is not None,
        )
        protected = Block.PROTECTED in one.blocks
        return RegisterMember(one.resident_no, role, person, one.sex, self._addresses(one), protected)

    def _absent_head(self) -> RegisterMember:
        """筆頭者 who is not a resident: an invented father (or husband) who has died."""
        rng = self._rng
        surname, given = _parts(self._head_name)
        first = min(one.birth_date for one in [*self._children, *([self._spouse] if self._spouse else [])])
        born = first - dt.timedelta(days=rng.randint(28, 34) * 365)
        died = max(dt.date(2015, 3, 1), first + dt.timedelta(days=9000))
        father, mother = (surname + rng.choice(choices).text for choices in (names.MEN_OLD, names.WOMEN_OLD))
        entries = (
            Birth(born, NAME_JA, born + dt.timedelta(days=5), "父"),
            Death(died, NAME_JA, died + dt.timedelta(days=3), "親族"),
        )
        self._made_on = max(self._made_on, born + dt.timedelta(days=_GROWN_DAYS))
        person = RegisterPerson(surname, given, born, "", father, mother, "長男", entries, removed=True)
        address = (AddressEntry(self._domicile, self._made_on),)
        return RegisterMember("", RegisterRole.HEAD, person, Sex.MALE, address)

    def _born(self, one: Resident) -> list[StatusEntry]:
        place = self._rng.choice((NAME_JA, NAME_JA, "海原県北浜市", "霧島原県南原市"))
        notified = one.birth_date + dt.timedelta(days=self._rng.randint(1, 13))
        return [Birth(one.birth_date, place, notified, self._rng.choice(("父", "母")))]

    def _addresses(self, one: Resident) -> tuple[AddressEntry, ...]:
        since = one.address_since or one.became_resident_on
        entered = max(self._made_on, one.birth_date)
        now = AddressEntry(one.address, since)
        if one.previous_address and entered < since:
            return AddressEntry(one.previous_address, entered), now
        return (now,)


def _parts(name: str) -> tuple[str, str]:
    surname, given = name.split("　", 1)
    return surname, given


def _joined(name: str) -> str:
    return "".join(glyph.base + glyph.selector for glyph in glyphs(name) if not glyph.base.isspace())
