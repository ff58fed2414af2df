"""Numbering the record: one transaction that takes pending entries, chains them, grows the tree, signs a checkpoint.

Whoever calls this holds the leader's lock on the same connection. Every fact it rests on is read from the database in
the transaction, so that a leader killed at any point leaves either all of a step or nothing of it.
"""

from __future__ import annotations

from typing import NamedTuple

import asyncpg

from itaku.basis.clock import Clock, InstantMs, to_jst
from itaku.record.entry import Entry, flaw
from itaku.record.errors import RecordKeyError, RecordTamperedError
from itaku.record.note import Checkpoint, NoteError, Signer
from itaku.record.tree import EMPTY_CHAIN, Frontier, Place, chain_hash, leaf_hash, places

BATCH = 4000
"""Entries numbered in one transaction, at most."""

CHECKPOINT_EVERY_MS = 60_000
"""A checkpoint is signed at least this often, so that its age tells whether the record is alive."""

# Two's-complement bytes of "itakurec": the leader's lock, one for each database.
LEADER_LOCK = int.from_bytes(b"itakurec", "big", signed=True)

_WRITE = """
WITH gone AS (
    DELETE FROM record_pending WHERE entry_id = ANY($1::bytea[]) RETURNING 1
), entries AS (
    INSERT INTO record_entry(seq, entry_id, body, leaf_hash, chain_hash)
    SELECT * FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[])
), nodes AS (
    INSERT INTO record_node(level, index, hash) SELECT * FROM unnest($7::smallint[], $8::bigint[], $9::bytea[])
), refused AS (
    INSERT INTO record_refused(entry_id, body, reason) SELECT * FROM unnest($10::bytea[], $11::bytea[], $12::text[])
), signed AS (
    INSERT INTO record_checkpoint(number, size, root, note, at) VALUES ($13, $14, $15, $16, $17)
)
SELECT count(*) FROM gone
"""


class Head(NamedTuple):
    """Where the record stands: the last checkpoint (none before the first), and the tree's right edge."""

    last: Checkpoint | None
    frontier: Frontier
    chain: bytes


class _Sorted(NamedTuple):
    """Pending entries: those to number, those that are there already, and those that cannot be numbered and why."""

    fresh: list[Entry]
    known: list[Entry]
    refused: list[tuple[Entry, str]]


