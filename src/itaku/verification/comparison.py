"""A scanned front laid over the one that the issuer printed: are they the same, and where are they not?

The code's four corners give a first idea of how the sheet lies; then ruled blocks and text are followed outwards until
the whole sheet fits. What is compared is the white of title, panels and blocks, window by window: how well the dark of
the one follows the dark of the other, with half a millimetre of play. The tint between them is not compared.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Sequence

import msgspec
from PIL import Image, ImageDraw, ImageFilter, ImageMath

from itaku.issuance.certificates.backside import Front
from itaku.verification.redrawn import DPI, SIZE
from itaku.verification.scanned_back import Point

_PER_MM = DPI / 25.4
_CODE_CENTRE_MM = (39.5, 261.0)
_WINDOW = 15
"""Pixels of a compared window's edge: 2.5 mm, less than a character of 10.5 points."""
_PLAY = 3
_LEAST_INK = 9.0
"""Root mean square of darkness (of 255) in a window that is compared at all."""
_ADDED = 2.2 * _LEAST_INK
"""The same in a window that should be blank: more is something added."""
_LIKE = 0.72
"""How well the darkness of a window must follow: 0.76 and more in the worst scans tried, 0.6 with one digit changed."""
_FINE_ENOUGH = 1.6
"""Pixels of the scan to one of the picture drawn again (150 dpi): below 240 dpi a changed digit and a worn copier look
alike, so nothing is decided there, neither way."""
_ALIGNING = ((3, 7, 7), (2, 4, 4), (1, 3, 4))
"""Steps of fitting: reduction of the picture, pixels of reach, and blocks' edge in tenths of their size."""
_FITTED_AT_LEAST = 12

Box = tuple[int, int, int, int]


class Comparison(msgspec.Struct, frozen=True):
    """What the two fronts laid over each other show."""

    compared: int
    """Windows with ink in one of the two; 0 if the scan could not be laid over."""
    different: tuple[Box, ...]
    """Places that differ, in pixels of the picture drawn again."""
    coarse: bool = False
    """Whether the scan is too coarse for a verdict: then the places are for a person's eye only."""

    @property
    def alike(self) -> bool:
        """Whether everything that was compared is the same, and finely enough to say so."""
        return self.compared > 0 and not self.different and not self.coarse


def compared(
    scan: Image.Image, corners: Sequence[Point], front: Front, drawn: Image.Image
) -> tuple[Comparison, Image.Image]:
    """The comparison of a grey scan with the front drawn again, and the scan laid straight.

    `corners` are those of the code on the scan: upper left, upper right, lower right, lower left.
    """
    grey = drawn.convert("L")
    areas = [*_areas(front), _title_area(grey)]
    mask = Image.new("L", SIZE, 0)
    for area in areas:
        mask.paste(255, area)
    mask.paste(0, _code_box(front))
    half = front.code_mm / 2
    x, y = _CODE_CENTRE_MM
    at = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    pairs = [((a * _PER_MM, b * _PER_MM), corner) for (a, b), corner in zip(at, corners, strict=True)]
    fit = _affine(pairs)
    for reduction, reach, edge in _ALIGNING:
        found = _followed(scan, fit, grey, mask, reduction, reach, edge)
        if len(found) < _FITTED_AT_LEAST:
            return Comparison(0, ()), _laid(scan, fit, 1)
        fit = _trimmed(found, projective=reduction == 1)
    straight = _laid(scan, fit, 1)
    coarse = math.hypot(fit[0], fit[3]) < _FINE_ENOUGH
    return msgspec.structs.replace(_windows(straight, grey, mask), coarse=coarse), straight


def marked(straight: Image.Image, comparison: Comparison) -> Image.Image:
    """The scan laid straight, with the places that differ framed in red."""
    shown = straight.convert("RGB")
    draw = ImageDraw.Draw(shown)
    for left, top, right, bottom in comparison.different:
        draw.rectangle((left - 4, top - 4, right + 4, bottom + 4), outline=(200, 0, 0), width=3)
    return shown


def _areas(front: Front) -> list[Box]:
    """What is white on a front: panels and ruled blocks, a little inside of their frames."""
    boxes = [(16.0, 30.0, 178.0, 7.0), (16.0, 236.0, 178.0, 50.0)]
    boxes.extend(
        (block.x_mm, block.y_mm, sum(block.columns_mm), sum(row.height_mm for row in block.rows))
        for block in front.blocks
    )
    return [
        (
            round((x + 0.6) * _PER_MM),
            round((y + 0.6) * _PER_MM),
            round((x + width - 0.6) * _PER_MM),
            round((y + height - 0.6) * _PER_MM),
        )
        for x, y, width, height in boxes
    ]


