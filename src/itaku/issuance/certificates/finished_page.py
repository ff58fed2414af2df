"""One sheet of a finished document, read from the bytes of the file: its text, its images, its code, its back.

The renderer has no part in it. What the text says comes from the glyphs that are painted, each proven by its outline;
images are told by the digests of their pixels; the code is read from the modules that stand on the page.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Any, NamedTuple

import msgspec

from itaku.issuance.certificates import backside
from itaku.issuance.certificates.backside import BackStatement, read_back_text, unverified_back
from itaku.issuance.certificates.code import CodeFacts, read_drawn_code, squeezed, unverified_facts
from itaku.issuance.certificates.embedded_font import EmbeddedFont
from itaku.issuance.certificates.failures import BadCode
from itaku.issuance.certificates.fonts import FontBook, installed_font
from itaku.issuance.certificates.page_content import Box, Filled, Placed, Run, Standing, UnreadableContent, painted
from itaku.issuance.certificates.pattern import DETECTION_MM, detection_pattern, detection_pixels
from itaku.issuance.certificates.pdf_objects import MalformedPdf, PdfDict, PdfFile, Ref, unpacked
from itaku.issuance.certificates.printed import PrintedPage, read_page
from itaku.issuance.certificates.scramble import HEIGHT, WIDTH, cells_of

_PT_PER_MM = 72 / 25.4
_CODE_REGION_MM = (17.0, 237.0, 62.0, 285.0)
"""Left, top, right and bottom of the part of the sheet in which the code stands."""
_BITONAL, _COLOURED = ("DeviceGray", 1), ("DeviceRGB", 8)
_IMAGE_ENTRIES = frozenset(
    ("Type", "Subtype", "Filter", "Length", "Width", "Height", "ColorSpace", "BitsPerComponent", "SMask", "ImageMask")
)
_PAGE_ENTRIES = frozenset(
    ("Type", "Resources", "MediaBox", "StructParents", "Tabs", "Parent", "Contents", "Annots", "Group")
)
_DIGESTS_AT_MOST = 256
_PLACE_TOLERANCE_MM = 0.1


class DrawnImage(msgspec.Struct, frozen=True):
    """An image that a page draws: pixels, SHA-256 of samples and of transparency, and edges on paper in millimetres."""

    width: int
    height: int
    samples_digest: bytes
    mask_digest: bytes
    """Empty without transparency."""
    on_paper_mm: tuple[tuple[float, float], ...]
    """Width and height of each place where it stands; an image that leaves the sheet stands nowhere."""


class PageRead(msgspec.Struct, frozen=True):
    """One page as read back: its text parsed, all of it, its images, its code."""

    printed: PrintedPage
    text: str
    images: tuple[DrawnImage, ...]
    code: CodeFacts
    signed_code: bytes
    """The code as it was signed: it opens the back."""


class BackRead(msgspec.Struct, frozen=True):
    """A back as read: what is printed in plain text, and what its scrambled picture says about the front."""

    serial_number: str
    page: int
    pages: int
    statement: BackStatement


class _Looked(NamedTuple):
    """What a page shows: its text, its images by name, and where each stands."""

    sheet: Box
    text: str
    images: PdfDict
    places: dict[str, list[Box]]


class PageReader:
    """Reads the pages of one file; a font or image is read once for all of them.

    Its methods raise `MalformedPdf`, `UnreadableContent`, `UnreadablePage` or `BadCode`.
    """

    def __init__(self, file: PdfFile) -> None:
        self._file = file
        self._book: FontBook = installed_font()
        self._fonts: dict[int, EmbeddedFont] = {}

    def read(self, reference: Ref) -> PageRead:
        """What a front says and shows."""
        sheet, text, images, places = self._looked_at(reference)
        signed_code = self._code(images, places, sheet)
        code = unverified_facts(signed_code)
        drawn = tuple(self._drawn(images[name], boxes) for name, boxes in places.items())
        return PageRead(read_page(text), text, drawn, code, signed_code)

    def read_back(self, reference: Ref, front: PageRead) -> BackRead:
        """What the back of this front says; its two pictures must stand in their places, and nothing else."""
        sheet, text, images, places = self._looked_at(reference)
        said = read_back_text(text)
        if said is None:
            raise UnreadableContent("text of a back")
        left = {name: boxes for name, boxes in places.items() if boxes}
        if len(left) != 2 or any(len(boxes) != 1 for boxes in left.values()):
            raise BadCode("pictures of a back")
        cells = b""
        pattern = False
        for name, (box,) in left.items():
            entry, packed = self._file.packed(images[name])
            if _samples(entry) != _BITONAL or "SMask" in entry:
                raise BadCode("not black and white")
            size = entry.get("Width"), entry.get("Height")
            if size == (WIDTH, HEIGHT) and _stands(box, sheet, backside.FIELD_AT_MM, backside.FIELD_MM):
                cells = cells_of(unpacked(entry, packed))
            elif _stands(box, sheet, backside.DETECTION_AT_MM, DETECTION_MM):
                pattern = size == detection_pattern().size and _digest(entry, packed) == _detection_digest()
        if not pattern:
            raise BadCode("detection pattern")
        return BackRead(*said, unverified_back(cells, front.signed_code))

    def _looked_at(self, reference: Ref) -> _Looked:
        file = self._file
        page = file.dictionary(reference)
        sheet = _sheet(file, page)
        resources = file.dictionary(page.get("Resources"))
        _require_grey(file, resources)
        fonts = file.dictionary(resources.get("Font", {}))
        images = file.dictionary(resources.get("XObject", {}))
        said: list[str] = []
        places: dict[str, list[Box]] = {}
        standing = Standing(lambda run: self._width(fonts, run))
        for one in painted(_content(file, page)):
            if isinstance(one, Run):
                if not (sheet.left <= one.x < sheet.right and sheet.bottom <= one.y < sheet.top):
                    raise UnreadableContent("text off the sheet")
                said.append(self._font(fonts, one.font).text(one.codes))
                if one.aloud is not None and one.aloud != said[-1]:
                    raise UnreadableContent("text that is read aloud otherwise than it is drawn")
                standing.add_run(one)
            elif isinstance(one, Filled):
                standing.refuse_cover(one.box)
            else:
                self._place(one, images, sheet, standing, places)
        return _Looked(sheet, squeezed("".join(said)), images, places)

    def _font(self, fonts: PdfDict, name: str) -> EmbeddedFont:
        reference = fonts.get(name)
        if not isinstance(reference, Ref):
            raise MalformedPdf("a font is referred to")
        if reference.number not in self._fonts:
            self._fonts[reference.number] = EmbeddedFont(self._file, reference, self._book)
        return self._fonts[reference.number]

    def _width(self, fonts: PdfDict, run: Run) -> float:
        """How far the run goes, in points."""
        return run.size_pt * (self._book.width_em(self._font(fonts, run.font).text(run.codes)) + run.spread / 1000)

    def _place(
        self, placed: Placed, images: PdfDict, sheet: Box, standing: Standing, places: dict[str, list[Box]]
    ) -> None:
        if placed.name not in images:
            return  # Nothing is drawn; what should stand here will be missed.
        entry = self._file.dictionary(images[placed.name])
        if entry.get("Subtype") != "Image" or not entry.keys() <= _IMAGE_ENTRIES:
            raise UnreadableContent("an unusual image")
        if entry.get("ImageMask"):
            # The tint lies under everything; a stencil above text could change what it says.
            if standing.has_text:
                raise UnreadableContent("a stencil over text")
            return
        if "SMask" not in entry:
            standing.refuse_cover(placed.box)
        left, bottom, right, top = placed.box
        if left < sheet.left or bottom < sheet.bottom or right > sheet.right or top > sheet.top:
            return
        places.setdefault(placed.name, []).append(placed.box)
        standing.add_image(placed.box)

    def _code(self, images: PdfDict, places: dict[str, list[Box]], sheet: Box) -> bytes:
        """The signed bytes of the one image that stands where the code has its place."""
        left, top, right, bottom = (edge * _PT_PER_MM for edge in _CODE_REGION_MM)
        region = Box(left, sheet.top - bottom, right, sheet.top - top)
        inside = [(name, box) for name, boxes in places.items() for box in boxes if box.meets(region)]
        if len(inside) != 1:
            raise BadCode(f"{len(inside)} codes")
        ((name, box),) = inside
        entry, pixels = self._file.stream(images[name])
        if _samples(entry) != _BITONAL or "SMask" in entry or entry.get("Width") != entry.get("Height"):
            raise BadCode("not black and white")
        width_mm, height_mm = _edges_mm(box)
        if abs(width_mm - height_mm) > 0.01 or not _within(box, region):
            raise BadCode("place")
        return read_drawn_code(pixels, entry["Width"], width_mm)

    def _drawn(self, target: Any, boxes: list[Box]) -> DrawnImage:
        entry, packed = self._file.packed(target)
        mask = entry.get("SMask")
        if _samples(entry) not in ((_COLOURED,) if mask is not None else (_BITONAL,)):
            raise UnreadableContent("an unusual image")
        mask_digest = b""
        if mask is not None:
            mask_entry, mask_packed = self._file.packed(mask)
            same = all(mask_entry.get(edge) == entry.get(edge) for edge in ("Width", "Height"))
            if _samples(mask_entry) != ("DeviceGray", 8) or not same or not mask_entry.keys() <= _IMAGE_ENTRIES:
                raise UnreadableContent("an unusual transparency")
            mask_digest = _digest(mask_entry, mask_packed)
        return DrawnImage(
            width=entry["Width"],
            height=entry["Height"],
            samples_digest=_digest(entry, packed),
            mask_digest=mask_digest,
            on_paper_mm=tuple(_edges_mm(box) for box in boxes),
        )


def _sheet(file: PdfFile, page: PdfDict) -> Box:
    """The sheet; nothing may turn or crop it, or lie over it as an annotation (a signature without area may)."""
    if not page.keys() <= _PAGE_ENTRIES or not _is_plain_tree(file, page.get("Parent")):
        raise UnreadableContent("an unusual page")
    for annotation in map(file.dictionary, file.get(page.get("Annots", []))):
        if annotation.get("FT") != "Sig" or annotation.get("Rect") != [0, 0, 0, 0]:
            raise UnreadableContent("an annotation")
    box = file.get(page.get("MediaBox"))
    if not isinstance(box, list) or len(box) != 4 or box[:2] != [0, 0]:
        raise UnreadableContent("the sheet")
    return Box(*map(float, box))


def _is_plain_tree(file: PdfFile, parent: Any) -> bool:
    for _ in range(8):
        if parent is None:
            return True
        node = file.dictionary(parent)
        if not node.keys() <= {"Type", "Kids", "Count", "Parent"}:
            return False
        parent = node.get("Parent")
    return False


def _require_grey(file: PdfFile, resources: PdfDict) -> None:
    """In the colour spaces of a page 0 must be black, or text that was written in black could be white."""
    for space in file.dictionary(resources.get("ColorSpace", {})).values():
        definition = file.get(space)
        if not isinstance(definition, list) or len(definition) != 2 or definition[0] != "ICCBased":
            raise UnreadableContent("an unusual colour space")
        if file.dictionary(definition[1]).get("N") != 1:
            raise UnreadableContent("an unusual colour space")


def _content(file: PdfFile, page: PdfDict) -> bytes:
    contents = page.get("Contents")
    parts = file.get(contents) if not isinstance(contents, Ref) or isinstance(file.get(contents), list) else [contents]
    return b"\n".join(file.stream(part)[1] for part in parts)


def _samples(entry: PdfDict) -> tuple[Any, Any]:
    return entry.get("ColorSpace"), entry.get("BitsPerComponent")


def _edges_mm(box: Box) -> tuple[float, float]:
    return (box.right - box.left) / _PT_PER_MM, (box.top - box.bottom) / _PT_PER_MM


def _stands(box: Box, sheet: Box, at_mm: tuple[float, float], size_mm: tuple[float, float]) -> bool:
    found = (box.left / _PT_PER_MM, (sheet.top - box.top) / _PT_PER_MM, *_edges_mm(box))
    return all(abs(a - b) <= _PLACE_TOLERANCE_MM for a, b in zip(found, (*at_mm, *size_mm), strict=True))


def _within(box: Box, region: Box) -> bool:
    return (
        region.left <= box.left and box.right <= region.right and region.bottom <= box.bottom and box.top <= region.top
    )


_digests: dict[tuple[bool, bytes], bytes] = {}


@functools.cache
def _detection_digest() -> bytes:
    return hashlib.sha256(detection_pixels()).digest()


def _digest(entry: PdfDict, packed: bytes) -> bytes:
    """SHA-256 of an image's samples. Seal and detection pattern are the same a thousand times and are unpacked once.

    What was unpacked is known by the SHA-256 of its packed bytes; no pixel of anybody's impression is kept.
    """
    known = "Filter" in entry, hashlib.sha256(packed).digest()
    if known not in _digests:
        if len(_digests) >= _DIGESTS_AT_MOST:
            _digests.clear()
        _digests[known] = hashlib.sha256(unpacked(entry, packed)).digest()
    return _digests[known]
