"""The invented mayor's seal (公印) of the sandbox's municipality: six letters in a square, drawn by us."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from itaku.supervisor.failures import StartError
from itaku.supervisor.keyfiles import write_whole

LETTERS = ("汐見市", "長之印")
"""Read downwards, right column first."""

_SIDE = 283
"""Pixels: 24 mm at 300 dpi, about the size of a mayor's seal."""

_RED = (196, 30, 40)
_FONTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_FONT = "ipamjm.ttf"


def ensure_seal(path: Path) -> Path:
    """Draws the seal into `path` (PNG, transparent ground) unless it is there; `StartError` without the font."""
    if path.exists():
        return path
    font_file = next((found for folder in _FONTS for found in sorted(folder.rglob(_FONT))), None)
    if font_file is None:
        raise StartError(
            f"the font {_FONT} was not found",
            remedy_ja="`make system` でフォントを入れてください(fonts-ipamj-mincho)。",
            remedy_en="Install the font by `make system` (fonts-ipamj-mincho).",
        )
    image = Image.new("RGBA", (_SIDE, _SIDE), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.rectangle((4, 4, _SIDE - 5, _SIDE - 5), outline=_RED, width=9)
    size = (_SIDE - 40) // 3
    font = ImageFont.truetype(font_file, size)
    for column, letters in enumerate(LETTERS):
        middle = _SIDE * (3 - 2 * column) // 4
        for row, letter in enumerate(letters):
            draw.text((middle, 20 + size * row + size // 2), letter, fill=_RED, font=font, anchor="mm")
    content = io.BytesIO()
    image.save(content, "PNG", dpi=(300, 300))
    write_whole(path, content.getvalue(), 0o644)
    return path
