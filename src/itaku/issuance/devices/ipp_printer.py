"""A real printer over IPPS, kept to the contract `contracts.Printer`: what is not proven to be printed is uncertain.

A job is made without its document (Create-Job) under a name of its own, and only then given the document, from memory.
So whatever reply is lost, the printer can be asked by that name first, and a document is never sent a second time.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import NamedTuple

from itaku.issuance.devices.contracts import FINAL_JOB_STATES, JobState, JobStatus, PrinterStatus
from itaku.issuance.devices.errors import DeviceConflictError, PrinterUnreachableError, UnprintableError
from itaku.issuance.devices.ipp_client import (
    DOCUMENT_REFUSED,
    NOT_FOUND,
    NOT_POSSIBLE,
    IppClient,
    IppRefusedError,
    NotSentError,
    one_integer,
    words,
)
from itaku.issuance.devices.ipp_encoding import Group

CANCEL_WAIT_S = 8.0
"""How long `cancel` waits for the paper to stand still before it says that it does not know yet."""
_POLL_S = 0.1
_JOB = re.compile(r"[0-9a-f]{1,64}")
_STATES = {
    3: JobState.PENDING,
    4: JobState.PENDING,
    5: JobState.PROCESSING,
    6: JobState.STOPPED,
    7: JobState.CANCELED,
    8: JobState.ABORTED,
    9: JobState.COMPLETED,
}
_PRINTER_IDLE, _PRINTER_PROCESSING, _PRINTER_STOPPED = 3, 4, 5
_FORGOTTEN = "job-forgotten"
_REMEMBERED = 1000
"""So many parts are kept in RAM; a kiosk works at one at a time."""
_STOPPING = "processing-to-stop-point"
_SEVERITY = re.compile(r"-(?:error|warning|report)$")
_STEMS = {"door-open": "cover-open", "interlock-open": "cover-open", "media-needed": "media-empty"}
"""Other words for what the contract names."""
HARMLESS = frozenset(
    {
        "none",
        "media-low",
        "marker-supply-low",
        "marker-waste-almost-full",
        "toner-low",
        "output-area-almost-full",
        "opc-near-eol",
    }
)
"""With these paper still comes out. Whatever else a printer says counts as not ready, also what nobody here knows."""


class _Part(NamedTuple):
    """How far a part has come, as far as this process knows."""

    digest: bytes = b""
    begun: bool = False
    """The document's first byte may have left: from here on the printer is only asked."""
    fenced: bool = False
    """Cancelled: nothing of it is ever sent."""
    number: int | None = None


