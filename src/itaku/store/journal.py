"""The edge journal: encrypted records on the machine's own disk that survive kill -9 and a power cut.

One SQLite file (WAL, synchronous FULL) with one writer thread that commits concurrent writes together. Neither the keys
nor the bodies of records are readable on the disk: the row's name is a keyed hash, its content AES-256-GCM.
"""

from __future__ import annotations

import asyncio
import hmac
import queue
import threading
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self

import apsw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from itaku.basis.randomness import Randomness, SystemRandomness
from itaku.store.device_key import KEY_BYTES, sync_directory
from itaku.store.errors import (
    DeviceKeyUnfitError,
    JournalBusyError,
    JournalClosedError,
    JournalDamagedError,
    JournalKeyWrongError,
    JournalUnwritableError,
)

_FORMAT = 1
_NONCE_BYTES = 12
_BATCH = 512
_IDLE_SECONDS = 0.2
_SCHEMA = """
CREATE TABLE journal_meta (format INTEGER NOT NULL, key_id BLOB NOT NULL);
CREATE TABLE journal_record (name BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
"""
_PUT = (
    "INSERT INTO journal_record(name, sealed) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed"
)
_DELETE = "DELETE FROM journal_record WHERE name = ?"


class _Sealer:
    """Seals records under keys derived from the device key; the key id and the row's name are bound into each seal."""

    def __init__(self, key: bytes, randomness: Randomness) -> None:
        if len(key) != KEY_BYTES:
            raise DeviceKeyUnfitError("not 32 bytes")
        self._aes = AESGCM(_derive(key, b"itaku journal seal"))
        self._name_key = _derive(key, b"itaku journal name")
        self.key_id = _derive(key, b"itaku journal key id")[:16]
        self._randomness = randomness

    def name(self, key: bytes) -> bytes:
        return hmac.digest(self._name_key, key, "sha256")

    def seal(self, key: bytes, body: bytes) -> bytes:
        nonce = self._randomness.token(_NONCE_BYTES)
        plain = len(key).to_bytes(4, "big") + key + body
        return nonce + self._aes.encrypt(nonce, plain, self.key_id + self.name(key))

    def open(self, name: bytes, sealed: bytes) -> tuple[bytes, bytes]:
        try:
            plain = self._aes.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self.key_id + name)
        except (InvalidTag, ValueError) as error:
            raise JournalDamagedError("a record does not open") from error
        end = 4 + int.from_bytes(plain[:4], "big")
        return plain[4:end], plain[end:]


class _Write:
    """One put or delete on its way to the disk, and the waiter to tell."""

    __slots__ = ("loop", "name", "sealed", "waiter")

    def __init__(self, name: bytes, sealed: bytes | None) -> None:
        self.name = name
        self.sealed = sealed
        self.loop = asyncio.get_running_loop()
        self.waiter: asyncio.Future[None] = self.loop.create_future()

    def tell(self, error: JournalUnwritableError | None) -> None:
        """Runs in the waiter's loop."""
        if self.waiter.done():
            return
        if error is None:
            self.waiter.set_result(None)
        else:
            self.waiter.set_exception(error)


class _Read(Future[dict[bytes, bytes]]):
    """A request for all records, answered in turn with the writes."""


