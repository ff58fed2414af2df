"""The scrambled picture on the back as cells of black and white: from bytes to cells, and back from what was scanned.

A field of 4 x 5 tiles of 64 x 64 cells, each cell 0.68 mm (8 pixels of a 300-dpi scan), with white gutters between them
in whose crossings a small black mark stands: a scanner stretches paper unevenly, and each tile is found by the four
marks around it. A large black square at each corner lets the whole be found, however it lies.

The bytes are protected by Reed-Solomon blocks, interleaved over the whole field so that a stain takes a little of each,
and enciphered (AES-256-CTR) under a key that only the code on the front gives: the back alone tells nothing about
anybody, and it looks like noise, which also makes each tile half black.
"""

from __future__ import annotations

import functools
import hashlib
import struct
from collections.abc import Iterator
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from PIL import Image

from itaku.issuance.certificates.failures import BadCode, RenderFailed
from itaku.issuance.certificates.reed_solomon import BLOCK, TooDamaged, corrected, parity_of

CELL_MM = 16 / 600 * 25.4
"""Edge of a cell on paper, 16 dots at 600 dpi."""
TILE, GUTTER = 64, 5
"""Cells of a tile's edge, and of the white between tiles."""
COLUMNS, ROWS = 4, 5
PITCH = TILE + GUTTER
CORNER, CORNER_GAP = 9, 3
"""Cells of a corner square's edge, and of white between it and the field."""
WIDTH = COLUMNS * PITCH + GUTTER
HEIGHT = ROWS * PITCH + GUTTER + 2 * (CORNER + CORNER_GAP)
"""Cells of the whole picture."""
TOP = CORNER + CORNER_GAP
"""Cells from the picture's upper edge to the field."""

_TILE_BYTES = TILE * TILE // 8
_BLOCKS = COLUMNS * ROWS * _TILE_BYTES // BLOCK
_FIELD_BYTES = COLUMNS * ROWS * _TILE_BYTES
_LENGTH_BYTES = 2
_DATA_CHOICES = (63, 95, 127, 159, 191, 223)
"""Data bytes of a block: the fewest that hold the content, so that most of the field repairs the rest."""
_KEY_CONTEXT = b"itaku back side, cells, 1"

LARGEST = _BLOCKS * _DATA_CHOICES[-1] - _LENGTH_BYTES
"""Bytes that a back can carry at most."""


def mark_centres() -> tuple[tuple[float, float], ...]:
    """Centres of the small marks in cells from the picture's upper left corner, row by row."""
    return tuple(
        (column * PITCH + GUTTER / 2, TOP + row * PITCH + GUTTER / 2)
        for row in range(ROWS + 1)
        for column in range(COLUMNS + 1)
    )


def corner_centres() -> tuple[tuple[float, float], ...]:
    """Centres of the corner squares in cells: upper left, upper right, lower right, lower left."""
    near, right, bottom = CORNER / 2, WIDTH - CORNER / 2, HEIGHT - CORNER / 2
    return (near, near), (right, near), (right, bottom), (near, bottom)


def tile_places() -> tuple[tuple[int, int], ...]:
    """Upper left cell of each tile, row by row: the order in which they carry the bytes."""
    return tuple(
        (GUTTER + column * PITCH, TOP + GUTTER + row * PITCH) for row in range(ROWS) for column in range(COLUMNS)
    )


