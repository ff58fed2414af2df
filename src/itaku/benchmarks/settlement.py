"""Settling a nation's year, measured: DuckDB over Parquet of closed days; pandas and PostgreSQL beside it on a tenth.

Every run has a process of its own, so that its memory is its own. The year is made by seed with errors planted: the run
fails unless the reconciliation finds each of them and nothing else, and unless all three give the same answer.
`ITAKU_BENCH_NATIONS=10` makes ten nations' year (17 GB, for whoever has the time), `0.1` a tenth.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import resource
import shutil
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from itaku.basis.errors import ItakuError
from itaku.benchmarks.figure import Figure
from itaku.benchmarks.settlement_alternatives import Answer, duckdb_answer, pandas_answer, postgres_answer
from itaku.benchmarks.throwaway import own_directory
from itaku.settlement.closed_days import ClosedDays, connect
from itaku.settlement.month import Month
from itaku.settlement.month_figures import month_figures
from itaku.settlement.nation_year import NATION_YEAR, Planted, Size, make_days, service_days
from itaku.settlement.nets import Item
from itaku.settlement.reconciliation import CaseName, Sort, reconcile
from itaku.settlement.views import Movement

SEED = 20_261_122
FIRST, LAST = dt.date(2026, 4, 1), dt.date(2027, 3, 31)
_BYTES_PER_ISSUANCE = 80
"""On disk, all three views, and something to spare."""
_BYTES_BESIDE = 4_000_000_000
"""For the alternatives' part."""


class NoRoomError(ItakuError):
    """The machine has not the disk that the bench would fill."""

    code = "bench_no_room"
    ja = "空き容量が足りないため、計測を行いません。"
    en = "There is not enough free disk for this bench."


class Cost(NamedTuple):
    """What a run used of the machine."""

    wall_s: float
    processor_s: float
    memory_mb: float


class Year(NamedTuple):
    """What the settlement of a year found and what its two parts cost."""

    found: list[Planted]
    statements: int
    statements_s: float
    reconciliation_s: float


def run() -> list[Figure]:
    """Measures in a temporary directory, which is removed: minutes, most of them to make the year."""
    nations = Fraction(os.environ.get("ITAKU_BENCH_NATIONS", "1"))
    return measure(
        Size(
            issuances=int(NATION_YEAR.issuances * nations),
            municipalities=NATION_YEAR.municipalities,
            shops=NATION_YEAR.shops,
        ),
        tenth=max(10, int(10 * nations)),
    )


def measure(size: Size, first: dt.date = FIRST, last: dt.date = LAST, tenth: int = 10) -> list[Figure]:
    """The figures of a year of that size; the alternatives have the first of `tenth` parts of its days."""
    with own_directory() as directory:
        needed = size.issuances * _BYTES_PER_ISSUANCE + _BYTES_BESIDE
        if shutil.disk_usage(directory).free < needed:
            raise NoRoomError(f"{needed // 1_000_000} MB")
        days = service_days(first, last)
        planted, making = _alone(_make, directory, size, days)
        year, cost = _alone(_settle, directory, Month(first.year, first.month), Month(last.year, last.month))
        assert year.found == planted, "what was planted is found, and nothing else"
        part = days[: max(1, len(days) // tenth)]
        answers = {
            name: _alone(answer, directory, part)
            for name, answer in (("duckdb", duckdb_answer), ("pandas", pandas_answer), ("postgres", postgres_answer))
        }
        used = sum(path.stat().st_size for path in (directory / "days").rglob("*.parquet"))
    return _figures(size, planted, making, year, cost, answers, used, len(part))


def _make(directory: Path, size: Size, days: list[dt.date]) -> list[Planted]:
    with connect(directory / "scratch") as connection:
        return make_days(connection, ClosedDays(directory / "days"), SEED, size, days)


def _settle(directory: Path, first: Month, last: Month) -> Year:
    """Statements and reconciliation of every month, with what is open carried from each to the next."""
    closed = ClosedDays(directory / "days")
    carried: tuple[Item, ...] = ()
    opened: dict[tuple[CaseName, Sort], str] = {}
    settled: dict[tuple[bytes, Movement], str] = {}
    statements, spent = 0, {"statements": 0.0, "reconciliation": 0.0}
    with connect(directory / "scratch") as connection:
        month = first
        while month <= last:
            began = time.perf_counter()
            statements += len(month_figures(connection, closed, month))
            between = time.perf_counter()
            result = reconcile(connection, closed, month, carried)
            carried = result.carried
            for each in result.differences:
                opened.setdefault((each.name, each.sort), result.month)
            settled |= {(each.issuance_id, each.movement): result.month for each in result.settled}
            spent["statements"] += between - began
            spent["reconciliation"] += time.perf_counter() - between
            month = month.next()
    found = sorted(
        Planted(*name, sort, began_in, settled.get((name.issuance_id, name.movement)))
        for (name, sort), began_in in opened.items()
    )
    return Year(found, statements, spent["statements"], spent["reconciliation"])


def _alone(work: Callable[..., Any], *arguments: Any) -> tuple[Any, Cost]:
    """The result of a function in a new process, and what that process used."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_told, args=(theirs, work, arguments))
    process.start()
    theirs.close()
    try:
        result, cost = ours.recv()
    finally:
        process.join()
    return result, cost


def _told(pipe: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    began, used = time.perf_counter(), time.process_time()
    result = work(*arguments)
    wall, processor = time.perf_counter() - began, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((result, Cost(wall, processor, memory)))


def _figures(
    size: Size,
    planted: list[Planted],
    making: Cost,
    year: Year,
    cost: Cost,
    answers: dict[str, tuple[Answer, Cost]],
    used: int,
    days: int,
) -> list[Figure]:
    what = f"{size.issuances:,} issuances in three views, {size.municipalities:,} municipalities, {size.shops:,} shops"
    ours, _ = answers["duckdb"]
    figures = [
        Figure(
            "settlement: a year, wall", cost.wall_s, "s", f"{what}; at most 2 threads, load {os.getloadavg()[0]:.1f}"
        ),
        Figure("settlement: a year, processor", cost.processor_s, "s", "of which two cores take half in wall time"),
        Figure("settlement: a year, memory at most", cost.memory_mb, "MB", "resident, the whole process"),
        Figure("settlement: statements", year.statements_s, "s", f"{year.statements:,} statements, wall"),
        Figure("settlement: reconciliation", year.reconciliation_s, "s", f"{len(planted):,} planted, all found, wall"),
        Figure("settlement: closed days on disk", used / 1e6, "MB", f"made and closed in {making.wall_s:.0f} s"),
    ]
    for name, (answer, its_cost) in answers.items():
        assert answer.same(ours), f"{name} gives the same answer"
        loading = f", after {answer.loading_s:.1f} s of loading" if answer.loading_s else ""
        note = f"the first {days} days, {answer.rows:,} rows{loading}"
        figures += [
            Figure(f"settlement: {name}, statements", answer.statements_s, "s", note),
            Figure(f"settlement: {name}, reconciliation", answer.reconciliation_s, "s", note),
        ]
        if name != "postgres":  # its memory is its server's
            figures.append(Figure(f"settlement: {name}, memory at most", its_cost.memory_mb, "MB", note))
        if name != "duckdb":
            ratio = (answer.statements_s + answer.reconciliation_s) / (ours.statements_s + ours.reconciliation_s)
            figures.append(Figure(f"settlement: {name} over duckdb", ratio, "x", "both parts, same rows, same run"))
    return figures
