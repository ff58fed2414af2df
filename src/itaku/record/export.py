"""A copy of the record (写し) for an auditor: written from one snapshot, verified without any server of ours."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import asyncpg

from itaku.record.copy_format import FILE_NAME, Header, checkpoint_line, entry_line
from itaku.record.errors import ExportExistsError, RecordEmptyError

_PREFETCH = 2000


async def export(connection: asyncpg.Connection, directory: Path) -> Path:
    """Writes a copy of all numbered entries and checkpoints to `directory/record.ndjson`; gives the file's path.

    Entries that are pending are not in it yet. The file appears whole or not at all. Raises `ExportExistsError` if it
    is there already, `RecordEmptyError` if nothing was signed yet.
    """
    directory.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 a batch of its own, nobody waits beside it
    path = directory / FILE_NAME
    if path.exists():
        raise ExportExistsError(FILE_NAME)
    partial = directory / f"{FILE_NAME}.partial"
    try:
        with partial.open("wb") as file:
            await _write(connection, file)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


async def _write(connection: asyncpg.Connection, file: BinaryIO) -> None:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        key = await connection.fetchval("SELECT public_key FROM record_key")
        last = await connection.fetchrow("SELECT size, note FROM record_checkpoint ORDER BY number DESC LIMIT 1")
        if key is None or last is None:
            raise RecordEmptyError
        file.write(Header(key, last["note"]).line())
        entries = _lines(connection, last["size"])
        written = 0
        checkpoints = connection.cursor(
            "SELECT size, note FROM record_checkpoint ORDER BY number", prefetch=_PREFETCH, timeout=None
        )
        async for checkpoint in checkpoints:
            while written < checkpoint["size"]:
                file.write(await anext(entries))
                written += 1
            file.write(checkpoint_line(checkpoint["note"]))


async def _lines(connection: asyncpg.Connection, size: int) -> AsyncIterator[bytes]:
    """The entries' lines in order; what the table says is written as it is, the verifier judges it."""
    rows = connection.cursor(
        "SELECT seq, body, leaf_hash, chain_hash FROM record_entry WHERE seq < $1 ORDER BY seq",
        size,
        prefetch=_PREFETCH,
    )
    async for row in rows:
        yield entry_line(row["seq"], row["body"], row["leaf_hash"], row["chain_hash"])
