"""Development certificates: a CA for the nodes, one for the municipality's documents, and the keys beside them.

The nodes' CA says who may talk to whom; the municipality's document CA is the anchor that kiosks and residents hold.
They are apart because a node's key must never make a document. In real service both come from outside (the nodes'
from the operator's CA, the documents' from the municipality's own, LGPKI or 職責 certificates).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from itaku.basis.clock import Clock, SystemClock, to_jst
from itaku.issuance.transport.identity import Identity, Role
from itaku.supervisor.keyfiles import ed25519_key, p256_key, private_folder, public_part, random_secret, write_whole

NODE_DAYS = 397
"""Longest life of a TLS certificate that browsers accepted from 2020; long enough for a demonstration."""

RENEW_DAYS = 30
"""A certificate with less left than this is made anew at the next start, for the same key."""

CA_DAYS = 3650
DOCUMENT_DAYS = 5 * 365
_BACKDATED = dt.timedelta(days=1)
"""Certificates begin a day back, so that a clock that is a little behind accepts them."""

_DOCUMENT_BACKDATED = dt.timedelta(days=366)
"""Documents are checked by the sandbox's clock, which may be moved back over a year's turn."""


class NodeFiles(NamedTuple):
    """A node's certificate and key."""

    certificate: Path
    key: Path


class DocumentFiles(NamedTuple):
    """What a municipality signs its certificates with, and the anchor that it publishes.

    `chain` holds the CA between the two, which goes along with each document.
    """

    anchor: Path
    certificate: Path
    key: Path
    chain: Path


class KeyPairFiles(NamedTuple):
    """A signing key and its public part, which others are given."""

    key: Path
    public: Path


class _Profile(NamedTuple):
    """What distinguishes one kind of certificate from another."""

    days: int
    backdated: dt.timedelta
    usage: x509.KeyUsage
    path_length: int | None
    """How many CAs may stand below a CA; `None`: it is none."""
    names: x509.SubjectAlternativeName | None
    purposes: x509.ExtendedKeyUsage | None


class _Authority(NamedTuple):
    """A CA: its certificate and the key with which it issues."""

    certificate: Path
    key: ec.EllipticCurvePrivateKey


