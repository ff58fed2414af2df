from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itaku.record.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_ranges,
    fold,
    inclusion_ranges,
    is_consistent,
    leaf_hash,
    node_hash,
    places,
    root_by_inclusion,
)

# The inputs and roots with which implementations of RFC 6962 are commonly checked.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves):
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def naive_path(index, leaves):
    """RFC 6962 section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def naive_proof(old, leaves, *, whole=True):
    """RFC 6962 section 2.1.2, word for word."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if old <= split:
        return [*naive_proof(old, leaves[:split], whole=whole), naive_root(leaves[split:])]
    return [*naive_proof(old - split, leaves[split:], whole=False), naive_root(leaves[:split])]


def some_leaves(count):
    return [leaf_hash(n.to_bytes(4, "big")) for n in range(count)]


def stored(leaves):
    frontier, nodes = Frontier(), {}
    for index, leaf in enumerate(leaves):
        nodes[0, index] = leaf
        nodes |= {(level, at): value for level, at, value in frontier.append(leaf)}
    return lambda entries: fold([nodes[place] for place in places(entries)])


def test_the_root_of_an_empty_tree_is_the_hash_of_nothing():
    assert Frontier().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_published_vectors(size):
    frontier = Frontier()
    for data in INPUTS[:size]:
        frontier.append(leaf_hash(data))
    assert frontier.root().hex() == ROOTS[size - 1]


def test_the_published_inclusion_proofs_hold():
    subtree = stored([leaf_hash(data) for data in INPUTS])
    path = [subtree(entries).hex() for entries in inclusion_ranges(0, 8)]
    assert path == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    root = root_by_inclusion(leaf_hash(INPUTS[0]), 0, 8, [bytes.fromhex(item) for item in path])
    assert root.hex() == ROOTS[7]


def test_the_published_consistency_proof_from_6_to_8_holds():
    subtree = stored([leaf_hash(data) for data in INPUTS])
    assert [subtree(entries).hex() for entries in consistency_ranges(6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_inclusion_proof_is_the_one_of_the_definition(data):
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    leaves = some_leaves(size)
    subtree = stored(leaves)
    path = [subtree(entries) for entries in inclusion_ranges(index, size)]
    assert path == naive_path(index, leaves)
    assert root_by_inclusion(leaves[index], index, size, path) == naive_root(leaves)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index)) if size > 1 else None
    if other is not None:
        assert root_by_inclusion(leaves[other], index, size, path) != naive_root(leaves)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_consistency_proof_is_the_one_of_the_definition(data):
    new = data.draw(st.integers(1, 300))
    old = data.draw(st.integers(1, new))
    leaves = some_leaves(new)
    subtree = stored(leaves)
    path = [subtree(entries) for entries in consistency_ranges(old, new)]
    assert path == naive_proof(old, leaves)
    old_root, new_root = naive_root(leaves[:old]), naive_root(leaves)
    assert is_consistent(old, old_root, new, new_root, path)
    changed = naive_root([leaf_hash(b"x"), *leaves[1:old]])
    assert not is_consistent(old, changed, new, new_root, path)
    if path:
        assert not is_consistent(old, old_root, new, new_root, path[:-1])
        assert not is_consistent(old, old_root, new, new_root, [*path[:-1], leaf_hash(b"x")])


def test_all_small_trees_prove_all_their_pasts():
    leaves = some_leaves(40)
    subtree = stored(leaves)
    for new in range(41):
        for old in range(new + 1):
            path = [subtree(entries) for entries in consistency_ranges(old, new)]
            assert is_consistent(old, naive_root(leaves[:old]), new, naive_root(leaves[:new]), path)


def test_a_proof_asked_for_outside_the_tree_is_refused():
    with pytest.raises(ValueError, match="no such entry"):
        inclusion_ranges(5, 5)
    with pytest.raises(ValueError, match="only grows"):
        consistency_ranges(6, 5)
