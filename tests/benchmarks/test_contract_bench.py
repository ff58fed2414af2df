"""The contracts' bench: its lives are believable and the same again, and its figures stand on what it says."""

from __future__ import annotations

import pytest

from itaku.benchmarks.contract_lives import FORMS, TODAY, life
from itaku.benchmarks.contracts import Size, measure
from itaku.contracts.engine.events import midnight_after, read_event
from itaku.contracts.engine.result import replay
from itaku.contracts.shelf import form
from itaku.supervisor.postgres import EmbeddedPostgres

SMALL = Size(contracts=24, fewer=4, events=60, lengths=(30, 60), lives=2, appends=4, days=3)


@pytest.mark.parametrize("name", FORMS)
def test_lives_are_the_same_again_and_hardly_anything_in_them_is_odd(name: str) -> None:
    flags, states = 0, set()
    for seed in range(6):
        told = life(name, seed, 200)
        assert told == life(name, seed, 200)
        assert len({each.id for each in told}) == len(told) == 200
        events = [read_event(form(name), each, seq) for seq, each in enumerate(told, 1)]
        result = replay(form(name), events, midnight_after(TODAY))
        assert result.status == "in_force"
        states |= {view.state for view in result.views.values()}
        flags += len(result.flags)
    assert {"fulfilled", "in_effect", "violated", "exercised"} <= states
    assert flags < 30
    assert life(name, 1, 200) != life(name, 2, 200)


async def test_a_small_bench_measures_everything_it_names(postgres_server: EmbeddedPostgres, postgres_dsn: str) -> None:
    assert postgres_server.pid is not None
    found = {figure.name: figure for figure in await measure(postgres_dsn, postgres_server.pid, SMALL)}
    assert all(figure.value > 0 for figure in found.values())
    assert {"contracts: rebuild, 4 contracts", "contracts: rebuild, 24 contracts"} <= set(found)
    assert {"contracts: append after 30 events", "contracts: append after 60 events"} <= set(found)
    overdue = found["contracts: due or overdue, 24 contracts"]
    assert int(overdue.note.split(", ")[1].split()[0]) > 0
    assert found["contracts: due today by replaying, 24 contracts"].note == "computed from 2 of them, one in twenty"
