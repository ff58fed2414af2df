"""A scripted agent and its page in a real browser, for the tests of a file that need nothing else of them."""

from __future__ import annotations

import pytest_asyncio
from playwright.async_api import async_playwright
from scripted_agent import CHROMIUM, CHROMIUM_ARGS, ScriptedAgent


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def agent():
    agent = ScriptedAgent()
    await agent.start()
    yield agent
    await agent.stop()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(agent):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGS))
        page = await browser.new_page(viewport={"width": 1080, "height": 1920})
        faults = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(agent.url)
        yield page
        assert faults == []
        await browser.close()
