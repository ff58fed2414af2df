"""The settlement bench on a nation of a few hundred issuances: it runs, and all three give the same answer."""

from __future__ import annotations

import datetime as dt

from itaku.benchmarks.settlement import measure
from itaku.settlement.nation_year import Size


def test_the_bench_settles_a_small_nation_by_all_three_and_finds_what_was_planted():
    size = Size(issuances=1_500, municipalities=8, shops=20, planted_per_million=60_000)
    figures = {figure.name: figure for figure in measure(size, dt.date(2026, 4, 28), dt.date(2026, 5, 6), tenth=2)}
    assert figures["settlement: statements"].note == "14 statements, wall"  # of two months; the eighth had none
    assert figures["settlement: a year, memory at most"].unit == "MB"
    for name in ("duckdb", "pandas", "postgres"):
        assert figures[f"settlement: {name}, reconciliation"].value > 0
    assert figures["settlement: postgres over duckdb"].unit == "x"
