"""The running registrations: PostgreSQL and deadlines around the machine, and the look-up by card."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import asyncpg
import msgspec

from itaku.basis.canonical import Plain
from itaku.basis.clock import Clock, InstantMs, to_instant, to_jst
from itaku.basis.randomness import IssuanceId, Randomness
from itaku.issuance.municipality.family_registers import FamilyRegister
from itaku.issuance.municipality.registrations.machine import (
    STANDING,
    Due,
    Effect,
    Event,
    FindRegister,
    Found,
    Incident,
    Lapse,
    LapseOthers,
    NotPossible,
    Reply,
    Step,
    UseWorks,
    handle,
)
from itaku.issuance.municipality.registrations.registrant import Registrant, Registration, present_person
from itaku.issuance.municipality.registrations.row import UseRow
from itaku.issuance.municipality.registrations.schema import COLUMNS, TABLE
from itaku.issuance.protocol import messages as m
from itaku.issuance.rows import RowStore
from itaku.record.entry import Entry, make_entry
from itaku.record.schema import INSERT_PENDING
from itaku.store.log import Log
from itaku.store.postgres import UNREACHABLE

_DEADLINE_EVERY_S = 5.0
_DUE_AT_ONCE = 200
_DATABASE_GONE = (*UNREACHABLE, asyncpg.PostgresError)

# One statement is one snapshot: the register and when the replica last equalled its source.
_REGISTER = """
SELECT r.facts, CASE WHEN st.proven THEN st.as_of END AS as_of
FROM replica_state st LEFT JOIN family_register r ON r.register_no = $1
"""
_BY_CLAIMS = """
SELECT register_no FROM family_register
WHERE claims_form = $1 AND (facts->>'closed')::boolean IS NOT TRUE LIMIT 2
"""
_LATEST = f"SELECT body FROM {TABLE} WHERE card_serial = $1 ORDER BY changed_at DESC, attempt DESC LIMIT 1"  # noqa: S608 the table's name is a constant
_STANDING = f"SELECT body FROM {TABLE} WHERE card_serial = $1 AND state = ANY($2)"  # noqa: S608 as above
_ATTEMPTS = f"SELECT count(*) FROM {TABLE} WHERE card_serial = $1 AND day = $2"  # noqa: S608 as above
_OTHERS = f"SELECT body FROM {TABLE} WHERE register_no = $1 AND state = 'in_effect'"  # noqa: S608 as above

_register = msgspec.json.Decoder(FamilyRegister)
_row = msgspec.msgpack.Decoder(UseRow)


class OfficerError(Exception):
    """The officer's step is not possible in the state that is named; nothing was changed."""


class LookedUp(NamedTuple):
    """A card's registration, and when the replica last equalled its source."""

    registration: Registration
    as_of: InstantMs | None


