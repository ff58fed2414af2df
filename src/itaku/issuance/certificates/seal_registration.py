"""印鑑登録証明書 as ruled blocks: the registered impression in its true size, and whose it is."""

from __future__ import annotations

import io

from PIL import Image

from itaku.issuance.certificates.content import SealRegistration
from itaku.issuance.certificates.failures import RecordIncomplete
from itaku.issuance.certificates.layout import LARGE, NAME, Block, Cell, Fitter, Role, Row
from itaku.issuance.certificates.paging import LEFT_MM, TOP_MM
from itaku.issuance.certificates.resident_record import birth_date_text

_PICTURE_COLUMN = 58.0
_COLUMNS = (26.0, 94.0)
_HEIGHT = 64.0
_SMALLEST_MM, _LARGEST_MM = 8.0, 25.0
"""A seal that fits into 8 mm or does not fit into 25 mm cannot be registered (印鑑登録証明事務処理要領)."""
_MARGIN_MM = 3.0
"""White that a scan may have around the impression, both sides together."""


def impression(content: SealRegistration) -> tuple[Image.Image, float]:
    """The registered impression as a 1-bit image and its true edge in millimetres, from the PNG's own resolution.

    Raises `RecordIncomplete` if the image is unreadable, blank, not square, or says no credible size.
    """
    try:
        with Image.open(io.BytesIO(content.seal_png), formats=("PNG",)) as image:
            dpi = image.info.get("dpi")
            bits = image.convert("1", dither=Image.Dither.NONE)
    except (OSError, ValueError, SyntaxError) as error:
        raise RecordIncomplete("seal_png is not readable") from error
    if bits.width != bits.height:
        raise RecordIncomplete("seal_png is not square")
    if dpi is None:
        raise RecordIncomplete("seal_png does not say its size")
    edge_mm = bits.width / float(dpi[0]) * 25.4
    if not _SMALLEST_MM <= edge_mm <= _LARGEST_MM + _MARGIN_MM:
        raise RecordIncomplete("seal_png has no size that can be registered")
    dark = bits.histogram()[0]
    if not 0.01 <= dark / (bits.width * bits.height) <= 0.95:
        raise RecordIncomplete("seal_png is blank")
    return bits, edge_mm


def blocks_of(content: SealRegistration, fitter: Fitter) -> tuple[Block, ...]:
    """The two blocks of the one page: the impression at the left, the person at the right."""
    born = birth_date_text(content.birth_date, is_foreign=content.is_foreign)
    rows = [_row(fitter, "氏名", content.name, 20.0, Role.NAME)]
    if content.alias:
        rows.append(_row(fitter, "通称", content.alias, 12.0))
    rows.append(_row(fitter, "生年月日", born, 12.0))
    rows.append(_row(fitter, "住所", content.address, _HEIGHT - sum(row.height_mm for row in rows)))
    picture = Row(_HEIGHT - 8.0, (Cell(Role.PICTURE, (), 0.0),))
    head = Row(8.0, (fitter.label("印影", _COLUMNS[0]),))
    return (
        Block(LEFT_MM, TOP_MM, (_PICTURE_COLUMN,), (head, picture)),
        Block(LEFT_MM + _PICTURE_COLUMN, TOP_MM, _COLUMNS, tuple(rows)),
    )


def _row(fitter: Fitter, label: str, text: str, height_mm: float, role: Role = Role.VALUE) -> Row:
    choices = NAME if role is Role.NAME else LARGE
    return Row(height_mm, (fitter.label(label, _COLUMNS[0]), fitter.value(text, _COLUMNS[1], choices, role=role)))
