"""The simulator's replica and the one in PostgreSQL take the same feed, however it comes, and say the same of it."""

import asyncio
import datetime as dt

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from invented_residents import NOW, PEOPLE

from itaku.basis.clock import InstantMs
from itaku.issuance.municipality.feed import Delta
from itaku.issuance.municipality.replica import (
    REPLICA_MIGRATIONS,
    apply_delta,
    household_of,
    load_snapshot,
    proven_as_of,
)
from itaku.issuance.simulator import population as simulated
from itaku.store.postgres import migrate, open_pool

NUMBERS = range(1, 5)
DAY = dt.date(2020, 1, 1)


class Source:
    """A register's deltas by number; each with another content where the source has started its numbers again."""

    def __init__(self, changes):
        self._changes = changes

    def delta(self, seq, version):
        """What changed: a person comes with a seal or without, or goes."""
        number, change = self._changes[(seq + 3 * version) % len(self._changes)]
        return number, change, InstantMs(NOW + seq * 10_000 + version)

    def real(self, seq, version):
        number, change, as_of = self.delta(seq, version)
        person = PEOPLE.person(number, household_no=f"H{number}")
        if change == "gone":
            return Delta(seq, as_of, deletions=(person.resident_no,))
        if change == "sealed":
            return Delta(seq, as_of, upserts=(person,), seals=(PEOPLE.seal(person),))
        return Delta(seq, as_of, upserts=(person,), seal_deletions=(person.resident_no,))

    def model(self, seq, version):
        number, change, as_of = self.delta(seq, version)
        if change == "gone":
            return simulated.Delta(seq, as_of, (), (str(number),))
        facts = simulated.Facts(
            str(number), "name", DAY, DAY, seq, seal=change == "sealed", number=True, taxed=True, register_city=0
        )
        return simulated.Delta(seq, as_of, (facts,), ())


async def readings(conn, model):
    """Of every person: there or not, sealed or not, and when the replica last equalled its source."""
    real, ours = [], []
    for number in NUMBERS:
        found = await household_of(conn, PEOPLE.person(number).card_serial)
        as_of = found.as_of if found else await proven_as_of(conn)
        real.append((found is not None, found is not None and found.seal is not None, as_of))
        facts, as_of = model.look_up(str(number))
        ours.append((facts is not None, facts is not None and facts.seal, as_of))
    return real, ours


@pytest.fixture(scope="module")
def loop():
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture
def pool(postgres_dsn, loop):
    async def opened():
        pool = await open_pool(postgres_dsn, max_size=1)
        await migrate(pool, "replica", REPLICA_MIGRATIONS)
        return pool

    pool = loop.run_until_complete(opened())
    yield pool
    loop.run_until_complete(pool.close())


changes = st.lists(
    st.tuples(st.sampled_from(NUMBERS), st.sampled_from(["sealed", "unsealed", "gone"])), min_size=3, max_size=8
)
jumps = st.lists(st.tuples(st.integers(-3, 3), st.sampled_from([0] * 19 + [1])), max_size=20)
"""From delta to delta of what arrives: forward by one, again, back, or past some that are missing."""


def test_with_deltas_lost_doubled_and_disordered_both_replicas_read_and_answer_the_same(pool, loop):
    answers = set()

    async def both(source, arrivals):
        async with pool.acquire() as conn:
            await load_snapshot(conn, [], [], 0, NOW)
            model = simulated.Replica()
            model.position = simulated.Position(0, 0, NOW)
            seq = 0
            for jump, version in arrivals:
                seq = max(seq + jump, 1)
                real = await apply_delta(conn, source.real(seq, version))
                assert model.take(source.model(seq, version)) == real
                answers.add(real.outcome)
                first, second = await readings(conn, model)
                assert first == second
                seq = min(seq, model.position.seen_seq)

    @settings(max_examples=60)
    @given(changes, jumps)
    @example([(1, "sealed"), (1, "unsealed"), (2, "gone")], [(1, 0), (1, 0), (-1, 1), (2, 0)])
    @example([(1, "sealed"), (2, "sealed"), (1, "gone")], [(1, 0), (2, 0), (-1, 0), (0, 0), (1, 0), (-2, 0)])
    def compared(some_changes, arrivals):
        loop.run_until_complete(both(Source(some_changes), arrivals))

    compared()
    assert {"applied", "duplicate", "gap", "contradiction"} <= answers
