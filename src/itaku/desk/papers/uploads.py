"""What is in an uploaded file (添付の中身): its type told by its content; whatever runs, or hides files, is refused."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from PIL import Image, ImageFile, UnidentifiedImageError

from itaku.desk.files import EXCEL, WORD
from itaku.desk.papers.errors import (
    UploadActiveError,
    UploadTooLargeError,
    UploadTypeError,
    UploadUnreadableError,
)

MOST_BYTES = 20_000_000
MOST_FILES = 20
_LONGEST_NAME = 100
_MOST_PIXELS = 80_000_000
_MOST_PARTS, _MOST_UNPACKED = 3000, 300_000_000
_MOST_OBJECTS = 200_000
_TAKEN_AT = (0x9003, 0x9004)
"""EXIF: when the picture was taken, or made digital."""
_EXIF_FOLDER, _EXIF_PLACE, _EXIF_CHANGED = 0x8769, 0x8825, 0x0132
_EXIF_TIME = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d")

ENDINGS = {
    "application/pdf": ".pdf",
    WORD: ".docx",
    EXCEL: ".xlsx",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "text/plain": ".txt",
}
"""The kinds that may be attached, and how the name of each ends."""
_ALIKE = {".jpeg": ".jpg", ".csv": ".txt"}
_RUNS = re.compile(r"vbaproject|macrosheet|activex|embeddings/|oleobject|\.(bin|exe|dll|js|vbs|hta)$", re.IGNORECASE)
_OUTSIDE = re.compile(rb"TargetMode\s*=\s*[\"']External[\"']")
_HYPERLINK = re.compile(rb"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']")
_PDF_RUNS = frozenset(
    {"/JS", "/JavaScript", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia", "/XFA", "/ImportData", "/EF"}
)


class Read(NamedTuple):
    """What the content is: its type, and what could be read out of it."""

    mime: str
    facts: dict[str, Any]


def read_upload(content: bytes) -> Read:
    """The type and facts of a file. Raises the upload errors; the name plays no part."""
    if not 0 < len(content) <= MOST_BYTES:
        raise UploadTooLargeError(str(len(content)))
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return Read("application/pdf", {})
    if content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return _picture(content)
    if content.startswith(b"PK\x03\x04"):
        return Read(_office(content), {})
    return Read(_text(content), {})


def neutral_name(name: str, mime: str) -> str:
    """A name that is safe to show and to offer: no folders, no invisible or turning marks, ending as the content is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(each for each in last if unicodedata.category(each)[0] != "C" and each not in '<>:"|?*%')
    shown = re.sub(r"\s+", " ", shown).strip(" .") or "添付"
    ending = ENDINGS[mime]
    stem, dot, tail = shown.rpartition(".")
    own = f".{tail.lower()}" if dot else ""
    if own == ending or _ALIKE.get(own) == ending:
        return f"{stem[:_LONGEST_NAME] or '添付'}{own}"
    return f"{shown[:_LONGEST_NAME]}{ending}"


def _check_pdf(content: bytes) -> None:
    """Refuses what runs or hides files, wherever in the file it stands: every object is looked at."""
    try:
        found = _PDF_RUNS.intersection(_pdf_names(content))
    except UploadUnreadableError:
        raise
    except Exception as error:  # noqa: BLE001 a parser of foreign bytes: whatever it stumbles over, it is unread
        raise UploadUnreadableError(type(error).__name__) from None
    if found:
        raise UploadActiveError(", ".join(sorted(found)))


