"""The touch page in a real browser against a whole running sandbox: every way through a session, and every failure."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect
from resident_in_browser import CHROMIUM, CHROMIUM_ARGS, LAPTOP, ResidentInBrowser

from itaku.basis.clock import PracticeClock, to_instant
from itaku.commands.kiosk_page import KioskPage, KioskUnavailableError
from itaku.issuance.kiosk.screens import Cancel, CancelPayment, State
from itaku.sandbox.town import CODE

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_MONEY = "お金はいただいていません"
NO_PAPER = "用紙は出ていません"
REGISTER = f"registry-{CODE}"
FRESH_MS = 60_000
"""Far within the age that a municipality accepts of its replica."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def window(browser, sandbox):
    await put_in_order(sandbox)
    page = await browser.new_page(viewport=LAPTOP, accept_downloads=True, reduced_motion="reduce")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    yield page
    await page.close()
    assert faults == []


@pytest_asyncio.fixture(loop_scope="module")
async def resident(window, sandbox):
    """Someone before a kiosk at the welcome screen, with everything at the stand in order; so it is left, too."""
    await window.set_viewport_size(LAPTOP)
    await window.goto(sandbox.page())
    resident = ResidentInBrowser(window, sandbox)
    await resident.sees("idle")
    await expect(resident.stand.locator("[data-card]").first).to_be_visible()
    yield resident
    await put_in_order(sandbox)


async def put_in_order(sandbox):
    """Faults off, paper in, the tray empty, no card, the time right, and the kiosk at its welcome screen."""
    for path, facts in (
        ("printer/cover", {"on": False}),
        ("printer/counter-unreadable", {"on": False}),
        ("printer/jam", {"sheets": 0}),
        ("printer/jammed", {"on": False}),
        ("printer/paper", {"sheets": 500}),
        ("cash/refund-fault", {"on": False}),
        ("cash/coin-jam", {"on": False}),
        ("reader/take-away", {}),
        ("cards/r0006/unlock", {}),
    ):
        await sandbox.stand("POST", f"/practice/{path}", **facts)
    async with KioskPage(sandbox.page()) as kiosk:
        await kiosk.practice("network", gone=False)
        await kiosk.practice("clock", to="")
        async with asyncio.timeout(60):
            async for screen in kiosk.screens():
                if screen.state is State.IDLE:
                    break
                with contextlib.suppress(KioskUnavailableError):
                    await leave(kiosk, screen)
        await kiosk.practice("empty-tray")
    await until_the_register_is_fresh(sandbox)


async def until_the_register_is_fresh(sandbox):
    """A clock that was moved on leaves the municipality's replica behind until its source is heard again."""
    with contextlib.closing(PracticeClock(sandbox.directory / "clock")) as clock:
        async with asyncio.timeout(30):
            while True:
                (row,) = await sandbox.municipality("SELECT as_of FROM replica_state WHERE proven")
                if abs(clock.now() - to_instant(row["as_of"])) < FRESH_MS:
                    return
                await asyncio.sleep(0.1)


async def leave(kiosk, screen):
    if screen.state is State.CLERK:
        await kiosk.practice("clerk", refunded=True)
    elif "finish" in screen.may:
        await kiosk.finish(screen)
    elif "cancel_payment" in screen.may:
        await kiosk.touch(CancelPayment(screen.session))
    elif "cancel" in screen.may:
        await kiosk.touch(Cancel(screen.session))


async def paper_of(resident, copy: int = 0) -> str:
    """Downloads a document from the tray, and reads it row by row as text without spaces."""
    async with resident.page.expect_download() as waiting:
        await resident.stand.get_by_role("link", name="PDF").nth(copy).click()
    return await asyncio.to_thread(read_pdf, Path(await (await waiting.value).path()))


def read_pdf(path: Path) -> str:
    assert path.read_bytes().startswith(b"%PDF")
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    return "".join(text.split())


def people_of(text: str) -> list[str]:
    """Whose records stand on the paper."""
    return re.findall("氏名(.+?)生年月日", text)


