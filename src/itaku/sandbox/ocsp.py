"""Stand-in for the card CA's OCSP responder: answers for the test CAs' practice cards, on loopback.

`python -m itaku.sandbox.ocsp FILE.toml`. It knows what is revoked from the practice revocation lists, so that list
and responder never disagree, and signs with a key that each test CA certified for this alone.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import msgspec
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from itaku.basis.clock import Clock, InstantMs, clock_from, to_jst
from itaku.issuance.devices.card_office import CardOffice
from itaku.issuance.protocol.card_check import RevocationKey
from itaku.issuance.protocol.card_status import issuer_sha256
from itaku.issuance.protocol.card_trust_files import CardTrustFiles
from itaku.issuance.transport.settings import read_settings
from itaku.store.log import open_log
from itaku.store.ready import report_ready

ANSWER_LASTS_MS = 300_000
_MAX_REQUEST = 4096
_TYPE = "application/ocsp-response"


class OcspSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the stand-in."""

    name: str
    office: str
    """Directory of the test card office, whose CAs certify the responder."""
    anchors: str
    crls: str
    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    clock_file: str | None = None
    log_file: str | None = None


class Responder:
    """Answers requests, bytes to bytes. `lasting_ms` is how long an answer says that it holds."""

    def __init__(
        self, office: CardOffice, trust: CardTrustFiles, clock: Clock, *, lasting_ms: int = ANSWER_LASTS_MS
    ) -> None:
        self._office = office
        self._trust = trust
        self._clock = clock
        self._lasting_ms = lasting_ms

    def answer(self, body: bytes) -> bytes:
        """The response (DER) to a request (DER); what cannot be read is answered `malformedRequest`."""
        try:
            request = ocsp.load_der_ocsp_request(body)
        except ValueError:
            return _unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if not isinstance(request.hash_algorithm, hashes.SHA256):
            return _unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        for generation, anchor in enumerate(self._office.anchors, start=1):
            if _key_hash(anchor) == request.issuer_key_hash:
                return self._about(request, generation, anchor)
        return _unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)

    def _about(self, request: ocsp.OCSPRequest, generation: int, anchor: x509.Certificate) -> bytes:
        certificate, key = self._office.responder(generation)
        now = self._clock.now()
        listed = self._trust.current().revoked.get(RevocationKey(issuer_sha256(anchor)))
        revoked_at = None if listed is None else listed.serials.get(request.serial_number)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=request.issuer_name_hash,
                issuer_key_hash=request.issuer_key_hash,
                serial_number=request.serial_number,
                algorithm=hashes.SHA256(),
                cert_status=_status(known=listed is not None, revoked=revoked_at is not None),
                this_update=to_jst(now),
                next_update=to_jst(InstantMs(now + self._lasting_ms)),
                revocation_time=None if revoked_at is None else to_jst(revoked_at),
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, certificate)
            .certificates([certificate])
        )
        for extension in request.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _status(*, known: bool, revoked: bool) -> ocsp.OCSPCertStatus:
    if revoked:
        return ocsp.OCSPCertStatus.REVOKED
    return ocsp.OCSPCertStatus.GOOD if known else ocsp.OCSPCertStatus.UNKNOWN


def _unsuccessful(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)


def _key_hash(anchor: x509.Certificate) -> bytes:
    asked = ocsp.OCSPRequestBuilder().add_certificate(anchor, anchor, hashes.SHA256()).build()
    return asked.issuer_key_hash


async def serve(responder: Responder, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Listens; answers the runner to clean up, and the port."""

    async def endpoint(request: web.Request) -> web.Response:
        return web.Response(body=responder.answer(await request.read()), content_type=_TYPE)

    app = web.Application(client_max_size=_MAX_REQUEST)
    app.router.add_post("/", endpoint)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner, int(runner.addresses[0][1])


async def run(settings: OcspSettings) -> None:
    """Serves until SIGTERM or SIGINT comes."""
    log = open_log(Path(settings.log_file) if settings.log_file else None, settings.name)
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    trust = CardTrustFiles(Path(settings.anchors), Path(settings.crls), ())
    clock = clock_from(Path(settings.clock_file) if settings.clock_file else None)
    responder = Responder(CardOffice(Path(settings.office)), trust, clock)
    runner, _ = await serve(responder, settings.listen_host, settings.listen_port)
    log.info("ready")
    report_ready()
    await stopped.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(run(read_settings(Path(sys.argv[1]), OcspSettings)))
