"""Keeps processes running: starts each when what it needs is there, restarts what dies, stops in reverse order."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from itaku.supervisor.failures import StartError
from itaku.supervisor.processes import Child, Process
from itaku.supervisor.progress import Progress
from itaku.supervisor.starting import Poll, Step, Work, WorkUnderWay, start_in_waves

_LOOK_S = 0.1
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_PATIENCE_S = 4.0
"""How long one node may take to end by itself; requests under way end within two seconds."""

_STOP_S = 12.0
"""How long all nodes together may take; then each gets a moment only."""

_STEADY_S = 10.0
"""A node that has run this long is steady: after its next death it is started again without delay."""


class Database(Protocol):
    """The database server, embedded or somebody else's."""

    def start(self) -> None:
        """Starts it, or checks that it answers."""
        ...

    def stop(self) -> None:
        """Stops it if it is ours."""
        ...

    def running(self) -> bool:
        """Whether it runs, as far as we can know without asking it."""
        ...


class Supervisor:
    """Processes under watch. `start` and `stop` are called once each; the rest from any thread.

    `changed` is called whenever process ids change, `heartbeat` every five seconds, `after` when all has stopped.
    `auto_restart` may be switched at any time.
    """

    def __init__(
        self,
        log_folder: Path,
        progress: Progress,
        *,
        database: Database | None = None,
        changed: Callable[[], None] = lambda: None,
        heartbeat: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self.auto_restart = True
        self._log_folder = log_folder
        self._progress = progress
        self._database = database
        self._changed = changed
        self._heartbeat = heartbeat
        self._after = after
        self._children: dict[str, Child] = {}
        self._works: list[WorkUnderWay] = []
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._pauses: dict[str, float] = {}
        self._due_s: dict[str, float] = {}
        self._announce: set[str] = set()
        self._watcher: threading.Thread | None = None

    # --- start and stop

    def start(self, steps: Sequence[Step]) -> None:
        """Starts all, each when what it needs is there, and does the work among them; then watches over the processes.

        Raises `StartError`, naming the step, after stopping everything that it had started.
        """
        try:
            start_in_waves(steps, self._begin, self._progress)
        except BaseException:
            self.stop()
            raise
        for work in self._works:
            for line in work.said:
                self._progress.say(f"    {line}")
        self._changed()
        self._watcher = threading.Thread(target=self._watch, name="itaku-watch", daemon=True)
        self._watcher.start()

    def _begin(self, step: Step) -> Poll:
        if isinstance(step, Work):
            self._works.append(WorkUnderWay(step))
            return self._works[-1].over
        return self._start_one(step)

    def _start_one(self, process: Process) -> Poll:
        child = Child(process, self._log_folder)
        with self._lock:
            assert process.name not in self._children
            self._children[process.name] = child
            child.start()
        return child.poll_ready

    def stop(self) -> None:
        """Stops all, none before those that need it, then the database. Harmless at a second call."""
        self._over.set()
        watcher = self._watcher
        if watcher is not None and watcher is not threading.current_thread():
            watcher.join()
        with self._lock:
            until = time.monotonic() + _STOP_S
            for wave in self._stopping():
                for child in wave:
                    child.ask_to_end()
                for child in wave:
                    child.stop(min(_PATIENCE_S, max(0.2, until - time.monotonic())))
            if self._database is not None:
                self._database.stop()
        for work in self._works:  # what a failed start left unfinished ends for want of the database
            work.wait(_STOP_S)
        self._after()

    def _stopping(self) -> Iterator[list[Child]]:
        """The processes in waves, the last started first: each when all that need it have stopped."""
        left = list(reversed(self._children.values()))
        while left:
            needed = {need for child in left for need in child.process.needs}
            yield (wave := [child for child in left if child.process.name not in needed])
            left = [child for child in left if child not in wave]

    # --- what others ask and do

    def names(self) -> tuple[str, ...]:
        """The processes, in the order of their start."""
        return tuple(self._children)

    def pids(self) -> dict[str, int]:
        """The process ids of what runs now."""
        with self._lock:
            return {name: child.pid for name, child in self._children.items() if child.pid is not None}

    def alive(self, name: str) -> bool:
        """Whether that process runs."""
        with self._lock:
            return self._children[name].alive()

    def log_file(self, name: str) -> Path:
        """Where that process writes."""
        return self._children[name].log_file

    def kill9(self, name: str) -> None:
        """Ends that process as a power cut would; it comes back by itself if `auto_restart` is on.

        Returns when it is gone; `wait_ready` returns when it serves again.
        """
        with self._lock:
            child = self._children[name]
            child.signal(signal.SIGKILL)
            while child.alive():
                time.sleep(0.005)
            child.ready = False

    def freeze(self, name: str) -> None:
        """Stops that process where it is; its connections stay open and unanswered."""
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Lets a frozen process go on."""
        self._signal(name, signal.SIGCONT)

    def end(self, name: str) -> None:
        """Stops one process in order; it stays down until `restart`."""
        with self._lock:
            self._children[name].stop()
        self._changed()

    def restart(self, name: str) -> None:
        """Stops that process in order if it runs, starts it, and returns when it serves; `StartError` if it fails."""
        with self._lock:
            child = self._children[name]
            child.stop()
            self._due_s.pop(name, None)
            child.start()
        self.wait_ready(name)
        self._changed()

    def wait_ready(self, name: str) -> None:
        """Returns when that process serves, also through restarts; `StartError` if it is down, or takes too long."""
        begun = time.monotonic()
        while True:
            with self._lock:
                child = self._children[name]
                coming_back = self.auto_restart and not child.stop_wanted and not self._over.is_set()
                late = time.monotonic() - begun > child.process.ready_within_s
                try:
                    if child.poll_ready() and child.alive():
                        return
                except StartError:
                    if late or not coming_back:
                        raise
                if late or not (child.alive() or coming_back):
                    raise child.failure(f"{name} {child.ending()}")
            time.sleep(0.02)

    def _signal(self, name: str, sign: signal.Signals) -> None:
        with self._lock:
            self._children[name].signal(sign)

    # --- the watch

    def _watch(self) -> None:
        beats = 0
        while not self._over.wait(_LOOK_S):
            beats += 1
            if beats % 50 == 0:
                self._heartbeat()
            if self._database is not None and not self._database.running() and self.auto_restart:
                self._restart_database(self._database)
            for name in self.names():
                with self._lock:
                    if not self._over.is_set():
                        self._look_after(name)

    def _look_after(self, name: str) -> None:
        child = self._children[name]
        if child.alive():
            self._greet(name, child)
        elif child.stop_wanted or not self.auto_restart:
            child.reap()
        elif name not in self._due_s:
            steady = time.monotonic() - child.begun_s > _STEADY_S
            pause = _FIRST_PAUSE_S if steady else self._pauses.get(name, _FIRST_PAUSE_S)
            self._pauses[name] = min(pause * 2, _LONGEST_PAUSE_S)
            self._due_s[name] = time.monotonic() + pause
            ending = child.ending()
            self._progress.say(f"! {name} が止まりました。起動し直します。", f"{name} {ending}; restarting it.")
            self._changed()
        elif time.monotonic() >= self._due_s[name]:
            del self._due_s[name]
            self._announce.add(name)
            child.start()
            self._changed()

    def _greet(self, name: str, child: Child) -> None:
        """Says once that a restarted node serves again; a node that does not get ready is ended and tried again."""
        if name not in self._announce:
            return
        try:
            if child.poll_ready():
                self._announce.discard(name)
                self._progress.say(f"✓ {name} が動き出しました。", f"{name} is running again.")
        except StartError:
            if child.alive():
                child.signal(signal.SIGKILL)

    def _restart_database(self, database: Database) -> None:
        self._progress.say("! データベースが止まりました。起動し直します。", "The database ended; restarting it.")
        try:
            database.start()
        except StartError as error:
            self._progress.say("! データベースを起動できません。", f"The database does not start: {error.what}")
            self._over.wait(_LONGEST_PAUSE_S)
        else:
            self._progress.say("✓ データベースが動き出しました。", "The database is running again.")
