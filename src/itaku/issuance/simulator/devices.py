"""Model devices of one simulated kiosk: printer, cash unit. They live on when the kiosk crashes."""

from __future__ import annotations

from itaku.basis.yen import Yen
from itaku.issuance.devices.contracts import (
    SIDES_PER_SHEET,
    CashState,
    CashStatus,
    JobState,
    JobStatus,
    PrinterStatus,
)
from itaku.issuance.simulator.chance import Chance

SHEET_MS = 2_000
_NEVER_MS = 10**15
_HALF_MS = 6_000
"""So long before the rest comes the first half of the fee."""
_AT_WORK = frozenset({JobState.PROCESSING, JobState.STOPPED})


class ModelPrinter:
    """Prints a sheet every two seconds of virtual time, whatever the kiosk does. One job at a time."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self.counter = chance.below(10_000)
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
        counter = None if self.unreadable else self.counter
        idle = self._state not in _AT_WORK
        return PrinterStatus(ready=not self.not_ready, idle=idle, counter=counter, reasons=self._reasons)

    def job(self, now: int, job: str) -> JobStatus:
        """What became of a job."""
        self.run(now)
        if job != self._job:
            return JobStatus(JobState.UNKNOWN)
        return JobStatus(self._state, self._out * SIDES_PER_SHEET, self._reasons)

    def cancel(self, now: int, job: str) -> JobStatus:
        """Fences a job."""
        self.run(now)
        if job != self._job:
            self.documents.setdefault(job, None)
            return JobStatus(JobState.CANCELED)
        if self._state in _AT_WORK:
            self._state = JobState.CANCELED
            self._reasons = ()
        return JobStatus(self._state, self._out * SIDES_PER_SHEET, self._reasons)

    def next_ms(self, now: int) -> int:
        """When the job's state may change next; polls before that would see nothing new."""
        if self._state is JobState.PROCESSING:
            return self._next_ms
        if self._state is JobState.STOPPED and "media-empty" in self._reasons:
            return self._refill_ms
        return now

    def lose_power(self, now: int) -> None:
        """The moving sheet comes out or not; the job is forgotten, the counter is not."""
        self.run(now)
        if self._state in _AT_WORK:
            if self._chance.random() < 0.5 and self._left:
                self._sheet()
            self._state, self._reasons = JobState.UNKNOWN, ()

    def forget(self, job: str) -> None:
        """The issuance was audited."""
        self.sheets.pop(job, None)
        self.documents.pop(job, None)

    def run(self, now: int) -> None:
        """Lets the sheets come out that are due by now."""
        if self._state is JobState.STOPPED and now >= self._refill_ms and "media-jam" not in self._reasons:
            self._state, self._reasons, self._next_ms = JobState.PROCESSING, (), self._refill_ms + SHEET_MS
        while self._state is JobState.PROCESSING and now >= self._next_ms:
            fault = self._chance.any_of("sheet")
            if fault:
                self._fail(now, fault)
                return
            self._sheet()
            self._next_ms += SHEET_MS
            if self._left == 0:
                self._state = JobState.UNKNOWN if self._chance.hit("forgotten") else JobState.COMPLETED

    def _sheet(self) -> None:
        self.counter += SIDES_PER_SHEET
        self._out += 1
        self._left -= 1
        self.sheets[self._job] = self.sheets.get(self._job, 0) + 1

    def _fail(self, now: int, fault: str) -> None:
        match fault:
            case "stalled":
                self._next_ms = now + self._chance.one_of((70_000, 250_000))
            case "abort":
                self._state = JobState.ABORTED
            case "jam":
                self._state, self._reasons = JobState.STOPPED, ("media-jam",)
            case _:
                reason = "media-empty" if fault == "paper_out" else "cover-open"
                self._state, self._reasons = JobState.STOPPED, (reason,)
                self._refill_ms = now + self._chance.one_of((20_000, 100_000, 400_000))


