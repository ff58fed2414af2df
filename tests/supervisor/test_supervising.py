"""Processes under watch: started in order, restarted when they die, stopped to the last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import exists, wait_until

from itaku.supervisor.failures import StartError
from itaku.supervisor.processes import Process
from itaku.supervisor.progress import Silence
from itaku.supervisor.starting import Work
from itaku.supervisor.supervising import Supervisor

SERVES = """
import signal, sys, time
from itaku.store.ready import report_ready
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
open(sys.argv[1], "a").write("start\\n")
report_ready()
while True: time.sleep(0.05)
"""

MEETS = """
import signal, sys, time
from pathlib import Path
from itaku.store.ready import report_ready
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
told, own, other = Path(sys.argv[1]), *sys.argv[2:]
with told.open("a") as file: file.write(own + " started\\n")
while f"{other} started" not in told.read_text(): time.sleep(0.01)
with told.open("a") as file: file.write(own + " serves\\n")
report_ready()
while True: time.sleep(0.05)
"""

STUBBORN = """
import signal, sys, time, subprocess
from itaku.store.ready import report_ready
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
open(sys.argv[1], "a").write(f"{child.pid}\\n")
report_ready()
while True: time.sleep(0.05)
"""

EXITS = "import sys; print('the tables are missing'); sys.exit(3)"


class Heard(Silence):
    def __init__(self):
        self.lines = []
        self.steps = []

    def say(self, ja, en=""):
        self.lines.append((ja, en))

    def over(self, ja, en, took_s, *, well=True):
        del ja, took_s
        self.steps.append((en, well))


def process(name, program, *arguments, **more):
    argv = (sys.executable, "-c", program, *map(str, arguments))
    return Process(name=name, ja=f"{name}の係", en=name, argv=argv, **more)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def supervisor(tmp_path, heard):
    made = Supervisor(tmp_path, heard)
    yield made
    made.stop()


def test_each_starts_when_what_it_needs_is_there_and_others_meanwhile(supervisor, tmp_path, heard):
    told = tmp_path / "order"
    done = Work(name="work", ja="仕事", en="work", do=lambda say: (told.write_text("done\n"), say("all of it")))
    last = process("last", SERVES, told, needs=("a", "b"))
    a, b = (process(own, MEETS, told, own, other, needs=("work",)) for own, other in ("ab", "ba"))
    supervisor.start([last, a, b, done])
    lines = told.read_text().splitlines()
    assert lines[0] == "done"
    assert set(lines[1:3]) == {"a started", "b started"}, "neither waited for the other to serve"
    assert lines[-1] == "start", "the last one waited for both"
    assert supervisor.names()[-1] == "last"
    assert {step for step, well in heard.steps if well} == {"work", "a", "b", "last"}
    assert heard.lines == [("    all of it", "")]


def test_work_that_fails_fails_the_start_and_what_waits_for_it_never_begins(supervisor, tmp_path, heard):
    def fail(_say):
        raise OSError("no such database")

    work = Work(name="residents", ja="住民", en="residents", do=fail)
    with pytest.raises(StartError, match="residents: OSError: no such database") as failure:
        supervisor.start([work, process("a", SERVES, tmp_path / "order", needs=("residents",))])
    assert failure.value.step == "住民 (residents)"
    assert heard.steps == [("residents", False)]
    assert not (tmp_path / "order").exists()


def test_a_plan_whose_nodes_wait_for_each_other_is_refused(supervisor, tmp_path):
    a, b = (process(own, SERVES, tmp_path / "order", needs=(other,)) for own, other in ("ab", "ba"))
    with pytest.raises(ValueError, match="never comes"):
        supervisor.start([a, b])
    with pytest.raises(ValueError, match="never comes"):
        Supervisor(tmp_path, Silence()).start([process("c", SERVES, tmp_path / "order", needs=("nobody",))])


def test_a_stop_leaves_nothing_running(supervisor, tmp_path):
    supervisor.start([process("a", SERVES, tmp_path / "order"), process("b", SERVES, tmp_path / "order")])
    pids = supervisor.pids().values()
    supervisor.stop()
    assert not any(exists(pid) for pid in pids)
    assert supervisor.pids() == {}


def test_none_is_asked_to_end_before_those_that_need_it_have_ended(supervisor, tmp_path):
    told = tmp_path / "order"
    slowly = SERVES.replace("sys.exit(0)", "(time.sleep(0.3), open(sys.argv[1], 'a').write('last gone'), sys.exit(0))")
    first = SERVES.replace("sys.exit(0)", "(open(sys.argv[1], 'a').write(', first gone'), sys.exit(0))")
    supervisor.start([process("first", first, told), process("last", slowly, told, needs=("first",))])
    told.write_text("")
    supervisor.stop()
    assert told.read_text() == "last gone, first gone"


def test_a_node_that_ignores_the_request_to_end_is_ended_with_its_children(supervisor, tmp_path):
    supervisor.start([process("stubborn", STUBBORN, tmp_path / "child")])
    pid = supervisor.pids()["stubborn"]
    grandchild = int((tmp_path / "child").read_text())
    assert exists(grandchild)
    supervisor.stop()
    assert not exists(pid)
    wait_until(lambda: not exists(grandchild))


def test_a_frozen_node_is_stopped_like_any_other(supervisor, tmp_path):
    supervisor.start([process("a", SERVES, tmp_path / "order")])
    supervisor.freeze("a")
    supervisor.stop()
    assert supervisor._children["a"].ending() == "ended with code 0", "it was thawed and heard the request"


def test_a_node_that_dies_is_restarted_and_it_is_said(supervisor, tmp_path, heard):
    supervisor.start([process("a", SERVES, tmp_path / "order")])
    first = supervisor.pids()["a"]
    supervisor.kill9("a")
    supervisor.wait_ready("a")
    assert supervisor.pids()["a"] != first
    assert not exists(first)
    assert "a was ended by SIGKILL; restarting it." in heard.lines[0][1]
    wait_until(lambda: len(heard.lines) == 2)
    assert heard.lines[1][1] == "a is running again."


def test_without_automatic_restart_a_dead_node_stays_down_until_asked(supervisor, tmp_path):
    supervisor.start([process("a", SERVES, tmp_path / "order")])
    supervisor.auto_restart = False
    supervisor.kill9("a")
    with pytest.raises(StartError, match="SIGKILL"):
        supervisor.wait_ready("a")
    supervisor.restart("a")
    assert supervisor.alive("a")


def test_a_node_that_was_ended_on_purpose_is_not_restarted(supervisor, tmp_path):
    supervisor.start([process("a", SERVES, tmp_path / "order"), process("b", SERVES, tmp_path / "order")])
    supervisor.end("a")
    supervisor.kill9("b")
    supervisor.wait_ready("b")  # by then the watch has looked at both
    assert list(supervisor.pids()) == ["b"]
    supervisor.restart("a")
    assert sorted(supervisor.pids()) == ["a", "b"]


def test_a_frozen_node_lives_and_goes_on_when_thawed(supervisor, tmp_path):
    supervisor.start([process("a", SERVES, tmp_path / "order")])
    pid = supervisor.pids()["a"]
    supervisor.freeze("a")
    wait_until(lambda: Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T")
    assert supervisor.alive("a")
    supervisor.thaw("a")
    wait_until(lambda: Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "SR")


def test_a_program_that_exits_fails_the_start_says_why_and_stops_the_others(supervisor, tmp_path):
    started = []
    supervisor._changed = lambda: started.append(supervisor.pids())
    with pytest.raises(StartError) as failure:
        supervisor.start([process("a", SERVES, tmp_path / "order"), process("broken", EXITS)])
    assert failure.value.what == "broken ended with code 3 before it was ready"
    assert failure.value.log_tail == "the tables are missing"
    assert failure.value.step == "brokenの係 (broken)"
    assert str(tmp_path / "broken.log") in failure.value.remedy_en
    assert supervisor.pids() == {}
    assert not any(child.alive() for child in supervisor._children.values())


def test_a_node_that_never_gets_ready_fails_the_start(supervisor):
    slow = process("slow", "import time; time.sleep(1000)", ready_within_s=0.3)
    with pytest.raises(StartError, match="not ready within"):
        supervisor.start([slow])
    assert supervisor.pids() == {}


def test_a_node_that_keeps_dying_is_tried_again_with_growing_pauses(supervisor, tmp_path, heard):
    program = SERVES.replace("report_ready()", "report_ready(); n = open(sys.argv[1]).read().count('start')") + ""
    program = program.replace("while True:", "sys.exit(1) if 1 < n < 4 else None\nwhile True:")
    supervisor.start([process("weak", program, tmp_path / "tries")])
    supervisor.kill9("weak")
    wait_until(lambda: (tmp_path / "tries").read_text().count("start") == 4)
    supervisor.wait_ready("weak")
    assert supervisor._pauses["weak"] >= 1.6
    assert sum("restarting" in en for _, en in heard.lines) == 3


def test_the_database_url_is_hidden_from_the_nodes(supervisor, tmp_path, monkeypatch):
    monkeypatch.setenv("ITAKU_DATABASE_URL", "postgresql://secret")
    supervisor.start([process("a", SERVES, tmp_path / "order")])
    environment = Path(f"/proc/{supervisor.pids()['a']}/environ").read_bytes()
    assert b"postgresql://secret" not in environment


KILLED = """
import sys, time
from pathlib import Path
from itaku.supervisor.processes import Process
from itaku.supervisor.progress import Silence
from itaku.supervisor.supervising import Supervisor
import threading
program, folder = sys.argv[1], Path(sys.argv[2])
made = Supervisor(folder, Silence())
plan = [Process(name=n, ja=n, en=n, argv=(sys.executable, "-c", program, str(folder / "order"))) for n in "abc"]
# From a thread that ends: what it started must live on while the process does.
starter = threading.Thread(target=made.start, args=(plan,))
starter.start(); starter.join()
time.sleep(0.3)
print(*made.pids().values(), flush=True)
time.sleep(1000)
"""


def test_kill_9_of_the_supervisor_leaves_no_child(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, SERVES, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as killed:
        pids = [int(word) for word in killed.stdout.readline().split()]
        assert len(pids) == 3
        assert all(exists(pid) for pid in pids)
        os.kill(killed.pid, signal.SIGKILL)
    wait_until(lambda: not any(exists(pid) for pid in pids))
