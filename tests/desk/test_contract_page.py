"""A contract at a glance, on any day, and what an amendment would change; its works schedule through Excel."""

from __future__ import annotations

import datetime as dt
import io
import re
from urllib.parse import quote

from desk_under_test import text_of
from openpyxl import load_workbook

MARATHON = "/contracts/marathon-2026/"


def test_the_list_has_the_contracts_at_which_one_has_a_seat_and_no_other(desk):
    officer, contractor = (desk.visitor(name).get("/contracts/").text for name in ("morita", "minato"))
    assert "marathon-2026" in officer
    assert "certificates-2026" in officer
    assert "certificates-2026" in contractor
    assert "marathon-2026" not in contractor


def test_the_list_finds_a_contract_by_its_title_and_id_in_any_width_and_case(desk):
    officer = desk.visitor("morita")
    for wanted in ("マラソン", "ﾏﾗｿﾝ", "aqualine", "MARATHON-2026"):
        found = officer.get(f"/contracts/?q={quote(wanted)}").text
        assert "/contracts/marathon-2026/" in found, wanted
        assert "/contracts/certificates-2026/" not in found, wanted
    assert "あてはまる契約がありません" in officer.get("/contracts/?q=zzz").text


def test_a_contract_of_others_is_not_there(desk):
    stranger = desk.visitor("minato")
    for path in (MARATHON, f"{MARATHON}what-if/", f"{MARATHON}schedule/", f"{MARATHON}schedule.xlsx"):
        assert stranger.get(path).status == 404
    assert stranger.post(f"{MARATHON}schedule/").status == 404


def test_the_page_shows_each_article_beside_its_state_and_the_money(desk):
    page = text_of(desk.visitor("morita").get(MARATHON).text)
    assert re.search(r"第12条第2項 \S+ 履行済", page)
    assert "91,300,000円" in page
    assert "別紙（第13条の部分払）がない" in page
    assert "計測業者" in page


def test_the_page_shows_a_past_day_as_it_was(desk):
    visitor = desk.visitor("morita")
    before = text_of(visitor.get(f"{MARATHON}?as_of=2026-06-21").text)
    assert "令和8年6月21日（日） の終わりの姿です" in before
    assert "88,000,000円" in before
    assert "91,300,000円" not in before


def test_a_day_that_is_no_day_is_said_to_be_none(desk):
    page = desk.visitor("morita").get(f"{MARATHON}?as_of=2026-02-30")
    assert page.status == 200
    assert "日付として読めません" in page.text


def test_a_trial_shows_the_difference_and_tells_nothing(desk):
    before = desk.ask(lambda keeper: keeper.told("marathon-2026"))
    page = text_of(desk.visitor("shiraishi").get(f"{MARATHON}what-if/?term.price_yen=95,000,000").text)
    assert "83,000,000円 → 86,363,637円" in page or "83,000,000円 →" in page
    assert desk.ask(lambda keeper: keeper.told("marathon-2026")) == before


def test_a_trial_of_a_later_deadline_moves_what_hangs_on_it(desk):
    page = text_of(desk.visitor("morita").get(f"{MARATHON}what-if/?term.deadline=2027-05-31").text)
    assert "2027/3/31（水） → 2027/5/31（月）" in page


def test_nonsense_in_a_trial_is_refused_beside_its_field(desk):
    page = desk.visitor("morita").get(f"{MARATHON}what-if/?term.price_yen=12.5&term.deadline=soon").text
    assert "円の整数" in page
    assert "日付として読めません" in page


def a_schedule(desk, rows) -> bytes:
    book = load_workbook(io.BytesIO(desk.visitor("shiraishi").get(f"{MARATHON}schedule.xlsx").body))
    sheet = book.active
    sheet.delete_rows(2, sheet.max_row)
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_contractor_brings_a_schedule_sees_the_differences_and_accepts_them_once(desk):
    contractor = desk.visitor("shiraishi")
    rows = [
        ("募集要項・申込受付", dt.date(2026, 4, 6), dt.date(2026, 7, 31), dt.date(2026, 6, 30), None),
        ("コースの計測", "令和8年5月11日", "2026-06-26", dt.date(2026, 6, 10), None),
        ("大会当日", dt.date(2026, 11, 29), dt.date(2026, 11, 29), None, "○"),
    ]
    looked = contractor.upload(f"{MARATHON}schedule/", {}, {"file": ("w.xlsx", a_schedule(desk, rows))})
    assert "コースの計測" in looked.text
    token = re.search(r'name="accepted" value="([^"]+)"', looked.text).group(1)
    for _ in range(2):
        assert contractor.post(f"{MARATHON}schedule/", {"accepted": token}).status == 200
    page = contractor.get(f"{MARATHON}schedule/").text
    assert "第1版" in text_of(page)
    assert "第2版" not in text_of(page)
    assert "bar--late" in page
    back = load_workbook(io.BytesIO(contractor.get(f"{MARATHON}schedule.xlsx").body)).active
    assert back["A3"].value == "コースの計測"


def test_each_mistake_in_a_schedule_is_listed_and_nothing_changes(desk):
    rows = [
        ("=HYPERLINK(1)", "いつか", dt.date(2026, 7, 1), None, None),
        ("", dt.date(2026, 7, 2), dt.date(2026, 7, 1), None, None),
    ]
    page = desk.visitor("shiraishi").upload(f"{MARATHON}schedule/", {}, {"file": ("w.xlsx", a_schedule(desk, rows))})
    assert "2行目 開始: 「いつか」は日付として読めません" in text_of(page.text)
    assert "3行目 作業" in text_of(page.text)
    assert 'name="accepted"' not in page.text


def test_a_file_that_is_no_schedule_is_refused_kindly(desk):
    visitor = desk.visitor("shiraishi")
    for content in (b"", b"PK\x03\x04 not a book", b"%PDF-1.7", b"x" * 2_100_000):
        page = visitor.upload(f"{MARATHON}schedule/", {}, {"file": ("w.xlsx", content)})
        assert page.status == 200
        assert "業務工程表として読めません" in page.text


def test_only_the_contractor_draws_the_schedule_up(desk):
    officer = desk.visitor("morita")
    assert 'type="file"' not in officer.get(f"{MARATHON}schedule/").text
    assert officer.upload(f"{MARATHON}schedule/", {}, {"file": ("w.xlsx", b"")}).status == 403


def test_a_forged_acceptance_is_refused(desk):
    page = desk.visitor("shiraishi").post(f"{MARATHON}schedule/", {"accepted": "W10:forged"})
    assert page.status == 409
    assert "schedule_file_unfit" in page.text
