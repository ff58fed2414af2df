"""`itaku up` as a person meets it: progress, addresses, failures that say what to do, and an end without remains."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from waiting import exists, wait_until

from itaku.supervisor.postgres import EmbeddedPostgres
from itaku.supervisor.processes import Process
from itaku.supervisor.state import Address, running
from itaku.supervisor.up import up

NODE = """
import asyncio, signal, sys, asyncpg
from itaku.store.ready import report_ready
async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    connection = await asyncpg.connect(sys.argv[1])
    await connection.execute("CREATE TABLE IF NOT EXISTS start (n int)")
    await connection.execute("INSERT INTO start VALUES (1)")
    print("starts:", await connection.fetchval("SELECT count(*) FROM start"), flush=True)
    report_ready()
    await stop.wait()
    await connection.close()
asyncio.run(main())
"""


class OneNodePlan:
    """A node that counts its starts in its database, and whatever else a test adds."""

    def __init__(self, state, database, *, sandbox, port):
        del state, sandbox, port
        self.pages = {"node": Address("画面", "page", "http://127.0.0.1:9/")}
        self.notes = {}
        self.municipality_dsn = None
        self.contracts_dsn = None
        self._dsn = database.ensure_database("node", "node")

    def give_ports_back(self):
        pass

    def processes(self):
        return [Process(name="node", ja="ノード", en="node", argv=(sys.executable, "-c", NODE, self._dsn))]


class BrokenPlan(OneNodePlan):
    """The same, with a second node whose settings are corrupt."""

    def processes(self):
        program = "import sys; sys.exit('settings: k01.toml: unknown entry relais')"
        broken = Process(name="k01", ja="キオスク K01", en="kiosk K01", argv=(sys.executable, "-c", program))
        return [*super().processes(), broken]


class Dropped:
    """A signal comes in while this is being finalized, where errors go unheard."""

    def __del__(self):
        signal.raise_signal(signal.SIGTERM)


class LostSignalPlan(OneNodePlan):
    def processes(self):
        Dropped()
        return super().processes()


UP = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_up import OneNodePlan
from itaku.supervisor.up import up
sys.exit(up(Path(sys.argv[1]), sandbox=False, out=sys.stdout, make_plan=OneNodePlan))
"""


