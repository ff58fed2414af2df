"""The books at the desk: who sees which, numbers as `itaku settle` says them, closing by two, cases by reversal."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import shutil

import pytest
from desk_under_test import DeskUnderTest, folder, run_beside, text_of
from page_look import PageLook

from itaku.basis.clock import JST, FixedClock, to_instant
from itaku.desk.settings import BooksOf
from itaku.issuance.center.schema import MIGRATIONS
from itaku.record.schema import MIGRATIONS as RECORD
from itaku.settlement.cases import history as case_history
from itaku.settlement.cases import open_cases
from itaku.settlement.contract_side import told
from itaku.settlement.journal import of_month
from itaku.settlement.month import Month
from itaku.settlement.periods import closed_month, month_booked
from itaku.settlement.report import settled_json
from itaku.settlement.settling import Order, settle
from itaku.store.postgres import migrate, open_pool

NOW = dt.datetime(2026, 7, 2, 8, 42)  # noqa: DTZ001 the desk's own zone
HOME, NEXT_DOOR = "991015", "991023"
MAY, JUNE = Month(2026, 5), Month(2026, 6)
CONTRACT = "certificates-2026"


class Center:
    """The center's database, in which the books stand."""

    def __init__(self, dsn):
        self.dsn = dsn

    def ask(self, question):
        async def work():
            pool = await open_pool(self.dsn, max_size=2, application_name="test")
            try:
                return await question(pool)
            finally:
                await pool.close()

        return run_beside(work())

    def settled(self, month, municipality, papers=None):
        """What `itaku settle MONTH --municipality M --json` answers."""
        order = Order(month=month, municipality=municipality, papers=papers, names={HOME: "汐見市"})
        clock = FixedClock(to_instant(NOW.replace(tzinfo=JST)))
        return self.ask(lambda pool: settle(pool, order, clock))


@pytest.fixture(scope="module")
def center(postgres_server):
    name = f"center_{secrets.token_hex(6)}"
    made = Center(postgres_server.ensure_database(name, name))

    async def tables(pool):
        await migrate(pool, "record", RECORD)
        await migrate(pool, "center", MIGRATIONS)

    made.ask(tables)
    yield made
    postgres_server.drop_database(name, name)


@pytest.fixture(scope="module")
def money(postgres_server, center):
    """A desk with the books of two municipalities; practice sales are in them."""
    name = f"desk_{secrets.token_hex(6)}"
    place = folder()
    books = (
        BooksOf(contract=CONTRACT, municipality=HOME, ja="汐見市", en="Shiomi City", client="client"),
        BooksOf(contract=CONTRACT, municipality=NEXT_DOOR, ja="北浜市", en="Kitahama City"),
    )
    dsn = postgres_server.ensure_database(name, name)
    found = DeskUnderTest(dsn, NOW, place, settlement_dsn=center.dsn, books=books)
    assert found.visitor("minato").post("/money/practice/").status == 200
    yield found
    found.close()
    postgres_server.drop_database(name, name)
    shutil.rmtree(place)


def yen(amount):
    return f"{amount:,}円"


def path(municipality, month, rest=""):
    return f"/money/{municipality}/{month.text()}/{rest}"


def token_of(page):
    return re.search(r'name="token" value="([0-9a-f]+)"', page.text)[1]


def version_of(page):
    return re.search(r'name="version" value="(\d+)"', page.text)[1]


def step_of(page):
    return re.search(r'name="step" value="(\d+)"', page.text)[1]


def test_the_client_sees_its_own_books_and_the_contractor_those_of_all(money):
    ono, minato = money.visitor("ono"), money.visitor("minato")
    assert ono.get(path(HOME, JUNE)).status == 200
    mine = text_of(ono.get("/money/").text)
    assert "汐見市" in mine
    assert "北浜市" not in mine
    for rest in ("", "behind/", "volume/", "offset-statement.pdf", "sums.csv"):
        assert ono.get(path(NEXT_DOOR, JUNE, rest)).status == 404
        assert minato.get(path(NEXT_DOOR, JUNE, rest)).status == 200
    assert ono.get(f"/money/totals/{CONTRACT}/{JUNE.text()}/").status == 404
    assert minato.get(f"/money/totals/{CONTRACT}/{JUNE.text()}/").status == 200


