"""The same two questions to the same closed days by DuckDB, pandas and PostgreSQL: monthly sums, and unequal rows.

Each is asked as its users would: DuckDB in batches of days, pandas in memory, PostgreSQL on tables that were loaded by
COPY, with the memory for sorting that the others have too.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from itaku.benchmarks.throwaway import own_database
from itaku.settlement.closed_days import COLUMNS, ClosedDays, Closing, connect
from itaku.settlement.month import Month
from itaku.settlement.nets import BATCH_ROWS, KEY, OpenItems
from itaku.settlement.views import View
from itaku.store.postgres import open_pool

_WEIGHT = {View.CENTER: 1, View.MUNICIPALITY: 1_000, View.REGISTER: 1_000_000}
_EQUAL = sum(_WEIGHT.values())


class Answer(msgspec.Struct, frozen=True):
    """What was answered, and the seconds that it took by the wall's clock."""

    rows: int
    sums: list[tuple[Any, ...]]
    """Municipality, month of the booking (year x 12 + month), movement, certificates, yen."""
    unequal: list[tuple[Any, ...]]
    """Keys that the views do not hold equally often."""
    statements_s: float
    reconciliation_s: float
    loading_s: float = 0.0

    def same(self, other: Answer) -> bool:
        """Whether both say the same."""
        return (self.rows, self.sums, self.unequal) == (other.rows, other.sums, other.unequal)


def duckdb_answer(directory: Path, days: Sequence[dt.date]) -> Answer:
    """By DuckDB over the files as they lie."""
    closed, closings = _closings(directory, days)
    with connect(directory / "scratch") as connection:
        began = time.perf_counter()
        sums: list[tuple[int, ...]] = []
        for month, files in _by_month(closed, closings):
            sums += connection.execute(
                "SELECT municipality::INTEGER, $month, movement::INTEGER, sum(sign * copies)::BIGINT,"
                " sum(sign * fee_yen)::BIGINT FROM read_parquet($files) GROUP BY ALL",
                {"month": month, "files": files},
            ).fetchall()
        between = time.perf_counter()
        items = OpenItems(connection)
        for batch in closed.batches(closings, BATCH_ROWS):
            items.take(batch)
        unequal = [
            (item.issuance_id, int(item.movement), int(item.municipality), item.kind_no, item.copies, int(item.fee_yen))
            for item in items.items()
        ]
        ended = time.perf_counter()
    return Answer(_rows(closings), sorted(sums), sorted(unequal), between - began, ended - between)


def pandas_answer(directory: Path, days: Sequence[dt.date]) -> Answer:
    """By pandas: the id as two whole numbers, which it groups far faster than bytes."""
    import numpy as np  # noqa: PLC0415 only whoever measures has it
    import pandas as pd  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    closed, closings = _closings(directory, days)
    began = time.perf_counter()
    sums: list[tuple[int, ...]] = []
    for month, files in _by_month(closed, closings):
        table = pq.ParquetDataset(files).read(columns=["municipality", "movement", "copies", "fee_yen", "sign"])
        frame = table.to_pandas()
        frame["certificates"] = frame["copies"].astype("int64") * frame["sign"]
        frame["yen"] = frame["fee_yen"] * frame["sign"]
        grouped = frame.groupby(["municipality", "movement"])[["certificates", "yen"]].sum()
        sums += [
            (int(place), month, int(movement), int(certificates), int(yen))
            for (place, movement), certificates, yen in zip(
                grouped.index, grouped["certificates"], grouped["yen"], strict=True
            )
        ]
    between = time.perf_counter()
    frames = []
    for view in View:
        table = pq.ParquetDataset(list(closed.files(closings, view))).read(columns=[*KEY.split(", "), "sign"])
        ids = table.column("issuance_id").combine_chunks()
        ids = ids.storage if hasattr(ids, "storage") else ids
        halves = np.frombuffer(ids.buffers()[1], dtype=">u8").reshape(-1, 2).astype("u8")
        frame = table.drop_columns(["issuance_id"]).to_pandas()
        frame["high"], frame["low"] = halves[:, 0], halves[:, 1]
        frame["packed"] = frame["sign"].astype("int64") * _WEIGHT[view]
        frames.append(frame.drop(columns="sign"))
    keys = ["high", "low", *KEY.split(", ")[1:]]
    counted = pd.concat(frames, ignore_index=True).groupby(keys, sort=False)["packed"].sum()
    found = counted[counted % _EQUAL != 0]
    unequal = [
        (((int(high) << 64) | int(low)).to_bytes(16, "big"), *(int(each) for each in facts))
        for high, low, *facts in found.index
    ]
    ended = time.perf_counter()
    return Answer(_rows(closings), sorted(sums), sorted(unequal), between - began, ended - between)


