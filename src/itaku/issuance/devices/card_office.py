"""A test CA and card office of the JPKI profile: makes practice cards. Production servers must not trust this CA."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from itaku.basis.clock import InstantMs, to_jst
from itaku.issuance.devices.jpki import CardKind
from itaku.issuance.devices.virtual_card import CardFiles, CardKey, CardMemory, CardSecrets, VirtualCard
from itaku.issuance.protocol.card_check import CardAlgorithm, serial_text

TEST_USER_AUTHENTICATION_POLICY = "2.25.140269011245674091153298375811640278017.3"
"""Policy OID of practice user-authentication certificates: under a UUID of our own, nobody else's."""
TEST_SIGNATURE_POLICY = "2.25.140269011245674091153298375811640278017.1"
"""Policy OID of practice signature certificates, which must not pass for the other kind."""

_CA_FIRST = InstantMs(1_420_070_400_000)
"""2015-01-01: before any date that a practice card bears."""
_CA_LAST = InstantMs(3_155_760_000_000)
"""2070-01-01."""
_NAME = (
    (NameOID.COUNTRY_NAME, "JP"),
    (NameOID.ORGANIZATION_NAME, "itaku practice"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "TEST CA for user authentication - NOT JPKI"),
)
FOREIGN = "foreign"
"""Name of a CA that bears the test CA's name but is not among the anchors."""


class _Stored(msgspec.Struct, frozen=True):
    token: str
    auth_certificate: bytes
    auth_ca: bytes
    auth_key: bytes
    pin: str
    sign_certificate: bytes = b""
    sign_key: bytes = b""
    password: str = ""


class _Authority(msgspec.Struct, frozen=True):
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


class CardOffice:
    """Issues practice cards lazily and keeps them, with CA keys and the tries left, in a directory (files mode 0600).

    Several processes may share the directory: who makes a card first has made it for all.
    `generations` CAs share one DN, as JPKI's do.
    """

    def __init__(self, directory: Path, generations: int = 2) -> None:
        assert generations >= 1
        self._directory = directory
        self._generations = generations
        (directory / "cards").mkdir(parents=True, exist_ok=True, mode=0o700)
        self._authorities: dict[str, _Authority] = {}

    @cached_property
    def anchors(self) -> tuple[x509.Certificate, ...]:
        """The CA certificates, oldest generation first."""
        return tuple(self._authority(str(number)).certificate for number in range(1, self._generations + 1))

    def anchors_pem(self) -> bytes:
        """The same as a PEM bundle for `card_check.trust_from`."""
        return b"".join(anchor.public_bytes(serialization.Encoding.PEM) for anchor in self.anchors)

    def issue(
        self,
        serial: int,
        not_before: InstantMs,
        not_after: InstantMs,
        pin: str = "1234",
        generation: int | None = None,
        *,
        kind: CardKind = CardKind.MY_NUMBER,
        algorithm: CardAlgorithm = CardAlgorithm.RSA_2048_SHA256,
        foreign: bool = False,
        locked: bool = False,
        password: str = "",
    ) -> VirtualCard:
        """The card with this certificate serial: made now (about 0.1 s) if it was never issued, else the one kept.

        `generation` counts from 1 (`None`: the newest). `foreign` has it signed by a CA that merely shares the name.
        `locked` makes it without tries left; `password` gives it a signature half too. Of a kept card everything but
        serial, generation and `foreign` is as it was when it was made.
        """
        authority = FOREIGN if foreign else str(generation or self._generations)
        path = self._directory / "cards" / f"{authority}-{serial_text(serial)}"
        kept = path.with_suffix(".card")
        if not kept.exists():
            made = self._make(authority, serial, (not_before, not_after), pin, kind, algorithm, password)
            if locked:
                _write_once(path.with_suffix(".tries"), msgspec.json.encode(CardMemory(0, 0)))
            _write_once(kept, msgspec.msgpack.encode(made))
        stored = msgspec.msgpack.decode(kept.read_bytes(), type=_Stored)
        return _card(stored, path.with_suffix(".tries"))

    def crl(
        self,
        generation: int,
        revoked: Mapping[int, InstantMs],
        this_update: InstantMs,
        next_update: InstantMs,
        *,
        partial_list: bool = False,
    ) -> bytes:
        """A revocation list (DER) signed by one generation: serial to instant of revocation.

        `partial_list` gives it the issuing distribution point that every card names, instead of speaking for all.
        """
        authority = self._authority(str(generation))
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(authority.certificate.subject)
            .last_update(to_jst(this_update))
            .next_update(to_jst(next_update))
            .add_extension(x509.CRLNumber(this_update), critical=False)
        )
        if partial_list:
            scope = x509.IssuingDistributionPoint([_point()], None, False, False, None, False, False)
            builder = builder.add_extension(scope, critical=True)
        for serial, at in sorted(revoked.items()):
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(to_jst(at)).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def responder(self, generation: int) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """A generation's OCSP responder: a certificate for this alone (OCSP signing, no-check), and its key."""
        path = self._directory / f"ocsp-{generation}.pem"
        if not path.exists():
            _write_once(path, _new_responder(self._authority(str(generation))))
        pem = path.read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return x509.load_pem_x509_certificate(pem), key

    def _authority(self, name: str) -> _Authority:
        if name not in self._authorities:
            path = self._directory / f"ca-{name}.pem"
            if not path.exists():
                _write_once(path, _new_authority())
            pem = path.read_bytes()
            key = serialization.load_pem_private_key(pem, None)
            assert isinstance(key, rsa.RSAPrivateKey)
            self._authorities[name] = _Authority(x509.load_pem_x509_certificate(pem), key)
        return self._authorities[name]

    def _make(
        self,
        authority: str,
        serial: int,
        validity: tuple[InstantMs, InstantMs],
        pin: str,
        kind: CardKind,
        algorithm: CardAlgorithm,
        password: str,
    ) -> _Stored:
        issuer = self._authority(authority)
        certify = partial(_certificate, issuer, serial, validity)
        key = _new_key(algorithm)
        certificate = certify(key, TEST_USER_AUTHENTICATION_POLICY)
        sign_key = _new_key(algorithm) if password else None
        return _Stored(
            token=kind.value,
            auth_certificate=certificate,
            auth_ca=issuer.certificate.public_bytes(serialization.Encoding.DER),
            auth_key=_key_bytes(key),
            pin=pin,
            sign_certificate=certify(sign_key, TEST_SIGNATURE_POLICY) if sign_key else b"",
            sign_key=_key_bytes(sign_key) if sign_key else b"",
            password=password,
        )


