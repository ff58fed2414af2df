"""A page of the desk as a browser draws it: nothing serious for axe, no sideways scrolling, nothing asked of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from itaku.sandbox.desk_people import PASSWORD

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "desk"
DESK, PHONE = 1440, 390
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.body.querySelectorAll("*")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest("[tabindex='0']"))
  .map((e) => e.outerHTML.slice(0, 120)).slice(0, 5)"""
"""Elements to the right of the screen's edge, when the page scrolls sideways; what stands in a scrolling box may."""


class PageLook:
    """One tab for each person, since each sign-in and each tab cost a second of processor time. Ends with `close`."""

    def __init__(self, url: str, browser: Any) -> None:
        self._url = url
        self._browser = browser
        self._tabs: dict[str, Any] = {}
        ARTEFACTS.mkdir(parents=True, exist_ok=True)

    def require_sound(self, name: str, person: str, path: str, *, language: str = "ja", status: int = 200) -> None:
        """Looks at the page at both widths, keeps its pictures, and fails at whatever is wrong with it.

        Without a `person` nobody is signed in.
        """
        tab = self._tab_of(person)
        tab.context.add_cookies([{"name": "itaku_language", "value": language, "url": self._url}])
        asked: list[str] = []

        def ask(request: Any) -> None:
            asked.append(request.url)

        tab.on("request", ask)
        tab.set_viewport_size({"width": DESK, "height": 900})
        answer = tab.goto(self._url + path)
        assert answer.status == status
        for width in (DESK, PHONE):
            found = _look_at(tab, f"{name}-{width}", width)
            assert found == {"serious": [], "wider": [], "headings": 1, "language": language}, found
        tab.remove_listener("request", ask)
        assert [url for url in asked if not url.startswith((self._url, "data:", "blob:"))] == []

    def close(self) -> None:
        for tab in self._tabs.values():
            tab.context.close()

    def _tab_of(self, person: str) -> Any:
        if person not in self._tabs:
            tab = self._browser.new_context(locale="ja-JP", reduced_motion="reduce").new_page()
            if person:
                tab.goto(f"{self._url}/sign-in/")
                tab.get_by_label("利用者名").fill(person)
                tab.get_by_label("パスワード", exact=True).fill(PASSWORD)
                tab.get_by_role("button", name="サインインする", exact=True).click()
            self._tabs[person] = tab
        return self._tabs[person]


def _look_at(tab: Any, picture: str, width: int) -> dict[str, Any]:
    tab.set_viewport_size({"width": width, "height": 900})
    tab.screenshot(path=ARTEFACTS / f"{picture}.png", full_page=True)
    # A colour does not depend on the width, and its rule costs as much as all others together.
    rules = {"color-contrast": {"enabled": width > PHONE}}
    found = Axe().run(tab, options={"resultTypes": ["violations"], "rules": rules})
    return {
        "serious": [
            f"{each['id']}: {each['nodes'][0]['html'][:200]}"
            for each in found.response["violations"]
            if each["impact"] in {"serious", "critical"}
        ],
        "wider": tab.evaluate(TOO_WIDE),
        "headings": tab.locator("h1").count(),
        "language": tab.locator("html").get_attribute("lang"),
    }
