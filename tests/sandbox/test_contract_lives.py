"""The demonstration contracts: believable lives, told as far as the day, and never over what a person told."""

from __future__ import annotations

import datetime as dt

import pytest

from itaku.basis.clock import JST, FixedClock, to_instant
from itaku.basis.randomness import SeededRandomness
from itaku.contracts.engine.events import Told, read_event
from itaku.contracts.engine.result import replay
from itaku.contracts.keeping.due_index import due_rows
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.shelf import form
from itaku.sandbox.contract_lives import LIVES, history, load_contracts, told_by
from itaku.store.postgres import open_pool

CERTIFICATES, MARATHON = LIVES


def instant(day):
    return to_instant(dt.datetime.combine(dt.date.fromisoformat(day), dt.time(10), JST))


def standing(name, day):
    contract = form(name)
    told = told_by(history(name), dt.date.fromisoformat(day))
    return replay(contract, [read_event(contract, each, number) for number, each in enumerate(told, 1)], instant(day))


@pytest.fixture
async def loaded(postgres_dsn):
    """Loads the contracts as a start on a day does; gives what was said and a keeper to look with."""
    said = []
    pools = []

    async def load(day):
        clock = FixedClock(instant(day))
        await load_contracts(postgres_dsn, clock, said.append)
        pools.append(await open_pool(postgres_dsn, max_size=1))
        return Keeper(pools[-1], form, clock, SeededRandomness(1)), said[-1]

    yield load
    for pool in pools:
        await pool.close()


@pytest.mark.parametrize("name", LIVES.values())
@pytest.mark.parametrize("day", ["2026-04-03", "2026-08-20", "2026-11-24", "2027-03-01"])
def test_no_event_of_an_invented_life_needs_a_persons_look(name, day):
    result = standing(name, day)
    assert result.status == "in_force"
    assert result.flags == ()


def test_in_its_middle_each_life_has_something_done_something_due_and_a_sum_that_is_owed():
    for name in LIVES.values():
        states = {view.state for view in standing(name, "2026-11-24").views.values()}
        assert {"fulfilled", "in_effect"} <= states
        assert [row for row in due_rows(standing(name, "2026-11-24")) if row.due_day is not None]
    certificates = standing("certificates", "2026-11-24")
    assert certificates.views["S1-12-2[month=2026-08]"].breached_on == dt.date(2026, 10, 1)
    owed = certificates.money("S1-15-1[month=2026-08]")
    assert owed is not None
    assert owed.yen == 500  # 460,200 x 2.5 % x 19 days / 365 = 598.9, hundreds only


async def test_a_start_tells_what_has_happened_and_a_later_start_the_rest(loaded):
    keeper, said = await loaded("2026-05-20")
    early = {name: len(await keeper.told(name)) for name in LIVES}
    assert "Loaded" in said
    assert all(0 < early[name] < len(history(LIVES[name])) for name in LIVES)
    _, said = await loaded("2026-05-20")
    assert "are there" in said
    keeper, _ = await loaded("2026-11-24")
    for name in LIVES:
        told = await keeper.told(name)
        assert told == told_by(history(LIVES[name]), dt.date(2026, 11, 24))
        assert len(told) > early[name]
        assert {row.instance for row in await keeper.rows(name)} == {
            row.instance for row in due_rows(await keeper.at(name))
        }


async def test_a_contract_of_which_somebody_told_something_is_left_alone(loaded):
    keeper, _ = await loaded("2026-05-20")
    await keeper.append(MARATHON, Told(id="mine", at="2026-05-19", kind="doubt.raised", fields={"doubt": "1"}))
    before = await keeper.told(MARATHON)
    keeper, _ = await loaded("2026-11-24")
    assert await keeper.told(MARATHON) == before
    assert len(await keeper.told(CERTIFICATES)) > len(told_by(history("certificates"), dt.date(2026, 5, 20)))
