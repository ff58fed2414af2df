"""The index of what is due and the wakes are caches: on every day they say what a full replay says."""

from __future__ import annotations

import pytest
from contracts_chance import DAYS, FIRST, random_events
from contracts_lives import DELIVERY

from itaku.basis.clock import InstantMs
from itaku.contracts.engine.events import midnight_after
from itaku.contracts.engine.result import replay
from itaku.contracts.keeping.due_index import as_seen, due_rows

HOURS = 3_600_000
SEEDS = 12


def mismatches(seed: int, *, wakes: bool) -> tuple[int, int, int]:
    """Days compared, days that differ, and renewals that time alone asked for."""
    events = random_events(seed)
    days = differ = woken = 0
    known = 0
    rows, wake = (), None
    for number in range(0, DAYS + 200, 2):
        now = InstantMs(midnight_after(FIRST) + number * 24 * HOURS + (seed + number) % 24 * HOURS)
        told = [event for event in events if event.at <= now or event.voids]
        fresh = len(told) != known
        if fresh or (wakes and wake is not None and wake <= now):
            woken += not fresh
            made = replay(DELIVERY, told, now)
            rows, wake, known = due_rows(made), made.wake_at, len(told)
            continue
        days += 1
        differ += tuple(as_seen(row, now) for row in rows) != due_rows(replay(DELIVERY, told, now))
    return days, differ, woken


@pytest.mark.parametrize("seed", range(SEEDS))
def test_index_and_wakes_equal_a_full_replay_on_every_day(seed: int) -> None:
    days, differ, _ = mismatches(seed, wakes=True)
    assert days > 250
    assert differ == 0


def test_without_waking_the_index_would_be_wrong() -> None:
    assert sum(mismatches(seed, wakes=False)[1] for seed in range(3)) > 10


def test_random_lives_reach_most_provisions() -> None:
    reached = set()
    for seed in range(SEEDS):
        result = replay(DELIVERY, random_events(seed), InstantMs(midnight_after(FIRST) + DAYS * 24 * HOURS))
        reached |= {view.provision for view in result.views.values()}
    assert len(reached) >= 40


def test_the_order_in_which_events_became_known_changes_nothing_but_ties() -> None:
    for seed in range(SEEDS):
        events = [event for event in random_events(seed) if event.voids is None]
        at = InstantMs(midnight_after(FIRST) + DAYS * 24 * HOURS)
        again = replay(DELIVERY, list(reversed(events)), at)
        assert replay(DELIVERY, events, at).views == again.views
