"""The cost of an issuance, measured: a whole sandbox under the load of many kiosks, each node a process of its own.

First every kiosk serves one resident after another: what comes of that is the most that this machine can do. Then
residents come at random, half as many: how long does one wait, and how much processor time does a certificate cost at
each node. At last they come at random twice as many as can be served, and nobody sets a limit: the center must notice
by itself, whoever is not admitted must hear so at the beginning, and whoever is must be served soon. Nothing is left
out: mutual TLS on every hop, durable commits, real cards' RSA signatures, real documents. The kiosks' own work is the
load, on the same processors.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import apsw
import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, PracticeClock
from itaku.benchmarks.figure import Figure
from itaku.benchmarks.issuance_figures import FARM, Load, Measured, figures
from itaku.benchmarks.kiosk_farm import FarmSettings, Order, Tally
from itaku.benchmarks.processor_time import machine_ms, processor_ms
from itaku.issuance.center.admission import Limits
from itaku.issuance.center.pace import TARGET_MS
from itaku.issuance.center.settings import CenterSettings
from itaku.issuance.kiosk.settings import KioskSettings
from itaku.issuance.municipality.eligibility import Withheld, check
from itaku.issuance.municipality.replica import household_of
from itaku.issuance.municipality.settings import MunicipalitySettings
from itaku.issuance.protocol.kinds import ResidentRecordOptions
from itaku.issuance.relay.settings import RelaySettings
from itaku.issuance.shop.settings import ShopSettings
from itaku.issuance.transport.identity import Role
from itaku.issuance.transport.settings import read_settings
from itaku.sandbox.cards import read_cards
from itaku.sandbox.town import CODE
from itaku.supervisor.pki import Pki
from itaku.supervisor.plan import NEIGHBOUR, SHOP, DatabaseServer, Plan
from itaku.supervisor.postgres import EmbeddedPostgres
from itaku.supervisor.processes import Process, without
from itaku.supervisor.progress import Silence
from itaku.supervisor.settings import plain, write_settings
from itaku.supervisor.state import CLOCK_FILE, StateDirectory
from itaku.supervisor.supervising import Supervisor
from itaku.supervisor.up import start

_CARDS_EACH = 2
"""Residents for each kiosk: a typesetter that sees a text again too soon is faster than it will ever be in service."""

_MUNICIPALITY = f"m{CODE}"
_TOLD_WITHIN_S = 30.0
_NO_TARGET_MS = 10_000
"""No document of the load takes longer: nobody is held back while the most is measured."""
_CLOSED = "SELECT count(*) FROM issuance WHERE state = 'closed'"
_COUNTED = "SELECT count(*) FROM issuing WHERE state = 'counted'"
_DATABASE = "database"


class _Standing(NamedTuple):
    """One look at clock, register and processors."""

    at_s: float
    closed: int
    cpu_ms: dict[str, float]
    machine_ms: float


_NO_PART = {
    *("desk", "sequencer-contracts", "operations", "verification"),
    *(NEIGHBOUR, f"sequencer-{NEIGHBOUR}", f"signer-{NEIGHBOUR[1:]}"),
}


class _LoadPlan(Plan):
    """The sandbox's nodes that issue, without its two kiosks; those of the farm are registered in their stead."""

    def __init__(
        self, state: StateDirectory, database: DatabaseServer, *, sandbox: bool, port: int | None, kiosks: int
    ) -> None:
        super().__init__(state, database, sandbox=sandbox, port=port)
        self.database = database
        self._state = state
        self._names = tuple(f"f{number:03}" for number in range(1, kiosks + 1))
        self.kiosks: tuple[KioskSettings, ...] = ()

    def processes(self) -> list[Process]:
        """The nodes in the order of their start, the limits that guard against one kiosk's flood set out of reach."""
        nodes = {process.name: process for process in super().processes()}
        template = read_settings(_settings(nodes["k01"]), KioskSettings)
        pki = Pki(self._state.path / "pki")
        self.kiosks = tuple(self._kiosk_of(template, pki, name) for name in self._names)
        center = _settings(nodes["center-1"])
        changed = msgspec.structs.replace(
            read_settings(center, CenterSettings),
            kiosks=self._names,
            shops=(msgspec.structs.replace(SHOP, kiosks=self._names),),
            limits=Limits(total=10**6, shop=10**6, kiosk=10**6),
            target_prepare_ms=_NO_TARGET_MS,
        )
        write_settings(center, plain(changed))
        relay = _settings(nodes["relay-1"])
        write_settings(
            relay, plain(msgspec.structs.replace(read_settings(relay, RelaySettings), max_requests_per_minute=10**6))
        )
        shop = _settings(nodes["shop-1"])
        write_settings(shop, plain(msgspec.structs.replace(read_settings(shop, ShopSettings), kiosks=self._names)))
        self.contracts_dsn = None  # whoever keeps contracts or shows pages has no part in issuing
        return without(list(nodes.values()), _NO_PART | {name for name in nodes if name.endswith(("k01", "k02"))})

    def _kiosk_of(self, template: KioskSettings, pki: Pki, name: str) -> KioskSettings:
        certificate, key = pki.node(name, Role.KIOSK)
        return msgspec.structs.replace(
            template,
            name=name,
            certificate=str(certificate),
            key=str(key),
            log_file=str(self._state.folder("log") / "farm.log"),
            journal=str(self._state.folder("data") / f"{name}.sqlite"),
            journal_key=str(pki.secret(f"journal-{name}")),
        )


