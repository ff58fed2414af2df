"""The back of a sheet on a scan or photograph: its four corner squares, its small marks, its cells.

The corner squares give the projection, however the sheet lay; the small marks give what a projection does not: paper
that a feeder pulled unevenly, or that is not flat. Each tile is then taken through its own four marks, and a cell is
black if it is darker than what lies around it, so a shadow or a grey copy does no harm.
"""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Iterator

from PIL import Image, ImageChops, ImageFilter

from itaku.issuance.certificates.backside import DETECTION_AT_MM, FIELD_AT_MM
from itaku.issuance.certificates.pattern import DETECTION_CELLS, DETECTION_MM, detection_letters
from itaku.issuance.certificates.scramble import (
    CELL_MM,
    COLUMNS,
    CORNER,
    GUTTER,
    HEIGHT,
    PITCH,
    ROWS,
    TILE,
    WIDTH,
    corner_centres,
    mark_centres,
)

Point = tuple[float, float]

_FLAT = 4
"""Pixels of a cell in the flattened picture."""
_BELOW = 32
"""Cells below the field that are flattened too: there lies the detection pattern."""
_SHARES = (1.0, 0.8, 0.64, 0.5)
"""How much of the picture's length the sheet may take."""
_SOLID_MM = 5
_CANDIDATES_AT_MOST = 14
_REACH = 12
"""Pixels by which a mark may lie off the place where the projection has it: three cells."""
_FAINTEST = 50
_TILE_PIXELS = 4
_AROUND = 9


class Print(enum.StrEnum):
    """What the detection pattern looks like: a hint, since a good forger prints dots too."""

    FIRST = "first"
    """Fine and coarse dots are equally dark, as they were printed."""
    COPY = "copy"
    """The fine dots are gone, as on a photocopy."""
    UNCLEAR = "unclear"
    """Too coarse a scan, or the pattern is not on it."""


class FlatBack:
    """A back that was found: straight, in true proportions, upper edge up or down (the cells tell)."""

    def __init__(self, picture: Image.Image) -> None:
        self._picture = picture
        """Grey, `_FLAT` pixels a cell."""

    def cells(self) -> bytes:
        """The bytes that the tiles carry, some of them wrong."""
        marks = self._marks()
        found = []
        for row, column in itertools.product(range(ROWS), range(COLUMNS)):
            corner = row * (COLUMNS + 1) + column
            around = marks[corner], marks[corner + 1], marks[corner + COLUMNS + 2], marks[corner + COLUMNS + 1]
            found.append(self._tile(around))
        return b"".join(found)

    def detection(self) -> Print:
        """Whether fine and coarse dots of the detection pattern are equally dark."""
        left, top = ((a - b) / CELL_MM * _FLAT for a, b in zip(DETECTION_AT_MM, FIELD_AT_MM, strict=True))
        width, height = (edge / CELL_MM * _FLAT for edge in DETECTION_MM)
        box = (round(left), round(top), round(left + width), round(top + height))
        part = self._picture.crop(box)
        letters = detection_letters().resize(part.size, Image.Resampling.NEAREST)
        # A mask's inner parts only: a scan spreads a letter's edge over its neighbours.
        inner = letters.filter(ImageFilter.MinFilter(3))
        ground = letters.filter(ImageFilter.MaxFilter(5)).point(lambda value: 255 - value)
        paper = _level(part.histogram(), 0.9)
        coarse, fine = (max(0.0, paper - _mean(part.histogram(mask))) for mask in (inner, ground))
        if coarse + fine < 0.02 * paper:
            return Print.UNCLEAR
        difference = (coarse - fine) / (coarse + fine)
        if abs(difference) < 0.3:
            return Print.FIRST
        return Print.COPY if difference > 0.5 else Print.UNCLEAR

    def _marks(self) -> list[Point]:
        """Where the small marks' centres are; one that is stained is taken to lie off as the others do."""
        found: list[tuple[Point, Point | None]] = []
        for x, y in mark_centres():
            expected = (x * _FLAT, y * _FLAT)
            found.append((expected, self._mark(expected)))
        moves = [(at[0] - expected[0], at[1] - expected[1]) for expected, at in found if at is not None]
        usual = tuple(sum(move[axis] for move in moves) / len(moves) if moves else 0.0 for axis in (0, 1))
        return [at or (expected[0] + usual[0], expected[1] + usual[1]) for expected, at in found]

    def _mark(self, expected: Point) -> Point | None:
        """The best place for a black square of three cells in a white one of five, to a fraction of a pixel."""
        reach, outer, inner = _REACH, 5 * _FLAT, 3 * _FLAT
        left, top = round(expected[0] - outer / 2) - reach, round(expected[1] - outer / 2) - reach
        edge = outer + 2 * reach
        part = self._picture.crop((left, top, left + edge, top + edge))
        values = part.tobytes()
        sums = _integral(values, edge)
        rim = (outer - inner) // 2
        best, place = -1.0, (0, 0)
        for y, x in itertools.product(range(2 * reach + 1), repeat=2):
            dark = _sum(sums, x + rim, y + rim, inner)
            ring = (_sum(sums, x, y, outer) - dark) / (outer * outer - inner * inner)
            score = ring - dark / (inner * inner)
            if score > best:
                best, place = score, (x, y)
        if best < _FAINTEST:
            return None
        x, y = place
        rows = [values[(y + line) * edge + x : (y + line) * edge + x + outer] for line in range(outer)]
        paper = max(map(max, rows))
        weights = [[paper - value if paper - value > best / 2 else 0 for value in row] for row in rows]
        total = sum(map(sum, weights))
        across = sum(weight * column for row in weights for column, weight in enumerate(row)) / total
        down = sum(sum(row) * line for line, row in enumerate(weights)) / total
        return left + x + across + 0.5, top + y + down + 0.5

    def _tile(self, around: tuple[Point, Point, Point, Point]) -> bytes:
        near, far = GUTTER / 2 / PITCH, 1 - GUTTER / 2 / PITCH
        corners = [
            _between(around, across, down) for across, down in ((near, near), (near, far), (far, far), (far, near))
        ]
        edge = TILE * _TILE_PIXELS
        data = tuple(itertools.chain.from_iterable(corners))
        flat = self._picture.transform((edge, edge), Image.Transform.QUAD, data, Image.Resampling.BILINEAR)
        cells = flat.reduce(_TILE_PIXELS)
        usual = cells.filter(ImageFilter.BoxBlur(_AROUND))
        lighter = ImageChops.subtract(cells, usual, 1, 128).point([0] * 128 + [255] * 128)
        return lighter.convert("1", dither=Image.Dither.NONE).tobytes()


