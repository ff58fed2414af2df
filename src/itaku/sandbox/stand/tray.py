"""The printer's tray: a directory whose files stand for paper, the one place where a practice certificate lies open."""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path

import msgspec
import pypdfium2

from itaku.issuance.devices.contracts import SIDES_PER_SHEET
from itaku.issuance.devices.errors import UnprintableError

PICTURE_DPI = 110
_NAME = re.compile(
    r"(?P<job>[0-9a-f]{1,64})-(?P<part>[0-9]{1,4})(?:-(?P<sheet>[0-9]{1,5})(?P<back>-back)?)?\.(?P<suffix>pdf|png)"
)


class TraySheet(msgspec.Struct, frozen=True):
    """One sheet in the tray."""

    name: str
    job: str
    part: int
    sheet: int
    """Counts the sheets of one part over all its copies, from 1."""
    document: str
    """Name of the whole document beside it; empty until all sheets of the first copy are out."""
    pages: int
    """Sheets of one copy; 0 while there is no document."""
    back: str
    """Name of the picture of its back; empty while there is no document, or if nothing is printed there."""


class Tray:
    """Sheets as `<job>-<part>-<sheet>.png`, and the document as `<job>-<part>.pdf` once its first copy is complete.

    A sheet's picture is of its front; turned over (`<job>-<part>-<sheet>-back.png`) it is drawn when asked for.
    A sheet appears by renaming: it is out whole, or not at all, whatever is killed in between.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._pages: dict[str, int] = {}
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for unfinished in directory.glob(".*"):
            unfinished.unlink()

    def put(self, job: str, part: int, sheet: int, pdf: bytes, sheets: int) -> bool:
        """A sheet comes out, one of so many of a copy; False if not (the page cannot be drawn, the disk is full)."""
        try:
            picture = _picture(pdf, (sheet - 1) % sheets * SIDES_PER_SHEET)
            if sheet == sheets:
                self._appear(_document(job, part), pdf)
            self._appear(_sheet(job, part, sheet), picture)
        except (OSError, pypdfium2.PdfiumError):
            if not self.has(job, part, sheet):
                with contextlib.suppress(OSError):
                    if sheet == sheets:
                        self.withdraw_document(job, part)
                return False
        return True

    def has(self, job: str, part: int, sheet: int) -> bool:
        """Whether this sheet came out."""
        return (self._directory / _sheet(job, part, sheet)).exists()

    def withdraw_document(self, job: str, part: int) -> None:
        """Takes back a document whose last page never came out."""
        (self._directory / _document(job, part)).unlink(missing_ok=True)

    def sheets(self) -> tuple[TraySheet, ...]:
        """What lies in the tray: jobs as they came out, the sheets of each in order."""
        came_ns = {path.name: path.stat().st_mtime_ns for path in self._directory.iterdir()}
        names = came_ns.keys()
        found = []
        for match in filter(None, map(_NAME.fullmatch, names)):
            job, part, sheet, suffix = match.group("job", "part", "sheet", "suffix")
            if suffix == "png" and sheet is not None:
                document = _document(job, int(part))
                document = document if document in names else ""
                pages = self._pages_of(document)
                behind = pages and self._back_page(int(sheet), pages) < pages
                back = f"{job}-{part}-{sheet}-back.png" if behind else ""
                found.append(TraySheet(match[0], job, int(part), int(sheet), document, sheets_of(pages), back))
        first_ns: dict[tuple[str, int], int] = {}
        for item in found:
            key = (item.job, item.part)
            first_ns[key] = min(first_ns.get(key, came_ns[item.name]), came_ns[item.name])
        return tuple(sorted(found, key=lambda item: (first_ns[item.job, item.part], item.job, item.part, item.sheet)))

    def _pages_of(self, document: str) -> int:
        if document and document not in self._pages:
            pdf = self.read(document)
            if pdf is None:
                return 0
            self._pages[document] = page_count(pdf)
        return self._pages.get(document, 0)

    def read(self, name: str) -> bytes | None:
        """A file of the tray, or the back of a sheet; `None` if there is none of this name."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        if match["back"]:
            return self._turned(match["job"], int(match["part"]), int(match["sheet"]))
        try:
            return (self._directory / name).read_bytes()
        except FileNotFoundError:
            return None

    def _turned(self, job: str, part: int, sheet: int) -> bytes | None:
        document = _document(job, part)
        pages, pdf = self._pages_of(document), self.read(document)
        if pdf is None or not self.has(job, part, sheet) or self._back_page(sheet, pages) >= pages:
            return None
        return _picture(pdf, self._back_page(sheet, pages))

    @staticmethod
    def _back_page(sheet: int, pages: int) -> int:
        """Page of the document on the back of a sheet, from 0."""
        return (sheet - 1) % sheets_of(pages) * SIDES_PER_SHEET + 1

    def empty(self) -> int:
        """A person takes all the paper; returns how many sheets."""
        taken = len(self.sheets())
        for path in self._directory.iterdir():
            path.unlink(missing_ok=True)
        return taken

    def _appear(self, name: str, data: bytes) -> None:
        aside = self._directory / f".{name}"
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._directory / name)
        number = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def sheets_of(pages: int) -> int:
    """Sheets that so many pages take."""
    return -(-pages // SIDES_PER_SHEET)


def page_count(pdf: bytes) -> int:
    """Pages of a PDF; `UnprintableError` if it is none or empty."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise UnprintableError from error
    try:
        pages = len(document)
    finally:
        document.close()
    if pages == 0:
        raise UnprintableError
    return pages


def _document(job: str, part: int) -> str:
    return f"{job}-{part}.pdf"


def _sheet(job: str, part: int, sheet: int) -> str:
    return f"{job}-{part}-{sheet}.png"


def _picture(pdf: bytes, index: int) -> bytes:
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[index]
        bitmap = page.render(scale=PICTURE_DPI / 72)
        out = io.BytesIO()
        bitmap.to_pil().save(out, "PNG", compress_level=1)
        bitmap.close()
        page.close()
    finally:
        document.close()
    return out.getvalue()