def run(load: Load = Load()) -> list[Figure]:  # noqa: B008 immutable
    """Measures for about three minutes, a part of it making keys and cards; leaves nothing behind."""
    with _sandbox(load) as bench:
        full = bench.measure(Order(load.warm_s, load.seconds))
        most = max(full.per_second, 1.0)
        half = bench.measure(Order(load.warm_s, load.at_random_s, per_second=most / 2))
        bench.hold_back()
        over = bench.measure(Order(load.warm_s, load.seconds, per_second=2 * most))
        faults = bench.faults(full.tally, half.tally, over.tally)
    return figures(load, full, half, over, faults)


class _Bench:
    """A sandbox and a farm that run."""

    def __init__(
        self,
        directory: Path,
        supervisor: Supervisor,
        database: DatabaseServer,
        center: CenterSettings,
        municipality: MunicipalitySettings,
        shop: ShopSettings,
    ) -> None:
        self._center = center
        self._municipality = municipality
        self._shop = shop
        self._directory = directory
        self._supervisor = supervisor
        self._database = database
        self.processes: dict[str, int] = {}
        self.farm: subprocess.Popen[str] | None = None

    def begin(self, farm: subprocess.Popen[str]) -> None:
        """The farm is there: waits until it is ready, and learns whose processor time counts."""
        self.farm = farm
        self.tally()
        self.processes = _processes(self._supervisor, self._database, farm.pid)

    def hold_back(self) -> None:
        """From now on the center holds new sessions back as it does in service."""
        assert self.farm is not None
        settings = self._directory / "settings" / "center-1.toml"
        changed = msgspec.structs.replace(read_settings(settings, CenterSettings), target_prepare_ms=TARGET_MS)
        write_settings(settings, plain(changed))
        self._supervisor.restart("center-1")
        self.processes = _processes(self._supervisor, self._database, self.farm.pid)

    def measure(self, order: Order) -> Measured:
        """One load: registers and processor time are read when it is warm and when its time is over."""
        assert self.farm is not None
        assert self.farm.stdin is not None
        self.farm.stdin.write(msgspec.json.encode(order).decode() + "\n")
        self.farm.stdin.flush()
        time.sleep(order.warm_s)
        began = self._standing()
        time.sleep(order.seconds)
        ended = self._standing()
        seconds = ended.at_s - began.at_s
        cpu_ms = {name: ended.cpu_ms[name] - began.cpu_ms[name] for name in self.processes}
        others = (ended.machine_ms - began.machine_ms - sum(cpu_ms.values())) / 1000 / seconds
        return Measured(ended.closed - began.closed, seconds, cpu_ms, max(others, 0.0), self.tally())

    def _standing(self) -> _Standing:
        closed = asyncio.run(_count(self._center.dsn, _CLOSED))
        return _Standing(time.perf_counter(), closed, processor_ms(self.processes), machine_ms())

    def tally(self) -> Tally:
        """The farm's next word."""
        assert self.farm is not None
        assert self.farm.stdout is not None
        line = self.farm.stdout.readline()
        if not line:
            raise RuntimeError(f"the load ended with code {self.farm.wait()}")
        return msgspec.json.decode(line, type=Tally)

    def faults(self, *tallies: Tally) -> str:
        """What went wrong: sessions that ended badly, and registers that do not agree with the paper.

        The last tally is the overload's, in which to be refused at the beginning is right.
        """
        delivered = sum(tally.delivered for tally in tallies)
        found = [f"{code} {count}" for tally in tallies for code, count in tally.failed.items()]
        found += [f"{code} {count} at the beginning" for tally in tallies[:-1] for code, count in tally.refused.items()]
        found += [f"{tally.untold} not acknowledged" for tally in tallies if tally.untold]
        until = time.monotonic() + _TOLD_WITHIN_S
        while (counts := self._registers()) != dict.fromkeys(counts, delivered) and time.monotonic() < until:
            time.sleep(0.2)
        found += [f"{name} counts {count} of {delivered}" for name, count in counts.items() if count != delivered]
        return "; ".join(found)

    def _registers(self) -> dict[str, int]:
        """Delivered certificates as each register has them."""
        sales = apsw.Connection(self._shop.database, flags=apsw.SQLITE_OPEN_READONLY)
        with contextlib.closing(sales):
            sold = sales.execute("SELECT issuance_id FROM sale").fetchall()
        return {
            "the center": asyncio.run(_count(self._center.dsn, _CLOSED)),
            "the municipality": asyncio.run(_count(self._municipality.dsn, _COUNTED)),
            "the shop": len(sold),
        }