def _title_area(drawn: Image.Image) -> Box:
    """The title with the little white that it has around it."""
    left, top, right, bottom = 0, round(9 * _PER_MM), SIZE[0], round(26 * _PER_MM)
    ink = drawn.crop((left, top, right, bottom)).point(lambda value: 255 if value < 128 else 0).getbbox()
    if ink is None:
        return (0, 0, 0, 0)
    reach = round(_PER_MM)
    return ink[0] - reach, top + ink[1] - reach, ink[2] + reach, top + ink[3] + reach


def _code_box(front: Front) -> Box:
    reach = front.code_mm / 2 + 1.5
    x, y = _CODE_CENTRE_MM
    return (
        round((x - reach) * _PER_MM),
        round((y - reach) * _PER_MM),
        round((x + reach) * _PER_MM),
        round((y + reach) * _PER_MM),
    )


# --- how the sheet lies

Fit = tuple[float, float, float, float, float, float, float, float]


def _laid(scan: Image.Image, fit: Fit, reduction: int) -> Image.Image:
    """The scan laid straight, as large as the picture drawn again over `reduction`."""
    coarse = max(1, int(math.hypot(fit[0], fit[3]) * reduction))
    source = scan.reduce(coarse) if coarse > 1 else scan
    a, b, c, d, e, f, g, h = fit
    k = reduction
    numbers = (a * k / coarse, b * k / coarse, c / coarse, d * k / coarse, e * k / coarse, f / coarse, g * k, h * k)
    size = (SIZE[0] // k, SIZE[1] // k)
    return source.transform(size, Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BILINEAR, fillcolor=255)


def _darkness(picture: Image.Image) -> Image.Image:
    """How much darker than the paper around it each pixel is, slightly smoothed, as floats."""
    coarse = picture.reduce(12).filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.BoxBlur(3))
    paper = coarse.resize(picture.size, Image.Resampling.BILINEAR)
    soft = picture.filter(ImageFilter.GaussianBlur(1.0))
    dark: Image.Image = ImageMath.lambda_eval(
        lambda sides: sides["max"](sides["float"](sides["p"]) - sides["float"](sides["s"]), 0.0), p=paper, s=soft
    )
    return dark


def _product(left: Image.Image, right: Image.Image, window: int) -> list[float]:
    """Mean product in each window."""
    both: Image.Image = ImageMath.lambda_eval(lambda sides: sides["a"] * sides["b"], a=left, b=right)
    return _values(both.reduce(window))


def _values(picture: Image.Image) -> list[float]:
    """The pixels of a picture of floats, row by row."""
    return list(struct.unpack(f"{picture.width * picture.height}f", picture.tobytes()))


def _best_shifts(
    scan: Image.Image, drawn: Image.Image, window: int, reach: int
) -> tuple[list[tuple[float, int, int]], list[float], list[float]]:
    """For each window: the best likeness with its shift; and the mean square of darkness in the drawn and the scan."""
    own = _product(drawn, drawn, window)
    best = [(-1.0, 0, 0)] * len(own)
    scanned: list[float] = [0.0] * len(own)
    for dy, dx in sorted(itertools.product(range(-reach, reach + 1), repeat=2), key=lambda move: math.hypot(*move)):
        moved = scan.transform(scan.size, Image.Transform.AFFINE, (1, 0, dx, 0, 1, dy))
        across = _product(moved, drawn, window)
        square = _product(moved, moved, window)
        if not dx and not dy:
            scanned = square
        for index, (product, left, right) in enumerate(zip(across, square, own, strict=True)):
            if left > 0 and right > 0:
                likeness = product / math.sqrt(left * right)
                if likeness > best[index][0]:
                    best[index] = (likeness, dx, dy)
    return best, own, scanned


