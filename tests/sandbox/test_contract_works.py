"""The demonstration's further works: on any day a desk worth looking at, under names of their own."""

from __future__ import annotations

import datetime as dt

import pytest

from itaku.basis.clock import JST, FixedClock, to_instant
from itaku.basis.randomness import SeededRandomness
from itaku.contracts.engine.events import Told, read_event
from itaku.contracts.engine.result import replay
from itaku.contracts.exports.whole import whole
from itaku.contracts.keeping.due_index import due_rows
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.shelf import form
from itaku.sandbox.contract_lives import told_by
from itaku.sandbox.contract_works import life, load_works, works
from itaku.store.postgres import open_pool

DAYS = ("2026-11-22", "2026-07-02", "2027-04-20", "2028-02-29")


def instant(day):
    return to_instant(dt.datetime.combine(dt.date.fromisoformat(day), dt.time(10), JST))


def standing(work, day):
    contract = form(work.form)
    told = told_by(life(work, dt.date.fromisoformat(day)), dt.date.fromisoformat(day))
    return replay(contract, [read_event(contract, each, number) for number, each in enumerate(told, 1)], instant(day))


@pytest.mark.parametrize("day", DAYS)
def test_no_event_of_a_work_needs_a_persons_look_and_none_has_ended(day):
    for work in works():
        result = standing(work, day)
        assert (work.id, result.status, result.flags) == (work.id, "in_force", ())


@pytest.mark.parametrize("day", DAYS)
def test_on_any_day_something_is_overdue_due_today_and_due_within_a_week(day):
    today = dt.date.fromisoformat(day)
    left = {
        (row.due_day - today).days
        for work in works()
        for row in due_rows(standing(work, day))
        if row.due_day is not None
    }
    assert 0 in left
    assert {each for each in left if each < 0}
    assert {each for each in left if 0 < each <= 7}


def states(day, identity):
    (work,) = (each for each in works() if each.id == identity)
    return {view.provision: view.state for view in standing(work, day).views.values()}


def test_an_inspection_a_correction_an_invoice_a_gate_and_a_cure_are_open():
    day = DAYS[0]
    assert states(day, "stock-2026")["S2-12-2"] == "violated"
    assert states(day, "playground-2026")["S2-12-2"] == "in_effect"
    assert states(day, "culture-2026")["S2-13-3"] == "in_effect"
    assert states(day, "fireworks-2026")["S2-12-3"] == "in_effect"
    assert states(day, "branch-certificates-2026")["S1-11-3-後/是正"] == "in_effect"
    assert states(day, "flowers-2026")["S2-14-1/追完"] == "in_effect"


@pytest.fixture
async def loaded(postgres_dsn):
    """Loads the works as a start on a day does; gives a keeper to look with."""
    pools = []

    async def load(day):
        clock = FixedClock(instant(day))
        await load_works(postgres_dsn, clock, lambda _: None)
        pools.append(await open_pool(postgres_dsn, max_size=1))
        return Keeper(pools[-1], form, clock, SeededRandomness(1))

    yield load
    for pool in pools:
        await pool.close()


async def test_a_later_start_tells_the_rest_by_the_day_of_the_first_and_leaves_a_persons_contract_alone(loaded):
    keeper = await loaded("2026-11-22")
    assert set(await keeper.contracts()) == {each.id for each in works()}
    before = len(await keeper.told("traffic-2026"))
    mine = Told(id="mine", at="2026-11-22", kind="doubt.raised", fields={"doubt": "1"})
    await keeper.append("stock-2026", mine)
    keeper = await loaded("2026-12-10")
    assert len(await keeper.told("traffic-2026")) == before + 1
    assert (await keeper.told("stock-2026"))[-1] == mine


async def test_a_contract_is_shown_under_its_own_title_and_parties_and_runs_by_its_form(loaded):
    keeper = await loaded("2026-11-22")
    results = await keeper.at_each(["stock-2026", "culture-2026"])
    shown = {name: whole(result, name) for name, result in results.items()}
    assert shown["stock-2026"]["title"]["ja"] == "防災倉庫の備蓄品棚卸業務委託契約"
    assert shown["stock-2026"]["parties"]["committee"]["ja"] == "汐見市防災協議会"
    assert shown["culture-2026"]["title"]["ja"] == "汐見市民文化祭運営業務委託契約"
    assert shown["stock-2026"]["file_sha256"] == shown["culture-2026"]["file_sha256"] == form("marathon").sha256.hex()
    assert form("marathon").head.ja not in str(shown)
    assert (await keeper.form_of("stock-2026")).head.ja == "防災倉庫の備蓄品棚卸業務委託契約"
