"""One node's process: what it is (as data), and its life from start over readiness to its end."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from itaku.store.ready import READY_VARIABLE
from itaku.supervisor.failures import StartError, tail
from itaku.supervisor.spawning import spawn

_LOG_BYTES = 10_000_000


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """What to run, and which others must serve before it starts; stopping goes the other way round."""

    name: str
    ja: str
    en: str
    argv: tuple[str, ...]
    settings: Path | None = None
    """Its settings file, for those who look for it in `running.json`."""
    ready_within_s: float = 120.0
    """A node that is not ready by then has failed to start."""
    needs: tuple[str, ...] = ()
    """Names of the steps that must be over before it starts: processes that serve, and work that is done."""
    environment: dict[str, str] = {}
    """What it finds in its environment beside our own."""


def module(name: str, settings: Path) -> tuple[str, ...]:
    """The command of a node: `python -m name settings`, by the interpreter that we run under."""
    return (sys.executable, "-m", name, str(settings))


def without(processes: Sequence[Process], names: Collection[str]) -> list[Process]:
    """The processes less those named; the others wait for these no longer."""
    return [
        msgspec.structs.replace(process, needs=tuple(need for need in process.needs if need not in names))
        for process in processes
        if process.name not in names
    ]


class Child:
    """The running process of a node. Not thread-safe; the supervisor's lock guards it."""

    def __init__(self, process: Process, log_folder: Path) -> None:
        self.process = process
        self.log_file = log_folder / f"{process.name}.log"
        self.ready = False
        self.begun_s = 0.0
        self.stop_wanted = False
        self._popen: subprocess.Popen[bytes] | None = None
        self._ready_pipe: int | None = None
        self._log_since = 0

    def start(self) -> None:
        """Starts the process and returns at once; `poll_ready` tells when it serves."""
        assert not self.alive()
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_BYTES:
            self.log_file.rename(self.log_file.with_suffix(".log.1"))
        self.ready, self.begun_s, self.stop_wanted = False, time.monotonic(), False
        self._close_pipe()
        self._ready_pipe, theirs = os.pipe()
        try:
            with self.log_file.open("ab") as log:
                self.log_file.chmod(0o600)
                self._log_since = log.tell()
                env = _environment(theirs) | self.process.environment
                self._popen = spawn(self.process.argv, log=log, env=env, cwd=Path("/"), pass_fds=(theirs,))
        finally:
            os.close(theirs)

    def poll_ready(self) -> bool:
        """Whether it serves. Raises `StartError` if it ended, or takes too long."""
        if self.ready:
            return True
        if self._ready_pipe is not None and select.select([self._ready_pipe], [], [], 0)[0]:
            said = os.read(self._ready_pipe, 64)
            self._close_pipe()
            self.ready = said.startswith(b"ready")
        if not self.ready and not self.alive():
            raise self.failure(f"{self.process.name} {self.ending()} before it was ready")
        if not self.ready and time.monotonic() - self.begun_s > self.process.ready_within_s:
            raise self.failure(f"{self.process.name} was not ready within {self.process.ready_within_s:.0f} s")
        return self.ready

    def alive(self) -> bool:
        """Whether the process runs (a frozen one does)."""
        return self._popen is not None and self._popen.returncode is None and not self._has_ended(self._popen)

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._popen.pid if self._popen is not None and self.alive() else None

    def signal(self, sign: signal.Signals) -> None:
        """Sends it a signal if it runs."""
        if self._popen is not None and self.alive():
            self._popen.send_signal(sign)

    def ask_to_end(self) -> None:
        """Asks it, once, to end (SIGTERM) and returns; `stop` waits for it."""
        if not self.stop_wanted:
            self.stop_wanted = True
            self.signal(signal.SIGTERM)
            self.signal(signal.SIGCONT)  # a frozen process hears nothing

    def stop(self, patience_s: float = 4.0) -> None:
        """Asks it to end, ends it if it does not, with all that it started. Harmless if it is gone."""
        self.ask_to_end()
        self._close_pipe()
        until = time.monotonic() + patience_s
        while self.alive() and time.monotonic() < until:
            time.sleep(0.01)
        self.reap()

    def reap(self) -> None:
        """Ends the whole process group, then buries the process.

        In this order: while the dead leader is unburied its number cannot belong to anybody else.
        """
        if self._popen is None or self._popen.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def ending(self) -> str:
        """How it ended, in words."""
        if self._popen is None:
            return "was not started"
        self.reap()
        code = self._popen.returncode
        return f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    def log_tail(self) -> str:
        """The last lines that it wrote since its latest start."""
        return tail(self.log_file, since=self._log_since)

    def failure(self, what: str) -> StartError:
        """What to tell about this process: `what`, the end of its log, and where to look."""
        return StartError(
            what,
            remedy_ja=f"上の記録の最後の行を確かめてください。全文: {self.log_file}",
            remedy_en=f"See the last lines of its log above; all of it: {self.log_file}",
            log_tail=self.log_tail(),
            log_file=self.log_file,
        )

    def _close_pipe(self) -> None:
        if self._ready_pipe is not None:
            os.close(self._ready_pipe)
            self._ready_pipe = None

    @staticmethod
    def _has_ended(popen: subprocess.Popen[bytes]) -> bool:
        """Whether it has ended, without burying it (see `reap`)."""
        try:
            ended = os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True
        return ended is not None


def _environment(ready: int) -> dict[str, str]:
    """Our own surroundings, less what only the supervisor may know."""
    hidden = {"ITAKU_DATABASE_URL", READY_VARIABLE}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, READY_VARIABLE: str(ready), "PYTHONUNBUFFERED": "1"}