# ---- what goes well ----


async def test_a_resident_record_from_the_first_touch_to_the_paper_in_the_tray(resident):
    await resident.reads_heading("サービスを選んでください")
    await resident.reads("「証明書を取る」を押してください", where=".guide")
    await resident.picture("01-idle")
    await resident.press("certificates")
    await resident.sees("reading")
    await resident.reads_heading("マイナンバーカードを置いてください")
    await resident.picture("02-reading")
    await resident.lay("r0001")
    await resident.sees("choosing-kind")
    await resident.reads("暗証番号はあと3回入力できます", "300円")
    await expect(resident.stand.locator(".card-now__pin")).to_contain_text("1234")
    await resident.picture("03-kind")
    await resident.choose_record("all", items=("registered_domicile", "head_and_relation"))
    await resident.picture("05-copies")
    await resident.copies(2)
    await resident.reads("住民票の写し", "世帯全員", "本籍・筆頭者", "600円", "まだお金はいただきません")
    await resident.picture("06-confirm")
    await resident.enter_pin()
    await resident.sees("paying")
    await resident.reads_heading("600円を入れてください")
    await expect(resident.kiosk.locator(".k-limit")).to_contain_text("以内に入れてください")
    await expect(resident.stand.locator(".panel--money .owed")).to_contain_text("あと600円")
    await resident.at_stand("500円")
    await expect(resident.kiosk.locator(".k-money__rest")).to_contain_text("100円")
    await resident.picture("08-paying")
    await resident.at_stand("100円")
    await resident.sees("printing")
    await resident.reads("600円を受け取りました")
    await resident.picture("09-printing")
    await resident.sees("result")
    await resident.reads_heading("証明書ができました")
    await resident.reads_outcome(money="600円をいただきました", paper="4枚とも出ました", data="消去しました")
    await resident.reads("プリンターから4枚を取る")
    await expect(resident.stand.locator(".tray figure")).to_have_count(2)
    await expect(resident.stand.locator(".tray .void")).to_have_count(0)
    drawn = "(all) => all.length === 4 && all.every((one) => one.complete && one.naturalWidth > 500)"
    await resident.page.wait_for_function(f"() => ({drawn})([...document.querySelectorAll('.tray img')])")
    await resident.picture("10-done")
    text = await paper_of(resident)
    assert people_of(text) == ["潮見健太郎", "潮見由布子", "潮見帆乃香", "潮見海翔", "潮見渚"]
    await resident.stand.locator(".tray .page").first.click()
    sheet = resident.page.locator("dialog img")
    await expect(sheet).to_have_count(2)  # its front, and its back with the scrambled picture
    await expect(sheet.first).to_be_visible()
    await resident.picture("11-sheet")
    await resident.page.keyboard.press("Escape")
    await resident.press("leave")
    await resident.sees("idle")


async def test_a_seal_registration_in_english(resident):
    await resident.speak("en")
    await resident.reads_heading("Choose a service")
    await resident.begin("r0006")
    await resident.choose_seal()
    await resident.copies()
    await resident.reads_heading("Check, then enter your PIN")
    await resident.reads("Certificate of seal registration", "Myself only", "300 yen")
    await resident.picture("12-confirm-en")
    await resident.enter_pin()
    await resident.sees("paying")
    await resident.reads_heading("Please put in 300 yen")
    await resident.at_stand("1000円")
    await resident.sees("result")
    await resident.reads_heading("Your certificate is ready")
    await resident.reads_outcome(money="300 yen was paid", paper="1 sheet came out", data="erased")
    await resident.picture("13-done-en")
    text = await paper_of(resident)
    assert "印鑑登録証明書" in text
    assert "松風冴子" in text