class Journal:
    """Records by key, durable before they are acknowledged.

    `path` names the file (made if neither it nor its WAL exists; its directory must exist), `key` is the 32-byte device
    key. Raises `JournalKeyWrongError`, `JournalDamagedError`, `DeviceKeyUnfitError`, or `JournalBusyError` if another
    process has it open.
    """

    def __init__(self, path: Path, key: bytes, randomness: Randomness | None = None) -> None:
        self._sealer = _Sealer(key, randomness or SystemRandomness())
        if not path.exists():
            _create(path, self._sealer.key_id)
        self._connection = _open(path)
        try:
            _check(self._connection, self._sealer)
        except BaseException:
            self._connection.close()
            raise
        self._queue: queue.SimpleQueue[_Write | _Read | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._broken = False
        self._thread = threading.Thread(target=self._write_on, name=f"journal {path.name}", daemon=True)
        self._thread.start()

    async def put(self, key: bytes, body: bytes) -> None:
        """Writes the record, replacing one of the same key; returns only when it is durable.

        Raises `JournalUnwritableError`: then the record may or may not be found at the next opening.
        """
        await self._write(self._sealer.name(key), self._sealer.seal(key, body))

    async def delete(self, key: bytes) -> None:
        """Deletes the record if there is one; returns only when that is durable, else `JournalUnwritableError`."""
        await self._write(self._sealer.name(key), None)

    def all(self) -> dict[bytes, bytes]:
        """Every record that was put and not deleted, in no order; `JournalDamagedError` if one stays shut. Blocks."""
        read = _Read()
        self._submit(read)
        return read.result()

    def close(self) -> None:
        """Finishes the writes under way and closes the file. A second call does nothing."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _write(self, name: bytes, sealed: bytes | None) -> None:
        write = _Write(name, sealed)
        self._submit(write)
        await write.waiter

    def _submit(self, job: _Write | _Read) -> None:
        with self._gate:
            if self._closed:
                raise JournalClosedError
            self._queue.put(job)

    def _write_on(self) -> None:
        """The writer thread: takes what has gathered, commits it at once, tells the waiters."""
        residue = False
        job: _Write | _Read | None
        while True:
            try:
                job = self._queue.get(timeout=_IDLE_SECONDS if residue else None)
            except queue.Empty:
                residue = False
                self._drop_residue()
                continue
            batch: list[_Write] = []
            while isinstance(job, _Write):
                batch.append(job)
                residue = True
                if len(batch) >= _BATCH or self._queue.empty():
                    break
                job = self._queue.get()
            if batch:
                self._commit(batch)
            if isinstance(job, _Read):
                self._read(job)
            if job is None:
                return

    def _commit(self, batch: list[_Write]) -> None:
        error = JournalUnwritableError("an earlier write failed; open the journal again") if self._broken else None
        if error is None:
            try:
                self._write_down(batch)
            except apsw.FullError:
                error = JournalUnwritableError("the disk is full")
            except apsw.Error as failure:
                # After a failed fsync nobody knows what the disk holds: only a new opening reads that anew.
                self._broken = True
                error = JournalUnwritableError(type(failure).__name__)
        by_loop: dict[asyncio.AbstractEventLoop, list[_Write]] = {}
        for write in batch:
            by_loop.setdefault(write.loop, []).append(write)
        for loop, writes in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_tell_all, writes, error)

    def _write_down(self, batch: list[_Write]) -> None:
        """One transaction: COMMIT returns after the fsync of the WAL."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for write in batch:
                if write.sealed is None:
                    self._connection.execute(_DELETE, (write.name,))
                else:
                    self._connection.execute(_PUT, (write.name, write.sealed))
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:  # SQLite rolls back by itself when the disk is full
                self._connection.execute("ROLLBACK")

    def _read(self, read: _Read) -> None:
        try:
            read.set_result(_load(self._connection, self._sealer))
        except (JournalDamagedError, apsw.Error) as error:
            read.set_exception(
                error if isinstance(error, JournalDamagedError) else JournalDamagedError(type(error).__name__)
            )

    def _drop_residue(self) -> None:
        """When nothing is to do, moves the WAL into the file and cuts it, so that deleted records leave it too."""
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except apsw.Error:
            self._broken = True


def _tell_all(writes: list[_Write], error: JournalUnwritableError | None) -> None:
    for write in writes:
        write.tell(error)


def _derive(key: bytes, info: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(key)


def _create(path: Path, key_id: bytes) -> None:
    """Makes the file whole under another name first, so that an empty or half-made file at `path` is always damage."""
    if Path(f"{path}-wal").exists():
        raise JournalDamagedError("the file is gone, its WAL is there")
    fresh = Path(f"{path}.new")
    for leftover in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-journal")):
        leftover.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    connection = _open(fresh)
    try:
        with connection:
            connection.execute(_SCHEMA)
            connection.execute("INSERT INTO journal_meta(format, key_id) VALUES (?, ?)", (_FORMAT, key_id))
    finally:
        connection.close()
    fresh.rename(path)
    sync_directory(path.parent)


def _open(path: Path) -> apsw.Connection:
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    except apsw.Error as error:
        raise JournalDamagedError(type(error).__name__) from error
    try:
        # EXCLUSIVE: one process, and no shared-memory file beside the journal.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchall()[0][0]
        connection.execute("PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF")
        connection.execute("BEGIN IMMEDIATE; COMMIT")
    except apsw.BusyError as error:
        connection.close()
        raise JournalBusyError from error
    except apsw.Error as error:
        connection.close()
        raise JournalDamagedError(type(error).__name__) from error
    if mode != "wal":
        connection.close()
        raise JournalDamagedError(f"journal_mode {mode}")
    return connection


def _check(connection: apsw.Connection, sealer: _Sealer) -> None:
    """Reads everything once: pages, index, key id, every seal."""
    try:
        found = connection.execute("PRAGMA integrity_check").fetchall()
        meta = connection.execute("SELECT format, key_id FROM journal_meta").fetchall()
    except apsw.Error as error:
        raise JournalDamagedError(type(error).__name__) from error
    if found != [("ok",)] or len(meta) != 1 or meta[0][0] != _FORMAT:
        raise JournalDamagedError("the file's structure is damaged")
    if meta[0][1] != sealer.key_id:
        raise JournalKeyWrongError
    try:
        _load(connection, sealer)
    except apsw.Error as error:
        raise JournalDamagedError(type(error).__name__) from error


def _load(connection: apsw.Connection, sealer: _Sealer) -> dict[bytes, bytes]:
    rows = connection.execute("SELECT name, sealed FROM journal_record")
    records: dict[bytes, bytes] = {}
    for name, sealed in rows:
        if not isinstance(name, bytes) or not isinstance(sealed, bytes):
            raise JournalDamagedError("a row of another type")
        key, body = sealer.open(name, sealed)
        records[key] = body
    return records
