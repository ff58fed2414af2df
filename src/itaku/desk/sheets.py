"""Sheets that people bring back (戻された表): the rows of an Excel file, and what is wrong with which cell."""

from __future__ import annotations

import io
from typing import Any, NamedTuple
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from itaku.basis.errors import ItakuError


class Mistake(NamedTuple):
    """A cell that cannot be taken: its row as Excel counts, its column, and why."""

    row: int
    column: str
    ja: str
    en: str


def rows_of_sheet(content: bytes, most: int, unfit: type[ItakuError]) -> list[list[Any]]:
    """The rows of the sheet that lies open, the first so many; raises `unfit` for what is no Excel file."""
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return [list(row) for _, row in zip(range(most), book.active.iter_rows(values_only=True), strict=False)]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, AttributeError, TypeError) as error:
        raise unfit(type(error).__name__) from error
