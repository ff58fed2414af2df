"""How every shop's machines are (S1-A1-4-7, -8): heartbeats, faults that open and close by themselves, and silence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import asyncpg
import msgspec

from itaku.basis.canonical import Plain
from itaku.basis.clock import Clock, InstantMs
from itaku.basis.randomness import IssuanceId, Randomness
from itaku.issuance.center.admission import Admission, Limits
from itaku.issuance.center.gathering import Gathering
from itaku.issuance.center.pace import Standing
from itaku.issuance.center.shops import Shop
from itaku.issuance.protocol import operation_messages as o
from itaku.issuance.protocol.challenges import MAX_CLOCKS_APART_MS
from itaku.issuance.rows import moment_or_none
from itaku.issuance.transport.identity import Identity
from itaku.record.entry import make_entry
from itaku.record.schema import INSERT_PENDING
from itaku.store.log import Log
from itaku.store.postgres import UNREACHABLE, Migration

SILENT_MS = 30_000
"""A machine that was not heard for so long is silent: three heartbeats are missing."""
_EVERY_S = 2.0
_ELSEWHERE_MS = 2_000
CENTER = "center"
_DATABASE_GONE = (*UNREACHABLE, asyncpg.PostgresError)

MACHINE_MIGRATIONS = (
    Migration(
        name="machines-1",
        sql="""
CREATE TABLE machine (
    name text PRIMARY KEY,
    shop text NOT NULL,
    state text NOT NULL,
    build text NOT NULL,
    clock_apart_ms bigint NOT NULL,
    heard_at timestamptz NOT NULL
);
CREATE TABLE fault (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine text NOT NULL,
    shop text NOT NULL,
    code text NOT NULL,
    source text NOT NULL,
    opened_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    closed_at timestamptz
);
CREATE UNIQUE INDEX fault_open ON fault (machine, code, source) WHERE closed_at IS NULL;
CREATE TABLE admission (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    total integer NOT NULL,
    shop integer NOT NULL,
    kiosk integer NOT NULL,
    set_at timestamptz NOT NULL
);
""",
    ),
    Migration(
        name="machines-2",
        sql="""
CREATE TABLE pace (
    instance text NOT NULL,
    municipality text NOT NULL,
    under_way integer NOT NULL,
    most integer,
    prepare_ms integer NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (instance, municipality)
);
""",
    ),
)
"""`source` is who says so: the machine itself, its shop's controller, or the center."""

_HEARD = """
WITH heard AS (
    INSERT INTO machine(name, shop, state, build, clock_apart_ms, heard_at)
    SELECT told.*, $6 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) AS told
    ON CONFLICT (name) DO UPDATE SET shop = excluded.shop, state = excluded.state, build = excluded.build,
        clock_apart_ms = excluded.clock_apart_ms, heard_at = excluded.heard_at
)
SELECT id, machine, code, source FROM fault WHERE source = ANY($1) AND closed_at IS NULL
"""
"""Any number of heartbeats at once; answers what is open so far of what these machines said."""
_OPEN = """
INSERT INTO fault(machine, shop, code, source, opened_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING id
"""
_CLOSE = "UPDATE fault SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL RETURNING id"
_OPEN_OF = "SELECT id, machine, code, source FROM fault WHERE source = $1 AND closed_at IS NULL"
_PACE = """
INSERT INTO pace(instance, municipality, under_way, most, prepare_ms, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (instance, municipality) DO UPDATE SET under_way = $3, most = $4, prepare_ms = $5, at = $6
"""
_GONE_ON = "SELECT issuance_id FROM issuance WHERE issuance_id = ANY($1::bytea[]) AND state <> 'opened'"
_SILENT = "SELECT name FROM machine WHERE heard_at < $1"

_Fault = tuple[str, str, str]
"""Machine, code, and source."""


