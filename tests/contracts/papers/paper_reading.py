"""What stands on a finished paper, as any reader of PDF or Word finds it."""

from __future__ import annotations

import io
import re
import zipfile

import docx
import pypdfium2

_WHITE = re.compile(r"[\s\u3000\ufffe\u00ad]+")


def squeezed(text: str) -> str:
    return _WHITE.sub("", text)


def pdf_text(pdf: bytes) -> str:
    """All text of all sheets without white space."""
    document = pypdfium2.PdfDocument(pdf)
    return squeezed("".join(page.get_textpage().get_text_bounded() for page in document))


def pdf_pages(pdf: bytes) -> int:
    return len(pypdfium2.PdfDocument(pdf))


def outside_margins(pdf: bytes, margin_pt: float) -> list[str]:
    """Characters that stand nearer to the sheet's side than the margin."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        text = page.get_textpage()
        for number in range(text.count_chars()):
            left, _, right, _ = text.get_charbox(number)
            character = text.get_text_range(number, 1)
            if character.strip() and (left < margin_pt - 1 or right > page.get_width() - margin_pt + 1):
                found.append(character)
    return found


def word_text(word: bytes) -> str:
    """All text of the body in its order, of header and footer too, without white space."""
    with zipfile.ZipFile(io.BytesIO(word)) as parts:
        found = [parts.read(name).decode() for name in parts.namelist() if name.startswith("word/") and ".xml" in name]
    return squeezed("".join(re.sub(r"<[^>]*>", "", each) for each in found))


def word_headings(word: bytes) -> list[str]:
    document = docx.Document(io.BytesIO(word))
    return [each.text for each in document.paragraphs if each.style.name.startswith("Heading")]
