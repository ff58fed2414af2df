"""The first screen of both sides: what is overdue, due today and soon, why, and what to press."""

from __future__ import annotations

import io
import re

import psycopg
import pytest
from desk_under_test import text_of
from mornings import CERTIFICATES, MARATHON, busy, tell
from openpyxl import load_workbook

from itaku.contracts.engine.events import Told
from itaku.desk.settings import DeskSettings


@pytest.fixture(scope="module")
def morning(desk):
    """The desk with something in every band."""
    busy(desk)
    return desk


def rows(page) -> list[str]:
    """Every row of a page, as a person reads it."""
    return [
        text_of(each) for each in re.findall(r'<div class="duty">(.*?)<div class="why-slot">', page.text, re.DOTALL)
    ]


def row(page, words: str) -> str:
    """The one row that holds these words."""
    (found,) = [each for each in rows(page) if words in each]
    return found


def heads(page) -> dict[str, int]:
    """The bands of a page with their counts."""
    found = re.findall(r'<h2 id="g-(\w+)">.*?<span class="count">(\d+)', page.text, re.DOTALL)
    return {name: int(number) for name, number in found}


def buttons(page) -> list[tuple[str, str, str]]:
    """The buttons of the rows: their style, where they lead, their words."""
    return [
        (style, link.replace("&amp;", "&"), text_of(words))
        for style, link, words in re.findall(
            r'<div class="duty__act"><a class="btn btn--(\w+)" href="([^"]+)">(.*?)</a>', page.text
        )
    ]


def test_the_officer_s_bands_stand_in_their_order_with_their_counts(morning):
    page = morning.visitor("morita").get("/")
    assert list(heads(page)) == ["overdue", "today", "soon", "promptly"]
    assert sum(heads(page).values()) == len(rows(page))
    assert "3日超過" in row(page, "検査の実施")
    assert "本日まで" in row(page, "11,000,000円")
    assert "あと5日" in row(page, "抹消措置作業計画")


def test_a_row_says_who_owes_whom_by_which_clause_and_how_it_is_counted(morning):
    found = row(morning.visitor("morita").get("/"), "検査の実施")
    assert "甲が乙に負う" in found
    assert "第12条第2項" in found
    assert "業務完了報告書の受理 6/19（金）" in found
    assert "10日後、初日不算入、末日 6/29（月）" in found


def test_only_one_s_own_duty_that_is_overdue_or_due_today_has_a_solid_button(morning):
    officer = buttons(morning.visitor("morita").get("/"))
    assert [words for style, _, words in officer if style == "primary"] == ["検査調書をつくる"]
    treasurer = buttons(morning.visitor("ono").get("/"))
    assert "支払いを記録する" in [words for style, _, words in treasurer if style == "primary"]
    manager = buttons(morning.visitor("shiraishi").get("/"))
    assert {style for style, _, _ in manager} == {"outline"}


def test_what_a_colleague_has_to_record_says_whose_duty_it_is(morning):
    page = morning.visitor("morita").get("/")
    assert "出納" in row(page, "11,000,000円")
    assert "出納" not in row(morning.visitor("ono").get("/"), "11,000,000円")


@pytest.mark.parametrize("name", ["morita", "ono", "kanda", "shiraishi", "minato", "kuroda"])
def test_every_button_leads_to_a_page_that_is_there(morning, name):
    visitor = morning.visitor(name)
    led = {link.partition("#")[0] for _, link, _ in buttons(visitor.get("/"))}
    assert led
    assert [(link, visitor.get(link).status) for link in led] == [(link, 200) for link in led]


def test_a_clause_leads_to_its_place_on_the_contract_s_page(morning):
    visitor = morning.visitor("morita")
    link = re.search(r'chip--clause" href="(/contracts/[^"]+#S2-12-2)"', visitor.get("/").text)
    assert link is not None
    assert 'id="S2-12-2"' in visitor.get(link[1].partition("#")[0]).text


def test_the_manager_sees_what_to_hand_in_to_whom_and_what_is_still_blank(morning):
    page = morning.visitor("shiraishi").get("/")
    assert "今日出すもの" in text_of(page.text)
    plan = row(page, "抹消措置作業計画")
    assert "宛先 千葉県" in plan
    assert re.search(r"未記入 \d+", plan)
    assert "抹消措置作業計画をつくる" in plan
    assert "証明書等" not in text_of(page.text)


