"""A small world: kiosks, center and municipality as they are, everything around them virtual, replayable by seed.

It runs the very classes that serve under HTTP. Its drivers keep the same rule as the real ones: effects strictly in
order, and nothing after a write before the write is durable.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId, SeededRandomness
from itaku.issuance.center import machine as center
from itaku.issuance.center.row import CenterRow
from itaku.issuance.center.table import CENTER_TABLE
from itaku.issuance.kiosk.table import KIOSK_TABLE
from itaku.issuance.municipality import machine as municipality
from itaku.issuance.municipality.row import MunicipalityRow
from itaku.issuance.municipality.table import MUNICIPALITY_TABLE
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.tables import Table
from itaku.issuance.simulator.devices import Odds
from itaku.issuance.simulator.kiosk import SimulatedKiosk
from itaku.issuance.simulator.works import ModelCrypto, ModelDocument, ModelPolicy, ModelWorks

Answerer = Callable[[m.Answer], None]
_START_MS = 1_790_000_000_000


class World:
    """Everything of one run. `run` serves residents until all is at rest; `violations` says what went wrong."""

    def __init__(self, seed: int, kiosks: int = 8, odds: Odds | None = None) -> None:
        self.chance = random.Random(seed)  # noqa: S311 a run must replay from its seed
        self.odds = odds or Odds()
        self.now = InstantMs(_START_MS)
        self.taken: Counter[tuple[str, str, str, str]] = Counter()
        """Edges taken, by table."""
        self.incidents: list[str] = []
        self.center_rows: dict[bytes, CenterRow] = {}
        self.municipality_rows: dict[bytes, MunicipalityRow] = {}
        documents: dict[bytes, tuple[bytes, bytes, ModelDocument]] = {}
        self.randomness = SeededRandomness(seed)
        self.crypto = ModelCrypto(self.chance, documents)
        self._policy = ModelPolicy(self.chance)
        self._works = ModelWorks(self.chance, self.odds, documents)
        self._last_document: ModelDocument | None = None
        self._other_sealed = b""
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._order = 0
        self._watch_tables()
        self.kiosks = [SimulatedKiosk(f"k{number:02d}", self) for number in range(1, kiosks + 1)]
        self._by_name = {kiosk.name: kiosk for kiosk in self.kiosks}

    def run(self, residents: int) -> None:
        """Serves so many residents at each kiosk, then lets everything come to rest."""
        for kiosk in self.kiosks:
            kiosk.serve(residents)
        while self._heap:
            at, _, work = heapq.heappop(self._heap)
            self.now = InstantMs(max(self.now, at))
            work()

    def after(self, milliseconds: int, work: Callable[[], None]) -> None:
        """Does something later."""
        self._order += 1
        heapq.heappush(self._heap, (self.now + milliseconds, self._order, work))

    def violations(self) -> list[str]:
        """I1, I2, I4 and I5 at rest, over all kiosks."""
        found: list[str] = []
        for kiosk in self.kiosks:
            found += kiosk.violations(self.center_rows, self.municipality_rows)
        return found

    # ---- the network, with the relay in it ----

    def send(self, request: m.Request, answer: Answerer) -> None:
        """A request to the center; it, or its answer, may be lost or come twice."""
        if self._cut(request.kiosk):
            return
        for _ in range(2 if self.chance.random() < self.odds.twice else 1):
            if self.chance.random() >= self.odds.lost:
                self.after(self.chance.randrange(2, 60), lambda: self._at_center(request, answer))

    def _back(self, reply: m.Answer, answer: Answerer) -> None:
        if self._cut(reply.kiosk):
            return
        if isinstance(reply, m.Prepared) and self.chance.random() < self.odds.tampered:
            reply = msgspec.structs.replace(reply, sealed=self._other_sealed or reply.sealed)
        if isinstance(reply, m.Prepared):
            self._other_sealed = reply.sealed
        if self.chance.random() >= self.odds.lost:
            self.after(self.chance.randrange(2, 60), lambda: answer(reply))

    def _cut(self, kiosk: str) -> bool:
        begins, ends = self._by_name[kiosk].cut
        return begins <= self.now < ends

    def _at_center(self, event: center.Event, answer: Answerer) -> None:
        issuance_id = _id_of(event)
        row = self.center_rows.get(issuance_id)
        step = center.handle(self.now, event, row, self._policy)
        if step.event:
            self._note(CENTER_TABLE, step.source, step.event, step.row.state if step.row else step.source)
        if step.row is not None:
            self.center_rows[issuance_id] = step.row
            if step.row.deadline_ms is not None:
                due = step.row.deadline_ms - self.now
                self.after(max(due, 0), lambda: self._deadline(issuance_id))
        for effect in step.effects:
            self._do_center(effect, answer)

    def _do_center(self, effect: center.Effect, answer: Answerer) -> None:
        match effect:
            case center.Reply():
                self._back(effect.answer, answer)
            case center.Forward() | center.Tell():
                request = effect.request
                if self.chance.random() < self.odds.silent_municipality:
                    if isinstance(request, m.Apply):
                        self._back(m.refuse(request, "municipality_unavailable"), answer)
                    return
                self.after(
                    self.chance.randrange(1, 20),
                    lambda: self._at_municipality(
                        request, lambda reply: self._at_center(center.FromMunicipality(reply, request), answer)
                    ),
                )
            case center.Incident():
                self.incidents.append(f"center {effect.code}")

    def _deadline(self, issuance_id: IssuanceId) -> None:
        row = self.center_rows[issuance_id]
        if row.deadline_ms is not None and row.deadline_ms <= self.now:
            self._at_center(center.Deadline(issuance_id), lambda _: None)

    def _at_municipality(self, event: municipality.Event, answer: Answerer) -> None:
        issuance_id = event.issuance_id if isinstance(event, m.Apply | m.Outcome) else event.request.issuance_id
        row = self.municipality_rows.get(issuance_id)
        step = municipality.handle(self.now, event, row, self._works)
        if step.event:
            self._note(MUNICIPALITY_TABLE, step.source, step.event, step.row.state if step.row else step.source)
        if step.row is not None:
            self.municipality_rows[issuance_id] = step.row
        for effect in step.effects:
            self._do_municipality(effect, answer)

    def _do_municipality(self, effect: municipality.Effect, answer: Answerer) -> None:
        match effect:
            case municipality.Reply():
                answer(effect.answer)
            case municipality.LookUp():
                self._at_municipality(municipality.Asked(effect.request, effect.card_serial), answer)
            case municipality.Render():
                self._render(effect, answer)
            case municipality.Wait():
                request = effect.request
                self.after(500, lambda: self._at_municipality(request, answer))
            case municipality.Incident():
                self.incidents.append(f"municipality {effect.code}")

    def _render(self, effect: municipality.Render, answer: Answerer) -> None:
        slow = self.chance.random() < self.odds.slow_render
        failed = "render_failed" if self.chance.random() < self.odds.render_failed else ""
        document: Any = self._works.render(effect.request, effect.job)
        if self._last_document is not None and self.chance.random() < self.odds.wrong_document:
            document = self._last_document
        self._last_document = document
        rendered = municipality.Rendered(effect.request, effect.job, document, failed)
        took = self.chance.randrange(14_000, 40_000) if slow else self.chance.randrange(5, 30)
        self.after(took, lambda: self._at_municipality(rendered, answer))

    # ---- coverage ----

    def _note(self, table: Table, source: str, event: str, target: str) -> None:
        self.taken[table.name, source, event, target] += 1

    def _watch_tables(self) -> None:
        """Kiosk edges are noted where the machine checks them."""
        note = self._note

        class _Watching(Table):
            def check(self, source: str, event: str, target: str) -> None:
                super().check(source, event, target)
                note(self, source, event, target)

        self.kiosk_table = _Watching(KIOSK_TABLE.name, tuple(KIOSK_TABLE.states.values()), KIOSK_TABLE.edges)


def _id_of(event: center.Event) -> IssuanceId:
    return event.request.issuance_id if isinstance(event, center.FromMunicipality) else event.issuance_id
