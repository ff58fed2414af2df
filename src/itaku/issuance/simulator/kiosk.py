"""One simulated kiosk: the real machine, a journal that survives crashes, model devices, and a resident who errs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from itaku.basis.randomness import IssuanceId
from itaku.issuance.center.row import CenterRow
from itaku.issuance.devices.contracts import CashState
from itaku.issuance.kiosk import events as e
from itaku.issuance.kiosk.journal import SETTLED, JournalRecord, Phase
from itaku.issuance.kiosk.machine import KioskMachine
from itaku.issuance.kiosk.reports import acknowledged, next_report
from itaku.issuance.municipality.row import MunicipalityRow
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.kinds import Member, Options, ResidentRecordOptions, SealRegistrationOptions
from itaku.issuance.simulator.devices import ModelCash, ModelClerk, ModelPrinter

if TYPE_CHECKING:
    from itaku.issuance.simulator.world import World

_DEVICE = e.AskPrinter | e.Take | e.AskCash | e.CancelTake | e.Refund | e.Print | e.AskJob | e.StopPrinting
_LATER_MS = 1_000


class SimulatedKiosk:
    """Serves residents one after another; a crash takes its memory and leaves journal and devices."""

    def __init__(self, name: str, world: World) -> None:
        self.name = name
        self._world = world
        chance, odds = world.chance, world.odds
        self.printer = ModelPrinter(chance, odds)
        self.cash = ModelCash(chance, odds)
        self.clerk = ModelClerk(chance, self.printer, self.cash)
        self.journal: dict[bytes, JournalRecord] = {}
        self.residents: dict[bytes, str] = {}
        """Whose card applied, by issuance id."""
        self.cut = (0, 0)
        """When the line to the relay is cut: from, until."""
        self._left = 0
        self._life = 0
        self._resident = ""
        self._tries = 3
        self.machine = self._fresh()

    def serve(self, residents: int) -> None:
        """Lets so many residents come."""
        self._left = residents
        self._soon(self._world.chance.randrange(0, 60_000))

    def violations(
        self, centers: Mapping[bytes, CenterRow], municipalities: Mapping[bytes, MunicipalityRow]
    ) -> list[str]:
        """What does not hold at rest."""
        found = [f"I4 {self.name}: a key lives after the end"] if self.machine.holds_key else []
        found += [f"I3 {self.name}: {key.hex()} is not settled" for key in self.journal]
        for issuance_id, resident in self.residents.items():
            center, city = centers.get(issuance_id), municipalities.get(issuance_id)
            delivered = center is not None and center.state == "closed"
            held = self.cash.state.get(issuance_id) in {CashState.HELD, CashState.BANKED}
            counted = city is not None and city.state == "counted"
            if not held == delivered == counted:
                states = (held, center.state if center else "-", city.state if city else "-")
                found.append(f"I2/I5 {issuance_id.hex()}: {states}")
            document: Any = self.printer.documents.get(issuance_id.hex())
            if document is not None and document.resident != resident:
                found.append(f"I1 {issuance_id.hex()}: {document.resident} printed for {resident}")
            if delivered and document is not None and center is not None:
                sheets = self.printer.sheets.get(issuance_id.hex(), 0)
                if sheets != document.pages * center.copies:
                    found.append(f"I2 {issuance_id.hex()}: {sheets} sheets of {document.pages * center.copies}")
        return found

    # ---- residents ----

    def _soon(self, milliseconds: int) -> None:
        """Lets the next resident come, unless the kiosk crashes before: then its journal comes first."""
        life = self._life
        self._world.after(milliseconds, lambda: self._next() if life == self._life else None)

    def _next(self) -> None:
        if self.machine.state != "idle" or self._left == 0:
            return
        self._left -= 1
        world = self._world
        self._resident = f"resident-{world.chance.randrange(10**9)}"
        self._tries = 3
        self.printer.unreadable = False
        self.printer.not_ready = world.chance.random() < 0.01
        self._handle(e.Started(tries_only=world.chance.random() < 0.02))
        if world.chance.random() < world.odds.crash:
            world.after(world.chance.randrange(100, 40_000), self._crash)
        if world.chance.random() < world.odds.line_cut:
            begins = world.now + world.chance.randrange(0, 40_000)
            self.cut = (begins, begins + world.chance.choice((20_000, 120_000, 1_500_000)))
        if world.chance.random() < world.odds.gives_up:
            world.after(world.chance.randrange(100, 30_000), lambda: self._handle(e.Cancelled()))

    def _crash(self) -> None:
        """Memory is gone; journal, cash, printer stay. Starts again a little later."""
        self._life += 1
        self.machine = self._fresh()
        self._world.after(5_000, self._restart)

    def _restart(self) -> None:
        if self.machine.state != "idle":
            return
        for record in list(self.journal.values()):
            if record.phase in SETTLED:
                self._report(record)
            else:
                before = self.machine.turn
                self._perform(self.machine.resume(self._world.now, record))
                self._arm(before)
        if self.machine.state == "idle":
            self._soon(1_000)

    def _fresh(self) -> KioskMachine:
        world = self._world
        return KioskMachine(self.name, "simulated", world.crypto, world.randomness, world.kiosk_table)

    # ---- the driver ----

    def _handle(self, event: e.Event) -> None:
        before = self.machine.turn
        self._perform(self.machine.handle(self._world.now, event))
        self._arm(before)
        machine = self.machine
        if machine.state == "choosing" and machine.turn != before:
            self._choose()
        if machine.at_rest:
            self.machine = self._fresh()
            self._soon(1_000)

    def _arm(self, before: int) -> None:
        """Sets the time of a state that was just entered."""
        machine, life, turn = self.machine, self._life, self.machine.turn
        if turn != before and machine.deadline_ms is not None:
            due = machine.deadline_ms - self._world.now
            self._world.after(due, lambda: self._if_alive(life, e.TimedOut(turn)))

    def _if_alive(self, life: int, event: e.Event) -> None:
        if life == self._life:
            self._handle(event)

    def _choose(self) -> None:
        world, machine, life = self._world, self.machine, self._life
        options: Options = SealRegistrationOptions()
        if world.chance.random() < 0.7:
            options = ResidentRecordOptions(members=(Member.SELF,) if world.chance.random() < 0.5 else ())
        pin = "0000" if world.chance.random() < world.odds.wrong_pin else "1234"
        copies = world.chance.randrange(1, 4)

        def go() -> None:
            if life == self._life and machine is self.machine:
                if world.chance.random() < world.odds.card_gone:
                    self._handle(e.CardFailed("card_removed"))
                elif world.chance.random() < 0.05 and not machine.notice:
                    self._handle(e.Touched())
                elif world.chance.random() > 0.01:
                    self._handle(e.Chosen(options, copies, pin))

        world.after(world.chance.randrange(2_000, 20_000), go)

    def _perform(self, effects: list[e.Effect]) -> None:
        rest = list(effects)
        while rest and isinstance(rest[0], e.Persist):
            record = rest.pop(0).record  # type: ignore[union-attr]  # the loop's condition says so
            self.journal[record.issuance_id] = record
        if rest:
            self._chain(rest, self.machine, self.machine.turn)

    def _chain(self, effects: list[e.Effect], machine: KioskMachine, turn: int) -> None:
        """Effects strictly in order, each when the one before it is done; a crash in between loses the rest."""
        first, rest = effects[0], effects[1:]
        wait = self._wait_ms(first)
        if wait is None:
            return
        life = self._life

        def step() -> None:
            if life == self._life:
                self._one(first, machine, turn)
                if rest:
                    self._chain(rest, machine, turn)

        self._world.after(wait, step)

    def _wait_ms(self, effect: e.Effect) -> int | None:
        """A device answers at once, after seconds, or (None) not at all; everything else is immediate."""
        chance, odds = self._world.chance, self._world.odds
        if not isinstance(effect, _DEVICE):
            return chance.randrange(0, 3)
        draw = chance.random()
        if draw < odds.dead_device:
            return None
        return chance.randrange(1_000, 9_000) if draw < odds.slow_device else chance.randrange(1, 60)

    def _one(self, effect: e.Effect, machine: KioskMachine, turn: int) -> None:
        life = self._life

        def wanted() -> bool:
            return life == self._life and machine is self.machine and machine.turn == turn

        def back(event: e.Event) -> None:
            if life == self._life and machine is self.machine:
                self._handle(event)

        match effect:
            case e.Later():
                again = [effect.effect]
                self._world.after(effect.milliseconds, lambda: self._chain(again, machine, turn) if wanted() else None)
            case e.Report():
                self._report(effect.record)
            case e.Withdraw():
                self._world.send(effect.request, lambda _: None)
            case e.Send():
                self._send(effect.request, wanted, back)
            case e.ReadCard() | e.SignWithCard() | e.ReleaseCard():
                self._card(effect, back)
            case e.CallClerk() | e.AskClerk():
                self._clerk(effect, machine, back)
            case _:
                self._device(effect, machine.issuance_id, back)

    def _clerk(self, effect: e.CallClerk | e.AskClerk, machine: KioskMachine, back: Callable[[e.Event], None]) -> None:
        if isinstance(effect, e.CallClerk):
            due = effect.record.phase is Phase.REFUND_DUE
            self.clerk.call(self._world.now, effect.record.issuance_id, refund_due=due)
        else:
            sheets, refunded = self.clerk.answer(self._world.now, machine.issuance_id)
            back(e.ClerkSaid(sheets, refunded))

    def _device(self, effect: e.Effect, issuance_id: IssuanceId, back: Callable[[e.Event], None]) -> None:
        now, job, world = self._world.now, issuance_id.hex(), self._world
        match effect:
            case e.AskPrinter():
                back(e.PrinterSaid(self.printer.status(now)))
            case e.Take():
                back(e.CashSaid(self.cash.take(now, issuance_id, effect.yen)))
            case e.AskCash():
                back(e.CashSaid(self.cash.status(now, issuance_id)))
            case e.CancelTake():
                back(e.CashSaid(self.cash.cancel(now, issuance_id)))
            case e.Refund():
                back(e.CashSaid(self.cash.refund(now, issuance_id)))
            case e.Print():
                document: Any = effect.document
                self.printer.unreadable = world.chance.random() < world.odds.unreadable
                self.printer.submit(now, job, document, document.pages * effect.copies)
            case e.AskJob():
                back(e.JobSaid(self.printer.job(now, job)))
            case e.StopPrinting():
                back(e.JobSaid(self.printer.cancel(now, job)))
            case _:
                raise AssertionError(effect)

    def _card(self, effect: e.Effect, back: Callable[[e.Event], None]) -> None:
        chance, odds = self._world.chance, self._world.odds
        event: e.Event | None = None
        if isinstance(effect, e.ReadCard):
            if chance.random() < odds.no_card:
                return
            event = e.CardFailed("card_unreadable") if chance.random() < odds.card_gone else None
            event = event or e.CardRead(self._resident.encode(), self._tries)
        elif isinstance(effect, e.SignWithCard):
            if chance.random() < odds.card_hangs:
                return
            if chance.random() < odds.card_gone:
                event = e.CardFailed("card_removed")
            elif effect.pin != "1234":
                self._tries -= 1
                event = e.PinWrong(self._tries) if self._tries else e.CardFailed("pin_blocked")
            else:
                self.residents[self.machine.issuance_id] = self._resident
                event = e.Signed(effect.digest[:8])
        if event is not None:
            said = event
            self._world.after(chance.randrange(100, 900), lambda: back(said))

    def _send(self, request: m.Request, wanted: Callable[[], bool], back: Callable[[e.Event], None]) -> None:
        def answered(answer: m.Answer) -> None:
            if isinstance(answer, m.Refused) and answer.code == "municipality_unavailable":
                return
            back(e.Answered(answer))

        def again() -> None:
            if wanted():
                self._send(request, wanted, back)

        self._world.send(request, answered)
        self._world.after(_LATER_MS * 3, again)

    def _report(self, record: JournalRecord) -> None:
        """Until the center has acknowledged everything; a new life reports from the journal again."""
        life = self._life
        if record.phase is Phase.DELIVERED:
            self.cash.bank(self._world.now, record.issuance_id)
        message = next_report(record, self.name)
        if message is None:
            self.journal.pop(record.issuance_id, None)
            return
        sent_as = record

        def answered(answer: m.Answer) -> None:
            if life != self._life or self.journal.get(record.issuance_id) != sent_as:
                return
            new = acknowledged(record, answer)
            if new is not None:
                self.journal[record.issuance_id] = new
                self._report(msgspec.structs.replace(new))

        def again() -> None:
            if life == self._life and self.journal.get(record.issuance_id) == sent_as:
                self._report(record)

        self._world.send(message, answered)
        self._world.after(10_000, again)
