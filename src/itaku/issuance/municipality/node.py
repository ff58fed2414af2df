"""The running municipality: HTTP, PostgreSQL and the render worker around the machine."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import msgspec

from itaku.basis.canonical import Plain
from itaku.basis.clock import Clock, InstantMs
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import IssuanceId, Randomness
from itaku.issuance.municipality import replica
from itaku.issuance.municipality.machine import (
    Asked,
    Effect,
    Event,
    Incident,
    LookUp,
    Render,
    Rendered,
    Reply,
    Step,
    Wait,
    handle,
)
from itaku.issuance.municipality.registrations.node import Registrations
from itaku.issuance.municipality.row import MunicipalityRow
from itaku.issuance.municipality.schema import COLUMNS
from itaku.issuance.municipality.signer_line import SignerAwayError
from itaku.issuance.municipality.works import LiveWorks, Registers, failure_code, kinds_of
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.kinds import FAMILY_REGISTER_KINDS, Kind, kind_of
from itaku.issuance.rows import RowStore
from itaku.issuance.transport.identity import Identity
from itaku.record.entry import Entry, make_entry
from itaku.record.health import HealthWatch
from itaku.record.schema import INSERT_PENDING
from itaku.store.log import Log
from itaku.store.postgres import UNREACHABLE, Migration

_WAIT_STEP_S = 0.05
_WAIT_STEPS = 360
"""A retry waits up to 18 s for an attempt that is under way: longer than a render lease."""

_AWAY = "municipality_unavailable"
_SIGNER_TRIES = 40
_SIGNER_AGAIN_S = 0.25
"""A signer that is started anew is there within a few seconds; the kiosk asks again when it is not."""

STOP_MIGRATION = Migration(
    name="route-stop-1",
    sql="""
