"""What a resident claims in 利用登録申請: address and head of the family register, sealed to the registry municipality.

The card signs a digest of the application that holds a salted commitment to the claims. So nobody on the way can read
or guess them, and nobody can put others in their place: the sealed box opens for this digest alone, and what is in it
must be what was committed to.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Annotated

import msgspec

from itaku.basis.canonical import digest
from itaku.basis.randomness import Randomness
from itaku.issuance.protocol.messages import Digest, UseApplication
from itaku.issuance.protocol.reading import read_bytes
from itaku.issuance.protocol.sealing import NotOpenedError, StandingSecret, seal

SALT_BYTES = 32
PADDED_BYTES = 1536
"""Every sealed set of claims has one length, so that none tells how long an address is."""


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """本籍 and 筆頭者 as they were entered and confirmed on the screen."""

    domicile: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    head_name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    salt: Digest

    def __repr__(self) -> str:
        """Without what was entered: a log or a traceback may print this."""
        return "Claims(****)"

    __str__ = __repr__


class ClaimsRefusedError(Exception):
    """The box holds no claims for this application; `code` is a code of the refusals."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_decoder = msgspec.msgpack.Decoder(Claims)


def make_claims(domicile: str, head_name: str, randomness: Randomness) -> Claims:
    """The claims with a fresh salt, without which the commitment could be found by trying addresses."""
    return Claims(domicile, head_name, randomness.token(SALT_BYTES))


def claims_commitment(claims: Claims) -> bytes:
    """SHA-256 over the salted claims: it ties them to the application and tells nobody what they are."""
    return digest(
        "itaku/use-claims/v1", {"domicile": claims.domicile, "head_name": claims.head_name, "salt": claims.salt}
    )


def claims_key_hash(public: bytes) -> bytes:
    """Names a municipality's published key for claims."""
    return hashlib.sha256(public).digest()


def use_digest(application: UseApplication) -> bytes:
    """SHA-256 over everything that the application says; the card signs this value."""
    return digest(
        "itaku/use-application/v1",
        {
            "issuance_id": application.issuance_id,
            "challenge": application.challenge,
            "kiosk": application.kiosk,
            "municipality": application.municipality,
            "claims_sha256": application.claims_sha256,
            "claims_key_sha256": application.claims_key_sha256,
        },
    )


def seal_claims(claims: Claims, public: bytes, application_digest: bytes) -> bytes:
    """The claims, readable to the registry municipality alone and for this application alone."""
    plain = msgspec.msgpack.encode(claims)
    assert len(plain) <= PADDED_BYTES - 2, "the fields' limits keep the claims below this"
    padded = len(plain).to_bytes(2, "big") + plain + bytes(PADDED_BYTES - 2 - len(plain))
    return seal(padded, public, application_digest)


def open_claims(sealed: bytes, secret: StandingSecret, application: UseApplication) -> Claims:
    """What the resident entered.

    Raises `ClaimsRefusedError`: `claims_unreadable` for a box that this municipality's key does not open for this
    application, `digest_mismatch` for other claims than those to which the card's signature is tied.
    """
    if application.claims_key_sha256 != claims_key_hash(secret.public):
        raise ClaimsRefusedError("claims_unreadable")
    try:
        padded = secret.open(sealed, use_digest(application))
        claims = read_bytes(_decoder, padded[2 : 2 + int.from_bytes(padded[:2], "big")])
    except (NotOpenedError, msgspec.DecodeError) as error:
        raise ClaimsRefusedError("claims_unreadable") from error
    if claims_commitment(claims) != application.claims_sha256:
        raise ClaimsRefusedError("digest_mismatch")
    return claims


def claims_form(domicile: str, head_name: str) -> str:
    """Address and head as they are compared: without spaces and variation selectors, and letters of any width alike.

    It finds a register and proves nothing about a person: whose card it is, the officer confirms.
    """
    return f"{_plain(domicile)}\n{_plain(head_name)}"


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if not sign.isspace() and not _selects(sign))


def _selects(sign: str) -> bool:
    return 0xFE00 <= ord(sign) <= 0xFE0F or 0xE0100 <= ord(sign) <= 0xE01EF
