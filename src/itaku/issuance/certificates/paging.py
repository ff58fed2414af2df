"""One ruled block to a person, spread over pages; the rows grow where a page has room."""

from __future__ import annotations

from collections.abc import Sequence

from itaku.issuance.certificates.failures import TextTooLong
from itaku.issuance.certificates.layout import Block, Row

LEFT_MM, TOP_MM, BOTTOM_MM = 16.0, 38.2, 230.9
"""Where the blocks stand on the sheet."""
_GAP_MM = 2.4
_ROOMIEST = 1.25
"""Rows grow by this much at most on a page with few people."""

Rows = tuple[Row, ...]


def paged(
    parts: Sequence[Rows],
    columns_mm: tuple[float, ...],
    head: Rows = (),
    head_columns_mm: tuple[float, ...] = (),
) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each page: the head, if there is one, on every page, then people in order.

    Raises `TextTooLong` for a person who alone is longer than a page: a block is never cut.
    """
    head_mm = _height(head) + _GAP_MM if head else 0.0
    pages: list[list[Rows]] = []
    free = 0.0
    for rows in parts:
        height = _height(rows)
        if height > BOTTOM_MM - TOP_MM - head_mm:
            raise TextTooLong
        if not pages or height + _GAP_MM > free:
            pages.append([])
            free = BOTTOM_MM - TOP_MM + _GAP_MM - head_mm
        pages[-1].append(rows)
        free -= height + _GAP_MM
    return tuple(_placed(page, columns_mm, head, head_columns_mm) for page in pages)


def _placed(
    page: list[Rows], columns_mm: tuple[float, ...], head: Rows, head_columns_mm: tuple[float, ...]
) -> tuple[Block, ...]:
    parts = [(head, head_columns_mm)] * bool(head) + [(rows, columns_mm) for rows in page]
    needed = sum(_height(rows) for rows, _ in parts)
    room = BOTTOM_MM - TOP_MM - _GAP_MM * (len(parts) - 1)
    scale = min(_ROOMIEST, (room - 4.0) / needed) if needed < room - 4.0 else 1.0
    blocks: list[Block] = []
    y = TOP_MM
    for rows, columns in parts:
        scaled = tuple(Row(round(row.height_mm * scale, 3), row.cells) for row in rows)
        block = Block(LEFT_MM, round(y, 3), columns, scaled)
        blocks.append(block)
        y += block.height_mm + _GAP_MM
    return tuple(blocks)


def _height(rows: Rows) -> float:
    return sum(row.height_mm for row in rows)
