"""The words and blocks of a whole certificate of any kind, page by page, before they are typeset."""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec
from PIL import Image

from itaku.basis.eras import era_date
from itaku.issuance.certificates import record_items, register_sheet, resident_record, seal_registration, tax_sheet
from itaku.issuance.certificates.code import CodedPerson, squeezed
from itaku.issuance.certificates.completeness import require_complete
from itaku.issuance.certificates.content import (
    Binding,
    IssuerText,
    ResidentRecord,
    ResidentRecordItems,
    SealRegistration,
)
from itaku.issuance.certificates.contents import Content, Named, kind_of_content, people_of
from itaku.issuance.certificates.layout import Block, Fitter, text_of
from itaku.issuance.certificates.register_facts import AddressRecordCertificate, FamilyRegisterCertificate
from itaku.issuance.certificates.tax_facts import TaxCertificate
from itaku.issuance.protocol.kinds import Kind

_AFTER_GAP_MM = 4.0
_LOWEST_AFTER_MM = 231.9
"""Where the line under the last block stands at the lowest: close above the certifying part."""


class Words(msgspec.Struct, frozen=True):
    """What a certificate calls itself and states, and the form (`forms/NAME.typ`) that draws it."""

    title: str
    document_title: str
    title_en: str
    tracking_pt: float
    statement: str
    form: str = "record"


_OF_REGISTER = "戸籍に記録されている事項の{}を証明する。"
_OF_TAX = "上記のとおり、相違ないことを証明する。"

WORDS: dict[Kind, Words] = {
    Kind.RESIDENT_RECORD: Words(
        "住民票", "住民票の写し", "Copy of Resident Record", 24.0, "この写しは、住民票の原本と相違ないことを証明する。"
    ),
    Kind.RESIDENT_RECORD_ITEMS: Words(
        "住民票記載事項証明書",
        "住民票記載事項証明書",
        "Certificate of Items in the Resident Record",
        7.0,
        "この事項は、住民票に記載があることを証明する。",
    ),
    Kind.SEAL_REGISTRATION: Words(
        "印鑑登録証明書",
        "印鑑登録証明書",
        "Certificate of Seal Registration",
        11.0,
        "この写しは、登録された印影と相違ないことを証明する。",
        "seal-registration",
    ),
    Kind.INCOME: Words("所得証明書", "所得証明書", "Certificate of Income", 14.0, _OF_TAX),
    Kind.TAXATION: Words("課税証明書", "課税証明書", "Certificate of Taxation", 14.0, _OF_TAX),
    Kind.TAX_PAYMENT: Words("納税証明書", "納税証明書", "Certificate of Tax Payment", 14.0, _OF_TAX),
    Kind.FAMILY_REGISTER_ALL: Words(
        "戸籍全部事項証明書",
        "戸籍全部事項証明書",
        "Certificate of All Matters in the Family Register",
        8.0,
        _OF_REGISTER.format("全部"),
    ),
    Kind.FAMILY_REGISTER_INDIVIDUAL: Words(
        "戸籍個人事項証明書",
        "戸籍個人事項証明書",
        "Certificate of Individual Matters in the Family Register",
        8.0,
        _OF_REGISTER.format("一部"),
    ),
    Kind.FAMILY_REGISTER_ADDRESS: Words(
        "戸籍の附票",
        "戸籍の附票の写し",
        "Copy of the Family Register's Address Record",
        0.0,
        "この写しは、戸籍の附票の原本と相違ないことを証明する。",
    ),
}

NON_TAXATION = Words(
    "非課税証明書",
    "非課税証明書",
    "Certificate of Non-Taxation",
    12.0,
    "市民税・県民税が課税されていないことを証明する。",
)
"""What 課税（非課税）証明書 is for whoever is not taxed."""

END_OF_RECORD = "（以下余白）"
GOES_ON = "（次のページに続く）"


class PageText(msgspec.Struct, frozen=True):
    """One page: its blocks, what stands under them, its number, and whose facts it carries."""

    number: int
    count: int
    blocks: tuple[Block, ...]
    after: str
    after_y_mm: float
    people: tuple[CodedPerson, ...]

    @property
    def number_text(self) -> str:
        """Such as （1／2）."""
        return f"（{self.number}／{self.count}）"


class Composition(msgspec.Struct, frozen=True):
    """A certificate's pages with the registered impression, if there is one, and its edge in millimetres."""

    kind: Kind
    scope: str
    pages: tuple[PageText, ...]
    impression: Image.Image | None
    impression_mm: float
    untaxed: bool = False
    """非課税: the facts chose the other of two titles."""

    @property
    def words(self) -> Words:
        """What this certificate calls itself and states."""
        return NON_TAXATION if self.untaxed else WORDS[self.kind]

    @property
    def impression_digest(self) -> bytes:
        """SHA-256 of the impression's pixels; empty without one."""
        return b"" if self.impression is None else pixel_digest(self.impression.tobytes(), *self.impression.size)


