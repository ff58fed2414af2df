"""Proofs (証明): that one entry is in the signed record, or that the record has only grown between two checkpoints.

A proof is a small JSON object that anyone checks with the record's public key, without the record.
"""

from __future__ import annotations

import base64

import asyncpg
import msgspec

from itaku.record.errors import EntryUnknownError, ProofInvalidError, RecordEmptyError
from itaku.record.note import Checkpoint, NoteError, PublicKey
from itaku.record.sequencing import subtree_hashes
from itaku.record.tree import (
    HASH_BYTES,
    Range,
    consistency_ranges,
    fold,
    inclusion_ranges,
    is_consistent,
    leaf_hash,
    places,
    root_by_inclusion,
)


class InclusionProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Proves that the entry with this body has number `seq` under the signed `checkpoint`.

    `body` is base64, `path` the neighbouring subtrees' hashes in hex, nearest first (RFC 6962 section 2.1.1).
    """

    seq: int
    body: str
    path: tuple[str, ...]
    checkpoint: str

    def to_json(self) -> bytes:
        """The proof as it is handed over."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> InclusionProof:
        """Reads a proof; `ProofInvalidError` if it is not one."""
        try:
            return msgspec.json.decode(data, type=cls)
        except msgspec.MsgspecError as error:
            raise ProofInvalidError("not a proof") from error


class ConsistencyProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Proves that the record under `new` begins with the whole record under `old` (RFC 6962 section 2.1.2)."""

    old: str
    new: str
    path: tuple[str, ...]


async def prove(connection: asyncpg.Connection, entry: bytes | int) -> InclusionProof:
    """Proves an entry, named by its 16-byte id or its number, under the newest checkpoint.

    Raises `EntryUnknownError` if it is not numbered yet, `RecordEmptyError` if nothing was signed.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        note, size = await _newest(connection)
        where = "seq = $1" if isinstance(entry, int) else "entry_id = $1"
        row = await connection.fetchrow(f"SELECT seq, body FROM record_entry WHERE {where}", entry)  # noqa: S608 two constants
        if row is None or row["seq"] >= size:
            raise EntryUnknownError
        path = await _path(connection, inclusion_ranges(row["seq"], size))
    return InclusionProof(row["seq"], base64.b64encode(row["body"]).decode("ascii"), path, note)


def check_inclusion(proof: InclusionProof, public_key: str) -> Checkpoint:
    """Checks a proof by the record's public key line; gives its checkpoint, `ProofInvalidError` if anything is off."""
    try:
        checkpoint = PublicKey.parse(public_key.strip()).read(proof.checkpoint)
        body = base64.b64decode(proof.body, validate=True)
        root = root_by_inclusion(leaf_hash(body), proof.seq, checkpoint.size, _hashes(proof.path))
    except NoteError as error:
        raise ProofInvalidError(f"its checkpoint: {error}") from error
    except ValueError as error:
        raise ProofInvalidError(str(error)) from error
    if root != checkpoint.root:
        raise ProofInvalidError("the path does not lead to the signed root")
    return checkpoint


async def prove_consistency(connection: asyncpg.Connection, old: str) -> ConsistencyProof:
    """Proves to the holder of an old checkpoint that the newest record begins with it.

    Raises `RecordEmptyError` if nothing was signed, `EntryUnknownError` if the old note is not of this record.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        new, size = await _newest(connection)
        old_size = await connection.fetchval("SELECT size FROM record_checkpoint WHERE note = $1", old)
        if old_size is None:
            raise EntryUnknownError("no such checkpoint")
        return ConsistencyProof(old, new, await _path(connection, consistency_ranges(old_size, size)))


def check_consistency(proof: ConsistencyProof, public_key: str) -> tuple[Checkpoint, Checkpoint]:
    """Checks that the record only grew; gives the old and new checkpoint, `ProofInvalidError` if anything is off."""
    try:
        key = PublicKey.parse(public_key.strip())
        old, new = key.read(proof.old), key.read(proof.new)
        right = is_consistent(old.size, old.root, new.size, new.root, _hashes(proof.path))
    except ValueError as error:
        raise ProofInvalidError(str(error)) from error
    if not right:
        raise ProofInvalidError("the new record does not begin with the old one")
    return old, new


async def path_of(connection: asyncpg.Connection, seq: int, size: int) -> tuple[str, ...]:
    """The path of an entry in the tree of a checkpoint's size: the neighbouring subtrees' hashes, nearest first."""
    return await _path(connection, inclusion_ranges(seq, size))


async def _newest(connection: asyncpg.Connection) -> tuple[str, int]:
    row = await connection.fetchrow("SELECT note, size FROM record_checkpoint ORDER BY number DESC LIMIT 1")
    if row is None:
        raise RecordEmptyError
    return row["note"], row["size"]


async def _path(connection: asyncpg.Connection, ranges: list[Range]) -> tuple[str, ...]:
    """The hashes of subtrees, each made of the stored complete ones, in one question."""
    parts = [places(entries) for entries in ranges]
    hashes = iter(await subtree_hashes(connection, [place for part in parts for place in part]))
    return tuple(fold([next(hashes) for _ in part]).hex() for part in parts)


def _hashes(path: tuple[str, ...]) -> list[bytes]:
    hashes = [bytes.fromhex(item) for item in path]
    if any(len(item) != HASH_BYTES for item in hashes):
        raise ValueError("a hash of the wrong length")
    return hashes
