"""Model devices of one simulated kiosk: printer, cash unit, clerk. They live on when the kiosk crashes."""

from __future__ import annotations

import random
from typing import NamedTuple

from itaku.basis.yen import Yen
from itaku.issuance.devices.contracts import CashState, CashStatus, JobState, JobStatus, PrinterStatus

SHEET_MS = 2_000


class Odds(NamedTuple):
    """How often things go wrong, each between 0 and 1."""

    lost: float = 0.02
    """A message, each way."""
    twice: float = 0.02
    crash: float = 0.05
    """Of the kiosk, in one session."""
    jam: float = 0.03
    paper_out: float = 0.03
    abort: float = 0.02
    unreadable: float = 0.02
    not_paid: float = 0.03
    slow_payer: float = 0.03
    refund_fault: float = 0.1
    coins_stuck: float = 0.02
    wrong_pin: float = 0.05
    card_gone: float = 0.02
    gives_up: float = 0.03
    withheld: float = 0.03
    render_failed: float = 0.02
    slow_render: float = 0.03
    wrong_document: float = 0.0
    """A render job that delivers another job's document: a planted bug."""
    silent_municipality: float = 0.02
    line_cut: float = 0.03
    """The kiosk's line is cut for a while during a session; sometimes for very long."""
    slow_device: float = 0.05
    """A device answers after seconds instead of at once."""
    dead_device: float = 0.003
    """A device does not answer at all."""
    stalled: float = 0.02
    """The printer stands still for minutes and says nothing of it."""
    forgotten: float = 0.01
    """The printer forgets a job after it has printed it."""
    cash_refuses: float = 0.02
    """The cash unit gives the coins back by itself."""
    no_card: float = 0.02
    card_hangs: float = 0.01
    tampered: float = 0.002
    """The relay puts another document into an answer."""


STORM = Odds(
    lost=0.15,
    twice=0.1,
    crash=0.15,
    jam=0.1,
    paper_out=0.2,
    abort=0.1,
    unreadable=0.1,
    not_paid=0.1,
    slow_payer=0.1,
    refund_fault=0.3,
    coins_stuck=0.1,
    wrong_pin=0.15,
    card_gone=0.05,
    gives_up=0.1,
    withheld=0.05,
    render_failed=0.05,
    slow_render=0.15,
    silent_municipality=0.25,
    line_cut=0.1,
    slow_device=0.35,
    dead_device=0.03,
    stalled=0.05,
    forgotten=0.08,
    cash_refuses=0.1,
    no_card=0.05,
    card_hangs=0.05,
    tampered=0.02,
)
"""So much goes wrong at once that every edge of every table is taken."""


class ModelPrinter:
    """Prints a sheet every two seconds of virtual time, whatever the kiosk does."""

    def __init__(self, chance: random.Random, odds: Odds) -> None:
        self._chance = chance
        self._odds = odds
        self.counter = chance.randrange(10_000)
        self.unreadable = False
        self.not_ready = False
        self._job = ""
        self._state = JobState.UNKNOWN
        self._left = 0
        self._out = 0
        self._next_ms = 0
        self._reasons: tuple[str, ...] = ()
        self._refill_ms = 0
        self.sheets: dict[str, int] = {}
        """Sheets that came out, by job."""
        self.documents: dict[str, object] = {}

    def submit(self, now: int, job: str, document: object, sheets: int) -> None:
        """Takes a job; the same job a second time prints nothing."""
        if job in self.documents:
            return
        self.documents[job] = document
        self._job, self._state, self._left, self._out = job, JobState.PROCESSING, sheets, 0
        self._next_ms = now + SHEET_MS
        self._reasons = ()

    def status(self, now: int) -> PrinterStatus:
        """The printer's status."""
        self.run(now)
        idle = self._state not in {JobState.PROCESSING, JobState.STOPPED}
        counter = None if self.unreadable and not idle else self.counter
        if self.unreadable:
            counter = None
        return PrinterStatus(ready=not self.not_ready, idle=idle, counter=counter, reasons=self._reasons)

    def job(self, now: int, job: str) -> JobStatus:
        """What became of a job."""
        self.run(now)
        if job != self._job:
            return JobStatus(JobState.UNKNOWN)
        return JobStatus(self._state, self._out, self._reasons)

    def cancel(self, now: int, job: str) -> JobStatus:
        """Fences a job."""
        self.run(now)
        if job != self._job:
            self.documents.setdefault(job, None)
            return JobStatus(JobState.CANCELED)
        if self._state in {JobState.PROCESSING, JobState.STOPPED}:
            self._state = JobState.CANCELED
            self._reasons = ()
        return JobStatus(self._state, self._out, self._reasons)

    def run(self, now: int) -> None:
        """Lets the sheets come out that are due by now."""
        if self._state is JobState.STOPPED and "media-empty" in self._reasons and now >= self._refill_ms:
            self._state, self._reasons, self._next_ms = JobState.PROCESSING, (), self._refill_ms + SHEET_MS
        while self._state is JobState.PROCESSING and now >= self._next_ms:
            draw = self._chance.random()
            odds = self._odds
            if self._chance.random() < odds.stalled:
                self._next_ms = now + self._chance.choice((70_000, 250_000))
                return
            if draw < odds.jam:
                self._state, self._reasons = JobState.STOPPED, ("media-jam",)
                return
            if draw < odds.jam + odds.paper_out:
                self._state, self._reasons = JobState.STOPPED, ("media-empty",)
                self._refill_ms = now + self._chance.choice((20_000, 100_000, 400_000))
                return
            if draw < odds.jam + odds.paper_out + odds.abort:
                self._state = JobState.ABORTED
                return
            self.counter += 1
            self._out += 1
            self.sheets[self._job] = self.sheets.get(self._job, 0) + 1
            self._left -= 1
            self._next_ms += SHEET_MS
            if self._left == 0:
                forgotten = self._chance.random() < odds.forgotten
                self._state = JobState.UNKNOWN if forgotten else JobState.COMPLETED


