"""The Merkle tree of the record (RFC 6962 section 2): hashes, frontier, inclusion and consistency.

Needs nothing of ours, so that the verifier stands alone.
A tree of `size` entries is named by its root. A complete subtree is named by `(level, index)`: it holds the entries
`index * 2**level` up to but not including `(index + 1) * 2**level`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without entries."""

EMPTY_CHAIN = bytes(HASH_BYTES)
"""The chain value before the first entry."""

Place = tuple[int, int]
"""A complete subtree: level, index."""

Range = tuple[int, int]
"""Entries from the first number up to but not including the second."""


def leaf_hash(body: bytes) -> bytes:
    """The hash of an entry: SHA-256 over 0x00 and its body."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees: SHA-256 over 0x01 and both hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def chain_hash(previous: bytes, leaf: bytes) -> bytes:
    """The chain value after an entry: SHA-256 over 0x02, the value before it and the entry's leaf hash.

    The tree proves; the chain, being linear, tells *which* entry was touched.
    """
    return hashlib.sha256(b"\x02" + previous + leaf).digest()


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root over neighbouring complete subtrees, given from left (largest) to right (smallest)."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def places(entries: Range) -> list[Place]:
    """The complete subtrees of which a range consists, left to right; its start must be aligned to its largest one."""
    start, end = entries
    found: list[Place] = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start % (1 << level):
            raise ValueError("the range does not start at a subtree")
        found.append((level, start >> level))
        start += 1 << level
    return found


class Frontier:
    """The right edge of a growing tree: the complete subtrees from which the next root is made.

    `peaks` are the hashes of `places((0, size))`; a new tree has none.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError("a frontier has one hash for each bit of its size")

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Adds an entry's leaf hash; gives the subtrees completed by it as level (1 and up), index, hash."""
        completed: list[tuple[int, int, bytes]] = []
        level, index = 0, self.size
        while index & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            level, index = level + 1, index >> 1
            completed.append((level, index, leaf))
        self.peaks.append(leaf)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        return fold(self.peaks)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The subtrees whose hashes prove that entry `index` is in the tree of `size` entries (PATH), nearest first."""
    if not 0 <= index < size:
        raise ValueError("no such entry in the tree")
    ranges: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old_size: int, new_size: int) -> list[Range]:
    """The subtrees whose hashes prove that the tree of `new_size` begins with that of `old_size` (PROOF)."""
    if not 0 <= old_size <= new_size:
        raise ValueError("a record only grows")
    ranges: list[Range] = []
    start, end = 0, new_size
    if old_size in {0, new_size}:
        return ranges
    while old_size < end:
        middle = start + _split(end - start)
        if old_size <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:  # otherwise the last subtree is the old tree itself, which the reader knows
        ranges.append((start, end))
    return ranges[::-1]


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that the path gives to the leaf at `index`; `ValueError` if the path does not have the right length."""
    ranges = inclusion_ranges(index, size)
    if len(ranges) != len(path):
        raise ValueError("a path of the wrong length")
    for (start, _end), sibling in zip(ranges, path, strict=True):
        leaf = node_hash(leaf, sibling) if start > index else node_hash(sibling, leaf)
    return leaf


def is_consistent(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the tree of `new_root` begins with the tree of `old_root`."""
    ranges = consistency_ranges(old_size, new_size)
    if len(ranges) != len(path):
        return False
    if old_size == 0:
        return old_root == EMPTY_ROOT
    if old_size == new_size:
        return old_root == new_root
    steps = list(zip(ranges, path, strict=True))
    # The first subtree ends where the old tree ends: it is part of both, or it is the old tree itself.
    if ranges[0][1] == old_size:
        old = new = steps.pop(0)[1]
    else:
        old = new = old_root
    for (start, _end), sibling in steps:
        if start < old_size:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    return old == old_root and new == new_root


def _split(size: int) -> int:
    """The largest power of two below `size` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)
