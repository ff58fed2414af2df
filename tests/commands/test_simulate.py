"""`itaku simulate` as a person and as a program meet it."""

from __future__ import annotations

import json

import msgspec
import pytest

from itaku.cli import main
from itaku.commands.simulate import replay, run
from itaku.issuance.simulator import runs
from itaku.issuance.simulator.parts import Parts
from itaku.issuance.simulator.shop import ModelRegister


def test_one_object_answers_with_issuances_faults_refunds_uncertain_and_violations(capsys):
    assert main(["simulate", "--seed", "11", "--issuances", "300", "--scenario", "R12", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    answer = json.loads(line)
    assert answer["issuances"] == 300
    assert answer["violations"] == []
    assert answer["refunds"] > 0
    assert answer["uncertain"] > 0
    assert answer["faults"]["power_cut"] > 0


@pytest.mark.parametrize(("scenario", "kind"), [("R8", "blank_number"), ("R9", "wrong_era"), ("R10", "no_seal")])
def test_poisoned_records_are_counted_among_the_faults(capsys, scenario, kind):
    assert main(["simulate", "--seed", "12", "--issuances", "300", "--scenario", scenario, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["faults"][kind] > 0
    assert answer["violations"] == []


class BooksTwice(ModelRegister):
    """A register that books every sale twice."""

    def book(self, issuance_id, fee_yen):
        self.sales[issuance_id] = 2 * fee_yen


def test_a_violation_says_which_invariant_which_seed_and_which_step():
    outcome, text = run(13, 120, "ordinary", Parts(register=BooksTwice))
    first = msgspec.to_builtins(outcome)["violations"][0]
    assert set(first) >= {"invariant", "seed", "step"}
    assert (first["invariant"], first["seed"]) == ("I5", 13)
    assert first["step"] > 0
    assert "replay: itaku simulate --seed 13 " in text


def test_a_failure_is_shrunk_and_its_issuance_traced():
    shrunk, text = replay(13, 120, "ordinary", Parts(register=BooksTwice))
    assert shrunk is not None
    assert shrunk.violation.invariant == "I5"
    assert shrunk.issuances < 120
    assert {note.node for note in shrunk.trace} >= {"center", "municipality", "audit"}
    assert text.startswith("I5 broken at step")


def test_a_replay_of_a_run_without_a_failure_says_so(capsys):
    assert main(["simulate", "--seed", "14", "--issuances", "60", "--replay"]) == 0
    assert "no invariant was broken" in capsys.readouterr().out


def test_a_long_run_is_made_of_chunks_that_replay_by_themselves(monkeypatch):
    monkeypatch.setattr(runs, "CHUNK", 150)
    whole = runs.simulate(15, 400, "R7")
    alone = [runs.simulate(runs.chunk_seed(15, number), size, "R7") for number, size in enumerate((150, 150, 100))]
    assert runs.merge(iter(alone)) == whole
    assert whole.issuances == 400


def test_two_processes_come_to_the_same_as_one(monkeypatch):
    monkeypatch.setattr(runs, "CHUNK", 100)
    assert runs.simulate(16, 300, "ordinary", processes=2) == runs.simulate(16, 300, "ordinary")


@pytest.mark.parametrize("wrong", [["--scenario", "R13"], ["--issuances", "0"], ["--seed", "-1"]])
def test_what_there_is_not_is_refused(capsys, wrong):
    assert main(["simulate", "--seed", "1", "--issuances", "1", *wrong]) == 2
    assert wrong[0] in capsys.readouterr().err
