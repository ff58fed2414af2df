"""`python -m itaku.issuance.municipality SETTINGS.toml`: one instance of the municipality's issuing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from itaku.basis.clock import Clock
from itaku.basis.randomness import SystemRandomness
from itaku.issuance.certificates.code import CodeSigner
from itaku.issuance.certificates.content import IssuerText
from itaku.issuance.certificates.fonts import installed_font
from itaku.issuance.certificates.render import Renderer
from itaku.issuance.certificates.signing import DocumentSigner
from itaku.issuance.municipality.feed import MAX_DELTA_BYTES
from itaku.issuance.municipality.node import STOP_MIGRATION, MunicipalityNode
from itaku.issuance.municipality.registrations.node import Registrations
from itaku.issuance.municipality.registrations.schema import MIGRATIONS as REGISTRATION_MIGRATIONS
from itaku.issuance.municipality.registrations.works import LiveUseWorks
from itaku.issuance.municipality.replica import REPLICA_MIGRATIONS
from itaku.issuance.municipality.schema import MIGRATIONS
from itaku.issuance.municipality.settings import MunicipalitySettings
from itaku.issuance.municipality.signer_line import CodeLine, SignerLine
from itaku.issuance.municipality.standing import StandingDesk
from itaku.issuance.municipality.works import LiveWorks
from itaku.issuance.protocol.card_trust_files import CardTrustFiles
from itaku.issuance.protocol.messages import MAX_REQUEST_BYTES
from itaku.issuance.protocol.sealing import StandingSecret
from itaku.issuance.protocol.standings import MAX_QUESTION_BYTES
from itaku.issuance.transport.build import RUNNING_BUILD
from itaku.issuance.transport.identity import MAY_CALL, Role
from itaku.issuance.transport.published import PublishedClient
from itaku.issuance.transport.revocation_lists import RevocationListRenewal
from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.server import NodeServer, Route
from itaku.issuance.transport.settings import SettingsError, read_settings
from itaku.record import schema
from itaku.store.cluster import CLUSTER_MIGRATIONS, member
from itaku.store.log import Log, open_log
from itaku.store.postgres import migrate, open_pool


@asynccontextmanager
async def municipality(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, MunicipalitySettings)
    log = open_log(settings.log_path, settings.name)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(await open_pool(settings.dsn, min_size=2, max_size=settings.pool_size))
        await migrate(pool, schema.ROOM, schema.MIGRATIONS)
        await migrate(pool, "cluster", CLUSTER_MIGRATIONS)
        await stack.enter_async_context(
            member(pool, "municipality", settings.name, RUNNING_BUILD, settings.instances, SystemRandomness())
        )
        await migrate(pool, "replica", REPLICA_MIGRATIONS)
        await migrate(pool, "municipality", (*MIGRATIONS, STOP_MIGRATION))
        await migrate(pool, "registrations", REGISTRATION_MIGRATIONS)
        works = make_works(settings)
        await asyncio.to_thread(works.renderer.warm)
        registrations = make_registrations(settings, pool, settings.clock, log)
        node = MunicipalityNode(
            pool=pool,
            works=works,
            clock=settings.clock,
            randomness=SystemRandomness(),
            log=log,
            registrations=registrations,
        )
        standings = StandingDesk(pool, settings.code, settings.clock, log)
        routes = [
            Route("/m", MAY_CALL[Role.MUNICIPALITY], node.receive, MAX_REQUEST_BYTES),
            Route("/feed", frozenset({Role.REGISTRY}), node.feed, MAX_DELTA_BYTES),
            Route("/standing", frozenset({Role.VERIFICATION}), standings.receive, MAX_QUESTION_BYTES),
        ]
        server = NodeServer(routes, settings.server_tls(), log)
        await server.start(settings.listen_host, settings.listen_port)
        published = await stack.enter_async_context(PublishedClient())
        trust, crls = _card_trust(settings), Path(settings.card_crl)
        lists = RevocationListRenewal(settings.card_crl_urls, crls, trust.current, published, settings.clock, log)
        tasks = [asyncio.create_task(lists.run(settings.card_crl_every_s))] if settings.card_crl_urls else []
        if registrations is not None:
            tasks.append(asyncio.create_task(registrations.run_deadlines()))
        log.info("ready")
        try:
            yield
        finally:
            await server.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            node.stop()


def make_works(settings: MunicipalitySettings) -> LiveWorks:
    """Keys, form, trust and rules as the settings name them; `SettingsError` for a key of the wrong kind."""
    issuer = IssuerText(
        municipality=settings.code,
        municipality_name=settings.name_ja,
        mayor_title=settings.mayor_title,
        mayor_name=settings.mayor_name,
        seal_png=Path(settings.seal_image).read_bytes(),
    )
    challenge_key = _challenge_key(settings)
    return LiveWorks(
        code=settings.code,
        issuer=issuer,
        trust=_card_trust(settings).current,
        challenge_key=challenge_key,
        renderer=Renderer(issuer, _code_signer(settings), installed_font()),
        signer=_document_signer(settings),
        resident_secret=Path(settings.resident_key_secret).read_bytes(),
        freshness_limit_ms=settings.freshness_limit_s * 1000,
        randomness=SystemRandomness(),
        fiscal_years=settings.fiscal_years,
        card_status_required=settings.card_status_required,
    )


def make_registrations(
    settings: MunicipalitySettings, pool: asyncpg.Pool, clock: Clock, log: Log
) -> Registrations | None:
    """The registrations for use, also as the officers' command works on them; None without a key for claims."""
    if settings.claims_secret is None:
        return None
    works = LiveUseWorks(
        code=settings.code,
        trust=_card_trust(settings).current,
        challenge_key=_challenge_key(settings),
        claims_secret=StandingSecret(Path(settings.claims_secret).read_bytes()),
        policy=settings.use_policy,
    )
    return Registrations(
        pool=pool,
        works=works,
        clock=clock,
        randomness=SystemRandomness(),
        log=log,
        freshness_limit_ms=settings.freshness_limit_s * 1000,
    )


