"""Simulated servers: several instances over one store, with races, and crashes before and after every commit.

Their driver keeps the real one's rule: read the row, handle, write by compare-and-set, and only then the effects; after
a lost race the row is read again and the event handled again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from itaku.basis.randomness import IssuanceId
from itaku.issuance.center import machine as center
from itaku.issuance.center.row import CenterRow
from itaku.issuance.municipality import machine as municipality
from itaku.issuance.municipality.row import MunicipalityRow
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.kinds import kind_of
from itaku.issuance.simulator.store import RowT, Store

if TYPE_CHECKING:
    from itaku.issuance.simulator.line import Call
    from itaku.issuance.simulator.works import ModelDocument
    from itaku.issuance.simulator.world import World

_DOWN_MS = 5_000
"""So long is an instance away after a crash."""
SWEEP_MS = 5_000
"""So often the center looks whose deadline has come."""
_FORWARD_LIMIT_MS = 20_000
"""After so long without an answer the center tells the kiosk that the municipality is silent."""


class Instance:
    """One process. A crash takes what it had in hand; `life` tells a dead one's work from its successor's."""

    __slots__ = ("down_until", "life", "name", "store")

    def __init__(self, name: str, store: Store[Any]) -> None:
        self.name = name
        self.store = store
        self.life = 0
        self.down_until = 0

    def crash(self, now: int) -> None:
        """Loses everything in memory, and comes back a little later."""
        self.life += 1
        self.down_until = now + _DOWN_MS


class Asker(NamedTuple):
    """Who waits for a municipality's answer: an instance of the center in one of its lives, and behind it a kiosk."""

    instance: Instance
    life: int
    request: m.Apply | m.Outcome | m.Void
    call: Call | None


class _Servers(Generic[RowT]):
    """All instances of a kind of server, over the stores that they share."""

    def __init__(self, kind: str, stores: tuple[Store[RowT], ...]) -> None:
        self.instances = tuple(Instance(f"{kind}-{number}", store) for number, store in enumerate(stores, 1))
        self._tables = tuple({id(store): store.rows for store in stores}.values())

    def row(self, issuance_id: bytes) -> RowT | None:
        """The row, whichever store has it."""
        for rows in self._tables:
            row = rows.get(issuance_id)
            if row is not None:
                return row
        return None

    def forget(self, issuance_id: bytes) -> None:
        """Removes a row that was audited."""
        for rows in self._tables:
            rows.pop(issuance_id, None)


