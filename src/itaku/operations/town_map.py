"""The invented town as a map of our own (SVG): coast, river, railway, every shop with its mark. No outside tiles."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from itaku.issuance.center.shops import MAP_SIZE, Shop
from itaku.operations.state import Health

WORDS = {
    Health.RUNNING: ("稼働中", "Running", "✓"),
    Health.ATTENTION: ("要注意", "Attention", "▲"),
    Health.STOPPED: ("停止", "Stopped", "!"),
    Health.SILENT: ("応答なし", "Silent", "?"),
}
"""Each state by colour, mark and word."""
_WORST = (Health.STOPPED, Health.SILENT, Health.ATTENTION, Health.RUNNING)

_LAND = """<rect class="land" width="1000" height="1000"/>
<path class="sea" d="M0 760C120 720 220 800 340 770S560 690 680 760 880 850 1000 800V1000H0Z"/>
<path class="river" d="M420 0C400 160 470 300 430 440S360 640 380 772"/>
<path class="road" d="M0 300H1000M700 0V770M180 0V765"/>
<path class="rail" d="M0 560C240 520 420 480 560 480S840 420 1000 400"/>
<path class="ties" d="M0 560C240 520 420 480 560 480S840 420 1000 400"/>
<text class="place" x="60" y="900">汐見湾</text><text class="place" x="440" y="90">汐川</text>
<text class="place" x="790" y="395">汐見線</text>"""


def worst(found: Sequence[Health]) -> Health:
    """The worst of several; a shop with nothing in it is silent."""
    return min(found, key=_WORST.index) if found else Health.SILENT


def draw(shops: Sequence[Shop], health: Mapping[str, Health]) -> str:
    """The map. The table beside it says the same in words, so readers of the screen get one sentence for it."""
    marks = "".join(_mark(shop, health[shop.name]) for shop in shops)
    said = "、".join(f"{shop.name_ja} {WORDS[health[shop.name]][0]}" for shop in shops)
    return (
        f'<svg viewBox="0 0 {MAP_SIZE} {MAP_SIZE}" role="img" aria-label="{html.escape(f"店の地図。{said}")}">'
        f"{_LAND}{marks}</svg>"
    )


def _mark(shop: Shop, health: Health) -> str:
    word, _, sign = WORDS[health]
    east, north = shop.east, MAP_SIZE - shop.north
    anchor, shift = ("end", -52) if east > MAP_SIZE * 2 // 3 else ("start", 52)
    return (
        f'<g class="mark {health.value}"><circle cx="{east}" cy="{north}" r="38"/>'
        f'<text class="sign" x="{east}" y="{north + 17}">{sign}</text>'
        f'<text x="{east + shift}" y="{north - 2}" text-anchor="{anchor}">{html.escape(shop.name_ja)}</text>'
        f'<text class="word" x="{east + shift}" y="{north + 40}" text-anchor="{anchor}">{word}</text></g>'
    )