def _challenge_key(settings: MunicipalitySettings) -> Ed25519PublicKey:
    key = load_pem_public_key(Path(settings.center_challenge_public_key).read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError("center_challenge_public_key is not an Ed25519 key")
    return key


def _code_signer(settings: MunicipalitySettings) -> CodeSigner:
    key_id = settings.code_key_id.encode()
    if (settings.code_public_key is None) == (settings.code_key is None):
        raise SettingsError("either code_public_key or code_key")
    if settings.code_public_key is not None:
        public = load_pem_public_key(Path(settings.code_public_key).read_bytes())
        if settings.signer_socket is None:
            raise SettingsError("code_public_key needs signer_socket")
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise SettingsError("code_public_key is not a P-256 key")
        return CodeSigner(CodeLine(Path(settings.signer_socket), public, key_id), key_id)
    assert settings.code_key is not None
    key = load_pem_private_key(Path(settings.code_key).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SettingsError("code_key is not a P-256 key")
    return CodeSigner(key, key_id)


def _document_signer(settings: MunicipalitySettings) -> DocumentSigner:
    chain = tuple(x509.load_pem_x509_certificates(Path(settings.document_chain).read_bytes()))
    certificate = x509.load_pem_x509_certificate(Path(settings.document_certificate).read_bytes())
    if (settings.signer_socket is None) == (settings.document_key is None):
        raise SettingsError("either signer_socket or document_key")
    if settings.signer_socket is not None:
        return DocumentSigner.through(SignerLine(Path(settings.signer_socket), certificate, chain))
    assert settings.document_key is not None
    key = load_pem_private_key(Path(settings.document_key).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SettingsError("document_key is neither an EC nor an RSA key")
    return DocumentSigner(key, certificate, chain)


def _card_trust(settings: MunicipalitySettings) -> CardTrustFiles:
    return CardTrustFiles(Path(settings.card_anchors), Path(settings.card_crl), settings.card_policies)


if __name__ == "__main__":
    sys.exit(run_node(municipality, sys.argv))
