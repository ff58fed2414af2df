import asyncio
import datetime as dt

import msgspec
import pytest
import pytest_asyncio
from page_looks import LANGUAGES, obeys_the_rules, picture, settled
from playwright.async_api import async_playwright, expect
from scripted_agent import (
    CHROMIUM,
    CHROMIUM_ARGS,
    FAILURES,
    MENU,
    MENU_WITHOUT_SEAL,
    NOW,
    SCREENS,
    ScriptedAgent,
    ended,
    screen,
)

from itaku.basis.clock import InstantMs, to_instant
from itaku.basis.yen import Yen
from itaku.issuance.kiosk.screens import (
    Apply,
    CallClerk,
    Cancel,
    CancelPayment,
    CardPlace,
    Continue,
    Finish,
    MoneyPlace,
    Names,
    PracticeState,
    Service,
    Start,
    State,
    Touched,
    TrayPart,
    reason_of,
)
from itaku.issuance.protocol.kinds import Kind, Member, ResidentRecordOptions, SealRegistrationOptions
from itaku.issuance.protocol.refusals import REFUSALS

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def agent():
    agent = ScriptedAgent()
    await agent.start()
    yield agent
    await agent.stop()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def tab(browser):
    """One for all, and still: a fresh one for each test, and every moving picture, costs seconds of processor time."""
    return await browser.new_page(reduced_motion="reduce")


@pytest_asyncio.fixture(loop_scope="module")
async def page(tab, agent):
    async for page in _kiosk(tab, agent, 1080, 1920):
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def laptop(tab, agent):
    agent.show(screen(State.IDLE, practice=True))
    async for page in _kiosk(tab, agent, 1440, 900):
        yield page


