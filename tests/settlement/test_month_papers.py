"""The month's papers: the same yen on every paper, sheet and row, and the same bytes when they are made again."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import asyncpg
import msgspec
import openpyxl
import pypdfium2
import pytest
from city_books import CITY, NOVEMBER, OCTOBER, TOWN, Books, at, thousand, told
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.yen import Yen
from itaku.settlement import clerk
from itaku.settlement.accounts import Account
from itaku.settlement.chains import chain_rows
from itaku.settlement.contract_side import contract_at, last_known
from itaku.settlement.errors import BooksDisagreeError, ReasonMissingError, RegistrationNumberUnfitError
from itaku.settlement.figures import Figures
from itaku.settlement.glance import Check, month_at_a_glance
from itaku.settlement.kiosks import KioskRow, put_kiosks
from itaku.settlement.month_papers import PAPERS, month_papers
from itaku.settlement.paper_files import write_chain, write_municipality, write_nation
from itaku.settlement.registration import (
    check_digit,
    checked_registration,
    enter_registration,
    registration_on,
    registrations,
)
from itaku.settlement.workbook import csv_text, workbook


async def written(city, root, month=OCTOBER):
    """The papers of the city's month, as of what is known."""
    as_of = await last_known(city.pool, city.code)
    glance = await month_at_a_glance(city.pool, city.code, month, as_of)
    result = await contract_at(city.pool, city.code, as_of)
    return write_municipality(root, result, glance, "汐見市"), root / month.text() / city.code


@pytest.fixture
async def october(city, center):
    """1,000 sets at 300 yen and two seals, one of them void, in two chains; closed, its day named."""
    rows = [KioskRow("k1", "s1", "north", "北部ストア"), KioskRow("k2", "s2", "south", "南部ストア")]
    await put_kiosks(city.pool, rows)
    await thousand(center)
    await center.sold("2026-10-09", CITY, kind="seal-registration", fee=400, kiosk="k2")
    await center.sold("2026-10-09", CITY, kind="seal-registration", fee=400, kiosk="k2", voided="2026-10-10")
    await city.take_in("2026-11-02")
    await city.close("2026-11-02")
    await city.act("2026-11-02", clerk.designate, OCTOBER, NOVEMBER.last_day)
    return city


def text_of(path):
    with pypdfium2.PdfDocument(path) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


async def test_every_paper_of_the_month_says_the_same_yen(october, tmp_path):
    made, folder = await written(october, tmp_path)
    assert {f"{name}.pdf" for name in PAPERS} <= set(made.files)
    net, commission, tax = "177,277円", "123,123円", "11,193円"  # 1,001 certificates at 123 yen of 300,400 yen
    texts = {name: text_of(folder / f"{name}.pdf") for name in PAPERS}
    assert "300,400円" in texts["collection-statement"]
    assert commission in texts["commission-statement"]
    assert tax in texts["commission-statement"]
    assert {net, commission} <= {word for word in (net, commission) if word in texts["offset-statement"]}
    assert "300,400円" in texts["revenue-entry"]
    assert commission in texts["expense-order"]
    assert net in texts["remittance-slip"]
    assert "令和8年11月30日" in texts["remittance-slip"]
    assert "不一致" not in texts["offset-statement"]