_ROW_BYTES = -(-WIDTH // 8)
_SHIFTS = tuple(8 * _ROW_BYTES - (GUTTER + column * PITCH) - TILE for column in range(COLUMNS))
"""How far the cells of each column's tile stand from the end of a row that is read as one number."""
_WORDS = struct.Struct(f">{COLUMNS * ROWS * TILE}Q")
"""The bytes of all tiles as one number for each of their rows."""


class _Column(NamedTuple):
    """A column of tiles in the picture's bytes, moved so that its cells fill whole ones, after a row of nothing."""

    shift: int
    """Bits to the left by which the picture is moved."""
    starts: tuple[int, ...]
    """Where each row of each tile stands then."""


def _columns() -> Iterator[_Column]:
    for column in range(COLUMNS):
        places = tile_places()[column::COLUMNS]
        left = places[0][0]
        rows = (_ROW_BYTES + (top + line) * _ROW_BYTES + left // 8 for _, top in places for line in range(TILE))
        yield _Column(left % 8, tuple(rows))


_COLUMNS = tuple(_columns())


@functools.cache
def _frame() -> bytes:
    """The rows of the picture, its tiles black."""
    frame = Image.new("1", (WIDTH, HEIGHT), 1)
    for x, y in corner_centres():
        left, top = int(x - CORNER / 2), int(y - CORNER / 2)
        frame.paste(0, (left, top, left + CORNER, top + CORNER))
    for x, y in mark_centres():
        frame.paste(0, (int(x) - 1, int(y) - 1, int(x) + 2, int(y) + 2))
    return _with_tiles(frame, 0)


def _with_tiles(picture: Image.Image, colour: int) -> bytes:
    for x, y in tile_places():
        picture.paste(colour, (x, y, x + TILE, y + TILE))
    return picture.tobytes()


@functools.cache
def _frame_rows() -> tuple[int, ...]:
    rows = _frame()
    return tuple(int.from_bytes(rows[at : at + _ROW_BYTES], "big") for at in range(0, len(rows), _ROW_BYTES))


@functools.cache
def _around() -> tuple[int, int]:
    """As numbers: 1 for each pixel that is in no tile, and what stands there."""
    tiles = int.from_bytes(_with_tiles(Image.new("1", (WIDTH, HEIGHT), 0), 1), "big")
    return ~tiles & (1 << 8 * _ROW_BYTES * HEIGHT) - 1, int.from_bytes(_frame(), "big")


def _lines() -> Iterator[tuple[int, int, int]]:
    """Row of the picture, place among the tiles' rows, and shift, of each row of each tile."""
    for index, (_, top) in enumerate(tile_places()):
        for line in range(TILE):
            yield top + line, index * TILE + line, _SHIFTS[index % COLUMNS]


_LINES = tuple(_lines())


def scrambled(content: bytes, front_code: bytes) -> bytes:
    """The rows of the picture that carries the content for holders of the front's code; `RenderFailed`.

    One pixel a cell and eight to a byte, 1 for white, each row filled up with zeros to whole bytes.
    """
    framed = len(content).to_bytes(_LENGTH_BYTES, "big") + content
    per_block = next((size for size in _DATA_CHOICES if size * _BLOCKS >= len(framed)), None)
    if per_block is None:
        raise RenderFailed("the back has no room")
    # Zeros in front of each block's data cost no time; the content fills the blocks evenly from their ends.
    used = -(-len(framed) // _BLOCKS)
    framed = framed.ljust(used * _BLOCKS, b"\x00")
    parity = BLOCK - per_block
    stream = bytearray(_FIELD_BYTES)
    for index in range(_BLOCKS):
        data = framed[index::_BLOCKS]
        block = data.rjust(per_block, b"\x00") + parity_of(data, parity)
        stream[index : _BLOCKS * BLOCK : _BLOCKS] = block
    words = _WORDS.unpack(_enciphered(bytes(stream), front_code))
    picture = list(_frame_rows())
    for row, word, shift in _LINES:
        picture[row] |= words[word] << shift
    return b"".join([row.to_bytes(_ROW_BYTES, "big") for row in picture])


def cells_of(picture: bytes) -> bytes:
    """The bytes in the tiles of a picture's rows (see `scrambled`); `BadCode` if all around is not as it must be."""
    if len(picture) != HEIGHT * _ROW_BYTES:
        raise BadCode("the back has another size")
    number = int.from_bytes(picture, "big")
    outside, frame = _around()
    if number & outside != frame:
        raise BadCode("the back has no marks")
    columns: list[list[bytes]] = []
    for shift, starts in _COLUMNS:
        moved = (number << shift).to_bytes(_ROW_BYTES * (HEIGHT + 1), "big")
        tiles = b"".join([moved[start : start + TILE // 8] for start in starts])
        columns.append([tiles[at : at + _TILE_BYTES] for at in range(0, len(tiles), _TILE_BYTES)])
    return b"".join([tile for row in zip(*columns, strict=True) for tile in row])


def unscrambled(cells: bytes, front_code: bytes) -> tuple[bytes, int]:
    """The content that the cells carry, and how many bytes had to be repaired; `BadCode` if it cannot be read."""
    if len(cells) != _FIELD_BYTES:
        raise BadCode("the back has another size")
    stream = _enciphered(cells, front_code)[: _BLOCKS * BLOCK]
    for per_block in _DATA_CHOICES:
        parts: list[bytes] = []
        wrong = 0
        try:
            for index in range(_BLOCKS):
                data, errors = corrected(stream[index::_BLOCKS], BLOCK - per_block)
                parts.append(data)
                wrong += errors
        except TooDamaged:
            continue
        return _content(parts), wrong
    raise BadCode("the back cannot be read")


def _content(parts: list[bytes]) -> bytes:
    """The content of the blocks; where they begin is told by the length, which all that is not zero must meet."""
    per_block = len(parts[0])
    for used in range(per_block, 0, -1):
        size = int.from_bytes(bytes(part[-used] for part in parts[:_LENGTH_BYTES]), "big")
        if size and -(-(size + _LENGTH_BYTES) // _BLOCKS) == used:
            framed = b"".join(map(bytes, zip(*(part[-used:] for part in parts), strict=True)))
            return framed[_LENGTH_BYTES : _LENGTH_BYTES + size]
    raise BadCode("the back is empty")


def _enciphered(stream: bytes, front_code: bytes) -> bytes:
    """Enciphers and deciphers. The key serves for this one page only, so the counter may begin at zero."""
    key = hashlib.sha256(_KEY_CONTEXT + front_code).digest()
    return Cipher(algorithms.AES256(key), modes.CTR(bytes(16))).encryptor().update(stream)