def processes_of(state):
    """Every process that has to do with that state directory: named in its command line, or at work in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
                if (str(state) in words or str(state) in str((entry / "cwd").readlink())) and exists(entry.name):
                    found.append((int(entry.name), words.replace("\0", " ")[:100]))
    return found


@pytest.fixture(scope="module")
def state():
    """One state directory for all who may leave data in it: each start after the first finds its database made."""
    path = Path(tempfile.mkdtemp(prefix="itaku-test-"))
    path.chmod(0o711)
    yield path / "var"
    shutil.rmtree(path)


@contextlib.contextmanager
def up_in_a_process(state):
    argv = [sys.executable, "-c", UP, str(state), str(Path(__file__).parent)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            wait_until(lambda: running(state) is not None or process.poll() is not None)
            yield process
        finally:
            process.kill()


def said_by(state, plan, **more):
    out = io.StringIO()
    code = up(state, sandbox=False, out=out, make_plan=plan, **more)
    return code, out.getvalue()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_says_what_to_open_and_a_signal_ends_all_of_it(state, sign):
    with up_in_a_process(state) as process:
        facts = running(state)
        assert facts.supervisor_pid == process.pid
        assert list(facts.pids) == ["node"]
        # The words for the person come right after; they are read to the end below.
        process.send_signal(sign)
        said = process.communicate()[0]
        assert process.returncode == 0, said
    assert "✓ データベース" in said
    assert "✓ ノード" in said
    assert "すべて止めました" in said
    assert processes_of(state) == []
    assert running(state) is None


def test_a_signal_whose_error_is_lost_still_ends_all_of_it(state):
    script = UP.replace("OneNodePlan", "LostSignalPlan")
    argv = [sys.executable, "-c", script, str(state), str(Path(__file__).parent)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "_StopAskedError" in done.stderr
    assert done.returncode == 0
    assert "すべて止めました" in done.stdout
    assert processes_of(state) == []


def test_a_second_up_is_told_kindly_where_to_open_and_a_dead_database_is_restarted(state):
    with up_in_a_process(state) as process:
        code, said = said_by(state, OneNodePlan)
        assert code == 0
        assert "すでに動いています" in said
        assert "http://127.0.0.1:9/" in said
        assert process.poll() is None
        assert list(running(state).pids) == ["node"]
        head = (state / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0]
        os.kill(int(head), signal.SIGKILL)

        def back():
            with contextlib.suppress(OSError):
                lines = (state / "postgres" / "data" / "postmaster.pid").read_text().split("\n")
                return lines[0] != head and lines[7:8] == ["ready   "]
            return False

        wait_until(back)
        process.terminate()
        said = process.communicate()[0]
    assert "データベースが止まりました" in said


def test_kill_9_leaves_no_process_and_the_next_start_finds_the_data(state):
    with up_in_a_process(state) as process:
        assert len(processes_of(state)) >= 3
        process.kill()
        process.communicate()
    wait_until(lambda: processes_of(state) == [])
    assert running(state) is None
    with up_in_a_process(state) as process:
        assert running(state) is not None
        process.terminate()
        process.communicate()
    lines = (state / "log" / "node.log").read_text().splitlines()
    starts = [int(line.removeprefix("starts: ")) for line in lines if line.startswith("starts: ")]
    assert len(starts) >= 2
    assert starts == list(range(1, len(starts) + 1)), "every start found the rows of all before it"


@pytest.fixture
def ones_own_database(postgres_server, monkeypatch):
    """A server that is there already, named by ITAKU_DATABASE_URL."""
    monkeypatch.setenv("ITAKU_DATABASE_URL", postgres_server.dsn("postgres"))
    yield
    postgres_server.drop_database("node", "node")


@pytest.mark.usefixtures("ones_own_database")
def test_a_node_that_exits_fails_the_start_with_step_reason_and_remedy(open_directory):
    state = open_directory / "var"
    code, said = said_by(state, BrokenPlan)
    assert code == 1
    assert "✗ キオスク K01" in said
    assert "キオスク K01 (kiosk K01)" in said
    assert "k01 ended with code 1 before it was ready" in said
    assert "unknown entry relais" in said
    assert str(state / "log" / "k01.log") in said
    assert processes_of(state) == []
    assert running(state) is None
    assert said_by(state, BrokenPlan)[0] == 1, "the directory is free for another try"


def test_a_database_that_does_not_start_is_said_with_its_own_words(state):
    server = EmbeddedPostgres(state / "postgres", state / "postgres" / "socket")
    server.start()
    server.stop()
    settings = state / "postgres" / "data" / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(good + "shared_bufers = 1\n")
    code, said = said_by(state, OneNodePlan)
    settings.write_text(good)
    assert code == 1
    assert "✗ データベース" in said
    assert "shared_bufers" in said
    assert processes_of(state) == []


def test_a_database_of_ones_own_that_does_not_answer_is_said(open_directory, monkeypatch):
    monkeypatch.setenv("ITAKU_DATABASE_URL", f"postgresql://me:x@/db?host={open_directory}")
    code, said = said_by(open_directory / "var", OneNodePlan)
    assert code == 1
    assert "ITAKU_DATABASE_URL" in said
    assert "me:x" not in said


@pytest.mark.usefixtures("ones_own_database")
def test_a_page_port_that_is_taken_is_said(open_directory):
    from itaku.supervisor.plan import Plan

    state = open_directory / "var"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        out = io.StringIO()
        assert up(state, sandbox=True, out=out, port=port, make_plan=Plan) == 1
    assert f"port {port} is taken" in out.getvalue()
    assert "--port" in out.getvalue()
    assert processes_of(state) == []


@pytest.mark.usefixtures("ones_own_database")
def test_without_the_sandbox_nothing_is_invented_but_asked_for(open_directory):
    out = io.StringIO()
    assert up(open_directory / "var", sandbox=False, out=out) == 1
    for missing in ("mayor-seal.png", "card-anchors", "card-crls", "--sandbox"):
        assert missing in out.getvalue()


@pytest.mark.usefixtures("ones_own_database")
def test_a_terminal_without_japanese_still_shows_the_english_half(open_directory):
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    assert up(open_directory / "var", sandbox=False, out=out, make_plan=BrokenPlan) == 1
    out.flush()
    assert "kiosk K01" in raw.getvalue().decode("ascii")
    assert "what to do" in raw.getvalue().decode("ascii")