async def test_chosen_members_alone_stand_on_the_paper(resident):
    await resident.begin("r0002")
    await resident.sees("choosing-kind")
    await resident.press("resident-record")
    await resident.press("who-some")
    await resident.press("next")
    await resident.reads("1つ以上選んでください")
    for member in ("self", "children"):
        await resident.press(f"member-{member}")
    await resident.picture("04-members")
    await resident.press("next")
    await resident.sees("choosing-items")
    await resident.press("next")
    await resident.copies()
    await resident.reads("本人、子")
    await resident.enter_pin()
    await resident.sees("paying")
    await resident.at_stand("ちょうど入れる")
    await resident.sees("result")
    text = await paper_of(resident)
    assert people_of(text) == ["潮見由布子", "潮見帆乃香", "潮見海翔", "潮見渚"], "without her husband"


async def test_members_whom_the_household_lacks_lead_back_to_the_choice(resident):
    await resident.begin("r0006")
    await resident.choose_record("some", members=("spouse",))
    await resident.copies()
    await resident.enter_pin()
    await resident.sees("result")
    await resident.reads_heading("選んだ方が世帯にいません")
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER)


async def test_the_tries_left_are_shown_without_a_pin(resident):
    await resident.begin("r0006", "tries")
    await resident.sees("tries")
    await resident.reads_heading("暗証番号の残り回数")
    await expect(resident.kiosk.locator(".k-tries__count")).to_contain_text("3")
    await resident.picture("14-tries")
    await resident.press("leave")
    await resident.sees("idle")


# ---- the PIN and the card ----


async def test_a_wrong_pin_stays_and_says_how_many_tries_are_left_until_the_card_is_locked(resident):
    await resident.apply("r0006", pin="0000")
    await resident.reads("番号がちがいます。あと2回")
    await resident.sees("choosing-confirm")
    await resident.reads("世帯全員", "300円")
    await resident.picture("20-pin-wrong-2")
    await resident.enter_pin("0000")
    await resident.reads("あと1回", "次にまちがえると使えなくなります")
    await resident.picture("21-pin-wrong-1")
    await resident.enter_pin("0000")
    await resident.sees("result")
    await resident.reads_heading("カードがロックされました")
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER)
    await resident.reads("解除できます", where=".k-todo")
    await resident.picture("22-pin-blocked")


async def test_after_a_wrong_pin_the_right_one_goes_on(resident):
    await resident.apply("r0006", pin="0000")
    await resident.reads("番号がちがいます。あと2回")
    await resident.enter_pin()
    await resident.sees("paying")


CARDS = {
    "r0050": ("有効期限が切れています", "更新できます"),
    "r0051": ("失効しています", "発行し直せます"),
    "r0052": ("発行の翌日から使えます", "あす以降"),
    "r0053": ("カードがロックされました", "解除できます"),
    "r0054": ("住民基本台帳カードの取り扱いは終わりました", "マイナンバーカードをご利用ください"),
    "r0055": ("発行元を確かめられません", "窓口"),
}


@pytest.mark.parametrize("card", CARDS)
async def test_a_card_that_cannot_be_used_is_told_before_anything_else(resident, card):
    what, then = CARDS[card]
    await resident.begin(card)
    await resident.sees("result")
    await resident.reads_heading(what)
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER)
    await resident.reads(then, where=".k-todo")
    await resident.picture(f"23-card-{card}")


async def test_a_card_taken_away_before_the_pin_is_told(resident):
    await resident.begin("r0006")
    await resident.choose_seal()
    await resident.copies()
    await resident.at_stand("カードを取る")
    await resident.enter_pin()
    await resident.sees("result")
    await resident.reads_heading("カードが途中で離れました")
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER)
    await resident.picture("24-card-removed")


# ---- residents whose certificate is withheld ----

WITHHELD = {
    "r0040": "ここでは交付できません",
    "r0043": "転出の届け出がある",
    "r0044": "お名前の文字を登録している",
    "r0045": "世帯に転出予定の方がいる",
    "r0047": "正しく印刷できない文字",
    "r0049": "転入の届け出をした日",
    "r0005": "15歳未満の方は利用できません",
}


@pytest.mark.parametrize("card", WITHHELD)
async def test_a_withheld_record_is_told_before_money_and_without_saying_more_than_it_may(resident, card):
    await resident.apply(card)
    await resident.sees("result")
    await resident.reads_heading(WITHHELD[card])
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER, data="受け取っていません")
    await resident.picture(f"25-withheld-{card}")


