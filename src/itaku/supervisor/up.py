"""`itaku up`: everything on this machine, from an empty directory to addresses to open, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Protocol, TextIO

from itaku.basis.clock import InstantMs, PracticeClock, SystemClock
from itaku.contracts.keeping.schema import prepare
from itaku.sandbox.contract_lives import load_contracts
from itaku.sandbox.contract_works import load_works
from itaku.sandbox.demo import load
from itaku.sandbox.desk_people import NAMES_TO_TRY, PASSWORD
from itaku.store.postgres import open_pool
from itaku.supervisor.databases import ExternalPostgres
from itaku.supervisor.failures import AlreadyRunningError, StartError
from itaku.supervisor.plan import RESIDENTS, DatabaseServer, Plan
from itaku.supervisor.postgres import EmbeddedPostgres
from itaku.supervisor.processes import Process
from itaku.supervisor.progress import Progress, TerminalProgress, padded
from itaku.supervisor.starting import Work
from itaku.supervisor.state import CLOCK_FILE, Address, Running, SandboxClock, StateDirectory, running
from itaku.supervisor.supervising import Supervisor

_LISTEN_S = 0.5
"""How late a signal may be seen whose error was lost."""


class _StopAskedError(BaseException):
    """A signal asked us to stop. Not an `Exception`, so that nothing on the way swallows it."""


class NodePlan(Protocol):
    """What `Plan` gives: the processes, and what others may know of them."""

    pages: dict[str, Address]
    notes: dict[str, str]
    municipality_dsn: str | None
    """Where invented residents go in the sandbox; `None` if there are none to load."""
    neighbour_dsn: str | None
    """Where those of the municipality next door go in the sandbox."""
    contracts_dsn: str | None
    """Where contracts are kept; `None` if none are."""

    def processes(self) -> list[Process]:
        """The processes, their settings written; those that could start at once, in the order that is wished for."""
        ...

    def lay_out_cards(self, now: InstantMs) -> None:
        """Gives the stands their practice cards; called in the sandbox, from a thread, when the residents are there."""
        ...

    def give_ports_back(self) -> None:
        """Ends the claims on ports: called when their servers have stopped, or never will start."""
        ...


class PlanMaker(Protocol):
    """Makes a plan for a state directory and a database server."""

    def __call__(self, state: StateDirectory, database: DatabaseServer, *, sandbox: bool, port: int | None) -> NodePlan:
        """The plan; raises `StartError` if what it needs is not to be had."""
        ...


def up(state_dir: Path, *, sandbox: bool, out: TextIO, port: int | None = None, make_plan: PlanMaker = Plan) -> int:
    """Starts everything, says what to open, and runs until SIGINT, SIGTERM or SIGHUP; returns the exit code.

    0 after an orderly stop, or when it is already running (then it says where to open); 1 when the start failed:
    which step, why and what to do is written to `out`, and nothing is left running.
    """
    progress = TerminalProgress(out)
    progress.say("itaku を起動します。", f"Starting itaku in {state_dir}")
    supervisor: Supervisor | None = None
    with _stoppable() as asked:
        try:
            supervisor = start(state_dir, sandbox, progress, port=port, make_plan=make_plan)
            _say_what_to_open(state_dir, progress)
            while not asked:
                time.sleep(_LISTEN_S)
        except AlreadyRunningError:
            _say_already_running(state_dir, progress)
            return 0
        except StartError as error:
            _say_failure(error, progress)
            return 1
        except _StopAskedError:
            pass
        with _deaf():
            if supervisor is not None:
                progress.say("")
                with progress.step("停止", "stopping"):
                    supervisor.stop()
            progress.say("すべて止めました。データは残っています。", "All stopped. The data is kept.")
    return 0


def start(
    state_dir: Path,
    sandbox: bool,
    progress: Progress,
    *,
    port: int | None = None,
    auto_restart: bool = True,
    make_plan: PlanMaker = Plan,
) -> Supervisor:
    """Starts everything and returns when it serves. `Supervisor.stop` ends it and gives the state directory free.

    Raises `AlreadyRunningError`, or `StartError` after stopping what had been started.
    """
    undo = contextlib.ExitStack()
    try:
        return _start(state_dir.absolute(), sandbox, progress, port, auto_restart, make_plan, undo)
    except BaseException:
        undo.close()
        raise


def _start(
    state_dir: Path,
    sandbox: bool,
    progress: Progress,
    port: int | None,
    auto_restart: bool,
    make_plan: PlanMaker,
    undo: contextlib.ExitStack,
) -> Supervisor:
    """The steps of a start; what must be undone, now or at the stop, is put on `undo`."""
    state = StateDirectory(state_dir)
    undo.callback(state.release)
    database = database_of(state_dir)
    undo.callback(database.stop)
    with _step(progress, "データベース", "database"):
        database.start()
    if database.notice:
        progress.say("    場所を変えました。", f"moved, to be in the database's reach: {database.notice}")
    with _step(progress, "鍵・証明書・設定", "keys, certificates, settings"):
        plan = make_plan(state, database, sandbox=sandbox, port=port)
        undo.callback(plan.give_ports_back)
        processes = plan.processes()
    heartbeat = _set_sandbox_clock(state_dir, progress, undo) if sandbox else _nothing
    started_ms = SystemClock().now()

    def publish() -> None:
        settings = {process.name: str(process.settings) for process in processes}
        state.write_running(
            Running(os.getpid(), sandbox, started_ms, supervisor.pids(), settings, plan.pages, plan.notes)
        )

    supervisor = Supervisor(
        state.folder("log"), progress, database=database, changed=publish, heartbeat=heartbeat, after=undo.close
    )
    supervisor.auto_restart = auto_restart
    supervisor.start(
        [*_residents(plan, state_dir, sandbox=sandbox), *processes, *_contracts(plan, state_dir, sandbox=sandbox)]
    )
    return supervisor


def _nothing() -> None:
    """The heartbeat of an installation without a practice clock."""


def database_of(state_dir: Path) -> EmbeddedPostgres | ExternalPostgres:
    """The database server of a state directory, or the one that ITAKU_DATABASE_URL names."""
    folder = state_dir / "postgres"
    url = os.environ.get("ITAKU_DATABASE_URL")
    return ExternalPostgres(url, folder) if url else EmbeddedPostgres(folder, folder / "socket")


def _set_sandbox_clock(state_dir: Path, progress: Progress, undo: contextlib.ExitStack) -> Callable[[], None]:
    clock = SandboxClock(state_dir)
    undo.callback(clock.close)
    undo.callback(clock.remember)
    moved_to = clock.open_service()
    if moved_to is not None:
        progress.say(
            f"    いまは取扱時間外なので、練習用の時計を {moved_to:%Y年%m月%d日 %H:%M} に合わせました。",
            f"outside service hours: the practice clock shows {moved_to:%Y-%m-%d %H:%M} JST",
        )
    return clock.remember


def _residents(plan: NodePlan, state_dir: Path, *, sandbox: bool) -> list[Work]:
    """In the sandbox, the work for which some of the processes wait."""
    if not sandbox or plan.municipality_dsn is None:
        return []
    do = functools.partial(_load_residents, plan, plan.municipality_dsn, state_dir)
    return [Work(name=RESIDENTS, ja="架空の住民とカード", en="invented residents and cards", do=do)]


def _contracts(plan: NodePlan, state_dir: Path, *, sandbox: bool) -> list[Work]:
    """The work of keeping contracts, for which nobody waits."""
    if plan.contracts_dsn is None:
        return []
    do = functools.partial(_keep_contracts, plan.contracts_dsn, state_dir / CLOCK_FILE, sandbox)
    return [Work(name="contracts", ja="契約", en="contracts", do=do)]


def _load_residents(plan: NodePlan, dsn: str, state_dir: Path, say: Callable[[str], None]) -> None:
    """Invented residents and their practice cards: complete after each start, and left alone where they are."""
    asyncio.run(load(dsn, state_dir, say, plan.neighbour_dsn))
    with contextlib.closing(PracticeClock(state_dir / CLOCK_FILE)) as clock:
        plan.lay_out_cards(clock.now())


def _keep_contracts(dsn: str, clock_file: Path, sandbox: bool, say: Callable[[str], None]) -> None:
    """Makes the tables of kept contracts, and in the sandbox tells the demonstration contracts' lives."""

    async def tell() -> None:
        with contextlib.closing(PracticeClock(clock_file)) as clock:
            await load_contracts(dsn, clock, say)
            await load_works(dsn, clock, say)

    async def make_tables() -> None:
        pool = await open_pool(dsn, max_size=1)
        try:
            await prepare(pool)
        finally:
            await pool.close()

    asyncio.run(tell() if sandbox else make_tables())