class ModelCash:
    """A cash unit that keeps its contract: every request by id, and a cancelled id is never paid."""

    def __init__(self, chance: random.Random, odds: Odds) -> None:
        self._chance = chance
        self._odds = odds
        self.state: dict[bytes, CashState] = {}
        self.fee: dict[bytes, Yen] = {}
        self.inserted: dict[bytes, Yen] = {}
        self._pays_ms: dict[bytes, int] = {}

    def take(self, now: int, issuance_id: bytes, yen: Yen) -> CashStatus:
        """Begins to accept coins; the resident pays soon, late, or never."""
        if issuance_id not in self.state:
            self.state[issuance_id] = CashState.WAITING
            self.fee[issuance_id] = yen
            draw = self._chance.random()
            delay = self._chance.randrange(1_000, 15_000)
            if draw < self._odds.not_paid:
                delay = 10**12
            elif draw < self._odds.not_paid + self._odds.slow_payer:
                delay = self._chance.randrange(59_000, 75_000)
            self._pays_ms[issuance_id] = now + delay
        return self.status(now, issuance_id)

    def status(self, now: int, issuance_id: bytes) -> CashStatus:
        """Where the money of an id is."""
        state = self.state.get(issuance_id, CashState.UNKNOWN)
        if state is CashState.WAITING and now >= self._pays_ms[issuance_id]:
            self.inserted[issuance_id] = self.fee[issuance_id]
            state = self.state[issuance_id] = CashState.HELD
        elif state is CashState.WAITING and self._chance.random() < self._odds.cash_refuses / 30:
            state = self.state[issuance_id] = CashState.CANCELLED
        elif state is CashState.WAITING and now >= self._pays_ms[issuance_id] - 800:
            self.inserted[issuance_id] = Yen(self.fee[issuance_id] // 2)
        return CashStatus(state, self.inserted.get(issuance_id, Yen(0)))

    def cancel(self, now: int, issuance_id: bytes) -> CashStatus:
        """Fences."""
        status = self.status(now, issuance_id)
        if status.state in {CashState.WAITING, CashState.UNKNOWN}:
            stuck = status.inserted_yen > 0 or self._chance.random() < self._odds.coins_stuck
            self.state[issuance_id] = (
                CashState.FAULT if stuck and status.state is CashState.WAITING else CashState.CANCELLED
            )
        return self.status(now, issuance_id)

    def refund(self, now: int, issuance_id: bytes) -> CashStatus:
        """Gives the fee back, or cannot."""
        status = self.status(now, issuance_id)
        if status.state is CashState.HELD:
            broken = self._chance.random() < self._odds.refund_fault
            self.state[issuance_id] = CashState.FAULT if broken else CashState.REFUNDED
        elif status.state in {CashState.WAITING, CashState.UNKNOWN}:
            return self.cancel(now, issuance_id)
        return self.status(now, issuance_id)

    def bank(self, now: int, issuance_id: bytes) -> CashStatus:
        """The fee is the shop's."""
        if self.status(now, issuance_id).state is CashState.HELD:
            self.state[issuance_id] = CashState.BANKED
        return self.status(now, issuance_id)


class ModelClerk:
    """A clerk who answers a case after a while: counts the sheets, or gives the money back."""

    def __init__(self, chance: random.Random, printer: ModelPrinter, cash: ModelCash) -> None:
        self._chance = chance
        self._printer = printer
        self._cash = cash
        self._due: dict[bytes, int] = {}
        self._refund: set[bytes] = set()
        self.refunded: set[bytes] = set()

    def call(self, now: int, issuance_id: bytes, *, refund_due: bool) -> None:
        """A case is shown."""
        self._due.setdefault(issuance_id, now + self._chance.choice((5_000, 90_000)))
        if refund_due:
            self._refund.add(issuance_id)

    def answer(self, now: int, issuance_id: bytes) -> tuple[int | None, bool]:
        """Sheets seen, and whether the fee was given back by hand."""
        if issuance_id in self.refunded:
            return None, True
        if now < self._due.get(issuance_id, 10**15):
            return None, False
        if issuance_id in self._refund or self._chance.random() < 0.3:
            self.refunded.add(issuance_id)
            # The clerk takes what the unit still holds out of it by hand.
            self._cash.state[issuance_id] = CashState.REFUNDED
            return None, True
        self._printer.run(now)
        return self._printer.sheets.get(issuance_id.hex(), 0), False
