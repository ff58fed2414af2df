"""`python -m itaku.issuance.kiosk SETTINGS.toml`: one machine's agent and touch page."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from itaku.basis.randomness import SystemRandomness
from itaku.issuance.devices.cash_unit import LineCashUnit
from itaku.issuance.devices.contracts import CardReader, CashUnit, Printer
from itaku.issuance.devices.ipp_check import lacks
from itaku.issuance.devices.ipp_client import IppClient
from itaku.issuance.devices.ipp_printer import IppPrinter
from itaku.issuance.devices.stand_client import DeviceClient
from itaku.issuance.kiosk.agent import Agent
from itaku.issuance.kiosk.crypto import KioskCrypto
from itaku.issuance.kiosk.hands import Devices, Hands
from itaku.issuance.kiosk.line import Line
from itaku.issuance.kiosk.page_server import page_app
from itaku.issuance.kiosk.practice import Practice
from itaku.issuance.kiosk.practice_cash import PersonAtCashUnit
from itaku.issuance.kiosk.reporter import Reporter
from itaku.issuance.kiosk.screens import Names
from itaku.issuance.kiosk.settings import KioskSettings
from itaku.issuance.transport.hardening import lock_memory
from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.settings import SettingsError, read_settings
from itaku.store.device_key import read_device_key
from itaku.store.journal import Journal
from itaku.store.log import Log, open_log


@asynccontextmanager
async def kiosk(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, KioskSettings)
    log = open_log(settings.log_path, settings.name)
    if refused := lock_memory():
        # A machine without swap needs no lock; any other must let the kiosk's user lock memory.
        log.warning("memory_not_locked", reason=refused)
    clock = settings.clock
    randomness = SystemRandomness()
    async with AsyncExitStack() as stack:
        relay = await stack.enter_async_context(settings.client(settings.relay, connections=8))
        shop = await stack.enter_async_context(settings.client(settings.shop, connections=4))
        devices = await stack.enter_async_context(DeviceClient(Path(settings.stand_socket)))
        journal = stack.enter_context(Journal(Path(settings.journal), read_device_key(Path(settings.journal_key))))
        reader = await stack.enter_async_context(_card_reader(settings, devices))
        printer = await _printer(settings, devices, log)
        cash = await stack.enter_async_context(_cash_unit(settings, devices))
        line = Line(relay, shop)
        agent = Agent(
            kiosk=settings.name,
            build=settings.build,
            shop=Names(settings.shop_name_ja, settings.shop_name_en),
            practice=settings.practice,
            crypto=make_crypto(settings),
            hands=Hands(settings.name, Devices(reader, printer, cash), line, clock, log),
            line=line,
            reporter=Reporter(settings.name, line, cash, journal, log),
            journal=journal,
            clock=clock,
            randomness=randomness,
            log=log,
            claims_keys=_claims_keys(settings),
        )
        practice = None
        if settings.practice:
            person = (
                None if settings.cash_person_socket is None else PersonAtCashUnit(settings.cash_person_socket, cash)
            )
            practice = Practice(devices, settings.stand_socket, agent, line, clock, settings.clerk_page, person)
        page = web.AppRunner(page_app(agent, practice), access_log=None, shutdown_timeout=1.0)
        await page.setup()
        running = asyncio.create_task(agent.run())
        await web.TCPSite(page, settings.page_host, settings.page_port).start()
        log.info("ready")
        try:
            yield
        finally:
            await page.cleanup()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await agent.stop()


@asynccontextmanager
async def _card_reader(settings: KioskSettings, devices: DeviceClient) -> AsyncIterator[CardReader]:
    """The reader that the settings name; `SettingsError` if PC/SC is wanted and the extra is not installed."""
    if settings.pcsc_reader is None:
        yield devices.reader
        return
    try:
        from itaku.issuance.devices.pcsc import PcscReader  # noqa: PLC0415 an optional extra
    except ImportError as error:
        raise SettingsError("pcsc_reader: the optional extra pcsc is not installed") from error
    reader = PcscReader(settings.pcsc_reader)
    try:
        yield reader
    finally:
        await reader.close()


async def _printer(settings: KioskSettings, devices: DeviceClient, log: Log) -> Printer:
    """The printer that the settings name. What it lacks is logged and stops nothing: it may be switched on later."""
    if settings.printer is None:
        return devices.printer
    client = IppClient(settings.printer)
    for lack in await lacks(client, settings.printer.media):
        log.warning("printer_lacks", what=lack.code, fatal=lack.fatal)
    return IppPrinter(client, frozenset(settings.printer.harmless_reasons))


@asynccontextmanager
async def _cash_unit(settings: KioskSettings, devices: DeviceClient) -> AsyncIterator[CashUnit]:
    """The cash unit that the settings name."""
    if settings.cash_unit is None:
        yield devices.cash
        return
    unit = LineCashUnit(settings.cash_unit)
    try:
        yield unit
    finally:
        await unit.close()


def _claims_keys(settings: KioskSettings) -> dict[str, bytes]:
    """The registry municipalities' published keys for claims, by code."""
    return {code: Path(path).read_bytes() for code, path in settings.claims_keys.items()}


def make_crypto(settings: KioskSettings) -> KioskCrypto:
    """Keys and anchors as the settings name them; `SettingsError` for a key of the wrong kind."""
    key = load_pem_private_key(Path(settings.key).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SettingsError("key is not an EC key")
    certificate = x509.load_pem_x509_certificate(Path(settings.certificate).read_bytes())
    anchors = [x509.load_pem_x509_certificate(Path(anchor).read_bytes()) for anchor in settings.document_anchors]
    return KioskCrypto(settings.name, key, certificate.public_bytes(Encoding.DER), anchors)


if __name__ == "__main__":
    sys.exit(run_node(kiosk, sys.argv))
