"""Many kiosks in one process, for load: the programs of real ones, devices in memory, residents who never hesitate.

`python -m itaku.benchmarks.kiosk_farm FARM.json` answers each `Order` on standard input (one JSON line) by one `Tally`
on standard output, after a first, empty `Tally` that says that every card is made. It ends when its input does.
"""

from __future__ import annotations

import asyncio
import collections
import random
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

import msgspec
import uvloop

from itaku.basis.clock import Clock, InstantMs
from itaku.basis.randomness import SystemRandomness
from itaku.basis.yen import Yen
from itaku.issuance.devices.card_office import CardOffice
from itaku.issuance.devices.contracts import CashStatus
from itaku.issuance.devices.virtual_card import VirtualCard
from itaku.issuance.kiosk.__main__ import make_crypto
from itaku.issuance.kiosk.agent import Agent, DeniedError
from itaku.issuance.kiosk.hands import Devices, Hands
from itaku.issuance.kiosk.line import Line
from itaku.issuance.kiosk.reporter import Reporter
from itaku.issuance.kiosk.screens import Apply, Names, Screen, Service, Start, State
from itaku.issuance.kiosk.settings import KioskSettings
from itaku.issuance.protocol.kinds import Kind, ResidentRecordOptions
from itaku.sandbox.stand.cash import PracticeCashUnit
from itaku.sandbox.stand.memory import DeviceMemory
from itaku.sandbox.stand.printer import PracticePrinter, PrinterCondition
from itaku.sandbox.stand.reader import PracticeReader
from itaku.store.device_key import read_device_key
from itaku.store.journal import Journal
from itaku.store.log import open_log

_PIN = "1234"
_DAY_MS = 86_400_000
_PAPER_SHEETS = 10**9
_PATIENCE_S = 60.0
"""Longer than any session of the load: whoever waits so long has found a fault."""


class FarmSettings(msgspec.Struct, frozen=True):
    """The kiosks of a farm, the card office whose cards are laid down, and the serial numbers of the residents'."""

    kiosks: tuple[KioskSettings, ...]
    office: str
    serials: tuple[str, ...]
    """At least one for each kiosk. No card is laid down at two kiosks."""
    seed: int = 1


class Order(msgspec.Struct, frozen=True):
    """A load. Without `per_second` every kiosk serves one resident after another; with it residents come at random.

    What begins in the first `warm_s` seconds is not counted.
    """

    warm_s: float
    seconds: float
    per_second: float | None = None


class Tally(msgspec.Struct, frozen=True):
    """What came of a load, told when every session is over and every kiosk has been heard out by center and shop."""

    delivered: int = 0
    """Certificates that came out, the uncounted beginning included."""
    refused: dict[str, int] = {}
    """How many were refused when they asked to begin, by the code: nothing was promised to them and nothing taken."""
    failed: dict[str, int] = {}
    """How many ended otherwise after they had begun, by the code of the refusal."""
    latencies_ms: tuple[float, ...] = ()
    """From the resident's arrival with the card to the certificate in the tray, of all that were counted."""
    untold: int = 0
    """Sessions that center or shop had not acknowledged a minute after the last one."""


class _Visit(NamedTuple):
    """How a visit ended: the refusal's code, empty if the certificate came out, and whether it had begun at all."""

    code: str
    begun: bool = True


class _ExactMoney(PracticeCashUnit):
    """A cash unit before which residents stand with the right coins in hand."""

    async def take(self, id: bytes, yen: Yen) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        await super().take(id, yen)
        self.pay_exact()
        return await self.status(id)


class _Kiosk:
    """One kiosk and the residents who queue at it."""

    def __init__(self, agent: Agent, reader: PracticeReader, reporter: Reporter, cards: list[VirtualCard]) -> None:
        self.agent = agent
        self._reader = reader
        self._reporter = reporter
        self._cards = collections.deque(cards)

    async def visit(self) -> _Visit:
        """The next resident gets one certificate, or hears why not."""
        try:
            self.agent.act(Start(Service.CERTIFICATES))
        except DeniedError as denied:
            # An earlier session is stuck: a failure of this one too, but no reason to hammer at the kiosk.
            await asyncio.sleep(1)
            return _Visit(denied.code)
        self._reader.lay(self._cards[0])
        self._cards.rotate()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._walk()
        except TimeoutError:
            return _Visit(f"stuck_in_{self.agent.machine.state}")
        finally:
            self._reader.take_away()

    async def _walk(self) -> _Visit:
        applied = False
        while True:
            version, screen = self.agent.version, self.agent.screen()
            if screen.state is State.CHOOSING and not applied:
                applied = True
                self.agent.act(_application(screen))
            elif screen.state in {State.RESULT, State.CLERK, State.PAPER_OUT}:
                assert screen.outcome is not None
                code = screen.outcome.reason.code if screen.outcome.reason else ""
                return _Visit(code, begun=self.agent.machine.ended_in != "opening")
            await self.agent.changed(version, _PATIENCE_S)

    async def told(self) -> int:
        """Waits until center and shop have acknowledged everything; how many sessions they have not, after all."""
        until = time.monotonic() + _PATIENCE_S
        while self._reporter.pending and time.monotonic() < until:  # noqa: ASYNC110 nobody tells when a reporter is done
            await asyncio.sleep(0.02)
        return self._reporter.pending


def _application(screen: Screen) -> Apply:
    item = next(item for item in screen.menu if item.kind is Kind.RESIDENT_RECORD)
    return Apply(
        session=screen.session,
        kind=Kind.RESIDENT_RECORD,
        options=ResidentRecordOptions(),
        copies=1,
        fee_yen=item.fee_yen,
        pin=_PIN,
    )


