"""The index asked by a person's contracts: in bands, by turn, kind and text, in pages, and what is near at hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from contracts_lives import instant

from itaku.basis.clock import FixedClock
from itaku.basis.randomness import SeededRandomness
from itaku.contracts.engine.events import Told
from itaku.contracts.keeping.due_query import BANDS, DueQuery, Marked, Share
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.keeping.schema import prepare
from itaku.contracts.shelf import form
from itaku.store.postgres import open_pool

TODAY = dt.date(2026, 7, 2)


@pytest.fixture
async def keeper(postgres_dsn: str) -> AsyncIterator[Keeper]:
    """Three marathon contracts, each with a report received on another day."""
    pool = await open_pool(postgres_dsn)
    await prepare(pool)
    clock = FixedClock(instant("2026-07-02T08:42"))
    found = Keeper(pool, form, clock, SeededRandomness(1))
    for name, received in (("M1", "2026-06-19"), ("M2", "2026-06-22"), ("M3", "2026-06-24")):
        await found.open(name, "marathon")
        await found.append_all(
            name,
            [
                Told(id="e1", at="2025-11-04", kind="contract.signed"),
                Told(
                    id="e2",
                    at=received,
                    kind="report.received",
                    fields={"sub_no": "N1", "scope": "fiscal-year", "fy": "R7"},
                ),
            ],
        )
    yield found
    await pool.close()


def asked(*contracts: str, **more: object) -> DueQuery:
    return DueQuery(
        today=TODAY, until=TODAY + dt.timedelta(days=7), now=instant("2026-07-02T08:42"), contracts=contracts, **more
    )


async def test_matters_stand_in_bands_the_overdue_first_and_of_these_contracts_only(keeper: Keeper) -> None:
    page = await keeper.due_page(asked("M1", "M2", "M3", "no such contract"))
    assert page.counts == {band: sum(each.band == band for each in page.found) for band in page.counts}
    assert [each.band for each in page.found] == sorted((each.band for each in page.found), key=BANDS.index)
    inspections = [(each.contract, each.band) for each in page.found if each.row.provision == "S2-12-2"]
    assert inspections == [("M1", "overdue"), ("M2", "today"), ("M3", "soon")]
    only = await keeper.due_page(asked("M2"))
    assert {each.contract for each in only.found} == {"M2"}
    nobody = await keeper.due_page(asked())
    assert (nobody.counts, nobody.found) == ({}, ())


async def test_the_counts_are_those_of_all_pages_also_past_the_last(keeper: Keeper) -> None:
    everything = await keeper.due_page(asked("M1", "M2", "M3", bands=BANDS))
    assert everything.total == len(everything.found)
    walked = []
    for first in range(0, everything.total, 2):
        page = await keeper.due_page(asked("M1", "M2", "M3", bands=BANDS, first=first, limit=2))
        assert page.counts == everything.counts
        walked += page.found
    assert tuple(walked) == everything.found
    past = await keeper.due_page(asked("M1", "M2", "M3", bands=BANDS, first=everything.total, limit=2))
    assert (past.counts, past.found) == (everything.counts, ())


async def test_one_s_own_are_those_where_it_is_one_s_turn(keeper: Keeper) -> None:
    shares = tuple(Share(name, "committee", rest=True, marks=()) for name in ("M1", "M2", "M3"))
    own = await keeper.due_page(asked("M1", "M2", "M3", shares=shares))
    assert {each.row.turn for each in own.found} == {"committee"}
    theirs = await keeper.due_page(asked("M1", shares=(Share("M1", "contractor", rest=True, marks=()),), bands=BANDS))
    assert {each.row.turn for each in theirs.found} == {"contractor"}
    both = await keeper.due_page(asked("M1", "M2", shares=shares[:1]))
    assert {each.contract for each in both.found} == {"M1"}


async def test_what_is_marked_is_the_own_of_those_who_bear_the_mark_and_the_rest_of_the_others(keeper: Keeper) -> None:
    whole = Share("M1", "committee", rest=True, marks=())
    marked = (Marked("marathon", "S2-12-2", "committee", ("inspector", "deputy")),)

    async def own(share: Share) -> set[str]:
        page = await keeper.due_page(asked("M1", shares=(share,), marked=marked, bands=BANDS))
        return {each.row.provision for each in page.found}

    everything = {
        each.row.provision for each in (await keeper.due_page(asked("M1", shares=(whole,), bands=BANDS))).found
    }
    assert await own(Share("M1", "committee", rest=False, marks=("inspector", "other"))) == {"S2-12-2"}
    assert await own(whole) == everything - {"S2-12-2"}
    assert await own(Share("M1", "committee", rest=True, marks=("deputy",))) == everything
    assert await own(Share("M1", "committee", rest=False, marks=("other",))) == set()


async def test_a_kind_and_a_text_narrow_what_is_found(keeper: Keeper) -> None:
    papers = await keeper.due_page(asked("M1", kinds=("document",), bands=BANDS))
    assert {each.row.kind for each in papers.found} == {"document"}
    words = await keeper.due_page(asked("M1", "M2", provisions=(("marathon", "S2-12-2"),)))
    assert [each.row.provision for each in words.found] == ["S2-12-2", "S2-12-2"]
    named = await keeper.due_page(asked("M1", "M2", provisions=(), named=("M2",)))
    assert {each.contract for each in named.found} == {"M2"}


async def test_what_rests_is_not_overdue(keeper: Keeper) -> None:
    page = await keeper.due_page(asked("M1", bands=("overdue", "resting")))
    checked = [each for each in page.found if each.row.state == "pending"]
    assert all(each.band == "resting" for each in checked)


async def test_the_clocks_are_those_that_count_hours(keeper: Keeper) -> None:
    assert await keeper.clocks(["M1", "M2", "M3"]) == []
    await keeper.append(
        "M2",
        Told(
            id="e3",
            at="2026-07-02T08:12",
            kind="data-incident.recognised",
            fields={"incident": "I1", "threat": "loss"},
        ),
    )
    (clock,) = await keeper.clocks(["M1", "M2", "M3"])
    assert (clock.contract, clock.row.due_at) == ("M2", instant("2026-07-02T09:12"))
    assert await keeper.clocks(["M1"]) == []
    page = await keeper.due_page(asked("M2"))
    assert "today" in {each.band for each in page.found if each.row.due_at is not None}


async def test_several_contracts_are_read_together_as_each_alone(keeper: Keeper) -> None:
    together = await keeper.at_each(["M1", "M3", "no such contract"])
    assert set(together) == {"M1", "M3"}
    for name, result in together.items():
        alone = await keeper.at(name)
        assert (result.seq, result.views) == (alone.seq, alone.views)
    again = await keeper.at_each(["M1"])
    assert again["M1"].seq == together["M1"].seq


async def test_what_is_due_can_be_asked_for_some_contracts(keeper: Keeper) -> None:
    every = await keeper.due(TODAY)
    some = await keeper.due(TODAY, contracts=["M1"])
    assert [each for each in every if each.contract == "M1"] == some
    assert {each.contract for each in every} == {"M1", "M2", "M3"}