def test_what_has_no_day_but_is_urgent_stands_with_the_word_of_the_clause(morning):
    page = morning.visitor("minato").get("/")
    assert "promptly" in heads(page)
    assert any(each.startswith("直ちに") for each in rows(page))


def test_an_own_target_gives_such_a_matter_a_day(morning):
    told = Told(id="aim1", at="2026-07-01", kind="target.set", fields={"under": "S1-13", "date": "2026-07-02"})
    contract = morning.ask(lambda keeper: keeper.at(CERTIFICATES))
    under = next(view.provision for view in contract.views.values() if view.due.manner and view.state == "in_effect")
    told.fields["under"] = under
    before = heads(morning.visitor("minato").get("/"))
    tell(morning, CERTIFICATES, [told])
    after = heads(morning.visitor("minato").get("/"))
    assert after["today"] == before.get("today", 0) + 1
    assert after.get("promptly", 0) == before["promptly"] - 1


def test_an_auditor_sees_all_and_can_only_look(morning):
    page = morning.visitor("kuroda").get("/")
    assert {words for _, _, words in buttons(page)} == {"条文を見る"}
    assert {style for style, _, _ in buttons(page)} == {"outline"}


def test_why_answers_in_parts_with_the_strip(morning):
    page = morning.visitor("morita").get(f"/why/{MARATHON}/S2-13-3[sub_no=P-1]", **{"HX-Request": "true"})
    said = text_of(page.text)
    for words in (
        "きっかけ 請求書の受理 6/2（火）",
        "第13条第3項",
        "30日目の 7/2（木）の終わりまで",
        "別の読み方",
        "過ぎると",
        "率を登録する",
    ):
        assert words in said
    assert page.text.count("<i class=") == 31
    assert page.text.count('class="zero"') == page.text.count('class="last"') == 1
    assert "<html" not in page.text


def test_why_is_a_page_of_its_own_without_script(morning):
    page = morning.visitor("morita").get(f"/why/{MARATHON}/S2-13-3[sub_no=P-1]")
    assert "<html" in page.text
    assert "きっかけ" in page.text


def test_why_of_others_and_of_nothing_is_not_there(morning):
    assert morning.visitor("shiraishi").get(f"/why/{CERTIFICATES}/S1-13[x]").status == 404
    assert morning.visitor("morita").get(f"/why/{MARATHON}/S2-99").status == 404


def test_filters_stay_in_the_address_and_the_session_until_they_are_cleared(morning):
    visitor = morning.visitor("kanda")
    only = visitor.get("/?own=1&kind=obligation")
    assert heads(only) == {"overdue": 1}
    back = visitor.get("/")
    assert back.path == "/?own=1&kind=obligation"
    assert heads(back) == heads(only)
    visitor.get("/?page=1")
    assert visitor.get("/").path == "/"


def test_one_s_own_goes_by_one_s_duties_and_nothing_is_nobody_s(morning):
    whole = {"overdue": "検査の実施", "today": "11,000,000円"}
    inspector, treasurer = (morning.visitor(name).get("/?own=1&kind=obligation") for name in ("kanda", "ono"))
    assert heads(inspector) == {"overdue": 1}
    assert whole["overdue"] in rows(inspector)[0]
    assert "自分の役割（検査員）の手番だけ" in text_of(inspector.text)
    assert heads(treasurer) == {"today": 1}
    assert whole["today"] in rows(treasurer)[0]
    officer = morning.visitor("morita").get("/?own=1")
    assert "自分の役割（契約担当）の手番" in text_of(officer.text)
    assert not any(words in each for words in whole.values() for each in rows(officer))
    administrator = morning.visitor("hayashi").get("/?own=1&kind=obligation")
    assert "役割では分けられません" in text_of(administrator.text)
    assert heads(administrator) == {"overdue": 1, "today": 1}
    change = "UPDATE desk.accounts_membership SET duties = %s WHERE person_id ="
    change += " (SELECT id FROM desk.accounts_person WHERE sign_in_name = 'kanda')"
    with psycopg.connect(morning.dsn) as line:
        line.execute(change, [["chief_engineer"]])
    assert heads(morning.visitor("morita").get("/?own=1&kind=obligation")) == {"overdue": 1}, (
        "now there is no inspector"
    )
    with psycopg.connect(morning.dsn) as line:
        line.execute(change, [["inspector"]])
    shown = morning.visitor("kanda").get("/?page=1")
    assert "自分の担当：" not in text_of(shown.text)