def test_who_has_no_seat_at_the_contract_sees_no_books_and_an_auditor_those_of_the_client(money):
    assert money.visitor("shiraishi").get(path(HOME, JUNE)).status == 404
    kuroda = money.visitor("kuroda")
    assert kuroda.get(path(HOME, JUNE)).status == 200
    assert kuroda.get(path(NEXT_DOOR, JUNE)).status == 404
    assert kuroda.post(path(HOME, JUNE, "take-in")).status == 409


@pytest.mark.parametrize("month", [MAY, JUNE])
def test_the_page_says_the_figures_of_itaku_settle(money, center, month):
    said = settled_json(center.settled(month, HOME))
    assert said["agrees"]
    [statement] = said["statements"]
    page = text_of(money.visitor("ono").get(path(HOME, month)).text)
    for name in ("fees_yen", "refunds_yen", "owed_yen", "commission_yen", "commission_tax_yen", "offset_yen"):
        assert yen(statement[name]) in page, name
    assert yen(statement["to_remit_yen"]) in page
    remittance = said["municipalities"][0]["remittance"]
    assert (remittance is None) == (month == JUNE)
    if remittance is not None:
        assert remittance["unpaid_yen"] > 0
        received = statement["to_remit_yen"] - remittance["unpaid_yen"]
        assert f"受領済 {yen(received)}" in page
        assert f"未納 {yen(remittance['unpaid_yen'])}" in page
    for kind in statement["kinds"]:
        assert yen(kind["fees_yen"]) in page
    for chain in said["chains"]:
        assert f" {chain['taken_yen']:,} " in page


def test_files_are_byte_for_byte_those_of_the_command_line(money, center, tmp_path):
    settled = center.settled(MAY, HOME, tmp_path)
    names = settled.papers[f"{MAY.text()}/{HOME}"]
    assert {"offset-statement.pdf", "statement.xlsx", "kinds.csv"} <= set(names)
    ono = money.visitor("ono")
    for name in names:
        assert ono.get(path(HOME, MAY, name)).body == (tmp_path / MAY.text() / HOME / name).read_bytes(), name


def test_a_yen_is_followed_to_its_day_its_sets_and_their_lines(money, center):
    [kind] = [each for each in center.settled(JUNE, HOME).municipalities[0].statement.kinds if each.kind == "income"]
    ono = money.visitor("ono")
    behind = path(HOME, JUNE, "behind/?kind=income&counts=delivered")
    rows = re.findall(r"/money/991015/set/([0-9a-f]{32})/", ono.get(behind).text)
    assert len(rows) == kind.issuances
    pages = [ono.get(f"/money/{HOME}/set/{each}/").text for each in rows]
    owed = [re.search(r">預り交付手数料.*?([\d,]+)円", page, re.DOTALL)[1] for page in pages]
    amounts = [int(each.replace(",", "")) for each in owed]
    assert sum(amounts) == kind.fees_yen
    assert ono.get(f"/money/{NEXT_DOOR}/set/{rows[0]}/").status == 404
    assert money.visitor("minato").get(f"/money/{NEXT_DOOR}/set/{rows[0]}/").status == 404


def test_charts_stand_beside_their_tables_and_count_what_was_delivered(money, center):
    page = money.visitor("ono").get(path(HOME, JUNE, "volume/"))
    statement = center.settled(JUNE, HOME).municipalities[0].statement
    by_kind = page.text.split('id="kinds"')[1].split('id="places"')[0]
    copies = [int(each) for each in re.findall(r'<td class="r num">(\d+)</td></tr>', by_kind)]
    assert sum(copies) == statement.certificates
    assert "style=" not in page.text
    assert page.text.count('<svg class="chart chart--bars"') == 3


