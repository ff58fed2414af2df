"""Filled forms brought back: the Word and Excel of a draft, their differences shown, taken only when chosen."""

from __future__ import annotations

import io
import re

import docx
from openpyxl import load_workbook
from test_papers import blanks, sheet, token_in

__all__ = ["sheet"]


def bring(visitor, path, name, content):
    return visitor.upload(f"{path}filled", {}, {"file": (name, content)})


def values_of(page) -> dict[str, str]:
    return dict(re.findall(r'name="v\.([^"]+)" value="([^"]*)"', page.text))


def excel_with(content: bytes, **entries: str) -> bytes:
    book = load_workbook(io.BytesIO(content))
    for row in book.active.iter_rows(min_row=3):
        if row[0].value in entries:
            row[3].value, row[3].data_type = entries[row[0].value], "s"  # as text, whatever it begins with
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def word_with(content: bytes, label: str, text: str) -> bytes:
    file = docx.Document(io.BytesIO(content))
    row = next(each for each in file.tables[0].rows if each.cells[0].paragraphs[0].text == label)
    row.cells[1].paragraphs[0].text = text
    file.paragraphs[0].text = "潮風第九号"
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def first_text_blank(page) -> tuple[str, str]:
    """Name and label of a blank that a person writes."""
    found = re.search(r'<label for="f-([^"]+)"><b>([^<]+)</b>(?:(?!</div>).)*<textarea', page.text, re.DOTALL)
    return found.group(1), found.group(2)


def test_an_excel_form_comes_back_with_its_differences_and_is_taken_where_chosen(desk, sheet):
    contractor = desk.visitor("shiraishi")
    name, _ = first_text_blank(contractor.get(sheet))
    form = contractor.get(f"{sheet}1.xlsx").body
    same = bring(contractor, sheet, "same.xlsx", form)
    assert "違いはありません" in same.text
    filled = excel_with(form, **{name: "=1+1 を実施した", "paper.number": "潮風第八号", "paper.date": "令和8年7月1日"})
    page = bring(contractor, sheet, "filled.xlsx", filled)
    found = values_of(page)
    assert found == {name: "=1+1 を実施した", "paper.number": "潮風第八号", "paper.date": "2026-07-01"}
    assert "潮風第八号" not in contractor.get(sheet).text
    form_fields = {"edits": token_in_edits(page), **{f"v.{each}": text for each, text in found.items()}}
    contractor.post(f"{sheet}filled/take", {**form_fields, "take": name})
    after = contractor.get(sheet).text
    assert "=1+1 を実施した" in after
    assert "潮風第八号" not in after
    again = load_workbook(io.BytesIO(contractor.get(f"{sheet}1.xlsx").body)).active
    cell = next(row[3] for row in again.iter_rows(min_row=3) if row[0].value == name)
    assert cell.data_type == "s"
    assert cell.quotePrefix


def token_in_edits(page) -> str:
    return re.search(r'name="edits" value="([^"]*)"', page.text).group(1)


def test_our_word_file_comes_back_filled(desk, sheet):
    contractor = desk.visitor("shiraishi")
    name, label = first_text_blank(contractor.get(sheet))
    form = contractor.get(f"{sheet}1.docx").body
    assert "違いはありません" in bring(contractor, sheet, "same.docx", form).text
    found = values_of(bring(contractor, sheet, "filled.docx", word_with(form, label, "三か所で実施")))
    assert found == {name: "三か所で実施", "paper.number": "潮風第九号"}


def test_the_second_person_to_bring_a_form_sees_what_was_saved_first(desk, sheet):
    first, second = desk.visitor("shiraishi"), desk.visitor("tsuji")
    page = bring(second, sheet, "a.xlsx", excel_with(second.get(f"{sheet}1.xlsx").body, **{"paper.number": "二号"}))
    first.post(sheet, blanks(**{"f.paper.number": "一号", "edits": token_in(first.get(sheet))["edits"]}))
    taken = {"edits": token_in_edits(page), "take": "paper.number", "v.paper.number": "二号"}
    moved = second.post(f"{sheet}filled/take", taken)
    assert moved.status == 409
    assert "先に保存されたものと、あなたが書いたもの" in moved.text
    assert 'value="二号"' in moved.text
    assert 'value="一号"' in first.get(sheet).text


def test_another_papers_form_a_picture_and_a_strangers_form_are_refused(desk, sheet):
    contractor = desk.visitor("shiraishi")
    form = contractor.get(f"{sheet}1.xlsx").body
    book = load_workbook(io.BytesIO(form))
    book.active["B1"] = "0" * 32
    out = io.BytesIO()
    book.save(out)
    page = bring(contractor, sheet, "other.xlsx", out.getvalue())
    assert page.status == 409
    assert "この書類から出したWordかExcelではありません" in page.text
    foreign = docx.Document()
    foreign.add_paragraph("別の書類")
    out = io.BytesIO()
    foreign.save(out)
    assert bring(contractor, sheet, "other.docx", out.getvalue()).status == 409
    assert bring(contractor, sheet, "text.txt", b"hello").status == 409
    assert bring(desk.visitor("morita"), sheet, "a.xlsx", form).status == 404
    assert bring(desk.visitor("kuroda"), sheet, "a.xlsx", form).status == 404
