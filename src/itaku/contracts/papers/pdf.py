"""A draft as PDF/A-2a and PDF/UA-1: typeset from data alone, so that no text is ever read as markup."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import typst

from itaku.basis.fonts import FontBook
from itaku.contracts.papers import sheet
from itaku.contracts.papers.content import PaperDraft, Person, Working
from itaku.contracts.papers.errors import PaperNotMadeError

_FORMS = Path(__file__).parent / "forms"
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
_LOCK = threading.Lock()
"""The typesetter works for one thread at a time."""

_SPACELESS = re.compile(r"[!-~]{13,}")
"""A run of letters and digits that would not break by itself."""


def pdf(draft: PaperDraft) -> bytes:
    """The paper as PDF. The same draft gives the same bytes.

    Raises `GlyphMissingError` if the font cannot draw a character, or not in the form asked for, before anything is
    drawn; `PaperNotMadeError`.
    """
    book = _font()
    data = _Setter(book).data(draft)
    # As a two-line source of its own: data handed in as `sys.inputs` would empty the typesetter's caches.
    literal = msgspec.json.encode(data).decode("utf-8").replace("\\", "\\\\").replace('"', '\\"')
    source = f'#import "paper.typ": make\n#make(json(bytes("{literal}")))\n'
    try:
        with _LOCK:
            made = _typesetter().compile(
                input=source.encode("utf-8"),
                format="pdf",
                pdf_standards=_STANDARDS,
                timestamp=draft.provenance.as_of // 1000,
            )
    except typst.TypstError:
        # The typesetter's message may quote what a person entered, so it goes no further.
        raise PaperNotMadeError(draft.paper) from None
    if not isinstance(made, bytes):
        raise PaperNotMadeError(draft.paper)
    return made


@functools.cache
def _font() -> FontBook:
    return FontBook.installed()


@functools.cache
def _typesetter() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_font().folder)])
    return typst.Compiler(str(_FORMS / "paper.typ"), root=str(_FORMS), font_paths=fonts, ignore_system_fonts=True)


class _Setter:
    """Turns a draft into the form's data: every text checked against the font, in lines, in pieces that may break."""

    def __init__(self, book: FontBook) -> None:
        self._book = book

    def text(self, value: str) -> list[list[str]]:
        """Lines of pieces. Nothing for an empty text."""
        return [self._pieces(self._book.as_drawn(line)) for line in value.split("\n")] if value else []

    def _pieces(self, line: str) -> list[str]:
        pieces: list[str] = []
        at = 0
        for run in _SPACELESS.finditer(line):
            pieces.append(line[at : run.start()])
            word = run.group()
            pieces += [word[start : start + 8] for start in range(0, len(word), 8)]
            at = run.end()
        return [each for each in (*pieces, line[at:]) if each] or [""]

    def data(self, draft: PaperDraft) -> dict[str, Any]:
        """Everything that the form sets."""
        title = draft.title_ja
        return {
            "document_title": self._book.as_drawn(title),
            "author": self._book.as_drawn(draft.drafter or draft.contract_ja),
            "keywords": [draft.contract, draft.paper, draft.instance or "-", f"seq {draft.provenance.seq}"],
            "is_draft": sheet.is_draft(draft),
            "draft_label": self.text(sheet.draft_label(draft)),
            "running": self.text(sheet.running(draft)),
            "footer": [self.text(line) for line in sheet.footer(draft)],
            "number": self.text(draft.number),
            "dated": self.text(draft.dated),
            "addressees": [self._person(each) for each in draft.addressees],
            "senders": [self._person(each) for each in draft.senders],
            "title": self.text(title),
            "tracking": 8 if len(title) <= 8 else 3 if len(title) <= 14 else 0,
            "title_en": self.text(draft.title_en),
            "opening": self.text(draft.opening),
            "entries": [
                {
                    "ja": self.text(each.ja),
                    "en": self.text(each.en),
                    "value": self.text(each.value),
                    "blank": None if each.blank is None else self.text(sheet.blank_text(each)),
                    "room": 12 if each.name else 9,
                }
                for each in draft.entries
            ],
            "parts": [self._part(number, part) for number, part in enumerate(sheet.parts(draft), 1)],
        }

    def _person(self, person: Person) -> dict[str, Any]:
        return {
            "label": self.text(f"（{person.label}）" if person.label else ""),
            "name": self.text(person.name),
            "known_as": self.text(person.known_as),
            "honorific": self.text(sheet.honorific(person)),
        }

    def _part(self, number: int, part: sheet.Part) -> dict[str, Any]:
        return {
            "number": self.text(str(number)),
            "ja": self.text(part.ja),
            "en": self.text(part.en),
            "lead": self.text(part.lead),
            "kind": "workings" if part.workings else "table",
            "workings": [self._working(each) for each in part.workings],
            "columns": part.columns,
            "header": self._texts(part.header),
            "rows": [
                [{"ja": self.text(cell.ja), "en": self.text(cell.en), "figure": cell.figure} for cell in row]
                for row in part.rows
            ],
        }

    def _working(self, working: Working) -> dict[str, Any]:
        return {
            "instance": self.text(working.instance),
            "ja": self.text(working.ja),
            "header": self._texts(("順", "計算・経過", "根拠")),
            "lines": [
                {
                    "number": self.text(str(number)),
                    "ja": self.text(line.ja),
                    "en": self.text(line.en),
                    "clause": self.text(sheet.basis(line)),
                }
                for number, line in enumerate(working.lines, 1)
            ],
        }

    def _texts(self, values: Iterable[str]) -> list[list[list[str]]]:
        return [self.text(each) for each in values]
