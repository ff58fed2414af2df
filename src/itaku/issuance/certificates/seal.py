"""Drawn seals for demonstration data: an office seal (公印) and personal seals (印影). Real ones are scanned."""

from __future__ import annotations

import functools
import io

from PIL import Image, ImageDraw, ImageFont

from itaku.basis.fonts import installed_file

RED = (200, 30, 36)
"""朱肉, as the forms print it."""

_DPI = 600
_SCALE = 2
"""Drawn this much larger, then brought down, so that edges are smooth."""


def draw_office_seal(text: str, pixels: int = 480) -> bytes:
    """A square red seal on transparent ground as PNG: the text in columns from right to left, such as 汐見市長之印."""
    edge = pixels * _SCALE
    mask = Image.new("L", (edge, edge), 0)
    draw = ImageDraw.Draw(mask)
    frame = edge // 26
    draw.rounded_rectangle((0, 0, edge - 1, edge - 1), radius=edge // 24, fill=255)
    draw.rounded_rectangle((frame, frame, edge - 1 - frame, edge - 1 - frame), radius=edge // 36, fill=0)
    columns = _columns(text)
    inner = edge - 2 * frame - edge // 20
    left = (edge - inner) // 2
    for index, column in enumerate(columns):
        for place, character in enumerate(column):
            box_width, box_height = inner / len(columns), inner / len(column)
            x = left + inner - (index + 1) * box_width
            y = left + place * box_height
            _fill_box(mask, character, (x, y, box_width, box_height))
    alpha = mask.reduce(_SCALE)
    image = Image.new("RGBA", (pixels, pixels), (*RED, 0))
    image.putalpha(alpha)
    return _png(image)


def draw_personal_seal(name: str, diameter_mm: float = 13.5) -> bytes:
    """A round impression of up to four characters as a 1-bit PNG that says its true size (600 dpi)."""
    pixels = round((diameter_mm + 1.5) / 25.4 * _DPI)
    edge = pixels * _SCALE
    mask = Image.new("L", (edge, edge), 255)
    draw = ImageDraw.Draw(mask)
    gap = round(0.75 / 25.4 * _DPI * _SCALE)
    ring = edge // 30
    draw.ellipse((gap, gap, edge - gap, edge - gap), fill=0)
    draw.ellipse((gap + ring, gap + ring, edge - gap - ring, edge - gap - ring), fill=255)
    ink = Image.new("L", (edge, edge), 0)
    tall = (edge - 2 * gap - 2 * ring) * 0.86
    wide = tall * (0.62 if len(name) > 1 else 0.8)
    for place, character in enumerate(name):
        height = tall / len(name)
        _fill_box(ink, character, ((edge - wide) / 2, (edge - tall) / 2 + place * height, wide, height))
    mask.paste(0, (0, 0), ink)
    small = mask.reduce(_SCALE)
    return _png(small.point([255 if value > 127 else 0 for value in range(256)]).convert("1"))


def _columns(text: str) -> list[str]:
    """Nearly as many columns as rows, the fuller ones first, as seals are cut."""
    count = next(number for number in range(1, len(text) + 1) if number * number >= len(text))
    per_column, left_over = divmod(len(text), count)
    columns: list[str] = []
    for index in range(count):
        length = per_column + (index < left_over)
        columns.append(text[:length])
        text = text[length:]
    return columns


def _fill_box(target: Image.Image, character: str, box: tuple[float, float, float, float]) -> None:
    """Draws one character thickened and stretched to nearly fill its box, as seal cutters do."""
    x, y, width, height = box
    size = round(max(width, height))
    font = _font(size)
    stroke = max(1, size // 34)
    left, top, right, bottom = font.getbbox(character, stroke_width=stroke)
    glyph = Image.new("L", (round(right - left), round(bottom - top)), 0)
    ImageDraw.Draw(glyph).text((-left, -top), character, fill=255, font=font, stroke_width=stroke)
    fitted = glyph.resize((round(width * 0.88), round(height * 0.88)), Image.Resampling.BILINEAR)
    target.paste(255, (round(x + width * 0.06), round(y + height * 0.06)), fitted)


@functools.lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(installed_file()), size)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(_DPI, _DPI))
    return out.getvalue()
