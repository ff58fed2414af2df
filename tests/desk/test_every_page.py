"""Every page of the desk in a browser, in Japanese at desk and phone width; those with most words in English too."""

from __future__ import annotations

import pytest
from page_look import PageLook

PAGES = {
    "sign-in": ("", "/sign-in/"),
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
}
IN_ENGLISH = ("sign-in", "today", "contract", "paper", "act")


@pytest.fixture(scope="module")
def look(desk, browser):
    look = PageLook(desk.url, browser)
    yield look
    look.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_nothing_serious_fits_its_width_and_asks_nobody_else(look, name):
    look.require_sound(name, *PAGES[name])


@pytest.mark.parametrize("name", IN_ENGLISH)
def test_a_page_in_english_fits_and_is_sound_too(look, name):
    look.require_sound(f"{name}-en", *PAGES[name], language="en")


def test_a_page_that_is_not_there_is_sound_too(look):
    look.require_sound("not-there", "minato", "/contracts/marathon-2026/", status=404)
