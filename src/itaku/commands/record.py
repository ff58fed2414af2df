"""`itaku record`: export a copy, verify one without any server, prove an entry."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import asyncpg
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from itaku.basis.errors import ItakuError
from itaku.commands.databases import CENTER, database
from itaku.desk.proof.checking import check as check_bundle
from itaku.desk.proof.checking import origin_in
from itaku.record.copy_format import origin_of
from itaku.record.errors import EntryUnknownError
from itaku.record.export import export as export_copy
from itaku.record.note import PublicKey
from itaku.record.proof import InclusionProof
from itaku.record.proof import prove as prove_entry
from itaku.record.verify import verify as verify_copy


class KeyUnfitError(ItakuError):
    """The file holds no key of a record."""

    code = "key_unfit"
    ja = "記録の公開鍵（Ed25519）ではありません。"
    en = "This is not the public key of a record (Ed25519)."


def verify(state: Path | None, path: Path | None, public_key: Path | None, of: str = CENTER) -> tuple[Any, str, bool]:
    """Verifies a copy, or a desk's bundle of proof (ZIP); without a path, a fresh copy of a record.

    Report, text, and whether all is well.
    """
    if path is not None and is_zipfile(path):
        bundle = check_bundle(path, _bundle_key_line(public_key, path))
        return bundle.as_json(), bundle.text(), bundle.ok
    if path is not None:
        report = verify_copy(path, _key_line(public_key, path))
    else:
        with tempfile.TemporaryDirectory(prefix="itaku-record-") as directory:
            copy = _export(state, of, Path(directory))
            report = verify_copy(copy, _key_line(public_key, copy))
    return report.as_json(), report.text(), report.ok


def _key_line(file: Path | None, copy: Path) -> str | None:
    """The record's key as one line, from a file that holds that line, or the published key in PEM.

    A PEM has no origin: the copy's own is taken, and a copy of another origin then fails by its signatures.
    """
    return None if file is None else _line_of(file, origin_of(copy))


def _bundle_key_line(file: Path | None, bundle: Path) -> str | None:
    """As `_key_line`, for a bundle of proof."""
    return None if file is None else _line_of(file, origin_in(bundle))


def _line_of(file: Path, origin: str | None) -> str:
    text = file.read_text(encoding="ascii").strip()
    if not text.startswith("-----BEGIN"):
        return text
    try:
        key = load_pem_public_key(text.encode())
    except ValueError as error:
        raise KeyUnfitError(str(file)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnfitError(str(file))
    return text if origin is None else PublicKey(origin, key.public_bytes_raw()).text()


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