async def lead(connection: asyncpg.Connection) -> bool:
    """Becomes the leader if there is none; the lock lasts as long as the connection."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK))


async def bind_key(connection: asyncpg.Connection, signer: Signer) -> None:
    """Writes down the key with which the record begins; `RecordKeyError` if it began with another one."""
    text = signer.public_key.text()
    await connection.execute("INSERT INTO record_key(public_key) VALUES ($1) ON CONFLICT (one) DO NOTHING", text)
    if await connection.fetchval("SELECT public_key FROM record_key") != text:
        raise RecordKeyError("the record began with another key")


async def sequence(connection: asyncpg.Connection, signer: Signer, clock: Clock, *, batch: int = BATCH) -> int:
    """Numbers up to `batch` pending entries and signs a checkpoint, in one transaction; gives how many were taken.

    With nothing pending it signs only if the last checkpoint is a minute old (or the clock was set back). Raises
    `RecordTamperedError` if the tables do not agree with the last signed checkpoint: then nothing is signed.
    """
    async with connection.transaction():
        rows = await connection.fetch("SELECT entry_id, body FROM record_pending ORDER BY at, entry_id LIMIT $1", batch)
        head = await read_head(connection, signer)
        now = clock.now()
        if not rows and head.last is not None and 0 <= now - head.last.at_ms < CHECKPOINT_EVERY_MS:
            return 0
        found = await _sort(connection, [Entry(row["entry_id"], row["body"]) for row in rows])
        gone = await _write(connection, signer, head, found, now)
        if gone != len(rows):
            raise RecordTamperedError("pending entries vanished while they were numbered")
    return len(rows)


async def read_head(connection: asyncpg.Connection, signer: Signer) -> Head:
    """Reads where the record stands and holds it against the last signature; `RecordTamperedError` if they disagree."""
    note = await connection.fetchval("SELECT note FROM record_checkpoint ORDER BY number DESC LIMIT 1")
    entry = await connection.fetchrow("SELECT seq, chain_hash FROM record_entry ORDER BY seq DESC LIMIT 1")
    size: int = 0 if entry is None else entry["seq"] + 1
    chain: bytes = EMPTY_CHAIN if entry is None else entry["chain_hash"]
    peaks = await subtree_hashes(connection, places((0, size)))
    frontier = Frontier(size, peaks)
    if note is None:
        if size:
            raise RecordTamperedError("entries without a checkpoint")
        return Head(None, frontier, chain)
    try:
        last = signer.public_key.read(note)
    except NoteError as error:
        raise RecordTamperedError(f"the last checkpoint: {error}") from error
    if (last.size, last.root, last.chain) != (size, frontier.root(), chain):
        raise RecordTamperedError(f"checkpoint {last.number} signed {last.size} entries; the tables say otherwise")
    return Head(last, frontier, chain)


async def subtree_hashes(connection: asyncpg.Connection, wanted: list[Place]) -> list[bytes]:
    """The stored hashes of complete subtrees, in the order asked; `RecordTamperedError` if one is not there."""
    rows = await connection.fetch(
        "SELECT level::int AS level, index, hash FROM record_node JOIN unnest($1::smallint[], $2::bigint[]) "
        "AS wanted(level, index) USING (level, index) "
        "UNION ALL SELECT 0, seq, leaf_hash FROM record_entry WHERE seq = ANY($3::bigint[])",
        [level for level, _ in wanted if level],
        [index for level, index in wanted if level],
        [index for level, index in wanted if not level],
    )
    hashes = {(row["level"], row["index"]): row["hash"] for row in rows}
    try:
        return [hashes[place] for place in wanted]
    except KeyError as error:
        raise RecordTamperedError(f"the subtree {error} is missing") from error


async def _sort(connection: asyncpg.Connection, pending: list[Entry]) -> _Sorted:
    ids = [entry.entry_id for entry in pending]
    rows = await connection.fetch("SELECT entry_id, body FROM record_entry WHERE entry_id = ANY($1::bytea[])", ids)
    numbered = {row["entry_id"]: row["body"] for row in rows}
    found = _Sorted([], [], [])
    for entry in pending:
        body = numbered.get(entry.entry_id)
        reason = flaw(entry) or (None if body in {None, entry.body} else "its id was used for another body")
        if reason is not None:
            found.refused.append((entry, reason))
        elif body is None:
            found.fresh.append(entry)
        else:
            found.known.append(entry)  # a repeated request: what it says already stands in the record
    return found


async def _write(connection: asyncpg.Connection, signer: Signer, head: Head, found: _Sorted, now: InstantMs) -> int:
    start, frontier, chain = head.frontier.size, head.frontier, head.chain
    leaves: list[bytes] = []
    chains: list[bytes] = []
    nodes: list[tuple[int, int, bytes]] = []
    for entry in found.fresh:
        leaf = leaf_hash(entry.body)
        chain = chain_hash(chain, leaf)
        nodes += frontier.append(leaf)
        leaves.append(leaf)
        chains.append(chain)
    number = 0 if head.last is None else head.last.number + 1
    root = frontier.root()
    note = signer.sign(Checkpoint(signer.public_key.origin, number, frontier.size, root, chain, now))
    taken = [*found.fresh, *found.known, *(entry for entry, _ in found.refused)]
    gone: int = await connection.fetchval(
        _WRITE,
        [entry.entry_id for entry in taken],
        list(range(start, frontier.size)),
        [entry.entry_id for entry in found.fresh],
        [entry.body for entry in found.fresh],
        leaves,
        chains,
        [level for level, _, _ in nodes],
        [index for _, index, _ in nodes],
        [value for _, _, value in nodes],
        [entry.entry_id for entry, _ in found.refused],
        [entry.body for entry, _ in found.refused],
        [reason for _, reason in found.refused],
        number,
        frontier.size,
        root,
        note,
        to_jst(now),
    )
    return gone
