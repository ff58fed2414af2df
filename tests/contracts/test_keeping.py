"""Kept contracts: an event, its entry in the record and the index stand or fall together."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import hashlib
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest
from contracts_chance import random_events
from contracts_lives import DELIVERY, instant

from itaku.basis.canonical import canonical_value
from itaku.basis.clock import FixedClock
from itaku.basis.randomness import SeededRandomness
from itaku.contracts.engine.events import EventTwiceError, EventUnfitError, EventUnknownError, Told
from itaku.contracts.engine.result import replay
from itaku.contracts.keeping import keeping, schema
from itaku.contracts.keeping.due_index import due_rows
from itaku.contracts.keeping.keeping import ContractTwiceError, ContractUnknownError, Keeper
from itaku.record import schema as record_schema
from itaku.store.postgres import migrate, open_pool

D = dt.date


@pytest.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(postgres_dsn)
    await migrate(pool, record_schema.ROOM, record_schema.MIGRATIONS)
    await migrate(pool, schema.ROOM, schema.MIGRATIONS)
    yield pool
    await pool.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(instant("2026-04-01"))


@pytest.fixture
async def keeper(pool: asyncpg.Pool, clock: FixedClock) -> Keeper:
    keeper = Keeper(pool, lambda _: DELIVERY, clock, SeededRandomness(1))
    await keeper.open("K1", "delivery")
    await keeper.append("K1", Told(id="e1", at="2026-04-01", kind="contract.signed"))
    return keeper


def received(number: int = 2, day: str = "2026-04-24") -> Told:
    return Told(id=f"e{number}", at=day, kind="report.received", fields={"sub_no": f"R8-{number}"})


async def test_an_event_leaves_an_entry_in_the_record_without_what_it_says(keeper: Keeper, pool: asyncpg.Pool) -> None:
    told = received()
    await keeper.append("K1", told)
    bodies = [canonical_value(row["body"]) for row in await pool.fetch("SELECT body FROM record_pending ORDER BY at")]
    assert [body["kind"] for body in bodies] == ["contract.opened", "contract.told", "contract.told"]
    facts = bodies[-1]["facts"]
    assert facts["sha256"] == hashlib.sha256(msgspec.json.encode(told)).digest()
    assert (facts["contract"], facts["seq"], facts["event"], facts["kind"]) == ("K1", 2, "e2", "report.received")
    assert "R8-2" not in str(facts)


async def test_a_refused_event_leaves_nothing(keeper: Keeper, pool: asyncpg.Pool) -> None:
    before = await pool.fetchval("SELECT count(*) FROM record_pending")
    for told, error in [
        (Told(id="e2", at="2026-04-24", kind="report.made"), EventUnfitError),
        (Told(id="e1", at="2026-04-24", kind="contract.signed"), EventTwiceError),
        (Told(id="e2", voids="e9"), EventUnknownError),
    ]:
        with pytest.raises(error):
            await keeper.append("K1", told)
    assert await pool.fetchval("SELECT count(*) FROM record_pending") == before
    assert await pool.fetchval("SELECT count(*) FROM contract_event") == 1
    with pytest.raises(ContractUnknownError):
        await keeper.append("K2", received())
    with pytest.raises(ContractTwiceError):
        await keeper.open("K1", "delivery")


@pytest.mark.usefixtures("keeper")
async def test_nothing_told_is_changed_or_taken_out(pool: asyncpg.Pool) -> None:
    for statement in (
        "UPDATE contract_event SET event_id = 'x'",
        "DELETE FROM contract_event",
        "TRUNCATE contract_event",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)


async def test_the_index_says_what_is_due_and_what_is_overdue_by_then(keeper: Keeper, clock: FixedClock) -> None:
    await keeper.append("K1", received())  # told ahead of its day
    assert await keeper.due(D(2026, 5, 7)) == []
    clock.at = instant("2026-04-25")
    (item,) = await keeper.due(D(2026, 5, 7))
    assert (item.contract, item.row.instance, item.row.state) == ("K1", "X1-12-2[sub_no=R8-2]", "in_effect")
    clock.at = instant("2026-05-06")
    (item,) = await keeper.due(D(2026, 5, 7))
    assert (item.row.state, item.row.breached_on) == ("violated", D(2026, 5, 5))


async def test_a_contract_whose_time_has_come_is_renewed_before_it_answers(keeper: Keeper, clock: FixedClock) -> None:
    clock.at = instant("2027-03-02")
    assert await keeper.wake() == 1
    rows = await keeper.rows("K1")
    assert "X1-21[term_end=2028-03-31]" in {row.instance for row in rows}
    assert await keeper.wake() == 0
    assert tuple(rows) == due_rows(await keeper.at("K1"))


async def test_another_engine_makes_every_cache_again(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, pool: asyncpg.Pool
) -> None:
    assert await keeper.wake() == 0
    monkeypatch.setattr(keeping, "ENGINE", "next")
    assert await keeper.wake() == 1
    await pool.execute("DELETE FROM contract_wake")
    assert await keeper.wake() == 1


async def test_many_people_telling_at_once_get_one_number_each(keeper: Keeper, pool: asyncpg.Pool) -> None:
    await asyncio.gather(*(keeper.append("K1", received(number)) for number in range(2, 14)))
    rows = await pool.fetch("SELECT seq FROM contract_event WHERE contract = 'K1' ORDER BY seq")
    assert [row["seq"] for row in rows] == list(range(1, 14))
    assert tuple(await keeper.rows("K1")) == due_rows(await keeper.at("K1"))


async def test_one_event_told_twice_at_once_is_taken_once(keeper: Keeper, pool: asyncpg.Pool) -> None:
    results = await asyncio.gather(*(keeper.append("K1", received()) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(result, EventTwiceError) for result in results) == 3
    assert await pool.fetchval("SELECT count(*) FROM contract_event") == 2


async def test_the_contract_is_shown_as_it_was_known_at_an_earlier_number(keeper: Keeper) -> None:
    await keeper.append("K1", received())
    await keeper.append("K1", Told(id="e3", voids="e2"))
    assert "X1-12-2[sub_no=R8-2]" not in (await keeper.at("K1", instant("2026-05-01"))).views
    assert "X1-12-2[sub_no=R8-2]" in (await keeper.at("K1", instant("2026-05-01"), known_seq=2)).views


async def test_a_rebuild_makes_every_cache_as_a_replay_says_whatever_stood_there(
    keeper: Keeper, pool: asyncpg.Pool, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_BATCH", 3)
    for number in range(2, 9):
        await keeper.open(f"K{number}", "delivery")
        await keeper.append(f"K{number}", Told(id="e1", at="2026-04-01", kind="contract.signed"))
        await keeper.append(f"K{number}", received(number, f"2026-04-0{number}"))
    clock.at = instant("2026-04-20")
    await pool.execute("DELETE FROM contract_due WHERE contract = 'K4' OR provision = 'X1-12-2' AND contract = 'K5'")
    await pool.execute("UPDATE contract_due SET state = 'violated', due_day = '2020-01-01' WHERE contract = 'K6'")
    await pool.execute(
        "INSERT INTO contract_due SELECT 'K7', instance || '?', provision, kind, bearer, counterparty, state, raw_day,"
        " moved_day, due_day, target_day, due_at_ms, too_late_ms, breached_on, plain FROM contract_due"
        " WHERE contract = 'K8'"
    )
    await pool.execute("UPDATE contract_wake SET wake_at_ms = NULL, from_seq = 7 WHERE contract = 'K3'")
    assert await keeper.rebuild() == 8
    assert await keeper.wake() == 0
    for number in range(1, 9):
        result = await keeper.at(f"K{number}")
        assert tuple(await keeper.rows(f"K{number}")) == due_rows(result)
        made = await pool.fetchrow("SELECT * FROM contract_wake WHERE contract = $1", f"K{number}")
        assert (made["wake_at_ms"], made["from_seq"]) == (result.wake_at, result.seq)


async def test_a_rebuild_writes_no_row_again_that_is_as_it_should_be(keeper: Keeper, pool: asyncpg.Pool) -> None:
    await keeper.append("K1", received())
    rows = "SELECT instance, xmin::text, ctid::text FROM contract_due ORDER BY instance"
    before = await pool.fetch(rows)
    assert len(before) >= 3
    assert await keeper.rebuild() == 1
    assert await pool.fetch(rows) == before


async def test_a_keeper_that_read_a_contract_before_sees_what_another_keeper_appended(
    keeper: Keeper, pool: asyncpg.Pool, clock: FixedClock
) -> None:
    other = Keeper(pool, lambda _: DELIVERY, clock, SeededRandomness(2))
    await other.append("K1", received())
    await keeper.append("K1", received(3, "2026-04-26"))
    assert [event.id for event in (await other.at("K1")).events.events] == ["e1", "e2", "e3"]
    fresh = await Keeper(pool, lambda _: DELIVERY, clock, SeededRandomness(3)).at("K1", instant("2026-05-01"))
    assert fresh.views == (await keeper.at("K1", instant("2026-05-01"))).views


async def test_only_what_is_due_from_a_day_on_is_asked_for(keeper: Keeper, clock: FixedClock) -> None:
    await keeper.append("K1", received())
    clock.at = instant("2026-05-06")
    (item,) = await keeper.due(D(2026, 5, 7), D(2026, 5, 4))
    assert item.row.due_day == D(2026, 5, 4)
    assert await keeper.due(D(2026, 5, 7), D(2026, 5, 5)) == []


async def test_a_replay_leaves_nothing_that_the_collector_would_have_to_find(keeper: Keeper) -> None:
    await keeper.append("K1", received())
    await keeper.renew("K1")
    collected = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for seed in range(5):
            due_rows(replay(DELIVERY, random_events(seed), instant("2028-01-01")))
        assert gc.collect() == 0
    finally:
        gc.enable()
    assert collected, "the keeper left it as it was"