@contextlib.contextmanager
def _step(progress: Progress, ja: str, en: str) -> Iterator[None]:
    """A step whose failure knows its name."""
    try:
        with progress.step(ja, en):
            yield
    except StartError as error:
        error.step = error.step or f"{ja} ({en})"
        raise


# --- what is said


def _say_what_to_open(state_dir: Path, progress: Progress) -> None:
    now = running(state_dir)
    assert now is not None, "we hold the directory and have just published"
    progress.say("")
    _say_pages(now.pages, progress)
    if now.sandbox and "desk" in now.pages:
        names = "、".join(NAMES_TO_TRY)
        progress.say(f"  机の練習の利用者: {names} など  パスワード {PASSWORD}", "desk accounts: see docs/desk.md")
    if not now.pages:
        progress.say("  サーバーだけを動かしています。", "Only the servers run; kiosks come with --sandbox.")
    progress.say("  止めるには Ctrl-C を押してください。", "Press Ctrl-C to stop.")


def _say_pages(pages: dict[str, Address], progress: Progress) -> None:
    # The kiosk first: k01 stands before shop-1.
    for page in (pages[name] for name in sorted(pages) if pages[name].for_people):
        progress.say(f"  {padded(page.ja, 18)} {padded(page.en, 18)} {page.url}")


