"""Several events at once stand or fall together, leave an entry each, and can be tried without being told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from contracts_lives import DELIVERY, instant

from itaku.basis.clock import FixedClock
from itaku.basis.randomness import SeededRandomness
from itaku.contracts.engine.events import EventTwiceError, EventUnfitError, Told
from itaku.contracts.keeping.due_index import due_rows
from itaku.contracts.keeping.keeping import ContractUnknownError, Keeper
from itaku.contracts.keeping.schema import prepare
from itaku.store.postgres import open_pool

SIGNED = Told(id="e1", at="2026-04-01", kind="contract.signed")
REPORTED = Told(id="e2", at="2026-04-24", kind="report.received", fields={"sub_no": "R8-1"})
AGAIN = Told(id="e3", at="2026-04-25", kind="report.received", fields={"sub_no": "R8-2"})


@pytest.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(postgres_dsn)
    await prepare(pool)
    await prepare(pool)
    yield pool
    await pool.close()


@pytest.fixture
async def keeper(pool: asyncpg.Pool) -> Keeper:
    keeper = Keeper(pool, lambda _: DELIVERY, FixedClock(instant("2026-05-01")), SeededRandomness(1))
    await keeper.open("K1", "delivery")
    return keeper


async def test_events_together_give_what_they_give_one_by_one(keeper: Keeper, pool: asyncpg.Pool) -> None:
    together = await keeper.append_all("K1", [SIGNED, REPORTED, AGAIN])
    await keeper.open("K2", "delivery")
    for each in (SIGNED, REPORTED, AGAIN):
        alone = await keeper.append("K2", each)
    assert together.views == alone.views
    assert await keeper.rows("K1") == await keeper.rows("K2") == list(due_rows(alone))
    assert await keeper.told("K1") == [SIGNED, REPORTED, AGAIN]
    assert await pool.fetchval("SELECT count(*) FROM record_pending") == 2 + 2 * 3
    await keeper.append("K1", Told(id="e4", voids="e3"))
    assert (await keeper.at("K1")).seq == 4


@pytest.mark.parametrize(
    ("bad", "error"),
    [(REPORTED, EventTwiceError), (Told(id="e9", at="2026-04-25", kind="moon.landed"), EventUnfitError)],
)
async def test_one_bad_event_leaves_nothing_of_the_others(
    keeper: Keeper, pool: asyncpg.Pool, bad: Told, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await keeper.append_all("K1", [SIGNED, REPORTED, bad])
    assert await keeper.told("K1") == []
    assert await pool.fetchval("SELECT count(*) FROM record_pending") == 1
    with pytest.raises(ContractUnknownError):
        await keeper.append_all("K9", [SIGNED])


async def test_what_is_tried_is_not_told(keeper: Keeper) -> None:
    await keeper.append("K1", SIGNED)
    rows = await keeper.rows("K1")
    tried = await keeper.what_if("K1", [REPORTED])
    assert any("R8-1" in change.id for change in tried.changes)
    assert await keeper.told("K1") == [SIGNED]
    assert await keeper.rows("K1") == rows
    with pytest.raises(EventTwiceError):
        await keeper.what_if("K1", [SIGNED])
    assert (await keeper.form_of("K1")) is DELIVERY
    with pytest.raises(ContractUnknownError):
        await keeper.form_of("K9")