async def _count(dsn: str, query: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


@contextlib.contextmanager
def _sandbox(load: Load) -> Iterator[_Bench]:
    """Everything runs while the context is open, in a directory that is gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="itaku-bench-"))
    plans: list[_LoadPlan] = []

    def plan(state: StateDirectory, database: DatabaseServer, *, sandbox: bool, port: int | None) -> _LoadPlan:
        plans.append(_LoadPlan(state, database, sandbox=sandbox, port=port, kiosks=load.kiosks))
        return plans[-1]

    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, directory)
        supervisor = start(directory, True, Silence(), auto_restart=False, make_plan=plan)
        undo.callback(supervisor.stop)
        bench = _Bench(
            directory,
            supervisor,
            plans[0].database,
            read_settings(directory / "settings" / "center-1.toml", CenterSettings),
            read_settings(directory / "settings" / f"{_MUNICIPALITY}.toml", MunicipalitySettings),
            read_settings(directory / "settings" / "shop-1.toml", ShopSettings),
        )
        bench.begin(_start_farm(directory, plans[0].kiosks, undo))
        yield bench


def _start_farm(
    directory: Path, kiosks: tuple[KioskSettings, ...], undo: contextlib.ExitStack
) -> subprocess.Popen[str]:
    municipality = read_settings(directory / "settings" / f"{_MUNICIPALITY}.toml", MunicipalitySettings)
    serials = asyncio.run(_serials(municipality, directory, len(kiosks) * _CARDS_EACH))
    office = directory / "sandbox" / "card-office"
    file = directory / "farm.json"
    file.write_bytes(msgspec.json.encode(FarmSettings(kiosks, str(office), serials)))
    farm = subprocess.Popen(  # noqa: S603 our own program
        [sys.executable, "-m", "itaku.benchmarks.kiosk_farm", str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    undo.callback(_end_farm, farm)
    return farm


def _end_farm(farm: subprocess.Popen[str]) -> None:
    with farm:  # closes its input, on which it ends by itself
        assert farm.stdin is not None
        farm.stdin.close()
        try:
            farm.wait(_TOLD_WITHIN_S)
        except subprocess.TimeoutExpired:
            farm.kill()


async def _serials(municipality: MunicipalitySettings, directory: Path, wanted: int) -> tuple[str, ...]:
    """Cards of as many residents as wanted who may have their resident record now."""
    index = read_cards(directory)
    with contextlib.closing(PracticeClock(directory / CLOCK_FILE)) as clock:
        now = clock.now()
    shown = {card.serial for card in index.cards}
    found: list[str] = []
    connection = await asyncpg.connect(municipality.dsn)
    try:
        for serial in index.all.values():
            if serial not in shown and len(found) < wanted and await _may(connection, serial, now, municipality):
                found.append(serial)
    finally:
        await connection.close()
    return tuple(found)


async def _may(connection: asyncpg.Connection, serial: str, now: InstantMs, municipality: MunicipalitySettings) -> bool:
    household = await household_of(connection, serial)
    if household is None:
        return False
    try:
        check(household, ResidentRecordOptions(), now, household.as_of, municipality.freshness_limit_s * 1000)
    except Withheld:
        return False
    return True


def _processes(supervisor: Supervisor, database: DatabaseServer, farm: int) -> dict[str, int]:
    found = {**supervisor.pids(), FARM: farm}
    if isinstance(database, EmbeddedPostgres) and database.pid is not None:
        found[_DATABASE] = database.pid
    return found


def _settings(process: Process) -> Path:
    assert process.settings is not None, "every node has a settings file"
    return process.settings
