"""Every page of the desk in a browser: nothing serious for axe, no sideways scrolling, nothing asked of others."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from itaku.sandbox.desk_people import PASSWORD

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "desk"

DESK, PHONE = 1440, 390

PAGES = {
    "today": ("morita", "/"),
    "contracts": ("morita", "/contracts/"),
    "contract": ("morita", "/contracts/marathon-2026/"),
    "what-if": ("morita", "/contracts/marathon-2026/what-if/?term.price_yen=95000000"),
    "schedule": ("shiraishi", "/contracts/marathon-2026/schedule/"),
    "papers": ("shiraishi", "/papers/"),
    "papers-of": ("shiraishi", "/papers/marathon-2026/"),
    "paper": ("shiraishi", "/papers/marathon-2026/completion-report/new"),
    "acts": ("morita", "/acts/"),
    "acts-of": ("morita", "/acts/marathon-2026/"),
    "flows": ("morita", "/acts/marathon-2026/flows"),
    "act": ("kanda", "/acts/marathon-2026/inspection.held/"),
    "audit": ("kuroda", "/audit/"),
    "notices": ("morita", "/notices/"),
    "outbox": ("morita", "/outbox/"),
    "drill": ("morita", "/drill/"),
    "lists": ("shiraishi", "/lists/marathon-2026/"),
    "quorum": ("morita", "/papers/marathon-2026/quorum"),
    "people": ("hayashi", "/people/"),
    "account": ("morita", "/account/"),
    "second-factor": ("morita", "/account/second-factor/"),
    "password": ("morita", "/account/password/"),
    "not-there": ("minato", "/contracts/marathon-2026/"),
}


@pytest.fixture(scope="module")
def signed_in(desk, browser):
    """A browser's page for each person, made once."""
    made = {}

    def page_of(person: str):
        if person not in made:
            page = browser.new_context(locale="ja-JP", reduced_motion="reduce").new_page()
            page.goto(f"{desk.url}/sign-in/")
            page.get_by_label("利用者名").fill(person)
            page.get_by_label("パスワード", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="サインインする", exact=True).click()
            made[person] = page
        return made[person]

    yield page_of
    for page in made.values():
        page.context.close()


def look_at(page, name: str, width: int) -> dict[str, object]:
    """A picture to keep, and what is wrong with the page at that width."""
    page.set_viewport_size({"width": width, "height": 900})
    page.screenshot(path=ARTEFACTS / f"{name}-{width}.png", full_page=True)
    # A colour does not depend on the width, and its rule costs as much as all others together.
    rules = {"color-contrast": {"enabled": width > PHONE}}
    found = Axe().run(page, options={"resultTypes": ["violations"], "rules": rules})
    serious = [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in found.response["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    wider_by = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return {"serious": serious, "too wide": wider_by > 0, "headings": page.locator("h1").count()}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_nothing_serious_fits_its_width_and_asks_nobody_else(desk, signed_in, name):
    person, path = PAGES[name]
    page = signed_in(person)
    asked: list[str] = []

    def ask(request) -> None:
        asked.append(request.url)

    page.on("request", ask)
    page.set_viewport_size({"width": DESK, "height": 900})
    page.goto(desk.url + path)
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    for width in (DESK, PHONE):
        assert look_at(page, name, width) == {"serious": [], "too wide": False, "headings": 1}, width
    page.remove_listener("request", ask)
    assert asked
    assert [url for url in asked if not url.startswith((desk.url, "data:", "blob:"))] == []
