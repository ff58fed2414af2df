"""Instances over one database: what is configured must be what is found, or an instance does not start (R7)."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from itaku.basis.randomness import SystemRandomness
from itaku.store import cluster
from itaku.store.cluster import CLUSTER_MIGRATIONS, TopologyError
from itaku.store.postgres import migrate, open_pool

BOTH = ("center-1", "center-2")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(cluster, "_WAIT_S", 0.4)
    monkeypatch.setattr(cluster, "_STEP_S", 0.1)


class Machines:
    """Starts instances, each with a pool of its own, and ends them."""

    def __init__(self, dsn: str, stack: AsyncExitStack) -> None:
        self.dsn = dsn
        self.stack = stack

    async def start(self, name, instances, room="center"):
        own = AsyncExitStack()
        self.stack.push_async_callback(own.aclose)
        pool = await own.enter_async_context(await open_pool(self.dsn, max_size=2))
        await migrate(pool, "cluster", CLUSTER_MIGRATIONS)
        place = cluster.member(pool, room, name, "itaku-x", instances, SystemRandomness())
        return own, await own.enter_async_context(place)


@pytest.fixture
async def machines(postgres_dsn):
    async with AsyncExitStack() as stack:
        yield Machines(postgres_dsn, stack)


async def test_two_instances_that_name_each_other_share_one_identity(machines):
    _, first = await machines.start("center-1", BOTH)
    _, second = await machines.start("center-2", BOTH)
    assert first == second
    _, other = await machines.start("m991015", (), room="municipality")
    assert other != first


async def test_a_second_instance_in_a_database_that_its_founder_never_used_does_not_start(machines):
    with pytest.raises(TopologyError, match="center-1 has never used this database") as caught:
        await machines.start("center-2", BOTH)
    assert caught.value.code == "topology_wrong"


async def test_a_program_set_up_for_one_server_does_not_start_beside_another(machines):
    await machines.start("center-1", ())
    with pytest.raises(TopologyError, match="center-1 is running and is not named"):
        await machines.start("center-2", ())
    with pytest.raises(TopologyError, match="center-1 names center-1"):
        await machines.start("center-2", BOTH)


async def test_a_namesake_does_not_start_while_the_first_lives_and_does_afterwards(machines):
    own, identity = await machines.start("center-1", ())
    with pytest.raises(TopologyError, match="another center-1"):
        await machines.start("center-1", ())
    await own.aclose()
    assert (await machines.start("center-1", ()))[1] == identity


async def test_the_founder_may_name_more_instances_and_an_ended_one_may_be_left_out(machines):
    own, identity = await machines.start("center-1", ())
    await own.aclose()
    first, again = await machines.start("center-1", BOTH)
    second, _ = await machines.start("center-2", BOTH)
    assert again == identity
    await first.aclose()
    with pytest.raises(TopologyError, match="center-2 is running"):
        await machines.start("center-1", ())
    await second.aclose()
    await machines.start("center-1", ())


@pytest.mark.parametrize("instances", [("center-2",), ("center-1", "center-1")])
async def test_settings_that_contradict_themselves_do_not_start(machines, instances):
    with pytest.raises(TopologyError):
        await machines.start("center-1", instances)
