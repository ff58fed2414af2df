"""The kiosk's machine (キオスク端末), sans-I/O: `handle(now, event) -> effects` for one session.

Its memory is volatile on purpose: the session's key and the document live here only, and die here. What a restart needs
stands in the journal (`resume`). The screen is a function of the machine (`present`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId, Randomness, new_issuance_id
from itaku.basis.yen import Yen
from itaku.issuance.devices.contracts import FINAL_JOB_STATES, SIDES_PER_SHEET, CashState, CashStatus, JobState
from itaku.issuance.kiosk import events as e
from itaku.issuance.kiosk.journal import SETTLED, JournalRecord, Phase
from itaku.issuance.kiosk.table import KIOSK_TABLE
from itaku.issuance.kiosk.use_request import UseRequest, sealed_request
from itaku.issuance.kiosk.use_table import KIOSK_USE_TABLE, USE_EVENTS
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.digests import application_digest, session_key_hash
from itaku.issuance.protocol.kinds import Options, kind_of
from itaku.issuance.protocol.receipt_numbers import receipt_no
from itaku.issuance.protocol.tables import Table

TIME_MS: dict[str, int] = {
    "reading": 90_000,
    "tries": 90_000,
    "opening": 30_000,
    "choosing": 90_000,
    "signing": 60_000,
    "applying": 90_000,
    "registering": 90_000,
    "checking": 5_000,
    "permitting": 30_000,
    "paying": 60_000,
    "cancelling": 10_000,
    "printing": 60_000,
    "paper_out": 300_000,
    "asking": 120_000,
    "refunding": 20_000,
    "clerk": 60_000,
}
"""How long a state lasts without news, in milliseconds. Where money is held the end is a question, never a loss."""

POLL_MS = 250
"""How often a device that is at work is asked."""
CLERK_POLL_MS = 2_000
JAM = "media-jam"
EMPTY = "media-empty"
COVER = "cover-open"
STAFF_REASONS = frozenset({EMPTY, COVER})


class Secret(Protocol):
    """The private half of a session's key."""

    public: bytes

    def open(self, sealed: bytes, application_digest: bytes) -> bytes:
        """The document, or an exception."""
        ...

    def destroy(self) -> None:
        """Lets the key go."""
        ...


class DocumentRefusedError(Exception):
    """The document that arrived is not the one that was applied for."""


class Crypto(Protocol):
    """The kiosk's keys and checks; handed in, so that the simulator can hand in its own."""

    def new_secret(self) -> Secret:
        """A fresh session key."""
        ...

    def open_document(self, secret: Secret, answer: m.Prepared, application: m.Application, now: InstantMs) -> bytes:
        """Opens and checks digest, signature, issuance id and pages; raises `DocumentRefusedError`."""
        ...

    def receipt(self, issuance_id: IssuanceId, session_key_sha256: bytes, now: InstantMs) -> m.Receipt:
        """The signed statement that the session's key is gone."""
        ...


def _sheets(impressions: int) -> int:
    """Whole sheets: one whose second side was not printed is no certificate."""
    return max(impressions, 0) // SIDES_PER_SHEET


def _still_inside(status: CashStatus) -> Yen:
    """What the cash unit holds of this session and could not give back."""
    return Yen(status.inserted_yen - status.returned_yen)