async def test_a_record_that_lacks_a_chosen_item_is_withheld(resident):
    await resident.begin("r0048")
    await resident.choose_record("all", items=("registered_domicile",))
    await resident.copies()
    await resident.enter_pin()
    await resident.sees("result")
    await resident.reads_heading("記録に欠けた項目がある")
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER)


async def test_a_household_with_a_planned_leaver_still_gets_a_seal_registration(resident):
    await resident.begin("r0045")
    await resident.choose_seal()
    await resident.copies()
    await resident.enter_pin()
    await resident.sees("paying")


async def test_without_a_registered_seal_there_is_no_certificate_of_one(resident):
    await resident.begin("r0003")
    await resident.choose_seal()
    await resident.copies()
    await resident.enter_pin()
    await resident.sees("result")
    await resident.reads_heading("印鑑が登録されていません")
    await resident.reads("窓口で登録できます", where=".k-todo")


# ---- time and the line ----


async def test_outside_service_hours_the_kiosk_says_when_to_come(resident):
    await resident.at_stand("23:30にする")
    await expect(resident.page.locator("#strip")).to_contain_text("23:30")
    await resident.begin("r0006")
    await resident.sees("result")
    await resident.reads_heading("いまは取り扱い時間外です")
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER)
    await resident.reads("6時30分から23時まで", where=".k-todo")
    await resident.picture("30-closed")
    await resident.at_stand("元に戻す")
    await resident.press("leave")
    await resident.sees("idle")
    await resident.begin("r0006")
    await resident.sees("choosing-kind")


async def test_a_line_that_is_gone_is_told_at_the_first_step(resident):
    await resident.at_stand("通信を切る")
    await resident.begin("r0006")
    await resident.sees("result")
    await resident.reads_heading("センターとの通信が切れています")
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER)
    await resident.picture("31-network-gone")


async def test_a_session_left_alone_asks_whether_to_go_on_and_then_ends(resident, sandbox):
    await resident.begin("r0006")
    await resident.sees("choosing-kind")
    await resident.reads("操作がないと、あと")
    sandbox.move_clock(75_000)
    await resident.reads("で終わります。つづけますか")
    await resident.picture("32-last-seconds")
    await resident.press("continue")
    await resident.reads("操作がないと、あと")
    sandbox.move_clock(91_000)
    await resident.sees("result")
    await resident.reads_heading("操作がなかったため、終わりました")
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER)
    await resident.picture("33-timeout")


async def test_a_kiosk_whose_agent_is_gone_says_that_it_is_not_ready_and_comes_back(resident, sandbox):
    await resident.press("certificates")
    await resident.sees("reading")
    await asyncio.to_thread(sandbox.supervisor.kill9, "k01")
    await resident.sees("preparing")
    await resident.reads_heading("この機械は準備中です")
    await resident.picture("34-preparing")
    await asyncio.to_thread(sandbox.supervisor.wait_ready, "k01")
    await resident.sees("idle")


async def test_a_register_that_is_not_proven_current_says_nothing_of_anyone(resident, sandbox):
    with frozen(sandbox, REGISTER):
        sandbox.move_clock(3_600_000)
        await resident.apply("r0006")
        await resident.sees("result")
        await resident.reads_heading("市区町村の記録が最新と確かめられません")
        await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER)
        await resident.reads("しばらくしてから", where=".k-todo")


@contextlib.contextmanager
def frozen(sandbox, name):
    sandbox.supervisor.freeze(name)
    try:
        yield
    finally:
        sandbox.supervisor.thaw(name)


# ---- money ----