def _followed(
    scan: Image.Image, fit: Fit, drawn: Image.Image, mask: Image.Image, reduction: int, reach: int, edge_tenths: int
) -> list[tuple[Point, Point]]:
    """Where blocks of the picture lie on the scan, as far as they are found."""
    laid = _darkness(_laid(scan, fit, reduction))
    size = laid.size
    target = _darkness(drawn.resize(size, Image.Resampling.BOX))
    shown = mask.resize(size, Image.Resampling.NEAREST)
    target = Image.composite(target, Image.new("F", size, 0.0), shown)
    window = round(edge_tenths * 100 * _PER_MM / 25.4 / reduction)
    best, own, _ = _best_shifts(laid, target, window, reach)
    columns = -(-size[0] // window)
    found = []
    for index, ((likeness, dx, dy), square) in enumerate(zip(best, own, strict=True)):
        if likeness < 0.55 or square < _LEAST_INK**2 or max(abs(dx), abs(dy)) >= reach:
            continue
        x = ((index % columns + 0.5) * window) * reduction
        y = ((index // columns + 0.5) * window) * reduction
        found.append(((x, y), _applied(fit, (x + dx * reduction, y + dy * reduction))))
    return found


def _applied(fit: Fit, point: Point) -> Point:
    a, b, c, d, e, f, g, h = fit
    x, y = point
    below = g * x + h * y + 1
    return (a * x + b * y + c) / below, (d * x + e * y + f) / below


def _affine(pairs: Sequence[tuple[Point, Point]]) -> Fit:
    """The best even stretching and turning of points onto points."""
    rows = [[x, y, 1.0] for (x, y), _ in pairs]
    a, b, c = _least_squares(rows, [u for _, (u, _) in pairs])
    d, e, f = _least_squares(rows, [v for _, (_, v) in pairs])
    return a, b, c, d, e, f, 0.0, 0.0


def _projective(pairs: Sequence[tuple[Point, Point]]) -> Fit:
    rows, values = [], []
    for (x, y), (u, v) in pairs:
        rows += [[x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y]]
        values += [u, v]
    a, b, c, d, e, f, g, h = _least_squares(rows, values)
    return a, b, c, d, e, f, g, h


def _trimmed(pairs: list[tuple[Point, Point]], *, projective: bool) -> Fit:
    """A fit that a few wrongly followed blocks do not pull away."""
    fit = _affine(pairs)
    for _ in range(3):
        off = sorted((math.dist(_applied(fit, at), found), (at, found)) for at, found in pairs)
        kept = [pair for _, pair in off[: max(_FITTED_AT_LEAST, len(off) * 8 // 10)]]
        fit = _projective(kept) if projective else _affine(kept)
    return fit


def _least_squares(rows: list[list[float]], values: list[float]) -> list[float]:
    """The solution of the normal equations, with columns scaled so that none drowns another."""
    width = len(rows[0])
    scales = [max(abs(row[column]) for row in rows) or 1.0 for column in range(width)]
    scaled = [[value / scale for value, scale in zip(row, scales, strict=True)] for row in rows]
    table = [
        [sum(row[i] * row[j] for row in scaled) for j in range(width)]
        + [sum(row[i] * value for row, value in zip(scaled, values, strict=True))]
        for i in range(width)
    ]
    for column in range(width):
        pivot = max(range(column, width), key=lambda row: abs(table[row][column]))
        table[column], table[pivot] = table[pivot], table[column]
        below = table[column][column] or 1e-12
        table[column] = [value / below for value in table[column]]
        for row in range(width):
            times = table[row][column]
            if row != column and times:
                table[row] = [a - times * b for a, b in zip(table[row], table[column], strict=True)]
    return [row[width] / scale for row, scale in zip(table, scales, strict=True)]


# --- what differs


def _windows(straight: Image.Image, drawn: Image.Image, mask: Image.Image) -> Comparison:
    nothing = Image.new("F", SIZE, 0.0)
    inner = mask.filter(ImageFilter.MinFilter(2 * _PLAY + 1))
    scan = Image.composite(_darkness(straight), nothing, mask)
    target = Image.composite(_darkness(drawn), nothing, inner)
    best, own, scanned = _best_shifts(scan, target, _WINDOW, _PLAY)
    columns = -(-SIZE[0] // _WINDOW)
    inside = inner.reduce(_WINDOW).tobytes()
    contrast = _contrast(own, scanned)
    count = 0
    different: list[Box] = []
    for index, (likeness, _, _) in enumerate(best):
        if inside[index] < 250:
            continue
        drawn_here = own[index] >= _LEAST_INK**2
        added = not drawn_here and scanned[index] * contrast >= _ADDED**2
        count += drawn_here
        if added or (drawn_here and likeness < _LIKE):
            left, top = index % columns * _WINDOW, index // columns * _WINDOW
            different.append((left, top, left + _WINDOW, top + _WINDOW))
    return Comparison(count, _joined(different))


def _contrast(own: list[float], scanned: list[float]) -> float:
    """By how much the scan's ink is paler than what was drawn."""
    both = [(a, b) for a, b in zip(own, scanned, strict=True) if a > _LEAST_INK**2 and b > 1]
    return sum(a for a, _ in both) / max(1.0, sum(b for _, b in both)) if both else 1.0


def _joined(boxes: list[Box]) -> tuple[Box, ...]:
    """Windows that touch, as one place."""
    places: list[Box] = []
    for box in boxes:
        merged = box
        rest = []
        for other in places:
            near = _WINDOW
            apart = (
                merged[0] > other[2] + near
                or other[0] > merged[2] + near
                or merged[1] > other[3] + near
                or other[1] > merged[3] + near
            )
            if apart:
                rest.append(other)
            else:
                merged = (
                    min(merged[0], other[0]),
                    min(merged[1], other[1]),
                    max(merged[2], other[2]),
                    max(merged[3], other[3]),
                )
        places = [*rest, merged]
    return tuple(sorted(places, key=lambda place: (place[1], place[0])))
