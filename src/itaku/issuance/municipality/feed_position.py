"""Where a replica stands in its numbered feed, sans-I/O: what becomes of a delta, and whether the replica is proven.

The replica in the database and the one of the simulator both ask here, so that a doubt is the same doubt in both.
"""

from __future__ import annotations

import msgspec

from itaku.basis.clock import InstantMs
from itaku.issuance.municipality.feed import FeedAnswer, Outcome


class Position(msgspec.Struct, frozen=True):
    """After which delta a replica stands. Any doubt is kept until it is healed."""

    last_seq: int
    """Number of the delta that was applied last."""
    seen_seq: int
    """Highest number that was seen: more than the last while some are missing."""
    as_of: InstantMs
    """The source's clock when the replica last equalled it."""
    contradicted: bool = False
    """Something contradicts what was applied: only a snapshot heals it."""

    @property
    def proven(self) -> bool:
        """Whether nothing is missing and nothing contradicts."""
        return self.last_seq == self.seen_seq and not self.contradicted

    @property
    def wanted_seq(self) -> int:
        """Number of the delta that comes next; 0 for a snapshot."""
        return 0 if self.contradicted else self.last_seq + 1

    def answer(self, outcome: Outcome) -> FeedAnswer:
        """What the source is told."""
        return FeedAnswer(outcome, self.wanted_seq, proven=self.proven)


def judge(position: Position, seq: int, as_of: InstantMs, digest: bytes, known: bytes | None) -> Outcome:
    """What becomes of a delta: applied if it is the next one, a repetition, a gap or a contradiction.

    `digest` tells its content; `known` is the digest under which its number was applied, None if that is not kept any
    more. Where it is not known (before the snapshot, or long ago), a delta that is no younger than the replica is a
    repetition, and a younger one comes from a source that has started its numbers again.
    """
    if position.contradicted:
        return Outcome.CONTRADICTION
    if seq > position.last_seq + 1:
        return Outcome.GAP
    if seq == position.last_seq + 1:
        return Outcome.APPLIED
    again = as_of <= position.as_of if known is None else known == digest
    return Outcome.DUPLICATE if again else Outcome.CONTRADICTION


def moved(position: Position, outcome: Outcome, seq: int, as_of: InstantMs) -> Position:
    """Where the replica stands after a delta that was judged so."""
    seen = max(position.seen_seq, seq)
    if outcome is Outcome.APPLIED:
        return Position(seq, seen, as_of)
    if outcome is Outcome.GAP:
        return msgspec.structs.replace(position, seen_seq=seen)
    if outcome is Outcome.CONTRADICTION:
        return msgspec.structs.replace(position, contradicted=True)
    return position