class _Load:
    """One order under way."""

    def __init__(self, order: Order, kiosks: list[_Kiosk], rng: random.Random) -> None:
        self._order = order
        self._kiosks = kiosks
        self._rng = rng
        self._began = time.perf_counter()
        self._delivered = 0
        self._refused: collections.Counter[str] = collections.Counter()
        self._failed: collections.Counter[str] = collections.Counter()
        self._latencies_ms: list[float] = []

    async def run(self) -> Tally:
        """To the end of the last session."""
        await (self._one_after_another() if self._order.per_second is None else self._at_random())
        untold = sum([await kiosk.told() for kiosk in self._kiosks])
        return Tally(self._delivered, dict(self._refused), dict(self._failed), tuple(self._latencies_ms), untold)

    async def _one_after_another(self) -> None:
        async def serve(kiosk: _Kiosk) -> None:
            while (arrived := time.perf_counter()) < self._ends:
                await self._one(kiosk, arrived)

        await asyncio.gather(*map(serve, self._kiosks))

    async def _at_random(self) -> None:
        """Arrivals as a Poisson process. A resident who finds every kiosk taken waits, and that time counts."""
        assert self._order.per_second is not None
        free: asyncio.Queue[_Kiosk] = asyncio.Queue()
        for kiosk in self._kiosks:
            free.put_nowait(kiosk)

        async def come(arrived: float) -> None:
            kiosk = await free.get()
            await self._one(kiosk, arrived)
            free.put_nowait(kiosk)

        visits = []
        arrived = self._began
        while (arrived := arrived + self._rng.expovariate(self._order.per_second)) < self._ends:
            await asyncio.sleep(max(arrived - time.perf_counter(), 0))
            visits.append(asyncio.create_task(come(arrived)))
        await asyncio.gather(*visits)

    @property
    def _ends(self) -> float:
        return self._began + self._order.warm_s + self._order.seconds

    async def _one(self, kiosk: _Kiosk, arrived: float) -> None:
        visit = await kiosk.visit()
        if visit.code:
            (self._failed if visit.begun else self._refused)[visit.code] += 1
            return
        self._delivered += 1
        if arrived >= self._began + self._order.warm_s:
            self._latencies_ms.append((time.perf_counter() - arrived) * 1000)


@asynccontextmanager
async def _open(settings: KioskSettings, cards: list[VirtualCard]) -> AsyncIterator[_Kiosk]:
    """A kiosk as its own program opens it, but for the devices and the page."""
    log, clock = open_log(settings.log_path, settings.name), settings.clock
    async with AsyncExitStack() as stack:
        relay = await stack.enter_async_context(settings.client(settings.relay, connections=8))
        shop = await stack.enter_async_context(settings.client(settings.shop, connections=4))
        journal = stack.enter_context(Journal(Path(settings.journal), read_device_key(Path(settings.journal_key))))
        memory = DeviceMemory(None)
        stack.callback(memory.close)
        printer, cash, reader = PracticePrinter(memory), _ExactMoney(memory), PracticeReader()
        printer.set_condition(PrinterCondition(paper=_PAPER_SHEETS))
        line = Line(relay, shop)
        reporter = Reporter(settings.name, line, cash, journal, log)
        agent = Agent(
            kiosk=settings.name,
            build=settings.build,
            shop=Names(settings.shop_name_ja, settings.shop_name_en),
            practice=settings.practice,
            crypto=make_crypto(settings),
            hands=Hands(settings.name, Devices(reader, printer, cash), line, clock, log),
            line=line,
            reporter=reporter,
            journal=journal,
            clock=clock,
            randomness=SystemRandomness(),
            log=log,
        )
        running = asyncio.create_task(agent.run())
        try:
            yield _Kiosk(agent, reader, reporter, cards)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await agent.stop()


def _make_cards(settings: FarmSettings, clock: Clock) -> list[VirtualCard]:
    """RSA keys take a tenth of a second each, on every core."""
    office, now = CardOffice(Path(settings.office)), clock.now()
    first, last = InstantMs(now - 30 * _DAY_MS), InstantMs(now + 1000 * _DAY_MS)
    with ThreadPoolExecutor() as cores:
        return list(cores.map(lambda serial: office.issue(int(serial, 16), first, last, pin=_PIN), settings.serials))


async def farm(settings: FarmSettings, orders: TextIO, tallies: TextIO) -> None:
    """Opens every kiosk and carries out orders until there are no more."""
    cards = await asyncio.to_thread(_make_cards, settings, settings.kiosks[0].clock)
    rng = random.Random(settings.seed)  # noqa: S311 arrivals, replayable on purpose
    async with AsyncExitStack() as stack:
        kiosks = [
            await stack.enter_async_context(_open(kiosk, cards[place :: len(settings.kiosks)]))
            for place, kiosk in enumerate(settings.kiosks)
        ]
        _tell(tallies, Tally())
        while line := await asyncio.to_thread(orders.readline):
            order = msgspec.json.decode(line, type=Order)
            _tell(tallies, await _Load(order, kiosks, rng).run())


def _tell(tallies: TextIO, tally: Tally) -> None:
    tallies.write(msgspec.json.encode(tally).decode() + "\n")
    tallies.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as a kiosk's own program
        settings = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=FarmSettings)
        runner.run(farm(settings, sys.stdin, sys.stdout))