CREATE TABLE route_stop (
    kind text PRIMARY KEY,
    code text NOT NULL,
    issuance_id bytea NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
""",
)
"""Kinds whose route an incident has stopped, in every instance, until a person deletes the row."""

_DATABASE_GONE = (*UNREACHABLE, asyncpg.PostgresError)


class MunicipalityNode:
    """One instance. Any number may share the database."""

    def __init__(
        self,
        *,
        pool: asyncpg.Pool,
        works: LiveWorks,
        clock: Clock,
        randomness: Randomness,
        log: Log,
        registrations: Registrations | None = None,
    ) -> None:
        self._pool = pool
        self._registrations = registrations
        self._rows = RowStore(pool, "issuing", MunicipalityRow, COLUMNS)
        self._works = works
        self._clock = clock
        self._randomness = randomness
        self._log = log
        self._worker = ThreadPoolExecutor(1, "render")
        self._stops_known_ms = -1
        self._health = HealthWatch()

    async def receive(self, peer: Identity, body: bytes) -> bytes:
        """Answers the center's request."""
        try:
            request = m.decode_request(body)
        except msgspec.DecodeError:
            return m.encode(m.Refused(issuance_id=m.NOBODY, kiosk="unknown", code="malformed"))
        if not isinstance(request, m.Apply | m.Outcome | m.Void | m.RegisterUse):
            return m.encode(m.refuse(request, "not_allowed"))
        try:
            if isinstance(request, m.Apply | m.RegisterUse):
                await self._learn_stops()
                await self._check_record()
            if isinstance(request, m.RegisterUse):
                answer = await self._register_use(request)
            else:
                answer = await self._run(request.issuance_id, request)
        except _DATABASE_GONE as error:
            self._log.error("database_gone", error=type(error).__name__)
            answer = m.refuse(request, "municipality_unavailable")
        if isinstance(answer, m.Refused):
            self._log.info("refused", request=type(request).__name__, code=answer.code, peer=peer.name)
        return m.encode(answer)

    async def feed(self, _peer: Identity, body: bytes) -> bytes:
        """Takes a delta of the resident register's feed."""
        try:
            async with self._pool.acquire() as connection:
                return await replica.receive(connection, body)
        except msgspec.DecodeError:
            return m.encode(m.Refused(issuance_id=m.NOBODY, kiosk="unknown", code="malformed"))

    def stop(self) -> None:
        """Ends the render worker."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    async def _register_use(self, request: m.RegisterUse) -> m.Answer:
        if self._registrations is None:
            return m.refuse(request, "stopped")
        if not self._works.record_writable:
            return m.refuse(request, "record_unavailable")
        return await self._registrations.receive(request)

    async def _run(self, issuance_id: IssuanceId, event: Event) -> m.Answer:
        step = await self._rows.settle(
            issuance_id, lambda now, row: handle(now, event, row, self._works), self._entry, self._clock
        )
        if step is not None:
            return await self._do(step.effects)
        request = event.request if isinstance(event, Asked | Rendered) else event
        return m.refuse(request, "municipality_unavailable")

    async def _do(self, effects: tuple[Effect, ...]) -> m.Answer:
        answer: m.Answer | None = None
        for effect in effects:
            match effect:
                case Reply():
                    answer = effect.answer
                case LookUp():
                    kind = kind_of(effect.request.application.options)
                    asked = Asked(effect.request, await self._look_up(effect.card_serial, kind))
                    answer = await self._run(effect.request.issuance_id, asked)
                case Render():
                    rendered = await self._render(effect)
                    answer = m.refuse(effect.request, _AWAY) if rendered is None else await self._finish(rendered)
                case Wait():
                    answer = await self._wait(effect.request)
                case Incident():
                    await self._incident(effect)
        assert answer is not None, "every request has an answer"
        return answer

    async def _look_up(self, card_serial: str, kind: Kind) -> Registers:
        async with self._pool.acquire() as connection:
            household = await replica.household_of(connection, card_serial, kind)
            as_of = household.as_of if household is not None else await replica.proven_as_of(connection)
        lives_here = household is not None and household.holder.removed_on is None
        if self._registrations is None or kind not in FAMILY_REGISTER_KINDS or lives_here:
            return Registers(household, as_of)
        found = await self._registrations.look_up(card_serial)
        if household is not None and found.registration.code == "registration_none":
            # Who has left and never registered is answered by what the resident register says of them.
            return Registers(household, as_of)
        return Registers(None, found.as_of, found.registration)

    async def _render(self, effect: Render) -> Rendered | None:
        """The document, or why there is none; None while the signer, whose key makes the codes, does not answer."""
        loop = asyncio.get_running_loop()
        now = self._clock.now()
        for turn in range(_SIGNER_TRIES):
            try:
                document = await loop.run_in_executor(self._worker, self._works.render, effect.job, now)
            except SignerAwayError as error:
                if turn == 0:
                    self._log.warning("signer_silent", error=str(error))
                await asyncio.sleep(_SIGNER_AGAIN_S)
            except ItakuError as error:
                self._log.error("render_failed", code=error.code, issuance=effect.job.issuance_id.hex())
                return Rendered(effect.request, effect.job, b"", failure_code(error))
            else:
                return Rendered(effect.request, effect.job, document)
        return None

    async def _finish(self, rendered: Rendered) -> m.Answer:
        """Signs and seals what was rendered, as soon as the signer answers; a lease that ends meanwhile drops it."""
        for turn in range(_SIGNER_TRIES):
            try:
                return await self._run(rendered.request.issuance_id, rendered)
            except SignerAwayError as error:
                if turn == 0:
                    self._log.warning("signer_silent", error=str(error))
            await asyncio.sleep(_SIGNER_AGAIN_S)
        return m.refuse(rendered.request, _AWAY)

    async def _wait(self, request: m.Apply) -> m.Answer:
        """Another attempt holds the lease: ask again until its row has moved on, or its lease is over."""
        for _ in range(_WAIT_STEPS):
            await asyncio.sleep(_WAIT_STEP_S)
            row = await self._rows.read(request.issuance_id)
            over = row is None or row.deadline_ms is None or self._clock.now() >= row.deadline_ms
            if over:
                return await self._run(request.issuance_id, request)
        return m.refuse(request, "municipality_unavailable")

    async def _incident(self, incident: Incident) -> None:
        self._log.error("incident", code=incident.code, issuance=incident.issuance_id.hex())
        facts: dict[str, Plain] = {
            "node": "municipality",
            "code": incident.code,
            "issuance_id": incident.issuance_id,
        }
        entry = make_entry(self._randomness, "incident", self._clock.now(), facts)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(INSERT_PENDING, [entry.entry_id], [entry.body])
            if incident.stops_route:
                await connection.execute(
                    "INSERT INTO route_stop(kind, code, issuance_id)"
                    " SELECT kind, $2, $1 FROM issuing WHERE issuance_id = $1 ON CONFLICT DO NOTHING",
                    incident.issuance_id,
                    incident.code,
                )
        self._stops_known_ms = -1

    async def _check_record(self) -> None:
        async with self._pool.acquire() as connection:
            health = await self._health.health(connection, self._clock.now())
        if self._works.record_writable and not health.writable:
            self._log.error("record_not_writable", reason=health.reason)
        self._works.record_writable = health.writable

    async def _learn_stops(self) -> None:
        now = self._clock.now()
        if 0 <= now - self._stops_known_ms < 1_000 and self._stops_known_ms >= 0:
            return
        codes = [row["kind"] for row in await self._pool.fetch("SELECT kind FROM route_stop")]
        self._works.stopped = kinds_of(codes)
        self._stops_known_ms = now

    def _entry(self, step: Step, row: MunicipalityRow, now: InstantMs) -> Entry:
        facts: dict[str, Plain] = {
            "issuance_id": row.issuance_id,
            "kiosk": row.kiosk,
            "from": step.source,
            "event": step.event,
            "to": row.state,
            "kind": "" if row.options is None else kind_of(row.options).value,
            "copies": row.copies,
            "attempt": row.attempt,
            "digest": row.digest,
            "document_sha256": row.document_sha256,
            "pages": row.pages,
            "reason": row.reason,
        }
        return make_entry(self._randomness, f"issuing.{row.state}", now, facts)
