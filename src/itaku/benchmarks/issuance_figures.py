"""The figures of a load on a whole sandbox: what came of its three stretches, as `itaku bench issuance` says it."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from typing import NamedTuple

from itaku.benchmarks.figure import Figure
from itaku.benchmarks.kiosk_farm import Tally

FARM = "kiosks"
"""The load's own process among those whose processor time is counted."""


class Load(NamedTuple):
    """How much is measured, and for how long."""

    kiosks: int = 50
    warm_s: float = 4.0
    seconds: float = 60.0
    """For the most that can be done, and for the overload."""
    at_random_s: float = 20.0


class Measured(NamedTuple):
    """What a stretch of time saw: certificates delivered and acknowledged, seconds, processor time by name."""

    closed: int
    seconds: float
    cpu_ms: dict[str, float]
    others: float
    """Cores that other programs kept busy meanwhile: with more than a trace of them the figures are too bad."""
    tally: Tally

    @property
    def per_second(self) -> float:
        """Certificates delivered and acknowledged in a second."""
        return self.closed / self.seconds

    def costs_ms(self) -> dict[str, float]:
        """Processor time for one issuance, by name."""
        return {name: spent / max(self.closed, 1) for name, spent in self.cpu_ms.items()}


def figures(load: Load, full: Measured, half: Measured, over: Measured, faults: str) -> list[Figure]:
    """The figures of the three stretches; `faults` says what went wrong, empty if nothing did."""
    tallies = (full.tally, half.tally, over.tally)
    failed = sum(sum(tally.failed.values()) + tally.untold for tally in tallies)
    failed += sum(sum(tally.refused.values()) for tally in (full.tally, half.tally))
    served = sum(tally.delivered for tally in tallies)
    return [
        *_costs(load, full, half),
        *_overload(full, over),
        Figure("issuance: failed", failed, "sessions", faults or f"of {served}; all registers agree"),
    ]


def _costs(load: Load, full: Measured, half: Measured) -> Iterator[Figure]:
    """What a certificate costs, and how long it takes: at the most that can be done, and at half of it."""
    latencies = sorted(half.tally.latencies_ms) or [0.0]
    at_most, costs = full.costs_ms(), half.costs_ms()
    most_farm, farm = at_most.pop(FARM), costs.pop(FARM)
    machine = f"{os.cpu_count()} cores, {full.others:.1f} of them busy with other programs"
    at_half = f"{half.per_second:.1f} residents a second at random, {half.others:.1f} cores busy with other programs"
    nodes, most = sum(costs.values()), sum(at_most.values())
    yield Figure("issuance: delivered and acknowledged", full.per_second, "1/s", f"{load.kiosks} kiosks; {machine}")
    yield Figure("issuance: all nodes at that rate", most, "ms CPU", f"and the load itself {most_farm:.1f}")
    yield Figure("issuance: of the nodes alone, for each core", 1000 / max(most, 1e-9), "1/s", "computed from that")
    yield Figure("issuance: card to paper, median", statistics.median(latencies), "ms", at_half)
    slowest = _percentile(latencies, 99)
    yield Figure("issuance: card to paper, 99 %", slowest, "ms", f"of {len(latencies)} residents")
    yield Figure("issuance: all nodes at half the rate", nodes, "ms CPU", "of which")
    for name, cost in sorted(costs.items(), key=lambda item: -item[1]):
        yield Figure(f"issuance: {name}", cost, "ms CPU", f"{100 * cost / max(nodes, 1e-9):.0f} % of the nodes")
    yield Figure("issuance: kiosks, cards and devices", farm, "ms CPU", "the load itself, not among the nodes")


def _overload(full: Measured, over: Measured) -> Iterator[Figure]:
    """Who was refused, when, and what it meant to the others, while twice as many came as can be served."""
    tally = over.tally
    refused = sum(tally.refused.values())
    came = tally.delivered + refused + sum(tally.failed.values())
    codes = ", ".join(sorted(tally.refused)) or "nobody"
    latencies = sorted(tally.latencies_ms) or [0.0]
    twice = f"{2 * full.per_second:.1f} residents a second at random, {over.others:.1f} cores busy with other programs"
    yield Figure("issuance, twice the most: refused at the beginning", refused, "sessions", f"{codes}; {twice}")
    yield Figure(
        "issuance, twice the most: delivered",
        tally.delivered,
        "sessions",
        f"of {came}; {sum(tally.failed.values())} failed after they had begun",
    )
    yield Figure("issuance, twice the most: delivered and acknowledged", over.per_second, "1/s", "meanwhile")
    yield Figure(
        "issuance, twice the most: card to paper, median", statistics.median(latencies), "ms", "of those let in"
    )
    yield Figure("issuance, twice the most: card to paper, 99 %", _percentile(latencies, 99), "ms", "of those let in")


def _percentile(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
