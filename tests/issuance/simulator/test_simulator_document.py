"""docs/simulator.md names what there is."""

import re
from pathlib import Path

from itaku.issuance.simulator.odds import Odds
from itaku.issuance.simulator.runs import CHUNK
from itaku.issuance.simulator.scenarios import SCENARIOS, Topology

TEXT = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")


def section(title):
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_document_names_every_scenario_and_every_fault():
    assert re.findall(r"^\| `(\w+)` \|", section("Scenarios"), re.MULTILINE) == list(SCENARIOS)
    faults = [
        name
        for line in section("A world").splitlines()
        if line.startswith("| ")
        for name in re.findall(r"`(\w+)`", line)
    ]
    assert sorted(faults) == sorted(Odds._fields)


def test_the_document_says_how_large_a_world_is():
    size, large = Topology(), SCENARIOS["R7"].topology
    assert f"{size.kiosks} kiosks in {size.kiosks // size.kiosks_in_a_shop} shops" in TEXT
    assert f"R7 has {large.relays}, {large.centers}, {large.municipalities} and {large.instances}" in TEXT
    assert f"{CHUNK:,}" in TEXT
