"""The touch screen of a kiosk (キオスク端末) as data: what the agent decides, and what a resident may answer.

The page under `page/` is a pure function of `Screen`: the agent decides, the page words and lays out. They meet on
loopback:

=====================  =============================================================================================
`GET /`                `page/index.html`, with `PAGE_HEADERS`
`GET /page/<path>`     the files of `PAGE_DIR`, with `PAGE_HEADERS`
`GET /events`          Server-Sent Events. Each `data:` line is a whole `Screen` in JSON: at once on connecting, at
                       every change, and again (with a new `now_ms`) at least every `RESEND_MS`. A page that hears
                       nothing for `SILENT_MS` shows 「この機械は準備中です」 until the agent speaks again.
`POST /act`            one `Action` in JSON; 204, or 409 with `Denied`. A denied action changes nothing.
=====================  =============================================================================================

A sandbox kiosk (`Screen.practice`) also answers the practice stand beside the kiosk. Bodies and answers are JSON; a
POST answers 204, or 409 with `Denied`:

=============================  =====================================================================================
`GET /practice/cards`          `list[PracticeCard]`: the demonstration residents' virtual cards
`GET /practice/state`          `PracticeState`: what lies, is switched, is loaded now
`GET /practice/tray`           `list[TrayPart]`: the paper that came out, oldest first
`POST /practice/lay`           `{"card": id}` lays that card on the reader
`POST /practice/take`          `{}` takes the card away
`POST /practice/coin`          `{"yen": 10|50|100|500|1000}` puts one coin or note in
`POST /practice/exact`         `{}` puts in exactly what is still owed
`POST /practice/jam`           `{"sheet": n}` the n-th sheet of the next or present job jams; 0 clears the jam
`POST /practice/paper`         `{}` takes all paper out of the tray
`POST /practice/refill`        `{}` loads paper
`POST /practice/cover`         `{"open": bool}` printer cover
`POST /practice/network`       `{"gone": bool}` the line from kiosk to relay
`POST /practice/refund-fault`  `{"on": bool}` the cash unit cannot pay money back
`POST /practice/counter`       `{"unreadable": bool}` the printer's sheet counter
`POST /practice/clerk`         `{"sheets": n}` the clerk saw n sheets, or `{"refunded": true}` the clerk paid back
`POST /practice/clock`         `{"to": "23:30"}` moves the sandbox's time to that minute of its day, `{"to": ""}` back
`POST /practice/empty-tray`    `{}` takes the printed paper out of the tray
=============================  =====================================================================================
"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Final

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import MAX_COPIES, Kind, Options, kind_of
from itaku.issuance.protocol.refusals import REFUSALS

PAGE_DIR: Final = Path(__file__).parent / "page"
"""The page's static files."""