class Machines:
    """Takes heartbeats and watches for those that are missing. Any number of instances may share the database."""

    def __init__(
        self,
        *,
        pool: asyncpg.Pool,
        shops: Sequence[Shop],
        builds: frozenset[str],
        admission: Admission,
        clock: Clock,
        randomness: Randomness,
        log: Log,
        instance: str = CENTER,
    ) -> None:
        self._pool = pool
        self._shop_of = _shop_of_machine(shops)
        self._builds = builds
        self._admission = admission
        self._usual = admission.limits
        self._instance = instance
        self._shown: dict[str, Standing] = {}
        self._clock = clock
        self._randomness = randomness
        self._log = log
        self._gathered = Gathering(self._note)

    async def receive(self, peer: Identity, body: bytes) -> bytes:
        """Notes a heartbeat that a relay passed on; what it acknowledges is durable."""
        try:
            status = o.decode_status(body)
        except msgspec.DecodeError:
            return o.encode_operation(o.StatusRefused("malformed"))
        watched = {name for name, shop in self._shop_of.items() if shop == status.node} | {status.node}
        if status.node not in self._shop_of or any(fault.machine not in watched for fault in status.faults):
            self._log.warning("status_refused", node=status.node, peer=peer.name)
            return o.encode_operation(o.StatusRefused("not_allowed"))
        try:
            await self._gathered.put(status)
        except _DATABASE_GONE as error:
            self._log.error("database_gone", error=type(error).__name__)
            return o.encode_operation(o.StatusRefused("center_unavailable"))
        return o.encode_operation(o.StatusOk(status.node))

    async def run(self) -> None:
        """Looks for silence, and for limits that operations have set, for ever."""
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self.look()
            except _DATABASE_GONE as error:
                self._log.error("database_gone", error=type(error).__name__)

    async def look(self) -> None:
        """One look: a machine that was heard once and is heard no more has a fault until it is heard again."""
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            silent = await connection.fetch(_SILENT, moment_or_none(InstantMs(now - SILENT_MS)))
            there = {(row["name"], "center-silent", CENTER) for row in silent if row["name"] in self._shop_of}
            rows = await connection.fetch(_OPEN_OF, CENTER)
            known = {(row["machine"], row["code"], row["source"]): row["id"] for row in rows}
            await self._settle(connection, there, known, now)
            row = await connection.fetchrow("SELECT total, shop, kiosk FROM admission")
        limits = self._usual if row is None else Limits(total=row["total"], shop=row["shop"], kiosk=row["kiosk"])
        if limits != self._admission.limits:
            self._log.warning("limits", total=limits.total, shop=limits.shop, kiosk=limits.kiosk)
            self._admission.limits = limits
        await self._show_pace()

    async def _show_pace(self) -> None:
        """Tells the board how each municipality's line stands, and the record when people are held back or no more."""
        choosing = self._admission.choosing(InstantMs(self._clock.now() - _ELSEWHERE_MS))
        if choosing:
            # Whoever applied through another instance takes no place in this one's line.
            for row in await self._pool.fetch(_GONE_ON, choosing):
                self._admission.left(IssuanceId(row["issuance_id"]))
        now = self._clock.now()
        for municipality, standing in self._admission.standings(now).items():
            before = self._shown.get(municipality)
            # What holds people back is told anew each time: an instance that has gone holds nobody back.
            if standing == before and standing.most is None:
                continue
            facts = (self._instance, municipality, *standing, moment_or_none(now))
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(_PACE, *facts)
                if (standing.most is None) is not (before is None or before.most is None):
                    await self._record_pace(connection, municipality, standing, now)
            self._shown[municipality] = standing

    async def _record_pace(
        self, connection: asyncpg.Connection, municipality: str, standing: Standing, now: InstantMs
    ) -> None:
        held = standing.most is not None
        facts: dict[str, Plain] = {"instance": self._instance, "municipality": municipality, **standing._asdict()}
        entry = make_entry(self._randomness, "admission.held" if held else "admission.eased", now, facts)
        await connection.execute(INSERT_PENDING, [entry.entry_id], [entry.body])
        if held:
            self._log.warning("admission_held", municipality=municipality, **standing._asdict())
        else:
            self._log.info("admission_eased", municipality=municipality)

    async def _note(self, statuses: Sequence[o.Status]) -> None:
        """Notes gathered heartbeats in one statement, and in a transaction of their own what began or is over.

        A status is complete, so of two of one machine the later says it all; and where the second step fails, nothing
        was acknowledged and the machines tell it again.
        """
        now = self._clock.now()
        latest = {status.node: status for status in statuses}
        names = sorted(latest)  # every instance takes the rows in one order, so that none waits for the other for ever
        told = [latest[name] for name in names]
        there = {fault for status in told for fault in self._faults_of(status, now)}
        rows = await self._pool.fetch(
            _HEARD,
            names,
            [self._shop_of[name] for name in names],
            [status.state for status in told],
            [status.build for status in told],
            [status.at_ms - now for status in told],
            moment_or_none(now),
        )
        known = {(row["machine"], row["code"], row["source"]): row["id"] for row in rows}
        if there != known.keys():
            async with self._pool.acquire() as connection, connection.transaction():
                await self._settle(connection, there, known, now)

    def _faults_of(self, status: o.Status, now: InstantMs) -> set[_Fault]:
        there = {(fault.machine, fault.code, status.node) for fault in status.faults}
        if abs(status.at_ms - now) > MAX_CLOCKS_APART_MS:
            there.add((status.node, "clock-apart", status.node))
        if status.role == "kiosk" and status.build not in self._builds:
            there.add((status.node, "build-not-approved", status.node))
        return there

    async def _settle(
        self, connection: asyncpg.Connection, there: set[_Fault], known: Mapping[_Fault, int], now: InstantMs
    ) -> None:
        """Opens what is new and closes what is over of some sources' faults, each with its entry in the record."""
        at = moment_or_none(now)
        for machine, code, source in sorted(there - known.keys()):
            if await connection.fetchval(_OPEN, machine, self._shop_of[machine], code, source, at) is not None:
                await self._record(connection, "fault.opened", machine, code, source)
                self._log.warning("fault_opened", machine=machine, code=code, source=source)
        for machine, code, source in sorted(known.keys() - there):
            if await connection.fetchval(_CLOSE, known[machine, code, source], at) is not None:
                await self._record(connection, "fault.closed", machine, code, source)
                self._log.info("fault_closed", machine=machine, code=code, source=source)

    async def _record(self, connection: asyncpg.Connection, kind: str, machine: str, code: str, source: str) -> None:
        facts: dict[str, Plain] = {"machine": machine, "shop": self._shop_of[machine], "code": code, "source": source}
        entry = make_entry(self._randomness, kind, self._clock.now(), facts)
        await connection.execute(INSERT_PENDING, [entry.entry_id], [entry.body])


def _shop_of_machine(shops: Sequence[Shop]) -> Mapping[str, str]:
    """The shop of each kiosk, and each controller's own."""
    return {machine: shop.name for shop in shops for machine in (shop.name, *shop.kiosks)}
