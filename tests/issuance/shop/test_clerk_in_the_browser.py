"""The clerk's pages in a real browser, by keyboard alone: a refund from the receipt number to the slip."""

from __future__ import annotations

import pytest
from aiohttp import web
from playwright.async_api import async_playwright
from test_refund_of_a_set import ID, NOW, PATH, Register

from itaku.basis.clock import FixedClock
from itaku.issuance.protocol.receipt_numbers import receipt_no
from itaku.issuance.shop.clerk_page import clerk_app
from itaku.issuance.shop.refunds import Step


@pytest.fixture
async def place(tmp_path, parts):
    """(register, address)."""
    register = Register(tmp_path, parts)
    runner = web.AppRunner(clerk_app(register.ledger, FixedClock(NOW), register.sign))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield register, f"http://{host}:{port}"
    await runner.cleanup()
    register.ledger.close()


async def test_a_clerk_refunds_a_set_by_keyboard_alone_on_desk_and_phone(place):
    register, url = place
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        for path in ("/", "/refund", "/left", "/guide", PATH):
            await page.goto(url + path)
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            assert await page.locator("h1").count() == 1, path
            unnamed = "[...document.querySelectorAll('input:not([type=hidden]), select')].filter(i => !i.labels.length)"
            assert await page.evaluate(f"{unnamed}.length") == 0, path
        await page.set_viewport_size({"width": 1280, "height": 900})
        await page.goto(f"{url}/refund")
        await page.keyboard.type(receipt_no(ID))
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name=f"返金する {receipt_no(ID)}").focus()
        await page.keyboard.press("Enter")
        await page.get_by_label("かすれ").focus()
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#sheets")
        await page.keyboard.type("3")
        await page.keyboard.press("Enter")
        for sheet in (1, 2, 3):
            await page.get_by_role("button", name=f"{sheet}枚目に押した").wait_for()
            await page.keyboard.press("Enter")
        await page.get_by_role("button", name="600円を返す").wait_for()
        assert register.step() is Step.PAY
        await page.keyboard.press("Enter")
        await page.get_by_label("名札の番号").fill("12")
        await page.get_by_role("button", name="お客さまに渡した").press("Enter")
        await page.get_by_text("終わりました").wait_for()
        await page.get_by_role("link", name="返金票").press("Enter")
        await page.get_by_role("heading", name="返金票").wait_for()
        await browser.close()
    assert register.step() is Step.DONE