def _say_already_running(state_dir: Path, progress: Progress) -> None:
    now = running(state_dir)
    if now is None:
        progress.say("別の itaku がいま起動中か停止中です。", "Another itaku is just starting or stopping here.")
        return
    progress.say("すでに動いています。次を開いてください。", "It is already running. Open:")
    _say_pages(now.pages, progress)


def _say_failure(error: StartError, progress: Progress) -> None:
    progress.say("")
    progress.say(
        "起動できませんでした。始めたものはすべて止めました。", "It could not be started; all of it is stopped again."
    )
    progress.say(f"  どこで  where: {error.step or '準備 (preparation)'}")
    progress.say(f"  なぜ    why:   {error.what}")
    if error.log_tail:
        progress.say("  記録の終わり  end of the log:")
        for line in error.log_tail.splitlines():
            progress.say(f"    | {line}")
    progress.say(f"  対処    what to do: {error.remedy_ja}")
    progress.say(f"          {error.remedy_en}")


# --- signals


@contextlib.contextmanager
def _stoppable() -> Iterator[list[int]]:
    """Within, SIGINT, SIGTERM and SIGHUP raise `_StopAskedError` (in the main thread, the only one that hears them).

    They also stand in the list that this gives: an error that is raised while a finalizer runs is lost, and with it a
    person's Ctrl-C.
    """
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        raise _StopAskedError

    with _handling(ask):
        yield asked


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Within, further signals are not heard: the stop under way is bounded in time."""
    with _handling(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def _handling(handler: Any) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sign: signal.signal(sign, handler) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for sign, former in before.items():
            signal.signal(sign, former)
