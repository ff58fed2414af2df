"""The source of truth and its feed: residents who move, register and delete seals, and the replica's numbered deltas.

The replica's rules are those of the real one: `municipality.feed_position` judges every delta in both.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from itaku.basis.clock import InstantMs
from itaku.issuance.municipality.feed import FeedAnswer, Outcome
from itaku.issuance.municipality.feed_position import Position, judge, moved
from itaku.issuance.simulator.chance import Chance

if TYPE_CHECKING:
    from itaku.issuance.simulator.world import World

FRESHNESS_MS = 60_000
"""A model replica that has not equalled its source for longer issues nothing."""
FEED_EVERY_MS = 10_000
KEPT_DIGESTS = 200
"""Digests of that many latest deltas are kept: more than any delta can be late."""
_RESENT_AT_ONCE = 20
_ERA_DAYS = (
    dt.date(1926, 12, 24),
    dt.date(1926, 12, 26),
    dt.date(1989, 1, 7),
    dt.date(1989, 1, 8),
    dt.date(2019, 4, 30),
    dt.date(2019, 5, 1),
    dt.date(2019, 5, 7),
)
"""Last and first days of eras: a program that counts on in the old one is wrong by these."""


class Facts(NamedTuple):
    """What a register says of one resident at one time. `version` is new with every change."""

    resident: str
    name: str
    born: dt.date
    since: dt.date
    """住民となった日."""
    version: int
    seal: bool
    number: bool
    """Whether the personal number is there."""
    taxed: bool
    """Whether this year's tax return is there."""
    register_city: int
    """Where the family register is kept: it stays there when its people move."""


class Delta(NamedTuple):
    """All that changed since the delta before; `as_of` is the source's clock."""

    seq: int
    as_of: InstantMs
    upserts: tuple[Facts, ...]
    deletions: tuple[str, ...]

    @property
    def digest(self) -> bytes:
        """Tells its content from any other's."""
        return repr(self).encode()


class Replica:
    """One municipality's replica, shared by its instances, in memory where the real one has tables."""

    def __init__(self) -> None:
        self.people: dict[str, Facts] = {}
        self.position = Position(0, 0, InstantMs(0))
        self._known: dict[int, bytes] = {}

    def look_up(self, resident: str) -> tuple[Facts | None, int | None]:
        """The resident's facts, and when the replica last equalled its source (None: unproven)."""
        position = self.position
        return self.people.get(resident), position.as_of if position.proven else None

    def take(self, delta: Delta) -> FeedAnswer:
        """Applies the next delta; keeps a doubt; ignores a repetition."""
        position, digest = self.position, delta.digest
        outcome = judge(position, delta.seq, delta.as_of, digest, self._known.get(delta.seq))
        if outcome is Outcome.APPLIED:
            self.write(delta)
            self._known[delta.seq] = digest
            self._known.pop(delta.seq - KEPT_DIGESTS, None)
        self.position = moved(position, outcome, delta.seq, delta.as_of)
        return self.position.answer(outcome)

    def write(self, delta: Delta) -> None:
        """The delta's changes."""
        for resident in delta.deletions:
            self.people.pop(resident, None)
        for facts in delta.upserts:
            self.people[facts.resident] = facts


class Source:
    """The registers of all municipalities together: who lives where, and since when what is no longer true."""

    def __init__(self, chance: Chance, cities: int, residents: int, *, sealed: bool) -> None:
        self._chance = chance
        self._version = 0
        self._sealed = sealed
        self.ended: dict[int, int] = {}
        """When a version of somebody's facts ceased to be true."""
        self.cities: tuple[dict[str, Facts], ...] = tuple({} for _ in range(cities))
        self.everyone = tuple(f"r{number:05d}" for number in range(residents))
        self._home = {resident: place // 2 % cities for place, resident in enumerate(self.everyone)}
        for place, resident in enumerate(self.everyone):
            self.cities[place // 2 % cities][resident] = self._facts(place, resident)

    def city_of(self, resident: str) -> int:
        """Where somebody lives now."""
        return self._home[resident]

    def change(self, now: int, city: int) -> tuple[int, Facts] | None:
        """Somebody of a municipality registers or deletes a seal, or moves: where to, and the new facts."""
        people = self.cities[city]
        old = people.get(self._chance.one_of(self.everyone))
        if old is None:
            return None
        self.ended[old.version] = now
        if len(self.cities) > 1 and self._chance.random() < 0.3:
            del people[old.resident]
            city = self._home[old.resident] = (city + 1) % len(self.cities)
            new = old._replace(version=self._number())
        else:
            new = old._replace(version=self._number(), seal=not old.seal)
        self.cities[city][old.resident] = new
        return city, new

    def _facts(self, place: int, resident: str) -> Facts:
        """Every second resident has a namesake of the same birth date: the one before."""
        like = place - place % 2
        born = _ERA_DAYS[like // 2 % 4]
        return Facts(
            resident=resident,
            name=f"name-{like}",
            born=born,
            since=_ERA_DAYS[4 + like // 2 % 3],
            version=self._number(),
            seal=self._sealed or place % 3 != 0,
            number=True,
            taxed=self._sealed or place % 7 != 0,
            register_city=place // 2 % len(self.cities) if self._sealed or place % 5 else -1,
        )

    def _number(self) -> int:
        self._version += 1
        return self._version


class Feed:
    """Sends one municipality's deltas, again and again where they are lost."""

    def __init__(self, world: World, city: int, replica: Replica, changes: float) -> None:
        self._world = world
        self._city = city
        self._replica = replica
        self._changes = changes
        self._log: list[Delta] = []
        self._seq = 0
        self._arrivals: list[Facts] = []
        self._cut_until = 0
        replica.take(Delta(1, world.now, tuple(world.source.cities[city].values()), ()))
        self._seq = 1

    def arrive(self, facts: Facts) -> None:
        """Somebody moved in: part of the next delta."""
        self._arrivals.append(facts)

    def tick(self, _: object = None) -> None:
        """The next delta, and those that the replica still wants."""
        world = self._world
        upserts = {facts.resident: facts for facts in self._arrivals}
        gone: list[str] = []
        self._arrivals = []
        while world.chance.random() < self._changes:
            change = world.source.change(world.now, self._city)
            if change is None:
                continue
            there, facts = change
            if there == self._city:
                upserts[facts.resident] = facts
            else:
                upserts.pop(facts.resident, None)
                gone.append(facts.resident)
                world.feeds[there].arrive(facts)
        self._seq += 1
        self._log.append(Delta(self._seq, world.now, tuple(upserts.values()), tuple(gone)))
        if world.chance.hit("feed_cut"):
            self._cut_until = world.now + world.chance.one_of((70_000, 200_000))
        if world.now >= self._cut_until:
            wanted = self._replica.position.wanted_seq
            self._log = [delta for delta in self._log if delta.seq >= wanted]
            for delta in self._log[:_RESENT_AT_ONCE]:
                self._send(delta)
        if world.busy:
            world.after(FEED_EVERY_MS, self.tick, None)

    def _send(self, delta: Delta) -> None:
        chance = self._world.chance
        match chance.any_of("delta"):
            case "delta_lost":
                return
            case "delta_twice":
                self._replica.take(delta)
                self._replica.take(delta)
            case "delta_late":
                self._world.after(chance.between(1_000, 40_000), self._replica.take, delta)
            case _:
                self._replica.take(delta)
