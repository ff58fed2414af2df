"""The font of forms and papers, IPAmj Mincho: which characters it draws, in which of their forms, how wide.

A missing character would be printed as a box and an unknown variation sequence silently as the default form, which is
another person's name. So every (base, selector) is looked up in the font's own tables before anything is drawn.
"""

from __future__ import annotations

import mmap
import unicodedata
from pathlib import Path
from typing import ClassVar, Self

from fontTools.ttLib import TTFont

from itaku.basis.errors import ItakuError
from itaku.basis.text import Glyph, glyphs

FAMILY = "IPAmjMincho"
"""Family name inside the font file."""

_FILE = "ipamjm.ttf"
_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))

MOJI_JOHO_OF_ADOBE_JAPAN1 = {
    "葛\U000e0100": "葛\U000e0102",
    "葛\U000e0101": "葛\U000e0103",
    "辻\U000e0100": "辻\U000e0102",
    "辻\U000e0101": "辻\U000e0103",
    "芦\U000e0100": "芦\U000e0102",
    "芦\U000e0101": "芦\U000e0103",
}
"""Adobe-Japan1 sequences with the Moji_Joho sequence of the same form, each compared by eye; all others are refused."""

_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
"""VS1 to VS256: they choose a form and take no room."""

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me", "Mc"}
"""General categories that no name or address on a form contains (controls, marks that would have to combine)."""


def to_moji_joho(text: str) -> str:
    """The text with its Adobe-Japan1 sequences exchanged for those that the font knows by the same form."""
    if not any("\U000e0100" <= character <= "\U000e0101" for character in text):
        return text
    for adobe, moji_joho in MOJI_JOHO_OF_ADOBE_JAPAN1.items():
        text = text.replace(adobe, moji_joho)
    return text


class GlyphMissingError(ItakuError):
    """The font has no form for a character, or none for the form that its variation selector asks for."""

    code = "glyph_missing"
    ja = "この文字、またはその字形を印字できる書体がありません。別の字で代えず、手書きなどの扱いを決めてください。"
    en = "The font cannot draw a character in the form asked for. Decide what to do; it is never replaced by another."


class FontBook:
    """One font file's tables: characters, variation sequences, advance widths. Takes about 0.3 s to open."""

    missing: ClassVar[type[ItakuError]] = GlyphMissingError
    """What is raised for a character that the font cannot draw."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with TTFont(path, lazy=True) as font:
            # Glyphs are called by their numbers: reading the names that the font has for them takes long.
            font.setGlyphOrder([str(number) for number in range(font["maxp"].numGlyphs)])
            cmap = font["cmap"]
            names: dict[int, str] = font.getBestCmap()
            advances = font["hmtx"].metrics
            self.units_per_em: int = font["head"].unitsPerEm
            self._em: dict[str, float] = {
                chr(point): advances[name][0] / self.units_per_em for point, name in names.items()
            }
            self._forms: dict[str, str] = {
                chr(base) + chr(selector): glyph or names[base]
                for table in cmap.tables
                if table.format == 14
                for selector, pairs in table.uvsDict.items()
                for base, glyph in pairs
            }
            self._starts = font["loca"].locations
            self._glyf: int = font.reader.tables["glyf"].offset
            numbers: dict[str, int] = font.getReverseGlyphMap()
            self._glyph = {chr(point): numbers[name] for point, name in names.items()}
            self._glyph |= {sequence: numbers[name] for sequence, name in self._forms.items()}
        with path.open("rb") as file:
            self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._same = _same_drawing(names, self._forms)
        self._plain = frozenset(
            character
            for character in self._em
            if character not in self._same and unicodedata.category(character) not in _UNPRINTABLE
        )
        """Characters that stand for themselves: a text of nothing else is drawn as it is, and most are."""
        self._advance = self._em | dict.fromkeys(map(chr, _SELECTORS), 0.0)

    @property
    def folder(self) -> Path:
        """The folder that holds the font file, as the typesetter wants it."""
        return self.path.parent

    def as_drawn(self, text: str) -> str:
        """The text as the forms print it, each drawing named in one way; raises `missing`.

        辻 and 辻 with the selector of its usual form are one drawing, and a PDF has one entry for a drawing: whoever
        reads its text back cannot tell them apart, so they must not differ before. Adobe-Japan1 sequences are
        exchanged first; each character must be there in exactly the form asked for.
        """
        if self._plain.issuperset(text):
            return text
        text = to_moji_joho(text)
        parts = self._checked(text)
        if self._same.keys().isdisjoint(base + selector for base, selector in parts):
            return text
        return "".join(self._same.get(base + selector, base + selector) for base, selector in parts)

    def check(self, text: str) -> None:
        """Passes if the font draws each character in exactly the form asked for; else `missing`."""
        self._checked(to_moji_joho(text))

    def _checked(self, text: str) -> tuple[Glyph, ...]:
        try:
            parts = glyphs(text)
        except ValueError as error:
            raise self.missing("a variation selector stands alone") from error
        for base, selector in parts:
            if base not in self._em or unicodedata.category(base) in _UNPRINTABLE:
                raise self.missing(f"U+{ord(base):04X}")
            if selector and base + selector not in self._forms:
                raise self.missing(f"U+{ord(base):04X} U+{ord(selector):04X}")
        return parts

    def outline(self, text: str) -> bytes | None:
        """The bytes of the outline that the font file has for a character or sequence, if it has one.

        Odd lengths are filled up with a zero byte, which is no part of an outline and is kept by some tables only.
        """
        glyph = self._glyph.get(text)
        if glyph is None:
            return None
        found = self._file[self._glyf + self._starts[glyph] : self._glyf + self._starts[glyph + 1]]
        return found + b"\x00" if len(found) % 2 else found

    def width_em(self, text: str) -> float:
        """How wide the text runs without spacing, in ems. The text must come from `as_drawn`."""
        return sum(map(self._advance.__getitem__, text))

    @classmethod
    def installed(cls) -> Self:
        """IPAmj Mincho as the system has it; see `installed_file`."""
        return cls(installed_file())


def installed_file() -> Path:
    """IPAmj Mincho's file (package fonts-ipamj-mincho); `FileNotFoundError` if it is not there."""
    usual = _FOLDERS[0] / "truetype" / "ipamj" / _FILE
    if usual.exists():
        return usual
    for folder in _FOLDERS:
        for path in sorted(folder.rglob(_FILE)):
            return path
    raise FileNotFoundError(f"{_FILE}: install IPAmj Mincho (package fonts-ipamj-mincho)")


def _same_drawing(names: dict[int, str], forms: dict[str, str]) -> dict[str, str]:
    """For each character or sequence whose drawing has a plainer name: that name (the first plain character)."""
    plainest: dict[str, str] = {}
    for point, glyph in sorted(names.items()):
        plainest.setdefault(glyph, chr(point))
    for sequence, glyph in sorted(forms.items()):
        plainest.setdefault(glyph, sequence)
    named = {chr(point): glyph for point, glyph in names.items()} | forms
    return {text: plainest[glyph] for text, glyph in named.items() if plainest[glyph] != text and not text.isspace()}
