"""`itaku soak`: ten million simulated issuances in slices, resumable; an object for each slice, and their total."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from itaku.issuance.simulator.soak import ISSUANCES, Slice, Total, slices, total

_decoder = msgspec.json.Decoder(Slice)


def run(
    directory: Path, seed: int, show: Callable[[str], object], *, issuances: int = ISSUANCES, processes: int = 2
) -> Total:
    """Goes on where the file of this seed ends, shows each slice as one line of JSON, and answers the total.

    The file `SEED.jsonl` in the directory keeps a line for every slice that is done; whoever stops the soak loses the
    slices under way and nothing else.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{seed}.jsonl"
    parts = finished(path)
    with path.open("ab") as file:
        for part in slices(seed, issuances, {part.slice for part in parts}, processes):
            line = msgspec.json.encode(part)
            file.write(line + b"\n")
            file.flush()
            show(line.decode())
            parts.append(part)
    return total(seed, issuances, parts)


def finished(path: Path) -> list[Slice]:
    """The slices that a file says are done; a last line that was cut off is dropped from the file."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        path.write_bytes(whole)
    return [_decoder.decode(line) for line in whole.splitlines()]


def unfinished_seed(directory: Path, issuances: int = ISSUANCES) -> int | None:
    """The seed of the soak that was begun last and has slices to go; None if there is none."""
    for path in sorted(directory.glob("*.jsonl"), key=lambda path: path.stat().st_mtime, reverse=True):
        parts = finished(path)
        if sum(part.issuances for part in parts) < issuances:
            return int(path.stem)
    return None
