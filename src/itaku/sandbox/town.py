"""An invented town's registers in the making: people are settled in households, and each gets number, card and seal.

Nobody here exists. Individual numbers have right check digits and all begin with 99900, so that no one takes them
for anyone's.
"""

from __future__ import annotations

import collections
import datetime as dt
import functools
import hashlib
import io
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
from PIL import Image

from itaku.basis.text import glyphs, individual_number_check_digit
from itaku.issuance.certificates.content import ForeignStatus, Sex
from itaku.issuance.certificates.seal import draw_personal_seal
from itaku.issuance.municipality.registry import Block, Relation, Resident, SealRegister
from itaku.sandbox.names import BUILDINGS, DISTRICTS, ELSEWHERE, REGISTERED_ELSEWHERE

CODE = "991015"
"""全国地方公共団体コード of the invented municipality: no prefecture has the number 99."""
NAME_JA, NAME_EN = "汐見市", "Shiomi City"
NOWHERE = "99900"
"""First digits of every invented 個人番号."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who is about to be settled; what is left open follows from the household."""

    name: str
    kana: str
    sex: Sex
    birth: dt.date
    relation: Relation = Relation.HEAD
    alias: str = ""
    foreign: ForeignStatus | None = None
    register_head: str = ""
    """筆頭者; empty: the head of the household."""
    seal: str = ""
    """What the registered seal reads; empty: none is registered."""
    blocks: tuple[Block, ...] = ()
    removed_on: dt.date | None = None


class Home(NamedTuple):
    """Where and since when a household lives."""

    address: str
    since: dt.date
    notified_on: dt.date
    previous: str
    domicile: str


class Town:
    """Settles households one after another. The same seed and the same calls give the same registers."""

    def __init__(self, seed: int, place: str = NAME_JA, letter: str = "r") -> None:
        self._place, self._letter = place, letter
        self.rng = random.Random(seed)  # noqa: S311 the same town each time, on purpose
        self._seed = seed
        self._households = 0
        self.residents: list[Resident] = []
        self._seals: list[tuple[str, str, dt.date]] = []

    def home(self, since: dt.date, domicile: str | None = None) -> Home:
        """A home at random; people have come from another city or have moved within this one."""
        rng = self.rng
        address = f"{self._place}{rng.choice(DISTRICTS)}{rng.randint(1, 28)}番{rng.randint(1, 19)}号"
        if rng.random() < 0.35:
            address += f"　{rng.choice(BUILDINGS)}{rng.randint(1, 9)}{rng.randint(1, 12):02d}号室"
        before = rng.choice(
            (*ELSEWHERE, f"{self._place}{rng.choice(DISTRICTS)}{rng.randint(1, 28)}番{rng.randint(1, 19)}号")
        )
        registered = rng.choice(
            (*REGISTERED_ELSEWHERE, *[f"{self._place}{rng.choice(DISTRICTS)}{rng.randint(1, 28)}番地"] * 4)
        )
        notified = since + dt.timedelta(days=rng.randint(0, 13))
        return Home(address, since, notified, before, domicile or registered)

    def settle(self, home: Home, people: Sequence[Person]) -> tuple[Resident, ...]:
        """Enters a household, in the order of its record; answers its residents."""
        self._households += 1
        head = next((person for person in people if person.relation is Relation.HEAD), people[0])
        settled = tuple(self._enter(home, order, head, person) for order, person in enumerate(people, 1))
        self.residents += settled
        return settled

    def change(self, resident: Resident, **facts: object) -> Resident:
        """Changes facts of someone who is settled already."""
        changed = msgspec.structs.replace(resident, **facts)
        self.residents[self.residents.index(resident)] = changed
        return changed

    def seals(self) -> Iterator[SealRegister]:
        """The registered seals, drawn on the way; each is a little turned, as hands press it, so no two are alike."""
        pressed_so_far: collections.Counter[str] = collections.Counter()
        for resident_no, text, registered_on in self._seals:
            pressed_so_far[text] += 1
            degrees = (pressed_so_far[text] * 37 % 161 - 80) / 10
            yield SealRegister(resident_no, registered_on, pressed(text, degrees))

    def _enter(self, home: Home, order: int, head: Person, person: Person) -> Resident:
        number = len(self.residents) + order
        no = f"{self._letter}{number:04d}"
        born_here = person.birth >= home.since
        since = person.birth if born_here else home.since
        if person.seal:
            grown = max(person.birth + dt.timedelta(days=18 * 366), home.since)
            self._seals.append((no, person.seal, grown + dt.timedelta(days=self.rng.randint(0, 90))))
        return Resident(
            resident_no=no,
            household_no=f"H{self._households:04d}",
            order=order,
            name=person.name,
            name_kana=person.kana,
            alias=person.alias,
            birth_date=person.birth,
            sex=person.sex,
            relation=person.relation,
            address=home.address,
            became_resident_on=self._became_resident_on(home, person, since),
            address_since=since,
            notified_on=person.birth + dt.timedelta(days=self.rng.randint(1, 13)) if born_here else home.notified_on,
            previous_address="" if born_here else home.previous,
            registered_domicile="" if person.foreign else home.domicile,
            family_register_head="" if person.foreign else person.register_head or _citizen(head, person).name,
            individual_number=_individual_number(self._seed, number),
            foreign=person.foreign,
            blocks=person.blocks,
            card_serial=_card_serial(self._seed, no),
            removed_on=person.removed_on,
        )

    def _became_resident_on(self, home: Home, person: Person, since: dt.date) -> dt.date:
        if not home.previous.startswith(self._place):
            return since
        # Whoever moved within the city has been its resident since before.
        return max(person.birth, since - dt.timedelta(days=self.rng.randint(300, 5000)))


def seal_text(surname: str) -> str:
    """What a personal seal of this surname reads: seals are cut without the forms that selectors choose."""
    return "".join(glyph.base for glyph in glyphs(surname))


def pressed(text: str, degrees: float) -> bytes:
    """An impression of the seal that reads `text`, turned by some degrees; a 1-bit PNG of 600 dpi."""
    turned = _drawn(text).rotate(degrees, Image.Resampling.NEAREST, fillcolor=1)
    out = io.BytesIO()
    turned.save(out, "PNG", dpi=(600, 600), compress_level=1)
    return out.getvalue()


@functools.cache
def _drawn(text: str) -> Image.Image:
    return Image.open(io.BytesIO(draw_personal_seal(text)))


def _citizen(head: Person, person: Person) -> Person:
    # A citizen in a foreigner's household stands in a register of their own.
    return person if head.foreign else head


def _individual_number(seed: int, number: int) -> str:
    eleven = f"{NOWHERE}{(number * 7919 + seed) % 1_000_000:06d}"
    return f"{eleven}{individual_number_check_digit(eleven)}"


def _card_serial(seed: int, no: str) -> str:
    drawn = hashlib.sha256(f"itaku sandbox card {seed} {no}".encode()).digest()
    return f"{int.from_bytes(drawn[:8], 'big') >> 2 | 1 << 61:x}"
