"""What a page paints, read strictly from its content stream (ISO 32000-1, 7.8.2): runs of glyphs and images.

The grammar is that of the forms and nothing more: upright black text, upright images, filled and stroked paths. All
else (clipping, transparency, forms, invisible or turned text) is refused, and so is whatever paints over text or an
image that stands already. So what is read here is what a person sees on paper, and no second way of reading is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_DEEPEST_PARENTHESES = 24


def _literal() -> str:
    """A literal string, whose parentheses need no escape where they balance (7.3.4.2)."""
    pattern = r"\((?:[^\\()]|\\[\s\S])*+\)"
    for _ in range(_DEEPEST_PARENTHESES):
        pattern = rf"\((?:[^\\()]++|\\[\s\S]|{pattern})*+\)"
    return pattern


def _grammar(pattern: str) -> re.Pattern[bytes]:
    """The pattern with its signs spelled out: ~ and _ for white space that may or must be, @ number, % string."""
    signs = {
        "~": r"[\x00\t\n\x0c\r\x20]*+",
        "_": r"[\x00\t\n\x0c\r\x20]++",
        "@": _NUMBER,
        "%": rf"(?:{_literal()}|<[0-9A-Fa-f]*+>)",
    }
    return re.compile("".join(signs.get(sign, sign) for sign in pattern).encode("ascii"), re.VERBOSE)


_SHOW = r"""
    (?: ~ /Span ~ <<~ /ActualText ~ <(?P<aloud>FEFF[0-9A-Fa-f]*)> ~ >> ~ BDC )?
    ~ 0 _ Tr ~ /(?P<font>[A-Za-z0-9]+) _ (?P<size>@) _ Tf _ 1 _ 0 _ 0 _ -1 _ (?P<along>@) _ 0 _ Tm ~
    (?P<show>% ~ Tj | \[ (?:~ (?:%|@))*+ ~ \] ~ TJ) (?(aloud) ~ EMC)
"""
_UNNAMED_SHOW = re.sub(r"\?P<\w+>", "?:", _SHOW).replace("(?(aloud) ~ EMC)", "(?: ~ EMC)?")
_PART = _grammar(_SHOW)
"""Text shown in several parts: one that is a cluster of glyphs says what it is when read aloud."""
_PHRASE = _grammar(
    r"""
    (?: ~ (?: EMC | /(?:Span|Artifact) ~ (?:<<(?:[^<>]|<[0-9A-Fa-f]*>)*+>>)? ~ B[DM]C ) )*+
    (?: ~ \Z
    | ~ q _ (?:
            (?P<width>\d++\.?\d*+) _ 0 _ 0 _ (?P<height>\d++\.?\d*+) _ (?P<left>@) _ (?P<bottom>@) _ cm ~
            (?:/(?P<image>[A-Za-z0-9]+) _ Do ~)?
        |   1 _ 0 _ 0 _ -1 _ (?P<x>@) _ (?P<y>@) _ cm ~
            (?:/[A-Za-z0-9]+ _ cs _ (?P<fill>@) _ scn ~)?
            (?:/[A-Za-z0-9]+ _ CS _ @ _ SCN _ (?P<pen>@) _ w _ @ _ M ~)?
            (?: BT _ 0 _ Tr ~ /(?P<font>[A-Za-z0-9]+) _ (?P<size>@) _ Tf _ 1 _ 0 _ 0 _ -1 _ 0 _ 0 _ Tm ~
                (?P<show>% ~ Tj | \[ (?:~ (?:%|@))*+ ~ \] ~ TJ) ~ ET ~
            |   BT (?P<shows>(?:=)+) ~ ET ~
            |   (?P<path>(?:(?:@ _){2} [ml] _ | (?:@ _){6} c _ | h _)+) (?P<paint>[fBS]) ~
            )
        ) Q (?![^\x00\t\n\x0c\r\x20/E])
    )
""".replace("=", _UNNAMED_SHOW)
)
_SHOWN = _grammar("%|@")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|[\s\S])")
_NUMBERS = _grammar("@")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"(": b"(", b")": b")", b"\\": b"\\"}
_ESCAPED |= {b"%o" % byte: bytes((byte,)) for byte in range(256)}
_ESCAPED |= {b"%03o" % byte: bytes((byte,)) for byte in range(256)}
_ESCAPED |= {b"%02o" % byte: bytes((byte,)) for byte in range(64)}
_THICKEST_PEN_PT = 2.0


class UnreadableContent(ValueError):  # noqa: N818 the name is what the content is
    """The page paints something that no form paints."""


class Box(NamedTuple):
    """A rectangle on the sheet, in points from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether the two share an area."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )


class Run(NamedTuple):
    """Glyphs shown in one go. `codes` are two bytes each; `spread` is added space in thousandths of the size."""

    font: str
    size_pt: float
    x: float
    y: float
    codes: bytes
    spread: float
    aloud: str | None = None
    """What the glyphs are when read aloud, if the document says it of them."""


