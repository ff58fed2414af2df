"""Tables of figures as an Excel workbook (openpyxl) and as CSV. The same tables give the same bytes."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from itaku.basis.formulas import guarded
from itaku.settlement.figures import Figures

_STAMP = (2020, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def workbook(tables: Sequence[Figures]) -> bytes:
    """One sheet for each table: numbers as whole numbers with commas, the header fixed, texts never as formulas."""
    book = Workbook()
    book.remove(book.active)
    for table in tables:
        sheet = book.create_sheet(table.ja[:31])
        sheet.append(list(table.header))
        for row in table.rows:
            sheet.append(list(row))
        for column, _ in enumerate(table.header, 1):
            head = sheet.cell(1, column)
            head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="EEEEEE")
            head.alignment = Alignment(horizontal="center", wrap_text=True)
            texts = [str(row[column - 1]) for row in table.rows]
            width = max((_width(text) for text in (table.header[column - 1], *texts)), default=8)
            sheet.column_dimensions[get_column_letter(column)].width = min(60, width + 3)
        for cells in sheet.iter_rows(min_row=2):
            for cell in cells:
                if isinstance(cell.value, int):
                    cell.number_format = "#,##0"
                else:
                    cell.data_type = "s"
        sheet.freeze_panes = "A2"
        sheet.oddHeader.center.text = table.ja
    made = io.BytesIO()
    book.save(made)
    return _without_times(made.getvalue())


def csv_text(table: Figures) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads it as it is; CRLF. A text is never read as a formula."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(table.header)
    writer.writerows([[guarded(value) if isinstance(value, str) else value for value in row] for row in table.rows])
    return made.getvalue().encode("utf-8-sig")


def _width(text: str) -> int:
    return sum(1 if ord(character) < 256 else 2 for character in text)


def _without_times(made: bytes) -> bytes:
    """The workbook with fixed times, packed anew: openpyxl writes the machine's clock into it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>2020-01-01T00:00:00Z\g<3>", data)
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, data)
    return out.getvalue()
