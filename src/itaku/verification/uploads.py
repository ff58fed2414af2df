"""What somebody hands in: told by its bytes, never by its name, and opened within limits.

A scan of A4 at 600 dpi has 35 million pixels, and no sheet needs more. The size is read from the header before anything
is unpacked, so that a small file which would unpack to gigabytes is refused at once.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import pypdfium2
from PIL import Image, ImageFile, ImageOps

from itaku.basis.errors import ItakuError

LARGEST_BYTES = 25_000_000
"""Of one file."""
FILES_AT_MOST = 8
PAGES_AT_MOST = 16
"""Pages of one file that are looked at."""
PIXELS_AT_MOST = 60_000_000
_LONGEST_EDGE = 4000
"""Pixels to which a larger picture is reduced: more than 300 dpi."""
_PDF_DPI = 300
_SMALLEST_EDGE = 200
_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")
_PDF = b"%PDF-"
_HEIF = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypavif")


class UploadRefusedError(ItakuError):
    """Base of what is said of a file that is not looked at."""


class TooLargeError(UploadRefusedError):
    """More bytes, pixels, pages or files than a certificate has."""

    code = "upload_too_large"
    ja = "ファイルが大きすぎます。1枚ずつ、300dpi程度で読み取ったファイル(25MBまで、8個まで)にしてください。"
    en = "The file is too large. Hand in scans of about 300 dpi (25 MB each, eight at most)."


class UnreadableError(UploadRefusedError):
    """Neither a picture nor a PDF that can be opened."""

    code = "upload_unreadable"
    ja = "このファイルは開けません。PDF、または JPEG・PNG・TIFF・WebP の画像を選んでください。"
    en = "This file cannot be opened. Choose a PDF, or a JPEG, PNG, TIFF or WebP picture."


class HeifError(UploadRefusedError):
    """A telephone's own format."""

    code = "upload_heif"
    ja = "HEIC形式の写真は開けません。設定で「互換性優先(JPEG)」にして撮り直すか、変換してください。"
    en = "HEIC photographs cannot be opened. Take it as JPEG ('most compatible'), or convert it."


class EmptyUploadError(UploadRefusedError):
    """Nothing was handed in."""

    code = "upload_empty"
    ja = "ファイルが選ばれていません。証明書のPDF、または表と裏の画像を選んでください。"
    en = "No file was chosen. Choose the certificate's PDF, or pictures of its front and back."


def is_pdf(data: bytes) -> bool:
    """Whether the bytes begin as a PDF does."""
    return data[:1024].lstrip().startswith(_PDF)


def pictures(data: bytes) -> Iterator[Image.Image]:
    """The pages of a file as grey pictures; raises a subclass of `UploadRefusedError`."""
    if not data:
        raise EmptyUploadError
    if len(data) > LARGEST_BYTES:
        raise TooLargeError
    if is_pdf(data):
        yield from _pdf_pages(data)
    elif data[4:12] in _HEIF:
        raise HeifError
    else:
        yield from _frames(data)


def _frames(data: bytes) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
                if count > PAGES_AT_MOST:
                    raise TooLargeError
                for frame in range(count):
                    image.seek(frame)
                    _require_size(image.width, image.height)
                    yield _grey(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLargeError from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, ArithmeticError, LookupError, TypeError) as error:
        # A spoilt file makes a reader of pictures fail in many ways; none of them is more than: it cannot be opened.
        raise UnreadableError from error


def _require_size(width: int, height: int) -> None:
    if width * height > PIXELS_AT_MOST:
        raise TooLargeError
    if min(width, height) < _SMALLEST_EDGE:
        raise UnreadableError


def _grey(image: Image.Image) -> Image.Image:
    """The picture upright, flattened on white, grey, and no larger than needed."""
    # A library for paper turns this on for the whole process when it is loaded; half a picture would be filled up here.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    image.draft("L", (_LONGEST_EDGE, _LONGEST_EDGE))
    upright = ImageOps.exif_transpose(image)
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        alpha = upright.convert("RGBA")
        upright = Image.new("RGBA", alpha.size, "white")
        upright.alpha_composite(alpha)
    if upright.mode.startswith("I;16"):
        upright = upright.convert("I").point(lambda value: value / 256)
    grey = upright.convert("L")
    factor = -(-max(grey.size) // _LONGEST_EDGE)
    return grey.reduce(factor) if factor > 1 else grey


def _pdf_pages(data: bytes) -> Iterator[Image.Image]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise UnreadableError from error
    try:
        if len(document) > PAGES_AT_MOST:
            raise TooLargeError
        for index in range(len(document)):
            page = document[index]
            width, height = page.get_size()
            if min(width, height) < 72 or max(width, height) > 3000:
                raise UnreadableError
            scale = min(_PDF_DPI / 72, _LONGEST_EDGE / max(width, height))
            bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
            grey = bitmap.to_pil().convert("L").copy()
            bitmap.close()
            page.close()
            yield grey
    except pypdfium2.PdfiumError as error:
        raise UnreadableError from error
    finally:
        document.close()
