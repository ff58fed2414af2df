"""What can happen to a kiosk's session, and what the session asks its driver to do."""

from __future__ import annotations

from typing import NamedTuple

from itaku.basis.yen import Yen
from itaku.issuance.devices.contracts import CashStatus, JobStatus, PrinterStatus
from itaku.issuance.kiosk.journal import JournalRecord
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.kinds import Options

# ---- events ----


class Started(NamedTuple):
    """A service was touched. `tries_only`: the resident only wants to see the PIN tries left."""

    tries_only: bool


class CardRead(NamedTuple):
    """The card was read: its user-authentication certificate and the PIN tries left (1 to 3)."""

    certificate: bytes
    tries_left: int


class CardFailed(NamedTuple):
    """The card cannot be used, or left. `code` is a code of the refusals."""

    code: str


class Chosen(NamedTuple):
    """The resident confirmed what is on the screen and entered the PIN."""

    options: Options
    copies: int
    pin: str

    def __repr__(self) -> str:
        """Without the PIN."""
        return f"Chosen({self.options!r}, {self.copies}, '****')"


class PinWrong(NamedTuple):
    """The card refused the PIN; so many tries are left."""

    tries_left: int


class Signed(NamedTuple):
    """The card signed the application digest."""

    signature: bytes


class Answered(NamedTuple):
    """The center answered."""

    answer: m.Answer


class PrinterSaid(NamedTuple):
    """The printer's status."""

    status: PrinterStatus


class JobSaid(NamedTuple):
    """What became of the print job."""

    status: JobStatus


class CashSaid(NamedTuple):
    """Where the cash unit has the money."""

    status: CashStatus


class ClerkSaid(NamedTuple):
    """The clerk's answer at the register: sheets seen, or the fee given back by hand."""

    sheets: int | None
    refunded: bool


class TimedOut(NamedTuple):
    """The time of a state is over. `turn` tells a late one from the present state's own."""

    turn: int


class Cancelled(NamedTuple):
    """The resident pressed やめる."""


class Touched(NamedTuple):
    """The screen was touched: the idle limit starts anew."""


Event = (
    Started
    | CardRead
    | CardFailed
    | Chosen
    | PinWrong
    | Signed
    | Answered
    | PrinterSaid
    | JobSaid
    | CashSaid
    | ClerkSaid
    | TimedOut
    | Cancelled
    | Touched
)


# ---- effects, done strictly in order ----


class ReadCard(NamedTuple):
    """Wait for a card and read it; comes back as CardRead or CardFailed."""


class ReleaseCard(NamedTuple):
    """Reset the card and give it back, with sound."""


class SignWithCard(NamedTuple):
    """Verify the PIN and sign; comes back as Signed, PinWrong or CardFailed."""

    digest: bytes
    pin: str

    def __repr__(self) -> str:
        """Without the PIN."""
        return f"SignWithCard({self.digest!r}, '****')"


class Send(NamedTuple):
    """Send to the center until it answers or the session has moved on; comes back as Answered."""

    request: m.Request


class Persist(NamedTuple):
    """Make the record durable; nothing after it runs before it is."""

    record: JournalRecord


class Report(NamedTuple):
    """Bank the fee, tell center and shop, all in the background, until each has acknowledged."""

    record: JournalRecord


class Withdraw(NamedTuple):
    """Tell the center once, in the background, that a session without money ended; its deadline covers a lost one."""

    request: m.Abandon


class AskPrinter(NamedTuple):
    """Comes back as PrinterSaid."""


class Take(NamedTuple):
    """Let the cash unit accept the fee; comes back as CashSaid."""

    yen: Yen


class AskCash(NamedTuple):
    """Comes back as CashSaid."""


class CancelTake(NamedTuple):
    """Fence the payment; comes back as CashSaid."""


class Refund(NamedTuple):
    """Give the fee back, by id; comes back as CashSaid."""


class Print(NamedTuple):
    """Submit the document; then AskJob follows."""

    document: bytes
    copies: int


class AskJob(NamedTuple):
    """Comes back as JobSaid."""


class StopPrinting(NamedTuple):
    """Fence the print job, so that no sheet comes out later; comes back as JobSaid."""


class CallClerk(NamedTuple):
    """Show the case on the register's screen and ring."""

    record: JournalRecord


class AskClerk(NamedTuple):
    """Comes back as ClerkSaid once the clerk has answered."""


class Later(NamedTuple):
    """Do an effect after so many milliseconds, unless the state has changed by then."""

    milliseconds: int
    effect: Effect


Effect = (
    ReadCard
    | ReleaseCard
    | SignWithCard
    | Send
    | Persist
    | Report
    | Withdraw
    | AskPrinter
    | Take
    | AskCash
    | CancelTake
    | Refund
    | Print
    | AskJob
    | StopPrinting
    | CallClerk
    | AskClerk
    | Later
)
