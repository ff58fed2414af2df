"""One simulated kiosk: the real machine, a journal that survives crashes, model devices, and a resident who errs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from itaku.issuance.kiosk import events as e
from itaku.issuance.kiosk.journal import SETTLED, JournalRecord, Phase
from itaku.issuance.kiosk.machine import KioskMachine
from itaku.issuance.kiosk.reports import acknowledged, is_told, next_report
from itaku.issuance.kiosk.table import KIOSK_TABLE
from itaku.issuance.protocol import messages as m
from itaku.issuance.simulator.intruders import intrude
from itaku.issuance.simulator.kinds import chosen_from
from itaku.issuance.simulator.line import REPORT_AGAIN_MS, Call, Relay, VoidCall
from itaku.issuance.simulator.shop import ModelRegister
from itaku.issuance.simulator.works import APPROVED_BUILD, OLD_BUILD

if TYPE_CHECKING:
    from itaku.issuance.simulator.world import World

_RESTART_MS = 5_000
_SILENT_MS = 5_000
"""After so long a silent device is asked again, if its answer is still wanted."""
_TAKEN_BACK_MS = (200, 3_000, 30_000, 600_000)
_CUTS_MS = (20_000, 120_000, 1_500_000)
_RECORD_AWAY_MS = 15_000
_COPIES = (1, 1, 1, 1, 2, 2, 3)
_AT_REST = frozenset(state.name for state in KIOSK_TABLE.states.values() if state.at_rest)
_DEVICES = frozenset({e.AskPrinter, e.Take, e.AskCash, e.CancelTake, e.Refund, e.Print, e.AskJob, e.StopPrinting})


class SimulatedKiosk:
    """Serves residents one after another; a crash takes its memory and leaves journal and devices."""

    def __init__(self, name: str, world: World, relay: Relay, register: ModelRegister) -> None:
        self.name = name
        self.world = world
        self.chance = world.chance
        self._random = world.chance.random
        self._device_limit = world.chance.limits["device"]
        self._journal_limit = world.chance.limits["journal"]
        self.relay = relay
        self.register = register
        self.build = OLD_BUILD if world.chance.hit("old_build") else APPROVED_BUILD
        parts = world.parts
        self.printer = parts.printer(world.chance)
        self.cash = parts.cash(world.chance)
        self.clerk = parts.clerk(world.chance, self.printer, self.cash)
        self.journal: dict[bytes, JournalRecord] = {}
        self.telling: dict[bytes, JournalRecord] = {}
        """Settled sessions that are being reported, as they were last written."""
        self.voiding: set[bytes] = set()
        """Sets that the shop has taken back and the center has not acknowledged yet."""
        self.cut = (0, 0)
        """When the line to the relay is cut: from, until."""
        self.life = 0
        self._resident = ""
        self._tries = 3
        self._counted = False
        """Whether the session has an issuance id and counts."""
        self._timer_ms = 0
        self._deaf = False
        """Whether a device's answer is being lost."""
        self.machine = self._fresh()

    @property
    def is_cut(self) -> bool:
        """Whether the line is cut now."""
        return self.cut[0] <= self.world.now < self.cut[1]

    # ---- residents ----

    def serve(self, wait_ms: int) -> None:
        """Lets the next resident come, unless the kiosk crashes before: then its journal comes first."""
        self.world.after(wait_ms, self._arrive, self.life)

    def _arrive(self, life: int) -> None:
        world = self.world
        if life != self.life or self.machine.state != "idle":
            return
        if self.is_cut and world.left and world.chance.random() < 0.9:
            # Hardly anyone comes to a kiosk that says that its line is down.
            self.serve(self.cut[1] - world.now)
            return
        tries_only = world.chance.random() < 0.02
        if not tries_only and not world.admit():
            return
        chance = world.chance
        self._resident = chance.one_of(world.source.everyone)
        self._tries = 3
        self._counted = tries_only
        self.printer.unreadable = False
        self.printer.not_ready = chance.hit("not_ready")
        self._handle(e.Started(tries_only=tries_only))
        fault = chance.any_of("session")
        if fault:
            self._befall(fault)

    def _befall(self, fault: str) -> None:
        world, chance = self.world, self.world.chance
        match fault:
            case "crash" | "power_cut":
                world.after(chance.between(100, 60_000), self._crash_of, (self.life, fault))
            case "line_cut":
                begins = world.now + chance.below(40_000)
                self.cut = (begins, begins + chance.one_of(_CUTS_MS))
            case "gives_up":
                world.after(chance.between(100, 40_000), self._if_alive, (self.life, e.Cancelled()))
            case "relay_cut":
                self.relay.cut_until = world.now + chance.between(5_000, 90_000)
            case "city_cut":
                chance.one_of(tuple(world.cities.values())).cut_until = world.now + chance.between(5_000, 90_000)
            case "record_refused":
                away = (world.now, world.now + _RECORD_AWAY_MS)
                if chance.random() < 0.5:
                    world.center_record = away
                else:
                    world.city_record = away
            case _:
                intrude(world, self)

    def _crash_of(self, what: tuple[int, str]) -> None:
        life, fault = what
        if life == self.life:
            if fault == "power_cut":
                self.printer.lose_power(self.world.now)
            self._crash()

    def _crash(self) -> None:
        """Memory is gone; journal, cash, printer stay. Starts again a little later."""
        self.world.note(self.name, "crashes in", self.machine.state, self.machine.issuance_id)
        self._let_go()
        self.life += 1
        self._timer_ms = 0
        self.telling = {}
        self.machine = self._fresh()
        self.world.after(_RESTART_MS, self._restart, self.life)

    def _restart(self, life: int) -> None:
        if life != self.life:
            return
        for record in list(self.journal.values()):
            if record.phase in SETTLED:
                self._report(record)
            if life != self.life:
                return
        self._take_up()

    def _take_up(self) -> None:
        """A session that was under way when the kiosk crashed comes before the next resident."""
        waiting = next((record for record in self.journal.values() if record.phase not in SETTLED), None)
        if waiting is None:
            self._arrive(self.life)
            return
        self._counted = True
        effects = self.machine.resume(self.world.now, waiting)
        self._perform(self.machine, self.machine.turn, effects)
        self._arm()

    def _fresh(self) -> KioskMachine:
        world = self.world
        return world.parts.kiosk_machine(self.name, self.build, world.crypto, world.randomness, world.kiosk_table)

    def _let_go(self) -> None:
        """The session is over for the auditor: its end is looked at once everything is at rest."""
        case = self.world.audit.cases.get(self.machine.issuance_id)
        if case is not None and case.kiosk is self and not case.looks:
            self.world.audit.session_ended(case)
        elif not self._counted:
            self._counted = True
            self.world.give_back()

    # ---- the driver ----

    def _handle(self, event: e.Event) -> None:
        if self._deaf:
            return
        world, machine, life = self.world, self.machine, self.life
        before = machine.turn
        effects = machine.handle(world.now, event)
        turn = machine.turn
        if turn != before and world.notes is not None:
            world.note(self.name, type(event).__name__, machine.state, machine.issuance_id)
        if effects:
            self._perform(machine, turn, effects)
        if machine.turn == before or life != self.life or machine is not self.machine:
            return
        state = machine.state
        if state == "choosing":
            self._choose()
        elif state in _AT_REST:
            self.world.audit.session_over(self)
            self._let_go()
            self.machine = self._fresh()
            self.world.after(self._pause_ms(), self._next, self.life)
            return
        due = machine.deadline_ms
        if due is not None and not world.now < self._timer_ms <= due:
            self._arm()

    def _pause_ms(self) -> int:
        """Until the next resident comes; in a burst, until the next full minute."""
        if self.world.scenario.bursts:
            return 60_000 - self.world.now % 60_000
        return self.world.chance.between(1_000, 40_000)

    def _next(self, life: int) -> None:
        if life == self.life and self.machine.state == "idle":
            self._take_up()

    def _arm(self) -> None:
        """One timer for the state's end: it is set anew only if it would come too late."""
        due = self.machine.deadline_ms
        now = self.world.now
        if due is not None and not now < self._timer_ms <= due:
            self._timer_ms = due
            self.world.after(due - now, self._time, (self.life, due))

    def _time(self, timer: tuple[int, int]) -> None:
        if timer != (self.life, self._timer_ms):
            return
        self._timer_ms = 0
        due = self.machine.deadline_ms
        if due is None:
            return
        if due <= self.world.now:
            self._handle(e.TimedOut(self.machine.turn))
        else:
            self._arm()

    def _if_alive(self, what: tuple[int, e.Event]) -> None:
        if what[0] == self.life:
            self._handle(what[1])

    def _choose(self) -> None:
        chance, machine = self.world.chance, self.machine
        draw = chance.random()
        if draw < 0.01:
            return
        event: e.Event
        if chance.hit("card_gone"):
            event = e.CardFailed("card_removed")
        elif draw < 0.05 and not machine.notice:
            event = e.Touched()
        else:
            pin = "0000" if chance.hit("wrong_pin") else "1234"
            assert machine.open_ok is not None, "choosing begins with the center's menu"
            event = e.Chosen(chosen_from(machine.open_ok.menu, chance), chance.one_of(_COPIES), pin)
        self.world.after(chance.between(2_000, 20_000), self._if_same, (machine, event))

    def _if_same(self, what: tuple[KioskMachine, e.Event]) -> None:
        if what[0] is self.machine:
            self._handle(what[1])

    def write(self, record: JournalRecord) -> bool:
        """A durable write of the journal; False if the kiosk crashed at it. A crash loses everything behind it."""
        draw = self._random()
        if draw >= self._journal_limit:
            self.world.audit.journal_written(record)
            self.journal[record.issuance_id] = record
            return True
        if self.chance.which("journal", draw) != "crash_before_write":
            self.world.audit.journal_written(record)
            self.journal[record.issuance_id] = record
        self._crash()
        return False

    def _perform(self, machine: KioskMachine, turn: int, effects: list[e.Effect]) -> None:
        """Effects strictly in order, each when the one before it is done, and none before a write ahead of it."""
        life = self.life
        for place, effect in enumerate(effects):
            if life != self.life or machine is not self.machine:
                return
            kind = type(effect)
            if kind is e.Persist:
                if not self.write(effect.record):  # type: ignore[union-attr]  # it is a Persist
                    return
                continue
            if kind in _DEVICES:
                draw = self._random()
                if draw < self._device_limit:
                    self._fault_of_device(self.chance.which("device", draw), machine, turn, effects[place:])
                    return
            self._effects[kind](self, effect, machine, turn)

    def _go_on(self, work: tuple[int, KioskMachine, int, list[e.Effect]]) -> None:
        life, machine, turn, effects = work
        if life != self.life or machine is not self.machine:
            return
        first, rest = effects[0], effects[1:]
        self._effects[type(first)](self, first, machine, turn)
        if rest:
            self._perform(machine, turn, rest)

    def _fault_of_device(self, fault: str, machine: KioskMachine, turn: int, effects: list[e.Effect]) -> None:
        """A device answers after seconds, or not at all; or it did what was asked and its answer is lost."""
        chance, work = self.world.chance, (self.life, machine, turn, effects)
        if fault == "slow_device":
            self.world.after(chance.between(1_000, 9_000), self._go_on, work)
            return
        draw = chance.below(3)
        if draw == 0:
            return
        if draw == 1:
            self._deaf = True
            self._effects[type(effects[0])](self, effects[0], machine, turn)
            self._deaf = False
        self.world.after(_SILENT_MS, self._poll, work)

    # ---- effects ----

    def _later(self, effect: e.Later, machine: KioskMachine, turn: int) -> None:
        """A poll: what it would ask changes at a known time, so that the polls before it are left out."""
        now, inner = self.world.now, effect.effect
        if isinstance(inner, e.AskCash):
            change = self.cash.next_ms(now, machine.issuance_id)
        elif isinstance(inner, e.AskClerk):
            change = self.clerk.next_ms(now, machine.issuance_id)
        else:
            change = self.printer.next_ms(now)
        wait = max(effect.milliseconds, change - now)
        self.world.after(wait, self._poll, (self.life, machine, turn, [inner]))

    def _poll(self, work: tuple[int, KioskMachine, int, list[e.Effect]]) -> None:
        life, machine, turn, effects = work
        if life == self.life and machine is self.machine and machine.turn == turn:
            self._perform(machine, turn, effects)

    def _send(self, effect: e.Send, machine: KioskMachine, _turn: int) -> None:
        request = effect.request
        if type(request) is m.Open:
            self._counted = True
            self.world.audit.opened(request.issuance_id, self, self._resident)
        Call(self, request, machine, None).begin()

    def _withdraw(self, effect: e.Withdraw, _machine: KioskMachine, _turn: int) -> None:
        Call(self, effect.request, None, None).begin()

    def _tell(self, effect: e.Report, _machine: KioskMachine, _turn: int) -> None:
        record = effect.record
        if record.phase is Phase.DELIVERED and self.world.chance.hit("bad_copy"):
            self.world.after(self.world.chance.one_of(_TAKEN_BACK_MS), self._take_back, record)
        self._report(record)

    def _take_back(self, record: JournalRecord) -> None:
        """At the register: every sheet is marked void, the fee goes back, and the center is told (S1-8-1)."""
        issuance_id, now = record.issuance_id, self.world.now
        if issuance_id in self.register.voided:
            return
        self.cash.bank(now, issuance_id)
        self.cash.empty_by_hand(issuance_id)
        self.register.void(issuance_id)
        self.voiding.add(issuance_id)
        receipt = m.VoidReceipt(sheets=record.sheets_out, voided_ms=now, signature=issuance_id, certificate=b"model")
        request = m.Void(issuance_id=issuance_id, kiosk=self.name, shop="s01", reason="misprint", receipt=receipt)
        VoidCall(self, request, None, None).send()

    def answered(self, call: Call, answer: m.Answer) -> None:
        """The center's answer to a session's request, or to a report."""
        if call.record is not None:
            if call.wanted:
                self._told(call.record, answer)
        elif call.machine is self.machine:
            self._handle(e.Answered(answer))

    def _read_card(self, _effect: e.ReadCard, machine: KioskMachine, _turn: int) -> None:
        chance = self.world.chance
        if chance.hit("no_card"):
            return
        gone = chance.hit("card_gone")
        event = e.CardFailed("card_unreadable") if gone else e.CardRead(self._resident.encode(), self._tries)
        self.world.after(chance.between(100, 900), self._if_same, (machine, event))

    def _sign(self, effect: e.SignWithCard, machine: KioskMachine, _turn: int) -> None:
        chance = self.world.chance
        if chance.hit("card_hangs"):
            return
        event: e.Event = e.Signed(effect.digest[:8] + self._resident.encode())
        if effect.pin != "1234":
            self._tries -= 1
            event = e.PinWrong(self._tries) if self._tries else e.CardFailed("pin_blocked")
        else:
            self.world.audit.signed(machine.issuance_id, effect.digest)
        self.world.after(chance.between(100, 900), self._if_same, (machine, event))

    def _nothing(self, _effect: e.ReleaseCard, _machine: KioskMachine, _turn: int) -> None:
        """The card is given back."""

    def _call_clerk(self, effect: e.CallClerk, _machine: KioskMachine, _turn: int) -> None:
        due = effect.record.phase is Phase.REFUND_DUE
        self.clerk.call(self.world.now, effect.record.issuance_id, refund_due=due)

    def _ask_clerk(self, _effect: e.AskClerk, machine: KioskMachine, _turn: int) -> None:
        sheets, refunded = self.clerk.answer(self.world.now, machine.issuance_id)
        self._handle(e.ClerkSaid(sheets, refunded))

    def _ask_printer(self, _effect: e.AskPrinter, _machine: KioskMachine, _turn: int) -> None:
        self._handle(e.PrinterSaid(self.printer.status(self.world.now)))

    def _take(self, effect: e.Take, machine: KioskMachine, _turn: int) -> None:
        self.world.audit.money_asked(self, machine.issuance_id)
        self._handle(e.CashSaid(self.cash.take(self.world.now, machine.issuance_id, effect.yen)))

    def _ask_cash(self, _effect: e.AskCash, machine: KioskMachine, _turn: int) -> None:
        self._handle(e.CashSaid(self.cash.status(self.world.now, machine.issuance_id)))

    def _cancel_take(self, _effect: e.CancelTake, machine: KioskMachine, _turn: int) -> None:
        self._handle(e.CashSaid(self.cash.cancel(self.world.now, machine.issuance_id)))

    def _refund(self, _effect: e.Refund, machine: KioskMachine, _turn: int) -> None:
        self._handle(e.CashSaid(self.cash.refund(self.world.now, machine.issuance_id)))

    def _print(self, effect: e.Print, machine: KioskMachine, _turn: int) -> None:
        document: Any = effect.document
        world = self.world
        world.audit.printed(self, machine.issuance_id, document)
        self.printer.unreadable = world.chance.hit("unreadable")
        self.printer.submit(world.now, machine.issuance_id.hex(), document, document.pages * effect.copies)

    def _ask_job(self, _effect: e.AskJob, machine: KioskMachine, _turn: int) -> None:
        self._handle(e.JobSaid(self.printer.job(self.world.now, machine.issuance_id.hex())))

    def _stop_printing(self, _effect: e.StopPrinting, machine: KioskMachine, _turn: int) -> None:
        self._handle(e.JobSaid(self.printer.cancel(self.world.now, machine.issuance_id.hex())))

    # ---- reports ----

    def _report(self, record: JournalRecord) -> None:
        """Until everyone has acknowledged everything; a new life reports from the journal again."""
        self.telling[record.issuance_id] = record
        if record.phase is Phase.DELIVERED:
            self.cash.bank(self.world.now, record.issuance_id)
        message = next_report(record, self.name)
        if message is not None:
            Call(self, message, None, record).begin()
        elif is_told(record, self.name):
            self.telling.pop(record.issuance_id, None)
            self.journal.pop(record.issuance_id, None)
        else:
            self._book((self.life, record))

    def _told(self, record: JournalRecord, answer: m.Answer) -> None:
        new = acknowledged(record, answer)
        if new is None:
            self.world.after(REPORT_AGAIN_MS, self._report_again, (self.life, record))
        elif self.write(new):
            self._report(new)

    def _report_again(self, what: tuple[int, JournalRecord]) -> None:
        life, record = what
        if life == self.life and self.telling.get(record.issuance_id) is record:
            self._report(record)

    def _book(self, what: tuple[int, JournalRecord]) -> None:
        life, record = what
        if life != self.life or self.telling.get(record.issuance_id) is not record:
            return
        world = self.world
        if world.chance.hit("shop_silent"):
            if world.chance.random() < 0.5:
                self.register.book(record.issuance_id, record.fee_yen)
            world.after(REPORT_AGAIN_MS, self._book, what)
            return
        self.register.book(record.issuance_id, record.fee_yen)
        new = msgspec.structs.replace(record, booked=True)
        if self.write(new):
            self._report(new)

    _effects: ClassVar[dict[type, Callable[[SimulatedKiosk, Any, KioskMachine, int], None]]] = {
        e.Later: _later,
        e.Send: _send,
        e.Withdraw: _withdraw,
        e.Report: _tell,
        e.ReadCard: _read_card,
        e.ReleaseCard: _nothing,
        e.SignWithCard: _sign,
        e.CallClerk: _call_clerk,
        e.AskClerk: _ask_clerk,
        e.AskPrinter: _ask_printer,
        e.Take: _take,
        e.AskCash: _ask_cash,
        e.CancelTake: _cancel_take,
        e.Refund: _refund,
        e.Print: _print,
        e.AskJob: _ask_job,
        e.StopPrinting: _stop_printing,
    }