def postgres_answer(directory: Path, days: Sequence[dt.date]) -> Answer:
    """By PostgreSQL in a cluster of its own."""
    cluster = directory / "postgres"
    cluster.mkdir(mode=0o711)
    with own_database(cluster) as database:
        return asyncio.run(_asked(database.dsn, directory, days))


async def _asked(dsn: str, directory: Path, days: Sequence[dt.date]) -> Answer:
    closed, closings = _closings(directory, days)
    pool = await open_pool(dsn, max_size=1)
    try:
        async with pool.acquire() as connection:
            began = time.perf_counter()
            await _load(connection, closed, closings, directory)
            await connection.execute("SET work_mem = '400MB'; SET max_parallel_workers_per_gather = 2")
            loaded = time.perf_counter()
            sums = await connection.fetch(
                "SELECT municipality, month, movement, sum(sign * copies)::bigint, sum(sign * fee_yen)::bigint"
                " FROM center GROUP BY 1, 2, 3",
                timeout=3600,
            )
            between = time.perf_counter()
            union = " UNION ALL ".join(f"SELECT {KEY}, sign * {_WEIGHT[view]} AS packed FROM {view}" for view in View)  # noqa: S608 constants
            unequal = await connection.fetch(
                f"SELECT {KEY} FROM ({union}) AS row GROUP BY {KEY} HAVING sum(packed) % {_EQUAL} <> 0",  # noqa: S608 constants
                timeout=3600,
            )
            ended = time.perf_counter()
    finally:
        await pool.close()
    return Answer(
        _rows(closings),
        sorted(tuple(row) for row in sums),
        sorted((row[0].bytes, *tuple(row)[1:]) for row in unequal),
        between - loaded,
        ended - between,
        loaded - began,
    )


async def _load(
    connection: asyncpg.Connection, closed: ClosedDays, closings: Sequence[Closing], directory: Path
) -> None:
    """The views as tables, month by month through CSV, which is the fastest way in for both."""
    columns = [name for name in COLUMNS if name not in {"delivered_on", "kiosk"}]
    path = directory / "load.csv"
    for view in View:
        await connection.execute(
            f"CREATE UNLOGGED TABLE {view} (issuance_id uuid, movement integer, municipality integer, kind integer,"
            " copies integer, fee_yen bigint, sign integer, month integer)"
        )
    with connect(directory / "scratch") as source:
        for view in View:
            for month, files in _by_month(closed, closings, view):
                source.execute(
                    f"COPY (SELECT {', '.join(columns)}, {month} FROM read_parquet({files!r})) TO '{path}'"  # noqa: S608 our own files
                    " (FORMAT csv, HEADER false)"
                )
                await connection.copy_to_table(str(view), source=path, format="csv", timeout=3600)
    path.unlink()
    await connection.execute("ANALYZE", timeout=3600)


def _closings(directory: Path, days: Sequence[dt.date]) -> tuple[ClosedDays, list[Closing]]:
    closed = ClosedDays(directory / "days")
    return closed, [closing for day in days if (closing := closed.closing(day)) is not None]


def _by_month(closed: ClosedDays, closings: Sequence[Closing], view: View = View.CENTER) -> list[tuple[int, list[str]]]:
    months: dict[Month, list[Closing]] = {}
    for closing in closings:
        months.setdefault(Month(closing.day.year, closing.day.month), []).append(closing)
    return [(month.year * 12 + month.month, list(closed.files(each, view))) for month, each in months.items()]


def _rows(closings: Sequence[Closing]) -> int:
    return sum(facts.rows for closing in closings for facts in closing.views.values())
