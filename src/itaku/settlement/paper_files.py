"""Writes a month's papers into a directory (書類の出力): a folder a municipality, and one list of what it holds.

The list (`papers.json`) is written last and names each file with its SHA-256 and what it was made from. A folder whose
list still fits is left as it is, so a run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from itaku.basis.clock import InstantMs
from itaku.contracts.engine.result import Result
from itaku.contracts.keeping.due_index import ENGINE
from itaku.contracts.papers.pdf import pdf
from itaku.settlement import figures
from itaku.settlement.chains import ChainRow
from itaku.settlement.glance import MonthAtAGlance
from itaku.settlement.month import Month
from itaku.settlement.month_papers import chain_paper, month_papers, nation_paper
from itaku.settlement.statement import Statement
from itaku.settlement.workbook import csv_text, workbook

_Make = Callable[[], dict[str, bytes]]

LIST = "papers.json"


class Written(msgspec.Struct, frozen=True):
    """A folder's list: what it was made from, and each file with its SHA-256."""

    made_from: str
    folder: str
    files: dict[str, str]


def month_tables(glance: MonthAtAGlance) -> tuple[figures.Figures, ...]:
    """All tables of a municipality's month, in the order of the workbook's sheets."""
    statement = glance.statement
    return (
        figures.sums(statement),
        figures.by_kind(statement),
        figures.by_price(statement),
        figures.by_tax_rate(statement),
        figures.by_chain(glance.chains),
        figures.checked(glance.checks),
    )


def write_municipality(root: Path, result: Result, glance: MonthAtAGlance, client: str | None) -> Written:
    """A municipality's papers as PDF, its tables as Excel and CSV. Raises `BooksDisagreeError`, `OSError`."""
    tables = month_tables(glance)

    def make() -> dict[str, bytes]:
        files = {f"{name}.pdf": pdf(draft) for name, draft in month_papers(result, glance, client).items()}
        files["statement.xlsx"] = workbook(tables)
        files |= {f"{table.name}.csv": csv_text(table) for table in tables}
        return files

    made_from = _digest([glance, client, result.fold.contract.sha256.hex(), ENGINE])
    return _write(root / glance.month / glance.municipality, made_from, make)


def write_chain(root: Path, month: Month, rows: Sequence[ChainRow], as_of: InstantMs) -> Written:
    """One chain's statement as PDF, Excel and CSV; `rows` are the chain's, at least one."""
    table = figures.of_chain(rows)

    def make() -> dict[str, bytes]:
        draft = chain_paper(month, rows, as_of)
        return {
            "chain-statement.pdf": pdf(draft),
            "chain-statement.xlsx": workbook([table]),
            "chain-statement.csv": csv_text(table),
        }

    return _write(root / month.text() / f"chain-{_safe(rows[0].chain)}", _digest([list(rows), int(as_of)]), make)


def write_nation(root: Path, month: Month, statements: Sequence[Statement], as_of: InstantMs) -> Written:
    """The contractor's summary over all municipalities as PDF, Excel and CSV."""
    table = figures.by_municipality(statements)

    def make() -> dict[str, bytes]:
        return {
            "summary.pdf": pdf(nation_paper(month, statements, as_of)),
            "summary.xlsx": workbook([table]),
            "summary.csv": csv_text(table),
        }

    return _write(root / month.text() / "summary", _digest([list(statements), int(as_of)]), make)


def _write(folder: Path, made_from: str, make: _Make) -> Written:
    known = _read(folder)
    if known is not None and known.made_from == made_from and _holds(folder, known.files):
        return known
    folder.mkdir(parents=True, exist_ok=True)
    files = make()
    # The old list stays until the new one is whole: its digests tell a folder that was left half rewritten.
    for stale in set() if known is None else set(known.files) - set(files):
        (folder / stale).unlink(missing_ok=True)
    for name, data in files.items():
        _put(folder / name, data)
    written = Written(made_from, folder.name, {name: hashlib.sha256(data).hexdigest() for name, data in files.items()})
    _put(folder / LIST, msgspec.json.format(msgspec.json.encode(written, order="sorted")))
    return written


def _read(folder: Path) -> Written | None:
    try:
        return msgspec.json.decode((folder / LIST).read_bytes(), type=Written)
    except (OSError, msgspec.MsgspecError):
        return None


def _holds(folder: Path, files: Mapping[str, str]) -> bool:
    try:
        return all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha for name, sha in files.items())
    except OSError:
        return False


def _put(path: Path, data: bytes) -> None:
    """Whole or not at all, also through a power cut."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _safe(name: str) -> str:
    """A chain's id as a folder's name."""
    return re.sub(r"[^0-9A-Za-z_-]", "_", name) if name != "?" else "unknown"


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()
