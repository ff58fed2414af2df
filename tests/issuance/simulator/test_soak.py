"""Long runs by seed. `ITAKU_SEED=n make soak` replays one; a failure prints its seed."""

from __future__ import annotations

import os
import secrets
from collections import Counter

import pytest

from itaku.issuance.simulator.runs import simulate
from itaku.issuance.simulator.scenarios import SCENARIOS

SEED = int(os.environ["ITAKU_SEED"]) if "ITAKU_SEED" in os.environ else secrets.randbits(31)
ISSUANCES = 10_000_000
SHARE = {"ordinary": 0.4, "storm": 0.08, "calm": 0.01}
"""Of all issuances; the rest is shared by the named scenarios."""


@pytest.mark.soak
def test_ten_million_issuances_with_every_fault_break_no_invariant_and_raise_no_false_alarm():
    rest = (1 - sum(SHARE.values())) / (len(SCENARIOS) - len(SHARE))
    total, faults = 0, Counter()
    for name in SCENARIOS:
        outcome = simulate(SEED, round(ISSUANCES * SHARE.get(name, rest)), name, processes=2)
        assert outcome.violations == (), f"ITAKU_SEED={SEED}"
        total += outcome.issuances
        faults.update(outcome.faults)
    assert total >= ISSUANCES - len(SCENARIOS)
    assert all(faults.values())
