"""Chance by seed: every draw of a world, and the count of every fault that was injected."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection
from typing import TypeVar

from itaku.issuance.simulator.odds import Odds

T = TypeVar("T")

_DRAWN_TOGETHER: dict[str, tuple[str, ...]] = {
    "network": ("lost", "twice", "late"),
    "commit": ("slow_commit", "crash_before_commit", "crash_after_commit"),
    "journal": ("crash_before_write", "crash_after_write"),
    "device": ("dead_device", "slow_device"),
    "sheet": ("jam", "cover_open", "paper_out", "abort", "stalled"),
    "render": ("slow_render", "render_failed", "wrong_document"),
    "payment": ("not_paid", "slow_payer", "cash_refuses"),
    "session": (
        "crash",
        "power_cut",
        "line_cut",
        "gives_up",
        "relay_cut",
        "city_cut",
        "record_refused",
        "intruder",
    ),
    "delta": ("delta_lost", "delta_twice", "delta_late"),
}
"""Faults of which one draw decides at once: at most one of them happens."""


class Chance:
    """One stream of random numbers. A fault kind named in `without` is never injected; its draws are still made."""

    def __init__(self, seed: int, odds: Odds, without: Collection[str] = ()) -> None:
        source = random.Random(seed)  # noqa: S311 a run must replay from its seed
        self.random = source.random
        self.bytes = source.randbytes
        self.faults: Counter[str] = Counter()
        self._odds = {kind: 0.0 if kind in without else p for kind, p in odds._asdict().items()}
        self._groups = {name: self._limits(kinds) for name, kinds in _DRAWN_TOGETHER.items()}
        self.limits = {name: total for name, (total, _) in self._groups.items()}
        """A draw below its group's limit is a fault: then, and only then, `which` is asked."""

    def below(self, limit: int) -> int:
        """0 to limit - 1."""
        return int(self.random() * limit)

    def between(self, low: int, high: int) -> int:
        """From low to high - 1."""
        return low + int(self.random() * (high - low))

    def one_of(self, choices: tuple[T, ...]) -> T:
        """Any of them."""
        return choices[int(self.random() * len(choices))]

    def hit(self, kind: str) -> bool:
        """Whether a fault of this kind happens now; counted if so."""
        if self.random() < self._odds[kind]:
            self.faults[kind] += 1
            return True
        return False

    def any_of(self, group: str) -> str:
        """Which fault of a group happens now; empty if none."""
        draw = self.random()
        return self.which(group, draw) if draw < self.limits[group] else ""

    def which(self, group: str, draw: float) -> str:
        """The fault of a group that a draw below the group's limit means."""
        kind = next(kind for limit, kind in self._groups[group][1] if draw < limit)
        self.faults[kind] += 1
        return kind

    def _limits(self, kinds: tuple[str, ...]) -> tuple[float, list[tuple[float, str]]]:
        total, limits = 0.0, []
        for kind in kinds:
            total += self._odds[kind]
            limits.append((total, kind))
        assert total <= 1, "faults drawn together have odds of at most 1"
        return total, limits