def flat_backs(scan: Image.Image) -> Iterator[FlatBack]:
    """The backs that may lie on a grey scan, the likelier first; each comes twice, once for either edge up."""
    for share in _SHARES:
        for corners in _corner_sets(scan, share):
            for turn in (0, 2):
                yield FlatBack(_flattened(scan, corners[turn:] + corners[:turn]))


def _corner_sets(scan: Image.Image, share: float) -> Iterator[list[Point]]:
    """Four squares each that stand as the corners do: upper left, upper right, lower right, lower left (or turned)."""
    per_mm = max(scan.size) * share / 297
    if per_mm < 2.5:
        return
    size = (max(1, round(scan.width / per_mm)), max(1, round(scan.height / per_mm)))
    small = scan.resize(size, Image.Resampling.BOX)
    darkest = 0.5 * _level(small.histogram(), 0.85)
    solid = small.filter(ImageFilter.MaxFilter(_SOLID_MM)).point(lambda value: 255 if value < darkest else 0)
    spots = _spots(solid)
    if not 4 <= len(spots) <= _CANDIDATES_AT_MOST:
        return
    centres = [_centre(scan, ((x + 0.5) * per_mm, (y + 0.5) * per_mm), per_mm) for x, y in spots]
    (left, top), (right, _), (_, bottom), _ = corner_centres()
    proportion = (right - left) / (bottom - top)
    for four in itertools.combinations(centres, 4):
        ordered = _as_sheet(list(four), proportion)
        if ordered is not None:
            yield ordered


def _spots(solid: Image.Image) -> list[Point]:
    """Centres of the connected white spots of a small picture; spots larger than a square can leave are no square."""
    width, height = solid.size
    pixels = bytearray(solid.tobytes())
    spots: list[Point] = []
    at = pixels.find(255)
    while at >= 0 and len(spots) <= _CANDIDATES_AT_MOST:
        waiting, members = [at], []
        pixels[at] = 0
        while waiting:
            here = waiting.pop()
            members.append((here % width, here // width))
            x, y = members[-1]
            for near_x, near_y in ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)):
                near = near_y * width + near_x
                if 0 <= near_x < width and 0 <= near_y < height and pixels[near]:
                    pixels[near] = 0
                    waiting.append(near)
        if len(members) <= 30:
            count = len(members)
            spots.append((sum(x for x, _ in members) / count, sum(y for _, y in members) / count))
        at = pixels.find(255, at)
    return spots


