"""An application for use in the making (利用登録申請): what was entered goes into a box that the kiosk cannot open."""

from __future__ import annotations

import msgspec

from itaku.basis.randomness import Randomness
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.use_claims import (
    claims_commitment,
    claims_key_hash,
    make_claims,
    seal_claims,
    use_digest,
)


class UseRequest(msgspec.Struct, frozen=True):
    """An application that waits for the card's signature over `digest`. What was entered is in the sealed box alone."""

    application: m.UseApplication
    sealed_claims: bytes
    digest: bytes

    def signed(self, opened: m.OpenOk, certificate: bytes, signature: bytes) -> m.RegisterUse:
        """The request to the registry municipality."""
        return m.RegisterUse(
            issuance_id=self.application.issuance_id,
            kiosk=self.application.kiosk,
            application=self.application,
            sealed_claims=self.sealed_claims,
            challenge_token=opened.challenge_token,
            card_certificate=certificate,
            digest=self.digest,
            signature=signature,
        )


def sealed_request(opened: m.OpenOk, domicile: str, head_name: str, key: bytes, randomness: Randomness) -> UseRequest:
    """Ties what was entered to this session and seals it to the registry municipality's published key."""
    claims = make_claims(domicile, head_name, randomness)
    application = m.UseApplication(
        issuance_id=opened.issuance_id,
        challenge=opened.challenge,
        kiosk=opened.kiosk,
        municipality=opened.municipality,
        claims_sha256=claims_commitment(claims),
        claims_key_sha256=claims_key_hash(key),
    )
    digest = use_digest(application)
    return UseRequest(application, seal_claims(claims, key, digest), digest)
