from collections import Counter

import pytest

from itaku.commands.tables import TABLES
from itaku.issuance.simulator.devices import STORM, Odds
from itaku.issuance.simulator.world import World


def run(seed: int, odds: Odds | None = None, residents: int = 60) -> World:
    world = World(seed, odds=odds)
    world.run(residents)
    return world


@pytest.mark.parametrize("seed", range(4))
def test_whatever_fails_everyone_gets_what_they_paid_for_or_their_money_back(seed):
    world = run(seed)
    assert world.violations() == []
    assert set(world.incidents) <= {"center permitted_overdue"}


@pytest.mark.parametrize("seed", range(4))
def test_in_a_storm_of_faults_the_invariants_hold_too(seed):
    world = run(seed, STORM)
    assert world.violations() == []
    assert set(world.incidents) <= {"center permitted_overdue"}


def test_with_nothing_wrong_every_certificate_is_delivered_and_no_guard_makes_a_sound():
    calm = Odds(*([0.0] * len(Odds._fields)))
    world = run(7, calm, residents=20)
    assert world.violations() == []
    assert world.incidents == []
    ends = Counter(row.state for row in world.center_rows.values())
    assert ends["closed"] > 0.9 * sum(ends.values())


def test_every_edge_of_every_table_is_taken():
    taken: Counter[tuple[str, str, str, str]] = Counter()
    for seed in range(6):
        taken += run(100 + seed, STORM, residents=300).taken
    taken += run(200, STORM._replace(wrong_document=0.2)).taken
    never = [(table.name, *edge[:3]) for table in TABLES for edge in table.edges if not taken[table.name, *edge[:3]]]
    assert never == []


def test_every_state_of_every_table_can_be_reached_and_left_or_is_at_rest():
    for table in TABLES:
        entered = {edge.target for edge in table.edges}
        left = {edge.source for edge in table.edges}
        for state in table.states.values():
            assert state.name in entered | {"idle", "absent"}
            assert state.name in left or state.at_rest


def test_a_render_job_that_delivers_another_jobs_document_is_caught_by_read_back():
    world = run(11, Odds()._replace(wrong_document=0.05))
    assert world.violations() == []
    assert "municipality readback_mismatch" in world.incidents


def test_the_same_seed_gives_the_same_run():
    first, second = run(5), run(5)
    assert first.taken == second.taken
    assert first.now == second.now
