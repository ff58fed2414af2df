"""Long runs by seed. `ITAKU_SEED=n make soak` replays one; a failure prints its seed."""

from __future__ import annotations

import os
import secrets

import pytest

from itaku.issuance.simulator.devices import STORM, Odds
from itaku.issuance.simulator.world import World

SEEDS = [int(os.environ["ITAKU_SEED"])] if "ITAKU_SEED" in os.environ else [secrets.randbits(31) for _ in range(20)]


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("odds", [Odds(), STORM], ids=["ordinary", "storm"])
def test_ten_thousand_residents_and_every_fault(seed, odds):
    world = World(seed, kiosks=20, odds=odds)
    world.run(500)
    assert world.violations() == [], f"ITAKU_SEED={seed}"
    assert set(world.incidents) <= {"center permitted_overdue"}, f"ITAKU_SEED={seed}"
