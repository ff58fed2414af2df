"""How the kiosk's page looks: its languages, a picture of it, and the rules of size, place and words that it keeps."""

from __future__ import annotations

import os
from pathlib import Path

from scripted_agent import ARTEFACTS

LANGUAGES = ("ja", "ja-easy", "en", "zh", "ko")
_RULES = Path(__file__).with_name("page_rules.js").read_text()


async def settled(page):
    """Two frames: what was decided is drawn."""
    await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def picture(page, name):
    """Keeps a picture to look at, when pictures are asked for."""
    if "ITAKU_PICTURES" in os.environ:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=ARTEFACTS / f"{name}.png", animations="disabled")


async def obeys_the_rules(page, name):
    await settled(page)
    await picture(page, name)
    broken = await page.evaluate(_RULES)
    assert broken == [], f"{name}: {broken}"
