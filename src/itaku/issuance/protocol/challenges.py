"""The center's challenge with a signed expiry, so that the municipality can judge its age by itself."""

from __future__ import annotations

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from itaku.basis.canonical import canonical_bytes
from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.issuance.protocol.messages import Digest, Id, Instant, MunicipalityCode, NodeName
from itaku.issuance.protocol.reading import read_bytes

CHALLENGE_LIFE_MS = 300_000
"""A challenge is good for five minutes: the longest a resident may take to choose, and the center's own deadline."""
MAX_CLOCKS_APART_MS = 90_000
"""Clocks of two nodes that differ by more are treated as broken (`clock_apart`)."""

_DOMAIN = b"itaku/challenge/v1\x00"


class ChallengeFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the center signed."""

    issuance_id: Id
    kiosk: NodeName
    municipality: MunicipalityCode
    challenge: Digest
    issued_ms: Instant
    expires_ms: Instant


class ChallengeRefusedError(Exception):
    """The token does not hold; `code` is a code of the refusals."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    facts: ChallengeFacts
    signature: bytes


_decoder = msgspec.msgpack.Decoder(_Token)


def sign_challenge(facts: ChallengeFacts, key: Ed25519PrivateKey) -> bytes:
    """The token that travels with the application."""
    return msgspec.msgpack.encode(_Token(facts=facts, signature=key.sign(_signed_bytes(facts))))


def check_challenge(
    token: bytes,
    key: Ed25519PublicKey,
    now: InstantMs,
    *,
    issuance_id: IssuanceId,
    kiosk: str,
    municipality: str,
    challenge: bytes,
) -> None:
    """Returns if the center signed exactly this challenge for this session and it has not expired.

    Raises `ChallengeRefusedError`: `signature_invalid` for a forged token, `challenge_expired` for an old one,
    `clock_apart` for one from the future (the center's clock and ours disagree).
    """
    try:
        parsed = read_bytes(_decoder, token)
        key.verify(parsed.signature, _signed_bytes(parsed.facts))
    except (msgspec.DecodeError, InvalidSignature) as error:
        raise ChallengeRefusedError("signature_invalid") from error
    facts = parsed.facts
    expected = (issuance_id, kiosk, municipality, challenge)
    if (facts.issuance_id, facts.kiosk, facts.municipality, facts.challenge) != expected:
        raise ChallengeRefusedError("digest_mismatch")
    if facts.issued_ms - now > MAX_CLOCKS_APART_MS:
        raise ChallengeRefusedError("clock_apart")
    if now > facts.expires_ms:
        raise ChallengeRefusedError("challenge_expired")


def _signed_bytes(facts: ChallengeFacts) -> bytes:
    return _DOMAIN + canonical_bytes(
        {
            "issuance_id": facts.issuance_id,
            "kiosk": facts.kiosk,
            "municipality": facts.municipality,
            "challenge": facts.challenge,
            "issued_ms": facts.issued_ms,
            "expires_ms": facts.expires_ms,
        }
    )
