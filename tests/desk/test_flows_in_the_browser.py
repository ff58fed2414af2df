"""Three flows in a real browser, from the first click to the last, by people of both sides; pictures are kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from telling_by_hand import Table, certificates, marathon

from itaku.sandbox.desk_people import PASSWORD

PICTURES = Path(__file__).parents[2] / "artefacts" / "desk"


class Side:
    """A person at a browser of their own, at desk or phone width."""

    def __init__(self, browser, table: Table, name: str, width: int = 1440, height: int = 900) -> None:
        self.page = browser.new_context(viewport={"width": width, "height": height}, locale="ja-JP").new_page()
        self.base = f"{table.desk.url}/acts/{table.contract}/"
        self.width = "phone" if width < 600 else "desk"
        self.page.goto(f"{table.desk.url}/sign-in/")
        self.page.fill("[name=sign_in_name]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button")

    def open(self, kind: str, instance: str = "") -> None:
        """The form of an event, opened from the list of what may be told."""
        self.page.goto(self.base)
        link = f'a[href*="/{kind}/?instance="]' if instance else f'.catalogue a[href$="/{kind}/"]'
        self.page.locator(link).first.click()

    def fill(self, **texts: str) -> None:
        """Writes into fields."""
        for name, text in texts.items():
            self.page.fill(f"#f_{name}", text)

    def choose(self, *words: str) -> None:
        """Chooses by the words that stand beside the buttons."""
        for word in words:
            self.page.get_by_text(word, exact=True).first.click()

    def record(self, button: str = "記録する") -> None:
        """Looks at what changes, then records."""
        self.page.get_by_role("button", name="変わることを確かめる").click()
        assert "まだ記録していません" in self.page.inner_text("main")
        self.picture("preview")
        self.page.get_by_role("button", name=button).click()

    def says(self, *words: str) -> None:
        """What stands on the page."""
        shown = self.page.inner_text("main")
        assert all(word in shown for word in words), shown

    def picture(self, name: str) -> None:
        """Keeps a picture of the page; nothing may stick out at the side."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"acts-{name}-{self.width}.png", full_page=True)
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, name


def at(desk, day: str) -> None:
    """Nine in the morning of a day."""
    desk.move_to(dt.datetime.combine(dt.date.fromisoformat(day), dt.time(9)))


@pytest.mark.parametrize("width", [1440, 390])
def test_report_inspection_and_correction_are_clicked_through(desk, browser, width):
    at(desk, "2026-03-25")
    table = marathon(desk)
    officer, inspector, manager = (Side(browser, table, who, width) for who in ("morita", "kanda", "shiraishi"))
    officer.open("report.received")
    officer.fill(sub_no="R7-1")
    officer.choose("年度の報告", "令和7年度")
    officer.picture("form")
    officer.record()
    officer.says("記録しました", "検査の実施")
    inspector.open("inspection.held", "S2-12-2")
    assert inspector.page.input_value("#f_sub_no") == "R7-1"
    inspector.page.locator("input[name=f_result][value=fail]").check()
    inspector.page.locator("input[name=f_correction_ordered][value=yes]").check()
    inspector.record()
    inspector.says("記録しました", "補正完了の届")
    inspector.picture("done")
    manager.open("correction.notified", "S2-12-3")
    assert manager.page.input_value("#f_answers") == "R7-1"
    manager.fill(sub_no="R7-2")
    manager.record()
    manager.says("記録しました")
    manager.page.goto(f"{manager.base}flows")
    manager.says("完了報告・検査・補正・請求・支払い")
    manager.picture("flows")
    manager.page.goto(f"{manager.base}told")
    manager.picture("told")
    manager.page.goto(manager.base)
    manager.picture("offered")
    assert table.state("S2-12-3[sub_no=R7-1]") == "fulfilled"


def test_a_termination_is_clicked_through_by_two_persons_and_the_other_side_sees_it_wait(desk, browser):
    at(desk, "2027-04-26")
    table = marathon(desk)
    officer, second, manager = (Side(browser, table, who) for who in ("morita", "kanda", "shiraishi"))
    officer.open("termination.notified")
    officer.fill(case="T1")
    officer.page.locator("input[name=f_under][value='S2-17-1']").check()
    officer.page.locator("input[name=party][value=committee]").check()
    officer.record("確認を求める")
    officer.says("二人目の確認を待っています", "自分の記録を自分で確認することはできません")
    officer.picture("pending")
    assert officer.page.get_by_role("button", name="確認して記録する").count() == 0
    manager.page.goto(manager.base)
    manager.says("確認待ち", "解除通知の到達")
    second.page.goto(second.base)
    second.page.get_by_role("link", name="解除通知の到達").first.click()
    second.page.get_by_role("button", name="確認して記録する").click()
    second.says("記録しました", "森田 千尋", "神田 悠")


def test_a_complaint_is_clicked_through_and_a_wrong_day_is_mended_beside_its_field(desk, browser):
    at(desk, "2026-06-01")
    table = certificates(desk)
    manager, officer = (Side(browser, table, who) for who in ("minato", "morita"))
    manager.open("complaint.received")
    manager.fill(complaint="K-9")
    manager.page.get_by_text("さかのぼる日時").click()
    manager.page.fill("#day", "2026-06-30")
    assert "令和8年6月30日" in manager.page.inner_text("output[for=day]")
    manager.page.fill("#why", "電話の記録による")
    manager.page.get_by_role("button", name="変わることを確かめる").click()
    manager.says("まだ来ていない日時です")
    manager.picture("error")
    assert manager.page.input_value("#f_complaint") == "K-9"
    manager.page.fill("#day", "2026-05-29")
    manager.record()
    manager.says("記録しました", "さかのぼる記録")
    manager.page.get_by_role("link", name="苦情・照会の報告").first.click()
    manager.record()
    officer.open("complaint.settled", "S1-14-甲")
    officer.record()
    officer.says("記録しました")
    assert table.state("S1-14-甲[complaint=K-9]") == "fulfilled"
