"""Long runs: chunks with seeds of their own, in one process or several, merged into one answer; replay and shrinking.

A chunk is a world of its own. The first chunk's seed is the run's, the others' are derived from it, so that whatever
goes wrong in a long run is replayed by a short one.
"""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
from collections import Counter
from collections.abc import Iterator

import msgspec

from itaku.issuance.simulator.audit import Violation
from itaku.issuance.simulator.odds import Odds
from itaku.issuance.simulator.parts import PARTS, Parts
from itaku.issuance.simulator.scenarios import SCENARIOS, Scenario
from itaku.issuance.simulator.world import Note, World

CHUNK = 20_000
"""Issuances of one world. A run of more is made of several, which can be replayed one by one."""
_WIRE_EVERY = 16
"""One seed in so many sends whole bytes over the wire, through the relay's real gate."""
_SHRINKING_TRIES = 40


class Outcome(msgspec.Struct, frozen=True):
    """What a run came to. `violations` is empty when all invariants held."""

    issuances: int
    faults: dict[str, int]
    """How often each kind of fault was injected."""
    refunds: int
    """Issuances whose fee went back at the kiosk or by the clerk, before delivery was reported."""
    uncertain: int
    """Issuances of which a clerk had to say what came out."""
    delivered: int
    lost_races: int
    """Steps that another instance's write overtook."""
    steps: int
    violations: tuple[Violation, ...]


class Shrunk(msgspec.Struct, frozen=True):
    """The smallest run that was found to fail still, and the trace of the issuance that failed."""

    seed: int
    scenario: str
    issuances: int
    faults: tuple[str, ...]
    """Kinds without which it no longer fails."""
    violation: Violation
    trace: tuple[Note, ...]


def chunk_seed(seed: int, number: int) -> int:
    """The seed of a chunk: the run's own for the first."""
    if number == 0:
        return seed
    digest = hashlib.sha256(f"itaku/simulate/{seed}/{number}".encode("ascii")).digest()
    return int.from_bytes(digest[:6], "big")


def simulate(seed: int, issuances: int, scenario: str, processes: int = 1, parts: Parts = PARTS) -> Outcome:
    """Runs so many issuances of a named scenario."""
    assert scenario in SCENARIOS, "scenarios are named"
    jobs = [(chunk_seed(seed, number), size, scenario, parts) for number, size in enumerate(_sizes(issuances))]
    if processes == 1 or len(jobs) == 1:
        return merge(_chunk(job) for job in jobs)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        return merge(pool.imap_unordered(_chunk, jobs))


def merge(parts: Iterator[Outcome]) -> Outcome:
    """Several chunks as one run."""
    faults: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    violations: list[Violation] = []
    for part in parts:
        faults.update(part.faults)
        for name in ("issuances", "refunds", "uncertain", "delivered", "lost_races", "steps"):
            sums[name] += getattr(part, name)
        violations += part.violations
    violations.sort(key=lambda violation: (violation.seed, violation.step))
    return Outcome(
        issuances=sums["issuances"],
        faults=dict(sorted(faults.items())),
        refunds=sums["refunds"],
        uncertain=sums["uncertain"],
        delivered=sums["delivered"],
        lost_races=sums["lost_races"],
        steps=sums["steps"],
        violations=tuple(violations),
    )


def outcome_of(world: World, issuances: int) -> Outcome:
    """What a world that has run came to."""
    audit = world.audit
    return Outcome(
        issuances=issuances - world.left,
        faults=dict(world.chance.faults),
        refunds=audit.refunds,
        uncertain=audit.uncertain,
        delivered=audit.delivered,
        lost_races=world.lost_races,
        steps=world.step,
        violations=tuple(audit.violations),
    )


def shrink(seed: int, issuances: int, scenario: Scenario, parts: Parts = PARTS) -> Shrunk | None:
    """Looks for fewer issuances and fewer kinds of faults that still fail, and traces that; None if nothing fails."""
    violation = _fails(seed, issuances, scenario, parts, frozenset())
    if violation is None:
        return None
    without: frozenset[str] = frozenset()
    tries = 0
    size = issuances
    while size > 1 and tries < _SHRINKING_TRIES // 2:
        tries += 1
        found = _fails(seed, size // 2, scenario, parts, without)
        if found is None:
            break
        violation, size = found, size // 2
    kinds = [kind for kind, odds in scenario.odds._asdict().items() if odds]
    for group in _groups(kinds):
        if tries >= _SHRINKING_TRIES:
            break
        tries += 1
        found = _fails(seed, size, scenario, parts, without | group)
        if found is not None:
            violation, without = found, without | group
    world = _world(seed, scenario, parts, without)
    world.notes = []
    world.run(size, enough=1)
    return Shrunk(
        seed=seed,
        scenario=scenario.name,
        issuances=size,
        faults=tuple(kind for kind in kinds if kind not in without),
        violation=violation,
        trace=tuple(note for note in world.notes if note.issuance == violation.issuance),
    )


def _world(seed: int, scenario: Scenario, parts: Parts, without: frozenset[str] = frozenset()) -> World:
    return World(seed, scenario, parts=parts, without=without, on_the_wire=seed % _WIRE_EVERY == _WIRE_EVERY - 1)


def _groups(kinds: list[str]) -> Iterator[frozenset[str]]:
    """Halves first, then eighths, then one by one."""
    for parts in (2, 8):
        width = -(-len(kinds) // parts)
        yield from (frozenset(kinds[at : at + width]) for at in range(0, len(kinds), width))
    yield from (frozenset({kind}) for kind in kinds)


def _fails(seed: int, issuances: int, scenario: Scenario, parts: Parts, without: frozenset[str]) -> Violation | None:
    assert without <= set(Odds._fields), "kinds of faults are named"
    world = _world(seed, scenario, parts, without)
    world.run(issuances, enough=1)
    return world.audit.violations[0] if world.audit.violations else None


def _sizes(issuances: int) -> list[int]:
    whole, rest = divmod(issuances, CHUNK)
    return [CHUNK] * whole + ([rest] if rest else [])


def chunk(seed: int, issuances: int, scenario: str, parts: Parts = PARTS) -> Outcome:
    """One world from its beginning to its rest."""
    world = _world(seed, SCENARIOS[scenario], parts)
    # A world makes no garbage in cycles worth looking for while it runs; what it made goes with it.
    gc.disable()
    try:
        world.run(issuances)
    finally:
        gc.enable()
    return outcome_of(world, issuances)


def _chunk(job: tuple[int, int, str, Parts]) -> Outcome:
    return chunk(*job)
