"""The screen as a function of the machine: what the resident may be told in each state, and what may be pressed."""

from __future__ import annotations

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.kiosk.journal import JournalRecord, Phase
from itaku.issuance.kiosk.machine import JAM, KioskMachine
from itaku.issuance.kiosk.screens import (
    NEEDS_OUTCOME,
    STEP,
    CardPlace,
    Chosen,
    DataPlace,
    MenuItem,
    MoneyPlace,
    Names,
    Outcome,
    PaperPlace,
    Place,
    Reason,
    Screen,
    Service,
    State,
    UseResult,
    reason_of,
)
from itaku.issuance.protocol.kinds import KIND_TITLE, kind_of
from itaku.issuance.protocol.messages import MenuItem as OfferedItem
from itaku.issuance.protocol.receipt_numbers import receipt_no

MAY: dict[str, tuple[str, ...]] = {
    "idle": ("start", "call_clerk"),
    "reading": ("cancel", "touched", "continue", "call_clerk"),
    "tries": ("finish", "touched", "call_clerk"),
    "opening": ("cancel", "call_clerk"),
    "choosing": ("apply", "elsewhere", "register_use", "cancel", "touched", "continue", "call_clerk"),
    "signing": ("call_clerk",),
    "applying": ("cancel", "call_clerk"),
    "registering": ("call_clerk",),
    "checking": ("cancel", "call_clerk"),
    "permitting": ("call_clerk",),
    "paying": ("cancel_payment", "call_clerk"),
    "cancelling": ("call_clerk",),
    "printing": ("call_clerk",),
    "paper_out": ("call_clerk",),
    "asking": ("call_clerk",),
    "refunding": ("call_clerk",),
    "clerk": ("call_clerk",),
}
"""Actions that the agent accepts, by the machine's state; at rest: `finish`."""

_LYING = frozenset({"opening", "choosing", "signing"})
_HOLDING = frozenset({"paying", "cancelling", "printing", "paper_out", "asking", "refunding", "clerk"})
_COUNTDOWN = frozenset({"reading", "tries", "choosing", "paying", "paper_out"})
"""States whose limit is shown: the resident, or the staff, can do something within it."""


def screen_of(
    machine: KioskMachine, now: InstantMs, shop: Names, *, session: str, result_until: InstantMs | None, practice: bool
) -> Screen:
    """What to show now. `result_until` is when a result gives way to the welcome screen."""
    rest = machine.at_rest
    registered = machine.state == "registered"
    state = State.RESULT if rest and not registered else State(machine.state)
    ended_in = State(machine.ended_in) if machine.ended_in else State.PRINTING
    step = STEP[ended_in] if rest else STEP[state]
    failed = machine.reason not in {"", "cancelled"} and (rest or state in {State.REFUNDING, State.CLERK})
    deadline = result_until if rest else machine.deadline_ms if machine.state in _COUNTDOWN else None
    return Screen(
        state=state,
        now_ms=now,
        step=5 if rest and not machine.reason and not registered else step,
        failed=failed,
        session="" if state is State.IDLE else session,
        service=None if state is State.IDLE else Service.TRIES if machine.tries_only else Service.CERTIFICATES,
        shop=shop,
        municipality=_municipality(machine),
        card=_card(machine),
        tries_left=machine.tries_left,
        menu=_menu(machine) if machine.state == "choosing" else (),
        elsewhere=_elsewhere(machine) if machine.state == "choosing" else (),
        registry=machine.open_ok is not None and machine.open_ok.registry,
        may_register=machine.state == "choosing" and machine.may_register,
        use=_use(machine) if registered else None,
        chosen=_chosen(machine),
        refusal=reason_of(machine.notice) if machine.notice and machine.state == "choosing" else None,
        due_yen=machine.record.fee_yen if machine.record else Yen(0),
        paid_yen=machine.inserted_yen,
        sheets_done=machine.record.sheets_out if machine.record else 0,
        sheets_total=machine.record.sheets_total if machine.record else 0,
        outcome=_outcome(machine, now) if state in NEEDS_OUTCOME else None,
        deadline_ms=deadline,
        money_held=machine.state in _HOLDING,
        may=("finish", "call_clerk") if rest else MAY[machine.state],
        practice=practice,
    )


def _municipality(machine: KioskMachine) -> Names | None:
    ok = machine.open_ok
    return None if ok is None else Names(ok.municipality_ja, ok.municipality_en)


def _elsewhere(machine: KioskMachine) -> tuple[Place, ...]:
    assert machine.open_ok is not None
    return tuple(Place(place.code, Names(place.ja, place.en)) for place in machine.open_ok.elsewhere)


