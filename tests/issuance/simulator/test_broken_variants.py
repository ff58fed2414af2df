"""The simulator can fail: each broken variant is caught by a guard, or where that is removed by an invariant."""

import broken_variants as b
import pytest

from itaku.issuance.simulator.odds import CALM
from itaku.issuance.simulator.parts import Parts
from itaku.issuance.simulator.runs import shrink
from itaku.issuance.simulator.scenarios import SCENARIOS, Scenario, Topology
from itaku.issuance.simulator.world import World
from itaku.store.cluster import TopologyError

KIOSK_CHECKS_NOTHING = {"crypto": b.UncheckedDocument, "kiosk_machine": b.KioskTakesAnyAnswer}
NO_IDS_COMPARED = {"center_handle": b.trusting_center, "municipality_handle": b.trusting_municipality}
FORGED = {"forged": 0.3}
FEW = {"residents": 40}


def world_with(parts, odds=None, changes=0.0, issuances=800, seed=3, bursts=False, size=None):
    scenario = Scenario(
        "variant",
        "one part is broken",
        CALM._replace(**(odds or {})),
        Topology(**(size or {})),
        changes=changes,
        bursts=bursts,
    )
    world = World(seed, scenario, parts=Parts(**parts))
    world.run(issuances)
    return world


GUARDED = {
    "ids from the second": ({"randomness": b.clock_ids(1_000)}, {}, "center: another_kiosk"),
    "ids from the millisecond": ({"randomness": b.clock_ids(1)}, {"bursts": True}, "center: another_kiosk"),
    "a lock that is released after a while": ({"works": b.ReleasedLock}, {}, "municipality: readback_mismatch"),
    "a cache keyed by the second": ({"works": b.CachedBySecond}, {}, "municipality: readback_mismatch"),
    "namesakes in one file": ({"works": b.Namesakes}, {"size": FEW}, "municipality: readback_mismatch"),
    "no permit before money": ({"kiosk_machine": b.AsksNoPermit}, {}, "center: conflicting_report"),
}
"""The bug alone, with every guard on: which guard speaks. It is no injected fault, so the auditor reports it (I9)."""


@pytest.mark.parametrize("bug", GUARDED)
def test_a_guard_speaks_before_anyone_is_harmed(bug):
    parts, conditions, guard = GUARDED[bug]
    found = world_with(parts, **conditions).audit.violations
    assert found[0].invariant == "I9"
    assert found[0].text.startswith(guard)


STOPPED = {
    "a relay that swaps documents": ({}, {"tampered": 0.3}),
    "a kiosk that does not check whom a document is for": (KIOSK_CHECKS_NOTHING, {"tampered": 0.3}),
    "a relay that puts in another card": ({"forge": b.other_card}, FORGED),
    "a relay that alters the application": ({"forge": b.more_copies}, FORGED),
    "a center that believes any digest": (
        {"forge": b.more_copies, "center_handle": b.center_without_digest_check},
        FORGED,
    ),
    "a build that prints the file before": ({"kiosk_machine": b.PrintsTheFileBefore}, {"old_build": 1.0}),
}
"""Stopped without an incident of its own: nobody is harmed, and nothing wrong is printed."""


@pytest.mark.parametrize("bug", STOPPED)
def test_nothing_wrong_is_printed_while_one_guard_still_stands(bug):
    parts, odds = STOPPED[bug]
    world = world_with(parts, odds)
    assert world.audit.violations == []
    assert sum(world.chance.faults.values()) > 30


