"""The works schedule as an Excel file (業務工程表): written out to be edited, read back with each mistake."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font

from itaku.basis.errors import ItakuError
from itaku.basis.formulas import looks_like_formula
from itaku.basis.written_dates import read_day
from itaku.desk.sheets import Mistake, rows_of_sheet

COLUMNS = ("作業", "開始", "終了", "済んだ日", "節目")
MOST_ROWS = 400
MOST_BYTES = 2_000_000


class ScheduleFileError(ItakuError):
    """The file is no Excel file, is too large, or lacks the columns."""

    code = "schedule_file_unfit"
    ja = "業務工程表として読めません。この画面から出したExcelを直して、入れ直してください。"
    en = "This cannot be read as a works schedule. Edit the Excel file that this page gives, and bring it back."


def as_file(rows: list[dict[str, Any]]) -> bytes:
    """The rows as an Excel file. A text that a spreadsheet would take for a formula is written as text."""
    book = Workbook()
    sheet = book.active
    sheet.title = "業務工程表"
    sheet.append(COLUMNS)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        days = [dt.date.fromisoformat(row[name]) if row.get(name) else None for name in ("first", "last", "done_to")]
        sheet.append([None, *days, "○" if row.get("milestone") else ""])
        cell = sheet.cell(sheet.max_row, 1)
        cell.value, cell.data_type = row["name"], "s"
        cell.quotePrefix = looks_like_formula(row["name"])
    for letter, width in zip("ABCDE", (40, 14, 14, 14, 8), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_file(content: bytes) -> tuple[list[dict[str, Any]], list[Mistake]]:
    """The rows of a file, and every mistake; rows with a mistake are left out. `ScheduleFileError`."""
    if len(content) > MOST_BYTES:
        raise ScheduleFileError(f"{len(content)} bytes")
    lines = rows_of_sheet(content, MOST_ROWS + 2, ScheduleFileError)
    if not lines or tuple(lines[0][: len(COLUMNS)]) != COLUMNS or len(lines) > MOST_ROWS + 1:
        raise ScheduleFileError(f"{len(lines)} rows")
    rows: list[dict[str, Any]] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(lines[1:], 2):
        cells = [*line, *[None] * len(COLUMNS)][: len(COLUMNS)]
        if any(cell not in {None, ""} for cell in cells):
            row = _row(number, cells, mistakes)
            if row is not None:
                rows.append(row)
    return rows, mistakes


def _row(number: int, cells: list[Any], mistakes: list[Mistake]) -> dict[str, Any] | None:
    before = len(mistakes)
    name = str(cells[0] or "").strip()
    if not name or len(name) > 200:
        mistakes.append(Mistake(number, COLUMNS[0], "作業の名前がありません（200字まで）", "the work has no name"))
    first, last, done_to = (_day(number, place, cells[place], mistakes) for place in (1, 2, 3))
    if len(mistakes) == before and (first is None or last is None):
        mistakes.append(Mistake(number, COLUMNS[1], "開始と終了の日が要ります", "both days are needed"))
    if first and last and last < first:
        mistakes.append(Mistake(number, COLUMNS[2], "終了が開始より前です", "it ends before it begins"))
    if len(mistakes) > before:
        return None
    return {
        "name": name,
        "first": first.isoformat() if first else "",
        "last": last.isoformat() if last else "",
        "done_to": done_to.isoformat() if done_to else "",
        "milestone": bool(str(cells[4] or "").strip()),
    }


def _day(number: int, place: int, cell: Any, mistakes: list[Mistake]) -> dt.date | None:
    if cell in {None, ""}:
        return None
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    try:
        return read_day(str(cell).strip()[:40], "").day
    except ItakuError:
        mistakes.append(Mistake(number, COLUMNS[place], f"「{str(cell)[:20]}」は日付として読めません", "no date"))
        return None