def _pdf_names(content: bytes) -> Iterator[str]:
    """Every key of every dictionary in the file, and every name that stands as a value."""
    from pyhanko.pdf_utils import generic  # noqa: PLC0415 takes a second to load; most pages never need it
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415

    reader = PdfFileReader(io.BytesIO(content), strict=False)
    if reader.encrypted:
        raise UploadUnreadableError("encrypted")
    trailer = reader.trailer_view
    waiting: list[Any] = [trailer.raw_get(key) for key in trailer]
    seen: set[tuple[int, int]] = set()
    looked = 0
    while waiting:
        looked += 1
        if looked > _MOST_OBJECTS * 20 or len(seen) > _MOST_OBJECTS:
            raise UploadUnreadableError("too many objects")
        value = waiting.pop()
        if isinstance(value, generic.IndirectObject):
            where = (value.idnum, value.generation)
            if where not in seen:
                seen.add(where)
                pointer: Any = value
                waiting.append(pointer.get_object())
        elif isinstance(value, generic.DictionaryObject):
            for key in value:
                yield str(key)
                waiting.append(value.raw_get(key))
        elif isinstance(value, generic.ArrayObject):
            waiting.extend(value.raw_get(at) for at in range(len(value)))
        elif isinstance(value, generic.NameObject):
            yield str(value)


def _picture(content: bytes) -> Read:
    """Size, and the camera's own time, which proves nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
                width, height = picture.size
                if width * height > _MOST_PIXELS:
                    raise UploadTooLargeError(f"{width}x{height}")
                mime = {"PNG": "image/png", "JPEG": "image/jpeg"}[str(picture.format)]
                found = picture.getexif()
                inner = found.get_ifd(_EXIF_FOLDER)
                times = [inner.get(tag) for tag in _TAKEN_AT] + [found.get(_EXIF_CHANGED)]
                place = bool(found.get_ifd(_EXIF_PLACE))
                ImageFile.LOAD_TRUNCATED_IMAGES = False  # the library that makes our papers turns it on
                picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError, TypeError, Warning) as error:
        raise UploadUnreadableError(type(error).__name__) from None
    facts: dict[str, Any] = {"width": width, "height": height}
    taken = next((each for each in times if isinstance(each, str) and _EXIF_TIME.fullmatch(each)), None)
    if taken:
        facts["camera_time"] = f"{taken[:10].replace(':', '-')} {taken[11:]}"
    if place:
        facts["has_place"] = True
    return Read(mime, facts)


def _office(content: bytes) -> str:
    """Word or Excel without anything that runs; any other archive is refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "[Content_Types].xml" not in names:
                raise UploadTypeError("archive")
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > _MOST_PARTS or unpacked > _MOST_UNPACKED or any(part.flag_bits & 1 for part in parts):
                raise UploadUnreadableError("parts")
            if any(_RUNS.search(name) for name in names):
                raise UploadActiveError("part")
            kinds = _part(archive, "[Content_Types].xml")
            if b"macroEnabled" in kinds:
                raise UploadActiveError("macros")
            for name in names:
                if name.endswith(".rels"):
                    _check_relations(_part(archive, name))
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise UploadUnreadableError(type(error).__name__) from None
    if "word/document.xml" in names and b"wordprocessingml.document.main" in kinds:
        return WORD
    if "xl/workbook.xml" in names and b"spreadsheetml.sheet.main" in kinds:
        return EXCEL
    raise UploadTypeError("archive")


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        found = part.read(2_000_001)
    if len(found) > 2_000_000:
        raise UploadUnreadableError("part")
    return found


def _check_relations(content: bytes) -> None:
    """Links for people may lead outside; templates, pictures and objects may not."""
    for relation in re.findall(rb"<[A-Za-z:]*Relationship\s[^>]*>", content):
        if _OUTSIDE.search(relation) and not _HYPERLINK.search(relation):
            raise UploadActiveError("outside part")


def _text(content: bytes) -> str:
    """Plain text in UTF-8; text that a program would run or a browser would draw is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UploadTypeError("content") from error
    if any(unicodedata.category(each) == "Cc" and each not in "\n\r\t" for each in text):
        raise UploadTypeError("control characters")
    if text.lstrip().startswith(("<", "#!", "MZ", "%!")):
        raise UploadTypeError("markup")
    return "text/plain"
