"""What a bench has of its own (使い捨ての場所): a directory and a PostgreSQL, gone when it ends."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from itaku.supervisor.postgres import EmbeddedPostgres


class Database(NamedTuple):
    """An empty database, and the process of its server."""

    dsn: str
    pid: int


@contextmanager
def own_directory() -> Iterator[Path]:
    """A directory that the account of the database's server may enter."""
    with tempfile.TemporaryDirectory(prefix="itaku-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        yield directory


@contextmanager
def own_database(directory: Path) -> Iterator[Database]:
    """A server of one's own in the directory, stopped afterwards."""
    server = EmbeddedPostgres(directory, directory / "socket")
    server.start()
    try:
        assert server.pid is not None, "it was just started"
        yield Database(server.ensure_database("bench", "bench"), server.pid)
    finally:
        server.stop()
