"""`python -m itaku.issuance.center SETTINGS.toml`: one instance of the center."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from itaku.basis.randomness import SystemRandomness
from itaku.issuance.center.admission import Admission
from itaku.issuance.center.machines import MACHINE_MIGRATIONS, Machines
from itaku.issuance.center.node import CenterNode
from itaku.issuance.center.policy import CenterPolicy
from itaku.issuance.center.residence import ResidenceDirectory
from itaku.issuance.center.schema import MIGRATIONS
from itaku.issuance.center.settings import CenterSettings
from itaku.issuance.center.shops import shop_of_kiosk
from itaku.issuance.protocol.card_check import CardTrust
from itaku.issuance.protocol.card_status import CardStatuses
from itaku.issuance.protocol.card_trust_files import CardTrustFiles
from itaku.issuance.protocol.messages import MAX_REQUEST_BYTES
from itaku.issuance.protocol.operation_messages import MAX_STATUS_BYTES
from itaku.issuance.transport.build import RUNNING_BUILD, require_approved
from itaku.issuance.transport.card_status_client import CardStatusClient
from itaku.issuance.transport.identity import MAY_CALL, Role
from itaku.issuance.transport.published import PublishedClient
from itaku.issuance.transport.revocation_lists import RevocationListRenewal
from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.server import NodeServer, Route
from itaku.issuance.transport.settings import SettingsError, read_settings
from itaku.record import schema
from itaku.store.cluster import CLUSTER_MIGRATIONS, member
from itaku.store.log import open_log
from itaku.store.postgres import migrate, open_pool


@asynccontextmanager
async def center(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, CenterSettings)
    require_approved(settings.approved_builds)
    log = open_log(settings.log_path, settings.name)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(await open_pool(settings.dsn, min_size=2, max_size=settings.pool_size))
        await migrate(pool, schema.ROOM, schema.MIGRATIONS)
        await migrate(pool, "cluster", CLUSTER_MIGRATIONS)
        await migrate(pool, "center", MIGRATIONS)
        await migrate(pool, "machines", MACHINE_MIGRATIONS)
        await stack.enter_async_context(
            member(pool, "center", settings.name, RUNNING_BUILD, settings.instances, SystemRandomness())
        )
        clients = {}
        for municipality in settings.municipalities:
            clients[municipality.code] = await stack.enter_async_context(
                settings.client(municipality.peer, approved_builds=settings.approved_builds)
            )
        trust = CardTrustFiles(Path(settings.card_anchors), Path(settings.card_crl), settings.card_policies).current
        published = await stack.enter_async_context(PublishedClient())
        asking = None
        if settings.card_ocsp_url:
            asking = CardStatusClient(settings.card_ocsp_url, trust, published, settings.clock, SystemRandomness(), log)
        lists = RevocationListRenewal(
            settings.card_crl_urls, Path(settings.card_crl), trust, published, settings.clock, log
        )
        policy = _policy(settings, trust, asking.statuses if asking else None)
        machines = Machines(
            pool=pool,
            shops=settings.shops,
            builds=frozenset(settings.approved_builds),
            admission=policy.admission,
            instance=settings.name,
            clock=settings.clock,
            randomness=SystemRandomness(),
            log=log,
        )
        node = CenterNode(
            pool=pool,
            policy=policy,
            municipalities=clients,
            clock=settings.clock,
            randomness=SystemRandomness(),
            log=log,
            card_status=asking,
        )
        tasks = [asyncio.create_task(node.run_deadlines()), asyncio.create_task(machines.run())]
        if settings.card_crl_urls:
            tasks.append(asyncio.create_task(lists.run(settings.card_crl_every_s)))
        route = Route("/m", MAY_CALL[Role.CENTER], node.receive, MAX_REQUEST_BYTES)
        statuses = Route("/ops", MAY_CALL[Role.CENTER], machines.receive, MAX_STATUS_BYTES)
        server = NodeServer([route, statuses], settings.server_tls(), log, approved_builds=settings.approved_builds)
        await server.start(settings.listen_host, settings.listen_port)
        log.info("ready")
        try:
            yield
        finally:
            await server.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await node.stop()


def _policy(settings: CenterSettings, trust: Callable[[], CardTrust], statuses: CardStatuses | None) -> CenterPolicy:
    key = load_pem_private_key(Path(settings.challenge_key).read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError("challenge_key is not an Ed25519 key")
    try:
        shops = shop_of_kiosk(settings.shops)
    except ValueError as error:
        raise SettingsError(f"shops: {error}") from error
    policy = CenterPolicy(
        municipalities={item.code: item.facts for item in settings.municipalities},
        trust=trust,
        statuses=statuses,
        challenge_key=key,
        approved_builds=frozenset(settings.approved_builds),
        kiosks=frozenset(settings.kiosks),
        node_ca=x509.load_pem_x509_certificate(Path(settings.ca).read_bytes()),
        randomness=SystemRandomness(),
        admission=Admission(settings.limits, shops, settings.target_prepare_ms),
        shop_of=shops,
        registries=[item.code for item in settings.municipalities if item.takes_registrations],
    )
    if settings.residences is not None:
        policy.directory = ResidenceDirectory(Path(settings.residences))
    return policy


if __name__ == "__main__":
    sys.exit(run_node(center, sys.argv))
