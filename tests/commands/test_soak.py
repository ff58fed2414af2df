"""A soak goes on where it was stopped, and says slice by slice what it came to."""

import json

import msgspec
import pytest

from itaku.cli import main
from itaku.commands import soak
from itaku.issuance.simulator import soak as slices_of
from itaku.issuance.simulator.runs import chunk_seed
from itaku.issuance.simulator.scenarios import SCENARIOS


@pytest.fixture(autouse=True)
def small_slices(monkeypatch):
    """Slices of 60 issuances."""
    monkeypatch.setattr(slices_of, "CHUNK", 60)


def shown(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def soaked(tmp_path, *more):
    return main(["soak", "--seed", "5", "--processes", "1", "--state", str(tmp_path), *more])


def test_a_soak_prints_one_object_for_each_slice_and_a_total(tmp_path, capsys):
    assert soaked(tmp_path, "--issuances", "170") == 0
    *parts, total = shown(capsys)
    assert [part["slice"] for part in parts] == [0, 1, 2]
    assert [part["seed"] for part in parts] == [chunk_seed(5, number) for number in range(3)]
    assert total["issuances"] == sum(part["issuances"] for part in parts) == 180
    assert (total["slices"], total["violations"], total["false_alarms"]) == (3, 0, 0)
    assert total["faults"]["lost"] == sum(part["faults"].get("lost", 0) for part in parts)
    assert total["per_core_second"] > 0


def test_a_soak_that_was_stopped_goes_on_with_the_slices_that_are_not_done(tmp_path, capsys):
    assert soaked(tmp_path, "--issuances", "120") == 0
    file = tmp_path / "soak" / "5.jsonl"
    with file.open("ab") as open_file:
        open_file.write(b'{"slice":2,"scen')
    first = shown(capsys)
    assert soak.unfinished_seed(tmp_path / "soak", 240) == 5
    assert soaked(tmp_path, "--issuances", "240") == 0
    *parts, total = shown(capsys)
    assert [part["slice"] for part in parts] == [2, 3]
    assert total["issuances"] == 240
    assert total["delivered"] == sum(part["delivered"] for part in [*first[:-1], *parts])
    assert soak.unfinished_seed(tmp_path / "soak", 240) is None


def test_every_scenario_has_its_slices():
    met = {slices_of.scenario_of(number) for number in range(25)}
    assert met == set(SCENARIOS)


def test_a_slice_that_breaks_an_invariant_is_told_from_a_false_alarm(tmp_path, capsys):
    (tmp_path / "soak").mkdir()
    good = next(slices_of.slices(5, 60, processes=1))
    bad = msgspec.structs.replace(good, violations=("I2",), false_alarms=2)
    (tmp_path / "soak" / "5.jsonl").write_bytes(msgspec.json.encode(bad) + b"\n")
    assert soaked(tmp_path, "--issuances", "60") == 1
    total = shown(capsys)[-1]
    assert (total["violations"], total["false_alarms"]) == (1, 2)
