"""Who applies (申請者): challenge, card and signature of an application, checked end to end by the own trust."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from itaku.basis.clock import InstantMs
from itaku.issuance.municipality.machine import WithheldError
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.card_check import (
    CardFacts,
    CardRefusedError,
    CardTrust,
    check_card,
    stapled_status,
    verify_card_signature,
)
from itaku.issuance.protocol.challenges import ChallengeRefusedError, check_challenge


def holder_of(
    request: m.Apply | m.RegisterUse,
    code: str,
    challenge_key: Ed25519PublicKey,
    trust: Callable[[], CardTrust],
    now: InstantMs,
    stapled: bytes | None = None,
) -> CardFacts:
    """The card that signed the application, for this municipality and this session; `WithheldError`.

    `stapled` is the answer of the card CA's responder that came with the request, where one is required: it is verified
    here, for the center is believed neither that it asked nor what it heard.
    """
    try:
        check_challenge(
            request.challenge_token,
            challenge_key,
            now,
            issuance_id=request.issuance_id,
            kiosk=request.kiosk,
            municipality=code,
            challenge=request.application.challenge,
        )
        trusted = trust()
        told = None if stapled is None else stapled_status(request.card_certificate, stapled, trusted, now)
        card = check_card(request.card_certificate, trusted, now, told)
        verify_card_signature(request.card_certificate, request.digest, request.signature)
    except (ChallengeRefusedError, CardRefusedError) as refused:
        raise WithheldError(refused.code) from refused
    return card
