"""The font inside a finished document: which character each of its codes draws, proven by the outlines themselves.

A document says in one table which character a code means and in another which outline it draws, and a renderer's fault
could let the two differ: another person's name would be printed and the right one read back. So each outline that a
page uses must be, byte by byte, the one that the installed font has for that very character and form.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from itaku.basis.text import glyphs
from itaku.issuance.certificates.fonts import FontBook
from itaku.issuance.certificates.pdf_objects import MalformedPdf, PdfDict, PdfFile, Ref

_SECTION = re.compile(rb"(\d+) beginbfchar\s+((?:<[0-9A-F]{4}> <[0-9A-F]+>\s+)*)endbfchar")
_MEANING = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_TABLES_AT_MOST = 32


class EmbeddedFont:
    """One font of a document. `MalformedPdf` if it is of another kind than the typesetter embeds."""

    def __init__(self, file: PdfFile, reference: Ref, book: FontBook) -> None:
        font = file.dictionary(reference)
        descendants = file.get(font.get("DescendantFonts"))
        if font.get("Subtype") != "Type0" or font.get("Encoding") != "Identity-H" or not isinstance(descendants, list):
            raise MalformedPdf("an unusual font")
        (descendant,) = map(file.dictionary, descendants[:1])
        if len(descendants) != 1 or not _is_plain(descendant):
            raise MalformedPdf("an unusual font")
        descriptor = file.dictionary(descendant.get("FontDescriptor"))
        self._book = book
        self._meanings = _meanings(file.stream(font.get("ToUnicode"))[1])
        self._outlines = _Outlines(file.stream(descriptor.get("FontFile2"))[1], book.units_per_em)
        self._proven = _Proven(self._prove)

    def text(self, codes: bytes) -> str:
        """What the codes (two bytes each) draw; `MalformedPdf` if one draws anything but what it means."""
        try:
            return codes.decode("utf-16-be").translate(self._proven)
        except UnicodeDecodeError as error:
            raise MalformedPdf("a code that no font of a form has") from error

    def _prove(self, code: int) -> str:
        meaning = self._meanings.get(code)
        if meaning is None:
            raise MalformedPdf("a code without a meaning")
        outline = self._outlines.of(code)
        if outline == self._book.outline(meaning):
            return meaning
        # Each glyph of a cluster (half-width ﾊ and its ﾟ) has the whole cluster as its meaning.
        for base, selector in glyphs(meaning):
            if outline == self._book.outline(base + selector):
                return base + selector
        raise MalformedPdf("an outline that is not the character's")


class _Proven(dict[int, str]):
    """The codes whose outlines have been compared, with what they draw; compares a code when first asked for it."""

    def __init__(self, prove: Callable[[int], str]) -> None:
        super().__init__()
        self._prove = prove

    def __missing__(self, code: int) -> str:
        self[code] = self._prove(code)
        return self[code]


def _is_plain(descendant: PdfDict) -> bool:
    return descendant.get("Subtype") == "CIDFontType2" and descendant.get("CIDToGIDMap") == "Identity"


def _meanings(cmap: bytes) -> dict[int, str]:
    """The characters that the codes mean (ISO 32000-1, 9.10.3); ranges are not written by the typesetter."""
    found: dict[int, str] = {}
    sections = _SECTION.findall(cmap)
    if cmap.count(b"beginbfchar") != len(sections) or b"beginbfrange" in cmap:
        raise MalformedPdf("an unusual table of characters")
    total = 0
    for count, lines in sections:
        total += int(count)
        for code, meaning in _MEANING.findall(lines):
            found[int(code, 16)] = (
                chr(int(meaning, 16))
                if len(meaning) == 4
                else bytes.fromhex(meaning.decode("ascii")).decode("utf-16-be", "replace")
            )
    if len(found) != total:
        raise MalformedPdf("a code with two meanings")
    return found


class _Outlines:
    """The `glyf` table of a TrueType font, by glyph number."""

    def __init__(self, data: bytes, units_per_em: int) -> None:
        try:
            count = struct.unpack_from(">H", data, 4)[0]
            if count > _TABLES_AT_MOST:
                raise MalformedPdf("font")
            tables = {
                tag: data[offset : offset + length]
                for tag, _, offset, length in struct.iter_unpack(">4sLLL", data[12 : 12 + 16 * count])
            }
            head, loca = tables[b"head"], tables[b"loca"]
            self._glyf = tables[b"glyf"]
            if struct.unpack_from(">H", head, 18)[0] != units_per_em:
                raise MalformedPdf("a font of another scale")
            if struct.unpack_from(">H", head, 50)[0] == 0:
                self._starts = [2 * half for half in struct.unpack(f">{len(loca) // 2}H", loca)]
            else:
                self._starts = list(struct.unpack(f">{len(loca) // 4}L", loca))
        except (struct.error, KeyError) as error:
            raise MalformedPdf("font") from error

    def of(self, glyph: int) -> bytes:
        """The glyph's outline; a byte that fills it up to an even length is no part of it."""
        if glyph + 1 >= len(self._starts):
            raise MalformedPdf("a glyph that is not there")
        outline = self._glyf[self._starts[glyph] : self._starts[glyph + 1]]
        return outline + b"\x00" if len(outline) % 2 else outline
