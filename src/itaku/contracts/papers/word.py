"""A draft as a Word file: real headings and tables, Mincho for Japanese, the same bytes for the same draft."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from itaku.basis.clock import to_jst
from itaku.contracts.papers import sheet
from itaku.contracts.papers.content import Entry, PaperDraft, Person, Working

FONT = "ＭＳ 明朝"
"""The Mincho that office machines have; a reader without it takes another Mincho, and the text stays the same."""

_LATIN = "Times New Roman"
_GREY = RGBColor(0x59, 0x59, 0x59)
_TEXT_MM = 166
_ZIPPED_AT = (1980, 1, 1, 0, 0, 0)
"""The time that every part of the file bears: the earliest that the format has."""


def word(draft: PaperDraft) -> bytes:
    """The paper as a Word file (.docx). The same draft gives the same bytes."""
    document = docx.Document()
    _page(document)
    _styles(document)
    _core(document, draft)
    _running(document, draft)
    _letter_head(document, draft)
    title = document.add_heading(draft.title_ja, level=1)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _small(document.add_paragraph(), draft.title_en).alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph(f"　{draft.opening}")
    document.add_paragraph("記").alignment = WD_ALIGN_PARAGRAPH.CENTER
    _form(document, draft.entries)
    for number, part in enumerate(sheet.parts(draft), 1):
        document.add_heading(f"{number}　{part.ja}", level=2)
        if part.lead:
            document.add_paragraph(part.lead)
        for working in part.workings:
            _working(document, working)
        if part.rows:
            _list(document, part)
    return _fixed(document)


def _page(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(25), Mm(25)


def _styles(document: Any) -> None:
    """East-Asian and Latin fonts of every style that is used, and the language of the text."""
    for name, size in (("Normal", 10.5), ("Heading 1", 17), ("Heading 2", 10.5), ("Heading 3", 9), ("Header", 7.5)):
        style = document.styles[name]
        style.font.size = Pt(size)
        style.font.bold = False
        style.font.italic = False
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.paragraph_format.space_before = Pt(9 if name.startswith("Heading") else 0)
        style.paragraph_format.space_after = Pt(3)
        properties = style.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        for key in list(fonts.attrib):
            del fonts.attrib[key]
        for key, font in (("eastAsia", FONT), ("ascii", _LATIN), ("hAnsi", _LATIN), ("cs", _LATIN)):
            fonts.set(qn(f"w:{key}"), font)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "en-US")
        language.set(qn("w:eastAsia"), "ja-JP")
        properties.append(language)


def _core(document: Any, draft: PaperDraft) -> None:
    """Properties that say what the file is; their times are the draft's as-of, so that nothing depends on the clock."""
    made = to_jst(draft.provenance.as_of).astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
    core = document.core_properties
    core.title, core.subject = draft.title_ja, draft.contract_ja
    core.author = core.last_modified_by = draft.drafter or draft.contract_ja
    core.identifier = f"{draft.contract}/{draft.paper}/{draft.instance or '-'}"
    core.keywords = f"seq {draft.provenance.seq}"
    core.comments = "\n".join(sheet.footer(draft))
    core.language = "ja-JP"
    core.created = core.modified = core.last_printed = made
    core.revision = 1


def _running(document: Any, draft: PaperDraft) -> None:
    section = document.sections[0]
    header = section.header.paragraphs[0]
    header.text = f"{sheet.draft_label(draft)}　　{sheet.running(draft)}"
    lines = sheet.footer(draft)
    footer = section.footer.paragraphs[0]
    for line in lines:
        _run(footer, f"{line}\n", small=True)
    footer.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
    pages = section.footer.add_paragraph()
    pages.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(pages, "PAGE")
    pages.add_run(" / ")
    _field(pages, "NUMPAGES")