class IppPrinter:
    """Keeps `contracts.Printer` for one IPPS printer.

    It remembers in RAM which parts it began: a part of an earlier life of the process is found by its name, and the
    kiosk prints nothing after a restart (`kiosk.machine.resume`). `harmless` are further printer-state-reasons.
    """

    def __init__(self, client: IppClient, harmless: frozenset[str] = frozenset()) -> None:
        self._client = client
        self._harmless = HARMLESS | harmless
        self._parts: dict[tuple[str, int], _Part] = {}
        self._sending = asyncio.Lock()

    async def status(self) -> PrinterStatus:
        """See the contract. A printer that does not tell its state or queue is neither ready nor idle."""
        return self._status_of(await self._printer())

    async def submit(self, job: str, part: int, pdf: bytes, copies: int) -> None:
        """See the contract. Once its document has left, a part is never sent again: `job` tells what came of it."""
        if not _JOB.fullmatch(job) or part < 1 or copies < 1:
            raise ValueError("a job is named in hex, and parts and copies count from 1")
        if not pdf.startswith(b"%PDF-") or b"%%EOF" not in pdf[-1024:]:
            raise UnprintableError
        digest = hashlib.sha256(copies.to_bytes(4, "big") + pdf).digest()
        async with self._sending:
            known = self._parts.get((job, part), _Part(digest))
            if known.digest not in {digest, b""}:
                raise DeviceConflictError("another document under the same job and part")
            if not known.begun and not known.fenced:
                await self._send(job, part, known, pdf, copies)

    async def job(self, job: str, part: int) -> JobStatus:
        """See the contract."""
        return (await self._look(job, part))[1]

    async def cancel(self, job: str, part: int) -> JobStatus:
        """See the contract. `PrinterUnreachableError` while the paper does not stand still: ask again."""
        # Whoever is sending ends first: a fence set in the middle of a document would fence nothing.
        async with self._sending:
            self._keep((job, part), self._parts.get((job, part), _Part())._replace(fenced=True))
        until = asyncio.get_running_loop().time() + CANCEL_WAIT_S
        asked = False
        while True:
            number, status = await self._look(job, part)
            if number is None or status.state in FINAL_JOB_STATES:
                return status
            if not asked:
                await self._cancel_job(number)
                asked = True
            if asyncio.get_running_loop().time() > until:
                raise PrinterUnreachableError("the job has not ended yet")
            await asyncio.sleep(_POLL_S)

    async def _send(self, job: str, part: int, known: _Part, pdf: bytes, copies: int) -> None:
        """Makes the job if the printer has none of this name, then sends the document, once."""
        key, name = (job, part), job_name(job, part)
        try:
            there = await self._client.jobs_named(name)
            if there and key not in self._parts:
                # Made in an earlier life of this process: what it was given, only the printer knows.
                self._keep(key, known._replace(begun=True, number=there[0]))
                return
            self._keep(key, known)
            number = there[-1] if there else await self._client.create_job(name, copies)
            # From here on it counts as sent: also if this process hears nothing more of it.
            self._keep(key, known._replace(begun=True, number=number))
            try:
                await self._client.send_document(number, pdf)
            except NotSentError:
                self._keep(key, known)
                raise
        except IppRefusedError as refused:
            if refused.status in DOCUMENT_REFUSED:
                raise UnprintableError(str(refused)) from None
            raise PrinterUnreachableError(str(refused)) from None

    async def _look(self, job: str, part: int) -> tuple[int | None, JobStatus]:
        """The printer's number of a part, and what became of it."""
        name = job_name(job, part)
        known = self._parts.get((job, part), _Part())
        try:
            number = known.number
            found = await self._client.job(number) if number is not None else None
            if found is None or found.get("job-name") != (name,):
                # Not told yet, or a printer that counts jobs from 1 again after its start.
                there = await self._client.jobs_named(name)
                if not there:
                    return None, _absent(known)
                number = there[0]
                found = await self._client.job(number)
            if found is None:
                return None, _absent(known)
            return number, await self._status_of_job(found)
        except IppRefusedError as refused:
            raise PrinterUnreachableError(str(refused)) from None

    async def _status_of_job(self, found: Group) -> JobStatus:
        state = _STATES.get(one_integer(found, "job-state") or 0, JobState.UNKNOWN)
        impressions = one_integer(found, "job-impressions-completed") or 0
        if state is JobState.COMPLETED and _STOPPING not in words(found, "job-state-reasons"):
            return JobStatus(state, impressions)
        printer = await self._printer()
        if state in FINAL_JOB_STATES:
            moving = one_integer(printer, "printer-state") == _PRINTER_PROCESSING
            if moving or _STOPPING in words(found, "job-state-reasons"):
                # Ended by name only: a sheet is still on its way, and is counted when it is out.
                return JobStatus(JobState.PROCESSING, impressions, self._reasons(printer))
            return JobStatus(state, impressions, words(found, "job-state-reasons"))
        return JobStatus(state, impressions, self._reasons(printer))

    def _keep(self, key: tuple[str, int], part: _Part) -> None:
        self._parts[key] = part
        while len(self._parts) > _REMEMBERED:
            del self._parts[next(iter(self._parts))]

    async def _cancel_job(self, number: int) -> None:
        try:
            await self._client.cancel_job(number)
        except IppRefusedError as refused:
            # It ended by itself meanwhile; its state is looked at next.
            if refused.status not in {NOT_POSSIBLE, NOT_FOUND}:
                raise PrinterUnreachableError(str(refused)) from None

    async def _printer(self) -> Group:
        try:
            return await self._client.printer()
        except IppRefusedError as refused:
            raise PrinterUnreachableError(str(refused)) from None

    def _status_of(self, found: Group) -> PrinterStatus:
        state = one_integer(found, "printer-state")
        reasons = self._reasons(found)
        accepting = found.get("printer-is-accepting-jobs") == (True,)
        ready = accepting and state in {_PRINTER_IDLE, _PRINTER_PROCESSING} and not reasons
        if not ready and not reasons:
            reasons = ("stopped" if state == _PRINTER_STOPPED else "not-accepting-jobs",)
        idle = one_integer(found, "queued-job-count") == 0 and state in {_PRINTER_IDLE, _PRINTER_STOPPED}
        return PrinterStatus(ready, idle, one_integer(found, "printer-impressions-completed"), reasons)

    def _reasons(self, printer: Group) -> tuple[str, ...]:
        """Stems of what may keep paper from coming out. The suffix for severity is not leant on: printers change it."""
        stems = [_SEVERITY.sub("", word) for word in words(printer, "printer-state-reasons")]
        named = [_STEMS.get(stem, stem) for stem in stems if stem not in self._harmless]
        return tuple(dict.fromkeys(named))


def _absent(known: _Part) -> JobStatus:
    """What became of a part that the printer does not know: it will print no more of it, if it ever did."""
    if not known.fenced:
        return JobStatus(JobState.UNKNOWN)
    return JobStatus(JobState.ABORTED, 0, (_FORGOTTEN,)) if known.begun else JobStatus(JobState.CANCELED)


def job_name(job: str, part: int) -> str:
    """The name under which the printer knows a part: the issuance id, and so nobody's name."""
    return f"itaku-{job}-{part}"
