"""Starting a child that cannot outlive the supervisor: parent-death signal, session of its own, another user if asked.

The signal is Linux's PR_SET_PDEATHSIG, set by util-linux' `setpriv`, which then becomes the program itself (same
process id). Linux sends it when the *thread* that made the child ends, so all children are made by one thread that
lives as long as the process, whoever asks for them.
"""

from __future__ import annotations

import concurrent.futures
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from itaku.supervisor.failures import StartError


class Identity(NamedTuple):
    """The system user that a child runs as."""

    uid: int
    gid: int


class _Spawner:
    """The one thread that makes children."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._asked: queue.SimpleQueue[
            tuple[Callable[[], subprocess.Popen[bytes]], concurrent.futures.Future[subprocess.Popen[bytes]]]
        ] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="itaku-spawner", daemon=True).start()

    def _work(self) -> None:
        while True:
            make, answer = self._asked.get()
            try:
                answer.set_result(make())
            except BaseException as error:  # noqa: BLE001 whatever it is belongs to the one who asked
                answer.set_exception(error)

    def __call__(self, make: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        answer: concurrent.futures.Future[subprocess.Popen[bytes]] = concurrent.futures.Future()
        self._asked.put((make, answer))
        return answer.result()


_one_spawner: list[_Spawner] = []
_making = threading.Lock()


def _spawner() -> _Spawner:
    with _making:
        if not _one_spawner or _one_spawner[0].pid != os.getpid():  # a forked copy has no such thread
            _one_spawner[:] = [_Spawner()]
        return _one_spawner[0]


def _launcher(identity: Identity | None, death_signal: signal.Signals) -> list[str]:
    setpriv = shutil.which("setpriv", path=os.environ.get("PATH", os.defpath) + ":/usr/bin:/bin")
    if setpriv is None:
        raise StartError(
            "the program setpriv was not found",
            remedy_ja="util-linux を入れてください(apt-get install util-linux)。",
            remedy_en="Install util-linux (apt-get install util-linux).",
        )
    argv = [setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG")]
    if identity is not None:
        argv += ["--reuid", str(identity.uid), "--regid", str(identity.gid), "--clear-groups"]
        argv += ["--inh-caps=-all", "--no-new-privs"]
    return [*argv, "--"]


def spawn(
    argv: Sequence[str],
    *,
    log: IO[bytes] | int,
    env: Mapping[str, str],
    cwd: Path,
    identity: Identity | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts a child in a session of its own, its output going to `log`; `death_signal` reaches it when we die.

    `identity` drops root for good (no capabilities, no new privileges). Raises `StartError` without `setpriv` and
    `OSError` if the program cannot be executed by us.
    """
    command = [*_launcher(identity, death_signal), *argv]

    def make() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 the programs are the supervisor's own list
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )

    return _spawner()(make)


def run_as(
    argv: Sequence[str], *, identity: Identity | None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a short program as `identity` to its end, capturing what it says."""
    child_env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"} if env is None else dict(env)
    return subprocess.run(  # noqa: S603 the programs are the supervisor's own list
        [*_launcher(identity, signal.SIGKILL), *argv],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=child_env,
    )
