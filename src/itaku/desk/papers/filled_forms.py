"""Filled forms (書き込まれた用紙): the Excel form that goes out, and what people wrote into it or into our Word file.

What comes back is a proposal: it is shown beside what stands, and a person takes it or leaves it.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import docx
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font

from itaku.basis.errors import ItakuError
from itaku.basis.formulas import looks_like_formula
from itaku.contracts.model.contract import PaperField
from itaku.contracts.papers import sheet
from itaku.contracts.papers.content import PaperDraft
from itaku.contracts.papers.written import LONGEST_ENTRY, read_entry
from itaku.desk.files import EXCEL, WORD
from itaku.desk.papers.errors import FormUnfitError
from itaku.desk.papers.models import Document
from itaku.desk.papers.uploads import read_upload

_MARK = "itaku"
_MOST_ROWS = 400
_UNFILLED = ("（任意・記入なし）",)
_WEEKDAY = re.compile(r"[（(][月火水木金土日][）)]$")


class Proposed(NamedTuple):
    """A blank that the form fills otherwise than the draft. `fixed`: it is computed, and stays as it is."""

    name: str
    ja: str
    en: str
    before: str
    after: str
    fixed: bool


def workbook(document: Document, fields: Mapping[str, PaperField], made: PaperDraft) -> bytes:
    """The paper's blanks as an Excel form: one row each, to be filled in the last column. All cells are text."""
    book = Workbook()
    page = book.active
    page.title = "書類"
    page.append([_MARK, document.token, document.title_ja, ""])
    page.append(["欄の名", "欄", "形", "記入"])
    for cell in (*page[1], *page[2]):
        cell.font = Font(bold=True)
    drawn = _drawn(made)
    for name, field in fields.items():
        page.append([name, field.ja, field.type, None])
        cell = page.cell(page.max_row, 4)
        text = drawn.get(name, "")
        cell.value, cell.data_type = text, "s"
        cell.number_format, cell.alignment = "@", Alignment(wrap_text=True, vertical="top")
        cell.quotePrefix = looks_like_formula(text)
    for letter, width in zip("ABCD", (24, 40, 10, 70), strict=True):
        page.column_dimensions[letter].width = width
    page.freeze_panes = "D3"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def proposed(
    content: bytes, document: Document, fields: Mapping[str, PaperField], made: PaperDraft, bare: PaperDraft
) -> list[Proposed]:
    """What a form would change in the draft. `bare` is the draft with nothing entered. `FormUnfitError`."""
    mime = read_upload(content).mime
    if mime not in {WORD, EXCEL}:
        raise FormUnfitError(mime)
    try:
        written = _from_word(content, fields, made, bare) if mime == WORD else _from_excel(content, document, fields)
    except FormUnfitError:
        raise
    except Exception as error:  # noqa: BLE001 a parser of foreign bytes: whatever it stumbles over, it is no form of ours
        raise FormUnfitError(type(error).__name__) from None
    drawn = _drawn(made)
    computed = {each.name for each in made.entries if each.name and each.value and each.origin != "entered"}
    found = []
    for name, text in written.items():
        plain = _entry(name, fields[name], text)
        before = _entry(name, fields[name], drawn.get(name, ""))
        if plain != before:
            field = fields[name]
            found.append(Proposed(name, field.ja, field.en, before, plain, name in computed))
    return found


def _drawn(made: PaperDraft) -> dict[str, str]:
    """What stands in each blank, as the paper draws it."""
    found = {each.name: each.value for each in made.entries if each.name}
    found["paper.number"], found["paper.date"] = made.number, made.dated
    found["paper.to"] = "、".join(each.name for each in made.addressees)
    found["paper.from"] = "、".join(each.name for each in made.senders)
    return found


def _entry(name: str, field: PaperField, text: str) -> str:
    """A text as the desk's form holds it: days and yes or no in their plain form; what cannot be read stays."""
    text = text.replace("\r\n", "\n").strip()[: LONGEST_ENTRY + 1]
    if not text:
        return ""
    if field.type == "date":
        text = _WEEKDAY.sub("", text)
    try:
        value = read_entry(name, field, text)
    except ItakuError:
        return text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and field.type in {"yen", "int"} else text


def _from_excel(content: bytes, document: Document, fields: Mapping[str, PaperField]) -> dict[str, str]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    rows = [row for _, row in zip(range(_MOST_ROWS), book.worksheets[0].iter_rows(values_only=True), strict=False)]
    if not rows or tuple(rows[0][:2]) != (_MARK, document.token):
        raise FormUnfitError("another paper")
    found = {}
    for row in rows[2:]:
        name, text = row[0], row[3] if len(row) > 3 else None
        if isinstance(name, str) and name in fields:
            found[name] = _cell(text)
    return found


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _from_word(content: bytes, fields: Mapping[str, PaperField], made: PaperDraft, bare: PaperDraft) -> dict[str, str]:
    """The letter head's number and date, and the second column of the form's table, found by the blanks' names."""
    file = docx.Document(io.BytesIO(content))
    lines = [each.text for each in file.paragraphs]
    if made.title_ja not in lines or len(lines) < 2 or not file.tables:
        raise FormUnfitError("another paper")
    identity = str(file.core_properties.identifier or "")
    if identity and identity != f"{made.contract}/{made.paper}/{made.instance or '-'}":
        raise FormUnfitError("another matter")
    found = {"paper.number": lines[0], "paper.date": lines[1]}
    for name, blank in (("paper.number", "第号"), ("paper.date", "令和年月日")):
        if re.sub(r"[\s　]", "", found[name]) == blank:
            found[name] = ""
    labels = {each.ja: each.name for each in made.entries if each.name}
    asides = {sheet.blank_text(each) for draft in (made, bare) for each in draft.entries if each.blank is not None}
    cells = {row.cells[0].paragraphs[0].text: row.cells[1] for row in file.tables[0].rows[:_MOST_ROWS]}
    if not labels.keys() <= cells.keys():
        raise FormUnfitError("rows")
    for label, name in labels.items():
        if name in fields:
            parts = [each.text for each in cells[label].paragraphs if each.text not in asides]
            text = "\n".join(parts).strip("＿_ 　\n")
            found[name] = "" if text in _UNFILLED else text
    return found
