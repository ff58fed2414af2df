"""Stops that an incident set on a kind of certificate (障害による停止), and how two named persons lift one."""

from __future__ import annotations

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_instant
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import Randomness
from itaku.issuance.protocol.kinds import Kind
from itaku.record.entry import make_entry
from itaku.record.schema import INSERT_PENDING


class LiftRefusedError(ItakuError):
    """A stop is lifted only by two persons who are named and say why, and only where there is one."""

    code = "lift_refused"
    ja = "解除できません。停止中の証明書を、異なる2人の名前と理由を添えて指定してください。"
    en = "It cannot be lifted. Name a kind that is stopped, two different persons, and the reason."


class RouteStop(msgspec.Struct, frozen=True):
    """One stop: the kind, the incident's code and issuance, and since when."""

    kind: str
    code: str
    issuance_id: bytes
    since_ms: InstantMs


async def read_stops(conn: asyncpg.Connection) -> tuple[RouteStop, ...]:
    """All stops in force."""
    rows = await conn.fetch("SELECT kind, code, issuance_id, since FROM route_stop ORDER BY since")
    return tuple(RouteStop(row["kind"], row["code"], row["issuance_id"], to_instant(row["since"])) for row in rows)


async def lift(
    conn: asyncpg.Connection, randomness: Randomness, now: InstantMs, kind: Kind, persons: tuple[str, str], why: str
) -> RouteStop:
    """Lifts the stop of a kind and records who, why and of which incident, in one transaction; `LiftRefusedError`.

    Every instance notices within a second.
    """
    names = [" ".join(person.split()) for person in persons]
    if not all(names) or names[0].casefold() == names[1].casefold() or not why.strip():
        raise LiftRefusedError("two different persons and a reason are needed")
    async with conn.transaction():
        row = await conn.fetchrow(
            "DELETE FROM route_stop WHERE kind = $1 RETURNING kind, code, issuance_id, since", kind.value
        )
        if row is None:
            raise LiftRefusedError(f"{kind.value} is not stopped")
        stop = RouteStop(row["kind"], row["code"], row["issuance_id"], to_instant(row["since"]))
        entry = make_entry(
            randomness,
            "route.lifted",
            now,
            {
                "kind": stop.kind,
                "code": stop.code,
                "issuance_id": stop.issuance_id,
                "since_ms": int(stop.since_ms),
                "by": names[0],
                "and": names[1],
                "why": why,
            },
        )
        await conn.execute(INSERT_PENDING, [entry.entry_id], [entry.body])
    return stop