def _field(paragraph: Any, code: str) -> None:
    """A field that Word computes: the page, the number of pages."""
    for kind, text in (("begin", None), (None, code), ("end", None)):
        run = paragraph.add_run()
        if kind is not None:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = text
        run._r.append(mark)  # noqa: SLF001 python-docx has no fields of its own


def _letter_head(document: Any, draft: PaperDraft) -> None:
    right = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph(draft.number or "第　　　　　　号").alignment = right
    document.add_paragraph(draft.dated or "令和　　　年　　　月　　　日").alignment = right
    for person in draft.addressees:
        document.add_paragraph(f"{_named(person)}　{sheet.honorific(person)}")
    for person in draft.senders:
        paragraph = document.add_paragraph(f"{_named(person)}\n職・氏名　＿＿＿＿＿＿＿＿＿＿＿＿　㊞")
        paragraph.paragraph_format.left_indent = Mm(78)


def _named(person: Person) -> str:
    label = f"（{person.label}）　" if person.label else ""
    return label + (person.name or f"{person.known_as}　＿＿＿＿＿＿＿＿＿＿＿＿")


def _form(document: Any, entries: tuple[Entry, ...]) -> None:
    table = _table(document, (44, _TEXT_MM - 44), len(entries))
    for row, entry in zip(table.rows, entries, strict=True):
        _cell(row.cells[0], entry.ja, entry.en)
        if entry.value:
            _cell(row.cells[1], entry.value)
        elif entry.blank is None:
            _cell(row.cells[1], "（任意・記入なし）")
        else:
            _cell(row.cells[1], "＿" * 24, sheet.blank_text(entry))


def _working(document: Any, working: Working) -> None:
    document.add_heading(f"{working.instance}　{working.ja}", level=3)
    table = _table(document, (10, _TEXT_MM - 46, 36), len(working.lines) + 1)
    _header(table, ("順", "計算・経過", "根拠"))
    for number, (row, line) in enumerate(zip(table.rows[1:], working.lines, strict=True), 1):
        _cell(row.cells[0], str(number))
        _cell(row.cells[1], line.ja, line.en)
        _cell(row.cells[2], sheet.basis(line))


def _list(document: Any, part: sheet.Part) -> None:
    free = _TEXT_MM - sum(part.columns)
    widths = tuple(width or free for width in part.columns)
    table = _table(document, widths, len(part.rows) + 1)
    _header(table, part.header)
    for row, cells in zip(table.rows[1:], part.rows, strict=True):
        for target, cell in zip(row.cells, cells, strict=True):
            _cell(target, cell.ja, cell.en)
            if cell.figure:
                target.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _table(document: Any, widths: tuple[int, ...], rows: int) -> Any:
    table = document.add_table(rows=rows, cols=len(widths))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    return table


def _header(table: Any, words: tuple[str, ...]) -> None:
    """The first row, repeated on every sheet."""
    row = table.rows[0]
    for cell, text in zip(row.cells, words, strict=True):
        _cell(cell, text)
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)  # noqa: SLF001 python-docx has no repeated header rows of its own


def _cell(cell: Any, ja: str, en: str = "") -> None:
    paragraph = cell.paragraphs[0]
    _run(paragraph, ja).font.size = Pt(9)
    if en:
        _small(cell.add_paragraph(), en)


def _small(paragraph: Any, text: str) -> Any:
    _run(paragraph, text, small=True)
    return paragraph


def _run(paragraph: Any, text: str, *, small: bool = False) -> Any:
    run = paragraph.add_run(text)
    if small:
        run.font.size = Pt(7)
        run.font.color.rgb = _GREY
    return run


def _fixed(document: Any) -> bytes:
    """The file with its parts in one order and at one time: a zip otherwise bears the minute in which it was made."""
    made = io.BytesIO()
    document.save(made)
    fixed = io.BytesIO()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = zipfile.ZipInfo(name, _ZIPPED_AT)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.external_attr = 0o600 << 16
            target.writestr(part, source.read(name))
    return fixed.getvalue()