async def test_stopping_while_paying_gives_the_coins_back(resident):
    await resident.apply("r0006")
    await resident.sees("paying")
    await resident.at_stand("100円")
    await expect(resident.kiosk.locator(".k-money__rest")).to_contain_text("200円")
    await resident.press("leave")
    await resident.sees("result")
    await resident.reads_heading("お客さまの操作でやめました")
    await resident.reads_outcome(money="100円をお返ししました", paper=NO_PAPER, data="消去しました")
    await resident.reads("返却口から100円を取る", where=".k-todo")
    await resident.picture("40-cancelled")


async def test_who_does_not_pay_loses_nothing(resident, sandbox):
    await resident.apply("r0006")
    await resident.sees("paying")
    sandbox.move_clock(61_000)
    await resident.sees("result")
    await resident.reads_heading("お支払いがなかったため、終わりました")
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER, data="消去しました")


async def test_coins_that_cannot_be_given_back_are_a_case_for_the_register(resident):
    await resident.apply("r0006")
    await resident.sees("paying")
    await resident.at_stand("返金できない")
    await resident.at_stand("100円")
    await expect(resident.kiosk.locator(".k-money__rest")).to_contain_text("200円")
    await resident.press("leave")
    await resident.sees("clerk")
    await resident.reads_outcome(money="100円をお預かりしています", paper=NO_PAPER)
    await resident.reads("レジで受付番号を伝え、100円を受け取る", where=".k-todo")
    await resident.picture("41-cancel-fault")
    await resident.at_stand("返金した")
    await resident.sees("result")
    await resident.reads_outcome(money="100円をレジでお返ししました", paper=NO_PAPER)


# ---- paper ----


async def test_a_jam_after_payment_makes_the_whole_set_void_and_returns_the_money(resident):
    await resident.set_at_stand("何枚目", 2)
    await resident.at_stand("つまらせる")
    await resident.apply_and_pay("r0006", copies=2)
    await resident.sees("result")
    await resident.reads_heading("用紙がつまり、2枚目を印刷できませんでした")
    await resident.reads_outcome(money="600円をお返ししました", paper="2枚目は機械の中です", data="消去しました")
    await resident.reads("返却口から600円を取る", "別の機械", where=".k-todo")
    await expect(resident.stand.locator(".tray .void")).to_have_text("返金済・無効 Void")
    await resident.reads("紙がつまっています", where="#stand")
    await resident.picture("50-jam")


async def test_paper_that_runs_out_is_refilled_and_printing_goes_on(resident, sandbox):
    await sandbox.stand("POST", "/practice/printer/paper", sheets=1)
    await resident.apply_and_pay("r0006", copies=2)
    await resident.sees("paper_out")
    await resident.reads_heading("用紙がなくなりました")
    await resident.reads_outcome(
        money="600円をお預かりしています", paper="2枚のうち1枚が出ました", data="まだこの機械の中"
    )
    await resident.reads("店員が用紙を入れるまで", where=".k-todo")
    await resident.picture("51-paper-out")
    await resident.at_stand("用紙を入れる")
    await resident.sees("result")
    await resident.reads_heading("証明書ができました")
    await resident.reads_outcome(money="600円をいただきました", paper="2枚とも出ました")


async def test_paper_that_never_comes_returns_all_the_money(resident, sandbox):
    await sandbox.stand("POST", "/practice/printer/paper", sheets=1)
    await resident.apply_and_pay("r0006", copies=2)
    await resident.sees("paper_out")
    sandbox.move_clock(301_000)
    await resident.sees("result")
    await resident.reads_heading("用紙がなくなりました")
    await resident.reads_outcome(money="600円をお返ししました", paper="無効", data="消去しました")
    await resident.picture("52-paper-never-came")


async def test_a_cover_that_is_opened_while_printing_is_told_as_a_cover(resident):
    await resident.apply("r0006", copies=2)
    await resident.sees("paying")
    await resident.at_stand("カバーを開ける")
    await resident.at_stand("ちょうど入れる")
    await resident.sees("paper_out")
    await resident.reads_heading("プリンターのカバーが開いています")
    await resident.reads("カバーを閉じると、続きを印刷します", "店員がカバーを閉じるまで")
    await resident.picture("53-cover-open")
    await resident.at_stand("カバーを開ける")
    await resident.sees("result")
    await resident.reads_heading("証明書ができました")


