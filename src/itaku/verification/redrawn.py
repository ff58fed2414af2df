"""The front as the issuer printed it, drawn again from the signed statement on the back."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import msgspec
import typst
from PIL import Image

from itaku.issuance.certificates.backside import Front, FrontBlock, FrontCell, FrontRow, SmallPicture
from itaku.issuance.certificates.failures import BadCode
from itaku.issuance.certificates.fonts import installed_font

DPI = 150
"""Resolution of a front that is drawn again: 1240 x 1754 pixels."""
SIZE = (1240, 1754)

_HERE = Path(__file__).parent
_INK = (190, 40, 30)
"""Colour of the office seal; the impression on a certificate is black."""


@functools.cache
def _typesetter() -> typst.Compiler:
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(installed_font().folder)]
    )
    return typst.Compiler(str(_HERE / "front.typ"), root=str(_HERE), font_paths=fonts, ignore_system_fonts=True)


def redrawn(front: Front) -> Image.Image:
    """The front in colour, without its code and its tint; `BadCode` if it cannot be drawn."""
    literal = msgspec.json.encode(_as_data(front)).decode("utf-8").replace("\\", "\\\\").replace('"', '\\"')
    source = f'#import "front.typ": draw\n#draw(json(bytes("{literal}")))\n'
    try:
        png = _typesetter().compile(input=source.encode("utf-8"), format="png", ppi=DPI)
    except typst.TypstError:
        raise BadCode("the front cannot be drawn") from None
    if not isinstance(png, bytes):
        raise BadCode("a front is one page")
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        drawn = image.convert("RGB")
    return drawn if drawn.size == SIZE else drawn.resize(SIZE, Image.Resampling.LANCZOS)


def _as_data(front: Front) -> dict[str, object]:
    """The front as the form reads it: names instead of places in an array, small pictures as PNG."""
    plain: dict[str, object] = {name: getattr(front, name) for name in front.__struct_fields__}
    plain["blocks"] = [_named(block) | {"rows": [_row(row) for row in block.rows]} for block in front.blocks]
    plain["seal"] = _picture(front.seal, _INK)
    plain["impression"] = None if front.impression is None else _picture(front.impression, (0, 0, 0))
    return plain


def _row(row: FrontRow) -> dict[str, object]:
    return {"height_mm": row.height_mm, "cells": [_named(cell) for cell in row.cells]}


def _named(part: FrontBlock | FrontCell) -> dict[str, object]:
    return {name: getattr(part, name) for name in part.__struct_fields__}


def _picture(small: SmallPicture, ink: tuple[int, int, int]) -> dict[str, object]:
    shown = Image.new("RGBA", (small.pixels, small.pixels), (*ink, 0))
    shown.paste((*ink, 255), mask=small.image().convert("L").point(lambda value: 255 - value))
    out = io.BytesIO()
    shown.save(out, "PNG")
    return {"png": list(out.getvalue()), "edge_mm": small.edge_mm}
