"""What the machine of registrations is handed in a running municipality: trust, its key for claims, its rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from itaku.basis.clock import InstantMs, to_jst
from itaku.issuance.municipality.holder import holder_of
from itaku.issuance.municipality.machine import WithheldError
from itaku.issuance.municipality.registrations.machine import Claimant
from itaku.issuance.municipality.registrations.waiting import Expected, UsePolicyRow, expected_use, policy_on
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.card_check import CardTrust
from itaku.issuance.protocol.sealing import StandingSecret
from itaku.issuance.protocol.use_claims import ClaimsRefusedError, claims_form, open_claims, use_digest


class LiveUseWorks:
    """The works of a running municipality's registrations."""

    def __init__(
        self,
        *,
        code: str,
        trust: Callable[[], CardTrust],
        challenge_key: Ed25519PublicKey,
        claims_secret: StandingSecret,
        policy: Sequence[UsePolicyRow],
    ) -> None:
        self._code = code
        self._trust = trust
        self._challenge_key = challenge_key
        self._claims_secret = claims_secret
        self._policy = tuple(policy)
        self.record_writable = True
        """Whether the municipality's own record takes entries: where it does not, nothing is received (I7)."""

    def verify(self, request: m.RegisterUse, now: InstantMs) -> Claimant:
        """Checks challenge, card and signature end to end, then opens the claims; raises `WithheldError`."""
        application = request.application
        if application.municipality != self._code:
            raise WithheldError("municipality_unknown")
        if not self.record_writable:
            raise WithheldError("record_unavailable")
        if use_digest(application) != request.digest:
            raise WithheldError("digest_mismatch")
        card = holder_of(request, self._code, self._challenge_key, self._trust, now)
        return Claimant(card.serial_hex, card.not_after, self._claimed(request))

    def _claimed(self, request: m.RegisterUse) -> str | None:
        try:
            claims = open_claims(request.sealed_claims, self._claims_secret, request.application)
        except ClaimsRefusedError:
            return None
        return claims_form(claims.domicile, claims.head_name)

    def expected(self, now: InstantMs) -> Expected:
        """The first day of use of what is received now."""
        return expected_use(now, self._policy)

    def attempts_per_day(self, now: InstantMs) -> int:
        """Applications that a card may send on this day."""
        return policy_on(self._policy, to_jst(now).date()).attempts_per_day
