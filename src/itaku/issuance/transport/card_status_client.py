"""Asks the card CA's responder (OCSP) about a card before the center judges it."""

from __future__ import annotations

from collections.abc import Callable

from cryptography import x509

from itaku.basis.clock import Clock
from itaku.basis.randomness import Randomness
from itaku.issuance.protocol.card_check import CardRefusedError, CardTrust
from itaku.issuance.protocol.card_status import (
    FRESH_MS,
    MAX_STATUS_BYTES,
    CardStatuses,
    StatusRefusedError,
    issuer_sha256,
    read_status,
    status_request,
)
from itaku.issuance.transport.published import PublishedClient, PublishedUnreachableError
from itaku.store.log import Log

_NONCE_BYTES = 32


class CardStatusClient:
    """Keeps `statuses` filled. It decides nothing: what it did not learn, `check_card` refuses."""

    def __init__(
        self,
        url: str,
        trust: Callable[[], CardTrust],
        published: PublishedClient,
        clock: Clock,
        randomness: Randomness,
        log: Log,
    ) -> None:
        self.statuses = CardStatuses()
        self._url = url
        self._trust = trust
        self._published = published
        self._clock = clock
        self._randomness = randomness
        self._log = log

    async def learn(self, certificate_der: bytes) -> None:
        """Asks the responder unless a fresh answer is known. Never raises for what the card or responder did."""
        await self._learned(certificate_der)

    async def stapled(self, certificate_der: bytes) -> bytes:
        """The responder's bytes about a card, to be handed on: fresh if it answers, else what is in force, or empty."""
        key = await self._learned(certificate_der)
        status = None if key is None else self.statuses.find(*key, self._clock.now())
        return b"" if status is None else status.response

    async def _learned(self, certificate_der: bytes) -> tuple[bytes, int] | None:
        """Issuer's key and serial of the card's certificate; None for what is no certificate of a known CA."""
        try:
            certificate = x509.load_der_x509_certificate(certificate_der)
            trust = self._trust()
            generation, issuer_key = trust.issuer_of(certificate, self._clock.now())
        except (ValueError, TypeError, CardRefusedError):
            return None
        issuer = trust.anchors[generation]
        assert issuer_key == issuer_sha256(issuer), "both name an issuer by its key"
        key = issuer_key, certificate.serial_number
        known, now = self.statuses.find(*key, self._clock.now()), self._clock.now()
        if known is not None and now - known.this_update <= FRESH_MS:
            return key
        nonce = self._randomness.token(_NONCE_BYTES)
        request = status_request(certificate, issuer, nonce)
        try:
            answer = await self._published.fetch(
                self._url, MAX_STATUS_BYTES, body=request, content_type="application/ocsp-request"
            )
            now = self._clock.now()
            self.statuses.put(read_status(answer, certificate, issuer, nonce, now), now)
        except (PublishedUnreachableError, StatusRefusedError) as error:
            self._log.warning("card_status_refused", why=str(error))
        return key
