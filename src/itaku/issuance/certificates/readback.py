"""The finished document read back from its bytes, and compared with the record before it leaves the municipality.

The way is independent of the renderer: all is read from the bytes of the file (`finished_page`). Fourteen certificates
left without the seal in 2023 (R10), one bore a day that never was (R9), and namesakes cannot be told apart by what is
printed: all are compared here.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import io
from typing import NamedTuple

import msgspec
from PIL import Image

from itaku.basis.eras import era_date
from itaku.issuance.certificates.backside import SmallPicture, small_picture, small_seal
from itaku.issuance.certificates.binding import BoundTo, read_binding
from itaku.issuance.certificates.code import squeezed, text_digest
from itaku.issuance.certificates.content import Binding, IssuerText, SealRegistration
from itaku.issuance.certificates.contents import Content, kind_of_content, people_of
from itaku.issuance.certificates.failures import BadCode, DocumentMismatch, ReadBackMismatch
from itaku.issuance.certificates.finished_page import BackRead, DrawnImage, PageRead, PageReader
from itaku.issuance.certificates.fonts import installed_font
from itaku.issuance.certificates.pdf_objects import PdfFile
from itaku.issuance.certificates.printed import expected_people, expected_scope
from itaku.issuance.certificates.tax_facts import TaxCertificate
from itaku.issuance.protocol.kinds import Kind

_SEAL_EDGE_MM = 22.0
_TOLERANCE_MM = 0.2


class ReadBack(msgspec.Struct, frozen=True):
    """A finished document as its bytes say it."""

    bound: BoundTo
    sheets: tuple[PageRead, ...]
    """The fronts."""
    backs: tuple[BackRead, ...]

    @property
    def pages(self) -> int:
        """How many sheets, each with a front and a back."""
        return len(self.sheets)

    @property
    def issuance_id(self) -> bytes:
        """The issuance for which it was made."""
        return self.bound.issuance_id

    @property
    def application_digest(self) -> bytes:
        """The application for which it was made."""
        return self.bound.application_digest

    @property
    def resident_key(self) -> bytes:
        """The resident for whom it was made, as the municipality's opaque key."""
        return self.bound.resident_key

    @property
    def serial_number(self) -> str:
        """発行番号."""
        return self.bound.serial_number

    @property
    def people(self) -> tuple[dict[str, str], ...]:
        """The items printed of each person, in order, without white space."""
        return tuple(person for page in self.sheets for person in page.printed.people)

    @property
    def names(self) -> tuple[str, ...]:
        """氏名 of each person, in order, without white space."""
        return tuple(person["name"] for person in self.people)

    @property
    def birth_dates(self) -> tuple[str, ...]:
        """生年月日 of each person as printed."""
        return tuple(person["birth_date"] for person in self.people)


def read_back(pdf: bytes) -> ReadBack:
    """Reads a finished document; `ReadBackMismatch` ("unreadable", "binding", "code" or "back") if it cannot."""
    try:
        file = PdfFile(pdf)
        bound = read_binding(file)
        references = file.pages()
        if not references or len(references) % 2:
            raise ReadBackMismatch(("pages",))
        reader = PageReader(file)
        fronts = tuple(reader.read(reference) for reference in references[::2])
    except DocumentMismatch as error:
        raise ReadBackMismatch(("binding",)) from error
    except BadCode as error:
        raise ReadBackMismatch(("code",)) from error
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Malformed and unusual files say so themselves; whatever else a spoilt one makes of the reader is no better.
        raise ReadBackMismatch(("unreadable",)) from error
    try:
        backs = tuple(reader.read_back(*one) for one in zip(references[1::2], fronts, strict=True))
    except BadCode as error:
        raise ReadBackMismatch(("back",)) from error
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ReadBackMismatch(("unreadable",)) from error
    return ReadBack(bound, fronts, backs)


def compare(back: ReadBack, content: Content, binding: Binding, issuer: IssuerText) -> None:
    """Passes if the document says exactly what record, application and issuer say.

    Raises `ReadBackMismatch` with the kinds of fact that differ (never their values): `issuance_id`,
    `application_digest`, `resident_key`, `serial_number`, `kind`, `people`, an item of a person such as `name` or
    `birth_date`, `scope`, `pages`, `era_date`, `issued_on`, `issuer`, `seal`, `impression`, `code`, `back`.
    """
    wrong: set[str] = set()
    _compare_binding(back, binding, wrong)
    _compare_people(back, content, wrong)
    _compare_pages(back, content, wrong)
    _compare_issuer(back, issuer, wrong)
    impression = _impression(content) if isinstance(content, SealRegistration) else None
    _compare_codes(back, content, binding, issuer, b"" if impression is None else impression.coded, wrong)
    if impression is not None:
        _compare_impression(back, impression, wrong)
    _compare_backs(back, issuer, None if impression is None else impression.small, wrong)
    if wrong:
        raise ReadBackMismatch(tuple(sorted(wrong)))


def _compare_binding(back: ReadBack, binding: Binding, wrong: set[str]) -> None:
    pairs = {
        "issuance_id": (back.issuance_id, bytes(binding.issuance_id)),
        "application_digest": (back.application_digest, binding.application_digest),
        "resident_key": (back.resident_key, binding.resident_key),
        "serial_number": (back.serial_number.encode(), binding.serial_number.encode()),
    }
    wrong.update(fact for fact, (found, expected) in pairs.items() if not hmac.compare_digest(found, expected))
    if any(page.printed.serial_number != binding.serial_number for page in back.sheets):
        wrong.add("serial_number")


