"""From content to an unsigned PDF/A-2a and PDF/UA-1: composed, coded, typeset, its images put in."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import msgspec
import typst
from PIL import Image

from itaku.basis.clock import InstantMs
from itaku.basis.eras import era_date
from itaku.issuance.certificates import backside
from itaku.issuance.certificates import composition as words
from itaku.issuance.certificates.binding import binding_keywords
from itaku.issuance.certificates.code import CodeFacts, CodeSigner, code_rows, text_digest
from itaku.issuance.certificates.composition import WORDS, Composition, PageText, compose
from itaku.issuance.certificates.content import Binding, IssuerText
from itaku.issuance.certificates.contents import Content
from itaku.issuance.certificates.failures import RecordIncomplete, RenderFailed
from itaku.issuance.certificates.fonts import FontBook
from itaku.issuance.certificates.layout import Fitter
from itaku.issuance.certificates.pattern import copy_warning_strip, detection_pattern
from itaku.issuance.certificates.placeholders import (
    DETECTION,
    IMPRESSION,
    SEAL,
    TINT,
    Picture,
    back_placeholder,
    bitonal,
    bitonal_rows,
    code_placeholder,
    coloured,
    fill,
    stencil,
)
from itaku.issuance.certificates.scramble import HEIGHT, WIDTH
from itaku.issuance.protocol.kinds import Kind

_FORMS = Path(__file__).parent / "forms"
_MAYOR_ROOM_MM = 84.0
SEAL_EDGE_MM = 22.0
"""Edge of the office seal on paper."""
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
_SEAL_PIXELS_AT_MOST = 1200


class Rendered(msgspec.Struct, frozen=True):
    """An unsigned document and its number of sheets; each is two pages of the file, its front and its back."""

    pdf: bytes
    pages: int


def seal_image(issuer: IssuerText) -> Image.Image:
    """The office seal as RGBA; `RecordIncomplete` if it is unreadable, not square or without ink (failure R10)."""
    try:
        with Image.open(io.BytesIO(issuer.seal_png), formats=("PNG",)) as image:
            seal = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError) as error:
        raise RecordIncomplete("office seal is not readable") from error
    if seal.width != seal.height or seal.width > _SEAL_PIXELS_AT_MOST:
        raise RecordIncomplete("office seal is not a square of 1200 pixels at most")
    opaque = sum(seal.getchannel("A").histogram()[128:])
    if opaque < seal.width * seal.height // 50:
        raise RecordIncomplete("office seal is blank")
    return seal


class Renderer:
    """Makes one municipality's certificates. Keeps a typesetter per form with its caches; for one thread at a time."""

    def __init__(self, issuer: IssuerText, code_signer: CodeSigner, fonts: FontBook) -> None:
        self._issuer = msgspec.structs.replace(
            issuer,
            municipality_name=fonts.as_drawn(issuer.municipality_name),
            mayor_title=fonts.as_drawn(issuer.mayor_title),
            mayor_name=fonts.as_drawn(issuer.mayor_name),
        )
        self._code_signer = code_signer
        self._fitter = Fitter(fonts)
        self._check_issuer()
        self._pictures: dict[tuple[int, int], Picture] = {
            TINT: stencil(copy_warning_strip()),
            SEAL: coloured(seal_image(issuer)),
            DETECTION: bitonal(detection_pattern(), level=9),
        }
        self._small_seal = backside.small_seal(issuer.seal_png, SEAL_EDGE_MM)
        available = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts.folder)]
        )
        self._typesetters = {
            form: typst.Compiler(
                str(_FORMS / f"{form}.typ"), root=str(_FORMS), font_paths=available, ignore_system_fonts=True
            )
            for form in sorted({kind_words.form for kind_words in WORDS.values()})
        }

    def _check_issuer(self) -> None:
        issuer = self._issuer
        for text in (issuer.municipality_name, issuer.mayor_title, issuer.mayor_name, issuer.municipality):
            if not text.strip():
                raise RecordIncomplete("issuer")
        self._fitter.value(words.mayor_line(issuer), _MAYOR_ROOM_MM, ((15.0, 1),))

    def warm(self) -> None:
        """Typesets each form once with nothing on it: the first run loads the font and takes ten times as long."""
        for form, kind in {WORDS[kind].form: kind for kind in Kind}.items():
            empty = Composition(kind, "", (PageText(1, 1, (), "", 0.0, ()),), None, 10.0)
            data = self._form_data(empty, ("warm",), "0", dt.date(2020, 1, 1), (10.0,))
            _typeset(self._typesetters[form], form, data, InstantMs(0))

    def check_text(self, content: Content) -> Composition:
        """The content on its pages if it can be printed; else `RecordIncomplete`, `MissingGlyph` or `TextTooLong`."""
        return compose(content, self._fitter)

    def render(
        self,
        content: Content,
        binding: Binding,
        issued_on: dt.date,
        printed_at: InstantMs,
        laid_out: Composition | None = None,
    ) -> Rendered:
        """The certificate, unsigned, with issuance id, application digest and resident key inside its bytes.

        `laid_out` is what `check_text` answered for this very content, if it was asked. Raises `RecordIncomplete`,
        `MissingGlyph`, `TextTooLong`, `RenderFailed`. Same arguments, same bytes.
        """
        composition = self.check_text(content) if laid_out is None else laid_out
        pictures = dict(self._pictures)
        if composition.impression is not None:
            pictures[IMPRESSION] = bitonal(composition.impression)
        edges: list[float] = []
        codes: list[bytes] = []
        for page in composition.pages:
            codes.append(self._code_signer.sign(self._facts(composition, page, binding, issued_on)))
            rows, edge, edge_mm = code_rows(codes[-1])
            # Level 2 takes a seventh of level 6 in time for 0.2 KB.
            pictures[code_placeholder(page.number)] = bitonal_rows(rows, edge, edge, level=2)
            edges.append(edge_mm)
        data = self._form_data(composition, binding_keywords(binding), binding.serial_number, issued_on, tuple(edges))
        pictures |= self._backs(composition, data, codes, binding.serial_number)
        form = composition.words.form
        pdf = _typeset(self._typesetters[form], form, data, printed_at)
        return Rendered(fill(pdf, pictures), len(composition.pages))

    def _backs(
        self, composition: Composition, data: dict[str, Any], codes: list[bytes], serial_number: str
    ) -> dict[tuple[int, int], Picture]:
        """The scrambled picture of each front, made from what the typesetter is given for it."""
        impression = (
            None
            if composition.impression is None
            else backside.small_picture(composition.impression, composition.impression_mm)
        )
        backs: dict[tuple[int, int], Picture] = {}
        for page, entry, code in zip(composition.pages, data["pages"], codes, strict=True):
            front = backside.front_of(data, entry, page.blocks, self._small_seal, impression)
            rows = backside.back_picture(self._code_signer, code, serial_number, page.number, page.count, front)
            backs[back_placeholder(page.number)] = bitonal_rows(rows, WIDTH, HEIGHT, level=1)  # noise does not pack
        return backs

    def _facts(self, composition: Composition, page: PageText, binding: Binding, issued_on: dt.date) -> CodeFacts:
        text = words.page_text(composition, page, binding, self._issuer, issued_on)
        return CodeFacts(
            municipality=self._issuer.municipality,
            kind=composition.kind,
            serial_number=binding.serial_number,
            issued_on=issued_on,
            page=page.number,
            pages=page.count,
            people=page.people,
            text_digest=text_digest(text, composition.impression_digest),
        )

    def _form_data(
        self,
        composition: Composition,
        keywords: tuple[str, ...],
        serial_number: str,
        issued_on: dt.date,
        code_edges_mm: tuple[float, ...],
    ) -> dict[str, Any]:
        form = composition.words
        issuer = self._issuer
        return {
            "title": form.title,
            "document_title": form.document_title,
            "title_en": form.title_en,
            "title_tracking_pt": form.tracking_pt,
            "issuer": issuer.municipality_name,
            "keywords": keywords,
            "serial": words.serial_line(serial_number),
            "scope": composition.scope,
            "statement": form.statement,
            "issued_on": era_date(issued_on),
            "mayor": words.mayor_line(issuer),
            "notes": words.notes(issuer),
            "impression_mm": composition.impression_mm,
            "seal_alt": f"{issuer.mayor_title}の公印",
            "code_alt": "発行者と記載内容を確かめるための二次元コード",
            "impression_alt": "登録された印影",
            "back": backside.form_data(),
            "pages": [
                {
                    "number": page.number,
                    "number_text": page.number_text,
                    "blocks": page.blocks,
                    "after": page.after,
                    "after_y_mm": page.after_y_mm,
                    "code_mm": edge_mm,
                }
                for page, edge_mm in zip(composition.pages, code_edges_mm, strict=True)
            ],
        }


def _typeset(typesetter: typst.Compiler, form: str, data: dict[str, Any], printed_at: InstantMs) -> bytes:
    """The document is a two-line source of its own: data handed in as `sys.inputs` would empty the layout's caches."""
    literal = msgspec.json.encode(data).decode("utf-8").replace("\\", "\\\\").replace('"', '\\"')
    source = f'#import "{form}.typ": make\n#make(json(bytes("{literal}")))\n'
    try:
        pdf = typesetter.compile(
            input=source.encode("utf-8"), format="pdf", pdf_standards=_STANDARDS, timestamp=printed_at // 1000
        )
    except typst.TypstError:
        # The typesetter's message may quote the text, so it goes no further.
        raise RenderFailed("typesetter") from None
    if not isinstance(pdf, bytes):
        raise RenderFailed("typesetter")
    return pdf
