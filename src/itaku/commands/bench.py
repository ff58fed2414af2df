"""`itaku bench`: figures beside the named alternatives, measured in one run."""

from __future__ import annotations

import importlib
from typing import Any

from itaku.basis.errors import ItakuError
from itaku.benchmarks.figure import table

BENCHES = ("certificate", "record", "issuance", "contracts", "settlement", "desk")
"""In this order; each is a module of `itaku.benchmarks` with `run()`."""


class NoSuchBenchError(ItakuError):
    """There is no bench of that name."""

    code = "no_such_bench"
    ja = "その名前の計測はありません。"
    en = "There is no bench of that name."


def bench(name: str | None) -> tuple[Any, str]:
    """The figures of one bench, or of all."""
    if name is not None and name not in BENCHES:
        raise NoSuchBenchError(f"{name}; there are {', '.join(BENCHES)}")
    figures = []
    for module in BENCHES if name is None else (name,):
        figures += importlib.import_module(f"itaku.benchmarks.{module}").run()
    return figures, table(figures)