def _use(machine: KioskMachine) -> UseResult:
    assert machine.use_received is not None, "registered follows the municipality's answer"
    return UseResult(receipt_no(machine.issuance_id), InstantMs(machine.use_received.usable_from_ms))


def _menu(machine: KioskMachine) -> tuple[MenuItem, ...]:
    assert machine.open_ok is not None
    return tuple(
        MenuItem(
            item.kind,
            Names(*KIND_TITLE[item.kind]),
            item.fee_yen,
            _menu_reason(item) if item.reason else None,
            item.fiscal_year,
        )
        for item in machine.open_ok.menu
    )


def _menu_reason(item: OfferedItem) -> Reason:
    again = None if item.opens_again_ms is None else InstantMs(item.opens_again_ms)
    return reason_of(item.reason, item.hours, again, Names(item.why_ja, item.why_en))


def _chosen(machine: KioskMachine) -> Chosen | None:
    application = machine.application
    if application is None:
        return None
    kind = kind_of(application.options)
    return Chosen(kind, Names(*KIND_TITLE[kind]), application.options, application.copies, application.fee_yen)


def _card(machine: KioskMachine) -> CardPlace:
    if machine.state in _LYING:
        return CardPlace.LYING
    return CardPlace.NONE if machine.tries_left is None else CardPlace.RETURNED


def _outcome(machine: KioskMachine, now: InstantMs) -> Outcome:
    record = machine.record
    settled = record.settled_ms if record else None
    receipt = record.receipt if record else None
    money, yen = _money(machine)
    return Outcome(
        reason=_reason(machine),
        at_ms=settled or now,
        card=_card(machine),
        money=money,
        paper=_paper(machine),
        data=_data(machine),
        money_yen=yen,
        sheets_out=record.sheets_out if record else 0,
        sheets_total=record.sheets_total if record else 0,
        erased_at_ms=InstantMs(receipt.erased_ms) if receipt else None,
        case_no=_case_no(record) if record else "",
        clerk_called=machine.state == "clerk",
    )


def _case_no(record: JournalRecord) -> str:
    """The receipt number: of a case, and of a delivered set, which can still be refunded at the register (S1-8-1)."""
    return record.case_no or (receipt_no(record.issuance_id) if record.phase is Phase.DELIVERED else "")


def _reason(machine: KioskMachine) -> Reason | None:
    if machine.state == "paper_out":
        return reason_of(machine.staff_reason)
    return reason_of(machine.reason, again_ms=machine.again_ms) if machine.reason else None


def _money(machine: KioskMachine) -> tuple[MoneyPlace, Yen]:
    record = machine.record
    fee = record.fee_yen if record else Yen(0)
    owed = record.owed_yen if record else Yen(0)
    if machine.state == "delivered":
        return MoneyPlace.TAKEN, fee
    if machine.state == "refunded":
        return (MoneyPlace.RETURNED_AT_REGISTER if machine.ended_in == "clerk" else MoneyPlace.RETURNED), owed
    if machine.state == "abandoned":
        return (MoneyPlace.RETURNED, machine.inserted_yen) if machine.inserted_yen else (MoneyPlace.NONE, Yen(0))
    if machine.state == "clerk":
        due = record is not None and record.phase is Phase.REFUND_DUE
        return (MoneyPlace.AT_REGISTER if due else MoneyPlace.HELD), owed
    if machine.state in _HOLDING:
        return MoneyPlace.HELD, owed
    return MoneyPlace.NONE, Yen(0)


def _paper(machine: KioskMachine) -> PaperPlace:
    record = machine.record
    out = record.sheets_out if record else 0
    if machine.state == "delivered":
        return PaperPlace.OUT
    if machine.state == "asking" or (machine.state == "clerk" and record and record.phase is not Phase.REFUND_DUE):
        return PaperPlace.ASKING
    if JAM in machine.printer_reasons and machine.state != "abandoned":
        return PaperPlace.INSIDE
    if machine.state == "refunded" and machine.ended_in == "clerk" and machine.reason == "printing_unconfirmed":
        # The clerk paid back without a count: that no sheet came out is not known.
        return PaperPlace.VOID
    if machine.state in {"refunding", "refunded", "clerk"} and out:
        return PaperPlace.VOID
    return PaperPlace.OUT if out and machine.state == "paper_out" else PaperPlace.NONE


def _data(machine: KioskMachine) -> DataPlace:
    if machine.holds_key:
        return DataPlace.KEEPING
    return DataPlace.ERASED if machine.record is not None or machine.received else DataPlace.NONE
