"""`itaku simulate`: issuances by seed under faults, the invariants checked, and a failing one shrunk and traced."""

from __future__ import annotations

from itaku.issuance.simulator.parts import PARTS, Parts
from itaku.issuance.simulator.runs import CHUNK, Outcome, Shrunk, shrink, simulate
from itaku.issuance.simulator.scenarios import SCENARIOS

MANY = 4 * CHUNK
"""From so many issuances on, two processes share the work."""


def run(seed: int, issuances: int, scenario: str, parts: Parts = PARTS) -> tuple[Outcome, str]:
    """The run's outcome, and the same as text."""
    outcome = simulate(seed, issuances, scenario, processes=2 if issuances >= MANY else 1, parts=parts)
    lines = [
        f"{scenario}: {SCENARIOS[scenario].says}",
        f"{outcome.issuances} issuances in {outcome.steps} steps, {sum(outcome.faults.values())} faults",
        f"{outcome.delivered} delivered, {outcome.refunds} refunded, {outcome.uncertain} uncertain",
        *(f"  {count:>9}  {kind}" for kind, count in sorted(outcome.faults.items(), key=lambda item: -item[1])),
        *(f"{v.invariant} broken at step {v.step} of seed {v.seed}: {v.text}" for v in outcome.violations),
    ]
    if outcome.violations:
        first = outcome.violations[0]
        lines.append(f"replay: itaku simulate --seed {first.seed} --issuances {CHUNK} --scenario {scenario} --replay")
    else:
        lines.append("no invariant was broken")
    return outcome, "\n".join(lines)


def replay(seed: int, issuances: int, scenario: str, parts: Parts = PARTS) -> tuple[Shrunk | None, str]:
    """The smallest failing run within one chunk and the trace of its failing issuance; None if nothing fails."""
    shrunk = shrink(seed, min(issuances, CHUNK), SCENARIOS[scenario], parts)
    if shrunk is None:
        return None, "no invariant was broken"
    lines = [
        f"{shrunk.violation.invariant} broken at step {shrunk.violation.step}: {shrunk.violation.text}",
        f"with seed {shrunk.seed}, {shrunk.issuances} issuances, and of all faults: {', '.join(shrunk.faults) or '-'}",
        *(
            f"{note.step:>9} {note.at_ms / 1000:>10.3f} s  {note.node}: {note.what} {note.then}"
            for note in shrunk.trace
        ),
    ]
    return shrunk, "\n".join(lines)