def pixel_digest(pixels: bytes, width: int, height: int) -> bytes:
    """SHA-256 of an image's size and samples."""
    return hashlib.sha256(b"%d %d " % (width, height) + pixels).digest()


def compose(content: Content, fitter: Fitter) -> Composition:
    """Checks required items, glyphs and lengths, and lays the record out on pages.

    Raises `RecordIncomplete`, `MissingGlyph`, `TextTooLong`, before anything is drawn.
    """
    require_complete(content)
    kind = kind_of_content(content)
    impression, edge_mm = None, 0.0
    if isinstance(content, SealRegistration):
        impression, edge_mm = seal_registration.impression(content)
    return Composition(
        kind,
        scope_statement(content),
        _numbered(_blocks(content, fitter), people_of(content), fitter),
        impression,
        edge_mm,
        untaxed=kind is Kind.TAXATION and isinstance(content, TaxCertificate) and not content.is_taxed,
    )


def scope_statement(content: Content) -> str:
    """世帯全員, 世帯の一部, 戸籍の一部 or the fiscal year, as the form says it beside the serial number."""
    match content:
        case ResidentRecord() | ResidentRecordItems():
            return "世帯全員" if content.whole else "世帯の一部"
        case TaxCertificate():
            return f"{fiscal_year(content.fiscal_year)}（{_income_year(content.fiscal_year - 1)}分）"
        case FamilyRegisterCertificate() | AddressRecordCertificate():
            return "全員" if content.whole else "一部"
        case SealRegistration():
            return ""


def fiscal_year(year: int) -> str:
    """年度 by the era in which it begins (1 April), such as 令和8年度."""
    return era_date(dt.date(year, 4, 1)).split("年", 1)[0] + "年度"


def _income_year(year: int) -> str:
    """The calendar year of the income by the era at its end, such as 令和7年中."""
    return era_date(dt.date(year, 12, 31)).split("年", 1)[0] + "年中"


def _blocks(content: Content, fitter: Fitter) -> tuple[tuple[Block, ...], ...]:
    match content:
        case ResidentRecord():
            return resident_record.pages_of(content, fitter)
        case ResidentRecordItems():
            return record_items.pages_of(content, fitter)
        case SealRegistration():
            return (seal_registration.blocks_of(content, fitter),)
        case TaxCertificate():
            return (tax_sheet.blocks_of(content, fitter),)
        case FamilyRegisterCertificate():
            return register_sheet.pages_of(content, fitter)
        case AddressRecordCertificate():
            return register_sheet.address_pages_of(content, fitter)


def _numbered(pages: tuple[tuple[Block, ...], ...], people: tuple[Named, ...], fitter: Fitter) -> tuple[PageText, ...]:
    """Each page with its number and the people on it; a certificate of one person has one page."""
    texts: list[PageText] = []
    heads = sum(map(len, pages)) - len(people)
    after = iter(people)
    for number, blocks in enumerate(pages, 1):
        # Of several people each has one block; what else stands on a page is the same head on all of them.
        on_page = people if len(people) == 1 else tuple(next(after) for _ in blocks[heads // len(pages) :])
        texts.append(
            PageText(
                number=number,
                count=len(pages),
                blocks=blocks,
                after=END_OF_RECORD if number == len(pages) else GOES_ON,
                after_y_mm=_under(blocks[-1]),
                people=tuple(CodedPerson(fitter.as_drawn(person.name), person.birth_date) for person in on_page),
            )
        )
    return tuple(texts)


def _under(block: Block) -> float:
    return min(block.y_mm + block.height_mm + _AFTER_GAP_MM, _LOWEST_AFTER_MM)


def mayor_line(issuer: IssuerText) -> str:
    """Title and name of the mayor."""
    return f"{issuer.mayor_title}　　{issuer.mayor_name}"


def serial_line(serial_number: str) -> str:
    """発行番号."""
    return f"発行番号　{serial_number}"


def notes(issuer: IssuerText) -> tuple[str, ...]:
    """What the code proves and what it cannot prove."""
    return (
        "この二次元コードで、発行者と記載内容を、通信なしで確かめられます。",
        f"返金により無効となった証明書かどうかは、{issuer.municipality_name}のウェブサイトで確かめられます。",
        "The code proves issuer and content offline; whether a certificate was voided is answered online only.",
    )


def page_text(
    composition: Composition, page: PageText, binding: Binding, issuer: IssuerText, issued_on: dt.date
) -> str:
    """All text of a page in the order in which `forms/frame.typ` draws it, without white space."""
    words = composition.words
    return squeezed(
        "".join(
            (
                words.title,
                words.title_en,
                composition.scope,
                serial_line(binding.serial_number),
                page.number_text,
                text_of(page.blocks),
                page.after,
                words.statement,
                era_date(issued_on),
                mayor_line(issuer),
                *notes(issuer),
            )
        )
    )
