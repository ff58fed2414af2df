"""Copies of a record made in memory, as the export writes them."""

from __future__ import annotations

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import SeededRandomness
from itaku.record.copy_format import Header, checkpoint_line, entry_line
from itaku.record.entry import make_entry
from itaku.record.note import Checkpoint, Signer
from itaku.record.tree import EMPTY_CHAIN, Frontier, chain_hash, leaf_hash


def bodies(count: int, seed: int = 3) -> list[bytes]:
    randomness = SeededRandomness(seed)
    return [make_entry(randomness, "test", InstantMs(1_760_000_000_000 + n), {"n": n}).body for n in range(count)]


def copy_lines(signer: Signer, batches: list[int], seed: int = 3) -> list[tuple[str, bytes]]:
    """The lines of a copy, each with the place by which the verifier should name it."""
    lines: list[tuple[str, bytes]] = []
    frontier, chain = Frontier(), EMPTY_CHAIN
    rest = iter(bodies(sum(batches), seed))
    for number, batch in enumerate(batches):
        for _ in range(batch):
            body = next(rest)
            leaf = leaf_hash(body)
            chain = chain_hash(chain, leaf)
            lines.append((f"entry {frontier.size}", entry_line(frontier.size, body, leaf, chain)))
            frontier.append(leaf)
        checkpoint = Checkpoint(
            signer.public_key.origin, number, frontier.size, frontier.root(), chain, 1_760_000_000_000 + number
        )
        note = signer.sign(checkpoint)
        lines.append((f"checkpoint {number}", checkpoint_line(note)))
    header = Header(signer.public_key.text(), note)
    return [("header", header.line()), *lines]


def joined(lines: list[tuple[str, bytes]]) -> bytes:
    return b"".join(line for _, line in lines)
