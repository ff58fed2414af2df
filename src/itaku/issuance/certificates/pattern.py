"""けん制模様: the tint that lets 複写 stand out on a photocopy, and the detection pattern on the back.

Ground and letters carry the same ink, 6.25 %: the ground as fine dots that a copier loses, the letters as coarse dots
that it keeps. One 1-bit tile of 1584 x 1472 pixels at 600 dpi, repeated over the sheet without a seam, in strips as
wide as the sheet: each placing of an image costs the typesetter and every reader as much as a line of text.
"""

from __future__ import annotations

import functools

from PIL import Image, ImageDraw, ImageFont

from itaku.issuance.certificates.fonts import installed_font

TILE_PIXELS = (1584, 1472)
STRIP_PIXELS = (4992, 1472)
"""Wider than A4 at 600 dpi by 31 pixels."""
DPI = 600
CELL = 16
"""Edge in pixels of a cell: it holds one coarse dot (4 x 4) or four fine ones (2 x 2 each)."""
INK = 0.0625
"""Share of black pixels, in the ground and in the letters."""

_WORD = "複写"
_LETTER_CELLS = 25
_FINE = 8
"""The letters are drawn this much larger first."""
_STROKE = 3
"""Thickening in those finer pixels, so that thin strokes of the Mincho survive."""
_PLACES = ((1, 15), (34, 46), (67, 77))
"""Left and middle of each word in cells, staggered and closed over the tile's edges."""


@functools.cache
def latent() -> Image.Image:
    """The letters, one pixel a cell: 255 where the tile carries coarse dots."""
    width, height = TILE_PIXELS[0] // CELL, TILE_PIXELS[1] // CELL
    font = ImageFont.truetype(str(installed_font().path), _LETTER_CELLS * _FINE)
    mask = Image.new("L", (width * _FINE, height * _FINE), 0)
    draw = ImageDraw.Draw(mask)
    for left, middle in _PLACES:
        for dx in (-width, 0, width):
            for dy in (-height, 0, height):
                at = ((left + dx) * _FINE, (middle + dy) * _FINE)
                draw.text(at, _WORD, fill=255, font=font, stroke_width=_STROKE, anchor="lm")
    small = mask.resize((width, height), Image.Resampling.BOX)
    return small.point([255 if value > 110 else 0 for value in range(256)])


@functools.cache
def copy_warning_tile() -> Image.Image:
    """The tile as a 1-bit image, black dots on white."""
    return _dotted(latent())


def _dotted(letters: Image.Image) -> Image.Image:
    """Cells of coarse dots where the letters are, of fine dots elsewhere."""
    tile = Image.new("1", (letters.width * CELL, letters.height * CELL), 1)
    fine, coarse = Image.new("1", (CELL, CELL), 1), Image.new("1", (CELL, CELL), 1)
    for x in (3, 11):
        for y in (3, 11):
            fine.paste(0, (x, y, x + 2, y + 2))
    coarse.paste(0, (6, 6, 10, 10))
    for x in range(letters.width):
        for y in range(letters.height):
            tile.paste(coarse if letters.getpixel((x, y)) else fine, (x * CELL, y * CELL))
    return tile


@functools.cache
def copy_warning_strip() -> Image.Image:
    """Tiles side by side over the width of a sheet, as a 1-bit image."""
    tile = copy_warning_tile()
    strip = Image.new("1", STRIP_PIXELS, 1)
    for left in range(0, strip.width, tile.width):
        strip.paste(tile, (left, 0))
    return strip


DETECTION_CELLS = (236, 18)
"""Width and height of the detection pattern in cells."""
DETECTION_MM = (DETECTION_CELLS[0] * CELL / DPI * 25.4, DETECTION_CELLS[1] * CELL / DPI * 25.4)
"""Its width and height on paper."""
_DETECTION_WORDS = "COPY　コピー　COPY"


@functools.cache
def detection_letters() -> Image.Image:
    """偽造防止検出画像: its letters, one pixel a cell, 255 where coarse dots stand.

    The letters are simple and the place on the sheet is known, so a program can measure from a scan what the eye sees
    on the front: fine and coarse dots are equally dark on an original, and on a photocopy the fine ones are gone.
    """
    width, height = DETECTION_CELLS
    mask = Image.new("L", (width * _FINE, height * _FINE), 0)
    font = ImageFont.truetype(str(installed_font().path), round((height - 2) * _FINE * 1.15))
    centre = (width * _FINE // 2, height * _FINE // 2)
    ImageDraw.Draw(mask).text(centre, _DETECTION_WORDS, fill=255, font=font, stroke_width=2 * _STROKE, anchor="mm")
    small = mask.resize((width, height), Image.Resampling.BOX)
    return small.point([255 if value > 110 else 0 for value in range(256)])


@functools.cache
def detection_pattern() -> Image.Image:
    """The detection pattern as a 1-bit image at 600 dpi, black dots on white."""
    return _dotted(detection_letters())


@functools.cache
def detection_pixels() -> bytes:
    """Its packed pixels, as a finished document must have them."""
    return detection_pattern().tobytes()