def _card(stored: _Stored, tries: Path) -> VirtualCard:
    memory = msgspec.json.decode(tries.read_bytes(), type=CardMemory) if tries.exists() else CardMemory()
    files = CardFiles(
        token=stored.token,
        auth_certificate=stored.auth_certificate,
        auth_ca=stored.auth_ca,
        auth_key=_key(stored.auth_key),
        sign_certificate=stored.sign_certificate,
        sign_ca=stored.auth_ca,
        sign_key=_key(stored.sign_key) if stored.sign_key else None,
    )

    def keep(changed: CardMemory) -> None:
        _write(tries, msgspec.json.encode(changed))

    return VirtualCard(files, CardSecrets(stored.pin, stored.password), memory, keep)


def _certificate(
    issuer: _Authority, serial: int, validity: tuple[InstantMs, InstantMs], key: CardKey, policy: str
) -> bytes:
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    responder = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://ocsp.test.invalid/")
    )
    authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = (
        x509.CertificateBuilder()
        .serial_number(serial)
        .issuer_name(issuer.certificate.subject)
        .subject_name(
            _name((NameOID.COUNTRY_NAME, "JP"), (NameOID.COMMON_NAME, f"TESTCARD{serial_text(serial).upper()}"))
        )
        .not_valid_before(to_jst(validity[0]))
        .not_valid_after(to_jst(validity[1]))
        .public_key(key.public_key())
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(policy), None)]), critical=True
        )
        .add_extension(
            x509.IssuerAlternativeName([x509.DirectoryName(_name((NameOID.COMMON_NAME, "試験用認証局")))]), False
        )
        .add_extension(x509.CRLDistributionPoints([x509.DistributionPoint([_point()], None, None, None)]), False)
        .add_extension(x509.AuthorityInformationAccess([responder]), critical=False)
        .add_extension(authority_key, critical=False)
    )
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _new_authority() -> bytes:
    """Key and self-signed certificate as PEM. Every generation, and the foreign one, bears the same name."""
    key = rsa.generate_private_key(65537, 2048)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    certificate = (
        x509.CertificateBuilder()
        .serial_number(secrets.randbits(63) | 1)
        .issuer_name(_name(*_NAME))
        .subject_name(_name(*_NAME))
        .not_valid_before(to_jst(_CA_FIRST))
        .not_valid_after(to_jst(_CA_LAST))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def _new_responder(issuer: _Authority) -> bytes:
    """Key and certificate of an OCSP responder as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .serial_number(secrets.randbits(63) | 1)
        .issuer_name(issuer.certificate.subject)
        .subject_name(_name(*_NAME, (NameOID.COMMON_NAME, "TEST OCSP")))
        .not_valid_before(to_jst(_CA_FIRST))
        .not_valid_after(to_jst(_CA_LAST))
        .public_key(key.public_key())
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def _point() -> x509.DirectoryName:
    return x509.DirectoryName(_name(*_NAME, (NameOID.COMMON_NAME, "TEST CRLDP")))


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def _new_key(algorithm: CardAlgorithm) -> CardKey:
    if algorithm is CardAlgorithm.RSA_2048_SHA256:
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP384R1())


def _key(der: bytes) -> CardKey:
    # Our own files, made above: the consistency check of an RSA key would cost more than making a signature.
    key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key


def _key_bytes(key: CardKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_once(path: Path, data: bytes) -> None:
    """Makes a file unless another process has made it by now; either way it is whole."""
    aside = _written_aside(path, data, forced=True)
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        pass
    finally:
        aside.unlink()


def _write(path: Path, data: bytes) -> None:
    """Puts a file in the place of the old one, whole. Not forced to the disk: a practice card need not outlast power.

    It does outlast every kill of a process, and a forced write would cost fifty times what the card's signature costs.
    """
    _written_aside(path, data, forced=False).replace(path)


def _written_aside(path: Path, data: bytes, *, forced: bool) -> Path:
    number, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mkstemp makes it mode 0600
    with os.fdopen(number, "wb") as file:
        file.write(data)
        file.flush()
        if forced:
            os.fsync(file.fileno())
    return Path(aside)