class KioskMachine:
    """One session from touch to rest. After an ending a new machine serves the next resident."""

    def __init__(
        self,
        kiosk: str,
        build: str,
        crypto: Crypto,
        randomness: Randomness,
        table: Table = KIOSK_TABLE,
        claims_keys: Mapping[str, bytes] | None = None,
    ) -> None:
        self.kiosk = kiosk
        self._table = table
        self._claims_keys = claims_keys or {}
        self._build = build
        self._crypto = crypto
        self._randomness = randomness
        self.state = "idle"
        self.turn = 0
        self.deadline_ms: InstantMs | None = None
        self.tries_only = False
        self.tries_left: int | None = None
        self.notice = ""
        """Why the resident is asked again: a code of the refusals."""
        self.reason = ""
        """Why the session failed: a code of the refusals; empty while all is well."""
        self.open_ok: m.OpenOk | None = None
        self.application: m.Application | None = None
        self.record: JournalRecord | None = None
        self.inserted_yen = Yen(0)
        self.printer_reasons: tuple[str, ...] = ()
        self.ended_in = ""
        """The state in which the session ended, so that the screen keeps the step."""
        self.issuance_id = IssuanceId(b"")
        self.received = False
        """Whether a certificate ever arrived, readable or not."""
        self._certificate = b""
        self._pages = 0
        self._digest = b""
        self._secret: Secret | None = None
        self._document: bytes | None = None
        self._use: UseRequest | None = None
        self.use_received: m.UseReceived | None = None
        """The registry municipality's answer to an application for use."""
        self.again_ms: InstantMs | None = None
        """When what was refused can be had, as far as that is known."""

    # ---- the one entrance ----

    def handle(self, now: InstantMs, event: e.Event) -> list[e.Effect]:
        """What to do about an event. Events that the state does not expect (late, repeated) change nothing."""
        if isinstance(event, e.TimedOut):
            if event.turn != self.turn or self.deadline_ms is None or now < self.deadline_ms:
                return []
            return self._timeouts[self.state](self, now)
        handler = self._handlers.get((self.state, type(event)))
        return [] if handler is None else handler(self, now, event)

    @property
    def holds_key(self) -> bool:
        """Whether a session key lives in this machine."""
        return self._secret is not None

    @property
    def staff_reason(self) -> str:
        """What the printer waits for a person for, as a code of the refusals: paper, or else its cover."""
        return "cover_open" if COVER in self.printer_reasons and EMPTY not in self.printer_reasons else "paper_out"

    @property
    def at_rest(self) -> bool:
        """Whether the session is over."""
        return (self._table.states.get(self.state) or KIOSK_USE_TABLE.states[self.state]).at_rest

    @property
    def may_register(self) -> bool:
        """Whether an application for use can be sent: to a registry municipality whose published key is here."""
        return self.open_ok is not None and self.open_ok.registry and self.open_ok.municipality in self._claims_keys

    def resume(self, now: InstantMs, record: JournalRecord) -> list[e.Effect]:
        """Takes up a journal record after a restart: the key is gone, so paid but unprinted is always a refund."""
        assert self.state == "idle", "only a fresh machine resumes"
        self.record = record
        self.issuance_id = record.issuance_id
        self._digest = record.digest
        self.reason = record.reason or "restarted"
        if record.phase in SETTLED:
            self.state = record.phase.value
            return [e.Report(record)]
        if record.phase is Phase.COMMITTING:
            return self._enter(now, "cancelling", [e.CancelTake()])
        if record.phase is Phase.PAID:
            return self._enter(now, "asking", [e.AskPrinter()])
        if record.phase is Phase.REFUND_DUE:
            return self._enter(now, "refunding", [e.StopPrinting(), e.Refund()])
        return self._enter(now, "clerk", [e.CallClerk(record), e.AskClerk()])

    # ---- before money ----

    def _started(self, now: InstantMs, event: e.Started) -> list[e.Effect]:
        self.tries_only = event.tries_only
        return self._go(now, "Started", "reading", [e.ReadCard()])

    def _card_read(self, now: InstantMs, event: e.CardRead) -> list[e.Effect]:
        self.tries_left = event.tries_left
        if self.tries_only:
            return self._go(now, "CardShown", "tries", [e.ReleaseCard()])
        self._certificate = event.certificate
        return self._go(now, "CardRead", "opening", [e.Send(self._new_session(now, None))])

    def _new_session(self, now: InstantMs, municipality: str | None) -> m.Open:
        self._secret = self._crypto.new_secret()
        self.issuance_id = new_issuance_id(self._randomness)
        return m.Open(
            issuance_id=self.issuance_id,
            kiosk=self.kiosk,
            session_key=self._secret.public,
            card_certificate=self._certificate,
            build=self._build,
            at_ms=now,
            municipality=municipality,
        )

    def _card_failed(self, now: InstantMs, event: e.CardFailed) -> list[e.Effect]:
        if event.code == "pin_blocked":
            self.tries_left = 0
        return self._end(now, "CardFailed", event.code)

    def _opened(self, now: InstantMs, event: e.Answered) -> list[e.Effect]:
        if isinstance(event.answer, m.Refused):
            return self._end(now, "Refused", event.answer.code)
        if not isinstance(event.answer, m.OpenOk):
            return []
        self.open_ok = event.answer
        return self._go(now, "OpenOk", "choosing", [])

    def _touched(self, now: InstantMs, _event: e.Touched) -> list[e.Effect]:
        return self._go(now, "Touched", "choosing", [])

    def fee_yen(self, options: Options, copies: int) -> Yen | None:
        """The whole fee of a choice; None if the menu does not offer it now."""
        assert self.open_ok is not None
        item = next((i for i in self.open_ok.menu if i.kind is kind_of(options) and not i.reason), None)
        return None if item is None else Yen(item.fee_yen * copies)

    def _chosen(self, now: InstantMs, event: e.Chosen) -> list[e.Effect]:
        assert self.open_ok is not None
        assert self._secret is not None
        fee = self.fee_yen(event.options, event.copies)
        if fee is None:
            return []
        self.notice = ""
        self.application = m.Application(
            issuance_id=self.issuance_id,
            challenge=self.open_ok.challenge,
            kiosk=self.kiosk,
            municipality=self.open_ok.municipality,
            options=event.options,
            copies=event.copies,
            fee_yen=fee,
            session_key=self._secret.public,
        )
        self._digest = application_digest(self.application)
        return self._go(now, "Chosen", "signing", [e.SignWithCard(self._digest, event.pin)])

    def _elsewhere(self, now: InstantMs, event: e.Elsewhere) -> list[e.Effect]:
        """A registry municipality's session is one of its own: nothing of the first one counts in it."""
        assert self.open_ok is not None
        if event.municipality not in {place.code for place in self.open_ok.elsewhere}:
            return []
        first = m.Abandon(issuance_id=self.issuance_id, kiosk=self.kiosk, reason="cancelled")
        self._secret_gone()
        self.open_ok, self.application, self.notice = None, None, ""
        request = self._new_session(now, event.municipality)
        return self._go(now, "Elsewhere", "opening", [e.Send(request), e.Withdraw(first)])

    def _use_chosen(self, now: InstantMs, event: e.UseChosen) -> list[e.Effect]:
        """Seals what was entered and forgets it: from here on this machine holds a box that it cannot open."""
        assert self.open_ok is not None
        if not self.may_register:
            return []
        key = self._claims_keys[self.open_ok.municipality]
        self._use = sealed_request(self.open_ok, event.domicile, event.head_name, key, self._randomness)
        self._digest = self._use.digest
        self.notice, self.application = "", None
        return self._go(now, "UseChosen", "signing", [e.SignWithCard(self._digest, event.pin)])

    def _use_answered(self, now: InstantMs, event: e.Answered) -> list[e.Effect]:
        answer = event.answer
        if isinstance(answer, m.Refused):
            self.again_ms = None if answer.again_ms is None else InstantMs(answer.again_ms)
            return self._end(now, "Refused", answer.code)
        if not isinstance(answer, m.UseReceived):
            return []
        if (answer.issuance_id, answer.kiosk, answer.digest) != (self.issuance_id, self.kiosk, self._digest):
            return self._end(now, "Mismatch", "digest_mismatch")
        self.use_received, self.ended_in = answer, self.state
        self._secret_gone()
        return self._go(now, "UseReceived", "registered", [])

    def _pin_wrong(self, now: InstantMs, event: e.PinWrong) -> list[e.Effect]:
        self._use = None
        self.tries_left = event.tries_left
        self.notice = "pin_wrong"
        return self._go(now, "PinWrong", "choosing", [])

    def _signed(self, now: InstantMs, event: e.Signed) -> list[e.Effect]:
        assert self.open_ok is not None
        self.tries_left = 3
        if self._use is not None:
            use = self._use.signed(self.open_ok, self._certificate, event.signature)
            return self._go(now, "UseSigned", "registering", [e.ReleaseCard(), e.Send(use)])
        assert self.application is not None
        request = m.Apply(
            issuance_id=self.issuance_id,
            kiosk=self.kiosk,
            application=self.application,
            challenge_token=self.open_ok.challenge_token,
            card_certificate=self._certificate,
            digest=self._digest,
            signature=event.signature,
        )
        return self._go(now, "Signed", "applying", [e.ReleaseCard(), e.Send(request)])

    def _prepared(self, now: InstantMs, event: e.Answered) -> list[e.Effect]:
        answer = event.answer
        if isinstance(answer, m.Refused):
            self.again_ms = None if answer.again_ms is None else InstantMs(answer.again_ms)
            return self._end(now, "Refused", answer.code)
        if not isinstance(answer, m.Prepared):
            return []
        self.received = True
        assert self._secret is not None
        assert self.application is not None
        ours = (answer.issuance_id, answer.kiosk, answer.digest) == (self.issuance_id, self.kiosk, self._digest)
        try:
            if not ours:
                return self._end(now, "Mismatch", "document_mismatch")
            self._document = self._crypto.open_document(self._secret, answer, self.application, now)
        except DocumentRefusedError:
            return self._end(now, "Mismatch", "document_mismatch")
        self._pages = answer.pages
        return self._go(now, "Prepared", "checking", [e.AskPrinter()])

    def _ready(self, now: InstantMs, event: e.PrinterSaid) -> list[e.Effect]:
        status = event.status
        if not status.ready or not status.idle or status.counter is None:
            return self._end(now, "NotReady", "printer_not_ready")
        assert self.application is not None
        self.record = JournalRecord(
            issuance_id=self.issuance_id,
            phase=Phase.COMMITTING,
            digest=self._digest,
            session_key_sha256=session_key_hash(self.application.session_key),
            kind=kind_of(self.application.options),
            copies=self.application.copies,
            fee_yen=self.application.fee_yen,
            sheets_total=self._pages * self.application.copies,
            counter0=status.counter,
        )
        permit = m.Permit(issuance_id=self.issuance_id, kiosk=self.kiosk, digest=self._digest)
        return self._go(now, "Ready", "permitting", [e.Persist(self.record), e.Send(permit)])

    def _permitted(self, now: InstantMs, event: e.Answered) -> list[e.Effect]:
        if isinstance(event.answer, m.Refused):
            return self._settle(now, "Refused", Phase.ABANDONED, reason=event.answer.code)
        if not isinstance(event.answer, m.PermitOk):
            return []
        assert self.record is not None
        return self._go(now, "PermitOk", "paying", [e.Take(self.record.fee_yen)])

    def _cancelled(self, now: InstantMs, _event: e.Cancelled) -> list[e.Effect]:
        if self.state == "paying":
            self.reason = "cancelled"
            return self._go(now, "Cancelled", "cancelling", [e.CancelTake()])
        return self._end(now, "Cancelled", "cancelled")

    # ---- money ----

    def _cash_while_paying(self, now: InstantMs, event: e.CashSaid) -> list[e.Effect]:
        status = event.status
        if status.state is CashState.HELD:
            return self._paid(now)
        if status.state is CashState.UNKNOWN:
            assert self.record is not None
            return [e.Take(self.record.fee_yen)]
        if status.state is CashState.WAITING:
            again = e.Later(POLL_MS, e.AskCash())
            if status.inserted_yen > self.inserted_yen:
                self.inserted_yen = status.inserted_yen
                return self._go(now, "Inserted", "paying", [again])
            return [again]
        if status.state is CashState.FAULT:
            return self._go(now, "Timeout", "cancelling", [e.CancelTake()])
        return self._settle(now, "NotPaid", Phase.ABANDONED, reason=self.reason or "not_paid")

    def _cash_while_cancelling(self, now: InstantMs, event: e.CashSaid) -> list[e.Effect]:
        state = event.status.state
        self.inserted_yen = event.status.inserted_yen
        if state is CashState.HELD:
            if self._document is None:
                return self._refund(now, "PaidWithoutKey", "restarted")
            return self._paid(now)
        if state in {CashState.CANCELLED, CashState.REFUNDED}:
            return self._settle(now, "NotPaid", Phase.ABANDONED, reason=self.reason or "not_paid")
        if state is CashState.FAULT:
            return self._clerk(now, "CashFault", Phase.REFUND_DUE, "cash_fault", back_yen=_still_inside(event.status))
        return []

    def _paid(self, now: InstantMs) -> list[e.Effect]:
        assert self._document is not None
        assert self.record is not None
        self.inserted_yen = self.record.fee_yen
        self.reason = ""
        self._note(phase=Phase.PAID)
        print_it = e.Print(self._document, self.record.copies)
        return self._go(now, "Paid", "printing", [e.Persist(self.record), print_it, e.AskJob()])

    # ---- paper ----

    def _job_while_printing(self, now: InstantMs, event: e.JobSaid) -> list[e.Effect]:
        status = event.status
        assert self.record is not None
        progress = _sheets(status.impressions) > self.record.sheets_out
        self.printer_reasons = status.reasons
        if progress:
            self._note(sheets_out=_sheets(status.impressions))
        if status.state in FINAL_JOB_STATES:
            all_sides = self.record.sheets_total * SIDES_PER_SHEET
            if status.state is JobState.COMPLETED and status.impressions == all_sides:
                return self._settle(now, "AllPrinted", Phase.DELIVERED, sheets_out=self.record.sheets_total)
            return self._ask(now, "Unclear")
        if JAM in status.reasons:
            return self._refund(now, "Failed", "paper_jam")
        again = e.Later(POLL_MS, e.AskJob())
        if STAFF_REASONS & set(status.reasons):
            return [again] if self.state == "paper_out" else self._go(now, "PaperOut", "paper_out", [again])
        if status.state is JobState.UNKNOWN:
            return self._ask(now, "Unclear")
        if self.state == "paper_out" or progress:
            return self._go(now, "Progress", "printing", [again])
        return [again]

    def _ask(self, now: InstantMs, edge: str) -> list[e.Effect]:
        self.reason = "printing_unconfirmed"
        # The phase stays "paid": after a restart the printer is asked again before any clerk is.
        self._note(reason=self.reason)
        assert self.record is not None
        return self._go(now, edge, "asking", [e.Persist(self.record), e.AskPrinter()])

    def _counted(self, now: InstantMs, event: e.PrinterSaid) -> list[e.Effect]:
        status = event.status
        assert self.record is not None
        if not status.idle:
            # A job that waits for a person is fenced: its sheets can be counted only when no more will come.
            fence: list[e.Effect] = [e.StopPrinting()] if status.reasons else []
            self._check("Busy", "asking")
            return [*fence, e.Later(1_000, e.AskPrinter())]
        if status.counter is None:
            return self._clerk(now, "Unreadable", Phase.UNCERTAIN, "printing_unconfirmed")
        sheets = _sheets(status.counter - self.record.counter0)
        if sheets >= self.record.sheets_total:
            self.reason = ""
            return self._settle(now, "CountedAll", Phase.DELIVERED, sheets_out=self.record.sheets_total)
        self._note(sheets_out=sheets)
        return self._refund(now, "CountedLess", self.reason)

    def _refund(self, now: InstantMs, edge: str, reason: str) -> list[e.Effect]:
        self.reason = reason
        self._destroy(now)
        self._note(phase=Phase.REFUND_DUE, reason=reason, case_no=self._case_no())
        assert self.record is not None
        return self._go(now, edge, "refunding", [e.Persist(self.record), e.StopPrinting(), e.Refund()])

    def _stopped(self, _now: InstantMs, event: e.JobSaid) -> list[e.Effect]:
        assert self.record is not None
        self._note(sheets_out=max(self.record.sheets_out, _sheets(event.status.impressions)))
        return []

    def _refund_answer(self, now: InstantMs, event: e.CashSaid) -> list[e.Effect]:
        state = event.status.state
        if state in {CashState.REFUNDED, CashState.CANCELLED}:
            return self._settle(now, "RefundDone", Phase.REFUNDED, reason=self.reason)
        if state is CashState.FAULT:
            return self._clerk(now, "RefundFault", Phase.REFUND_DUE, self.reason, back_yen=_still_inside(event.status))
        return []

    # ---- the clerk ----

    def _clerk(self, now: InstantMs, edge: str, phase: Phase, reason: str, **changes: Any) -> list[e.Effect]:
        self.reason = reason
        self._destroy(now)
        self._note(phase=phase, reason=reason, case_no=self._case_no(), **changes)
        assert self.record is not None
        return self._go(now, edge, "clerk", [e.Persist(self.record), e.CallClerk(self.record), e.AskClerk()])

    def _clerk_said(self, now: InstantMs, event: e.ClerkSaid) -> list[e.Effect]:
        assert self.record is not None
        if event.refunded:
            return self._settle(now, "ClerkRefunded", Phase.REFUNDED, reason=self.reason)
        if event.sheets is None or self.record.phase is Phase.REFUND_DUE:
            # Once a refund is due the set is void: only money that went back ends it.
            return [e.Later(CLERK_POLL_MS, e.AskClerk())]
        if event.sheets >= self.record.sheets_total:
            self.reason = ""
            return self._settle(now, "ClerkSawAll", Phase.DELIVERED, sheets_out=self.record.sheets_total)
        self._note(sheets_out=event.sheets)
        return self._refund(now, "ClerkSawLess", self.reason)

    # ---- time ----

    def _end_by_time(self, now: InstantMs) -> list[e.Effect]:
        waiting = {
            **dict.fromkeys(("opening", "applying", "registering"), "network_gone"),
            "checking": "printer_not_ready",
        }
        return self._end(now, "Timeout", waiting.get(self.state, "session_timeout"))

    def _abandon_by_time(self, now: InstantMs) -> list[e.Effect]:
        return self._settle(now, "Timeout", Phase.ABANDONED, reason="network_gone")

    def _cancel_by_time(self, now: InstantMs) -> list[e.Effect]:
        self.reason = "not_paid"
        return self._go(now, "Timeout", "cancelling", [e.CancelTake()])

    def _cancel_again(self, now: InstantMs) -> list[e.Effect]:
        return self._go(now, "Timeout", "cancelling", [e.CancelTake()])

    def _ask_by_time(self, now: InstantMs) -> list[e.Effect]:
        return self._ask(now, "Timeout")

    def _no_paper(self, now: InstantMs) -> list[e.Effect]:
        return self._refund(now, "Timeout", self.staff_reason)

    def _clerk_by_time(self, now: InstantMs) -> list[e.Effect]:
        return self._clerk(now, "Timeout", Phase.UNCERTAIN, "printing_unconfirmed")

    def _refund_again(self, now: InstantMs) -> list[e.Effect]:
        return self._go(now, "Timeout", "refunding", [e.StopPrinting(), e.Refund()])

    def _clerk_again(self, now: InstantMs) -> list[e.Effect]:
        assert self.record is not None
        return self._go(now, "Timeout", "clerk", [e.CallClerk(self.record), e.AskClerk()])

    # ---- moving ----

    def _go(self, now: InstantMs, event: str, target: str, effects: list[e.Effect]) -> list[e.Effect]:
        self._check(event, target)
        return self._enter(now, target, effects)

    def _check(self, event: str, target: str) -> None:
        of_use = event in USE_EVENTS or self.state == "registering"
        (KIOSK_USE_TABLE if of_use else self._table).check(self.state, event, target)

    def _enter(self, now: InstantMs, target: str, effects: list[e.Effect]) -> list[e.Effect]:
        self.state = target
        self.turn += 1
        time_ms = TIME_MS.get(target)
        self.deadline_ms = None if time_ms is None else InstantMs(now + time_ms)
        return effects

    def _end(self, now: InstantMs, event: str, reason: str) -> list[e.Effect]:
        """Ends a session in which no money was ever asked for."""
        self.ended_in = self.state
        self.reason = reason
        effects: list[e.Effect] = []
        if self.state in {"reading", "opening", "choosing", "signing"}:
            effects.append(e.ReleaseCard())
        opened = self._secret is not None
        self._secret_gone()
        if opened:
            withdraw = m.Abandon(issuance_id=self.issuance_id, kiosk=self.kiosk, reason=reason)
            effects.append(e.Withdraw(withdraw))
        return self._go(now, event, "ended", effects)

    def _settle(self, now: InstantMs, event: str, phase: Phase, **changes: Any) -> list[e.Effect]:
        """Comes to rest: durable first, then cash unit, center and shop are told in the background."""
        self.ended_in = self.state
        self.reason = changes.get("reason", "") if phase is not Phase.DELIVERED else ""
        self._destroy(now)
        self._note(phase=phase, settled_ms=now, **{"reason": self.reason, **changes})
        assert self.record is not None
        return self._go(now, event, phase.value, [e.Persist(self.record), e.Report(self.record)])

    def _note(self, **changes: Any) -> None:
        assert self.record is not None
        self.record = msgspec.structs.replace(self.record, **changes)

    def _destroy(self, now: InstantMs) -> None:
        """Destroys key and document and writes the receipt, once. After a restart memory has done so already."""
        self._secret_gone()
        assert self.record is not None
        if self.record.receipt is None:
            self._note(receipt=self._crypto.receipt(self.issuance_id, self.record.session_key_sha256, now))

    def _secret_gone(self) -> None:
        if self._secret is not None:
            self._secret.destroy()
        self._secret = None
        self._document = None
        self._use = None

    def _case_no(self) -> str:
        """受付番号: the session's receipt number; it names the case at the shop's register too."""
        assert self.record is not None
        return self.record.case_no or receipt_no(self.issuance_id)

    _handlers: ClassVar[dict[tuple[str, type], Callable[[KioskMachine, InstantMs, Any], list[e.Effect]]]] = {
        ("idle", e.Started): _started,
        ("reading", e.CardRead): _card_read,
        ("reading", e.CardFailed): _card_failed,
        ("reading", e.Cancelled): _cancelled,
        ("tries", e.Cancelled): _cancelled,
        ("opening", e.Answered): _opened,
        ("opening", e.Cancelled): _cancelled,
        ("choosing", e.Touched): _touched,
        ("choosing", e.Chosen): _chosen,
        ("choosing", e.Elsewhere): _elsewhere,
        ("choosing", e.UseChosen): _use_chosen,
        ("registering", e.Answered): _use_answered,
        ("choosing", e.CardFailed): _card_failed,
        ("choosing", e.Cancelled): _cancelled,
        ("signing", e.Signed): _signed,
        ("signing", e.PinWrong): _pin_wrong,
        ("signing", e.CardFailed): _card_failed,
        ("applying", e.Answered): _prepared,
        ("applying", e.Cancelled): _cancelled,
        ("checking", e.PrinterSaid): _ready,
        ("checking", e.Cancelled): _cancelled,
        ("permitting", e.Answered): _permitted,
        ("paying", e.CashSaid): _cash_while_paying,
        ("paying", e.Cancelled): _cancelled,
        ("cancelling", e.CashSaid): _cash_while_cancelling,
        ("printing", e.JobSaid): _job_while_printing,
        ("paper_out", e.JobSaid): _job_while_printing,
        ("asking", e.PrinterSaid): _counted,
        ("refunding", e.CashSaid): _refund_answer,
        ("refunding", e.JobSaid): _stopped,
        ("clerk", e.JobSaid): _stopped,
        ("clerk", e.ClerkSaid): _clerk_said,
    }
    _timeouts: ClassVar[dict[str, Callable[[KioskMachine, InstantMs], list[e.Effect]]]] = {
        **dict.fromkeys(("reading", "tries", "opening", "choosing", "signing"), _end_by_time),
        **dict.fromkeys(("applying", "checking", "registering"), _end_by_time),
        "permitting": _abandon_by_time,
        "paying": _cancel_by_time,
        "cancelling": _cancel_again,
        "printing": _ask_by_time,
        "paper_out": _no_paper,
        "asking": _clerk_by_time,
        "refunding": _refund_again,
        "clerk": _clerk_again,
    }