PAGE_HEADERS: Final[dict[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Headers of the page and its files: it may load nothing from elsewhere and run no inline script."""

RESEND_MS: Final = 5_000
"""The agent sends the newest screen again at least this often, in milliseconds."""
SILENT_MS: Final = 15_000
"""Without a screen for so long, in milliseconds, the page no longer trusts what it shows."""


class State(enum.StrEnum):
    """Where the kiosk is. The page has one view (or a short chain of local ones) for each."""

    IDLE = "idle"
    READING = "reading"
    """Waiting for a card to be laid down, then reading it."""
    OPENING = "opening"
    CHOOSING = "choosing"
    """Card and menu are known. Kind, options, copies, confirmation and PIN are steps inside the page."""
    SIGNING = "signing"
    APPLYING = "applying"
    REGISTERING = "registering"
    """An application for use (利用登録申請) is on its way to the registry municipality."""
    CHECKING = "checking"
    PERMITTING = "permitting"
    PAYING = "paying"
    CANCELLING = "cancelling"
    """The payment is being cancelled: the cash unit is asked what it holds."""
    PRINTING = "printing"
    PAPER_OUT = "paper_out"
    ASKING = "asking"
    """The printer is asked how many sheets came out."""
    REFUNDING = "refunding"
    CLERK = "clerk"
    TRIES = "tries"
    """The other service: the tries left of the PIN."""
    REGISTERED = "registered"
    """The end of a session whose application for use was received: no certificate, and no money."""
    RESULT = "result"
    """The end of a session, done (no `reason` in the outcome) or failed."""


STEP: Final[dict[State, int]] = {
    State.IDLE: 0,
    State.READING: 1,
    State.OPENING: 1,
    State.CHOOSING: 2,
    State.SIGNING: 3,
    State.APPLYING: 3,
    State.REGISTERING: 3,
    State.REGISTERED: 3,
    State.CHECKING: 3,
    State.PERMITTING: 3,
    State.PAYING: 4,
    State.CANCELLING: 4,
    State.PRINTING: 5,
    State.PAPER_OUT: 5,
    State.ASKING: 5,
    State.REFUNDING: 5,
    State.CLERK: 5,
    State.TRIES: 2,
}
"""The step (1 card, 2 choose, 3 confirm and PIN, 4 pay, 5 receive; 0 none yet) of each state but `RESULT`, which keeps
the step at which the session ended. The page moves from 2 to 3 by itself when the resident reaches the confirmation."""

NEEDS_OUTCOME: Final = frozenset({State.PAPER_OUT, State.ASKING, State.REFUNDING, State.CLERK, State.RESULT})
"""States whose page tells what happened to money, paper and data."""


class Service(enum.StrEnum):
    """What can be chosen on the first screen."""

    CERTIFICATES = "certificates"
    """証明書を取る."""
    TRIES = "tries"
    """暗証番号の残り回数を見る."""


class CardPlace(enum.StrEnum):
    """Where the resident's card is."""

    NONE = "none"
    """None was laid down in this session."""
    LYING = "lying"
    """On the reader."""
    RETURNED = "returned"
    """It was on the reader and has been taken away."""


class MoneyPlace(enum.StrEnum):
    """What is confirmed about the resident's money."""

    NONE = "none"
    """None was put in."""
    TAKEN = "taken"
    """Paid, the certificates came out."""
    RETURNED = "returned"
    """The cash unit confirmed that it paid everything back."""
    RETURNED_AT_REGISTER = "returned_at_register"
    """The clerk confirmed to have paid everything back by hand."""
    HELD = "held"
    """In the machine; not yet decided."""
    AT_REGISTER = "return_at_register"
    """The shop pays it back at the register."""
    ASKING = "asking"
    """The cash unit has not answered yet."""


class PaperPlace(enum.StrEnum):
    """What is confirmed about the sheets."""

    NONE = "none"
    """None came out."""
    OUT = "out"
    """`sheets_out` came out and are good."""
    INSIDE = "inside"
    """A sheet is stuck inside; `sheets_out` came out, and the whole set is void."""
    VOID = "void"
    """`sheets_out` came out, and the whole set is void."""
    ASKING = "asking"
    """The printer has not answered yet."""


class DataPlace(enum.StrEnum):
    """What is confirmed about the certificate's data in this machine."""

    NONE = "none"
    """None arrived."""
    ERASED = "erased"
    """Key and content are gone."""
    KEEPING = "keeping"
    """Still needed; erased when the session is settled."""


class Names(msgspec.Struct, frozen=True):
    """A name in Japanese and English."""

    ja: str
    en: str


class Reason(msgspec.Struct, frozen=True):
    """A refusal as the resident reads it; see `reason_of`. Other languages have their words in the page, by `code`."""

    code: str
    ja: str
    next_ja: str
    en: str
    next_en: str
    hours: str = ""
    """Opening hours as `9:00-17:00`, where they differ from the daily 6:30-23:00 of the catalogue."""
    again_ms: InstantMs | None = None
    """When it can be had again, if that is known."""


def reason_of(code: str, hours: str = "", again_ms: InstantMs | None = None, why: Names | None = None) -> Reason:
    """The reason with its words from the catalogue; `KeyError` if the code is not in it.

    `why` are a stop's own words (設備の保守, maintenance); an empty one leaves the catalogue's.
    """
    refusal = REFUSALS[code]
    next_ja, next_en = refusal.next_ja, refusal.next_en
    ja = f"{why.ja}のため、交付を停止しています。" if why and why.ja else refusal.ja
    en = f"Stopped: {why.en}." if why and why.en else refusal.en
    if hours:
        next_ja, next_en = f"{hours.replace('-', '〜')}にご利用ください。", f"Please come between {hours}."
    return Reason(code, ja, next_ja, en, next_en, hours, again_ms)


class ServiceItem(msgspec.Struct, frozen=True):
    """One service on the first screen. `reason` set means that it cannot be used now and why."""

    service: Service
    reason: Reason | None = None


class Place(msgspec.Struct, frozen=True):
    """A registry municipality that can be chosen."""

    code: str
    name: Names


class UseResult(msgspec.Struct, frozen=True):
    """An application for use that was received: its number, and the day from which it is expected to be usable."""

    case_no: str
    usable_from_ms: InstantMs


class MenuItem(msgspec.Struct, frozen=True):
    """One certificate of the menu. `reason` set means that it cannot be chosen now and why."""

    kind: Kind
    title: Names
    fee_yen: Yen
    """Fee of one copy."""
    reason: Reason | None = None
    fiscal_year: int | None = None
    """年度 of a tax certificate; None for other kinds."""


class Chosen(msgspec.Struct, frozen=True):
    """The application as the resident confirmed it."""

    kind: Kind
    title: Names
    options: Options
    copies: int
    fee_yen: Yen
    """Fee of all copies together."""


class Outcome(msgspec.Struct, frozen=True):
    """What is confirmed, in the order in which it is told: what happened, money, paper, data, number.

    Only what the printer and the cash unit confirmed stands here as a fact; everything else is `asking`.
    """

    reason: Reason | None
    """`None`: the certificates came out."""
    at_ms: InstantMs
    """When it happened."""
    card: CardPlace
    money: MoneyPlace
    paper: PaperPlace
    data: DataPlace
    money_yen: Yen = Yen(0)
    """The amount of which `money` speaks."""
    sheets_out: int = 0
    sheets_total: int = 0
    erased_at_ms: InstantMs | None = None
    """When the erasure was confirmed, with `data` erased."""
    case_no: str = ""
    """受付番号 as the register shows it too, such as `K7 4821 93`; empty while there is none."""
    clerk_called: bool = False
    """The register has been told of this case."""


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page shows. Raises `ValueError` if the parts contradict the state."""

    state: State
    now_ms: InstantMs
    """The agent's time of sending; the page counts on from it and never uses a clock of its own."""
    step: int = 0
    """0 (before a session) to 5."""
    failed: bool = False
    """The step is marked as failed."""
    session: str = ""
    """Names the session, unpredictable, empty in idle. Every action carries it back, so that a late touch of the
    previous resident never reaches the next one's session."""
    service: Service | None = None
    """The service chosen; `None` in idle."""
    services: tuple[ServiceItem, ...] = (ServiceItem(Service.CERTIFICATES), ServiceItem(Service.TRIES))
    shop: Names = Names("", "")
    municipality: Names | None = None
    """Known from `choosing` on."""
    card: CardPlace = CardPlace.NONE
    tries_left: int | None = None
    """PIN tries left, 0-3; 0 is a locked card. Known as soon as the card is read."""
    menu: tuple[MenuItem, ...] = ()
    elsewhere: tuple[Place, ...] = ()
    """In `choosing`: registry municipalities (本籍地) of which family register certificates can be had too."""
    registry: bool = False
    """`municipality` is such a registry municipality, and the menu is its own."""
    may_register: bool = False
    """An application for use (利用登録申請) can be sent to it."""
    use: UseResult | None = None
    """In `registered`."""
    chosen: Chosen | None = None
    """From `signing` on; in `choosing` it is set after a wrong PIN, and the page stays on the confirmation."""
    refusal: Reason | None = None
    """In `choosing`: why the last application came back (`pin_wrong`, `members_none`). In `reading`: why the card must
    be laid down again (`card_unreadable`)."""
    due_yen: Yen = Yen(0)
    """In `paying`: the whole amount."""
    paid_yen: Yen = Yen(0)
    """In `paying` and `cancelling`: what was put in so far."""
    sheets_done: int = 0
    """In `printing`: sheets that the printer confirmed."""
    sheets_total: int = 0
    outcome: Outcome | None = None
    """With the states of `NEEDS_OUTCOME`."""
    deadline_ms: InstantMs | None = None
    """When the agent leaves this state by itself; `None` if no time limit runs or none may be shown."""
    money_held: bool = False
    """Money is in the machine: no idle limit, and a lost agent is told differently."""
    may: tuple[str, ...] = ()
    """Tags of the actions that the agent accepts now, such as `("cancel", "touched")`. A button whose action is missing
    stays in place, dashed, and answers a touch with the reason."""
    practice: bool = False
    """A sandbox: the black strip is shown, and the practice stand beside the kiosk."""

    def __post_init__(self) -> None:
        if not 0 <= self.step <= 5:
            raise ValueError(f"step {self.step} is not one of the five")
        if self.state in NEEDS_OUTCOME and self.outcome is None:
            raise ValueError(f"{self.state} must say what is confirmed")
        if self.state is State.CHOOSING and not (self.menu and self.tries_left):
            raise ValueError("choosing needs a menu and tries left before the PIN is asked for")
        if self.state is State.REGISTERED and self.use is None:
            raise ValueError("registered must say which number and from which day")
        if self.state in {State.PAYING, State.PRINTING} and self.chosen is None:
            raise ValueError(f"{self.state} must show what was chosen")


class Start(msgspec.Struct, frozen=True, tag_field="do", tag="start", forbid_unknown_fields=True):
    """A service was touched, in `idle`."""

    service: Service


class Apply(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="apply", forbid_unknown_fields=True):
    """The resident confirmed the application and entered the PIN. No message but this and `RegisterUse` carries one."""

    session: str
    kind: Kind
    options: Options
    copies: Annotated[int, msgspec.Meta(ge=1, le=MAX_COPIES)]
    fee_yen: Annotated[int, msgspec.Meta(ge=0)]
    """The total that the resident saw; an agent that reckons another answers `fee_changed`."""
    pin: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}\Z")]

    def __post_init__(self) -> None:
        if kind_of(self.options) is not self.kind:
            raise ValueError("these options belong to another kind of certificate")

    def __repr__(self) -> str:
        """Without the PIN: a log or a traceback may print this."""
        return f"Apply(kind={self.kind.value!r}, copies={self.copies}, fee_yen={self.fee_yen}, pin='****')"

    __str__ = __repr__


class Elsewhere(msgspec.Struct, frozen=True, tag_field="do", tag="elsewhere", forbid_unknown_fields=True):
    """A registry municipality was chosen."""

    session: str
    municipality: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{6}\Z")]


class RegisterUse(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="register_use", forbid_unknown_fields=True
):
    """利用登録申請: what was entered and confirmed on the screen, and the PIN. None of it is ever sent back."""

    session: str
    domicile: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    head_name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    pin: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}\Z")]

    def __post_init__(self) -> None:
        if not self.domicile.strip() or not self.head_name.strip():
            raise ValueError("both are entered")

    def __repr__(self) -> str:
        """Without what was entered and without the PIN: a log or a traceback may print this."""
        return "RegisterUse(****)"

    __str__ = __repr__


