"""Pace (受付の調子): from how long documents take now, how many sessions of one municipality may be under way.

While documents come within the target nobody is held back. When they take longer, people wait in a line, and the rate
at which documents come then is all that the municipality can do. From then on as many sessions may be under way as are
served at that rate while a person chooses and waits the target out (Little's law), and they begin no closer together
than they are served, but for one second's worth. While documents come in time the
rate is taken for a little higher with each such round, so what was learnt of a rush fades after it; it must not grow
faster, since whoever is let in too many is noticed only when the choice is made. Only who asks to begin is refused.
Each instance of the center measures what it passes on itself.
"""

from __future__ import annotations

import statistics
from collections import deque
from typing import NamedTuple

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId

TARGET_MS = 200
"""Usual target: half of the documents are there so soon after the application. Alone a document takes a tenth of it."""

_LOOK_BACK_MS = 2_000
_JUDGE_EVERY_MS = 500
_FEWEST_ANSWERS = 3
"""Fewer than so many answers in two seconds show no line: one large household alone takes its time."""
_FEWEST = 2
"""So many may always be under way: whoever lets nobody in learns nothing."""
_HELD_MS = 10_000
"""So long after the last refusal the board says that people are held back."""
_AT_ONCE_MS = 1_000
_GROWTH = 0.03
"""How much higher the rate is taken to be after each round that went well, beside one more session."""
_NEW_RATE_SHARE = 0.5
"""Weight of the newest measurement while a line stands."""
_FORGOTTEN_MS = 180_000
"""Who has not applied so long after `Open` never will: the challenge is over."""
_CHOICE_SHARE = 0.05
"""Weight of the newest choosing time in the mean."""


class Standing(NamedTuple):
    """How a municipality's line stands: sessions without an answer to their application, and what holds others back."""

    under_way: int
    most: int | None
    """None: nobody is held back now."""
    prepare_ms: int
    """How long half of the documents took at the last judgement; 0 if there were too few to tell."""


class Pace:
    """The line of one municipality, as one instance of the center sees it. Instants are handed in."""

    def __init__(self, target_ms: int = TARGET_MS) -> None:
        self._target_ms = target_ms
        self._choosing: dict[IssuanceId, InstantMs] = {}
        self._waiting: dict[IssuanceId, InstantMs] = {}
        self._answers: deque[tuple[InstantMs, int]] = deque()
        self._choice_ms = 0.0
        self._known_each_ms: float | None = None
        self._each_ms: float | None = None
        """Sessions a millisecond that the municipality is taken to serve; None: any number."""
        self._credit = 0.0
        """How many may begin now, as the rate has it."""
        self._credited = InstantMs(0)
        self._prepare_ms = 0
        self._judged: InstantMs | None = None
        self._refused: InstantMs | None = None

    def admits(self, issuance_id: IssuanceId, now: InstantMs) -> bool:
        """Whether one more session may begin; if so it is under way from now on. The same one is counted once."""
        self._judge(now)
        if issuance_id in self._choosing or issuance_id in self._waiting:
            return True
        if not self._has_place(now):
            self._refused = now
            return False
        self._choosing[issuance_id] = now
        return True

    def applied(self, issuance_id: IssuanceId, now: InstantMs) -> None:
        """The application is passed on; another instance may have let the session in."""
        began = self._choosing.pop(issuance_id, None)
        if began is not None and now >= began:
            took = now - began
            self._choice_ms += (took - self._choice_ms) * (_CHOICE_SHARE if self._choice_ms else 1.0)
        self._waiting.setdefault(issuance_id, now)

    def answered(self, issuance_id: IssuanceId, now: InstantMs, *, made: bool) -> None:
        """The municipality answered, or did not; only documents that were made tell how long one takes."""
        since = self._waiting.pop(issuance_id, None)
        if made and since is not None and now >= since:
            self._answers.append((now, now - since))

    def left(self, issuance_id: IssuanceId) -> None:
        """The session ended before it had a document, or goes on at another instance."""
        self._choosing.pop(issuance_id, None)

    def choosing(self, until: InstantMs) -> list[IssuanceId]:
        """Sessions let in up to this instant that have not applied here."""
        return [issuance_id for issuance_id, began in self._choosing.items() if began <= until]

    def standing(self, now: InstantMs) -> Standing:
        """How the line stands."""
        self._judge(now)
        holds = self._refused is not None and 0 <= now - self._refused < _HELD_MS
        return Standing(len(self._choosing) + len(self._waiting), self._most if holds else None, self._prepare_ms)

    def _has_place(self, now: InstantMs) -> bool:
        most = self._most
        if most is None or self._each_ms is None:
            return True
        since = now - self._credited
        self._credited = now
        if since > 0:
            self._credit = min(self._credit + since * self._each_ms, max(_FEWEST, self._each_ms * _AT_ONCE_MS))
        if len(self._choosing) + len(self._waiting) >= most or self._credit < 1:
            return False
        self._credit -= 1
        return True

    @property
    def _round_ms(self) -> float:
        """How long a session takes from `Open` to its document if all goes well."""
        return self._choice_ms + self._target_ms

    @property
    def _most(self) -> int | None:
        return None if self._each_ms is None else max(_FEWEST, round(self._each_ms * self._round_ms))

    def _judge(self, now: InstantMs) -> None:
        since = 0 if self._judged is None else now - self._judged
        if self._judged is not None and 0 <= since < _JUDGE_EVERY_MS:
            return
        self._judged = now
        self._forget(now)
        # Who still waits has waited for at least so long: a line that stands still gives no answers at all.
        overdue = [now - began for began in self._waiting.values() if now - began > self._target_ms]
        times = [took for _, took in self._answers] + overdue
        self._prepare_ms = int(statistics.median(times)) if len(times) >= _FEWEST_ANSWERS else 0
        if overdue and self._prepare_ms > self._target_ms:
            self._learn()
        elif self._prepare_ms > self._target_ms:
            return  # the line has just gone: the few that came last say nothing of the rate
        elif self._each_ms == 0:
            self._each_ms = self._known_each_ms
        elif self._each_ms is not None:
            rounds = min(1.0, max(since, 0) / self._round_ms)
            self._each_ms += (self._each_ms * _GROWTH + 1 / self._round_ms) * rounds

    def _learn(self) -> None:
        """A line stands, so what is done now is all that can be done; if next to nothing is, all new ones must wait."""
        if len(self._answers) < _FEWEST_ANSWERS:
            self._each_ms = 0
            return
        measured, known = len(self._answers) / _LOOK_BACK_MS, self._known_each_ms
        self._each_ms = measured if known is None else known + (measured - known) * _NEW_RATE_SHARE
        self._known_each_ms = self._each_ms

    def _forget(self, now: InstantMs) -> None:
        while self._answers and not 0 <= now - self._answers[0][0] < _LOOK_BACK_MS:
            self._answers.popleft()
        for issuance_id, began in list(self._choosing.items()):
            if 0 <= now - began < _FORGOTTEN_MS:
                break
            del self._choosing[issuance_id]
