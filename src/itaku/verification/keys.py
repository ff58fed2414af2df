"""The issuers' published keys: one file with which certificates are verified offline (発行者の公開鍵).

JSON, so that anyone can read it. A key verifies certificates of its own municipality and of the days for which it is
published, and none else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from itaku.basis.errors import ItakuError

FORMAT = "itaku issuer keys 1"
_LARGEST = 1 << 22


class BadKeysError(ItakuError):
    """The file of issuers' keys is not there or not readable."""

    code = "issuer_keys_invalid"
    ja = "発行者の公開鍵のファイルを読めません。発行者が公表しているファイルを指定してください。"
    en = "The file of issuers' keys cannot be read. Name the file that the issuer publishes."


class CodeKey(msgspec.Struct, frozen=True):
    """A key that signs codes and backs. The days are those on which it may have issued, both included."""

    key_id: str
    public_key: str
    """PEM."""
    not_before: dt.date
    not_after: dt.date


class Issuer(msgspec.Struct, frozen=True):
    """One municipality."""

    municipality: str
    """Its code, six digits."""
    name_ja: str
    name_en: str
    codes: tuple[CodeKey, ...]
    documents: tuple[str, ...]
    """CA certificates (PEM) under which its documents are signed."""


class PublishedKeys(msgspec.Struct, frozen=True):
    """The file's content."""

    format: str
    issuers: tuple[Issuer, ...]


class KnownKey(msgspec.Struct, frozen=True):
    """A key with the issuer whose it is."""

    issuer: Issuer
    key: CodeKey
    public: ec.EllipticCurvePublicKey

    def covers(self, day: dt.date) -> bool:
        """Whether the key was published for that day."""
        return self.key.not_before <= day <= self.key.not_after


class IssuerKeys:
    """The keys in usable form; raises `BadKeysError` for a file with anything unusable in it."""

    def __init__(self, published: PublishedKeys) -> None:
        if published.format != FORMAT:
            raise BadKeysError("format")
        self._known: dict[bytes, KnownKey] = {}
        self._anchors: dict[str, tuple[x509.Certificate, ...]] = {}
        try:
            for issuer in published.issuers:
                self._take(issuer)
        except ValueError as error:
            raise BadKeysError("key or certificate") from error

    def _take(self, issuer: Issuer) -> None:
        for key in issuer.codes:
            public = load_pem_public_key(key.public_key.encode("ascii"))
            if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
                raise BadKeysError("a code key is ECDSA P-256")
            key_id = key.key_id.encode("ascii")
            if key_id in self._known:
                raise BadKeysError("a key twice")
            self._known[key_id] = KnownKey(issuer, key, public)
        anchors = tuple(x509.load_pem_x509_certificate(one.encode("ascii")) for one in issuer.documents)
        self._anchors[issuer.municipality] = self._anchors.get(issuer.municipality, ()) + anchors

    @property
    def by_id(self) -> Mapping[bytes, ec.EllipticCurvePublicKey]:
        """Public keys by key id."""
        return {key_id: known.public for key_id, known in self._known.items()}

    def known(self, key_id: bytes) -> KnownKey | None:
        """The key of this id."""
        return self._known.get(key_id)

    def anchors(self, issuer: Issuer) -> tuple[x509.Certificate, ...]:
        """The CA certificates of an issuer's documents."""
        return self._anchors.get(issuer.municipality, ())


def keys_from(data: bytes) -> IssuerKeys:
    """The keys in a published file's bytes; `BadKeysError`."""
    if len(data) > _LARGEST:
        raise BadKeysError("too large")
    try:
        return IssuerKeys(msgspec.json.decode(data, type=PublishedKeys))
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise BadKeysError("content") from error


def read_keys(path: Path) -> IssuerKeys:
    """The keys in a published file; `BadKeysError`."""
    try:
        return keys_from(path.read_bytes())
    except OSError as error:
        raise BadKeysError(str(path)) from error


def published(*issuers: Issuer) -> bytes:
    """The file's bytes."""
    encoded = msgspec.json.encode(PublishedKeys(FORMAT, issuers))
    return msgspec.json.format(encoded, indent=2) + b"\n"
