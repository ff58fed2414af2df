"""What can happen to a kiosk's session, and what the session asks its driver to do."""

from __future__ import annotations

import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.devices.contracts import CashStatus, JobStatus, PrinterStatus
from itaku.issuance.kiosk.journal import JournalRecord
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.kinds import Options

# ---- events ----


class Started(msgspec.Struct, frozen=True):
    """A service was touched. `tries_only`: the resident only wants to see the PIN tries left."""

    tries_only: bool


class CardRead(msgspec.Struct, frozen=True):
    """The card was read: its user-authentication certificate and the PIN tries left (1 to 3)."""

    certificate: bytes
    tries_left: int


class CardFailed(msgspec.Struct, frozen=True):
    """The card cannot be used, or left. `code` is a code of the refusals."""

    code: str


class Chosen(msgspec.Struct, frozen=True):
    """The resident confirmed what is on the screen and entered the PIN."""

    options: Options
    copies: int
    pin: str

    def __repr__(self) -> str:
        """Without the PIN."""
        return f"Chosen({self.options!r}, {self.copies}, '****')"


class Elsewhere(msgspec.Struct, frozen=True):
    """The resident chose a registry municipality (本籍地) to get family register certificates of."""

    municipality: str


class UseChosen(msgspec.Struct, frozen=True):
    """The resident confirmed what was entered for 利用登録申請, and entered the PIN."""

    domicile: str
    head_name: str
    pin: str

    def __repr__(self) -> str:
        """Without what was entered and without the PIN."""
        return "UseChosen(****)"


class PinWrong(msgspec.Struct, frozen=True):
    """The card refused the PIN; so many tries are left."""

    tries_left: int


class Signed(msgspec.Struct, frozen=True):
    """The card signed the application digest."""

    signature: bytes


class Answered(msgspec.Struct, frozen=True):
    """The center answered."""

    answer: m.Answer


class PrinterSaid(msgspec.Struct, frozen=True):
    """The printer's status."""

    status: PrinterStatus


class JobSaid(msgspec.Struct, frozen=True):
    """What became of the print job."""

    status: JobStatus


class CashSaid(msgspec.Struct, frozen=True):
    """Where the cash unit has the money."""

    status: CashStatus


class ClerkSaid(msgspec.Struct, frozen=True):
    """The clerk's answer at the register: sheets seen, or the fee given back by hand."""

    sheets: int | None
    refunded: bool


class TimedOut(msgspec.Struct, frozen=True):
    """The time of a state is over. `turn` tells a late one from the present state's own."""

    turn: int


class Cancelled(msgspec.Struct, frozen=True):
    """The resident pressed やめる."""


class Touched(msgspec.Struct, frozen=True):
    """The screen was touched: the idle limit starts anew."""


Event = (
    Started
    | CardRead
    | CardFailed
    | Chosen
    | Elsewhere
    | UseChosen
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


class ReadCard(msgspec.Struct, frozen=True):
    """Wait for a card and read it; comes back as CardRead or CardFailed."""


class ReleaseCard(msgspec.Struct, frozen=True):
    """Reset the card and give it back, with sound."""


class SignWithCard(msgspec.Struct, frozen=True):
    """Verify the PIN and sign; comes back as Signed, PinWrong or CardFailed."""

    digest: bytes
    pin: str

    def __repr__(self) -> str:
        """Without the PIN."""
        return f"SignWithCard({self.digest!r}, '****')"


class Send(msgspec.Struct, frozen=True):
    """Send to the center until it answers or the session has moved on; comes back as Answered."""

    request: m.Request


class Persist(msgspec.Struct, frozen=True):
    """Make the record durable; nothing after it runs before it is."""

    record: JournalRecord


class Report(msgspec.Struct, frozen=True):
    """Bank the fee, tell center and shop, all in the background, until each has acknowledged."""

    record: JournalRecord


class Withdraw(msgspec.Struct, frozen=True):
    """Tell the center once, in the background, that a session without money ended; its deadline covers a lost one."""

    request: m.Abandon


class AskPrinter(msgspec.Struct, frozen=True):
    """Comes back as PrinterSaid."""


class Take(msgspec.Struct, frozen=True):
    """Let the cash unit accept the fee; comes back as CashSaid."""

    yen: Yen


class AskCash(msgspec.Struct, frozen=True):
    """Comes back as CashSaid."""


class CancelTake(msgspec.Struct, frozen=True):
    """Fence the payment; comes back as CashSaid."""


class Refund(msgspec.Struct, frozen=True):
    """Give the fee back, by id; comes back as CashSaid."""


class Print(msgspec.Struct, frozen=True):
    """Submit the document; then AskJob follows."""

    document: bytes
    copies: int


class AskJob(msgspec.Struct, frozen=True):
    """Comes back as JobSaid."""


class StopPrinting(msgspec.Struct, frozen=True):
    """Fence the print job, so that no sheet comes out later; comes back as JobSaid."""


class CallClerk(msgspec.Struct, frozen=True):
    """Show the case on the register's screen and ring."""

    record: JournalRecord


class AskClerk(msgspec.Struct, frozen=True):
    """Comes back as ClerkSaid once the clerk has answered."""


class Later(msgspec.Struct, frozen=True):
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
