"""`python -m itaku.issuance.shop SETTINGS.toml`: one shop controller."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from itaku.issuance.devices.register import LineRegister
from itaku.issuance.protocol.shop_messages import MAX_SHOP_BYTES
from itaku.issuance.shop.clerk_page import clerk_app
from itaku.issuance.shop.ledger import Ledger
from itaku.issuance.shop.node import ShopNode
from itaku.issuance.shop.register_telling import RegisterTelling
from itaku.issuance.shop.settings import ShopSettings
from itaku.issuance.shop.void_telling import VoidTelling, signer
from itaku.issuance.shop.watch import Watch
from itaku.issuance.transport.build import RUNNING_BUILD
from itaku.issuance.transport.identity import Role
from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.server import NodeServer, Route
from itaku.issuance.transport.settings import SettingsError, read_settings
from itaku.issuance.transport.status_telling import TIMEOUT_S, StatusTelling
from itaku.store.log import Log, open_log


@asynccontextmanager
async def shop(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, ShopSettings)
    log = open_log(settings.log_path, settings.name)
    ledger = Ledger(Path(settings.database))
    clock = settings.clock
    sign = signer(settings.name, *_own_key(settings))
    node = ShopNode(ledger, frozenset(settings.kiosks), clock, log)
    route = Route("/shop", frozenset({Role.KIOSK}), node.receive, MAX_SHOP_BYTES)
    server = NodeServer([route], settings.server_tls(), log)
    page = web.AppRunner(clerk_app(ledger, clock, sign), access_log=None, shutdown_timeout=1.0)
    await server.start(settings.listen_host, settings.listen_port)
    await page.setup()
    await web.TCPSite(page, settings.page_host, settings.page_port).start()
    relay = settings.client(settings.relay, connections=4)
    watch = Watch(settings.name, RUNNING_BUILD, settings.kiosks, ledger, clock)
    statuses = StatusTelling(lambda body: relay.post("/ops", body, TIMEOUT_S), watch.status, log)
    voids = VoidTelling(ledger.refunds, relay, clock, log)
    telling = [asyncio.create_task(voids.run()), asyncio.create_task(statuses.run())]
    log.info("ready")
    try:
        async with _telling_the_register(settings, log):
            yield
    finally:
        for task in telling:
            task.cancel()
        await asyncio.gather(*telling, return_exceptions=True)
        await relay.close()
        await page.cleanup()
        await server.stop()
        ledger.close()


@asynccontextmanager
async def _telling_the_register(settings: ShopSettings, log: Log) -> AsyncIterator[None]:
    """Books what the ledger holds at the register that the settings name, if they name one."""
    if settings.register is None:
        yield
        return
    register = LineRegister(settings.register)
    telling = RegisterTelling(Path(settings.database), register, settings.clock, log)
    running = asyncio.create_task(telling.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await register.close()
        telling.close()


def _own_key(settings: ShopSettings) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    """The node's own key and certificate (DER), with which void sets are signed; `SettingsError` for another kind."""
    key = load_pem_private_key(Path(settings.key).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SettingsError("key is not an EC key")
    return key, x509.load_pem_x509_certificate(Path(settings.certificate).read_bytes()).public_bytes(Encoding.DER)


if __name__ == "__main__":
    sys.exit(run_node(shop, sys.argv))