class Pki:
    """All keys and certificates under one directory (0700, keys 0600). Every method makes what is missing.

    Existing keys are never overwritten. Certificates live by the machine's clock, as TLS judges them by it.
    """

    def __init__(self, directory: Path, clock: Clock | None = None) -> None:
        self._directory = private_folder(directory)
        self._clock = clock or SystemClock()

    @property
    def ca(self) -> Path:
        """The nodes' CA certificate."""
        return self._nodes_authority().certificate

    def node(self, name: str, role: Role) -> NodeFiles:
        """Certificate of DNS `<name>.<role>.itaku.internal`, URI `urn:itaku:<role>:<name>`, as client and server."""
        identity = Identity(name, role)
        uri = f"urn:itaku:{role.value}:{name}"
        profile = _Profile(
            days=NODE_DAYS,
            backdated=_BACKDATED,
            usage=_usage(signature=True),
            path_length=None,
            names=x509.SubjectAlternativeName(
                [x509.DNSName(identity.dns_name), x509.UniformResourceIdentifier(uri)],
            ),
            purposes=x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
        )
        folder = private_folder(self._directory / "nodes")
        stem = f"{name}.{role.value}"
        files = NodeFiles(folder / f"{stem}.pem", folder / f"{stem}.key")
        subject = _name(organization="itaku", common=identity.dns_name)
        self._certificate(files.certificate, subject, p256_key(files.key), self._nodes_authority(), profile)
        return files

    def documents(self, code: str, municipality: str, office: str) -> DocumentFiles:
        """The municipality's document root (the anchor), its issuing CA, and the certificate of, say, 汐見市長.

        The root may have one CA below it, the issuing CA none. The signing certificate carries digitalSignature and
        nonRepudiation and nothing else.
        """
        stem = f"documents-{code}"
        root = self._authority(
            f"{stem}-root", f"{municipality} 文書ルート CA", organization=municipality, path_length=1
        )
        issuing = self._authority(stem, f"{municipality} 文書 CA", organization=municipality, issuer=root)
        certificate, key = self._directory / f"{stem}-signing.pem", self._directory / f"{stem}-signing.key"
        profile = _Profile(
            days=DOCUMENT_DAYS,
            backdated=_DOCUMENT_BACKDATED,
            usage=_usage(signature=True, commitment=True),
            path_length=None,
            names=None,
            purposes=None,
        )
        subject = _name(organization=municipality, common=office)
        self._certificate(certificate, subject, p256_key(key), issuing, profile)
        return DocumentFiles(anchor=root.certificate, certificate=certificate, key=key, chain=issuing.certificate)

    def code(self, code: str) -> KeyPairFiles:
        """The municipality's P-256 key for the 2-D code on the paper, and the public part that anyone may have."""
        stem = self._directory / f"code-{code}"
        return self._pair(stem, p256_key(stem.with_suffix(".key")))

    def signing(self, purpose: str) -> KeyPairFiles:
        """An Ed25519 key for `purpose`: the center's challenges, a record's checkpoints."""
        stem = self._directory / purpose
        return self._pair(stem, ed25519_key(stem.with_suffix(".key")))

    def secret(self, purpose: str) -> Path:
        """32 random bytes for `purpose`: a kiosk's journal, the municipality's resident keys."""
        return random_secret(self._directory / f"{purpose}.secret")

    def secrets_before(self, purpose: str) -> tuple[str, ...]:
        """Files of secrets that were in use for `purpose` before and are kept until nothing lies under them."""
        return tuple(map(str, sorted(self._directory.glob(f"{purpose}-before*.secret"))))

    # --- within

    def _nodes_authority(self) -> _Authority:
        return self._authority("ca", "itaku development CA")

    def _pair(self, stem: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> KeyPairFiles:
        return KeyPairFiles(stem.with_suffix(".key"), public_part(stem.with_suffix(".pub"), key))

    def _authority(
        self,
        stem: str,
        common: str,
        organization: str = "itaku",
        path_length: int = 0,
        issuer: _Authority | None = None,
    ) -> _Authority:
        path, key = self._directory / f"{stem}.pem", p256_key(self._directory / f"{stem}.key")
        profile = _Profile(
            days=CA_DAYS,
            backdated=_DOCUMENT_BACKDATED,
            usage=_usage(certificates=True),
            path_length=path_length,
            names=None,
            purposes=None,
        )
        self._certificate(path, _name(organization=organization, common=common), key, issuer, profile)
        return _Authority(path, key)

    def _certificate(
        self,
        path: Path,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        issuer: _Authority | None,
        profile: _Profile,
    ) -> None:
        """Leaves a certificate in `path` that is of this key and issuer and has time left; renews what is not."""
        parent = x509.load_pem_x509_certificate(issuer.certificate.read_bytes()) if issuer else None
        now = to_jst(self._clock.now()).astimezone(dt.UTC)
        if path.exists() and _still_good(path, key, parent, now):
            return
        issuer_key = issuer.key if issuer else key
        end = now + dt.timedelta(days=profile.days)
        if parent is not None:
            end = min(end, parent.not_valid_after_utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(parent.subject if parent is not None else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - profile.backdated)
            .not_valid_after(end)
            .add_extension(
                x509.BasicConstraints(ca=profile.path_length is not None, path_length=profile.path_length),
                critical=True,
            )
            .add_extension(profile.usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        )
        if profile.names is not None:
            builder = builder.add_extension(profile.names, critical=False)
        if profile.purposes is not None:
            builder = builder.add_extension(profile.purposes, critical=False)
        write_whole(path, builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM), 0o644)


def _still_good(path: Path, key: ec.EllipticCurvePrivateKey, parent: x509.Certificate | None, now: dt.datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        certificate.verify_directly_issued_by(parent if parent is not None else certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    same_key = certificate.public_key() == key.public_key()
    left = certificate.not_valid_after_utc - now
    return same_key and certificate.not_valid_before_utc <= now and left > dt.timedelta(days=RENEW_DAYS)


def _name(*, organization: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signature: bool = False, commitment: bool = False, certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signature,
        content_commitment=commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