class CenterServers(_Servers[CenterRow]):
    """All instances of the center."""

    def __init__(self, world: World, stores: tuple[Store[CenterRow], ...]) -> None:
        super().__init__("center", stores)
        self._world = world
        self._handle = world.parts.center_handle
        self._random = world.chance.random
        self._limit = world.chance.limits["commit"]
        self._due: dict[bytes, int] = {}
        """The sweep that looks at a row's deadline next, by issuance."""
        self._sweeps: dict[int, list[IssuanceId]] = {}
        """Whose deadlines each sweep to come looks at."""
        self._swept = world.now // SWEEP_MS

    def forget(self, issuance_id: bytes) -> None:
        """Removes a row that was audited, and the look at its deadline."""
        super().forget(issuance_id)
        self._due.pop(issuance_id, None)

    def receive(self, call: Call) -> None:
        """A request that a relay passed on."""
        instance = self.instances[int(self._random() * len(self.instances))]
        if self._world.now < instance.down_until:
            call.lost()
            return
        request = call.request
        self._step(instance, request, request.issuance_id, call)

    def answered(self, asker: Asker, answer: m.Answer) -> None:
        """The municipality answered an instance; if that has crashed since, nobody listens."""
        if asker.life == asker.instance.life:
            request = asker.request
            self._step(asker.instance, center.FromMunicipality(answer, request), request.issuance_id, asker.call)
        elif asker.call is not None:
            asker.call.lost()

    def _step(self, instance: Instance, event: center.Event, issuance_id: IssuanceId, call: Call | None) -> None:
        world = self._world
        step = self._handle(world.now, event, instance.store.rows.get(issuance_id), world.policy)
        if step.row is None:
            self._done(instance, step, call)
            return
        draw = self._random()
        if draw >= self._limit:
            self._commit((instance, instance.life, event, step, call))
            return
        match world.chance.which("commit", draw):
            case "slow_commit":
                delay = world.chance.between(1, 400)
                world.after(delay, self._commit, (instance, instance.life, event, step, call))
            case "crash_before_commit":
                world.note("center", "crashes before", step.event, issuance_id)
                instance.crash(world.now)
                self._nobody(call)
            case _:
                if instance.store.commit(step.row, step.source):
                    self._written(step)
                world.note("center", "crashes after", step.event, issuance_id)
                instance.crash(world.now)
                self._nobody(call)

    def _commit(self, work: tuple[Instance, int, center.Event, center.Step, Call | None]) -> None:
        instance, life, event, step, call = work
        assert step.row is not None, "only a changed row is written"
        if life != instance.life:
            self._nobody(call)
        elif instance.store.commit(step.row, step.source):
            self._written(step)
            self._done(instance, step, call)
        else:
            self._world.lost_races += 1
            self._step(instance, event, step.row.issuance_id, call)

    def _written(self, step: center.Step) -> None:
        world, row = self._world, step.row
        assert row is not None
        world.taken.add(("center", step.source, step.event, row.state))
        if world.notes is not None:
            world.note("center", f"{step.source} {step.event}", row.state, row.issuance_id)
        if step.event == "Open":
            world.audit.center_opened(step)
        if row.deadline_ms is not None:
            self._look_at(row.issuance_id, row.deadline_ms)

    def _look_at(self, issuance_id: IssuanceId, deadline_ms: int) -> None:
        """A row's deadline is looked at by the first sweep after it."""
        number = max(deadline_ms // SWEEP_MS, self._swept) + 1
        if number < self._due.get(issuance_id, 10**15):
            self._due[issuance_id] = number
            self._sweeps.setdefault(number, []).append(issuance_id)

    def sweep(self) -> None:
        """Fires the deadlines that have come; any instance does it."""
        now = self._world.now
        while self._swept < now // SWEEP_MS:
            self._swept += 1
            for issuance_id in self._sweeps.pop(self._swept, ()):
                if self._due.get(issuance_id) == self._swept:
                    del self._due[issuance_id]
                    self._fire(issuance_id, now)

    def _fire(self, issuance_id: IssuanceId, now: int) -> None:
        row = self.row(issuance_id)
        if row is None or row.deadline_ms is None:
            return
        if row.deadline_ms <= now:
            self._step(self._world.chance.one_of(self.instances), center.Deadline(issuance_id), issuance_id, None)
            # Where the write was late or lost another sweep looks again.
            row = self.row(issuance_id)
        if row is not None and row.deadline_ms is not None:
            self._look_at(issuance_id, row.deadline_ms)

    def _done(self, instance: Instance, step: center.Step, call: Call | None) -> None:
        if not step.row and step.event:
            self._world.taken.add(("center", step.source, step.event, step.source))
        for effect in step.effects:
            if isinstance(effect, center.Reply):
                if call is not None:
                    call.reply(effect.answer)
            elif isinstance(effect, center.Incident):
                self._world.incident("center", effect.code, effect.issuance_id)
            else:
                self._pass_on(instance, effect, call if isinstance(effect, center.Forward) else None)

    def _pass_on(self, instance: Instance, effect: center.Forward | center.Tell, call: Call | None) -> None:
        world, request = self._world, effect.request
        assert not isinstance(request, m.RegisterUse), "the simulated residents apply for certificates alone"
        asker = Asker(instance, instance.life, request, call)
        city = world.cities[effect.municipality]
        if world.now < city.cut_until or world.chance.hit("silent_municipality"):
            if call is not None:
                call.reply(m.refuse(request, "municipality_unavailable"))
            if world.chance.random() < 0.5:
                # Not lost but late: what was told afterwards may arrive before it.
                world.after(world.chance.between(1_000, 60_000), city.receive, asker._replace(call=None))
            return
        world.after(world.chance.between(1, 20), city.receive, asker)

    def _nobody(self, call: Call | None) -> None:
        if call is not None:
            call.lost()


class CityServers(_Servers[MunicipalityRow]):
    """All instances of one municipality, with their shared replica and works."""

    def __init__(self, world: World, city: int, stores: tuple[Store[MunicipalityRow], ...]) -> None:
        super().__init__(f"municipality-{city}", stores)
        self._world = world
        self._handle = world.parts.municipality_handle
        self._random = world.chance.random
        self._limit = world.chance.limits["commit"]
        self.works = world.parts.works(world, city)
        self.replica = world.parts.replica()
        self.cut_until = 0
        self._last: ModelDocument | None = None

    def receive(self, asker: Asker) -> None:
        """A request of the center."""
        instance = self.instances[int(self._random() * len(self.instances))]
        if self._world.now < instance.down_until:
            self._silent(asker)
        else:
            self._step((instance, instance.life, asker.request, asker))

    def _step(self, work: tuple[Instance, int, municipality.Event, Asker]) -> None:
        instance, life, event, asker = work
        world = self._world
        if life != instance.life:
            self._silent(asker)
            return
        row = instance.store.rows.get(asker.request.issuance_id)
        step = self._handle(world.now, event, row, self.works)
        if step.row is None:
            self._done(instance, step, asker)
            return
        draw = self._random()
        if draw >= self._limit:
            self._commit((instance, life, event, step, asker))
            return
        match world.chance.which("commit", draw):
            case "slow_commit":
                world.after(world.chance.between(1, 400), self._commit, (instance, life, event, step, asker))
            case "crash_before_commit":
                world.note("municipality", "crashes before", step.event, asker.request.issuance_id)
                instance.crash(world.now)
                self._silent(asker)
            case _:
                if instance.store.commit(step.row, step.source):
                    self._written(step)
                world.note("municipality", "crashes after", step.event, asker.request.issuance_id)
                instance.crash(world.now)
                self._silent(asker)

    def _commit(self, work: tuple[Instance, int, municipality.Event, municipality.Step, Asker]) -> None:
        instance, life, event, step, asker = work
        assert step.row is not None, "only a changed row is written"
        if life != instance.life:
            self._silent(asker)
        elif instance.store.commit(step.row, step.source):
            self._written(step)
            self._done(instance, step, asker)
        else:
            self._world.lost_races += 1
            self._step((instance, life, event, asker))

    def _written(self, step: municipality.Step) -> None:
        row = step.row
        assert row is not None
        world = self._world
        world.taken.add(("municipality", step.source, step.event, row.state))
        if world.notes is not None:
            world.note("municipality", f"{step.source} {step.event}", row.state, row.issuance_id)

    def _done(self, instance: Instance, step: municipality.Step, asker: Asker) -> None:
        world = self._world
        if not step.row and step.event:
            world.taken.add(("municipality", step.source, step.event, step.source))
        for effect in step.effects:
            if isinstance(effect, municipality.Reply):
                world.centers.answered(asker, effect.answer)
            elif isinstance(effect, municipality.LookUp):
                found = self.replica.look_up(effect.card_serial)
                self._step((instance, instance.life, municipality.Asked(effect.request, found), asker))
            elif isinstance(effect, municipality.Render):
                self._render(instance, effect, asker)
            elif isinstance(effect, municipality.Wait):
                self._wait(instance, effect.request, asker)
            else:
                self._incident(effect)

    def _wait(self, instance: Instance, request: m.Apply, asker: Asker) -> None:
        """Handles the request again while its lease runs, and once it is over."""
        row = instance.store.rows.get(request.issuance_id)
        rest = 0 if row is None or row.deadline_ms is None else max(row.deadline_ms - self._world.now, 0)
        self._world.after(500 + rest // 2, self._step, (instance, instance.life, request, asker))

    def _incident(self, effect: municipality.Incident) -> None:
        self._world.incident("municipality", effect.code, effect.issuance_id)
        row = self.row(effect.issuance_id)
        if effect.stops_route and row is not None and row.options is not None:
            self.works.stop_route(kind_of(row.options))

    def _render(self, instance: Instance, effect: municipality.Render, asker: Asker) -> None:
        world, request = self._world, effect.request
        document = self.works.render(request, effect.job)
        took, failed = world.chance.between(5, 30), ""
        match world.chance.any_of("render"):
            case "slow_render":
                took = world.chance.between(14_000, 40_000)
                if took > _FORWARD_LIMIT_MS:
                    world.after(_FORWARD_LIMIT_MS, self._silent, asker)
            case "render_failed":
                failed = "render_failed"
            case "wrong_document" if self._last is not None:
                document = self._last
                world.explained.add(request.issuance_id)
            case _:
                pass
        self._last = document
        rendered: Any = municipality.Rendered(request, effect.job, document, failed)  # type: ignore[arg-type]  # a model document
        world.after(took, self._step, (instance, instance.life, rendered, asker))

    def _silent(self, asker: Asker) -> None:
        """No answer came: the center says so to the kiosk, which sends again."""
        if asker.call is not None:
            if asker.life == asker.instance.life:
                asker.call.reply(m.refuse(asker.request, "municipality_unavailable"))
            else:
                asker.call.lost()
