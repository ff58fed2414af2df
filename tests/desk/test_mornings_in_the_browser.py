"""The officer's and the manager's morning in a real browser, at desk and phone width; pictures are kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from mornings import INCIDENT, MARATHON, busy, tell

from itaku.contracts.engine.events import Told
from itaku.sandbox.desk_people import PASSWORD

PICTURES = Path(__file__).parents[2] / "artefacts" / "desk"


@pytest.fixture(scope="module")
def morning(desk):
    """The desk with something in every band, and an incident since 8:12."""
    busy(desk)
    tell(desk, MARATHON, INCIDENT)
    return desk


class Morning:
    """A person at a browser of their own."""

    def __init__(self, browser, desk, name: str, width: int = 1440, height: int = 900) -> None:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="ja-JP")
        self.page = context.new_page()
        self.width = "phone" if width < 600 else "desk"
        self.troubles: list[str] = []
        self.page.on("console", lambda said: self.troubles.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.url = desk.url
        self.page.goto(f"{desk.url}/sign-in/")
        self.page.fill("[name=sign_in_name]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button")
        self.page.wait_for_selector("h1")

    def row(self, words: str):
        """The row with these words."""
        return self.page.locator(".duties > li", has_text=words).first

    def picture(self, name: str) -> None:
        """Keeps a picture; nothing sticks out at the side, nothing was asked of others, nothing went wrong."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"today-{name}-{self.width}.png", full_page=True)
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{wide} px stick out"
        assert self.troubles == []
        assert {each for each in self.asked if not each.startswith((self.url, "data:", "blob:"))} == set()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_officer_s_morning(browser, morning, width, height):
    officer = Morning(browser, morning, "morita", width, height)
    page = officer.page
    assert page.inner_text("h1") == "本日の期限"
    assert "令和8年7月2日（木）" in page.inner_text(".page-title")
    officer.picture("officer")

    why = officer.row("11,000,000円").locator(".why")
    assert why.get_attribute("aria-expanded") == "false"
    why.focus()
    page.keyboard.press("Enter")
    panel = officer.row("11,000,000円").locator(".why-panel")
    panel.wait_for()
    assert why.get_attribute("aria-expanded") == "true"
    assert "30日目の 7/2（木）の終わりまで" in panel.inner_text()
    assert panel.locator(".days i").count() == 31
    officer.picture("officer-why")
    why.click()
    assert not panel.is_visible()
    assert why.get_attribute("aria-expanded") == "false"

    page.locator(".narrowing summary").click()
    page.select_option("[name=kind]", "document")
    page.get_by_role("button", name="しぼりこむ").click()
    page.wait_for_url("**kind=document**")
    officer.picture("officer-filtered")
    page.get_by_role("link", name="本日の期限").click()
    page.wait_for_url("**kind=document**")
    page.get_by_role("link", name="しぼりこみをやめる").first.click()

    officer.row("検査の実施").get_by_role("link", name="検査調書をつくる").click()
    page.wait_for_url("**/papers/marathon-2026/**")
    assert "検査調書" in page.inner_text("main")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_manager_s_morning(browser, morning, width, height):
    manager = Morning(browser, morning, "shiraishi", width, height)
    page = manager.page
    assert page.inner_text("h1") == "今日出すもの"
    plan = manager.row("抹消措置作業計画")
    assert "宛先 千葉県" in plan.inner_text()
    assert "未記入" in plan.inner_text()
    solid = page.locator(".duty__act .btn--primary")
    assert [each.inner_text().replace("\n", "") for each in solid.all()] == ["詳細の報告を記録する"]
    manager.picture("manager")
    plan.get_by_role("link", name="抹消措置作業計画をつくる").click()
    page.wait_for_url("**/papers/marathon-2026/**")
    assert "抹消措置作業計画" in page.inner_text("main")