class Registrations:
    """The registrations of one municipality. Any number of instances, and the officers' command, share the database."""

    def __init__(
        self,
        *,
        pool: asyncpg.Pool,
        works: UseWorks,
        clock: Clock,
        randomness: Randomness,
        log: Log,
        freshness_limit_ms: int,
    ) -> None:
        self._pool = pool
        self._rows = RowStore(pool, TABLE, UseRow, COLUMNS)
        self._works = works
        self._clock = clock
        self._randomness = randomness
        self._log = log
        self._freshness_limit_ms = freshness_limit_ms

    async def receive(self, request: m.RegisterUse) -> m.Answer:
        """Answers an application."""
        answer = await self.run(request.issuance_id, request)
        return answer or m.refuse(request, "municipality_unavailable")

    async def run_deadlines(self) -> None:
        """Lets first days of use and expiries of cards take effect, for ever; any instance may do so for any row."""
        while True:
            await asyncio.sleep(_DEADLINE_EVERY_S)
            try:
                for issuance_id in await self._rows.due(self._clock.now(), _DUE_AT_ONCE):
                    await self.run(issuance_id, Due(issuance_id))
            except _DATABASE_GONE as error:
                self._log.error("database_gone", error=type(error).__name__)

    async def look_up(self, card_serial: str) -> LookedUp:
        """The registrant of this card, or why there is none. What the day or the register has changed takes effect."""
        row = await self._latest(card_serial)
        if row is not None and row.state in STANDING:
            await self.run(row.issuance_id, Due(row.issuance_id))
            row = await self._rows.read(row.issuance_id)
        found = await self._pool.fetchrow(_REGISTER, "" if row is None else row.register_no)
        as_of = None if found is None or found["as_of"] is None else to_instant(found["as_of"])
        if row is None or row.state != "in_effect":
            return LookedUp(_not_in_effect(row), as_of)
        assert row.person is not None, "what is in effect was confirmed"
        register = None if found is None or found["facts"] is None else _register.decode(found["facts"])
        member = None if register is None else present_person(register, row.person)
        if register is not None and member is not None:
            return LookedUp(Registration(Registrant(register, member)), as_of)
        if self._fresh(as_of):
            # Only a register that is proven to be current may end a registration for good.
            await self.run(row.issuance_id, Lapse(row.issuance_id, "RegisterChanged"))
        return LookedUp(Registration(None, "registration_lapsed"), as_of)

    async def run(self, issuance_id: IssuanceId, event: Event) -> m.Answer | None:
        """Handles one event and runs its effects; the answer, if it has one. Raises `OfficerError`."""
        step = await self._rows.settle(
            issuance_id, lambda now, row: handle(now, event, row, self._works), self._entry, self._clock
        )
        answer: m.Answer | None = None
        for effect in step.effects if step is not None else ():
            answer = await self._do(effect) or answer
        return answer

    async def read(self, issuance_id: IssuanceId) -> UseRow | None:
        """The row, or None."""
        return await self._rows.read(issuance_id)

    async def _do(self, effect: Effect) -> m.Answer | None:
        match effect:
            case Reply():
                return effect.answer
            case FindRegister():
                return await self.run(effect.request.issuance_id, await self._find(effect))
            case LapseOthers():
                await self._lapse_others(effect.row)
            case NotPossible():
                raise OfficerError(effect.state)
            case Incident():
                await self._incident(effect)
        return None

    async def _find(self, effect: FindRegister) -> Found:
        claimant = effect.claimant
        day = to_jst(self._clock.now()).date()
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            registers = await connection.fetch(_BY_CLAIMS, claimant.claims_form)
            attempts = await connection.fetchval(_ATTEMPTS, claimant.card_serial, day)
            standing = await connection.fetchval(_STANDING, claimant.card_serial, list(STANDING))
            as_of = await connection.fetchval("SELECT as_of FROM replica_state WHERE proven")
        # Two families may by chance share place and head's name: then the counter tells them apart, not a guess.
        register_no = registers[0]["register_no"] if len(registers) == 1 else ""
        row = None if standing is None else _row.decode(standing)
        if row is not None and self._clock.now() >= row.card_expires_ms:
            await self.run(row.issuance_id, Due(row.issuance_id))
            row = None
        fresh = self._fresh(None if as_of is None else to_instant(as_of))
        return Found(effect.request, claimant, register_no, fresh, attempts, row)

    async def _lapse_others(self, row: UseRow) -> None:
        for found in await self._pool.fetch(_OTHERS, row.register_no):
            other = _row.decode(found["body"])
            if other.issuance_id != row.issuance_id and other.person == row.person:
                await self.run(other.issuance_id, Lapse(other.issuance_id, "CardReplaced"))

    async def _latest(self, card_serial: str) -> UseRow | None:
        """The card's open or effective registration, else what became of its last application."""
        body = await self._pool.fetchval(_STANDING, card_serial, list(STANDING))
        if body is None:
            body = await self._pool.fetchval(_LATEST, card_serial)
        return None if body is None else _row.decode(body)

    def _fresh(self, as_of: InstantMs | None) -> bool:
        return as_of is not None and abs(self._clock.now() - as_of) <= self._freshness_limit_ms

    async def _incident(self, incident: Incident) -> None:
        self._log.error("incident", code=incident.code, issuance=incident.issuance_id.hex())
        facts: dict[str, Plain] = {
            "node": "municipality",
            "code": incident.code,
            "issuance_id": incident.issuance_id,
        }
        entry = make_entry(self._randomness, "incident", self._clock.now(), facts)
        await self._pool.execute(INSERT_PENDING, [entry.entry_id], [entry.body])

    def _entry(self, step: Step, row: UseRow, now: InstantMs) -> Entry:
        """Digests and codes alone: neither claims, nor names, nor the card's serial stand in the record."""
        facts: dict[str, Plain] = {
            "issuance_id": row.issuance_id,
            "kiosk": row.kiosk,
            "from": step.source,
            "event": step.event,
            "to": row.state,
            "digest": row.digest,
            "officer": row.officer,
            "reason": row.reason,
        }
        return make_entry(self._randomness, f"use_registration.{row.state}", now, facts)


def _not_in_effect(row: UseRow | None) -> Registration:
    if row is None:
        return Registration(None, "registration_none")
    if row.state == "lapsed":
        return Registration(None, "registration_lapsed")
    if row.state == "refused":
        # Only an officer's refusal is told; a try that found nothing is as if there had been none.
        return Registration(None, "registration_refused" if row.decided_ms is not None else "registration_none")
    code = "registration_waiting" if row.approved else "registration_under_review"
    return Registration(None, code, row.usable_from_ms)
