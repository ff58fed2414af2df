"""Taking a register file in (レジデータの取込み): each row once; the same file, the same answer."""

from __future__ import annotations

import hashlib
from typing import Any

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen, yen_text
from itaku.settlement.register_files import (
    FAULT_TEXT,
    REASON_TEXT,
    FileFault,
    ListedRow,
    ReadFile,
    Reason,
    RegisterRow,
    read_register_file,
)
from itaku.settlement.views import KIND_NO, Movement

_LOCK = int.from_bytes(b"itakureg", "big", signed=True)
"""One file at a time: two files with the same row must not both take it for new."""


class TakenFile(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file. `accepted` and `listed` together are the rows that it had."""

    sha256: str
    name: str
    encoding: str
    rows: int
    accepted: int
    listed: tuple[ListedRow, ...]
    faults: tuple[FileFault, ...]
    sales_yen: Yen
    refunds_yen: Yen
    again: bool = False
    """The very same file was taken in before: nothing was done."""

    @property
    def clean(self) -> bool:
        """Whether every row was accepted and the file is whole."""
        return not self.listed and not self.faults


async def take_register_file(
    connection: asyncpg.Connection, data: bytes, name: str, municipalities: frozenset[str], now: InstantMs
) -> TakenFile:
    """Takes a file in, in one transaction. Raises `RegisterFileUnreadableError`; then nothing was taken in.

    A row that an earlier file brought is listed: as a duplicate if it says the same, as a contradiction if not. A row
    of a day that is closed is accepted and waits for the next day to be closed.
    """
    sha256 = hashlib.sha256(data).digest()
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        if await connection.fetchval("SELECT 1 FROM register_file WHERE sha256 = $1", sha256):
            return msgspec.structs.replace(await taken_file(connection, sha256), again=True)
        read = await _against_known(connection, read_register_file(data, municipalities, now))
        await _put(connection, sha256, name, read, now)
        return await taken_file(connection, sha256)


async def taken_file(connection: asyncpg.Connection, sha256: bytes) -> TakenFile:
    """What became of a file that was taken in, by the digest of its bytes."""
    row = await connection.fetchrow("SELECT * FROM register_file WHERE sha256 = $1", sha256)
    assert row is not None, "the file was taken in"
    sums = await connection.fetch(
        "SELECT movement, sum(fee_yen)::bigint AS yen FROM register_row WHERE sha256 = $1 GROUP BY movement", sha256
    )
    yen = {Movement(each["movement"]): Yen(each["yen"]) for each in sums}
    listed = await connection.fetch(
        "SELECT line, reason, raw FROM register_listed_row WHERE sha256 = $1 ORDER BY line", sha256
    )
    return TakenFile(
        sha256=sha256.hex(),
        name=row["name"],
        encoding=row["encoding"],
        rows=row["rows_read"],
        accepted=row["accepted"],
        listed=tuple(ListedRow(each["line"], Reason(each["reason"]), bytes(each["raw"])) for each in listed),
        faults=tuple(FileFault(fault) for fault in row["faults"]),
        sales_yen=yen.get(Movement.SALE, Yen(0)),
        refunds_yen=yen.get(Movement.REFUND, Yen(0)),
    )


def taken_json(taken: TakenFile) -> dict[str, Any]:
    """The answer as plain data, for `--json`."""
    return {
        "file": taken.name,
        "sha256": taken.sha256,
        "encoding": taken.encoding,
        "again": taken.again,
        "rows": taken.rows,
        "accepted": taken.accepted,
        "listed": [
            {
                "line": each.line,
                "reason": each.reason.value,
                "ja": REASON_TEXT[each.reason][0],
                "en": REASON_TEXT[each.reason][1],
                "row": shown(each.raw, taken.encoding),
            }
            for each in taken.listed
        ],
        "faults": [
            {"code": fault.value, "ja": FAULT_TEXT[fault][0], "en": FAULT_TEXT[fault][1]} for fault in taken.faults
        ],
        "sales_yen": taken.sales_yen,
        "refunds_yen": taken.refunds_yen,
    }


def taken_text(taken: TakenFile) -> str:
    """The answer as text for a terminal."""
    again = ["このファイルはすでに取り込まれています / this very file was taken in before"] if taken.again else []
    return "\n".join(
        [
            *again,
            taken.name,
            f"{taken.rows:,}行 rows = 取込み accepted {taken.accepted:,} + 不備 listed {len(taken.listed):,}",
            f"売上 sales {yen_text(taken.sales_yen)}  返金 refunds {yen_text(taken.refunds_yen)}",
            *(f"  ! {FAULT_TEXT[fault][0]} / {FAULT_TEXT[fault][1]} [{fault.value}]" for fault in taken.faults),
            *(
                f"  {each.line}行目 line {each.line}: {REASON_TEXT[each.reason][0]} / {REASON_TEXT[each.reason][1]}"
                f" [{each.reason.value}]\n      {shown(each.raw, taken.encoding)}"
                for each in taken.listed
            ),
        ]
    )


def shown(raw: bytes, encoding: str) -> str:
    """A listed row for people: what cannot be shown as its hexadecimal bytes, so that no terminal obeys it."""
    text = raw[:200].decode(encoding, errors="backslashreplace").rstrip("\r")
    return "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in text)


async def _against_known(connection: asyncpg.Connection, read: ReadFile) -> ReadFile:
    """The same file with rows listed that an earlier one brought."""
    found = await connection.fetch(_KNOWN, [row.issuance_id for row in read.rows])
    known = {(bytes(each["issuance_id"]), each["movement"]): tuple(each)[2:] for each in found}
    rows: list[RegisterRow] = []
    listed = list(read.listed)
    for row in read.rows:
        there = known.get((row.issuance_id, int(row.movement)))
        if there is None:
            rows.append(row)
            continue
        same = there == (row.municipality, KIND_NO[row.kind], row.copies, row.fee_yen, row.at_ms, row.kiosk)
        listed.append(ListedRow(row.line, Reason.DUPLICATE if same else Reason.CONTRADICTION, row.raw))
    return ReadFile(rows, sorted(listed, key=lambda each: each.line), read.faults, read.encoding)


async def _put(connection: asyncpg.Connection, sha256: bytes, name: str, read: ReadFile, now: InstantMs) -> None:
    await connection.execute(
        "INSERT INTO register_file(sha256, name, received_ms, encoding, rows_read, accepted, listed, faults)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        sha256,
        name,
        now,
        read.encoding,
        read.read,
        len(read.rows),
        len(read.listed),
        [fault.value for fault in read.faults],
    )
    await connection.copy_records_to_table(
        "register_row",
        columns=_COLUMNS,
        records=[
            (
                row.issuance_id,
                int(row.movement),
                row.municipality,
                KIND_NO[row.kind],
                row.copies,
                int(row.fee_yen),
                row.at_ms,
                row.day,
                row.kiosk,
                sha256,
                row.line,
            )
            for row in read.rows
        ],
    )
    await connection.copy_records_to_table(
        "register_listed_row",
        columns=("sha256", "line", "reason", "raw"),
        records=[(sha256, each.line, each.reason.value, each.raw) for each in read.listed],
    )


_COLUMNS = (
    "issuance_id",
    "movement",
    "municipality",
    "kind",
    "copies",
    "fee_yen",
    "at_ms",
    "day",
    "kiosk",
    "sha256",
    "line",
)

_KNOWN = """
SELECT issuance_id, movement, municipality, kind, copies, fee_yen, at_ms, kiosk FROM register_row
WHERE issuance_id = ANY($1::bytea[])
"""