def test_the_banner_counts_down_to_the_target_and_says_whom_to_phone_and_what_is_blank(browser, morning):
    officer = Morning(browser, morning, "morita")
    banner = officer.page.locator(".banner--incident")
    said = banner.inner_text()
    assert "紛失" in said
    assert "USB-1" in said
    assert "認知 8:12" in said
    assert "目標 10:00" in said
    assert "限度 11:24" in said
    assert "電話：未登録" in said
    assert "日時・場所・事由" in said
    shown = banner.locator("[data-shown]")
    assert shown.inner_text().startswith("1:1")
    first = shown.inner_text()
    officer.page.wait_for_function("first => document.querySelector('[data-shown]').textContent !== first", arg=first)
    assert shown.get_attribute("aria-hidden") == "true"
    spoken = banner.locator("[data-spoken]")
    assert spoken.get_attribute("aria-live") == "polite"
    assert spoken.text_content() == "", "it speaks once a minute, not each second"


def test_the_clock_is_spoken_once_a_minute(browser, morning):
    officer = Morning(browser, morning, "morita")
    page = officer.page
    page.clock.install()
    page.reload()
    spoken = page.locator("[data-spoken]")
    page.clock.run_for(61_000)
    first = spoken.text_content()
    assert first.startswith("残り1時間")
    page.clock.run_for(61_000)
    assert spoken.text_content() != first


def test_a_dense_page_has_the_clock_as_a_chip_in_its_header(browser, morning):
    officer = Morning(browser, morning, "morita")
    officer.page.goto(f"{morning.url}/contracts/{MARATHON}/")
    assert officer.page.inner_text("h1") == "ちばアクアラインマラソン2026開催業務委託契約"
    chip = officer.page.locator(".desk-user [data-clock]")
    assert "事故 残り" in chip.inner_text(timeout=5_000)
    assert officer.page.locator(".banner--incident").count() == 0
    officer.page.goto(f"{morning.url}/contracts/")
    assert officer.page.locator(".banner--incident").count() == 1


def test_whoever_has_no_seat_at_the_contract_sees_no_banner(browser, morning):
    stranger = Morning(browser, morning, "minato")
    assert stranger.page.locator(".banner--incident").count() == 0


def test_the_page_prints_without_its_buttons(browser, morning):
    officer = Morning(browser, morning, "morita")
    officer.page.emulate_media(media="print")
    assert not officer.page.locator(".duty__act").first.is_visible()
    assert not officer.page.locator(".desk-head").is_visible()
    assert officer.row("検査の実施").is_visible()
    officer.picture("officer-printed")


def test_past_the_target_the_banner_counts_no_further_and_is_gone_once_the_details_are_told(browser, morning):
    morning.move_to(dt.datetime(2026, 7, 2, 10, 5))  # noqa: DTZ001 the desk's own zone
    officer = Morning(browser, morning, "morita")
    assert officer.page.inner_text("[data-shown]") == "目標を過ぎました"
    morning.move_to(dt.datetime(2026, 7, 2, 11, 30))  # noqa: DTZ001 as above
    officer.page.reload()
    assert officer.page.inner_text("[data-shown]") == "限度を過ぎました"
    assert "overdue" in officer.row("詳細の報告").locator("xpath=ancestor::section").get_attribute("class")
    tell(
        morning,
        MARATHON,
        [Told(id="inc9", at="2026-07-02T11:29", kind="data-incident.detailed", fields={"incident": "USB-1"})],
    )
    officer.page.reload()
    assert officer.page.locator(".banner--incident").count() == 0


def test_a_quiet_morning_says_what_comes_next(browser, desk, morning):
    morning.move_to(dt.datetime(2026, 7, 2, 11, 30))  # noqa: DTZ001 the desk's own zone
    officer = Morning(browser, morning, "morita")
    officer.page.goto(f"{desk.url}/?kind=power&text=zzz")
    assert "しぼりこみに当たるものはありません" in officer.page.inner_text("main")
    officer.picture("empty")
