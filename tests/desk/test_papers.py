"""Papers between both sides: drafted, handed in, received, approved, sent back, superseded; two people at once."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from desk_under_test import text_of

from itaku.contracts.engine.events import Told

NEW = "/papers/marathon-2026/completion-report/new"


def token_in(page) -> dict[str, str]:
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page.text).group(1) for name in ("token", "edits")}


def blanks(**more: str) -> dict[str, str]:
    return {"f.paper.date": "2026-07-02", "f.paper.from": "株式会社潮風イベント", "f.scope": "令和8年度分", **more}


@pytest.fixture
def sheet(desk):
    """The address of a fresh draft of the report; withdrawn at the end, so that the next test begins anew."""
    visitor = desk.visitor("shiraishi")
    path = visitor.get(NEW).path
    yield path
    page = visitor.get(path)
    if 'value="withdraw"' in page.text:
        visitor.post(f"{path}step", {**token_in(page), "what": "withdraw", "reason": "おわり"})


def step(visitor, path, what, **more):
    return visitor.post(f"{path}step", {**token_in(visitor.get(path)), "what": what, **more})


def filled(visitor, path, **more) -> None:
    page = visitor.get(path)
    names = re.findall(r'name="(f\.[^"]+)"', page.text)
    text = {
        name: "内容" for name in names if "chip--doubt" in page.text and name.startswith("f.") and "paper" not in name
    }
    for name in names:
        if re.search(rf'name="{re.escape(name)}" type="date"', page.text):
            text[name] = "2026-07-02"
    text |= {"f.paper.date": "2026-07-02", "f.paper.from": "株式会社潮風イベント", **more}
    assert visitor.post(path, {**text, "edits": token_in(page)["edits"]}).status == 200


def test_a_draft_is_its_drafters_alone_until_it_is_handed_in(desk, sheet):
    officer = desk.visitor("morita")
    assert officer.get(sheet).status == 404
    filled(desk.visitor("shiraishi"), sheet)
    step(desk.visitor("shiraishi"), sheet, "submit")
    assert officer.get(sheet).status == 200


def test_a_paper_with_empty_blanks_is_not_handed_in_and_says_which_are_empty(desk, sheet):
    page = step(desk.visitor("shiraishi"), sheet, "submit")
    assert page.status == 409
    assert "書き込みの要る欄が空いています" in page.text
    assert "実施内容" in page.text


def test_a_paper_goes_from_one_side_to_the_other_and_the_contract_hears_of_it(desk, sheet):
    contractor, officer = desk.visitor("shiraishi"), desk.visitor("morita")
    filled(contractor, sheet)
    step(contractor, sheet, "submit")
    assert "提出済・受理待ち" in contractor.get(sheet).text
    onward = step(officer, sheet, "receive")
    assert onward.path.startswith("/acts/marathon-2026/report.received/?instance=S2-12-1")
    assert 'class="chip chip--pending"' in officer.get(sheet).text
    waits = "受理しましたが、できごとはまだ記録していません"
    assert waits in text_of(officer.get(sheet).text)
    assert "記録する人" in text_of(contractor.get(sheet).text)
    assert "受理した書類・未記録" in text_of(officer.get("/?page=1").text)
    assert f'href="{onward.path}"'.replace("&", "&amp;") in officer.get("/?page=1").text
    for other in (contractor, desk.visitor("kuroda"), desk.visitor("minato")):
        assert "未記録" not in other.get("/?page=1").text
    assert "受理済" in contractor.get(sheet).text
    told = desk.ask(lambda keeper: keeper.told("marathon-2026"))[-1]
    assert told.kind == "paper.filed"
    assert told.fields["paper"] == "completion-report"
    pdf = officer.get(f"{sheet}1.pdf")
    assert pdf.headers["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(pdf.body)) as read:
        assert len(read.pages) >= 1
    word = officer.get(f"{sheet}1.docx")
    assert word.body.startswith(b"PK")
    fields = {"sub_no": "told-7", "scope": "completion", "fy": "R8"}
    received = Told(id="told-of-it", at="2026-07-02", kind="report.received", by="committee", fields=fields)
    desk.ask(lambda keeper: keeper.append("marathon-2026", received))
    assert waits not in text_of(officer.get(sheet).text)
    assert "未記録" not in officer.get("/?page=1").text
    void = Told(id="not-told-of-it", voids="told-of-it", by="committee")
    desk.ask(lambda keeper: keeper.append("marathon-2026", void))


def test_what_was_handed_in_stays_as_it_was(desk, sheet):
    contractor = desk.visitor("shiraishi")
    filled(contractor, sheet)
    step(contractor, sheet, "submit")
    before = contractor.get(f"{sheet}1.pdf").body
    assert contractor.post(sheet, {"f.paper.number": "別の番号", "edits": "1"}).status == 409
    assert contractor.get(f"{sheet}1.pdf").body == before


def test_a_paper_sent_back_comes_again_with_its_differences(desk, sheet):
    contractor, officer = desk.visitor("shiraishi"), desk.visitor("morita")
    filled(contractor, sheet)
    step(contractor, sheet, "submit")
    assert step(officer, sheet, "send_back").status == 409
    step(officer, sheet, "send_back", reason="実施内容が足りません")
    assert "実施内容が足りません" in contractor.get(sheet).text
    step(contractor, sheet, "supersede")
    filled(contractor, sheet, **{"f.paper.number": "潮風第8号"})
    page = text_of(contractor.get(sheet).text)
    assert "第2版" in page
    assert "前の版との違い" in page
    assert "潮風第8号" in page
    assert "第1版" in text_of(officer.get(sheet).text)


def test_pressed_twice_a_step_is_taken_once(desk, sheet):
    contractor = desk.visitor("shiraishi")
    filled(contractor, sheet)
    form = {**token_in(contractor.get(sheet)), "what": "submit"}
    for _ in range(2):
        assert contractor.post(f"{sheet}step", form).status == 200
    assert contractor.get(sheet).text.count("<li><time>") == 1


def test_the_second_of_two_people_sees_the_difference_and_loses_nothing(desk, sheet):
    first, second = desk.visitor("shiraishi"), desk.visitor("tsuji")
    edits = token_in(second.get(sheet))["edits"]
    first.post(sheet, {"f.paper.number": "一号", "edits": edits})
    page = second.post(sheet, {"f.paper.number": "二号", "edits": edits})
    assert page.status == 409
    assert "先に保存されたものと、あなたが書いたもの" in page.text
    assert "一号" in page.text
    assert 'value="二号"' in page.text
    again = second.post(sheet, {"f.paper.number": "二号", "edits": token_in(page)["edits"]})
    assert again.status == 200
    assert 'value="二号"' in first.get(sheet).text


def test_a_blank_that_cannot_be_read_says_so_beside_it_and_keeps_what_was_written(desk, sheet):
    contractor = desk.visitor("shiraishi")
    contractor.post(sheet, {"f.paper.date": "いつか", "edits": token_in(contractor.get(sheet))["edits"]})
    page = contractor.get(sheet).text
    assert "field__error" in page
    assert 'value="いつか"' in page


def test_nobody_receives_their_own_paper_and_auditors_do_nothing(desk, sheet):
    contractor, auditor = desk.visitor("shiraishi"), desk.visitor("kuroda")
    filled(contractor, sheet)
    step(contractor, sheet, "submit")
    form = token_in(contractor.get(sheet))
    assert contractor.post(f"{sheet}step", {**form, "what": "receive"}).status == 409
    assert 'name="what"' not in auditor.get(sheet).text
    assert auditor.post(f"{sheet}step", {"token": "0" * 32, "edits": form["edits"], "what": "receive"}).status == 409
    assert "提出済・受理待ち" in contractor.get(sheet).text


def test_a_stranger_and_forged_ids_find_nothing(desk, sheet):
    assert desk.visitor("minato").get(sheet).status == 404
    officer = desk.visitor("morita")
    for path in (
        "/papers/marathon-2026/sheet/" + "0" * 32 + "/",
        "/papers/marathon-2026/no-such-paper/new",
        "/papers/certificates-2026/sheet/" + sheet.split("/")[4] + "/",
        f"{NEW}?instance=S2-99",
    ):
        assert officer.get(path).status == 404


def test_the_lists_show_what_is_there_and_what_the_contract_names(desk, sheet):
    contractor = desk.visitor("shiraishi")
    filled(contractor, sheet)
    step(contractor, sheet, "submit")
    assert "業務完了報告書" in desk.visitor("morita").get("/papers/?state=submitted").text
    assert "業務完了報告書" not in desk.visitor("minato").get("/papers/").text
    assert "業務工程表" in contractor.get("/papers/marathon-2026/").text