REMOVED = {
    "ids from the second": ({"randomness": b.clock_ids(1_000), **NO_IDS_COMPARED}, {}, {"I1", "I9"}),
    "ids from the millisecond": (
        {"randomness": b.clock_ids(1), **NO_IDS_COMPARED},
        {"bursts": True},
        {"I1", "I9"},
    ),
    "a lock that is released after a while": (
        {"works": b.without_read_back(b.ReleasedLock), "crypto": b.UncheckedDocument},
        {},
        {"I1"},
    ),
    "a cache keyed by the second": (
        {"works": b.without_read_back(b.CachedBySecond), "crypto": b.UncheckedDocument},
        {},
        {"I1"},
    ),
    "namesakes in one file": ({"works": b.by_name_and_birth_only(b.Namesakes)}, {"size": FEW}, {"I1"}),
    "a relay that swaps documents": (
        {"crypto": b.UnsealedDocument, "kiosk_machine": b.KioskTakesAnyAnswer},
        {"odds": {"tampered": 0.3}},
        {"I1"},
    ),
    "a relay that puts in another card": (
        {"forge": b.other_card, "works": b.UnsignedWorks},
        {"odds": FORGED},
        {"I1"},
    ),
    "a relay that alters the application": (
        {
            "forge": b.more_copies,
            "center_handle": b.center_compares_no_digest,
            "works": b.UnsignedWorks,
            "crypto": b.UnsealedDocument,
            "kiosk_machine": b.KioskTakesAnyAnswer,
        },
        {"odds": FORGED},
        {"I1"},
    ),
    "a build that prints the file before": (
        {"kiosk_machine": b.PrintsTheFileBefore, "policy": b.AdmitsAnyBuild},
        {},
        {"I1"},
    ),
    "any build is let in": ({"policy": b.AdmitsAnyBuild}, {"odds": {"old_build": 0.3}}, {"I1"}),
    "deletions are not synced": ({"replica": b.DeletionsNotSynced}, {"changes": 0.9, "size": FEW}, {"I8"}),
    "freshness is not looked at": (
        {"works": b.StaleIsGoodEnough},
        {"changes": 0.9, "size": FEW, "odds": {"feed_cut": 0.1}},
        {"I8"},
    ),
    "a blank record is good enough": ({"works": b.BlankIsGoodEnough}, {"odds": {"blank_number": 0.3}}, {"I2"}),
    "an ended era is good enough": ({"works": b.PageNotLookedAt}, {"odds": {"wrong_era": 0.3}}, {"I1"}),
    "no seal is good enough": ({"works": b.PageNotLookedAt}, {"odds": {"no_seal": 0.3}}, {"I1"}),
    "the cash unit takes again": ({"cash": b.TakesAgain}, {"odds": {"dead_device": 0.1}}, {"I2"}),
    "the cash unit does not fence": ({"cash": b.DoesNotFence}, {"odds": {"slow_payer": 0.3}}, {"I2"}),
    "the register books again": ({"register": b.BooksAgain}, {"odds": {"shop_silent": 0.2}}, {"I5"}),
    "the register keeps a voided sale": ({"register": b.KeepsTheSale}, {"odds": {"bad_copy": 0.2}}, {"I5"}),
    "money before the intent is written": ({"kiosk_machine": b.TakesMoneyUnwritten}, {}, {"I3"}),
    "no permit, and any report counts": (
        {"kiosk_machine": b.AsksNoPermit, "center_handle": b.center_counts_whatever_it_is_told},
        {},
        {"I3"},
    ),
    "the key outlives the session": ({"kiosk_machine": b.KeepsTheKey}, {}, {"I4"}),
    "the record is not asked": ({"policy": b.AdmitsWithoutRecord}, {"odds": {"record_refused": 0.05}}, {"I7"}),
    "the gate lets everyone through": ({"gate": lambda *_: True}, {"odds": {"intruder": 0.2}}, {"I6"}),
    "anyone may write over anyone": (
        {"stores": lambda instances: (b.WritesAnyway(),) * instances},
        {"odds": {"slow_commit": 0.3, "twice": 0.3, "late": 0.2, "gives_up": 0.1}},
        {"I2", "I3", "I5", "I9"},
    ),
    "answered before it was written": (
        {"center_servers": b.AnswersBeforeWriting},
        {"odds": {"crash_before_commit": 0.02}},
        {"I3"},
    ),
    "no tombstone": (
        {"municipality_handle": b.no_tombstone},
        {"odds": {"silent_municipality": 0.5, "gives_up": 0.5}},
        {"I3"},
    ),
    "a late result is compared with a later attempt": (
        {"municipality_handle": b.any_attempt_will_do},
        {"odds": {"slow_render": 0.5}},
        {"I9"},
    ),
    "a database for each instance": (
        {"stores": b.a_store_each, "topology_check": lambda _: None},
        {},
        {"I3", "I5", "I9"},
    ),
}
"""With the guard removed, or where there is none: which invariants break."""


@pytest.mark.parametrize("bug", REMOVED)
def test_without_the_guard_an_invariant_breaks(bug):
    parts, conditions, invariants = REMOVED[bug]
    found = world_with(parts, **conditions).audit.violations
    assert found, "nobody noticed"
    broken = {violation.invariant for violation in found}
    assert broken <= invariants
    assert broken - {"I9"} or invariants == {"I9"}, "only a guard spoke"


def test_instances_with_databases_of_their_own_do_not_start():
    with pytest.raises(TopologyError, match="instance-1 has never used this database"):
        World(1, SCENARIOS["R7"], parts=Parts(stores=b.a_store_each))


def test_a_failure_shrinks_to_a_short_run_with_few_kinds_of_faults_and_a_trace():
    parts = Parts(register=b.BooksAgain)
    scenario = SCENARIOS["ordinary"]
    shrunk = shrink(9, 400, scenario, parts)
    assert shrunk is not None
    assert 0 < len(shrunk.faults) < 10
    assert shrunk.issuances < 400
    assert shrunk.violation.invariant == "I5"
    again = World(9, scenario, parts=parts, without=set(scenario.odds._fields) - set(shrunk.faults))
    again.run(shrunk.issuances)
    assert again.audit.violations[0] == shrunk.violation
    nodes = {note.node for note in shrunk.trace}
    assert {"center", "municipality", "audit"} < nodes


def test_a_violation_is_found_again_at_the_same_step():
    first, second = (world_with({"cash": b.DoesNotFence}, {"slow_payer": 0.3}) for _ in range(2))
    assert first.audit.violations == second.audit.violations
    assert first.audit.violations[0].step > 0
