"""What the board shows, read from the center's database: machines, open faults, load, and limits of admission."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence

import asyncpg
import msgspec

from itaku.basis.canonical import Plain
from itaku.basis.clock import InstantMs, to_instant
from itaku.basis.randomness import Randomness
from itaku.issuance.center.admission import Limits
from itaku.issuance.center.shops import Shop
from itaku.issuance.protocol.operation_messages import FAULTS
from itaku.issuance.rows import moment_or_none
from itaku.record.entry import make_entry
from itaku.record.schema import INSERT_PENDING

MOST_FAULTS = 200
_MINUTE_MS = 60_000
_HELD_MS = 10_000
"""The center tells every two seconds whom it holds back."""
_HELD = (
    "SELECT instance, municipality, under_way, most, prepare_ms FROM pace"
    " WHERE most IS NOT NULL AND at > $1 ORDER BY municipality, instance"
)
_SILENT = frozenset({"kiosk-silent", "center-silent"})


class Health(enum.StrEnum):
    """稼働中, 要注意, 停止, 応答なし: the worst that is open decides; unknown is not the same as broken."""

    RUNNING = "running"
    ATTENTION = "attention"
    STOPPED = "stopped"
    SILENT = "silent"


class MachineState(msgspec.Struct, frozen=True, kw_only=True):
    """One kiosk or shop controller."""

    name: str
    shop: Shop
    state: str
    build: str
    heard_ms: InstantMs | None
    """None: never heard of."""
    health: Health
    codes: tuple[str, ...]
    """Codes of its open faults."""
    begun: int
    """Sessions that began here within the last minute."""

    @property
    def is_kiosk(self) -> bool:
        """Whether residents are served here."""
        return self.name != self.shop.name


class OpenFault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that is not over."""

    id: int
    machine: str
    shop: str
    code: str
    source: str
    opened_ms: InstantMs
    acknowledged_ms: InstantMs | None


class HeldBack(msgspec.Struct, frozen=True):
    """A line at one instance of the center: new sessions of that municipality begin only while fewer are under way."""

    instance: str
    municipality: str
    under_way: int
    most: int
    prepare_ms: int
    """How long half of the documents take."""


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one moment."""

    now: InstantMs
    machines: tuple[MachineState, ...]
    faults: tuple[OpenFault, ...]
    under_way: int
    """Sessions between `Open` and their end."""
    begun: int
    """Sessions that began within the last minute."""
    limits: Limits
    limits_set: bool
    """Whether operations have set them; else they are the center's usual ones."""
    held: tuple[HeldBack, ...] = ()
    """Municipalities whose new sessions the center holds back now, because documents take too long."""


async def read_board(connection: asyncpg.Connection, shops: Sequence[Shop], usual: Limits, now: InstantMs) -> Board:
    """The board as the database has it now."""
    faults = tuple(
        OpenFault(
            id=row["id"],
            machine=row["machine"],
            shop=row["shop"],
            code=row["code"],
            source=row["source"],
            opened_ms=to_instant(row["opened_at"]),
            acknowledged_ms=_instant(row["acknowledged_at"]),
        )
        for row in await connection.fetch(
            "SELECT id, machine, shop, code, source, opened_at, acknowledged_at FROM fault"
            " WHERE closed_at IS NULL ORDER BY acknowledged_at IS NOT NULL, opened_at DESC LIMIT $1",
            MOST_FAULTS,
        )
    )
    heard = {row["name"]: row for row in await connection.fetch("SELECT name, state, build, heard_at FROM machine")}
    since = moment_or_none(InstantMs(now - _MINUTE_MS))
    begun: Mapping[str, int] = {
        row["kiosk"]: row["n"]
        for row in await connection.fetch(
            "SELECT i.kiosk, count(*) AS n FROM issuance_event e JOIN issuance i USING (issuance_id)"
            " WHERE e.event = 'Open' AND e.at > $1 GROUP BY i.kiosk",
            since,
        )
    }
    under_way = await connection.fetchval(
        "SELECT count(*) FROM issuance WHERE state IN ('opened', 'applied', 'prepared', 'permitted')"
    )
    limits = await connection.fetchrow("SELECT total, shop, kiosk FROM admission")
    held = await connection.fetch(_HELD, moment_or_none(InstantMs(now - _HELD_MS)))
    return Board(
        now=now,
        machines=tuple(
            _machine(name, shop, heard.get(name), faults, begun.get(name, 0))
            for shop in shops
            for name in (*shop.kiosks, shop.name)
        ),
        faults=faults,
        under_way=under_way,
        begun=sum(begun.values()),
        limits=usual if limits is None else Limits(**dict(limits)),
        limits_set=limits is not None,
        held=tuple(HeldBack(*row) for row in held),
    )


async def acknowledge(
    connection: asyncpg.Connection, fault: int, by: str, now: InstantMs, randomness: Randomness
) -> bool:
    """Somebody is at it, by the number on the badge. False if the fault is over, or somebody was there before."""
    async with connection.transaction():
        row = await connection.fetchrow(
            "UPDATE fault SET acknowledged_at = $2, acknowledged_by = $3"
            " WHERE id = $1 AND closed_at IS NULL AND acknowledged_at IS NULL RETURNING machine, shop, code",
            fault,
            moment_or_none(now),
            by,
        )
        if row is None:
            return False
        facts: dict[str, Plain] = {"machine": row["machine"], "shop": row["shop"], "code": row["code"], "by": by}
        entry = make_entry(randomness, "fault.acknowledged", now, facts)
        await connection.execute(INSERT_PENDING, [entry.entry_id], [entry.body])
    return True


async def set_limits(
    connection: asyncpg.Connection, limits: Limits | None, by: str, now: InstantMs, randomness: Randomness
) -> None:
    """Other limits for new sessions, in every instance within seconds; None takes them back. It is recorded."""
    facts: dict[str, Plain] = {"by": by, "usual": limits is None}
    async with connection.transaction():
        await connection.execute("DELETE FROM admission")
        if limits is not None:
            facts |= {"total": limits.total, "shop": limits.shop, "kiosk": limits.kiosk}
            await connection.execute(
                "INSERT INTO admission(total, shop, kiosk, set_at) VALUES ($1, $2, $3, $4)",
                limits.total,
                limits.shop,
                limits.kiosk,
                moment_or_none(now),
            )
        entry = make_entry(randomness, "admission.set", now, facts)
        await connection.execute(INSERT_PENDING, [entry.entry_id], [entry.body])


def _machine(
    name: str, shop: Shop, heard: asyncpg.Record | None, faults: Sequence[OpenFault], begun: int
) -> MachineState:
    codes = tuple(dict.fromkeys(fault.code for fault in faults if fault.machine == name))
    return MachineState(
        name=name,
        shop=shop,
        state="" if heard is None else heard["state"],
        build="" if heard is None else heard["build"],
        heard_ms=None if heard is None else to_instant(heard["heard_at"]),
        health=health_of(codes, heard=heard is not None),
        codes=codes,
        begun=begun,
    )


def health_of(codes: Sequence[str], *, heard: bool) -> Health:
    """The worst of a machine's open faults. A silent machine is unknown, whatever it said before."""
    if not heard or _SILENT & set(codes):
        return Health.SILENT
    if any(FAULTS[code].stops for code in codes if code in FAULTS):
        return Health.STOPPED
    return Health.ATTENTION if codes else Health.RUNNING


def _instant(moment: dt.datetime | None) -> InstantMs | None:
    return None if moment is None else to_instant(moment)
