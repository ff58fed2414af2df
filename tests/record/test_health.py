from __future__ import annotations

from itaku.basis.clock import InstantMs
from itaku.record.health import HealthWatch, record_health


async def test_a_record_that_nobody_numbers_refuses_new_sessions(desk):
    health = await record_health(desk.connection, desk.clock.now())
    assert not health.writable
    assert health.reason == "no_sequencer"


async def test_a_numbered_record_is_writable(desk):
    await desk.grow(3)
    health = await record_health(desk.connection, desk.clock.now())
    assert health.writable
    assert (health.pending, health.oldest_pending_age_ms) == (0, 0)
    assert health.last_checkpoint_at == 1_760_000_000_000


async def test_entries_that_wait_too_long_refuse_new_sessions(desk):
    await desk.grow(1)
    entry = desk.entries(1)[0]
    waiting = "INSERT INTO record_pending VALUES ($1, $2, clock_timestamp() - interval '{} seconds')"
    await desk.connection.execute(waiting.format(5), entry.entry_id, entry.body)
    assert (await record_health(desk.connection, desk.clock.now())).writable
    entry = desk.entries(1)[0]
    await desk.connection.execute(waiting.format(11), entry.entry_id, entry.body)
    health = await record_health(desk.connection, desk.clock.now())
    assert not health.writable
    assert health.reason == "entries_wait"
    assert health.pending == 2
    assert health.oldest_pending_age_ms >= 11_000


async def test_a_sequencer_that_went_silent_refuses_new_sessions(desk):
    await desk.grow(1)
    await desk.connection.execute("ALTER TABLE record_checkpoint DISABLE TRIGGER USER")
    await desk.connection.execute("UPDATE record_checkpoint SET written_at = written_at - interval '151 seconds'")
    assert (await record_health(desk.connection, desk.clock.now())).reason == "no_sequencer"


async def test_a_read_only_database_refuses_new_sessions(desk):
    await desk.grow(1)
    async with desk.connection.transaction(readonly=True):
        assert (await record_health(desk.connection, desk.clock.now())).reason == "read_only"


async def test_a_database_without_the_record_or_gone_is_not_writable_and_does_not_raise(desk):
    await desk.connection.execute("DROP TABLE record_refused")
    assert not (await record_health(desk.connection, desk.clock.now())).writable
    raw = desk.connection
    await raw.close()
    assert not (await record_health(raw, desk.clock.now())).writable


async def test_refused_entries_are_counted_for_the_operator(desk):
    await desk.connection.execute("INSERT INTO record_pending VALUES ($1, $2)", b"q" * 16, b"no cbor")
    await desk.grow(1)
    health = await record_health(desk.connection, desk.clock.now())
    assert health.refused == 1
    assert health.writable


async def test_a_busy_door_asks_at_most_once_a_second(desk):
    await desk.grow(1)
    watch = HealthWatch()
    first = await watch.health(desk.connection, InstantMs(5_000))
    assert await watch.health(desk.connection, InstantMs(5_999)) is first
    assert await watch.health(desk.connection, InstantMs(6_000)) is not first
    assert (await watch.health(desk.connection, InstantMs(1_000))).checked_at == 1_000
