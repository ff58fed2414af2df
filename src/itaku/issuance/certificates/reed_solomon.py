"""Reed-Solomon over GF(256) in blocks of 255 bytes: what a stain, a fold or a coarse scan took is computed again.

Encoding adds up what each byte at its place adds to the parity, from tables that grow as far as data reach, so that a
certificate's back costs a tenth of a millisecond.
Decoding is the plain textbook way (syndromes, Berlekamp-Massey, Chien, Forney): it runs where a scan is verified, where
tenths of a second do not matter.
"""

from __future__ import annotations

import functools
import operator

BLOCK = 255
"""Bytes of a block, data and parity together."""

_POLYNOMIAL = 0x11D


class TooDamaged(ValueError):  # noqa: N818 the name is what the block is
    """More bytes of a block are wrong than half of its parity."""


def _tables() -> tuple[list[int], list[int]]:
    power, log = [0] * 510, [0] * 256
    value = 1
    for exponent in range(255):
        power[exponent] = power[exponent + 255] = value
        log[value] = exponent
        value <<= 1
        if value & 0x100:
            value ^= _POLYNOMIAL
    return power, log


_POWER, _LOG = _tables()


def _times(left: int, right: int) -> int:
    return _POWER[_LOG[left] + _LOG[right]] if left and right else 0


@functools.cache
def _register(parity: int) -> tuple[int, ...]:
    """For each byte that leaves the register: what it adds to the state (the byte times the generator)."""
    generator = [1]
    for root in range(parity):
        shifted = [*generator, 0]
        for at, coefficient in enumerate(generator):
            shifted[at + 1] ^= _times(coefficient, _POWER[root])
        generator = shifted
    return tuple(
        int.from_bytes(bytes(_times(byte, coefficient) for coefficient in generator[1:]), "big") for byte in range(256)
    )


@functools.cache
def _places(parity: int) -> list[tuple[int, ...]]:
    """For each place of the data, the last one first: what each byte there adds to the parity. Grows when needed."""
    return [_register(parity)]


def parity_of(data: bytes, parity: int) -> bytes:
    """The parity bytes of one block; zeros in front of the data change nothing and cost nothing."""
    data = data.lstrip(b"\x00")
    places = _places(parity)
    while len(places) < len(data):
        places.append(_moved(places[-1], parity))
    state = functools.reduce(operator.xor, map(operator.getitem, places, data[::-1]), 0)
    return state.to_bytes(parity, "big")


def _moved(place: tuple[int, ...], parity: int) -> tuple[int, ...]:
    """What the same bytes add one place further to the front: the register is shifted once more."""
    register = _register(parity)
    top = 8 * (parity - 1)
    rest = (1 << top) - 1
    return tuple(((state & rest) << 8) ^ register[state >> top] for state in place)


def corrected(block: bytes, parity: int) -> tuple[bytes, int]:
    """The data of a received block of 255 bytes, and how many bytes were wrong; raises `TooDamaged`."""
    data, received = block[:-parity], block[-parity:]
    expected = parity_of(data, parity)
    if expected == received:
        return data, 0
    remainder = bytes(a ^ b for a, b in zip(expected, received, strict=True))
    syndromes = [_value(remainder, _POWER[root]) for root in range(parity)]
    locator = _locator(syndromes)
    errors = len(locator) - 1
    places = [place for place in range(BLOCK) if not _value(locator[::-1], _POWER[(255 - place) % 255])]
    if errors > parity // 2 or len(places) != errors:
        raise TooDamaged
    repaired = bytearray(block)
    for place, wrong in zip(places, _magnitudes(syndromes, locator, places), strict=True):
        repaired[BLOCK - 1 - place] ^= wrong
    whole = bytes(repaired)
    if parity_of(whole[:-parity], parity) != whole[-parity:]:
        raise TooDamaged
    return whole[:-parity], errors


def _value(polynomial: bytes | list[int], at: int) -> int:
    """The polynomial (highest power first) at a point."""
    exponent, value = _LOG[at], 0
    for coefficient in polynomial:
        value = (_POWER[_LOG[value] + exponent] if value else 0) ^ coefficient
    return value


def _locator(syndromes: list[int]) -> list[int]:
    """Berlekamp-Massey: the error locator, lowest power first."""
    locator, previous = [1], [1]
    length, shift, last = 0, 1, 1
    for index, syndrome in enumerate(syndromes):
        discrepancy = syndrome
        for at in range(1, min(length, len(locator) - 1) + 1):
            discrepancy ^= _times(locator[at], syndromes[index - at])
        if not discrepancy:
            shift += 1
            continue
        scale = _POWER[_LOG[discrepancy] + 255 - _LOG[last]]
        added = [0] * shift + [_times(scale, coefficient) for coefficient in previous]
        width = max(len(locator), len(added))
        changed = [
            (locator[at] if at < len(locator) else 0) ^ (added[at] if at < len(added) else 0) for at in range(width)
        ]
        if 2 * length <= index:
            previous, last, length, shift = locator, discrepancy, index + 1 - length, 1
        else:
            shift += 1
        locator = changed
    while locator[-1] == 0:
        locator.pop()
    if len(locator) - 1 != length:
        raise TooDamaged
    return locator


def _magnitudes(syndromes: list[int], locator: list[int], places: list[int]) -> list[int]:
    """Forney: by what each wrong byte is wrong."""
    evaluator = [
        functools.reduce(
            lambda total, at: total ^ _times(locator[at], syndromes[power - at]),
            range(min(power, len(locator) - 1) + 1),
            0,
        )
        for power in range(len(locator) - 1)
    ]
    slope = [coefficient if power % 2 == 0 else 0 for power, coefficient in enumerate(locator[1:])]
    found = []
    for place in places:
        inverse = _POWER[(255 - place) % 255]
        above, below = _value(evaluator[::-1], inverse), _value(slope[::-1], inverse)
        if not below:
            raise TooDamaged
        found.append(_times(_POWER[place], _POWER[_LOG[above] + 255 - _LOG[below]] if above else 0))
    return found