class ModelCash:
    """A cash unit that keeps its contract: every request by id, and a cancelled id is never paid."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self.state: dict[bytes, CashState] = {}
        self.kept: dict[bytes, int] = {}
        """Yen of each id that are in the unit or the shop's till and were not given back."""
        self._fee: dict[bytes, Yen] = {}
        self._inserted: dict[bytes, Yen] = {}
        self._pays_ms: dict[bytes, int] = {}
        self._refuses_ms: dict[bytes, int] = {}
        self._half_ms: dict[bytes, int] = {}

    def take(self, now: int, issuance_id: bytes, yen: Yen) -> CashStatus:
        """Begins to accept coins; the resident pays soon, late, or never."""
        if issuance_id not in self.state:
            chance = self._chance
            self.state[issuance_id] = CashState.WAITING
            self._fee[issuance_id] = yen
            delay = chance.between(1_000, 15_000)
            match chance.any_of("payment"):
                case "not_paid":
                    delay = _NEVER_MS
                case "slow_payer":
                    delay = chance.between(59_000, 75_000)
                case "cash_refuses":
                    self._refuses_ms[issuance_id] = now + chance.below(delay)
                case _:
                    pass
            self._pays_ms[issuance_id] = now + delay
            if chance.random() < 0.3:
                self._half_ms[issuance_id] = now + delay - _HALF_MS
        return self.status(now, issuance_id)

    def status(self, now: int, issuance_id: bytes) -> CashStatus:
        """Where the money of an id is."""
        state = self.state.get(issuance_id, CashState.UNKNOWN)
        if state is CashState.WAITING:
            if now >= self._refuses_ms.get(issuance_id, _NEVER_MS):
                state = self.state[issuance_id] = CashState.CANCELLED
            elif now >= self._pays_ms[issuance_id]:
                state = self._pay(issuance_id)
            elif now >= self._half_ms.get(issuance_id, _NEVER_MS):
                self._inserted[issuance_id] = Yen(self._fee[issuance_id] // 2)
        return CashStatus(state, self._inserted.get(issuance_id, Yen(0)))

    def next_ms(self, now: int, issuance_id: bytes) -> int:
        """When an id's state may change next; polls before that would see nothing new."""
        if self.state.get(issuance_id) is not CashState.WAITING:
            return now
        half = self._half_ms.get(issuance_id, 0)
        change = half if now < half else self._pays_ms[issuance_id]
        return min(change, self._refuses_ms.get(issuance_id, _NEVER_MS))

    def cancel(self, now: int, issuance_id: bytes) -> CashStatus:
        """Fences."""
        status = self.status(now, issuance_id)
        if status.state is CashState.WAITING:
            stuck = self._chance.hit("coins_stuck")
            if status.inserted_yen > 0 and stuck:
                self.state[issuance_id] = CashState.FAULT
                self.kept[issuance_id] = status.inserted_yen
            else:
                self.state[issuance_id] = CashState.CANCELLED
        elif status.state is CashState.UNKNOWN:
            self.state[issuance_id] = CashState.CANCELLED
        return self.status(now, issuance_id)

    def refund(self, now: int, issuance_id: bytes) -> CashStatus:
        """Gives the fee back, or cannot."""
        status = self.status(now, issuance_id)
        if status.state is CashState.HELD:
            if self._chance.hit("refund_fault"):
                self.state[issuance_id] = CashState.FAULT
            else:
                self.state[issuance_id] = CashState.REFUNDED
                self.kept[issuance_id] = 0
        elif status.state in {CashState.WAITING, CashState.UNKNOWN}:
            return self.cancel(now, issuance_id)
        return self.status(now, issuance_id)

    def bank(self, now: int, issuance_id: bytes) -> CashStatus:
        """The fee is the shop's."""
        if self.status(now, issuance_id).state is CashState.HELD:
            self.state[issuance_id] = CashState.BANKED
        return self.status(now, issuance_id)

    def empty_by_hand(self, issuance_id: bytes) -> None:
        """The clerk takes what the unit still has of an id, and gives the resident all of it."""
        self.state[issuance_id] = CashState.REFUNDED
        self.kept[issuance_id] = 0

    def forget(self, issuance_id: bytes) -> None:
        """The issuance was audited."""
        for table in (self.state, self.kept, self._fee, self._inserted, self._pays_ms, self._half_ms, self._refuses_ms):
            table.pop(issuance_id, None)

    def _pay(self, issuance_id: bytes) -> CashState:
        self._inserted[issuance_id] = self._fee[issuance_id]
        self.kept[issuance_id] = self.kept.get(issuance_id, 0) + self._fee[issuance_id]
        self.state[issuance_id] = CashState.HELD
        return CashState.HELD
