"""A resident before a real kiosk's page in a real browser: touches it, uses the stand beside it, reads what it says."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import Page, expect
from sandbox_under_test import SandboxUnderTest

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAPTOP = {"width": 1440, "height": 900}
KIOSK = {"width": 1080, "height": 1920}
PICTURES = Path(__file__).parents[2] / "artefacts" / "kiosk-real"


class ResidentInBrowser:
    """Says what a person does; waits for what the page answers."""

    def __init__(self, page: Page, sandbox: SandboxUnderTest) -> None:
        self.page = page
        self.sandbox = sandbox
        self.kiosk = page.locator("#kiosk")
        self.stand = page.locator("#stand")

    # ---- touching ----

    async def press(self, key: str) -> None:
        """A key of the kiosk; a dashed one answers a touch too."""
        await self.kiosk.locator(f'[data-key="{key}"]').click(force=True)

    async def speak(self, language: str) -> None:
        await self.press(f"k-lang-{language}")
        await expect(self.kiosk).to_have_attribute("data-language", language)

    async def begin(self, card: str, service: str = "certificates") -> None:
        """Chooses a service and lays the card down at the stand."""
        await self.press(service)
        await self.sees("reading")
        await self.lay(card)

    async def lay(self, card: str) -> None:
        await self.stand.locator(f'[data-card="{card}"]').click()

    async def choose_record(
        self, who: str = "all", *, members: tuple[str, ...] = (), items: tuple[str, ...] = ()
    ) -> None:
        await self.sees("choosing-kind")
        await self.press("resident-record")
        await self.press(f"who-{who}")
        for member in members:
            await self.press(f"member-{member}")
        if members:
            await self.press("next")
        await self.sees("choosing-items")
        for item in items:
            await self.press(item)
        await self.press("next")
        await self.sees("choosing-copies")

    async def choose_seal(self) -> None:
        await self.sees("choosing-kind")
        await self.press("seal-registration")
        await self.sees("choosing-copies")

    async def copies(self, copies: int = 1) -> None:
        await self.press(f"copies-{copies}")
        await self.press("next")
        await self.sees("choosing-confirm")

    async def enter_pin(self, pin: str = "1234") -> None:
        for digit in pin:
            await self.press(f"digit-{digit}")
        await self.press("go")

    async def apply(self, card: str = "r0001", *, copies: int = 1, pin: str = "1234") -> None:
        """Everything up to the PIN, for the whole household."""
        await self.begin(card)
        await self.choose_record()
        await self.copies(copies)
        await self.enter_pin(pin)

    async def apply_and_pay(self, card: str = "r0001", *, copies: int = 1) -> None:
        await self.apply(card, copies=copies)
        await self.sees("paying")
        await self.at_stand("ちょうど入れる")

    async def at_stand(self, name: str) -> None:
        """A button of the practice stand, by the words on it."""
        await self.stand.get_by_role("button", name=name).click()

    async def set_at_stand(self, label: str, number: int) -> None:
        await self.stand.get_by_label(label).fill(str(number))

    # ---- seeing ----

    async def sees(self, view: str, within_s: float = 20) -> None:
        await expect(self.kiosk).to_have_attribute("data-view", view, timeout=within_s * 1000)

    async def reads(self, *words: str, where: str = "#main") -> None:
        for text in words:
            await expect(self.page.locator(where)).to_contain_text(text, timeout=20_000)

    async def reads_heading(self, text: str) -> None:
        await expect(self.kiosk.locator("h1")).to_contain_text(text, timeout=20_000)

    async def reads_outcome(self, *, money: str, paper: str, data: str = "") -> None:
        """The three facts, in their places."""
        facts = self.kiosk.locator(".k-fact b")
        await expect(facts.nth(0)).to_contain_text(money)
        await expect(facts.nth(1)).to_contain_text(paper)
        if data:
            await expect(facts.nth(2)).to_contain_text(data)

    async def picture(self, name: str) -> None:
        """Keeps how it looks now at a laptop with the stand and at a kiosk's size, when pictures are asked for."""
        if "ITAKU_PICTURES" not in os.environ:
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        for place, size in (("kiosk", KIOSK), ("laptop", LAPTOP)):
            await self.page.set_viewport_size(size)
            await self.page.wait_for_timeout(80)
            await self.page.screenshot(path=PICTURES / f"{name}.{place}.png", animations="disabled")
