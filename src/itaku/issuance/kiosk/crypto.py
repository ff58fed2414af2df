"""The kiosk's keys and checks in a running node."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from itaku.basis.clock import InstantMs
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import IssuanceId
from itaku.issuance.certificates.check import check_document
from itaku.issuance.kiosk.machine import DocumentRefusedError, Secret
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.digests import application_digest
from itaku.issuance.protocol.receipts import make_receipt
from itaku.issuance.protocol.sealing import NotOpenedError, SessionSecret


class KioskCrypto:
    """Session keys, the check of an arrived document, and erasure receipts signed with the node's own key."""

    def __init__(
        self, kiosk: str, key: ec.EllipticCurvePrivateKey, certificate_der: bytes, anchors: Sequence[x509.Certificate]
    ) -> None:
        self._kiosk = kiosk
        self._key = key
        self._certificate_der = certificate_der
        self._anchors = tuple(anchors)

    def new_secret(self) -> Secret:
        """A fresh session key, in memory only."""
        return SessionSecret()

    def open_document(self, secret: Secret, answer: m.Prepared, application: m.Application, now: InstantMs) -> bytes:
        """Opens with the session's key and checks signature, issuance id, digest and pages once more, before money."""
        try:
            document = secret.open(answer.sealed, application_digest(application))
            checked = check_document(
                document, self._anchors, now, application.issuance_id, application_digest(application)
            )
        except (NotOpenedError, ItakuError) as error:
            raise DocumentRefusedError from error
        if checked.pages != answer.pages:
            raise DocumentRefusedError
        return document

    def receipt(self, issuance_id: IssuanceId, session_key_sha256: bytes, now: InstantMs) -> m.Receipt:
        """The signed statement that this session's key is gone."""
        return make_receipt(issuance_id, self._kiosk, session_key_sha256, now, self._key, self._certificate_der)
