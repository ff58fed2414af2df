import os
import subprocess
import sys
from pathlib import Path

from itaku.benchmarks import issuance
from itaku.benchmarks.issuance_figures import Load, Measured, figures
from itaku.benchmarks.kiosk_farm import Tally
from itaku.benchmarks.processor_time import machine_ms, processor_ms


def test_a_small_load_is_delivered_counted_by_all_registers_and_leaves_nothing_behind(open_directory, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(open_directory))
    load = Load(kiosks=2, warm_s=0.5, seconds=2.0, at_random_s=5.0)
    found = {figure.name: figure for figure in issuance.run(load)}
    failed = found["issuance: failed"]
    assert failed.value == 0
    assert failed.note.endswith("all registers agree")
    assert int(failed.note.split()[1].rstrip(";")) >= 3
    assert found["issuance: delivered and acknowledged"].value > 0
    assert 0 < found["issuance: card to paper, median"].value <= found["issuance: card to paper, 99 %"].value
    nodes = {"center-1", "m991015", "relay-1", "shop-1", "database", "sequencer-center", "sequencer-m991015"}
    assert {f"issuance: {node}" for node in nodes} <= set(found)
    assert list(open_directory.iterdir()) == []
    assert str(open_directory) not in _commands()


def _measured(closed: int, tally: Tally, **cpu_ms: float) -> Measured:
    return Measured(closed, 3.0, cpu_ms, 0.25, tally)


def _figures(full: Tally = Tally(100), half: Tally = Tally(40), over: Tally = Tally(50), faults: str = ""):  # noqa: B008 immutable
    stretches = (
        _measured(90, full, kiosks=0.0, center=450.0),
        _measured(30, half, kiosks=60.0, center=100.0, relay=50.0),
        _measured(50, over, kiosks=0.0, center=450.0),
    )
    return {figure.name: figure for figure in figures(Load(), *stretches, faults)}


def test_a_session_that_failed_or_was_not_acknowledged_stands_among_the_figures():
    found = _figures(Tally(100, failed={"busy": 2}, untold=1), Tally(40, latencies_ms=(5.0, 1.0, 3.0)), faults="busy 2")
    assert (found["issuance: failed"].value, found["issuance: failed"].note) == (3, "busy 2")
    assert found["issuance: delivered and acknowledged"].value == 30
    assert found["issuance: card to paper, median"].value == 3
    assert found["issuance: all nodes at that rate"].value == 5
    assert found["issuance: of the nodes alone, for each core"].value == 200
    assert found["issuance: all nodes at half the rate"].value == 5
    assert found["issuance: kiosks, cards and devices"].value == 2


def test_the_costliest_node_comes_first_with_its_share():
    names = [name for name in _figures() if name in {"issuance: center", "issuance: relay"}]
    assert names == ["issuance: center", "issuance: relay"]
    assert _figures()["issuance: center"].note == "67 % of the nodes"


def test_to_be_refused_at_the_beginning_is_right_under_overload_and_a_failure_before_it():
    over = Tally(50, refused={"busy": 48}, failed={"network_gone": 1}, latencies_ms=(7.0,))
    found = _figures(over=over)
    assert found["issuance, twice the most: refused at the beginning"].value == 48
    delivered = found["issuance, twice the most: delivered"]
    assert (delivered.value, delivered.note) == (50, "of 99; 1 failed after they had begun")
    assert found["issuance, twice the most: card to paper, 99 %"].value == 7
    assert found["issuance: failed"].value == 1
    assert _figures(full=Tally(100, refused={"busy": 2}))["issuance: failed"].value == 2


def test_processor_time_counts_children_that_live_and_children_that_are_dead():
    spin = "import time\nwhile time.process_time() < 0.3: pass\n"
    script = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {spin!r}])\nprint(flush=True)\ninput()"
    before = machine_ms()
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        spent = processor_ms({"parent": parent.pid, "nobody": 2**22 + 1})
        parent.communicate(b"\n")
    assert spent["parent"] >= 290
    assert spent["nobody"] == 0
    assert machine_ms() - before >= 290
    assert processor_ms({"us": os.getpid()})["us"] > 0


def _commands() -> str:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append((entry / "cmdline").read_text(errors="replace"))
            except OSError:
                continue
    return "\n".join(found)
