"""Kept contracts: whoever tells an event on what they have seen is refused once there is more to see."""

from __future__ import annotations

import pytest
from contracts_lives import DELIVERY, instant

from itaku.basis.clock import FixedClock
from itaku.basis.randomness import SeededRandomness
from itaku.contracts.engine.events import EventTwiceError, Told
from itaku.contracts.keeping import schema
from itaku.contracts.keeping.keeping import ContractMovedError, Keeper
from itaku.record import schema as record_schema
from itaku.store.postgres import migrate, open_pool


def received(number: int) -> Told:
    return Told(id=f"e{number}", at="2026-04-24", kind="report.received", fields={"sub_no": f"R8-{number}"})


@pytest.fixture
async def keeper(postgres_dsn: str):
    pool = await open_pool(postgres_dsn)
    await migrate(pool, record_schema.ROOM, record_schema.MIGRATIONS)
    await migrate(pool, schema.ROOM, schema.MIGRATIONS)
    clock = FixedClock(instant("2026-04-30"))
    found = Keeper(pool, lambda _: DELIVERY, clock, SeededRandomness(1))
    await found.open("K1", "delivery")
    await found.append("K1", Told(id="e1", at="2026-04-01", kind="contract.signed"))
    yield found
    await pool.close()


async def test_what_was_told_in_between_refuses_the_event_and_nothing_is_written(keeper: Keeper) -> None:
    await keeper.append("K1", received(2), seen_seq=1)
    with pytest.raises(ContractMovedError) as moved:
        await keeper.append("K1", received(3), seen_seq=1)
    assert moved.value.detail == "2"
    assert [each.id for each in await keeper.told("K1")] == ["e1", "e2"]
    await keeper.append("K1", received(3), seen_seq=2)


async def test_the_same_event_again_is_told_twice_rather_than_moved(keeper: Keeper) -> None:
    await keeper.append("K1", received(2), seen_seq=1)
    with pytest.raises(EventTwiceError):
        await keeper.append("K1", received(2), seen_seq=1)


async def test_each_event_has_the_instant_at_which_it_was_told(keeper: Keeper) -> None:
    await keeper.append("K1", received(2))
    assert await keeper.told_at("K1") == [instant("2026-04-30"), instant("2026-04-30")]
