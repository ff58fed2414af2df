"""The kiosk's agent: one machine at a time, its effects in order, its journal, and the screen that follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from itaku.basis.clock import Clock, InstantMs
from itaku.basis.randomness import Randomness
from itaku.issuance.devices.errors import DeviceError
from itaku.issuance.kiosk import events as e
from itaku.issuance.kiosk import screens
from itaku.issuance.kiosk.hands import Hands
from itaku.issuance.kiosk.journal import SETTLED, JournalRecord, decode_record, encode_record
from itaku.issuance.kiosk.line import Line, LineDownError
from itaku.issuance.kiosk.machine import Crypto, KioskMachine
from itaku.issuance.kiosk.present import MAY, screen_of
from itaku.issuance.kiosk.reporter import Reporter
from itaku.issuance.protocol import operation_messages as o
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.transport.status_telling import LOOK_S, StatusTelling
from itaku.store.journal import Journal
from itaku.store.log import Log

RESULT_MS = 60_000
FAILURE_MS = 180_000
"""A failure is read for longer than a success."""
HEARTBEAT_S = 10.0
_TICK_S = 0.5


_TAG: dict[type[screens.Action], str] = {
    screens.Apply: "apply",
    screens.Elsewhere: "elsewhere",
    screens.RegisterUse: "register_use",
    screens.Touched: "touched",
    screens.Continue: "continue",
    screens.Cancel: "cancel",
    screens.CancelPayment: "cancel_payment",
    screens.Finish: "finish",
}


class DeniedError(Exception):
    """An action that is not possible now; `code` is a code of the refusals. It changed nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Agent:
    """Runs a kiosk. `act` is what a resident does; `screen` is what the resident sees; `changed` tells when."""

    def __init__(
        self,
        *,
        kiosk: str,
        build: str,
        shop: screens.Names,
        practice: bool,
        crypto: Crypto,
        hands: Hands,
        line: Line,
        reporter: Reporter,
        journal: Journal,
        clock: Clock,
        randomness: Randomness,
        log: Log,
        claims_keys: Mapping[str, bytes] | None = None,
    ) -> None:
        self._claims_keys = claims_keys or {}
        self._kiosk = kiosk
        self._build = build
        self._shop = shop
        self._practice = practice
        self._crypto = crypto
        self._hands = hands
        self._line = line
        self._reporter = reporter
        self._journal = journal
        self._clock = clock
        self._randomness = randomness
        self._log = log
        self._waiting: list[JournalRecord] = []
        self._queue: asyncio.Queue[tuple[KioskMachine, e.Event]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._result_until: InstantMs | None = None
        self._version = 0
        self._changed = asyncio.Event()
        self.machine = self._fresh()
        self._session = self._token()

    # ---- life ----

    async def run(self) -> None:
        """Takes up what the journal holds, then serves residents for ever."""
        await self._take_up()
        self._spawn(self._heartbeats())
        self._spawn(StatusTelling(self._line.tell_operations, self.status, self._log).run())
        while True:
            try:
                machine, event = await asyncio.wait_for(self._queue.get(), self._pause_s())
            except TimeoutError:
                await self._tick()
                continue
            if machine is self.machine:
                await self._step(event)

    async def stop(self) -> None:
        """Ends every task; what is not told stays in the journal."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._reporter.stop()

    # ---- what residents do ----

    def act(self, action: screens.Action) -> None:  # noqa: C901 one branch for each thing that can be touched
        """An action of the touch page; `DeniedError` if it is late, another's, or not possible in this state."""
        if isinstance(action, screens.Start):
            self._start(action)
            return
        if action.session != self._session and not (self.machine.state == "idle" and action.session == ""):
            raise DeniedError("wrong_state")
        if isinstance(action, screens.CallClerk):
            self._spawn(self._assist())
            return
        allowed = ("finish",) if self.machine.at_rest else MAY[self.machine.state]
        if _TAG[type(action)] not in allowed:
            raise DeniedError("wrong_state")
        match action:
            case screens.Finish():
                self._finish()
            case screens.Apply():
                if self.machine.fee_yen(action.options, action.copies) != action.fee_yen:
                    raise DeniedError("fee_changed")
                self._put(e.Chosen(action.options, action.copies, action.pin))
            case screens.Elsewhere() | screens.RegisterUse():
                self._put(self._of_registry(action))
            case screens.Cancel() | screens.CancelPayment():
                self._put(e.Cancelled())
            case screens.Touched() | screens.Continue():
                self._put(e.Touched())

    def _of_registry(self, action: screens.Elsewhere | screens.RegisterUse) -> e.Event:
        """What is done with a registry municipality, if the session offers it; else `DeniedError`."""
        if isinstance(action, screens.RegisterUse):
            if not self.machine.may_register:
                raise DeniedError("wrong_state")
            return e.UseChosen(action.domicile.strip(), action.head_name.strip(), action.pin)
        offered = () if self.machine.open_ok is None else self.machine.open_ok.elsewhere
        if action.municipality not in {place.code for place in offered}:
            raise DeniedError("wrong_state")
        return e.Elsewhere(action.municipality)

    def screen(self) -> screens.Screen:
        """What the resident sees now."""
        return screen_of(
            self.machine,
            self._clock.now(),
            self._shop,
            session=self._session,
            result_until=self._result_until,
            practice=self._practice,
        )

    def show_again(self) -> None:
        """Sends the screen again at once: the practice clock was moved, and what is shown counts from it."""
        self._notify()

    @property
    def version(self) -> int:
        """Grows with every change of the screen."""
        return self._version

    async def changed(self, since: int, at_most_s: float) -> None:
        """Returns when the screen has changed since that version, or the time is over."""
        if self._version != since:
            return
        try:
            await asyncio.wait_for(self._changed.wait(), at_most_s)
        except TimeoutError:
            return

    # ---- inside ----

    def _start(self, action: screens.Start) -> None:
        if self.machine.at_rest:
            self._next_resident()
        if self.machine.state != "idle":
            raise DeniedError("wrong_state")
        self._put(e.Started(tries_only=action.service is screens.Service.TRIES))

    def _finish(self) -> None:
        self._result_until = self._clock.now()
        if not self.machine.at_rest:
            self._put(e.Cancelled())
        # Lets the loop look at its deadlines now; an event of no turn does nothing by itself.
        self._put(e.TimedOut(-1))

    async def _step(self, event: e.Event) -> None:
        before = self.machine.state
        effects = self.machine.handle(self._clock.now(), event)
        await self._perform(effects)
        if self.machine.state != before:
            self._log.info("state", source=before, by=type(event).__name__, target=self.machine.state)
        if self.machine.at_rest and self._result_until is None:
            self._come_to_rest()
        self._notify()

    def _come_to_rest(self) -> None:
        now = self._clock.now()
        self._result_until = InstantMs(now + (FAILURE_MS if self.machine.reason else RESULT_MS))
        nothing_happened = self.machine.tries_only or self.machine.ended_in == "reading"
        if nothing_happened and self.machine.reason in {"cancelled", "session_timeout"}:
            self._next_resident()

    async def _perform(self, effects: list[e.Effect]) -> None:
        """Writes first, then the rest strictly in order, while events go on being handled."""
        rest = list(effects)
        while rest and isinstance(rest[0], e.Persist):
            record = rest.pop(0).record  # type: ignore[union-attr]  # the loop's condition says so
            await self._journal.put(record.issuance_id, encode_record(record))
        assert not any(isinstance(effect, e.Persist) for effect in rest), "writes stand first"
        if rest:
            self._spawn(self._chain(self.machine, self.machine.turn, rest))

    async def _chain(self, machine: KioskMachine, turn: int, effects: list[e.Effect]) -> None:
        def wanted() -> bool:
            return machine is self.machine and machine.turn == turn

        for effect in effects:
            match effect:
                case e.Report():
                    self._reporter.report(effect.record)
                case e.Withdraw():
                    await self._hands.withdraw(effect.request)
                case e.Later():
                    await asyncio.sleep(effect.milliseconds / 1000)
                    if not wanted():
                        return
                    await self._one(effect.effect, machine, wanted)
                case _:
                    await self._one(effect, machine, wanted)

    async def _one(self, effect: e.Effect, machine: KioskMachine, wanted: Any) -> None:
        event = await self._hands.do(effect, machine.issuance_id, wanted)
        if event is not None:
            self._queue.put_nowait((machine, event))

    async def _tick(self) -> None:
        now = self._clock.now()
        machine = self.machine
        if machine.at_rest and self._result_until is not None and now >= self._result_until:
            self._next_resident()
            self._notify()
        elif machine.deadline_ms is not None and now >= machine.deadline_ms:
            await self._step(e.TimedOut(machine.turn))

    def _pause_s(self) -> float:
        due = self._result_until if self.machine.at_rest else self.machine.deadline_ms
        if due is None:
            return _TICK_S
        # Never long: the practice clock may jump.
        return min(max((due - self._clock.now()) / 1000, 0.0), _TICK_S)

    async def _take_up(self) -> None:
        records = [decode_record(body) for body in self._journal.all().values()]
        for record in records:
            if record.phase in SETTLED:
                self._reporter.report(record)
            else:
                self._waiting.append(record)
        await self._resume_next()

    async def _resume_next(self) -> bool:
        if not self._waiting:
            return False
        record = self._waiting.pop(0)
        self._log.warning("resuming", issuance=record.issuance_id.hex(), phase=record.phase.value)
        await self._perform(self.machine.resume(self._clock.now(), record))
        self._notify()
        return True

    def _next_resident(self) -> None:
        self._result_until = None
        self.machine = self._fresh()
        self._session = self._token()
        if self._waiting:
            self._spawn(self._resume_next())

    def _fresh(self) -> KioskMachine:
        return KioskMachine(self._kiosk, self._build, self._crypto, self._randomness, claims_keys=self._claims_keys)

    def _token(self) -> str:
        return self._randomness.token(16).hex()

    async def _assist(self) -> None:
        try:
            await self._line.ask_shop(s.Assist(kiosk=self._kiosk, at_ms=self._clock.now()))
        except LineDownError:
            self._log.warning("staff_not_called")

    async def status(self) -> o.Status:
        """How the machine is, for operations: what is wrong now, and nothing about any resident."""
        codes = {code for code in await self._printer_reasons() if code in o.FAULTS}
        if self.machine.state == "clerk":
            codes.add("cash-fault" if self.machine.reason == "cash_fault" else "clerk-waits")
        return o.Status(
            node=self._kiosk,
            role="kiosk",
            state=self.machine.state,
            build=self._build,
            at_ms=self._clock.now(),
            faults=tuple(o.Fault(self._kiosk, code) for code in sorted(codes)),
        )

    async def _printer_reasons(self) -> tuple[str, ...]:
        try:
            return (await self._hands.printer_status()).reasons
        except DeviceError:
            return ("printer-silent",)

    async def _heartbeats(self) -> None:
        """Tells the shop at once when the printer's condition changes, and every ten seconds in any case."""
        now = asyncio.get_running_loop().time
        told: tuple[str, ...] | None = None
        told_s = 0.0
        while True:
            printer = await self._printer_reasons()
            if printer != told or now() - told_s >= HEARTBEAT_S:
                told, told_s = printer, now()
                await self._beat(printer)
            await asyncio.sleep(LOOK_S)

    async def _beat(self, printer: tuple[str, ...]) -> None:
        beat = s.Heartbeat(kiosk=self._kiosk, state=self.machine.state, printer=printer, at_ms=self._clock.now())
        try:
            await self._line.ask_shop(beat)
        except LineDownError:
            self._log.warning("shop_silent")

    def _put(self, event: e.Event) -> None:
        self._queue.put_nowait((self.machine, event))

    def _notify(self) -> None:
        self._version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._log.error("task_failed", exc_info=task.exception())
