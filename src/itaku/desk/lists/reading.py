"""A list brought back (戻された一覧): read cell by cell, every mistake named with its row, and the differences."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any, NamedTuple

from itaku.basis.errors import ItakuError
from itaku.basis.formulas import unguarded
from itaku.basis.written_dates import read_day
from itaku.contracts.model.parts import Words
from itaku.desk.lists.shapes import NO, YES, Column, Shape, Told
from itaku.desk.sheets import Mistake, rows_of_sheet

MOST_ROWS = 5_000
MOST_BYTES = 3_000_000
LONGEST_CELL = 200
_NO_KEY = re.compile(r"[\[\],=\x00-\x1f\x7f]")


class ListFileError(ItakuError):
    """The file is no list of this desk: no Excel and no CSV, too large, or with other columns."""

    code = "list_file_unfit"
    ja = "この一覧として読めません。この画面から出したファイルを直して、入れ直してください。"
    en = "This cannot be read as the list. Edit the file that this page gives, and bring it back."


class Proposed(NamedTuple):
    """An event that the file's difference stands for: the row, its key, the day, the fields, and the cells in words."""

    row: int
    key: str
    kind: str
    at: str
    fields: dict[str, Any]
    cells: tuple[str, ...]


class Brought(NamedTuple):
    """What a file says: the events proposed, and what is wrong with which cell."""

    proposed: tuple[Proposed, ...]
    mistakes: tuple[Mistake, ...]
    rows: int


def read_list(shape: Shape, standing: dict[str, dict[str, str]], content: bytes, today: dt.date) -> Brought:
    """Reads a file against the rows as they stand. `ListFileError`; all smaller faults are in `mistakes`."""
    lines = _lines(content)
    header = tuple(str(cell or "").strip() for cell in lines[0]) if lines else ()
    if header[: len(shape.columns)] != shape.header() or len(lines) > MOST_ROWS + 1:
        raise ListFileError(f"{len(lines)}")
    proposed: list[Proposed] = []
    mistakes: list[Mistake] = []
    seen: set[str] = set()
    count = 0
    for number, line in enumerate(lines[1:], 2):
        cells = [*line, *[None] * len(shape.columns)][: len(shape.columns)]
        if not any(cell not in {None, ""} for cell in cells):
            continue
        count += 1
        row = _row(shape, number, cells, mistakes)
        if row is None:
            continue
        key = row[shape.key]
        if key in seen:
            mistakes.append(
                Mistake(number, shape.columns[0].words.ja, "同じものが二度あります", "it stands here twice")
            )
            continue
        seen.add(key)
        proposed += _differences(shape, number, standing.get(key), row, today, mistakes)
    for key in standing.keys() - seen:
        why = f"「{key[:40]}」の行がありません。記録済みのものは消せません"
        mistakes.append(Mistake(0, shape.columns[0].words.ja, why, f"the row of {key[:40]} is gone"))
    return Brought(tuple(proposed), tuple(mistakes), count)


def _lines(content: bytes) -> list[list[Any]]:
    if len(content) > MOST_BYTES:
        raise ListFileError(f"{len(content)} bytes")
    if content[:4] == b"PK\x03\x04":
        return rows_of_sheet(content, MOST_ROWS + 2, ListFileError)
    try:
        text = content.decode("utf-8-sig")
        return [row for _, row in zip(range(MOST_ROWS + 2), csv.reader(io.StringIO(text, newline="")), strict=False)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ListFileError(type(error).__name__) from error


def _row(shape: Shape, number: int, cells: list[Any], mistakes: list[Mistake]) -> dict[str, str] | None:
    """The row's cells in their written form; None where one cannot be read."""
    before, row = len(mistakes), {}
    for column, cell in zip(shape.columns, cells, strict=True):
        found = _cell(column, cell)
        if isinstance(found, Words):
            mistakes.append(Mistake(number, column.words.ja, found.ja, found.en))
        else:
            row[column.name] = found
    key = row.get(shape.key)
    if key is not None and (not key or _NO_KEY.search(key)):
        why = Words(ja="空か、使えない文字（[ ] , =）があります", en="empty, or with [ ] , or =")
        mistakes.append(Mistake(number, shape.columns[0].words.ja, why.ja, why.en))
    return row if len(mistakes) == before else None


def _cell(column: Column, cell: Any) -> str | Words:
    """A cell as the list writes it, or why it cannot be."""
    text = "" if cell is None else unguarded(str(cell).strip())
    if len(text) > LONGEST_CELL:
        return Words(ja=f"{LONGEST_CELL}字を超えています", en=f"longer than {LONGEST_CELL} characters")
    if not text:
        return ""
    if column.sort == "day":
        if isinstance(cell, dt.datetime | dt.date):
            return (cell.date() if isinstance(cell, dt.datetime) else cell).isoformat()
        try:
            return read_day(text, "").day.isoformat()
        except ItakuError:
            return Words(ja=f"「{text[:20]}」は日付として読めません", en="no date")
    allowed = (YES, NO) if column.sort == "yes" else tuple(column.choices.values())
    if column.sort in {"yes", "choice"} and text not in allowed:
        return Words(ja=f"「{text[:20]}」は使えません（{'・'.join(allowed)}）", en=f"not one of {', '.join(allowed)}")
    return text


def _differences(
    shape: Shape,
    number: int,
    before: dict[str, str] | None,
    row: dict[str, str],
    today: dt.date,
    mistakes: list[Mistake],
) -> list[Proposed]:
    """The events by which a row comes from what stood to what is written; a told cell is not changed here."""
    proposed, words = [], {each.name: each.words for each in shape.columns}
    told_columns: set[str] = set()
    for event in shape.events:
        named = {event.day, *event.fields.values()}
        if before is not None and before[event.day]:
            told_columns |= named
        elif row[event.day]:
            found = _proposed(shape, number, event, row, today, mistakes)
            proposed += [] if found is None else [found]
            told_columns |= named
    for name, value in row.items():
        was = "" if before is None else before[name]
        if name in told_columns and before is not None and was and value != was:
            ja = f"記録済みの「{was[:30]}」を変えています。訂正は記録の画面から行います"
            mistakes.append(Mistake(number, words[name].ja, ja, "this was told; correct it where events are told"))
        elif name not in told_columns and name != shape.key and value != was:
            ja = "日が空のため、何の記録か分かりません"
            mistakes.append(Mistake(number, words[name].ja, ja, "without a day it stands for no event"))
    return proposed


def _proposed(
    shape: Shape, number: int, event: Told, row: dict[str, str], today: dt.date, mistakes: list[Mistake]
) -> Proposed | None:
    columns = {each.name: each for each in shape.columns}
    fields: dict[str, Any] = {shape.key: row[shape.key]}
    before = len(mistakes)
    if dt.date.fromisoformat(row[event.day]) > today:
        mistakes.append(Mistake(number, columns[event.day].words.ja, "先の日は記録できません", "the day has not come"))
    for field, name in event.fields.items():
        column, text = columns[name], row[name]
        if not text:
            mistakes.append(Mistake(number, column.words.ja, "空です", "empty"))
        elif column.sort == "yes":
            fields[field] = text == YES
        elif column.sort == "choice":
            fields[field] = next(code for code, word in column.choices.items() if word == text)
        else:
            fields[field] = text
    cells = tuple(f"{columns[name].words.ja} {row[name]}" for name in event.fields.values() if name != event.day)
    if len(mistakes) > before:
        return None
    return Proposed(number, row[shape.key], event.kind, row[event.day], fields, cells)
