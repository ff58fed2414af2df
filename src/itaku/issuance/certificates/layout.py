"""Text into cells: which size, which line breaks, or a refusal; the typesetter never decides about overflow."""

from __future__ import annotations

import enum

import msgspec

from itaku.basis.text import Glyph, glyphs
from itaku.issuance.certificates.failures import TextTooLong
from itaku.issuance.certificates.fonts import FontBook

PT_PER_MM = 72 / 25.4

_PADDING_MM = 2.0
_SLACK_PT = 0.5
_LABEL_SIZE_PT = 9.0
_NOT_FIRST = frozenset("、。，．・：；？！）」』】〕〉》ーゝゞ々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ‐－〜％")
"""行頭禁則: never the first of a line (JIS X 4051)."""
_NOT_LAST = frozenset("（「『【〔〈《〒")
"""行末禁則: never the last of a line."""

Choices = tuple[tuple[float, int], ...]
"""Sizes in points with the number of lines allowed at each, best first."""

VALUE: Choices = ((10.5, 1), (9.5, 1), (8.5, 2), (7.5, 2))
NAME: Choices = ((15.0, 1), (13.0, 1), (11.0, 1), (11.0, 2), (9.5, 2), (8.5, 3))
LARGE: Choices = ((13.0, 1), (12.0, 1), (11.0, 2), (9.5, 2), (8.5, 3))


class Role(enum.StrEnum):
    """What a cell holds; the form decides how that looks."""

    LABEL = "label"
    VALUE = "value"
    NAME = "name"
    OMITTED = "omitted"
    """省略: not asked for."""
    AMOUNT = "amount"
    """A sum, at the right."""
    PICTURE = "picture"
    """The registered impression."""


class Cell(msgspec.Struct, frozen=True):
    """One cell as it will be drawn: its lines are final. Sizes and tracking in points."""

    role: Role
    lines: tuple[str, ...]
    size_pt: float
    span: int = 1
    tracking_pt: float = 0.0
    """Extra space after each character but the last (均等割付)."""


class Row(msgspec.Struct, frozen=True):
    """A row of a ruled block."""

    height_mm: float
    cells: tuple[Cell, ...]


class Block(msgspec.Struct, frozen=True):
    """A ruled block at its place on the page, in millimetres from the sheet's upper left corner."""

    x_mm: float
    y_mm: float
    columns_mm: tuple[float, ...]
    rows: tuple[Row, ...]

    @property
    def height_mm(self) -> float:
        """Height of the whole block."""
        return sum(row.height_mm for row in self.rows)


class Fitter:
    """Puts texts into cells of a given width in one font."""

    def __init__(self, font: FontBook) -> None:
        self._font = font

    def as_drawn(self, text: str) -> str:
        """The text as the font's one name for each drawing; raises `MissingGlyph`."""
        return self._font.as_drawn(text)

    def label(self, text: str, width_mm: float, span: int = 1) -> Cell:
        """A label spread over its cell's width (均等割付); a line break in the text is kept."""
        lines = tuple(text.split("\n"))
        room = (width_mm - 2 * _PADDING_MM) * PT_PER_MM
        if len(lines) > 1:
            widest = max(self._font.width_em(line) for line in lines)
            return Cell(Role.LABEL, lines, round(min(8.0, room / widest), 2), span)
        ems = self._font.width_em(text)
        size = round(min(_LABEL_SIZE_PT, room / ems), 2)
        # The typesetter tracks within one script only, so a label of kanji and kana together is not spread.
        gaps = len(text) - 1 if all(character >= "\u3400" for character in text) else 0
        tracking = max(0.0, (room - _SLACK_PT - ems * size) / gaps) if gaps else 0.0
        return Cell(Role.LABEL, lines, size, span, round(tracking, 2))

    def value(
        self, text: str, width_mm: float, choices: Choices = VALUE, span: int = 1, role: Role = Role.VALUE
    ) -> Cell:
        """A text at the largest size that fits; raises `MissingGlyph`, or `TextTooLong` if none does."""
        text = self._font.as_drawn(text)
        room = (width_mm - 2 * _PADDING_MM) * PT_PER_MM - _SLACK_PT
        whole = text.rstrip()
        width = self._font.width_em(whole)
        pieces: tuple[str, ...] | None = None
        for size, most in choices:
            if whole and width <= room / size:
                return Cell(role, (whole,), size, span)
            pieces = pieces or _pieces(text)
            lines = self._lines(pieces, room / size)
            if lines is not None and len(lines) <= most:
                return Cell(role, lines, size, span)
        raise TextTooLong

    def omitted(self, span: int = 1) -> Cell:
        """省略."""
        return Cell(Role.OMITTED, ("省略",), 8.5, span, 8.5)

    def _lines(self, pieces: tuple[str, ...], room_em: float) -> tuple[str, ...] | None:
        lines: list[str] = []
        line = ""
        for piece in pieces:
            if self._font.width_em((line + piece).rstrip()) <= room_em:
                line += piece
                continue
            if not line or self._font.width_em(piece.rstrip()) > room_em:
                return None
            lines.append(line.rstrip())
            line = piece.lstrip()
        if line.rstrip():
            lines.append(line.rstrip())
        return tuple(lines)


def _pieces(text: str) -> tuple[str, ...]:
    """The text cut where a line may end: after spaces in Latin text, else between characters, with 禁則 kept."""
    pieces: list[str] = []
    before = Glyph("", "")
    for glyph in glyphs(text):
        if pieces and not _may_break(before.base, glyph.base):
            pieces[-1] += glyph.base + glyph.selector
        else:
            pieces.append(glyph.base + glyph.selector)
        before = glyph
    return tuple(pieces)


def _may_break(left: str, right: str) -> bool:
    if right.isspace() or right in _NOT_FIRST or left in _NOT_LAST:
        return False
    return left.isspace() or not (_is_narrow(left) and _is_narrow(right))


def _is_narrow(character: str) -> bool:
    return character < "\u2e80"


def text_of(blocks: tuple[Block, ...]) -> str:
    """The texts of the blocks in the order in which they are drawn."""
    return "".join(line for block in blocks for row in block.rows for cell in row.cells for line in cell.lines)
