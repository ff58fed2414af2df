"""Images in their final form (1-bit, packed once) put where the typesetter left placeholders of a few pixels.

The typesetter would unpack every image to eight bits and pack it again for each certificate; the tint of a sheet alone
is 2.3 million pixels. A placeholder is told by its size in pixels; each must be found exactly once.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from PIL import Image

from itaku.issuance.certificates.failures import RenderFailed
from itaku.issuance.certificates.pdf_objects import MalformedPdf, PdfFile, rewritten

TINT, SEAL, IMPRESSION, DETECTION = (1, 2), (1, 3), (1, 4), (1, 5)
"""Width and height in pixels of the placeholders in `forms/frame.typ` and `forms/back.typ`."""

_IMAGE = re.compile(rb"\n(\d+) 0 obj\n<<[^<>]*/Subtype/Image[^<>]*/Width (\d+)/Height (\d+)[^<>]*>>\nstream\n")


def code_placeholder(page: int) -> tuple[int, int]:
    """Width and height of the placeholder of the code on a page, counted from 1."""
    return 2, page


def back_placeholder(page: int) -> tuple[int, int]:
    """Width and height of the placeholder of the scrambled picture on the back of a page, counted from 1."""
    return 3, page


@dataclass(frozen=True)
class Picture:
    """An image as a PDF stream object, with its soft mask if it has one. `width` and `height` in pixels."""

    entries: bytes
    packed: bytes
    mask: Picture | None = None

    def body(self, mask_number: int | None = None) -> bytes:
        """The stream object; `mask_number` is the object number of its soft mask."""
        soft = b"" if mask_number is None else b"/SMask %d 0 R" % mask_number
        head = b"<</Type/XObject/Subtype/Image/Filter/FlateDecode/Length %d" % len(self.packed)
        return b"%b%b%b>>\nstream\n%b\nendstream" % (head, self.entries, soft, self.packed)


def stencil(image: Image.Image, level: int = 9) -> Picture:
    """A 1-bit image that paints its black pixels and leaves the others as they are."""
    bits = image.convert("1", dither=Image.Dither.NONE)
    size = b"/Width %d/Height %d" % bits.size
    return Picture(size + b"/ImageMask true/BitsPerComponent 1", zlib.compress(bits.tobytes(), level))


def bitonal(image: Image.Image, level: int = 6) -> Picture:
    """A 1-bit image, black on white."""
    bits = image.convert("1", dither=Image.Dither.NONE)
    return bitonal_rows(bits.tobytes(), *bits.size, level)


def bitonal_rows(rows: bytes, width: int, height: int, level: int = 6) -> Picture:
    """A 1-bit image, black on white, from its rows: eight pixels to a byte, each row filled up to whole bytes."""
    size = b"/Width %d/Height %d" % (width, height)
    return Picture(size + b"/ColorSpace/DeviceGray/BitsPerComponent 1", zlib.compress(rows, level))


def coloured(image: Image.Image, level: int = 9) -> Picture:
    """A colour image with its transparency."""
    rgba = image.convert("RGBA")
    size = b"/Width %d/Height %d" % rgba.size
    alpha = rgba.getchannel("A").tobytes()
    mask = Picture(size + b"/ColorSpace/DeviceGray/BitsPerComponent 8", zlib.compress(alpha, level))
    colours = zlib.compress(rgba.convert("RGB").tobytes(), level)
    return Picture(size + b"/ColorSpace/DeviceRGB/BitsPerComponent 8", colours, mask)


def fill(pdf: bytes, pictures: dict[tuple[int, int], Picture]) -> bytes:
    """The document with every placeholder replaced; `RenderFailed` if one is missing, double or left over."""
    try:
        file = PdfFile(pdf)
        found: dict[tuple[int, int], int] = {}
        for match in _IMAGE.finditer(pdf):
            number, size = int(match[1]), (int(match[2]), int(match[3]))
            if file.offsets.get(number) != match.start() + 1 or size in found:
                raise RenderFailed("placeholders")
            found[size] = number
        if found.keys() != pictures.keys():
            raise RenderFailed("placeholders")
        replaced: dict[int, bytes] = {}
        added: list[bytes] = []
        after = max(file.offsets) + 1
        for size, picture in pictures.items():
            mask: int | None = None
            if picture.mask is not None:
                mask = after + len(added)
                added.append(picture.mask.body())
            replaced[found[size]] = picture.body(mask)
        return rewritten(file, replaced, added)
    except MalformedPdf as error:
        raise RenderFailed("the typesetter's file") from error
