"""What a kiosk asks of its devices, and what their answers promise. Every device, real or practice, keeps these."""

from __future__ import annotations

import enum
from typing import Protocol

import msgspec

from itaku.basis.yen import Yen


class CardReader(Protocol):
    """カードリーダー with at most one card."""

    async def wait_for_card(self) -> None:
        """Returns when a card lies on the reader, powered afresh: whatever PIN was verified before is forgotten."""
        ...

    async def transmit(self, apdu: bytes) -> bytes:
        """One command to the card, and its answer with the status word.

        `CardRemovedError` once the card has left since `wait_for_card`, even if one lies there again;
        `CardReaderUnreachableError` if the reader does not answer.
        """
        ...

    async def release(self) -> None:
        """Resets the card and gives it back (強制返却). Does nothing if there is none."""
        ...


class PrinterStatus(msgspec.Struct, frozen=True):
    """The printer as a whole."""

    ready: bool
    """Paper can come out: nothing jammed, empty or open."""
    idle: bool
    """No job is pending, processing or stopped: the counter will not move until the next submit."""
    counter: int | None
    """Impressions ever printed, as IPP counts them (pages x copies, two to a sheet that is printed on both sides);
    `None` if it cannot be read."""
    reasons: tuple[str, ...] = ()
    """Stems of IPP printer-state-reasons: `media-jam`, `media-empty`, `cover-open`."""


class JobState(enum.StrEnum):
    """IPP job states, and `unknown` for a job that this printer never took or has forgotten."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    PROCESSING = "processing"
    STOPPED = "stopped"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELED = "canceled"


FINAL_JOB_STATES = frozenset({JobState.COMPLETED, JobState.ABORTED, JobState.CANCELED})
"""In these no further sheet of the job will come out, ever."""


class JobStatus(msgspec.Struct, frozen=True):
    """One part of one print job."""

    state: JobState
    impressions: int = 0
    """Sides of this job that were printed on paper that came out. Printed means `completed` *and* impressions =
    pages x copies."""
    reasons: tuple[str, ...] = ()


SIDES_PER_SHEET = 2
"""A certificate is printed on both sides: the pages of its file are fronts and backs in turn."""


class Printer(Protocol):
    """プリンター. `job` is the issuance id in hex (no personal data); `part` counts submits for one issuance from 1."""

    async def status(self) -> PrinterStatus:
        """The printer's present status."""
        ...

    async def submit(self, job: str, part: int, pdf: bytes, copies: int) -> None:
        """Returns when the printer has taken the document, to be printed on both sides of the paper (long edge).

        A second submit of the same (job, part) prints nothing.

        `DeviceConflictError` if that second one has other content, `UnprintableError` if it is no PDF,
        `PrinterUnreachableError` if no answer came: the job may have been taken.
        """
        ...

    async def job(self, job: str, part: int) -> JobStatus:
        """What became of a part."""
        ...

    async def cancel(self, job: str, part: int) -> JobStatus:
        """Ends a part and fences it: returns a final state, after which no sheet of it comes out.

        A sheet that is moving comes out first and is counted. A part never submitted is `canceled` from then on too.
        """
        ...


class CashState(enum.StrEnum):
    """Where the money of one id is."""

    UNKNOWN = "unknown"
    """The unit was never asked to take it. Not a fence: cancel to be certain."""
    WAITING = "waiting"
    """Accepting coins."""
    HELD = "held"
    """The fee is complete and kept; change was given."""
    CANCELLED = "cancelled"
    """Coins returned; this id will never be paid."""
    BANKED = "banked"
    """The fee is the shop's."""
    REFUNDED = "refunded"
    """The fee was given back."""
    FAULT = "fault"
    """Money has to go back but the unit cannot give it: ask again, or a clerk pays. It will never become held."""


class CashStatus(msgspec.Struct, frozen=True):
    """One id at the cash unit. inserted = returned + what the unit still has of it."""

    state: CashState
    inserted_yen: Yen = Yen(0)
    """Put in so far for this id."""
    returned_yen: Yen = Yen(0)
    """Given back so far for this id: change, cancelled coins, refund."""


class CashUnit(Protocol):
    """現金ユニット. Every request is keyed by id and may be repeated."""

    async def take(self, id: bytes, yen: Yen) -> CashStatus:  # noqa: A002 the contract's own word
        """Begins to accept coins for a fee; an id known already only tells its state.

        `DeviceConflictError` if the id has another fee, `CashUnitBusyError` while another id waits.
        """
        ...

    async def status(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """Where the money of an id is."""
        ...

    async def cancel(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """Fences: `held` (complete and kept), or never to be paid: `cancelled`, `fault` while coins are stuck.

        An id never taken is `cancelled` from then on. `banked` and `refunded` stay what they are.
        """
        ...

    async def refund(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """Gives a held fee back: `refunded`, or `fault` (repeat later). An id not held is fenced as `cancel` does."""
        ...

    async def bank(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """After delivery: `held` becomes `banked`. Any other state stays and is told."""
        ...
