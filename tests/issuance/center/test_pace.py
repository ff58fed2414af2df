"""Pace: new sessions are held back when documents take long, as many as are too many, and never one under way."""

from __future__ import annotations

import itertools

from kiosk_by_hand import code_of

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.issuance.center.pace import Pace
from itaku.issuance.protocol import messages as m
from itaku.sandbox.town import CODE

NOW = 1_790_000_000_000
TARGET_MS = 250


class Line:
    """A municipality with one clerk who takes so long for each document, and people who come before its pace."""

    def __init__(self, each_ms: int, choice_ms: int = 0) -> None:
        self.pace = Pace(TARGET_MS)
        self.each_ms = each_ms
        self.choice_ms = choice_ms
        self.choosing: list[tuple[int, IssuanceId]] = []
        self.waiting: list[tuple[int, IssuanceId]] = []
        self.done_at = 0
        self.refused = 0
        self.took_ms: list[tuple[int, int]] = []
        self._ids = itertools.count(1)

    def come(self, every_ms: int, first_ms: int, last_ms: int) -> None:
        """One asks to begin every so often; the clerk works one millisecond after the other."""
        for at in range(first_ms, last_ms):
            now = InstantMs(NOW + at)
            if (at - first_ms) % every_ms == 0:
                issuance_id = IssuanceId(next(self._ids).to_bytes(16, "big"))
                if self.pace.admits(issuance_id, now):
                    self.choosing.append((at + self.choice_ms, issuance_id))
                else:
                    self.refused += 1
            while self.choosing and self.choosing[0][0] <= at:
                _, issuance_id = self.choosing.pop(0)
                self.pace.applied(issuance_id, now)
                if not self.waiting:
                    self.done_at = at + self.each_ms
                self.waiting.append((at, issuance_id))
            if self.waiting and self.done_at <= at:
                since, issuance_id = self.waiting.pop(0)
                self.done_at = at + self.each_ms
                self.pace.answered(issuance_id, now, made=True)
                self.took_ms.append((at, at - since))

    def slowest_ms(self, since_ms: int) -> int:
        return max(took for at, took in self.took_ms if at >= since_ms)


def test_a_municipality_that_keeps_up_holds_nobody_back():
    line = Line(each_ms=50)
    line.come(every_ms=55, first_ms=0, last_ms=30_000)
    assert line.refused == 0
    assert line.pace.standing(InstantMs(NOW + 30_000)).most is None


def test_at_twice_what_can_be_done_half_is_refused_and_nobody_waits_long():
    line = Line(each_ms=50)
    line.come(every_ms=25, first_ms=0, last_ms=60_000)
    assert line.slowest_ms(5_000) < 3 * TARGET_MS
    served = len(line.took_ms)
    assert served > 0.95 * 60_000 / 50, "the clerk is never without work"
    assert line.refused > 0.9 * served


def test_people_who_take_their_time_to_choose_are_counted_before_they_wait():
    """Twenty seconds lie between `Open` and application: who was let in too many is noticed twenty seconds late."""
    line = Line(each_ms=50, choice_ms=20_000)
    line.come(every_ms=40, first_ms=0, last_ms=300_000)
    assert line.slowest_ms(60_000) < 1_000, "the first ones too many were let in before anything could be known"
    assert len(line.took_ms) > 0.98 * 280_000 / 50


def test_after_the_rush_everybody_is_let_in_again():
    line = Line(each_ms=50)
    line.come(every_ms=10, first_ms=0, last_ms=20_000)
    assert line.refused
    line.come(every_ms=100, first_ms=20_000, last_ms=40_000)
    line.refused = 0
    line.come(every_ms=60, first_ms=40_000, last_ms=60_000)
    assert line.refused == 0
    assert line.pace.standing(InstantMs(NOW + 60_000)).most is None


def test_a_municipality_that_stands_still_is_noticed_though_it_answers_nothing():
    pace = Pace(TARGET_MS)
    ids = [IssuanceId(bytes([number]) * 16) for number in range(6)]
    for issuance_id in ids[:5]:
        assert pace.admits(issuance_id, InstantMs(NOW))
        pace.applied(issuance_id, InstantMs(NOW))
    assert not pace.admits(ids[5], InstantMs(NOW + 600))


def test_one_large_household_alone_holds_nobody_back():
    pace = Pace(TARGET_MS)
    large, *others = [IssuanceId(bytes([number]) * 16) for number in range(9)]
    assert pace.admits(large, InstantMs(NOW))
    pace.applied(large, InstantMs(NOW))
    assert all(pace.admits(issuance_id, InstantMs(NOW + 5_000)) for issuance_id in others)


def test_who_asks_twice_with_the_same_id_takes_one_place_and_who_leaves_gives_it_back():
    pace = Pace(TARGET_MS)
    one = IssuanceId(b"1" * 16)
    assert pace.admits(one, InstantMs(NOW))
    assert pace.admits(one, InstantMs(NOW + 1_000))
    assert pace.standing(InstantMs(NOW)).under_way == 1
    pace.left(one)
    assert pace.standing(InstantMs(NOW)).under_way == 0
    assert pace.admits(one, InstantMs(NOW))
    assert pace.standing(InstantMs(NOW + 180_500)).under_way == 0, "whoever walked away is forgotten"


def test_a_clock_that_is_moved_neither_closes_the_door_nor_counts_as_waiting():
    pace = Pace(TARGET_MS)
    for number in range(1, 6):
        issuance_id = IssuanceId(bytes([number]) * 16)
        pace.admits(issuance_id, InstantMs(NOW))
        pace.applied(issuance_id, InstantMs(NOW))
        pace.answered(issuance_id, InstantMs(NOW - 3_600_000), made=True)
    assert pace.admits(IssuanceId(b"x" * 16), InstantMs(NOW - 3_600_000))


async def test_a_long_line_refuses_at_open_alone(chain):
    """Those let in before go on to their end while nobody else may begin."""
    inside = [await chain.kiosk().opened(card) for card in ("r0001", "r0002", "r0001")]
    pace = chain.policy.admission.pace(CODE)
    now = chain.now()
    for number in range(9):
        pace.applied(IssuanceId(bytes([200 + number]) * 16), InstantMs(now - 2_000))
    chain.clock.advance(600)
    chain.as_of = chain.now()
    for step in ("apply", "permit", "delivered", "erased"):
        for session in inside:
            assert code_of(await chain.kiosk().session().open()) == "busy"
            answer = await getattr(session, step)()
            assert not isinstance(answer, m.Refused), (step, answer)
    assert [chain.center_state(session.id) for session in inside] == ["closed"] * 3
    assert len(chain.center_rows) == 3, "who is refused at the door leaves no row"
