from functools import cache

import pytest

from itaku.commands.tables import TABLES
from itaku.issuance.municipality.machine import WithheldError
from itaku.issuance.protocol.kinds import Kind
from itaku.issuance.simulator.kinds import FEES, FISCAL_YEARS, STARTS, ModelCalendar
from itaku.issuance.simulator.odds import CALM, Odds
from itaku.issuance.simulator.scenarios import SCENARIOS, Topology
from itaku.issuance.simulator.world import World

NAMED = [name for name in SCENARIOS if name.startswith("R")]

RICH = [(name, seed) for seed in range(101, 107) for name in ("storm", "R12", "R2", "R11")]
"""Worlds in which, together, everything happens."""


@cache
def run(name: str, seed: int, issuances: int = 400, **options: object) -> World:
    world = World(seed, SCENARIOS[name], **options)
    world.run(issuances)
    return world


@pytest.mark.parametrize("name", ["ordinary", *NAMED])
def test_whatever_fails_everyone_gets_what_they_paid_for_or_their_money_back(name):
    world = run(name, 31, 400)
    assert world.audit.violations == []
    assert world.audit.delivered > 0
    assert not world.audit.cases
    assert not world.sealed


@pytest.mark.parametrize("seed", range(3))
def test_in_a_storm_of_faults_the_invariants_hold_too(seed):
    assert run("storm", seed, 600).audit.violations == []


def test_with_nothing_wrong_every_certificate_is_delivered_and_no_guard_makes_a_sound():
    world = run("calm", 7)
    assert world.audit.violations == []
    assert world.chance.faults == {}
    assert world.audit.delivered > 0.9 * 400


@pytest.mark.parametrize("name", ["ordinary", "storm"])
def test_real_bytes_on_the_wire_through_the_relays_real_gate_change_nothing(name):
    assert run(name, 41, 200, on_the_wire=True).audit.violations == []


def test_every_edge_of_every_table_is_taken():
    never = {(table.name, *edge[:3]) for table in TABLES for edge in table.edges}
    for name, seed in RICH:
        never -= run(name, seed, 1200).taken
        if not never:
            break
    assert never == set()


def test_every_state_of_every_table_can_be_reached_and_left_or_is_at_rest():
    for table in TABLES:
        entered = {edge.target for edge in table.edges}
        left = {edge.source for edge in table.edges}
        for state in table.states.values():
            assert state.name in entered | {"idle", "absent"}
            assert state.name in left or state.at_rest


def test_every_kind_of_fault_is_injected_somewhere():
    never = set(Odds._fields)
    for name, seed in [*((name, 31) for name in ["ordinary", *NAMED]), *RICH]:
        never -= run(name, seed, 400 if seed == 31 else 1200).chance.faults.keys()
        if not never:
            break
    assert never == set()


def test_two_and_more_nodes_of_every_kind_take_part_and_race_for_rows():
    for scenario in SCENARIOS.values():
        size: Topology = scenario.topology
        assert min(size.kiosks, size.relays, size.centers, size.municipalities, size.instances) >= 2
    assert run("R7", 61, 800).lost_races > 10


@pytest.mark.parametrize(("name", "kind"), [("R8", "blank_number"), ("R9", "wrong_era"), ("R10", "no_seal")])
def test_poisoned_records_and_pages_are_refused_before_money_and_counted(name, kind):
    world = run(name, 71, 600)
    assert world.chance.faults[kind] > 3
    assert world.audit.violations == []


def test_every_kind_of_certificate_is_delivered_and_the_calendar_refuses_what_it_no_longer_has():
    kinds, refused = set(), set()
    for seed in (200, 201, 202, 203):
        world = World(seed, SCENARIOS["ordinary"])
        world.notes = []
        written = world.audit.journal_written
        world.audit.journal_written = lambda record, written=written: kinds.add(record.kind) or written(record)
        for works in (city.works for city in world.cities.values()):
            works.check_kind = refusing(works.check_kind, refused)
        world.run(2_500)
        assert world.audit.violations == []
    assert kinds == set(Kind)
    assert {"seal_not_registered", "tax_undeclared", "register_elsewhere"} <= refused


def refusing(check, refused):
    """The same check, and a note of what it refused."""

    def noted(*asked):
        try:
            check(*asked)
        except WithheldError as withheld:
            refused.add(withheld.code)
            raise

    return noted


@pytest.mark.parametrize(("start", "before", "after"), [(0, 2025, 2026), (1, None, 400), (2, 400, None)])
def test_a_world_begins_a_quarter_of_an_hour_before_something_changes(start, before, after):
    calendar = ModelCalendar(fees=FEES, fiscal_years=FISCAL_YEARS)
    seen = []
    for instant in (STARTS[start], STARTS[start] + 30 * 60_000):
        tax = calendar.item(Kind.INCOME, instant)
        family = calendar.item(Kind.FAMILY_REGISTER_ALL, instant)
        seen.append(tax.fiscal_year if start == 0 else None if family.reason else family.fee_yen)
    assert seen == [before, after]


def test_the_same_seed_gives_the_same_run():
    first, second = run("ordinary", 5), run.__wrapped__("ordinary", 5)
    assert first.taken == second.taken
    assert (first.now, first.step, first.chance.faults) == (second.now, second.step, second.chance.faults)


def test_a_fault_that_is_left_out_never_happens():
    world = run("storm", 81, 300, without=frozenset(set(Odds._fields) - {"lost"}))
    assert set(world.chance.faults) == {"lost"}
    assert set(CALM) == {0.0}