class Touched(msgspec.Struct, frozen=True, tag_field="do", tag="touched", forbid_unknown_fields=True):
    """The screen was touched (sent every few seconds at most): the idle limit starts anew."""

    session: str


class Cancel(msgspec.Struct, frozen=True, tag_field="do", tag="cancel", forbid_unknown_fields=True):
    """やめる, before any money."""

    session: str


class Continue(msgspec.Struct, frozen=True, tag_field="do", tag="continue", forbid_unknown_fields=True):
    """つづける, in the last seconds of the idle limit."""

    session: str


class CallClerk(msgspec.Struct, frozen=True, tag_field="do", tag="call_clerk", forbid_unknown_fields=True):
    """店員を呼ぶ. In `idle` there is no session yet."""

    session: str


class Finish(msgspec.Struct, frozen=True, tag_field="do", tag="finish", forbid_unknown_fields=True):
    """終わる: the result was read (`result`, `tries`)."""

    session: str


class CancelPayment(msgspec.Struct, frozen=True, tag_field="do", tag="cancel_payment", forbid_unknown_fields=True):
    """やめる while money may be in the machine (`paying`)."""

    session: str


Action = Start | Apply | Elsewhere | RegisterUse | Touched | Cancel | Continue | CallClerk | Finish | CancelPayment
"""What a resident can do. JSON carries the tag in `do`."""