async def test_a_printer_that_is_not_ready_is_told_before_money(resident):
    await resident.at_stand("カバーを開ける")
    await resident.apply("r0006")
    await resident.sees("result")
    await resident.reads_heading("プリンターの準備ができていません")
    await resident.reads_outcome(money=NO_MONEY, paper=NO_PAPER, data="消去しました")
    await resident.picture("54-printer-not-ready")


async def test_a_refund_that_fails_is_a_case_with_a_number_until_the_clerk_has_paid(resident, browser, sandbox):
    await resident.set_at_stand("何枚目", 1)
    await resident.at_stand("つまらせる")
    await resident.at_stand("返金できない")
    await resident.apply_and_pay("r0006")
    await resident.sees("clerk")
    number = await resident.kiosk.locator(".k-case b").inner_text()
    await resident.reads_outcome(money="300円をお預かりしています", paper="1枚目は機械の中です", data="消去しました")
    await resident.reads("レジで受付番号を伝え、300円を受け取る", where=".k-todo")
    await resident.reads("お金を返してください", where=".panel--clerk")
    await resident.picture("60-refund-fault")
    await the_register_shows(browser, sandbox, number, "300円", "60-register-refund")
    await resident.at_stand("返金した")
    await resident.sees("result")
    await resident.reads_outcome(money="300円をレジでお返ししました", paper="1枚目は機械の中です")
    await expect(resident.kiosk.locator(".k-todo")).not_to_contain_text("返却口")
    await resident.picture("61-refunded-by-clerk")


async def test_sheets_that_nobody_can_count_are_counted_by_the_clerk(resident, browser, sandbox):
    await unclear_print(resident, sandbox)
    await resident.sees("clerk")
    number = await resident.kiosk.locator(".k-case b").inner_text()
    await resident.reads_outcome(money="600円をお預かりしています", paper="確認しています")
    await resident.picture("62-clerk-counts")
    await the_register_shows(browser, sandbox, number, "2枚", "62-register-count")
    await resident.set_at_stand("出た枚数", 2)
    await resident.at_stand("枚 出ていた")
    await resident.sees("result")
    await resident.reads_heading("証明書ができました")
    await resident.reads_outcome(money="600円をいただきました", paper="2枚とも出ました")


async def test_too_few_counted_sheets_return_the_money(resident, sandbox):
    await unclear_print(resident, sandbox)
    await resident.sees("clerk")
    await resident.set_at_stand("出た枚数", 1)
    await resident.at_stand("枚 出ていた")
    await resident.sees("result")
    await resident.reads_heading("印刷を終えられませんでした")
    await resident.reads_outcome(money="600円をお返ししました", paper="1枚出ましたが、無効です", data="消去しました")
    await resident.picture("63-counted-less")


async def test_money_that_the_clerk_pays_back_without_a_count_leaves_every_sheet_void(resident, sandbox):
    await unclear_print(resident, sandbox)
    await resident.sees("clerk")
    await resident.at_stand("返金した")
    await resident.sees("result")
    await resident.reads_outcome(money="600円をレジでお返ししました", paper="無効です")


async def unclear_print(resident, sandbox):
    """The printer gives a job up half way, and its counter cannot be read."""
    await sandbox.stand("POST", "/practice/printer/paper", sheets=1)
    await resident.apply_and_pay("r0006", copies=2)
    await resident.sees("paper_out")
    await resident.at_stand("枚数が読めない")
    await sandbox.stand("POST", "/practice/printer/abort")


async def the_register_shows(browser, sandbox, number: str, words: str, picture: str):
    """The clerk's page has the same number and says what to do."""
    page = await browser.new_page(viewport=LAPTOP)
    await page.goto(sandbox.page("shop-1"))
    await expect(page.locator(".case").first).to_contain_text(number)
    await expect(page.locator(".case").first).to_contain_text(words)
    clerk = ResidentInBrowser(page, sandbox)
    await clerk.picture(picture)
    await page.close()
