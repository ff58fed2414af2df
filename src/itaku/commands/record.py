"""`itaku record`: export a copy, verify one without any server, prove an entry."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from itaku.commands.databases import CENTER, database
from itaku.record.errors import EntryUnknownError
from itaku.record.export import export as export_copy
from itaku.record.proof import InclusionProof
from itaku.record.proof import prove as prove_entry
from itaku.record.verify import verify as verify_copy


def verify(state: Path | None, path: Path | None, public_key: Path | None) -> tuple[Any, str, bool]:
    """Verifies a copy; without a path, a fresh copy of the center's record. Report, text, and whether all is well."""
    key = None if public_key is None else public_key.read_text(encoding="ascii").strip()
    if path is not None:
        report = verify_copy(path, key)
    else:
        with tempfile.TemporaryDirectory(prefix="itaku-record-") as directory:
            _export(state, CENTER, Path(directory))
            report = verify_copy(Path(directory), key)
    return report.as_json(), report.text(), report.ok


def export(state: Path | None, of: str, directory: Path) -> tuple[Any, str]:
    """Writes a copy that anyone can verify."""
    file = _export(state, of, directory)
    return {"file": str(file), "record": of}, f"{file}"


def prove(state: Path | None, of: str, entry: str) -> tuple[Any, str]:
    """Proves that an entry is in the record."""
    number: bytes | int
    try:
        number = int(entry) if entry.isdecimal() and len(entry) < 20 else bytes.fromhex(entry)
    except ValueError as error:
        raise EntryUnknownError(entry[:40]) from error
    with database(state, of) as dsn:
        proof: InclusionProof = asyncio.run(_with(dsn, lambda connection: prove_entry(connection, number)))
    return msgspec.to_builtins(proof), proof.to_json().decode()


def _export(state: Path | None, of: str, directory: Path) -> Path:
    with database(state, of) as dsn:
        file: Path = asyncio.run(_with(dsn, lambda connection: export_copy(connection, directory)))
    return file


async def _with(dsn: str, work: Any) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await work(connection)
    finally:
        await connection.close()
