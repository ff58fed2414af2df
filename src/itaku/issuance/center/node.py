"""The running center: HTTP, PostgreSQL and deadlines around the machine."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

import asyncpg
import msgspec

from itaku.basis.canonical import Plain
from itaku.basis.clock import Clock, InstantMs
from itaku.basis.randomness import IssuanceId, Randomness
from itaku.issuance.center.calendar_entries import CalendarWatch
from itaku.issuance.center.machine import (
    Deadline,
    Effect,
    Event,
    Forward,
    FromMunicipality,
    Incident,
    Reply,
    Step,
    Tell,
)
from itaku.issuance.center.policy import CenterPolicy
from itaku.issuance.center.row import CenterRow
from itaku.issuance.center.schema import COLUMNS
from itaku.issuance.center.use_applications import handle
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.kinds import kind_of
from itaku.issuance.rows import RowStore
from itaku.issuance.transport.card_status_client import CardStatusClient
from itaku.issuance.transport.client import PeerClient, PeerUnreachableError
from itaku.issuance.transport.identity import Identity
from itaku.record.entry import Entry, make_entry
from itaku.record.health import HealthWatch
from itaku.record.schema import INSERT_PENDING
from itaku.store.log import Log
from itaku.store.postgres import UNREACHABLE

FORWARD_TIMEOUT_S = 20.0
TELL_TIMEOUT_S = 5.0
_DUE_AT_ONCE = 200
_DEADLINE_EVERY_S = 1.0

_DATABASE_GONE = (*UNREACHABLE, asyncpg.PostgresError)


class CenterNode:
    """One instance of the center. Any number may share the database."""

    def __init__(
        self,
        *,
        pool: asyncpg.Pool,
        policy: CenterPolicy,
        municipalities: Mapping[str, PeerClient],
        clock: Clock,
        randomness: Randomness,
        log: Log,
        card_status: CardStatusClient | None = None,
    ) -> None:
        self._pool = pool
        self._card_status = card_status
        self._rows = RowStore(pool, "issuance", CenterRow, COLUMNS)
        self._policy = policy
        self._municipalities = municipalities
        self._clock = clock
        self._randomness = randomness
        self._log = log
        self._health = HealthWatch()
        self._calendar = CalendarWatch(policy.calendars)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def receive(self, peer: Identity, body: bytes) -> bytes:
        """Answers a relay's request."""
        try:
            request = m.decode_request(body)
        except msgspec.DecodeError:
            return m.encode(m.Refused(issuance_id=m.NOBODY, kiosk="unknown", code="malformed"))
        try:
            if isinstance(request, m.Open | m.Apply):
                await self._learn_calendar()
            if isinstance(request, m.Open):
                await self._check_record()
                if self._card_status is not None:
                    await self._card_status.learn(request.card_certificate)
            answer = await self._run(request.issuance_id, request)
        except _DATABASE_GONE as error:
            self._log.error("database_gone", error=type(error).__name__)
            answer = m.refuse(request, "record_unavailable" if isinstance(request, m.Open) else "center_unavailable")
        assert answer is not None, "every request has an answer"
        if isinstance(answer, m.Refused | m.AbandonOk):
            self._policy.admission.left(request.issuance_id)
        if isinstance(answer, m.Refused):
            self._log.info("refused", request=type(request).__name__, code=answer.code, peer=peer.name)
        return m.encode(answer)

    async def run_deadlines(self) -> None:
        """Fires deadlines for ever; any instance may fire any row's."""
        while True:
            await asyncio.sleep(_DEADLINE_EVERY_S)
            try:
                for issuance_id in await self._rows.due(self._clock.now(), _DUE_AT_ONCE):
                    await self._run(issuance_id, Deadline(issuance_id))
            except _DATABASE_GONE as error:
                self._log.error("database_gone", error=type(error).__name__)

    async def stop(self) -> None:
        """Lets background tellings end, or ends them."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _check_record(self) -> None:
        async with self._pool.acquire() as connection:
            health = await self._health.health(connection, self._clock.now())
        if self._policy.record_writable and not health.writable:
            self._log.error("record_not_writable", reason=health.reason)
        self._policy.record_writable = health.writable

    async def _learn_calendar(self) -> None:
        renewed = await self._calendar.renewed(self._pool, self._clock.now())
        if renewed is not None:
            self._policy.take_calendars(renewed)

    async def _run(self, issuance_id: IssuanceId, event: Event) -> m.Answer | None:
        step = await self._rows.settle(
            issuance_id, lambda now, row: handle(now, event, row, self._policy), self._entry, self._clock
        )
        if step is not None:
            return await self._do(step.effects)
        request = event.request if isinstance(event, FromMunicipality) else event
        return None if isinstance(request, Deadline) else m.refuse(request, "busy")

    async def _do(self, effects: tuple[Effect, ...]) -> m.Answer | None:
        answer: m.Answer | None = None
        for effect in effects:
            match effect:
                case Reply():
                    answer = effect.answer
                case Forward():
                    answer = await self._forward(effect)
                case Tell():
                    self._spawn(self._tell(effect))
                case Incident():
                    await self._incident(effect)
        return answer

    async def _forward(self, effect: Forward) -> m.Answer | None:
        """Passes the application on, and notes how long the municipality takes: admission goes by it."""
        issuance_id, pace = effect.request.issuance_id, self._policy.admission.pace(effect.municipality)
        pace.applied(issuance_id, self._clock.now())
        answer = None
        try:
            answer = await self._asked(effect)
        finally:
            pace.answered(issuance_id, self._clock.now(), made=isinstance(answer, m.Prepared))
        if answer is None:
            return m.refuse(effect.request, "municipality_unavailable")
        return await self._run(issuance_id, FromMunicipality(answer, effect.request))

    async def _asked(self, effect: Forward) -> m.Answer | None:
        """The municipality's answer; None if it gave none that can be used."""
        request = effect.request
        if self._card_status is not None and isinstance(request, m.Apply):
            # Whatever came along: what the municipality gets is what we asked for.
            stapled = await self._card_status.stapled(request.card_certificate)
            request = msgspec.structs.replace(request, card_status=stapled)
        try:
            body = await self._municipalities[effect.municipality].post("/m", m.encode(request), FORWARD_TIMEOUT_S)
            answer = m.decode_answer(body)
        except (PeerUnreachableError, msgspec.DecodeError) as error:
            self._log.warning("municipality_silent", municipality=effect.municipality, error=str(error))
            return None
        if answer.issuance_id == m.NOBODY:
            # It could not read or handle the bytes at all: nothing was said about this or any other issuance.
            self._log.warning("municipality_refused_bytes", municipality=effect.municipality)
            return None
        return answer

    async def _tell(self, effect: Tell) -> None:
        try:
            body = await self._municipalities[effect.municipality].post("/m", m.encode(effect.request), TELL_TIMEOUT_S)
            answer = m.decode_answer(body)
            if answer.issuance_id == effect.request.issuance_id:
                await self._run(effect.request.issuance_id, FromMunicipality(answer, effect.request))
        except (PeerUnreachableError, msgspec.DecodeError, *_DATABASE_GONE) as error:
            # The row's deadline tells again.
            self._log.warning("outcome_not_told", municipality=effect.municipality, error=type(error).__name__)

    async def _incident(self, incident: Incident) -> None:
        self._log.error("incident", code=incident.code, issuance=incident.issuance_id.hex())
        entry = make_entry(
            self._randomness,
            "incident",
            self._clock.now(),
            {"node": "center", "code": incident.code, "issuance_id": incident.issuance_id},
        )
        await self._pool.execute(INSERT_PENDING, [entry.entry_id], [entry.body])

    def _entry(self, step: Step, row: CenterRow, now: InstantMs) -> Entry:
        facts: dict[str, Plain] = {
            "issuance_id": row.issuance_id,
            "municipality": row.municipality,
            "kiosk": row.kiosk,
            "from": step.source,
            "event": step.event,
            "to": row.state,
            "kind": "" if row.options is None else kind_of(row.options).value,
            "copies": row.copies,
            "fee_yen": int(row.fee_yen),
            "digest": row.digest,
            "sheets": row.sheets,
            "reason": row.reason,
        }
        return make_entry(self._randomness, f"issuance.{row.state}", now, facts)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
