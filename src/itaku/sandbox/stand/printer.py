"""The practice printer: takes each job once, moves paper sheet by sheet, and never says more than came out."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import deque
from typing import NamedTuple

import msgspec

from itaku.issuance.devices.contracts import (
    FINAL_JOB_STATES,
    SIDES_PER_SHEET,
    JobState,
    JobStatus,
    PrinterStatus,
)
from itaku.issuance.devices.errors import DeviceConflictError, PrinterUnreachableError
from itaku.sandbox.stand.memory import DeviceMemory
from itaku.sandbox.stand.tray import Tray, page_count, sheets_of

_JOB = re.compile(r"[0-9a-f]{1,64}")
_ABORTED = ("aborted-by-system",)


class PrinterCondition(msgspec.Struct, frozen=True):
    """Paper, counter and faults."""

    counter: int = 0
    """Impressions ever printed."""
    paper: int = 500
    """Sheets left."""
    jam_in: int = 0
    """The jam comes with the so-many-th sheet from now; 0 for none."""
    jammed: bool = False
    cover_open: bool = False
    counter_unreadable: bool = False
    lose_reply: bool = False
    """The next submit is taken, but its answer is lost."""

    def reasons(self) -> tuple[str, ...]:
        """Why no paper can come out."""
        stems = (("media-jam", self.jammed), ("media-empty", self.paper <= 0), ("cover-open", self.cover_open))
        return tuple(stem for stem, there in stems if there)


class _Row(NamedTuple):
    sha256: bytes
    pages: int
    """Pages of the file: two to a sheet, but a last odd one stands alone."""
    copies: int
    state: JobState
    impressions: int
    reasons: tuple[str, ...]
    moving: int
    """The sheet that is on its way out, counted from 1 over all copies; 0 for none."""

    @property
    def next_sheet(self) -> int:
        """The sheet that comes out next."""
        copies, sides = divmod(self.impressions, self.pages)
        return copies * sheets_of(self.pages) + sheets_of(sides) + 1

    def after(self, sheet: int) -> int:
        """Impressions once this sheet is out."""
        copies, sheets = divmod(sheet, sheets_of(self.pages))
        return copies * self.pages + min(sheets * SIDES_PER_SHEET, self.pages)


_Key = tuple[str, int]


class PracticePrinter:
    """Keeps the contract `devices.contracts.Printer`.

    Documents are kept in RAM while they print, as a printer does: after a loss of power an unfinished job is `aborted`
    with the sheets that came out. `sheet_s` is the time a sheet takes; with 0 a job is done when `submit` returns.
    Without a tray sheets are only counted.
    """

    def __init__(self, memory: DeviceMemory, tray: Tray | None = None, sheet_s: float = 0.0) -> None:
        self._memory = memory
        self._tray = tray
        self._sheet_s = sheet_s
        self.condition = memory.condition("printer", PrinterCondition())
        self._documents: dict[_Key, bytes] = {}
        self._queue: deque[_Key] = deque()
        self._ending: dict[_Key, JobState] = {}
        self._moving: _Key | None = None
        self._still = asyncio.Event()
        self._still.set()
        self._task: asyncio.Task[None] | None = None
        self._recover()

    async def status(self) -> PrinterStatus:
        """See the contract."""
        reasons = self.condition.reasons()
        counter = None if self.condition.counter_unreadable else self.condition.counter
        rows = [self._row(key) for key in self._queue]
        idle = all(row is not None and row.state in FINAL_JOB_STATES for row in rows)
        return PrinterStatus(ready=not reasons, idle=idle, counter=counter, reasons=reasons)

    async def submit(self, job: str, part: int, pdf: bytes, copies: int) -> None:
        """See the contract."""
        if not _JOB.fullmatch(job) or part < 1 or copies < 1:
            raise ValueError("a job is named in hex, and parts and copies count from 1")
        sha256 = hashlib.sha256(copies.to_bytes(4, "big") + pdf).digest()
        row = self._row((job, part))
        if row is None:
            row = _Row(sha256, page_count(pdf), copies, JobState.PENDING, 0, (), 0)
            self._put((job, part), row)
            self._documents[job, part] = pdf
            self._queue.append((job, part))
            self._go()
        elif row.sha256 not in {sha256, b""}:
            raise DeviceConflictError("another document under the same job and part")
        if self.condition.lose_reply:
            self.set_condition(msgspec.structs.replace(self.condition, lose_reply=False))
            raise PrinterUnreachableError

    async def job(self, job: str, part: int) -> JobStatus:
        """See the contract."""
        row = self._row((job, part))
        return JobStatus(row.state, row.impressions, row.reasons) if row else JobStatus(JobState.UNKNOWN)

    async def cancel(self, job: str, part: int) -> JobStatus:
        """See the contract."""
        key = (job, part)
        if self._row(key) is None:
            self._put(key, _Row(b"", 0, 0, JobState.CANCELED, 0, (), 0))
        await self._end(key, JobState.CANCELED)
        return await self.job(job, part)

    async def abort(self) -> bool:
        """Fault: the printer gives up the job that it is at. False if there is none."""
        if not self._queue:
            return False
        await self._end(self._queue[0], JobState.ABORTED)
        return True

    def set_condition(self, condition: PrinterCondition) -> None:
        """Paper is refilled, a cover opened, a jam cleared; what had stopped goes on if it can."""
        self._memory.set_condition("printer", condition)
        self.condition = condition
        self._go()

    async def close(self) -> None:
        """Switches the printer off. What is printing stays unfinished."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _go(self) -> None:
        if self._sheet_s == 0:
            while (key := self._next()) is not None:
                self._sheet(key)
        elif self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._move_paper())

    async def _move_paper(self) -> None:
        while (key := self._next()) is not None:
            self._moving = key
            self._still.clear()
            try:
                await asyncio.sleep(self._sheet_s)
                self._sheet(key)
            finally:
                self._moving = None
                self._still.set()
            # Lets whoever waited for the sheet end the job before the next one moves.
            await asyncio.sleep(0)

    def _next(self) -> _Key | None:
        """The job whose sheet may move now; `None` if there is none or paper cannot move."""
        while self._queue:
            key = self._queue[0]
            row = self._row(key)
            assert row is not None
            if row.state in FINAL_JOB_STATES:
                self._queue.popleft()
                self._documents.pop(key, None)
                continue
            reasons = self.condition.reasons()
            state = JobState.STOPPED if reasons else JobState.PROCESSING
            if (row.state, row.reasons) != (state, reasons):
                self._put(key, row._replace(state=state, reasons=reasons))
            return None if reasons else key
        return None

    def _sheet(self, key: _Key) -> None:
        """One sheet comes out, or jams."""
        row = self._row(key)
        assert row is not None
        if self.condition.jam_in == 1:
            self._set(jammed=True, jam_in=0, paper=self.condition.paper - 1)
        elif self._came_out(key, row):
            impressions = row.after(row.next_sheet)
            state = JobState.COMPLETED if impressions == row.pages * row.copies else row.state
            self._out(key, row._replace(state=state, impressions=impressions, moving=0), impressions - row.impressions)
        else:
            self._put(key, _ended(row, JobState.ABORTED))
        row = self._row(key)
        assert row is not None
        if row.state not in FINAL_JOB_STATES and key in self._ending:
            self._put(key, _ended(row, self._ending[key]))
        self._ending.pop(key, None)

    def _came_out(self, key: _Key, row: _Row) -> bool:
        if self._tray is None:
            return True
        number = row.next_sheet
        # Written before the sheet moves, so that after a loss of power the tray tells whether it came out.
        self._put(key, row._replace(moving=number))
        return self._tray.put(*key, number, self._documents[key], sheets_of(row.pages))

    def _out(self, key: _Key, row: _Row, sides: int) -> None:
        with self._memory.transaction():
            self._put(key, row)
            self._set(
                counter=self.condition.counter + sides,
                paper=self.condition.paper - 1,
                jam_in=max(0, self.condition.jam_in - 1),
            )

    def _set(self, **changes: int | bool) -> None:
        condition = msgspec.structs.replace(self.condition, **changes)
        self._memory.set_condition("printer", condition)
        self.condition = condition

    async def _end(self, key: _Key, state: JobState) -> None:
        if self._moving == key:
            self._ending[key] = state
            while self._moving == key:
                await self._still.wait()
        row = self._row(key)
        assert row is not None
        if row.state not in FINAL_JOB_STATES:
            self._put(key, _ended(row, state))
        self._go()

    def _recover(self) -> None:
        """After a loss of power: what came out is counted, what is unfinished was lost with the printer's RAM."""
        for job, part in self._memory.rows(
            "SELECT job, part FROM job WHERE state IN ('pending','processing','stopped')"
        ):
            key = (job, part)
            row = self._row(key)
            assert row is not None
            if row.moving and self._tray is not None and self._tray.has(job, part, row.moving):
                out = row._replace(impressions=row.after(row.moving), moving=0)
                self._out(key, out, out.impressions - row.impressions)
                row = out
            if self._tray is not None and row.impressions < row.pages:
                self._tray.withdraw_document(job, part)
            done = row.impressions == row.pages * row.copies
            row = row._replace(moving=0)
            self._put(
                key, row._replace(state=JobState.COMPLETED, reasons=()) if done else _ended(row, JobState.ABORTED)
            )

    def _row(self, key: _Key) -> _Row | None:
        found = self._memory.rows(
            "SELECT sha256, pages, copies, state, impressions, reasons, moving FROM job WHERE job = ? AND part = ?",
            *key,
        )
        if not found:
            return None
        sha256, pages, copies, state, impressions, reasons, moving = found[0]
        return _Row(sha256, pages, copies, JobState(state), impressions, tuple(reasons.split()), moving)

    def _put(self, key: _Key, row: _Row) -> None:
        assert row.impressions <= row.pages * row.copies, "no more paper than was asked for"
        self._memory.rows(
            "INSERT INTO job (job, part, sha256, pages, copies, state, impressions, reasons, moving)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job, part) DO UPDATE SET state = excluded.state,"
            " impressions = excluded.impressions, reasons = excluded.reasons, moving = excluded.moving",
            *key,
            row.sha256,
            row.pages,
            row.copies,
            row.state.value,
            row.impressions,
            " ".join(row.reasons),
            row.moving,
        )


def _ended(row: _Row, state: JobState) -> _Row:
    return row._replace(state=state, reasons=_ABORTED if state is JobState.ABORTED else ())