def test_a_month_is_closed_by_two_and_reopened_with_a_reason(money, center):
    minato, sakai, ono = (money.visitor(name) for name in ("minato", "sakai", "ono"))
    here = path(NEXT_DOOR, JUNE)
    first = minato.get(here)
    asked = {"what": "close", "token": token_of(first)}
    assert minato.post(f"{here}ask", asked).status == 200
    assert minato.post(f"{here}ask", asked).status == 200  # a double click
    step = {"step": step_of(sakai.get(here)), "answer": "yes"}
    assert minato.post(f"{here}decide", step).status == 409
    assert ono.post(f"{here}decide", step).status == 404
    assert sakai.post(f"{here}decide", step).status == 200
    assert sakai.post(f"{here}decide", step).status == 200
    closed = center.ask(lambda pool: closed_month(pool, NEXT_DOOR, JUNE))
    assert (closed.version, closed.person) == (1, "湊 里奈（確認 酒井 直樹）")
    asked = {"what": "reopen", "token": token_of(minato.get(here)), "reason": " "}
    refused = minato.post(f"{here}ask", asked)
    assert refused.status == 409
    assert "理由を書いてください" in text_of(refused.text)
    asked["reason"] = "店舗からの報告が遅れた"
    assert minato.post(f"{here}ask", asked).status == 200
    step = {"step": step_of(sakai.get(here)), "answer": "yes"}
    assert sakai.post(f"{here}decide", step).status == 200
    assert center.ask(lambda pool: closed_month(pool, NEXT_DOOR, JUNE)) is None
    assert "店舗からの報告が遅れた" in text_of(minato.get(here).text)


def test_a_manager_who_is_no_treasurer_and_the_client_do_not_ask(money):
    sakai, ono = money.visitor("sakai"), money.visitor("ono")
    for visitor in (sakai, ono):
        assert visitor.post(path(HOME, JUNE, "ask"), {"what": "close", "token": "ab" * 8}).status == 409


def test_a_case_is_explained_by_one_side_agreed_by_the_other_and_settled_by_reversal(money, center):
    cases = center.ask(open_cases)
    case = next(each for each in cases if each.sort == "wrong_facts" and each.difference.center[0].municipality == HOME)
    here = f"/money/cases/{case.name.issuance_id.hex()}/sale/municipality/"
    ono, minato = money.visitor("ono"), money.visitor("minato")
    assert money.visitor("shiraishi").get(here).status == 404
    told = {"does": "propose", "right": "municipality", "reason": "申請書は2通でした"}
    assert money.visitor("kuroda").post(here, told).status == 409
    assert money.visitor("hayashi").post(here, told).status == 409  # looks after accounts only
    before = center.ask(lambda pool: month_booked(pool, HOME, JUNE)).fees_yen
    told["version"] = version_of(ono.get(here))
    assert ono.post(here, told | {"version": "7"}).status == 409  # not what stands there
    for _ in range(2):  # a double click
        assert ono.post(here, told).status == 200
    assert ono.post(here, told | {"reason": "3通でした"}).status == 409  # said of what the case was before
    agree = {"does": "agree", "version": version_of(minato.get(here))}
    assert ono.post(here, agree).status == 409
    assert minato.post(here, {"does": "agree", "version": told["version"]}).status == 409
    for _ in range(2):
        assert minato.post(here, agree).status == 200
    history = center.ask(lambda pool: case_history(pool, case.name))
    assert [step.event for step in history] == ["opened", "proposed", "agreed"]
    page = text_of(ono.get(here).text)
    assert "合意済" in page
    assert "申請書は2通でした" in page
    issuance = text_of(minato.get(f"/money/{HOME}/set/{case.name.issuance_id.hex()}/").text)
    assert "取消仕訳" in issuance
    assert center.ask(lambda pool: month_booked(pool, HOME, JUNE)).fees_yen == before  # July has it


def test_cases_of_next_door_are_not_the_clients(money, center):
    cases = center.ask(open_cases)
    [there] = [each for each in cases if each.sort == "missing" and each.difference.center[0].municipality == NEXT_DOOR]
    here = f"/money/cases/{there.name.issuance_id.hex()}/sale/municipality/"
    assert money.visitor("ono").get(here).status == 404
    assert money.visitor("minato").get(here).status == 200
    assert there.name.issuance_id.hex() not in money.visitor("ono").get("/money/cases/").text


