"""The soak: millions of issuances in slices, each a world with a seed and a scenario of its own, and so resumable."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

import msgspec

from itaku.issuance.simulator.runs import CHUNK, chunk, chunk_seed
from itaku.issuance.simulator.scenarios import SCENARIOS

ISSUANCES = 10_000_000
"""Of a whole soak."""
_NAMED = [name for name in SCENARIOS if name.startswith("R")]
_ROUND = (*(name for named in _NAMED[:10] for name in ("ordinary", named)), *_NAMED[10:], "storm", "storm", "calm")
"""The scenarios of the slices, again and again: of 25, ten are ordinary, two a storm, and each other one is one."""


class Slice(msgspec.Struct, frozen=True):
    """What one slice came to. `itaku simulate` with its seed and scenario runs it again, and replays what failed."""

    slice: int
    scenario: str
    seed: int
    issuances: int
    delivered: int
    refunds: int
    uncertain: int
    steps: int
    faults: dict[str, int]
    violations: tuple[str, ...]
    """The invariants that did not hold, I1 to I8."""
    false_alarms: int
    """Guards that spoke with nothing wrong (I9)."""
    processor_ms: int
    """Processor time that it took."""


class Total(msgspec.Struct, frozen=True):
    """All slices of a soak so far."""

    seed: int
    slices: int
    slices_wanted: int
    issuances: int
    delivered: int
    refunds: int
    uncertain: int
    steps: int
    faults: dict[str, int]
    violations: int
    false_alarms: int
    per_core_second: int
    """Issuances in a second of processor time."""
    minutes_on_two_cores: int
    """So long would ten million take two cores at this rate."""


def scenario_of(number: int) -> str:
    """The scenario of a slice."""
    return _ROUND[number % len(_ROUND)]


def slices(seed: int, issuances: int, done: Collection[int] = (), processes: int = 2) -> Iterator[Slice]:
    """Runs the slices of a soak that are not done yet, in so many processes, and yields each when it is done."""
    wanted = -(-issuances // CHUNK)
    jobs = [(seed, number) for number in range(wanted) if number not in done]
    if processes == 1:
        yield from map(_slice, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_slice, jobs)


def total(seed: int, issuances: int, parts: Iterable[Slice]) -> Total:
    """The slices together."""
    faults: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for part in parts:
        faults.update(part.faults)
        sums["slices"] += 1
        sums["violations"] += len(part.violations)
        for name in ("issuances", "delivered", "refunds", "uncertain", "steps", "false_alarms", "processor_ms"):
            sums[name] += getattr(part, name)
    rate = sums["issuances"] * 1000 // max(sums.pop("processor_ms"), 1)
    return Total(
        seed=seed,
        slices_wanted=-(-issuances // CHUNK),
        faults=dict(sorted(faults.items())),
        per_core_second=rate,
        minutes_on_two_cores=ISSUANCES // max(rate * 2 * 60, 1),
        **{name: sums[name] for name in _SUMMED},
    )


_SUMMED = ("slices", "issuances", "delivered", "refunds", "uncertain", "steps", "violations", "false_alarms")


def _slice(job: tuple[int, int]) -> Slice:
    run_seed, number = job
    seed, scenario = chunk_seed(run_seed, number), scenario_of(number)
    began = time.process_time_ns()
    outcome = chunk(seed, CHUNK, scenario)
    broken = [violation.invariant for violation in outcome.violations]
    return Slice(
        slice=number,
        scenario=scenario,
        seed=seed,
        issuances=outcome.issuances,
        delivered=outcome.delivered,
        refunds=outcome.refunds,
        uncertain=outcome.uncertain,
        steps=outcome.steps,
        faults=outcome.faults,
        violations=tuple(name for name in broken if name != "I9"),
        false_alarms=broken.count("I9"),
        processor_ms=(time.process_time_ns() - began) // 1_000_000,
    )
