"""A simulated world: every node's own machine, everything around them virtual, replayable by seed.

Its drivers keep the same rule as the real ones: effects strictly in order, and nothing after a write before the write
is durable. `run` serves residents until all is at rest; `audit` says what went wrong.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection
from typing import Any

import msgspec

from itaku.issuance.kiosk.table import KIOSK_TABLE
from itaku.issuance.municipality.row import MunicipalityRow
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.tables import Table
from itaku.issuance.simulator.audit import ENOUGH, Audit, Case, EnoughViolations
from itaku.issuance.simulator.kinds import CALM_START, STARTS
from itaku.issuance.simulator.kiosk import SimulatedKiosk
from itaku.issuance.simulator.line import Relay
from itaku.issuance.simulator.parts import PARTS, Parts
from itaku.issuance.simulator.poison import Poison
from itaku.issuance.simulator.population import FEED_EVERY_MS, Feed, Source
from itaku.issuance.simulator.scenarios import ORDINARY, Scenario
from itaku.issuance.simulator.servers import SWEEP_MS, CityServers
from itaku.issuance.simulator.works import ModelDocument, city_code

_push: Callable[[list[Any], Any], None] = heapq.heappush


class Note(msgspec.Struct, frozen=True):
    """One line of a replay: what happened where. Ids are invented."""

    step: int
    at_ms: int
    node: str
    what: str
    then: str
    issuance: str


class World:
    """Everything of one run. `without` names fault kinds that are never injected; `on_the_wire` sends real bytes."""

    def __init__(
        self,
        seed: int,
        scenario: Scenario = ORDINARY,
        *,
        parts: Parts = PARTS,
        without: Collection[str] = (),
        on_the_wire: bool = False,
    ) -> None:
        self.seed = seed
        self.scenario = scenario
        self.topology = scenario.topology
        self.parts = parts
        self.on_the_wire = on_the_wire
        self.began = self.now = CALM_START if scenario.calm else STARTS[seed % len(STARTS)]
        self.step = 0
        self.left = 0
        """Residents who have not come yet."""
        self.lost_races = 0
        self.overdue = 0
        """Issuances that were listed because their kiosk was silent for long after the permit."""
        self.taken: set[tuple[str, str, str, str]] = set()
        """Edges taken: table, state, event, state."""
        self.notes: list[Note] | None = None
        self.explained: set[bytes] = set()
        """Issuances at which something was done that a guard must notice."""
        self.sealed: dict[bytes, tuple[bytes, bytes, ModelDocument]] = {}
        self.center_record = self.city_record = (0, 0)
        """When the record takes no entries: from, until."""
        self._sealed_of: dict[bytes, list[bytes]] = {}
        self._heap: list[tuple[Any, int, Callable[[Any], object], Any]] = []
        self._order = 0
        self.chance = parts.chance(seed, scenario.odds, without)
        self.audit = Audit(self)
        self._build()

    def _build(self) -> None:
        parts, size = self.parts, self.topology
        self.kiosk_table = self._watched(KIOSK_TABLE)
        self.randomness = parts.randomness(self)
        self.poison = Poison(self.chance)
        self.source = Source(self.chance, size.municipalities, size.residents, sealed=self.scenario.calm)
        self.crypto = parts.crypto(self)
        self.policy = parts.policy(self)
        self.centers = parts.center_servers(self, self._stores(size.centers))
        self.cities = {
            city_code(city): CityServers(self, city, self._stores(size.instances))
            for city in range(size.municipalities)
        }
        changes = self.scenario.changes
        self.feeds = [Feed(self, city, servers.replica, changes) for city, servers in enumerate(self.cities.values())]
        relays = [Relay(self) for _ in range(size.relays)]
        registers = [parts.register() for _ in range(-(-size.kiosks // size.kiosks_in_a_shop))]
        self.kiosks = [
            SimulatedKiosk(
                f"k{number:02d}", self, relays[number % size.relays], registers[number // size.kiosks_in_a_shop]
            )
            for number in range(size.kiosks)
        ]

    def _stores(self, instances: int) -> tuple[Any, ...]:
        stores = self.parts.stores(instances)
        self.parts.topology_check(stores)
        return stores

    def run(self, issuances: int, enough: int = ENOUGH) -> None:
        """Serves so many issuances, then lets everything come to rest; ends early at `enough` violations."""
        self.left = issuances
        for kiosk in self.kiosks:
            kiosk.serve(1_000 if self.scenario.bursts else self.chance.below(60_000))
        for feed in self.feeds:
            self.after(FEED_EVERY_MS, feed.tick, None)
        self.after(SWEEP_MS, self._tick, None)
        self.audit.enough = enough
        heap, pop = self._heap, heapq.heappop
        try:
            while heap:
                at, _, work, argument = pop(heap)
                self.now = at
                self.step += 1
                work(argument)
        except EnoughViolations:
            return

    def after(self, milliseconds: int, work: Callable[[Any], object], argument: Any) -> None:
        """Does something later. Never earlier: time goes on only."""
        self._order = order = self._order + 1
        _push(self._heap, (self.now + milliseconds, order, work, argument))

    def _tick(self, _: object) -> None:
        """What is looked at now and then and not at the moment: deadlines of rows, and issuances to audit."""
        self.centers.sweep()
        self.audit.sweep()
        if self.busy:
            self.after(SWEEP_MS, self._tick, None)

    # ---- residents ----

    @property
    def busy(self) -> bool:
        """Whether residents are still to come, or issuances not at rest."""
        return self.left > 0 or bool(self.audit.cases)

    def admit(self) -> bool:
        """Whether another resident comes."""
        if self.left == 0:
            return False
        self.left -= 1
        return True

    def give_back(self) -> None:
        """A session ended before it had an issuance id: it does not count."""
        self.left += 1

    # ---- what the nodes leave behind ----

    def city_row(self, issuance_id: bytes) -> MunicipalityRow | None:
        """The municipality's row, whichever municipality has it."""
        for city in self.cities.values():
            row = city.row(issuance_id)
            if row is not None:
                return row
        return None

    def keep_sealed(self, handle: bytes, request: m.Apply, document: ModelDocument) -> None:
        """A sealed document: what it opens with, and what is in it."""
        self.sealed[handle] = (request.application.session_key, request.digest, document)
        self._sealed_of.setdefault(request.issuance_id, []).append(handle)

    def forget(self, case: Case) -> None:
        """Lets go of everything about an audited issuance, so that a world's memory does not grow with its length."""
        issuance_id = case.issuance_id
        self.centers.forget(issuance_id)
        for city in self.cities.values():
            city.forget(issuance_id)
        for handle in self._sealed_of.pop(issuance_id, ()):
            del self.sealed[handle]
        self.explained.discard(issuance_id)
        self.poison.forget(issuance_id)
        kiosk = case.kiosk
        kiosk.register.forget(issuance_id)
        kiosk.cash.forget(issuance_id)
        kiosk.clerk.forget(issuance_id)
        kiosk.printer.forget(issuance_id.hex())

    # ---- what is seen ----

    def incident(self, node: str, code: str, issuance_id: bytes) -> None:
        """A guard spoke. I9: with nothing wrong about an issuance, none does."""
        self.note(node, "incident", code, issuance_id)
        if code == "permitted_overdue" and not self.scenario.calm:
            self.overdue += 1
        elif issuance_id not in self.explained and issuance_id not in self.poison.pages:
            self.audit.broken("I9", issuance_id, f"{node}: {code} with nothing wrong")

    def note(self, node: str, what: str, then: str, issuance_id: bytes) -> None:
        """A line for the replay, where one is wanted."""
        if self.notes is not None:
            self.notes.append(Note(self.step, self.now - self.began, node, what, then, issuance_id.hex()))

    def _watched(self, table: Table) -> Table:
        """The kiosk's edges are noted where the machine checks them."""
        taken, seen = self.taken, set()

        class _Watching(Table):
            def check(self, source: str, event: str, target: str) -> None:
                edge = (source, event, target)
                if edge not in seen:
                    super().check(source, event, target)
                    seen.add(edge)
                    taken.add((self.name, source, event, target))

        return _Watching(table.name, tuple(table.states.values()), table.edges)