def _compare_people(back: ReadBack, content: Content, wrong: set[str]) -> None:
    kind = kind_of_content(content)
    untaxed = kind is Kind.TAXATION and isinstance(content, TaxCertificate) and not content.is_taxed
    if any((page.printed.kind, page.printed.is_untaxed) != (kind, untaxed) for page in back.sheets):
        wrong.add("kind")
        return
    expected = expected_people(content)
    if len(back.people) != len(expected):
        wrong.add("people")
        return
    for found, said in zip(back.people, expected, strict=True):
        wrong.update(item for item in found.keys() | said.keys() if found.get(item) != said.get(item))


def _compare_pages(back: ReadBack, content: Content, wrong: set[str]) -> None:
    count = back.pages
    if [(page.printed.page, page.printed.pages) for page in back.sheets] != [(one + 1, count) for one in range(count)]:
        wrong.add("pages")
    scope = expected_scope(content)
    if any(page.printed.scope != scope for page in back.sheets):
        wrong.add("scope")
    if not all(page.printed.eras_hold for page in back.sheets):
        wrong.add("era_date")


def _compare_issuer(back: ReadBack, issuer: IssuerText, wrong: set[str]) -> None:
    mayor = squeezed(installed_font().as_drawn(issuer.mayor_title + issuer.mayor_name))
    samples, mask, edge = _seal_digests(issuer.seal_png)
    for page in back.sheets:
        if not page.printed.rest.startswith(mayor + "この二次元コード"):
            wrong.add("issuer")
        seals = [
            image
            for image in page.images
            if image.samples_digest == samples and image.mask_digest == mask and (image.width, image.height) == edge
        ]
        if len(seals) != 1 or not _stands_once(seals[0], _SEAL_EDGE_MM):
            wrong.add("seal")


@functools.lru_cache(maxsize=8)
def _seal_digests(seal_png: bytes) -> tuple[bytes, bytes, tuple[int, int]]:
    with Image.open(io.BytesIO(seal_png), formats=("PNG",)) as image:
        seal = image.convert("RGBA")
    alpha = hashlib.sha256(seal.getchannel("A").tobytes()).digest()
    return hashlib.sha256(seal.convert("RGB").tobytes()).digest(), alpha, seal.size


def _stands_once(image: DrawnImage, edge_mm: float) -> bool:
    if len(image.on_paper_mm) != 1:
        return False
    return all(abs(found - edge_mm) <= _TOLERANCE_MM for found in image.on_paper_mm[0])


def _compare_codes(
    back: ReadBack, content: Content, binding: Binding, issuer: IssuerText, impression: bytes, wrong: set[str]
) -> None:
    """Each code must say what its own page says, and the digest in it must be that of the page's extracted text."""
    font = installed_font()
    people = [(font.as_drawn(one.name), one.birth_date) for one in people_of(content)]
    coded: list[tuple[str, object]] = []
    for number, page in enumerate(back.sheets, 1):
        code = page.code
        coded.extend((person.name, person.birth_date) for person in code.people)
        if page.printed.issued != era_date(code.issued_on):
            wrong.add("issued_on")
        agree = (
            code.municipality == issuer.municipality
            and code.kind is page.printed.kind
            and code.serial_number == binding.serial_number
            and (code.page, code.pages) == (number, back.pages)
            and hmac.compare_digest(code.text_digest, text_digest(page.text, impression))
        )
        if not agree:
            wrong.add("code")
    if coded != people:
        wrong.add("code")


class _Impression(NamedTuple):
    """The registered image: digests for the code and of the samples, size in pixels, edge in millimetres; small."""

    coded: bytes
    samples: bytes
    size: tuple[int, int]
    edge_mm: float
    small: SmallPicture


def _impression(content: SealRegistration) -> _Impression:
    with Image.open(io.BytesIO(content.seal_png), formats=("PNG",)) as image:
        bits = image.convert("1", dither=Image.Dither.NONE)
        edge_mm = bits.width / float(image.info["dpi"][0]) * 25.4
    pixels = bits.tobytes()
    coded = hashlib.sha256(b"%d %d " % bits.size + pixels).digest()
    return _Impression(coded, hashlib.sha256(pixels).digest(), bits.size, edge_mm, small_picture(bits, edge_mm))


def _compare_backs(back: ReadBack, issuer: IssuerText, impression: SmallPicture | None, wrong: set[str]) -> None:
    """Each back must say, letter by letter, what was read from its own front's glyphs, and show the same images."""
    seal = small_seal(issuer.seal_png, _SEAL_EDGE_MM)
    for number, (page, behind) in enumerate(zip(back.sheets, back.backs, strict=True), 1):
        place = (back.serial_number, number, back.pages)
        said = behind.statement
        agree = (
            (behind.serial_number, behind.page, behind.pages) == place
            and (said.serial_number, said.page, said.pages) == place
            and said.front.text == page.text
            and said.front.seal == seal
            and said.front.impression == impression
        )
        if not agree:
            wrong.add("back")


def _compare_impression(back: ReadBack, impression: _Impression, wrong: set[str]) -> None:
    for page in back.sheets:
        found = [
            image
            for image in page.images
            if image.samples_digest == impression.samples
            and not image.mask_digest
            and (image.width, image.height) == impression.size
        ]
        if len(found) != 1 or not _stands_once(found[0], impression.edge_mm):
            wrong.add("impression")
