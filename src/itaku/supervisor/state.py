"""The state directory: who holds it, which ports it uses, what runs in it, and the sandbox's clock."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import socket
from pathlib import Path
from typing import IO

import msgspec

from itaku.basis.clock import JST, Clock, InstantMs, PracticeClock, SystemClock, to_instant, to_jst
from itaku.supervisor.account import private_directory, short_hash
from itaku.supervisor.failures import AlreadyRunningError, StartError
from itaku.supervisor.keyfiles import write_whole

CLOCK_FILE = "clock"
"""The practice clock that the sandbox's processes share, within the state directory."""

FIRST_PORT = 18_400
"""Nodes take ports from here on: below the range (32768 and up) from which Linux gives ports to connections."""

LAST_PORT = 18_999

OPENS = dt.time(6, 30)
CLOSES = dt.time(23, 0)
_CLOSED_DAYS = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})


class Address(msgspec.Struct, frozen=True):
    """Something a person can open: what it is, in Japanese and English, and where."""

    ja: str
    en: str
    url: str
    for_people: bool = True
    """Whether it is printed as something to open; the others are there for programs."""


class Running(msgspec.Struct, frozen=True):
    """What is up in a state directory: enough for other commands to find the nodes. Holds no secret."""

    supervisor_pid: int
    sandbox: bool
    started_ms: int
    pids: dict[str, int]
    """Process id of each node; absent while it restarts."""
    settings: dict[str, str]
    """Path of each node's settings file."""
    pages: dict[str, Address]
    """Addresses for a browser, by node."""
    notes: dict[str, str] = {}
    """Further facts by name: where the stands' sockets and trays are."""


def state_directory(named: Path | None) -> Path:
    """The state directory: the one named, else that of ITAKU_STATE, else `var` in the current directory."""
    return (named or Path(os.environ.get("ITAKU_STATE") or "var")).absolute()


class StateDirectory:
    """A state directory held by this process alone, until `release`.

    Raises `AlreadyRunningError` if another process holds it. Mode 0711 for root, so that the database's user can pass
    to its own part and see nothing else; 0700 for an ordinary user.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self._lock = _locked(path / "lock")
            (path / "running.json").unlink(missing_ok=True)  # of a supervisor that was killed
        except OSError as error:
            raise StartError(
                f"the state directory {path} cannot be used: {error.strerror or error}",
                remedy_ja="書き込める場所を --state で指定してください。",
                remedy_en="Choose a place that can be written with --state.",
            ) from error

    def folder(self, name: str) -> Path:
        """A 0700 directory within."""
        made = self.path / name
        made.mkdir(mode=0o700, exist_ok=True)
        return made

    def write_running(self, running: Running) -> None:
        """Publishes what is up."""
        write_whole(self.path / "running.json", msgspec.json.format(msgspec.json.encode(running), indent=2), 0o600)

    def release(self) -> None:
        """Withdraws what was published and lets another process have the directory."""
        (self.path / "running.json").unlink(missing_ok=True)
        self._lock.close()


def running(state: Path) -> Running | None:
    """What is up in a state directory; `None` if nothing is (also when its supervisor was killed)."""
    with contextlib.suppress(AlreadyRunningError):
        try:
            _locked(state / "lock", create=False).close()
        except OSError:
            return None
        return None
    try:
        return msgspec.json.decode((state / "running.json").read_bytes(), type=Running)
    except (OSError, msgspec.DecodeError):
        return None  # it is starting, or stopping


def _locked(path: Path, *, create: bool = True) -> IO[bytes]:
    # 0600: whoever could open it could also hold it.
    lock = os.fdopen(os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600), "r+b")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise AlreadyRunningError(str(path.parent)) from error
    return lock


def short_socket_folder(state: Path) -> Path:
    """A 0700 directory for unix sockets: within the state directory, or elsewhere if its path is too long for them.

    Raises `StartError` if neither can be had.
    """
    name = short_hash(state)
    wishes = [state / "run", Path("/run/itaku") / name, Path(f"/tmp/itaku-{os.geteuid()}-{name}")]  # noqa: S108 owner and kind are checked
    for folder in wishes:
        if len(os.fsencode(folder)) <= 80 and private_directory(folder, None):
            return folder
    raise StartError(
        f"no place for sockets: tried {', '.join(map(str, wishes))}",
        remedy_ja="短い場所を --state で指定してください。",
        remedy_en="Choose a shorter place with --state.",
    )


class Ports:
    """Ports on loopback: the same at every start while they are free, each given once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._kept = msgspec.json.decode(file.read_bytes(), type=dict[str, int])
        except (OSError, msgspec.DecodeError):
            self._kept = {}
        self._given: dict[int, socket.socket] = {}

    def take(self, name: str, preferred: int | None = None, *, exactly: int | None = None) -> int:
        """A free port for `name`: `exactly` the one asked for, else the one it had, else `preferred`, else any.

        Raises `StartError` if the one asked for is taken, or none is free.
        """
        if exactly is not None:
            if not self._claim(exactly):
                raise StartError(
                    f"port {exactly} is taken by another program",
                    remedy_ja="--port に別の番号を指定してください。",
                    remedy_en="Choose another number with --port.",
                )
            return self._keep(name, exactly)
        wishes = [self._kept.get(name), preferred, *range(FIRST_PORT, LAST_PORT + 1)]
        others = {port for other, port in self._kept.items() if other != name}
        for port in wishes:
            if port is not None and port not in others and self._claim(port):
                return self._keep(name, port)
        raise StartError(
            f"no free port between {FIRST_PORT} and {LAST_PORT}",
            remedy_ja="ほかのプログラムを止めてください。",
            remedy_en="Stop other programs.",
        )

    def _claim(self, port: int) -> bool:
        """Takes the port if it is free, so that two that start at once never take the same one.

        Its server listens only later; until then a name that only one process of the machine can hold, and that goes
        with the process, stands for it.
        """
        if port in self._given:
            return False
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0itaku-port-{port}")
        except OSError:
            claim.close()
            return False
        if not is_free(port):
            claim.close()
            return False
        self._given[port] = claim
        return True

    def close(self) -> None:
        """Gives the claims back: the ports are their servers' own, or free."""
        for claim in self._given.values():
            claim.close()
        self._given.clear()

    __del__ = close

    def _keep(self, name: str, port: int) -> int:
        if self._kept.get(name) != port:
            self._kept[name] = port
            write_whole(self._file, msgspec.json.encode(self._kept), 0o600)
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the nodes do: TIME_WAIT is no obstacle
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def in_service(moment: dt.datetime) -> bool:
    """Whether certificates are issued at that moment in Japan: 06:30-23:00, not from 29 December to 3 January."""
    return (moment.month, moment.day) not in _CLOSED_DAYS and OPENS <= moment.time() < CLOSES


