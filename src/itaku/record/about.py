"""Proofs of every entry about one thing (一件の証明): all under one checkpoint, the first that covers them."""

from __future__ import annotations

import base64
from collections.abc import Collection

import asyncpg
import msgspec

from itaku.basis.canonical import canonical_value
from itaku.record.errors import RecordEmptyError
from itaku.record.proof import InclusionProof, path_of


class Proved(msgspec.Struct, frozen=True):
    """The record's key line, the checkpoint, the proofs in the order of their numbers, and how many entries wait."""

    public_key: str
    checkpoint: str
    proofs: tuple[InclusionProof, ...]
    pending: int


async def prove_about(connection: asyncpg.Connection, kinds: Collection[str], fact: str, value: str) -> Proved:
    """Proves all numbered entries of some kinds whose fact has a value. `RecordEmptyError` if nothing was signed.

    Asked again, it gives the same while no further entry about it is numbered.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        key = await connection.fetchval("SELECT public_key FROM record_key")
        rows = await connection.fetch(
            "SELECT seq, body FROM record_entry WHERE position($1::bytea in body) > 0 ORDER BY seq", value.encode()
        )
        mine = [(row["seq"], row["body"]) for row in rows if _is_about(row["body"], kinds, fact, value)]
        last = mine[-1][0] if mine else -1
        checkpoint = await connection.fetchrow(
            "SELECT note, size FROM record_checkpoint WHERE size > $1 ORDER BY number LIMIT 1", last
        )
        if key is None or checkpoint is None:
            raise RecordEmptyError
        proofs = [
            InclusionProof(
                seq,
                base64.b64encode(body).decode("ascii"),
                await path_of(connection, seq, checkpoint["size"]),
                checkpoint["note"],
            )
            for seq, body in mine
        ]
        waiting = await connection.fetch(
            "SELECT body FROM record_pending WHERE position($1::bytea in body) > 0", value.encode()
        )
    pending = sum(_is_about(row["body"], kinds, fact, value) for row in waiting)
    return Proved(key, checkpoint["note"], tuple(proofs), pending)


def _is_about(body: bytes, kinds: Collection[str], fact: str, value: str) -> bool:
    entry = canonical_value(body)
    if not isinstance(entry, dict) or entry.get("kind") not in kinds:
        return False
    facts = entry.get("facts")
    return isinstance(facts, dict) and facts.get(fact) == value