def test_filters_by_text_contract_and_band_count_rightly(morning):
    visitor = morning.visitor("morita")
    assert heads(visitor.get("/?text=検査".replace("検査", "%E6%A4%9C%E6%9F%BB")))["overdue"] == 1
    assert not heads(visitor.get("/?text=no+such+words"))
    one = visitor.get(f"/?contract={CERTIFICATES}")
    assert all("証明書等自動交付" in each for each in rows(one))
    assert not heads(visitor.get("/?contract=of-others"))
    later = visitor.get("/?band=later")
    assert list(heads(later)) == ["later"]
    visitor.get("/?page=1")


def test_what_is_no_filter_narrows_nothing(morning):
    visitor = morning.visitor("morita")
    whole = heads(visitor.get("/?page=1"))
    assert heads(visitor.get("/?kind=%27%3B--&band=nothing&own=maybe&page=x")) == whole
    assert visitor.get("/?page=99").status == 404


def test_nothing_that_fits_teaches_how_to_see_more(morning):
    visitor = morning.visitor("morita")
    page = visitor.get("/?text=no+such+words")
    assert "しぼりこみに当たるものはありません" in page.text
    visitor.get("/?page=1")


def test_the_list_goes_out_to_excel_with_the_same_rows_as_the_screen(morning):
    visitor = morning.visitor("morita")
    shown = visitor.get("/?page=1")
    sheet = load_workbook(io.BytesIO(visitor.get("/lists/due.xlsx").body)).active
    table = list(sheet.iter_rows(values_only=True))
    assert table[0][:6] == ("区分", "期限", "時刻", "残り日数", "内容", "契約")
    assert len(table) - 1 == len(rows(shown))
    overdue = next(each for each in table if each[4] == "検査の実施")
    assert overdue[:4] == ("期限超過", "2026-06-29", None, -3)
    own = load_workbook(io.BytesIO(visitor.get("/lists/due.xlsx?own=1").body)).active
    assert own.max_row - 1 == len(rows(visitor.get("/?own=1")))
    visitor.get("/?page=1")


def test_a_text_in_a_list_is_never_read_as_a_formula(morning):
    evil = "=HYPERLINK(1)"
    told = Told(
        id="evil1",
        at="2026-06-30",
        kind="sanitization.planned",
        fields={"device": evil.replace("=", "+"), "class": "B", "on": "2026-08-05", "leased": False, "outside": False},
    )
    tell(morning, MARATHON, [told])
    visitor = morning.visitor("morita")
    csv = visitor.get("/lists/due.csv").body
    assert csv.startswith(b"\xef\xbb\xbf")
    assert ",'+HYPERLINK(1)" in csv.decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(visitor.get("/lists/due.xlsx").body)).active
    held = [cell for line in sheet.iter_rows() for cell in line if cell.value == "+HYPERLINK(1)"]
    assert held
    assert {cell.data_type for cell in held} == {"s"}


def test_the_list_is_one_s_own_contracts_alone(morning):
    csv = morning.visitor("shiraishi").get("/lists/due.csv").body.decode("utf-8-sig")
    assert MARATHON in csv
    assert CERTIFICATES not in csv


def test_english_stands_in_the_place_of_japanese(morning):
    visitor = morning.visitor("morita")
    visitor.post("/language/", {"lang": "en", "back": "/"})
    page = visitor.get("/")
    said = text_of(page.text)
    assert "Due today" in said
    assert "Overdue" in said or "overdue" in said
    assert "日超過" not in said


def test_a_setting_names_whom_to_phone():
    assert DeskSettings(name="d", dsn="", secret_key="k", code_key="c", files="f").incident_phones == {}
