"""What the back of a sheet says: the whole front once more, signed, to be read by a machine and compared by a person.

The scrambled picture holds what the typesetter was given for this very page (texts, ruled blocks, and small pictures of
seal and impression), bound to the code on the front and signed by the same key in a context of its own. Decoded, it is
drawn again as it was; so whoever holds the paper sees what the issuer printed beside what the paper shows now. Nobody
without the issuer's key can make a back that fits an altered front.
"""

from __future__ import annotations

import functools
import hashlib
import io
import re
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from itaku.issuance.certificates.code import BACK_CONTEXT, CodeSigner, squeezed, unverified_payload, verified_payload
from itaku.issuance.certificates.failures import BadCode
from itaku.issuance.certificates.layout import Block
from itaku.issuance.certificates.pattern import DETECTION_MM
from itaku.issuance.certificates.scramble import CELL_MM, HEIGHT, WIDTH, scrambled, unscrambled

VERSION = 1
SHEET_MM = (210.0, 297.0)
FIELD_MM = (WIDTH * CELL_MM, HEIGHT * CELL_MM)
"""Width and height of the scrambled picture on paper."""
FIELD_AT_MM = ((SHEET_MM[0] - FIELD_MM[0]) / 2, 23.5)
"""Its upper left corner."""
DETECTION_AT_MM = ((SHEET_MM[0] - DETECTION_MM[0]) / 2, 278.5)
"""Upper left corner of the detection pattern."""
PIXELS_PER_MM = 8
"""Resolution of the small pictures of seal and impression."""

TITLE = "証明書の裏面"
TITLE_EN = "Back of the certificate"
EXPLANATION = (
    "下の模様は、表の記載を発行者が署名して暗号にした画像です。表の二次元コードとあわせて読み取ると、表の記載が現れます。",
    "The pattern holds the signed front; with the front's code it is decoded and compared. Do not fold or stain it.",
)

_LARGEST_UNPACKED = 1 << 18
_BACK_TEXT = re.compile(
    re.escape(squeezed(TITLE + TITLE_EN))
    + r"発行番号(?P<serial>[0-9A-Za-z-]+)（(?P<page>\d+)／(?P<pages>\d+)）"
    + re.escape(squeezed("".join(EXPLANATION)))
)


class SmallPicture(msgspec.Struct, frozen=True, array_like=True):
    """A square black-and-white picture: 1 bit a pixel in packed rows, 1 for white, and its true edge."""

    pixels: int
    bits: bytes
    edge_mm: float

    def image(self) -> Image.Image:
        """The picture as a 1-bit image."""
        return Image.frombytes("1", (self.pixels, self.pixels), self.bits)


class FrontCell(msgspec.Struct, frozen=True, array_like=True):
    """A cell of a ruled block as it was typeset, see `layout.Cell`."""

    role: str
    lines: tuple[str, ...]
    size_pt: float
    span: int
    tracking_pt: float


class FrontRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of a ruled block."""

    height_mm: float
    cells: tuple[FrontCell, ...]


class FrontBlock(msgspec.Struct, frozen=True, array_like=True):
    """A ruled block at its place, see `layout.Block`."""

    x_mm: float
    y_mm: float
    columns_mm: tuple[float, ...]
    rows: tuple[FrontRow, ...]


class Front(msgspec.Struct, frozen=True, array_like=True):
    """All that a front shows but its code, which holders of the front have, and the tint, which is always the same."""

    title: str
    title_tracking_pt: float
    title_en: str
    scope: str
    serial: str
    number_text: str
    blocks: tuple[FrontBlock, ...]
    after: str
    after_y_mm: float
    statement: str
    issued_on: str
    mayor: str
    notes: tuple[str, ...]
    code_mm: float
    seal: SmallPicture
    impression: SmallPicture | None

    @property
    def text(self) -> str:
        """All text of the front in the order in which it is drawn, without white space."""
        lines = (line for block in self.blocks for row in block.rows for cell in row.cells for line in cell.lines)
        return squeezed(
            "".join(
                (
                    self.title,
                    self.title_en,
                    self.scope,
                    self.serial,
                    self.number_text,
                    *lines,
                    self.after,
                    self.statement,
                    self.issued_on,
                    self.mayor,
                    *self.notes,
                )
            )
        )


class BackStatement(msgspec.Struct, frozen=True, array_like=True):
    """What is signed on a back: which sheet it belongs to, and its front."""

    version: int
    serial_number: str
    page: int
    pages: int
    front_code_sha256: bytes
    """Of the signed bytes in the front's code: a back of another sheet does not pass."""
    front: Front


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(BackStatement)