async def test_excel_and_csv_hold_the_numbers_of_the_statement_as_numbers(october, tmp_path):
    _, folder = await written(october, tmp_path)
    statement = await october.statement()
    book = openpyxl.load_workbook(folder / "statement.xlsx")
    sheet = book["種類別の内訳"]
    total = [cell.value for cell in sheet[sheet.max_row]]
    assert total[1:] == [1002, 1002, 300_800, 1, 400, 1001, 300_400]
    sums = {row[0].value.split(" / ")[1]: row[1].value for row in book["総括"].iter_rows(min_row=2)}
    assert (sums["To remit"], sums["Commission, gross"]) == (statement.to_remit_yen, statement.commission_yen)
    assert {row[3].value for row in book["突合の結果"].iter_rows(min_row=2)} == {"一致 / agrees"}
    rows = list(csv.reader(io.StringIO((folder / "chains.csv").read_text(encoding="utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["北部ストア", "南部ストア", "合計 / Total"]
    assert int(rows[-1][5]) == statement.owed_yen


async def test_papers_made_twice_are_the_same_bytes_and_a_finished_folder_is_left_alone(october, tmp_path):
    first, folder = await written(october, tmp_path / "a")
    stamp = (folder / "statement.xlsx").stat().st_mtime_ns
    again, _ = await written(october, tmp_path / "a")
    assert (again, (folder / "statement.xlsx").stat().st_mtime_ns) == (first, stamp)
    elsewhere, _ = await written(october, tmp_path / "b")
    assert elsewhere == first
    (folder / "kinds.csv").write_text("changed by hand", encoding="utf-8")
    repaired, _ = await written(october, tmp_path / "a")
    assert repaired == first
    assert json.loads((folder / "papers.json").read_text(encoding="utf-8"))["files"] == first.files


async def test_a_month_that_is_not_closed_gives_drafts(city, center):
    await center.sold("2026-10-01", CITY)
    await city.take_in("2026-10-20")
    papers = month_papers(await city.contract("2026-10-20"), await city.glance("2026-10-20"), "汐見市")
    assert all(draft.unsettled[0].en == "The month is not closed yet" for draft in papers.values())


async def test_what_the_contractor_hands_over_at_the_close_is_final_and_the_clients_papers_wait_for_it(october):
    papers = month_papers(await october.contract("2026-11-03"), await october.glance("2026-11-03"), "汐見市")
    assert [name for name, draft in papers.items() if not draft.unsettled] == [
        "collection-statement",
        "commission-statement",
        "offset-statement",
    ]
    assert {each.ja for each in papers["revenue-entry"].waiting} == {"日付", "歳入科目"}
    unnamed = month_papers(await october.contract("2026-11-03"), await october.glance("2026-11-03"))
    assert unnamed["offset-statement"].waiting


async def test_no_paper_is_made_while_figures_that_must_be_one_differ(october):
    glance = await october.glance("2026-11-03")
    wrong = Check("収納", "Fees", Yen(1), Yen(2), "S1-12-2")
    with pytest.raises(BooksDisagreeError, match="Fees"):
        month_papers(await october.contract("2026-11-03"), msgspec.structs.replace(glance, checks=(wrong,)), "汐見市")


async def test_a_month_with_more_given_back_than_taken_has_no_slip_to_remit_by(october, center):
    number = await center.sold("2026-10-31", CITY)
    await october.take_in("2026-11-03")  # heard of after the close: it stands in November
    await center.made_void(number, "2026-12-01")
    await october.take_in("2026-12-02", NOVEMBER)
    await october.close("2026-12-02", NOVEMBER)
    december = NOVEMBER.next()
    await october.take_in("2027-01-04", december)
    await october.close("2027-01-04", december)
    glance = await october.glance("2027-01-05", december)
    assert glance.statement.to_remit_yen == -177
    assert "remittance-slip" not in month_papers(await october.contract("2027-01-05"), glance, "汐見市")


async def test_papers_follow_the_books_and_a_paper_that_is_no_more_is_taken_away(city, center, tmp_path):
    number = await center.sold("2026-10-01", CITY)
    await city.take_in("2026-10-20")
    _, folder = await written(city, tmp_path)
    assert "300円" in text_of(folder / "collection-statement.pdf")
    assert (folder / "remittance-slip.pdf").exists()
    await center.made_void(number, "2026-10-21")
    await city.take_in("2026-10-21")
    made, _ = await written(city, tmp_path)
    assert "無効" in text_of(folder / "collection-statement.pdf")
    assert not (folder / "remittance-slip.pdf").exists()
    assert set(made.files) | {"papers.json"} == {path.name for path in folder.iterdir()}


async def test_where_fees_are_lower_than_the_commission_the_papers_say_what_was_offset_and_what_is_paid(city, center):
    await center.sold("2026-10-01", CITY, fee=10)
    await city.take_in("2026-11-02")
    await city.close("2026-11-02")
    papers = month_papers(await city.contract("2026-11-03"), await city.glance("2026-11-03"), "汐見市")
    said = {name: {each.name: each.value for each in draft.entries} for name, draft in papers.items()}
    assert (said["offset-statement"]["commission"], said["offset-statement"]["net"]) == ("10円", "0円")
    assert said["expense-order"]["commission"] == said["commission-statement"]["amount"] == "123円"
    assert "113" in {cell.ja for row in papers["offset-statement"].tables[0].rows for cell in row}


async def test_a_price_and_a_tax_rate_that_changed_within_the_month_stand_in_rows_of_their_own(city, center):
    for day, percent, price in (("2026-10-11", "10", 120), ("2026-10-21", "8", 115)):
        changed = told(f"p{day}", day, "term.set", term="commission_yen", yen=price)
        await city.tell(day, changed, told(f"q{day}", day, "term.set", term="tax_percent", text=percent))
    await thousand(center, 28)  # one a day
    await center.sold("2026-10-20", CITY, voided="2026-10-25")
    await city.take_in("2026-11-02")
    await city.close("2026-11-02")
    glance = await city.glance("2026-11-03")
    assert glance.agrees
    papers = month_papers(await city.contract("2026-11-03"), glance, "汐見市")
    for name in ("commission-statement", "expense-order"):
        prices, taxes = papers[name].tables
        assert [[cell.ja for cell in row[1:]] for row in prices.rows] == [
            ["2026-10 1–10日", "10", "123", "10", "1,230"],
            ["2026-10 11–20日", "11", "120", "10", "1,320"],
            ["2026-10 21–31日", "8", "115", "8", "920"],
            ["2026-10 11–20日", "-1", "120", "10", "-120"],
            ["", "28", "", "", "3,350"],
        ]
        assert [[cell.ja for cell in row] for row in taxes.rows[:2]] == [
            ["10%", "2,430", "220", "2,210"],
            ["8%", "920", "68", "852"],
        ]
    said = {each.name: each.value for each in papers["commission-statement"].entries}
    assert (said["amount"], said["tax"]) == ("3,350円", "288円")
    assert said["unit"] == "123円（1–10日）、120円（11–20日）、115円（21–31日）"
    assert (await city.balances()).credit(Account.CONSUMPTION_TAX) == 288
    contract = await city.contract("2026-11-03")
    told_to_it = [contract.money(f"{name}[month=2026-10]").yen for name in ("S1-12-1", "S1-12-1/税", "S1-12-3")]
    assert told_to_it == [3_350, 288, 28 * 300 - 3_350]


async def test_the_bill_bears_the_registration_number_that_a_person_entered_and_says_when_it_is_missing(october):
    def said(papers):
        return {each.name: each.value for each in papers["commission-statement"].entries}["registration"]

    async def drafted():
        return month_papers(await october.contract("2026-11-03"), await october.glance("2026-11-03"), "汐見市")

    async def enter(*facts):
        async with october.pool.acquire() as connection, connection.transaction():
            return await enter_registration(connection, *facts, at("2026-11-03"))

    assert "適格請求書にあたりません" in said(await drafted())
    for number in ("T7000012050003", "7000012050002", "T700001205002", "T0000012050002", ""):
        with pytest.raises(RegistrationNumberUnfitError):
            checked_registration(number)
    with pytest.raises(ReasonMissingError):
        await enter("T7000012050002", dt.date(2023, 10, 1), " ", "会計係")
    with pytest.raises(asyncpg.CheckViolationError):
        await october.pool.execute(
            "INSERT INTO settlement_registration(number, since, source, person, entered_ms)"
            " VALUES ('T7000012050003', '2023-10-01', 'x', 'x', 0)"
        )
    first = await enter("Ｔ７０００012050002", dt.date(2023, 10, 1), "登録通知書", "会計係")
    assert await enter("T7000012050002", dt.date(2023, 10, 1), "登録通知書", "別の人") == first
    papers = await drafted()
    assert said(papers) == "T7000012050002"
    assert "registration" not in {each.name for each in papers["offset-statement"].entries}
    await enter("T1180301018771", dt.date(2026, 10, 10), "変更の通知", "会計係")
    assert said(await drafted()).startswith("T1180301018771（令和8年10月10日")
    await enter("", dt.date(2026, 10, 31), "取消の通知", "会計係")
    assert "未登録" in said(await drafted())
    async with october.pool.acquire() as connection:
        assert await registration_on(connection, dt.date(2026, 10, 9)) == first
        assert len(await registrations(connection)) == 3


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.integers(0, 12), st.integers(1, 9))
def test_a_number_with_one_wrong_digit_is_no_registration_number(twelve, place, more):
    digits = f"{check_digit(twelve)}{twelve}"
    assert checked_registration(f"T{digits}") == f"T{digits}"
    wrong = (int(digits[place]) + more) % 10
    # 0 and 9 weigh alike by 9: the one mistake that this check digit cannot see.
    if {int(digits[place]), wrong} != {0, 9} and (place or wrong):
        with pytest.raises(RegistrationNumberUnfitError):
            checked_registration(f"T{digits[:place]}{wrong}{digits[place + 1 :]}")


async def test_the_chains_statements_and_the_summary_add_up_to_the_municipalities(october, center, tmp_path):
    town = Books(october.pool, TOWN)
    await center.sold("2026-10-20", TOWN, copies=2, fee=700, kiosk="k2")
    await town.take_in("2026-11-03")
    await town.close("2026-11-03")
    statements = [await october.statement(), await town.statement()]
    rows = await chain_rows(october.pool, OCTOBER)
    assert sum(row.net_yen for row in rows) == sum(each.owed_yen for each in statements)
    south = [row for row in rows if row.chain == "south"]
    assert {row.municipality: row.net_yen for row in south} == {CITY: 400, TOWN: 700}
    write_chain(tmp_path, OCTOBER, south, at("2026-11-03"))
    assert "1,100円" in text_of(tmp_path / "2026-10" / "chain-south" / "chain-statement.pdf")
    write_nation(tmp_path, OCTOBER, statements, at("2026-11-03"))
    text = text_of(tmp_path / "2026-10" / "summary" / "summary.pdf")
    assert f"{sum(each.to_remit_yen for each in statements):,}円" in text


def test_a_text_is_never_read_as_a_formula():
    table = Figures("x", "表", "Table", (0, 0), ("名", "数"), (("=1+1", 5), ("+81", 6)))
    sheet = openpyxl.load_workbook(io.BytesIO(workbook([table])))["表"]
    assert (sheet["A2"].data_type, sheet["A2"].value, sheet["B2"].value) == ("s", "=1+1", 5)
    assert "'=1+1,5" in csv_text(table).decode("utf-8-sig")