def _centre(scan: Image.Image, near: Point, per_mm: float) -> Point:
    """Centre of the dark mass within a square's own surroundings."""
    reach = round(CORNER * CELL_MM * 0.74 * per_mm)
    left, top = round(near[0]) - reach, round(near[1]) - reach
    part = scan.crop((left, top, left + 2 * reach, top + 2 * reach))
    middle = (_level(part.histogram(), 0.1) + _level(part.histogram(), 0.9)) / 2
    dark = part.point(lambda value: 255 if value < middle else 0)
    across = dark.resize((dark.width, 1), Image.Resampling.BOX).tobytes()
    down = dark.resize((1, dark.height), Image.Resampling.BOX).tobytes()
    if not any(across) or not any(down):
        return near
    return left + _balance(across), top + _balance(down)


def _balance(weights: bytes) -> float:
    return sum(weight * (index + 0.5) for index, weight in enumerate(weights)) / sum(weights)


def _as_sheet(points: list[Point], proportion: float) -> list[Point] | None:
    """The four in order around, a short side first, if they may be a sheet's corners in perspective."""
    middle = (sum(x for x, _ in points) / 4, sum(y for _, y in points) / 4)
    points.sort(key=lambda point: math.atan2(point[1] - middle[1], point[0] - middle[0]))
    sides = [math.dist(points[index], points[(index + 1) % 4]) for index in range(4)]
    if sides[0] + sides[2] > sides[1] + sides[3]:
        points = points[1:] + points[:1]
        sides = sides[1:] + sides[:1]
    if min(sides) <= 0:
        return None
    alike = all(0.75 < sides[index] / sides[index + 2] < 1.33 for index in (0, 1))
    diagonals = math.dist(points[0], points[2]) / math.dist(points[1], points[3])
    found = (sides[0] + sides[2]) / (sides[1] + sides[3])
    if not alike or not 0.8 < diagonals < 1.25 or not 0.85 < found / proportion < 1.18:
        return None
    return points


def _flattened(scan: Image.Image, corners: list[Point]) -> Image.Image:
    """The field straight and in true proportions."""
    per_cell = math.dist(corners[0], corners[1]) / (WIDTH - CORNER)
    factor = max(1, int(per_cell // _FLAT))
    reduced = scan.reduce(factor) if factor > 1 else scan
    source = [(x / factor, y / factor) for x, y in corners]
    target = [(x * _FLAT, y * _FLAT) for x, y in corner_centres()]
    size = (WIDTH * _FLAT, (HEIGHT + _BELOW) * _FLAT)
    return reduced.transform(
        size, Image.Transform.PERSPECTIVE, projection(target, source), Image.Resampling.BILINEAR, fillcolor=255
    )


def projection(target: list[Point], source: list[Point]) -> tuple[float, ...]:
    """The eight coefficients by which a picture's pixels are fetched from another one, from four pairs of points."""
    rows = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows.append([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u])
        rows.append([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v])
    for column in range(8):
        pivot = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = rows[column][column]
        rows[column] = [value / scale for value in rows[column]]
        for row in range(8):
            if row != column and rows[row][column]:
                times = rows[row][column]
                rows[row] = [a - times * b for a, b in zip(rows[row], rows[column], strict=True)]
    return tuple(row[8] for row in rows)


def _between(around: tuple[Point, Point, Point, Point], across: float, down: float) -> Point:
    """The point at these shares of the way over four corners (clockwise from the upper left)."""
    shares = ((1 - across) * (1 - down), across * (1 - down), across * down, (1 - across) * down)
    return (
        sum(share * point[0] for share, point in zip(shares, around, strict=True)),
        sum(share * point[1] for share, point in zip(shares, around, strict=True)),
    )


def _integral(values: bytes, edge: int) -> list[list[int]]:
    sums = [[0] * (edge + 1)]
    for line in range(edge):
        row, above = [0], sums[-1]
        total = 0
        for column in range(edge):
            total += values[line * edge + column]
            row.append(above[column + 1] + total)
        sums.append(row)
    return sums


def _sum(sums: list[list[int]], x: int, y: int, edge: int) -> int:
    return sums[y + edge][x + edge] - sums[y][x + edge] - sums[y + edge][x] + sums[y][x]


def _level(histogram: list[int], share: float) -> int:
    """The grey below which this share of the pixels lies."""
    left = share * sum(histogram)
    for value, count in enumerate(histogram):
        left -= count
        if left <= 0:
            return value
    return 255


def _mean(histogram: list[int]) -> float:
    return sum(value * count for value, count in enumerate(histogram)) / max(1, sum(histogram))


assert DETECTION_CELLS[1] * CELL_MM + DETECTION_AT_MM[1] - FIELD_AT_MM[1] < (HEIGHT + _BELOW) * CELL_MM
