"""1,000 invented residents of 汐見市, the same each time: those chosen to show something, and families at random."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from itaku.issuance.certificates.content import ForeignStatus, Sex
from itaku.issuance.municipality.family_registers import FamilyRegister
from itaku.issuance.municipality.registry import Relation, Resident, SealRegister
from itaku.issuance.municipality.tax_entries import TaxEntry
from itaku.sandbox import names
from itaku.sandbox.cards import DemoCard
from itaku.sandbox.family_book import family_registers
from itaku.sandbox.names import Name, Nation
from itaku.sandbox.showcase import settle_showcase
from itaku.sandbox.tax_ledger import tax_entries
from itaku.sandbox.town import Person, Town, seal_text

SIZE = 1000
SEED = 1223
_REFERENCE = dt.date(2026, 4, 1)
"""Ages of the residents at random are drawn for this day, so that their birth dates never change."""
_GROWN = 20
_R = Relation


class Population(msgspec.Struct, frozen=True):
    """The registers of 汐見市, and the cards that show something."""

    residents: tuple[Resident, ...]
    cards: tuple[DemoCard, ...]
    town: Town

    @property
    def told(self) -> frozenset[str]:
        """Ids of those whose cards show something."""
        return frozenset(card.id for card in self.cards)

    def taxes(self, today: dt.date) -> Iterator[TaxEntry]:
        """The tax ledger of the year that is offered on that day and of the one before."""
        return tax_entries(self.residents, self.told, today)

    def registers(self) -> Iterator[FamilyRegister]:
        """The family registers that 汐見市 keeps."""
        return family_registers(self.residents, self.told)

    def seals(self) -> Iterator[SealRegister]:
        """The registered seals, drawn on the way (about 3 s for all)."""
        return self.town.seals()


def invent(today: dt.date, seed: int = SEED, size: int = SIZE) -> Population:
    """The residents; `today` matters only for those whose story is about today (moved in, card from tomorrow)."""
    town = Town(seed)
    cards = settle_showcase(town, today)
    assert size >= len(town.residents)
    while (left := size - len(town.residents)) > 0:
        _settle_family(town, left)
    return Population(tuple(town.residents), cards, town)


def _settle_family(town: Town, left: int) -> None:
    shapes = (_single, _couple, _family, _one_parent, _three_generations, _with_lodger, _brothers, _foreign_home)
    (shape,) = town.rng.choices(shapes, (38, 19, 24, 8, 5, 2, 1, 9))
    people = shape(_Kin(town))
    if len(people) > left:
        people = _single(_Kin(town))
    oldest = min(person.birth for person in people)
    age_days = (_REFERENCE - oldest).days
    since = oldest + dt.timedelta(days=town.rng.randint(age_days // 3, max(age_days - 120, age_days // 3)))
    town.settle(town.home(since), people)


class _Kin:
    """Makes people of one family: a surname, ages that fit, and names of their time."""

    def __init__(self, town: Town) -> None:
        self.rng = town.rng
        self.surname = self.rng.choice(names.SURNAMES)
        self._taken: set[str] = set()

    def person(self, age: int, sex: Sex, relation: Relation, register_head: str = "") -> Person:
        """A citizen of about that age, with the family's surname."""
        birth = _REFERENCE - dt.timedelta(days=age * 365 + age // 4 + self.rng.randint(1, 364))
        given = self.given(age, sex)
        sealed = age >= _GROWN and self.rng.random() < 0.55
        return Person(
            name=f"{self.surname.text}　{given.text}",
            kana=f"{self.surname.kana}　{given.kana}",
            sex=sex,
            birth=birth,
            relation=relation,
            register_head=register_head,
            seal=seal_text(self.surname.text) if sealed else "",
        )

    def given(self, age: int, sex: Sex) -> Name:
        """A given name of the time when someone of that age was born, new in this family."""
        generation = 0 if age >= 65 else 1 if age >= 32 else 2
        men = (names.MEN_OLD, names.MEN_MIDDLE, names.MEN_YOUNG)
        women = (names.WOMEN_OLD, names.WOMEN_MIDDLE, names.WOMEN_YOUNG)
        choices = (men if sex is Sex.MALE else women)[generation]
        given = self.rng.choice([name for name in choices if name.text not in self._taken])
        self._taken.add(given.text)
        return given

    def either(self) -> Sex:
        """A sex at random."""
        return self.rng.choice((Sex.MALE, Sex.FEMALE))

    def children(self, parent_age: int, register_head: str = "", relation: Relation = _R.CHILD) -> list[Person]:
        """One to three children of someone of that age, the eldest first."""
        eldest = max(0, parent_age - self.rng.randint(24, 34))
        ages = sorted({max(0, eldest - gap) for gap in (0, 3, 6)[: self.rng.choice((1, 1, 2, 2, 2, 3))]}, reverse=True)
        return [self.person(age, self.either(), relation, register_head) for age in ages]


def _single(kin: _Kin) -> list[Person]:
    return [kin.person(kin.rng.choice((19, 23, 27, 34, 42, 51, 63, 72, 81, 88)), kin.either(), _R.HEAD)]


def _couple(kin: _Kin, age: int | None = None) -> list[Person]:
    age = age or kin.rng.randint(26, 90)
    wife_leads = kin.rng.random() < 0.1
    husband = kin.person(age, Sex.MALE, _R.HUSBAND if wife_leads else _R.HEAD)
    # 世帯主 is who leads the household, 筆頭者 whose surname the couple took: the two need not be one.
    husband = msgspec.structs.replace(husband, register_head=husband.name)
    wife_age = max(20, age - kin.rng.randint(-3, 5))
    wife = kin.person(wife_age, Sex.FEMALE, _R.HEAD if wife_leads else _R.WIFE, husband.name)
    return [wife, husband] if wife_leads else [husband, wife]


def _brothers(kin: _Kin) -> list[Person]:
    age = kin.rng.randint(24, 60)
    father = f"{kin.surname.text}　茂"
    return [kin.person(age, Sex.MALE, _R.HEAD, father), kin.person(age - 3, Sex.MALE, _R.SIBLING, father)]


def _family(kin: _Kin) -> list[Person]:
    age = kin.rng.randint(28, 58)
    couple = _couple(kin, age)
    return [*couple, *kin.children(age, couple[0].register_head)]


def _one_parent(kin: _Kin) -> list[Person]:
    age = kin.rng.randint(28, 55)
    return [kin.person(age, kin.rng.choice((Sex.FEMALE, Sex.FEMALE, Sex.MALE)), _R.HEAD), *kin.children(age)]


def _three_generations(kin: _Kin) -> list[Person]:
    age = kin.rng.randint(58, 72)
    head, wife = _couple(kin, age)
    son = kin.person(age - 29, Sex.MALE, _R.CHILD)
    # A married child stands at the head of a register of their own.
    son = msgspec.structs.replace(son, register_head=son.name)
    sons_wife = kin.person(age - 30, Sex.FEMALE, _R.CHILD_WIFE, son.name)
    people = [head, wife, son, sons_wife, *kin.children(age - 29, son.name, _R.GRANDCHILD)]
    if kin.rng.random() < 0.4:
        mother = kin.person(age + 24, Sex.FEMALE, _R.MOTHER)
        people.append(msgspec.structs.replace(mother, register_head=f"{kin.surname.text}　清"))
    return people


def _with_lodger(kin: _Kin) -> list[Person]:
    head = kin.person(kin.rng.randint(30, 70), kin.either(), _R.HEAD)
    kin.surname = kin.rng.choice(names.SURNAMES)
    lodger = kin.person(kin.rng.randint(22, 40), kin.either(), _R.LODGER)
    return [head, msgspec.structs.replace(lodger, register_head=lodger.name)]


def _foreign_home(kin: _Kin) -> list[Person]:
    rng = kin.rng
    nation = rng.choice(names.NATIONS)
    if rng.random() < 0.3:
        husband = kin.person(rng.randint(28, 55), Sex.MALE, _R.HEAD)
        wife = foreigner(kin, nation, Sex.FEMALE, _R.WIFE)
        return [husband, wife, *kin.children(30, husband.name)]
    first = foreigner(kin, nation, Sex.MALE, _R.HEAD)
    if rng.random() < 0.4:
        return [first, foreigner(kin, nation, Sex.FEMALE, _R.WIFE)]
    return [first]


def foreigner(kin: _Kin, nation: Nation, sex: Sex, relation: Relation) -> Person:
    """A foreign resident with a card number that no card bears, some with a 通称."""
    rng = kin.rng
    name = rng.choice(nation.men if sex is Sex.MALE else nation.women)
    status, period = rng.choice(nation.statuses)
    expires = None if period == "無期限" else dt.date(2029, rng.randint(1, 12), rng.randint(1, 28))
    letters = "".join(rng.choices("ABCDEFGHJKLMNPRSTU", k=2))
    alias = f"{kin.surname.text}　{kin.given(40, sex).text}" if rng.random() < 0.3 else ""
    card_number = f"ZZ{rng.randint(0, 99_999_999):08d}{letters}"
    return Person(
        name=name.text.replace("_", " "),
        kana=name.kana.replace("・", " "),
        sex=sex,
        birth=dt.date(rng.randint(1975, 2004), rng.randint(1, 12), rng.randint(1, 28)),
        relation=relation,
        alias=alias,
        foreign=ForeignStatus(nation.nationality, "中長期在留者", status, period, expires, card_number),
        seal=seal_text(kin.surname.text) if alias else "",
    )