async def _kiosk(page, agent, width, height):
    requests: list[str] = []
    faults: list[str] = []
    listeners = {
        "request": lambda request: requests.append(request.url),
        "pageerror": lambda error: faults.append(str(error)),
        "console": lambda message: faults.append(message.text) if "Content Security" in message.text else None,
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(agent.url)
    await expect(page.locator("#kiosk[data-view=idle]")).to_be_visible()
    yield page
    await page.goto("about:blank")
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    assert all(url.startswith(agent.url) for url in requests if url != "about:blank"), requests
    assert faults == []


async def _show(page, agent, shown):
    agent.show(shown)
    await expect(page.locator(f"#kiosk[data-view^={shown.state.value}]")).to_be_visible()


async def _press(page, key):
    # A dashed key answers a touch too, so no waiting until it is "enabled".
    await page.locator(f'#kiosk [data-key="{key}"]').click(force=True)


async def _language(page, agent, language):
    await _show(page, agent, SCREENS["idle"])
    await _press(page, f"k-lang-{language}")
    await expect(page.locator(f"#kiosk[data-language={language}]")).to_be_visible()


async def _obeys_the_rules(page, name, language):
    await expect(page.locator("#kiosk")).to_have_attribute("data-language", language)
    await obeys_the_rules(page, f"{name}.{language}")


async def _until(condition):
    for _ in range(400):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("the page did not send what was waited for")


async def _to_confirmation(page, agent):
    await _show(page, agent, screen(State.CHOOSING))
    for key in ("resident-record", "who-all", "next", "next"):
        await _press(page, key)
    await expect(page.locator("#kiosk[data-view=choosing-confirm]")).to_be_visible()


async def test_every_screen_keeps_the_rules_of_size_place_and_words_in_every_language(page, agent):
    for name, shown in SCREENS.items():
        await _show(page, agent, SCREENS["idle"])
        await _show(page, agent, shown)
        for language in LANGUAGES:
            await _press(page, f"k-lang-{language}")
            await _obeys_the_rules(page, name, language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_step_of_choosing_and_the_help_keep_the_rules(page, agent, language):
    await _language(page, agent, language)
    await _press(page, "help")
    await _obeys_the_rules(page, "help", language)
    await _show(page, agent, screen(State.CHOOSING, menu=MENU_WITHOUT_SEAL))
    await _press(page, "seal-registration")
    await _obeys_the_rules(page, "choosing-answer", language)
    walk = {
        "resident-record": "members-none",
        "who-some": "members-nobody",
        "member-children": "members",
        "next": "items",
        "head_and_relation": None,
        "registered_domicile": None,
        "individual_number": "items-number",
    }
    for key, name in walk.items():
        await _press(page, key)
        if name:
            await _obeys_the_rules(page, name, language)
    await _press(page, "next")
    await _press(page, "copies-10")
    await _obeys_the_rules(page, "copies", language)
    await _press(page, "next")
    await _press(page, "digit-1")
    await _obeys_the_rules(page, "confirm", language)
    await _press(page, "go")
    await _obeys_the_rules(page, "confirm-answer", language)


async def test_both_services_start_from_the_first_screen(page, agent):
    await _press(page, "certificates")
    await _press(page, "tries")
    await _until(lambda: len(agent.actions) == 2)
    assert agent.actions == [Start(Service.CERTIFICATES), Start(Service.TRIES)]


async def test_an_application_is_sent_as_it_was_confirmed(page, agent):
    await _show(page, agent, screen(State.CHOOSING))
    for key in (
        "resident-record",
        "who-some",
        "member-children",
        "member-self",
        "next",
        "individual_number",
        "next",
        "more",
    ):
        await _press(page, key)
    await expect(page.locator(".k-bar .k-amount")).to_have_text("400円")
    await _press(page, "next")
    await expect(page.locator(".k-total .k-amount")).to_have_text("400円")
    await page.keyboard.type("1234")
    await _press(page, "go")
    await _until(lambda: any(isinstance(action, Apply) for action in agent.actions))
    sent = [action for action in agent.actions if isinstance(action, Apply)]
    options = ResidentRecordOptions((Member.SELF, Member.CHILDREN), individual_number=True)
    assert sent == [
        Apply(session="7f3a", kind=Kind.RESIDENT_RECORD, options=options, copies=2, fee_yen=400, pin="1234"),
    ]


async def test_a_seal_certificate_asks_for_copies_only(page, agent):
    await _show(page, agent, screen(State.CHOOSING))
    for key in ("seal-registration", "copies-3", "next"):
        await _press(page, key)
    for digit in "0071":
        await _press(page, f"digit-{digit}")
    await _press(page, "go")
    await _until(lambda: any(isinstance(action, Apply) for action in agent.actions))
    sent = next(action for action in agent.actions if isinstance(action, Apply))
    assert (sent.options, sent.copies, sent.fee_yen, sent.pin) == (SealRegistrationOptions(), 3, 600, "0071")


async def test_the_pin_is_never_in_the_page_and_gone_after_sending(page, agent):
    await _to_confirmation(page, agent)
    before = await page.evaluate("() => document.documentElement.outerHTML")
    assert "5937" not in before
    await page.keyboard.type("5937")
    await expect(page.locator(".k-dots .on")).to_have_count(4)
    assert "5937" not in await page.evaluate("() => document.documentElement.outerHTML")
    await page.keyboard.press("Enter")
    await expect(page.locator(".k-dots .on")).to_have_count(0)
    await page.keyboard.press("Enter")
    await _press(page, "go")
    await _until(lambda: any(isinstance(action, Apply) for action in agent.actions))
    await _show(page, agent, screen(State.SIGNING))
    assert "5937" not in await page.evaluate("() => document.documentElement.outerHTML")
    stored = await page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert stored == '[{},{},""]'
    assert sum(b"5937" in body for body in agent.bodies) == 1


async def test_leaving_the_confirmation_forgets_a_half_entered_pin(page, agent):
    await _to_confirmation(page, agent)
    await page.keyboard.type("12")
    await _press(page, "back")
    await _press(page, "next")
    await expect(page.locator(".k-dots i")).to_have_count(4)
    await expect(page.locator(".k-dots .on")).to_have_count(0)


async def test_a_wrong_pin_stays_on_the_confirmation_and_says_how_many_tries_are_left(page, agent):
    await _show(page, agent, SCREENS["wrong-pin-2"])
    alert = page.locator("#kiosk [role=alert]")
    await expect(alert).to_have_text("番号がちがいます。あと2回です")
    await expect(alert).to_have_class("k-pill k-pill--warn")
    await expect(page.locator(".k-kv")).to_contain_text("本人、子")
    await _show(page, agent, screen(State.SIGNING))
    await _show(page, agent, SCREENS["wrong-pin-1"])
    await expect(alert).to_have_class("k-pill k-pill--bad")
    await expect(page.locator(".k-pin")).to_contain_text("市区町村の窓口")


async def test_an_unavailable_choice_answers_a_touch_with_its_reason_and_sends_nothing(page, agent):
    await _show(page, agent, screen(State.CHOOSING, menu=MENU_WITHOUT_SEAL))
    choice = page.locator("[data-key=seal-registration]")
    await expect(choice).to_have_attribute("aria-disabled", "true")
    await expect(choice).to_contain_text("時間外")
    await choice.click(force=True)
    await expect(page.locator(".k-note [role=status]")).to_contain_text(
        "いまは取り扱い時間外です。9:00〜17:00にご利用ください。"
    )
    assert all(isinstance(action, Touched) for action in agent.actions)


async def test_a_stopped_certificate_says_why_and_from_when_it_can_be_had_again(page, agent):
    again = to_instant(dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC))
    stopped = reason_of("stopped", again_ms=again, why=Names("機器の保守", "maintenance of the machines"))
    kept_hours = reason_of("outside_kind_hours", "9:00-17:00", again)
    menu = (
        msgspec.structs.replace(MENU[0], reason=kept_hours),
        msgspec.structs.replace(MENU[1], reason=stopped),
    )
    await _show(page, agent, screen(State.CHOOSING, menu=menu))
    seal, record = page.locator("[data-key=seal-registration]"), page.locator("[data-key=resident-record]")
    await expect(seal).to_contain_text("機器の保守のため、交付を停止しています。")
    await expect(seal).to_contain_text("11月24日 9時00分からご利用いただけます。")
    await expect(record).to_contain_text("9:00〜17:00にご利用ください。11月24日 9時00分からご利用いただけます。")
    await _language(page, agent, "en")
    await _show(page, agent, screen(State.CHOOSING, menu=menu))
    await expect(seal).to_contain_text("Stopped: maintenance of the machines.")
    await expect(seal).to_contain_text("Available again from 11/24")
    await _language(page, agent, "zh")
    await _show(page, agent, screen(State.CHOOSING, menu=menu))
    await expect(seal).to_contain_text("11月24日")


async def test_the_first_screen_says_why_certificates_cannot_be_had_now(page, agent):
    idle = SCREENS["idle"]
    closed = msgspec.structs.replace(idle.services[0], reason=reason_of("outside_hours"))
    await _show(page, agent, msgspec.structs.replace(idle, services=(closed, idle.services[1])))
    await _press(page, "certificates")
    await expect(page.locator(".k-note [role=status]")).to_contain_text("毎日6時30分から23時まで")
    await _press(page, "tries")
    await _until(lambda: agent.actions)
    assert agent.actions == [Start(Service.TRIES)]


async def test_the_keyboard_alone_leads_from_the_first_screen_to_the_pin(page, agent):
    async def tab_to(key):
        for _ in range(40):
            if await page.evaluate("() => document.activeElement?.dataset?.key ?? ''") == key:
                return
            await page.keyboard.press("Tab")
        pytest.fail(f"{key} cannot be reached by keyboard")

    async def enter(key):
        await tab_to(key)
        outline = await page.evaluate("() => getComputedStyle(document.activeElement).outline")
        assert "4px" in outline, key
        await page.keyboard.press("Enter")

    await enter("certificates")
    await _until(lambda: agent.actions)
    await _show(page, agent, screen(State.CHOOSING))
    for key in ("resident-record", "who-some", "member-self", "next", "head_and_relation", "next", "more", "next"):
        await enter(key)
    await expect(page.locator("#kiosk[data-view=choosing-confirm]")).to_be_visible()
    await page.keyboard.type("12")
    await enter("digit-3")
    await enter("digit-4")
    await enter("go")
    await _until(lambda: any(isinstance(action, Apply) for action in agent.actions))
    assert next(action for action in agent.actions if isinstance(action, Apply)).pin == "1234"


@pytest.mark.parametrize("code", FAILURES)
async def test_each_failure_tells_what_happened_then_money_paper_data_and_what_to_do(page, agent, code):
    await _show(page, agent, SCREENS[code.replace("_", "-")])
    main = page.locator("#main")
    await expect(page.locator("#kiosk [role=alert] h1")).to_have_text(REFUSALS[code].ja.removesuffix("。"))
    text = await main.inner_text()
    order = [text.index(part) for part in ("お金", "用紙は出ていません", "あなたの情報", "これからすること")]
    assert order == sorted(order)
    assert REFUSALS[code].next_ja.rstrip("。") in text or code == "printer_not_ready"
    await expect(page.locator("#steps .fail")).to_have_count(1)
    await _press(page, "leave")
    await _until(lambda: Finish("7f3a") in agent.actions)


async def test_a_jam_after_payment_tells_only_what_is_confirmed(page, agent):
    await _show(page, agent, SCREENS["paper-jam"])
    text = await page.locator("#main").inner_text()
    for told in (
        "用紙がつまり、2枚目を印刷できませんでした",
        "400円をお預かりしています",
        "レジで400円（全額）をお返しします",
        "1枚目までは出ました",
        "証明書の情報は消去しました",
        "21時44分",
        "K7 4821 93",
        "レジで受付番号を伝え、400円を受け取る",
    ):
        assert told in text, told
    await _show(page, agent, SCREENS["clerk"])
    text = await page.locator("#main").inner_text()
    assert "何枚出たかを確認しています" in text
    assert "消去しました" not in text
    assert "お返ししました" not in text


async def test_alerts_are_for_failures_only(page, agent):
    for name in ("idle", "choosing", "paying", "printing", "done", "tries-3", "cancelled"):
        await _show(page, agent, SCREENS[name])
        await settled(page)
        await expect(page.locator("#kiosk [role=alert]")).to_have_count(0)


async def test_footer_keys_never_move(page, agent):
    places = set()
    for name in ("reading", "choosing", "wrong-pin-2", "applying", "paying", "printing", "paper-jam", "done"):
        await _show(page, agent, SCREENS[name])
        await settled(page)
        boxes = [await page.locator(f"#foot [data-key={key}]").bounding_box() for key in ("leave", "help")]
        places.add(tuple((box["x"], box["y"], box["width"], box["height"]) for box in boxes))
    assert len(places) == 1


async def test_leaving_before_and_while_paying_are_two_different_actions(page, agent):
    await _show(page, agent, screen(State.CHOOSING))
    await _press(page, "leave")
    await _until(lambda: Cancel("7f3a") in agent.actions)
    await _show(page, agent, SCREENS["paying"])
    await _press(page, "leave")
    await _until(lambda: CancelPayment("7f3a") in agent.actions)
    await _show(page, agent, SCREENS["printing"])
    await _press(page, "leave")
    await expect(page.locator(".k-note [role=status]")).to_contain_text("お待ちください")
    assert not any(isinstance(action, Finish) for action in agent.actions)


async def test_staff_can_be_called_from_a_failure_and_from_the_help(page, agent):
    await _show(page, agent, SCREENS["paper-jam"])
    await _press(page, "call")
    await _show(page, agent, SCREENS["printing"])
    await _press(page, "help")
    await _press(page, "call")
    await _until(lambda: agent.actions.count(CallClerk("7f3a")) == 2)


async def test_the_idle_limit_counts_down_and_offers_to_continue_in_its_last_seconds(page, agent):
    await _show(page, agent, screen(State.CHOOSING, deadline_ms=InstantMs(NOW + 22_000)))
    await expect(page.locator(".k-note")).to_contain_text("22秒")
    await expect(page.locator("[data-key=continue]")).to_have_count(0)
    await expect(page.locator("[data-key=continue]")).to_be_visible()
    await _press(page, "continue")
    await _until(lambda: Continue("7f3a") in agent.actions)


async def test_no_limit_is_shown_while_money_is_held(page, agent):
    await _show(
        page, agent, screen(State.PRINTING, money_held=True, sheets_total=2, deadline_ms=InstantMs(NOW + 9_000))
    )
    await expect(page.locator("[data-live=countdown]")).to_have_count(0)
    await expect(page.locator("[data-key=continue]")).to_have_count(0)


async def test_the_language_goes_back_to_japanese_for_the_next_person(page, agent):
    await _language(page, agent, "ko")
    await _show(page, agent, screen(State.READING))
    await expect(page.locator("#kiosk")).to_have_attribute("lang", "ko")
    await _show(page, agent, SCREENS["idle"])
    await expect(page.locator("#kiosk")).to_have_attribute("lang", "ja")


async def test_what_one_person_chose_is_not_there_for_the_next(page, agent):
    await _to_confirmation(page, agent)
    await page.keyboard.type("12")
    await _show(page, agent, screen(State.CHOOSING, session="90cd"))
    await expect(page.locator("#kiosk[data-view=choosing-kind]")).to_be_visible()


async def test_a_page_that_cannot_hear_its_agent_says_that_it_is_not_ready_and_comes_back(page, agent):
    await _show(page, agent, SCREENS["printing"])
    agent.now = SCREENS["idle"]
    agent.hang_up()
    await expect(page.locator("h1")).to_have_text("この機械は準備中です")
    await expect(page.locator("[role=alert]")).to_contain_text("お金を入れた方は")
    await expect(page.locator("#kiosk[data-view=idle]")).to_be_visible()


async def test_a_denied_action_is_said_in_words(page, agent):
    await _show(page, agent, screen(State.CHOOSING))
    agent.answer = "wrong_state"
    await _press(page, "leave")
    await expect(page.locator(".k-note [role=status]")).to_contain_text("いまはできません")


async def test_a_members_choice_that_fits_nobody_leads_back_to_the_members(page, agent):
    chosen = SCREENS["wrong-pin-2"].chosen
    await _show(page, agent, screen(State.CHOOSING, chosen=chosen, refusal=reason_of("members_none")))
    await expect(page.locator("#kiosk[data-view=choosing-members]")).to_be_visible()
    await expect(page.locator("#kiosk [role=alert]")).to_contain_text("選んだ方が世帯にいません")


async def test_copies_stop_at_one_and_at_ten_and_say_so(page, agent):
    await _show(page, agent, screen(State.CHOOSING, menu=MENU))
    await _press(page, "seal-registration")
    await _press(page, "less")
    await expect(page.locator(".k-note [role=status]")).to_contain_text("1通より少なく")
    await _press(page, "copies-10")
    await _press(page, "more")
    await expect(page.locator(".k-note [role=status]")).to_contain_text("10通まで")
    await expect(page.locator(".k-bar .k-amount")).to_have_text("2,000円")


async def test_payment_shows_what_is_still_missing(page, agent):
    paying = SCREENS["paying"]
    await _show(page, agent, paying)
    await expect(page.locator(".k-money__rest")).to_contain_text("250円")
    agent.show(msgspec.structs.replace(paying, paid_yen=Yen(400)))
    await expect(page.locator(".k-money__rest .k-amount")).to_have_text("0円")


async def test_a_card_left_on_the_reader_is_asked_to_be_taken(page, agent):
    for name in ("applying", "printing", "tries-3"):
        await _show(page, agent, SCREENS[name])
        await expect(page.locator("#main")).to_contain_text("カードをお取りください")
    await _show(page, agent, ended("card_expired", step=1))
    await expect(page.locator(".k-todo")).to_contain_text("カードを取る")
    await _show(page, agent, msgspec.structs.replace(ended("card_expired", step=1), card=CardPlace.RETURNED))
    await expect(page.locator(".k-todo")).not_to_contain_text("カードを取る")


async def test_a_real_kiosk_has_no_practice_stand(page):
    await expect(page.locator("#stand")).to_be_hidden()
    await expect(page.locator("#strip")).to_be_hidden()


async def test_forced_colours_and_reduced_motion_keep_the_screens_readable(page, agent):
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    for name in ("reading", "paper-jam"):
        await _show(page, agent, SCREENS[name])
        await _obeys_the_rules(page, f"{name}-forced", "ja")
    assert await page.evaluate("() => document.getAnimations().filter((a) => a.playState === 'running').length") == 0


async def test_the_practice_stand_lays_cards_and_pays_beside_a_kiosk_that_fits_the_window(laptop, agent):
    await expect(laptop.locator("#strip")).to_contain_text("練習用。")
    box = await laptop.locator("#kiosk").bounding_box()
    assert box["y"] + box["height"] <= 900.5
    await laptop.locator("#card-search").fill("期限切れ")
    await laptop.locator(".cards button").click()
    await expect(laptop.locator(".card-now__pin")).to_contain_text("4444")
    for name in ("1000円", "ちょうど入れる", "用紙を抜く", "23:30にする", "通信を切る"):
        await laptop.locator("#stand button", has_text=name).click()
    await _until(lambda: len(agent.practised) == 6)
    assert agent.practised == [
        ("lay", {"card": "c4"}),
        ("coin", {"yen": 1000}),
        ("exact", {}),
        ("paper", {}),
        ("clock", {"to": "23:30"}),
        ("network", {"gone": True}),
    ]


async def test_the_practice_tray_shows_the_paper_large_and_says_when_it_is_void(laptop, agent):
    agent.state = PracticeState(paper_sheets=249, jam_sheet=2, awaiting_clerk=True, sheets_asked=2, clock_moved=True)
    pages, backs = ("/paper/front.png", "/paper/back.png"), ("/paper/back.png", "")
    agent.tray = (
        TrayPart("j", 1, pages, backs, "/paper/one.pdf"),
        TrayPart("j", 2, pages, backs, "/paper/two.pdf", void=True),
    )
    await _show(laptop, agent, screen(State.READING, practice=True))
    await expect(laptop.locator(".tray .page")).to_have_count(4)
    await expect(laptop.locator(".tray .void")).to_have_text("返金済・無効 Void")
    await expect(laptop.locator(".panel--clerk")).to_contain_text("2枚")
    await picture(laptop, "practice")
    await laptop.locator(".tray .page").first.click()
    await expect(laptop.locator("dialog img")).to_have_count(2)
    await expect(laptop.locator("dialog img").first).to_be_visible()
    await laptop.keyboard.press("Escape")
    await expect(laptop.locator("dialog")).to_be_hidden()


async def test_the_stand_leads_a_newcomer_to_the_next_thing_and_marks_where_it_is(laptop, agent):
    for state, words, place in (
        (State.IDLE, "「証明書を取る」を押してください", None),
        (State.READING, "カードを1枚選ぶと", "card"),
        (State.CHOOSING, "暗証番号 1234", None),
        (State.PAYING, "お金を入れてください", "money"),
        (State.PRINTING, "受け皿に出ます", "tray"),
    ):
        await _show(laptop, agent, msgspec.structs.replace(screen(state), practice=True))
        await expect(laptop.locator(".guide")).to_contain_text(words)
        await expect(laptop.locator(".panel.is-next")).to_have_count(0 if place is None else 1)
        if place is not None:
            await expect(laptop.locator(f".panel--{place}.is-next")).to_be_visible()
    agent.state = PracticeState(paper_sheets=250, jammed=True)
    await _show(laptop, agent, msgspec.structs.replace(screen(State.IDLE), practice=True))
    await expect(laptop.locator(".guide")).to_contain_text("不具合が残っています")
    await expect(laptop.locator(".panel--faults")).to_contain_text("紙がつまっています")


async def test_the_clerk_is_asked_to_count_while_sheets_are_unclear_and_only_to_pay_once_money_is_due(laptop, agent):
    agent.state = PracticeState(awaiting_clerk=True, sheets_asked=2)
    await _show(laptop, agent, msgspec.structs.replace(SCREENS["clerk"], practice=True))
    clerk = laptop.locator(".panel--clerk")
    await expect(clerk).to_contain_text("何枚出ましたか")
    await clerk.locator("#clerk-sheets").fill("1")
    await clerk.locator("button", has_text="枚 出ていた").click()
    due = msgspec.structs.replace(SCREENS["clerk"].outcome, money=MoneyPlace.AT_REGISTER)
    await _show(laptop, agent, msgspec.structs.replace(SCREENS["clerk"], outcome=due, practice=True))
    await expect(clerk).to_contain_text("お金を返してください")
    await expect(clerk.locator("#clerk-sheets")).to_have_count(0)
    await clerk.locator("button", has_text="返金した").click()
    await _until(lambda: len(agent.practised) == 2)
    assert agent.practised == [("clerk", {"sheets": 1}), ("clerk", {"refunded": True})]


async def test_a_typed_search_in_the_stand_is_no_pin(laptop, agent):
    await _show(laptop, agent, msgspec.structs.replace(SCREENS["wrong-pin-2"], practice=True))
    await laptop.locator("#card-search").fill("")
    await laptop.locator("#card-search").press_sequentially("1234")
    await expect(laptop.locator(".k-dots .on")).to_have_count(0)


async def test_a_screen_that_arrives_under_the_finger_waits_until_the_finger_is_up(page, agent):
    await _show(page, agent, screen(State.CHOOSING))
    box = await page.locator("[data-key=seal-registration]").bounding_box()
    await page.mouse.move(box["x"] + 20, box["y"] + 20)
    await page.mouse.down()
    agent.show(screen(State.CHOOSING, tries_left=2))
    await page.wait_for_timeout(300)
    await expect(page.locator(".k-pills")).to_contain_text("あと3回")
    await page.mouse.up()
    await expect(page.locator("#kiosk[data-view=choosing-copies]")).to_be_visible()
    await _press(page, "back")
    await expect(page.locator(".k-pills")).to_contain_text("あと2回")


async def test_the_longest_application_still_fits_the_confirmation(page, agent):
    await _show(page, agent, screen(State.CHOOSING, deadline_ms=InstantMs(NOW + 900_000)))
    await _press(page, "resident-record")
    await _press(page, "who-some")
    for member in Member:
        await _press(page, f"member-{member.value}")
    await _press(page, "next")
    for chosen in ("head_and_relation", "registered_domicile", "individual_number"):
        await _press(page, chosen)
        await _press(page, "next")
        await _press(page, "copies-10")
        await _press(page, "next")
        for language in LANGUAGES:
            await _press(page, f"k-lang-{language}")
            await _obeys_the_rules(page, f"longest-{chosen}", language)
        await _press(page, "back")
        await _press(page, "back")