class Denied(msgspec.Struct, frozen=True):
    """Body of a 409: the code of the catalogue (`wrong_state` for a late touch)."""

    code: str


_DECODER: Final[msgspec.json.Decoder[Action]] = msgspec.json.Decoder(Action)
_ENCODER = msgspec.json.Encoder()


def action_of(body: bytes) -> Action:
    """The action of a `POST /act`; `msgspec.ValidationError` or `DecodeError` if it is none.

    Neither error may be logged with the body: it can hold a PIN.
    """
    return _DECODER.decode(body)


def screen_event(screen: Screen) -> bytes:
    """The screen as one Server-Sent Event."""
    return b"data: " + _ENCODER.encode(screen) + b"\n\n"


class PracticeCard(msgspec.Struct, frozen=True):
    """One virtual card of an invented resident."""

    id: str
    name: str
    """The invented resident's name, or empty; the stand is no part of the kiosk, whose own screen shows no name."""
    situation: Names
    """What this card shows, such as 「期限切れのカード」."""
    pin: str
    """練習用の暗証番号."""
    locked: bool = False


class PracticeState(msgspec.Struct, frozen=True, kw_only=True):
    """How the practice stand is set now."""

    card: str = ""
    """Id of the card on the reader; empty if none."""
    paper_sheets: int = 0
    jam_sheet: int = 0
    """The so-many-th sheet from now will jam; 0 none."""
    jammed: bool = False
    """A sheet is stuck in the printer."""
    cover_open: bool = False
    network_gone: bool = False
    refund_fault: bool = False
    counter_unreadable: bool = False
    clock_moved: bool = False
    awaiting_clerk: bool = False
    """A case waits for the clerk's answer."""
    sheets_asked: int = 0
    """Of how many sheets the clerk is asked."""
    clerk_page: str = ""
    """Address of the clerk's page at the register; empty if there is none."""


class TrayPart(msgspec.Struct, frozen=True):
    """One copy of a print job in the tray."""

    job: str
    part: int
    """Copy number within the job, from 1."""
    pages: tuple[str, ...]
    """URLs (same host) of pictures of its sheets' fronts, in order."""
    backs: tuple[str, ...]
    """URLs of pictures of their backs, in the same order; each empty while there is none."""
    pdf: str
    """URL (same host) of the document; empty until a whole copy came out."""
    void: bool = False
    """返金済・無効."""