def front_of(
    data: Mapping[str, Any],
    page: Mapping[str, Any],
    blocks: tuple[Block, ...],
    seal: SmallPicture,
    impression: SmallPicture | None,
) -> Front:
    """The front of one page from what the typesetter is given: the form's data and the entry of its page."""
    return Front(
        title=data["title"],
        title_tracking_pt=data["title_tracking_pt"],
        title_en=data["title_en"],
        scope=data["scope"],
        serial=data["serial"],
        number_text=page["number_text"],
        blocks=tuple(_front_block(block) for block in blocks),
        after=page["after"],
        after_y_mm=page["after_y_mm"],
        statement=data["statement"],
        issued_on=data["issued_on"],
        mayor=data["mayor"],
        notes=tuple(data["notes"]),
        code_mm=page["code_mm"],
        seal=seal,
        impression=impression,
    )


def _front_block(block: Block) -> FrontBlock:
    rows = tuple(
        FrontRow(
            row.height_mm,
            tuple(
                FrontCell(cell.role.value, cell.lines, cell.size_pt, cell.span, cell.tracking_pt) for cell in row.cells
            ),
        )
        for row in block.rows
    )
    return FrontBlock(block.x_mm, block.y_mm, block.columns_mm, rows)


def back_picture(
    signer: CodeSigner, front_code: bytes, serial_number: str, page: int, pages: int, front: Front
) -> bytes:
    """The rows of a front's scrambled picture (`scramble.scrambled`); `RenderFailed` if it holds more than fits."""
    digest = hashlib.sha256(front_code).digest()
    statement = BackStatement(VERSION, serial_number, page, pages, digest, front)
    payload = zlib.compress(_ENCODER.encode(statement), 6)
    return scrambled(signer.sign_payload(payload, BACK_CONTEXT), front_code)


def verified_back(
    cells: bytes, front_code: bytes, keys: Mapping[bytes, ec.EllipticCurvePublicKey]
) -> tuple[BackStatement, int]:
    """The statement that scanned cells carry, if a known key signed it for this front; and how many bytes were wrong.

    Raises `BadCode`.
    """
    signed, repaired = unscrambled(cells, front_code)
    return _statement(verified_payload(signed, keys, BACK_CONTEXT), front_code), repaired


def unverified_back(cells: bytes, front_code: bytes) -> BackStatement:
    """The statement of undamaged cells, whoever signed it: for the issuer's own read-back. Raises `BadCode`."""
    signed, repaired = unscrambled(cells, front_code)
    if repaired:
        raise BadCode("the back is damaged")
    return _statement(unverified_payload(signed), front_code)


def _statement(payload: bytes, front_code: bytes) -> BackStatement:
    unpacker = zlib.decompressobj()
    try:
        encoded = unpacker.decompress(payload, _LARGEST_UNPACKED)
        statement = _DECODER.decode(encoded)
    except (zlib.error, msgspec.DecodeError) as error:
        raise BadCode("not a back of this kind") from error
    if not unpacker.eof or unpacker.unused_data or statement.version != VERSION:
        raise BadCode("not a back of this kind")
    if statement.front_code_sha256 != hashlib.sha256(front_code).digest():
        raise BadCode("the back belongs to another front")
    return statement


def back_text(serial: str, number_text: str) -> tuple[str, ...]:
    """The lines printed on a back, in the order in which they are drawn."""
    return (TITLE, TITLE_EN, serial, number_text, *EXPLANATION)


def read_back_text(text: str) -> tuple[str, int, int] | None:
    """Serial number, page and pages from a back's text without white space; `None` if it says anything else."""
    match = _BACK_TEXT.fullmatch(text)
    return None if match is None else (match["serial"], int(match["page"]), int(match["pages"]))


def form_data() -> dict[str, object]:
    """Texts of the back, and its places and sizes in millimetres, for the form."""
    return {
        "title": TITLE,
        "title_en": TITLE_EN,
        "explanation": EXPLANATION,
        "field_alt": "表の記載を署名して暗号にした画像",
        "detection_alt": "複写を見分けるための模様",
        "field_x_mm": FIELD_AT_MM[0],
        "field_y_mm": FIELD_AT_MM[1],
        "field_width_mm": FIELD_MM[0],
        "field_height_mm": FIELD_MM[1],
        "detection_x_mm": DETECTION_AT_MM[0],
        "detection_y_mm": DETECTION_AT_MM[1],
        "detection_width_mm": DETECTION_MM[0],
        "detection_height_mm": DETECTION_MM[1],
    }


def small_picture(bits: Image.Image, edge_mm: float) -> SmallPicture:
    """A square 1-bit image (black on white) at the back's resolution."""
    pixels = max(1, round(edge_mm * PIXELS_PER_MM))
    small = bits.convert("L").resize((pixels, pixels), Image.Resampling.BOX)
    return SmallPicture(pixels, small.point(_HALF, "1").tobytes(), edge_mm)


@functools.lru_cache(maxsize=8)
def small_seal(seal_png: bytes, edge_mm: float) -> SmallPicture:
    """The office seal's ink as a small picture."""
    with Image.open(io.BytesIO(seal_png), formats=("PNG",)) as image:
        ink = image.convert("RGBA").getchannel("A")
    return small_picture(ink.point([255 - value for value in range(256)]), edge_mm)


_HALF = [0] * 160 + [255] * 96
"""Thin strokes of a seal fill less than half of a pixel."""
