"""Lists out and back in: what differs becomes proposed events, told only after approval by who may tell them."""

from __future__ import annotations

import csv
import io
import re

import pytest
from desk_under_test import text_of
from openpyxl import Workbook, load_workbook

from itaku.contracts.engine.events import Told

MARATHON = "marathon-2026"
PEOPLE = f"/lists/{MARATHON}/people/"


def taken_out(visitor, name="people"):
    """The rows of the list's Excel file."""
    book = load_workbook(io.BytesIO(visitor.get(f"/lists/{MARATHON}/{name}.xlsx").body))
    assert book.active.freeze_panes == "A2"
    return [["" if cell is None else cell for cell in row] for row in book.active.iter_rows(values_only=True)]


def excel(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bring(visitor, content, path=PEOPLE, name="people.xlsx"):
    return visitor.upload(path, {}, {"file": (name, content)})


def approval(page):
    return re.search(r'name="approved" value="([^"]+)"', page.text)[1]


def told(desk):
    return desk.ask(lambda keeper: keeper.told(MARATHON))


def test_the_roster_is_what_was_told_in_excel_and_in_csv(desk):
    visitor = desk.visitor("shiraishi")
    rows = taken_out(visitor)
    assert rows[0] == ["取扱者の番号", "役割", "候補とした日", "受講の日", "講習", "登載の日"]
    assert rows[1] == ["T-01", "責任者", "2025-11-10", "2025-11-12", "個人情報の取扱い", "2025-11-13"]
    text = visitor.get(f"/lists/{MARATHON}/people.csv").body.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == rows
    assert taken_out(visitor, "data")[1][:5] == ["申込者名簿", "2", "いいえ", "2026-07-01", "2026-07-01"]


def test_a_file_that_was_not_changed_differs_in_nothing(desk):
    visitor = desk.visitor("shiraishi")
    page = bring(visitor, visitor.get(f"/lists/{MARATHON}/people.xlsx").body)
    assert "違いはありません" in page.text
    page = bring(visitor, visitor.get(f"/lists/{MARATHON}/people.csv").body, name="people.csv")
    assert "違いはありません" in page.text


def test_new_rows_and_filled_cells_become_events_only_after_approval_and_once(desk):
    visitor = desk.visitor("shiraishi")
    rows = taken_out(visitor)
    rows.append(["T-09", "取扱者", "2026-06-29", "2026-06-30", "個人情報の取扱い", ""])
    before = told(desk)
    page = bring(visitor, excel(rows))
    assert page.status == 200, text_of(page.text)
    assert "取扱者の候補" in page.text
    assert "取扱者の受講" in page.text
    assert told(desk) == before
    approved = approval(page)
    assert visitor.post(PEOPLE, {"approved": approved}).status == 200
    assert visitor.post(PEOPLE, {"approved": approved}).status == 200  # a double click
    fresh = told(desk)[len(before) :]
    assert [(each.kind, each.at, each.by) for each in fresh] == [
        ("handler.nominated", "2026-06-29", "contractor"),
        ("handler.trained", "2026-06-30", "contractor"),
    ]
    assert fresh[1].fields == {"person": "T-09", "on": "2026-06-30", "course": "個人情報の取扱い"}
    assert taken_out(visitor)[-1][0] == "T-09"
    assert f"/contracts/{MARATHON}/" in visitor.get(f"/lists/{MARATHON}/").text


def test_who_may_not_tell_sees_the_differences_and_cannot_approve(desk):
    rows = taken_out(desk.visitor("morita"))
    rows.append(["T-10", "取扱者", "2026-06-29", "", "", ""])
    for name in ("morita", "kuroda"):
        page = bring(desk.visitor(name), excel(rows))
        assert "取扱者の候補" in page.text
        assert 'name="approved"' not in page.text
    contractors = approval(bring(desk.visitor("shiraishi"), excel(rows)))
    before = told(desk)
    assert desk.visitor("morita").post(PEOPLE, {"approved": contractors}).status == 409
    assert told(desk) == before


def test_each_bad_row_is_named_and_nothing_can_be_approved(desk):
    visitor = desk.visitor("shiraishi")
    rows = taken_out(visitor)
    rows[1][1] = "取扱者"  # a told cell, changed
    gone = rows.pop(2)[0]
    first = len(rows) + 1
    rows += [
        ["T-20", "社長", "2026-06-29", "", "", ""],
        ["T-21", "取扱者", "いつか", "", "", ""],
        ["T-22", "取扱者", "2026-12-01", "", "", ""],
        ["T-23", "取扱者", "2026-06-01", "2026-06-02", "", ""],
        ["T,24", "取扱者", "2026-06-01", "", "", ""],
        ["T-25", "取扱者", "", "", "", ""],
        ["T-01", "責任者", "", "", "", ""],
    ]
    page = bring(visitor, excel(rows))
    text = text_of(page.text)
    for row, said in enumerate(("社長", "いつか", "先の日", "空です", "使えない文字", "日が空", "二度"), first):
        assert re.search(rf"(?<!\d){row} \S+ \S*{said}", text), (row, said, text)
    assert "訂正は記録の画面" in text
    assert gone in text
    assert 'name="approved"' not in page.text


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no", b"\xff\xfe\x00", b"a,b,c\r\n1,2,3\r\n", excel([["x"]]), b"x" * 3_000_001]
)
def test_what_is_no_list_is_refused(desk, content):
    page = bring(desk.visitor("shiraishi"), content)
    assert page.status == 400
    assert "読めません" in page.text


def test_a_text_like_a_formula_goes_out_as_text_and_comes_back_as_it_was(desk):
    visitor = desk.visitor("shiraishi")
    rows = taken_out(visitor)
    rows.append(["+T-30", "取扱者", "2026-06-29", "2026-06-30", "@SUM(1)", ""])
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for row in book.active.iter_rows():
        for cell in row:
            cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    visitor.post(PEOPLE, {"approved": approval(bring(visitor, out.getvalue()))})
    text = visitor.get(f"/lists/{MARATHON}/people.csv").text
    assert "'@SUM(1)" in text
    assert "'+T-30" in text
    page = bring(visitor, visitor.get(f"/lists/{MARATHON}/people.csv").body, name="people.csv")
    assert "違いはありません" in page.text


def test_whoever_approves_after_something_else_was_told_is_asked_again(desk):
    visitor = desk.visitor("shiraishi")
    rows = [*taken_out(visitor), ["T-40", "取扱者", "2026-06-29", "", "", ""]]
    approved = approval(bring(visitor, excel(rows)))
    between = Told(id="between", at="2026-07-01", kind="doubt.raised", fields={"doubt": "あいだ"})
    desk.ask(lambda keeper: keeper.append(MARATHON, between))
    before = told(desk)
    assert visitor.post(PEOPLE, {"approved": approved}).status == 409
    assert told(desk) == before


def test_strangers_find_no_list(desk):
    visitor = desk.visitor("minato")
    for path in ("", "people.xlsx", "people.csv"):
        assert visitor.get(f"/lists/{MARATHON}/{path}").status == 404
    assert visitor.post(PEOPLE, {"approved": "x"}).status == 404
    assert desk.visitor("morita").get(f"/lists/{MARATHON}/nothing.xlsx").status == 404
