"""Reaches a node's database for a command: of what runs, or of what lies there from the last run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from itaku.basis.clock import InstantMs, now_by
from itaku.basis.errors import ItakuError, Temper
from itaku.contracts.keeping.settings import FILE_NAME, KeptSettings, read_kept_settings
from itaku.supervisor.state import CLOCK_FILE, running, state_directory
from itaku.supervisor.up import database_of

CENTER = "center"


class NothingHereError(ItakuError):
    """The state directory holds no such node."""

    code = "nothing_here"
    ja = "ここにはまだ何もありません。先に `itaku up --sandbox` か `itaku issue` を実行してください。"
    en = "There is nothing here yet. Run `itaku up --sandbox` or `itaku issue` first."


class NothingRunsError(ItakuError):
    """No product runs in the state directory, so nobody keeps contracts there."""

    code = "nothing_runs"
    temper = Temper.RETRYABLE
    ja = "いま何も動いていません。`itaku up --sandbox` を実行するか、--events か --dsn を付けてください。"
    en = "Nothing runs here. Run `itaku up --sandbox`, or name --events or --dsn."


def kept_contracts(state: Path | None) -> KeptSettings:
    """Where the running product keeps its contracts. Raises `NothingRunsError`."""
    directory = state_directory(state)
    if running(directory) is None:
        raise NothingRunsError(str(directory))
    try:
        return read_kept_settings(directory / "settings" / FILE_NAME)
    except (OSError, msgspec.MsgspecError) as error:
        raise NothingRunsError(str(directory)) from error


def now_in(state: Path | None) -> InstantMs:
    """The present instant in a state directory: the sandbox's, where it has a clock of its own."""
    return now_by(state_directory(state) / CLOCK_FILE)


@contextmanager
def database(state: Path | None, of: str) -> Iterator[str]:
    """The address of the database of `center`, of `contracts`, or of a municipality such as `m991015`.

    Where nothing runs, the database server alone is started, and stopped afterwards.
    """
    directory = state_directory(state)
    settings = directory / "settings" / f"{'center-1' if of == CENTER else of}.toml"
    if not settings.is_file():
        raise NothingHereError(str(directory))
    dsn = str(tomllib.loads(settings.read_text(encoding="utf-8")).get("dsn", ""))
    if not dsn:
        raise NothingHereError(of)
    if running(directory) is not None:
        yield dsn
        return
    server = database_of(directory)
    server.start()
    try:
        yield dsn
    finally:
        server.stop()
