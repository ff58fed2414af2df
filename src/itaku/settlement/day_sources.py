"""What each view has of a day (取引データ): read from the nodes' own databases, written as lines that DuckDB reads.

Each view also yields what it has of earlier days and was never closed: what came late is booked on the day that is
being closed, with the day of its delivery beside it.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

import asyncpg

from itaku.basis.clock import JST, InstantMs, to_instant
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement.closed_days import COLUMNS
from itaku.settlement.errors import FeeUnknownError, RowUnfitError
from itaku.settlement.views import KIND_NO, KIND_OF_NO, Movement

LATE_DAYS = 62
"""So many days back it is looked for what came late."""

FeeOf = Callable[[str, Kind, InstantMs], Yen | None]
"""The fee of one copy by a municipality's ordinance, for an application at an instant; None if none is on file."""

_KINDS = [KIND_OF_NO[number].value for number in sorted(KIND_OF_NO)]
_COPY_SECONDS = 3600

_CENTER = f"""
SELECT encode(issuance_id, 'hex'), {int(Movement.SALE)}, municipality, coalesce(array_position($3::text[], kind), 0),
    copies, fee_yen, (delivered_at AT TIME ZONE 'Asia/Tokyo')::date, kiosk, 1
FROM issuance WHERE state IN ('delivered', 'closed', 'voided') AND delivered_at >= $1 AND delivered_at < $2
UNION ALL
SELECT encode(issuance_id, 'hex'), {int(Movement.REFUND)}, municipality, coalesce(array_position($3::text[], kind), 0),
    copies, fee_yen, (delivered_at AT TIME ZONE 'Asia/Tokyo')::date, kiosk, 1
FROM issuance WHERE state = 'voided' AND voided_at >= $1 AND voided_at < $2
"""  # noqa: S608 constants

# A set is counted by its outcome, or, if the center told of the void first, with that; it is refunded when made void.
_MUNICIPALITY = """
SELECT e.issuance_id, e.target, e.source, e.at, i.kind, i.copies, i.kiosk, first.at AS applied_at,
    coalesce(counted.at, e.at) AS counted_at
FROM issuing_event e JOIN issuing i USING (issuance_id)
JOIN issuing_event first ON first.issuance_id = e.issuance_id AND first.version = 1
LEFT JOIN issuing_event counted ON counted.issuance_id = e.issuance_id AND counted.target = 'counted'
WHERE e.target IN ('counted', 'voided') AND e.source <> e.target AND e.at >= $1 AND e.at < $2
"""

_REGISTER = """
SELECT encode(issuance_id, 'hex'), movement, municipality, kind, copies, fee_yen, day, kiosk, 1
FROM register_row WHERE booked_on = $1
"""

_CORRECTIONS = """
SELECT encode(issuance_id, 'hex'), movement, municipality, kind, copies, fee_yen, delivered_on, kiosk, sign
FROM reconciliation_correction WHERE booked_on = $1 AND view = $2
"""


def span_of(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """From where it is looked for what came late, to the day's end in Japan."""
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), JST)
    return end - dt.timedelta(days=LATE_DAYS), end


async def write_center(connection: asyncpg.Connection, day: dt.date, path: Path) -> None:
    """The center's sales and voids up to the day's end."""
    await connection.copy_from_query(_CENTER, *span_of(day), _KINDS, output=path, format="csv", timeout=_COPY_SECONDS)


async def write_municipalities(
    municipalities: Mapping[str, asyncpg.Connection], fee_of: FeeOf, day: dt.date, path: Path
) -> None:
    """Every municipality's sales and voids, each with the fee of its own ordinance at the time of the application.

    `FeeUnknownError` for a kind without a fee on file: a fee is never guessed.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        for code, connection in sorted(municipalities.items()):
            for row in await connection.fetch(_MUNICIPALITY, *span_of(day)):
                for movement in _movements(row["source"], row["target"]):
                    lines.writerow(_municipality_line(code, row, movement, fee_of))


async def write_register(connection: asyncpg.Connection, day: dt.date, path: Path) -> None:
    """The register rows that are closed with the day."""
    await connection.copy_from_query(_REGISTER, day, output=path, format="csv", timeout=_COPY_SECONDS)


async def write_corrections(connection: asyncpg.Connection, day: dt.date, view: str, path: Path) -> None:
    """The corrections of a view that are booked with the day."""
    await connection.copy_from_query(_CORRECTIONS, day, view, output=path, format="csv", timeout=_COPY_SECONDS)


def lines_query(path: Path) -> str:
    """The query by which DuckDB reads such a file."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    quoted = str(path).replace("'", "''")
    return f"SELECT * FROM read_csv('{quoted}', header = false, auto_detect = false, columns = {{{columns}}})"  # noqa: S608 our own file


def _movements(source: str, target: str) -> tuple[Movement, ...]:
    if target == "counted":
        return (Movement.SALE,)
    return (Movement.REFUND,) if source == "counted" else (Movement.SALE, Movement.REFUND)


def _municipality_line(code: str, row: asyncpg.Record, movement: Movement, fee_of: FeeOf) -> tuple[object, ...]:
    issuance = bytes(row["issuance_id"]).hex()
    if row["kind"] not in set(Kind) or row["copies"] < 1:
        raise RowUnfitError(issuance)
    kind = Kind(row["kind"])
    fee = fee_of(code, kind, to_instant(row["applied_at"]))
    if fee is None:
        raise FeeUnknownError(f"{code} {kind}")
    delivered_on = row["counted_at"].astimezone(JST).date()
    return (
        issuance, int(movement), code, KIND_NO[kind], row["copies"], row["copies"] * fee, delivered_on, row["kiosk"], 1,
    )  # fmt: skip