def test_a_clerks_acts_are_done_by_whose_duty_they_are_once_and_noted(money, center):
    ono, morita, kanda, minato, kuroda = (
        money.visitor(name) for name in ("ono", "morita", "kanda", "minato", "kuroda")
    )
    here = path(HOME, MAY, "acts/")

    def form(visitor, what, **said):
        return {"what": what, "token": token_of(visitor.get(here)), **said}

    owed = center.settled(MAY, HOME).municipalities[0].remittance.unpaid_yen
    assert kuroda.get(here).status == 200
    assert 'name="what"' not in kuroda.get(here).text
    assert "納付を確認する" not in text_of(morita.get(here).text)  # the treasurer's
    assert "指定期日を決める" in text_of(morita.get(here).text)
    assert "納付を確認する" not in text_of(minato.get(here).text)  # the client's
    assert "取消仕訳" in text_of(minato.get(here).text)
    paid = {"number": "N-9", "yen": f"{owed:,}円", "on": "2026-06-30"}
    for visitor in (morita, kanda, minato, kuroda):
        said = {"what": "receive", "token": "ab" * 8, **paid}
        assert visitor.post(here, said).status == 409
    refused = ono.post(here, form(ono, "receive") | paid | {"yen": "1.5"})
    assert refused.status == 409
    assert "円の整数" in text_of(refused.text)
    assert 'value="N-9"' in refused.text
    received = form(ono, "receive") | paid
    for _ in range(2):  # a double click
        assert ono.post(here, received).status == 200
    assert ono.post(here, form(ono, "receive") | paid | {"yen": "1"}).status == 409  # that number was for another sum
    assert center.settled(MAY, HOME).municipalities[0].remittance.unpaid_yen == 0
    assert "remittance:N-9" in text_of(ono.get(here).text)
    charge = form(minato, "charge")
    for _ in range(2):
        assert minato.post(here, charge).status == 200
    waive = form(morita, "waive", reason="災害のため")
    for _ in range(2):
        assert morita.post(here, waive).status == 200
    assert kanda.post(here, form(kanda, "waive", reason="別の理由")).status == 409  # one waits already
    act = re.search(r'name="act" value="(\d+)"', kanda.get(here).text)[1]
    assert "災害のため" in text_of(kanda.get(here).text)
    for visitor in (morita, minato, kuroda):
        assert visitor.post(f"{here}decide", {"act": act, "answer": "yes"}).status == 409
    for _ in range(2):
        assert kanda.post(f"{here}decide", {"act": act, "answer": "yes"}).status == 200
    [waived] = [each for each in center.ask(lambda pool: told(pool, HOME)) if each.kind == "charge.waived"]
    assert waived.fields["reason"] == "災害のため（森田 千尋（確認 神田 悠））"
    number = form(minato, "registration", number="T7000012050002", on="2023-10-01", source="登録通知書")
    assert minato.post(here, number | {"number": "T7000012050003"}).status == 409
    assert minato.post(here, number).status == 200
    page = text_of(ono.get(path(HOME, MAY)).text)
    assert "T7000012050002" in page
    assert "登録通知書" in page
    handed = form(minato, "hand-over", chain="practice-b", number="S-1", yen="1,000", on="2026-06-20")
    assert minato.post(here, handed).status == 200
    back = form(minato, "reverse", key="shop-payment:S-1", reason="別の店の分")
    assert minato.post(here, back).status == 200
    keys = {each.posting.key for each in center.ask(lambda pool: of_month(pool, HOME, JUNE, limit=9_999))}
    assert {"shop-payment:S-1", "reversal:shop-payment:S-1"} <= keys
    trail = text_of(kuroda.get("/audit/").text)
    assert "帳簿の処理をした" in trail


def test_practice_sales_are_put_in_once_and_by_who_keeps_the_books(money):
    assert money.visitor("minato").post("/money/practice/").status == 409
    assert money.visitor("ono").post("/money/practice/").status == 409


def test_every_page_speaks_english(money):
    visitor = money.visitor("minato")
    visitor.post("/language/", {"lang": "en", "back": "/money/"})
    pages = ("/money/", path(HOME, MAY), path(HOME, JUNE, "behind/"), path(HOME, JUNE, "volume/"), "/money/cases/")
    words = ("To remit", "Remittance", "Behind the figure", "By hour", "Cases of reconciliation")
    for address, word in zip(pages, words, strict=True):
        page = visitor.get(address)
        assert page.status == 200
        assert word in text_of(page.text)
        assert page.text.count("<h1") == 1


def test_every_page_of_the_money_is_sound_in_a_browser(money, browser):
    look = PageLook(money.url, browser)
    for name, page in {
        "books": "/money/",
        "month": path(HOME, MAY),
        "behind": path(HOME, JUNE, "behind/"),
        "volume": path(HOME, JUNE, "volume/"),
        "totals": f"/money/totals/{CONTRACT}/{JUNE.text()}/",
        "cases": "/money/cases/",
        "acts": path(HOME, JUNE, "acts/"),
    }.items():
        look.require_sound(f"money-{name}", "minato", page)
    look.close()