class Placed(NamedTuple):
    """An image at its place, by its name among the page's resources."""

    name: str
    box: Box


class Filled(NamedTuple):
    """An area that is painted over, whatever its colour."""

    box: Box


Painted = Run | Placed | Filled


def painted(content: bytes) -> Iterator[Painted]:
    """What the content paints, in order; lines apart, which are too thin to hide anything. `UnreadableContent`."""
    at = said_aloud = 0
    while at < len(content):
        match = _PHRASE.match(content, at)
        if match is None:
            raise UnreadableContent("an unusual operator")
        at = match.end()
        kind = match.lastgroup
        if kind == "show":
            yield _run(match)
        elif kind == "paint":
            yield from _filled(match)
        elif kind == "image":
            yield _image(match)
        elif kind == "shows":
            for run in _parts(match):
                said_aloud += run.aloud is not None
                yield run
    if content.count(b"/ActualText") != said_aloud:
        raise UnreadableContent("words for the ear alone")


def _run(match: re.Match[bytes]) -> Run:
    x, y, fill, font, size, show = match.group("x", "y", "fill", "font", "size", "show")
    return _black(fill, Run(font.decode("ascii"), float(size), float(x), float(y), *_shown(show)))


def _parts(match: re.Match[bytes]) -> Iterator[Run]:
    x, y = float(match["x"]), float(match["y"])
    shows = match["shows"]
    at = 0
    while at < len(shows):
        part = _PART.match(shows, at)
        if part is None:
            raise UnreadableContent("parts of a text")
        at = part.end()
        aloud, font, size, along, show = part.group("aloud", "font", "size", "along", "show")
        said = None if aloud is None else bytes.fromhex(aloud.decode("ascii")).decode("utf-16", "replace")
        run = Run(font.decode("ascii"), float(size), x + float(along), y, *_shown(show), said)
        yield _black(match["fill"], run)


def _black(fill: bytes | None, run: Run) -> Run:
    if run.size_pt <= 0 or fill is None or float(fill) != 0:
        raise UnreadableContent("text that is not black")
    return run


def _shown(show: bytes) -> tuple[bytes, float]:
    """The codes of a string or of an array of strings and moves, and the sum of the moves to the right."""
    parts: list[bytes] = []
    spread = 0.0
    for token in _SHOWN.findall(show):
        if token[:1] == b"(":
            parts.append(_literal_codes(token[1:-1]))
        elif token[:1] == b"<":
            parts.append(bytes.fromhex(token[1:-1].decode("ascii")))
        else:
            spread -= float(token)
    return b"".join(parts), spread


def _literal_codes(string: bytes) -> bytes:
    if b"\\\\" not in string:
        # Each backslash begins an escape, and most are the upper byte of a code.
        string = string.replace(b"\\000", b"\x00")
    return _ESCAPE.sub(_unescaped, string) if b"\\" in string else string


def _unescaped(match: re.Match[bytes]) -> bytes:
    try:
        return _ESCAPED[match[1]]
    except KeyError:
        raise UnreadableContent("an unusual escape") from None


def _image(match: re.Match[bytes]) -> Placed:
    width, height, left, bottom = map(float, match.group("width", "height", "left", "bottom"))
    return Placed(match["image"].decode("ascii"), Box(left, bottom, left + width, bottom + height))


def _filled(match: re.Match[bytes]) -> Iterator[Filled]:
    pen, path, paint = match.group("pen", "path", "paint")
    if pen is not None and not 0 <= float(pen) <= _THICKEST_PEN_PT:
        raise UnreadableContent("a thick pen")
    if paint == b"S":
        if pen is None:
            raise UnreadableContent("no pen")
        return
    x, y = float(match["x"]), float(match["y"])
    numbers = [float(number) for number in _NUMBERS.findall(path)]
    across, down = numbers[::2], numbers[1::2]
    yield Filled(Box(x + min(across), y - max(down), x + max(across), y - min(down)))


class Standing:
    """What stands on a sheet already; refuses what would cover it."""

    def __init__(self, width_of: Callable[[Run], float]) -> None:
        self._width_of = width_of
        self._runs: list[Run] = []
        self._images: list[Box] = []

    def add_run(self, run: Run) -> None:
        """A run of text now stands."""
        self._runs.append(run)

    def add_image(self, box: Box) -> None:
        """An image now stands."""
        self._images.append(box)

    @property
    def has_text(self) -> bool:
        """Whether any text stands."""
        return bool(self._runs)

    def refuse_cover(self, box: Box) -> None:
        """`UnreadableContent` if the box lies over an image, or over a line of text or part of it."""
        for image in self._images:
            if image.meets(box):
                raise UnreadableContent("an image is covered")
        left, bottom, right, top = box
        for run in self._runs:
            if bottom < run.y < top and run.x < right and run.x + self._width_of(run) > left:
                raise UnreadableContent("text is covered")
