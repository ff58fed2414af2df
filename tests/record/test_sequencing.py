from __future__ import annotations

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from itaku.record.entry import Entry
from itaku.record.errors import RecordKeyError, RecordTamperedError
from itaku.record.note import Signer
from itaku.record.sequencing import bind_key, lead, read_head
from itaku.record.tree import EMPTY_CHAIN, Frontier, chain_hash, leaf_hash


async def test_entries_are_numbered_without_gaps_in_order_of_time_then_id(desk):
    entries = desk.entries(30)
    await desk.insert(entries[:10])
    await desk.insert(entries[10:])
    assert await desk.sequence() == 30
    rows = await desk.connection.fetch("SELECT seq, entry_id FROM record_entry ORDER BY seq")
    first, then = sorted(e.entry_id for e in entries[:10]), sorted(e.entry_id for e in entries[10:])
    assert [row["seq"] for row in rows] == list(range(30))
    assert {row["entry_id"] for row in rows} == {*first, *then}
    assert {row["entry_id"] for row in rows[:10]} == set(first)
    assert await desk.connection.fetchval("SELECT count(*) FROM record_pending") == 0


async def test_each_checkpoint_signs_the_tree_and_the_chain_of_its_entries(desk):
    await desk.grow(3, 5, 1, 8)
    frontier, chain = Frontier(), EMPTY_CHAIN
    roots = {0: (frontier.root(), chain)}
    for body in [r["body"] for r in await desk.connection.fetch("SELECT body FROM record_entry ORDER BY seq")]:
        frontier.append(leaf_hash(body))
        chain = chain_hash(chain, leaf_hash(body))
        roots[frontier.size] = (frontier.root(), chain)
    notes = [r["note"] for r in await desk.connection.fetch("SELECT note FROM record_checkpoint ORDER BY number")]
    checkpoints = [desk.signer.public_key.read(note) for note in notes]
    assert [c.size for c in checkpoints] == [3, 8, 9, 17]
    assert [c.number for c in checkpoints] == [0, 1, 2, 3]
    assert all((c.root, c.chain) == roots[c.size] for c in checkpoints)


async def test_an_idle_record_signs_once_a_minute_and_no_more(desk):
    await desk.grow(2)
    for _ in range(5):
        await desk.sequence()
    assert await desk.connection.fetchval("SELECT count(*) FROM record_checkpoint") == 1
    desk.clock.advance(60_000)
    await desk.sequence()
    await desk.sequence()
    assert await desk.connection.fetchval("SELECT count(*) FROM record_checkpoint") == 2


async def test_a_new_record_signs_that_it_is_empty(desk):
    await desk.sequence()
    head = await read_head(desk.connection, desk.signer)
    assert head.last is not None
    assert head.last.size == 0


async def test_a_batch_is_no_larger_than_asked(desk):
    from itaku.record.sequencing import sequence

    await desk.insert(desk.entries(25))
    assert await sequence(desk.connection, desk.signer, desk.clock, batch=10) == 10
    assert await desk.connection.fetchval("SELECT count(*) FROM record_pending") == 15


async def test_the_same_entry_written_again_stands_in_the_record_once(desk):
    entries = desk.entries(3)
    await desk.insert(entries)
    await desk.sequence()
    await desk.insert(entries[:1])
    assert await desk.sequence() == 1
    assert await desk.connection.fetchval("SELECT count(*) FROM record_entry") == 3
    assert await desk.connection.fetchval("SELECT count(*) FROM record_pending") == 0


async def test_an_id_used_for_another_body_is_kept_apart_and_does_not_stop_the_record(desk):
    first, second, third = desk.entries(3)
    await desk.insert([first])
    await desk.sequence()
    await desk.insert([Entry(first.entry_id, second.body), Entry(b"q" * 16, b"no cbor"), third])
    await desk.sequence()
    rows = await desk.connection.fetch("SELECT reason FROM record_refused ORDER BY reason")
    assert [row["reason"] for row in rows] == ["names another id", "not canonical"]
    assert await desk.connection.fetchval("SELECT count(*) FROM record_entry") == 2


@pytest.mark.parametrize("table", ["record_entry", "record_node", "record_checkpoint", "record_key"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "TRUNCATE {}"])
async def test_nobody_deletes_from_the_record(desk, table, verb):
    await desk.grow(4)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="record_append_only"):
        await desk.connection.execute(verb.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record_entry SET body = 'x' WHERE seq = 1",
        "UPDATE record_checkpoint SET note = ''",
        "UPDATE record_node SET hash = hash",
        "UPDATE record_key SET public_key = ''",
        "UPDATE record_pending SET body = 'x'",
    ],
)
async def test_nobody_changes_the_record(desk, statement):
    await desk.grow(4)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="record_append_only"):
        await desk.connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM record_entry WHERE seq = 4",
        "UPDATE record_entry SET chain_hash = sha256('x') WHERE seq = 4",
        "UPDATE record_node SET hash = sha256('x') WHERE level = 2",
        "DELETE FROM record_node WHERE level = 2",
        "UPDATE record_checkpoint SET note = replace(note, 'size', 'sise') || ' '",
        "DELETE FROM record_checkpoint",
    ],
)
async def test_nothing_is_signed_on_top_of_a_record_that_was_changed(desk, statement):
    await desk.grow(5)
    for table in ("record_entry", "record_node", "record_checkpoint"):  # as one with the owner's power could
        await desk.connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await desk.connection.execute(statement)
    await desk.insert(desk.entries(1))
    with pytest.raises(RecordTamperedError):
        await desk.sequence()
    assert await desk.connection.fetchval("SELECT count(*) FROM record_pending") == 1


async def test_a_record_keeps_the_key_with_which_it_began(desk):
    other = Signer(desk.signer.public_key.origin, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(RecordKeyError):
        await bind_key(desk.connection, other)


async def test_of_two_connections_one_leads(pool):
    async with pool.acquire() as one, pool.acquire() as other:
        assert await lead(one)
        assert not await lead(other)
        await one.execute("SELECT pg_advisory_unlock_all()")
        assert await lead(other)