def next_practice_morning(instant: InstantMs) -> InstantMs:
    """The first 10:00 on a service day that is not before `instant`."""
    day = to_jst(instant).date()
    while True:
        morning = dt.datetime.combine(day, dt.time(10), JST)
        if in_service(morning) and to_instant(morning) >= instant:
            return to_instant(morning)
        day += dt.timedelta(days=1)


class SandboxClock:
    """The clock that the sandbox's processes share, set at each start so that the service is open.

    Sandbox time is real time whenever it can be. It never runs backwards over a restart: entries and deadlines of
    the earlier run would otherwise lie in the future.
    """

    def __init__(self, folder: Path, machine: Clock | None = None) -> None:
        self.file = folder / CLOCK_FILE
        self._seen = folder / "clock-seen"
        self._machine = machine or SystemClock()
        self._clock = PracticeClock(self.file)

    def open_service(self) -> dt.datetime | None:
        """Sets the offset; returns the sandbox's date and time if it differs from real time, else `None`."""
        now, seen = self._machine.now(), self._last_seen()
        kept = InstantMs(now + self._clock.offset_ms)
        if in_service(to_jst(now)) and now >= seen:
            self._clock.move(0)
            return None
        if not (in_service(to_jst(kept)) and kept >= seen):
            target = next_practice_morning(max(now, seen))
            self._clock.move(target - now)
        return to_jst(InstantMs(now + self._clock.offset_ms))

    def remember(self) -> None:
        """Notes the present sandbox time, so that the next start does not go behind it."""
        now = InstantMs(self._machine.now() + self._clock.offset_ms)
        if now > self._last_seen():
            write_whole(self._seen, str(now).encode(), 0o600)

    def close(self) -> None:
        """Lets go of the shared file."""
        self._clock.close()

    def _last_seen(self) -> InstantMs:
        try:
            return InstantMs(int(self._seen.read_bytes()))
        except (OSError, ValueError):
            return InstantMs(0)
