"""The server's check of a card's user-authentication certificate (利用者証明用電子証明書) and of its signature."""

from __future__ import annotations

import contextlib
import enum
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import ExtendedKeyUsageOID

from itaku.basis.clock import InstantMs, to_instant
from itaku.basis.errors import ItakuError
from itaku.issuance.protocol.card_status import CardStatuses, StatusRefusedError, read_stapled
from itaku.issuance.protocol.refusals import REFUSALS

JPKI_USER_AUTHENTICATION_POLICY = "1.2.392.200149.8.5.1.3.30"
"""Policy OID of the user-authentication certificate as public code names it; J-LIS's own profile was not at hand."""

PRACTICE_ARC = "2.25."
"""Policies of practice cards are under a UUID of somebody's own (ITU-T X.667); no public CA's are."""

_SECOND_MS = 1000
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_UNDERSTOOD = frozenset(
    {
        x509.KeyUsage.oid,
        x509.CertificatePolicies.oid,
        x509.BasicConstraints.oid,
        x509.ExtendedKeyUsage.oid,
        x509.IssuerAlternativeName.oid,
        x509.SubjectAlternativeName.oid,
        x509.CRLDistributionPoints.oid,
    }
)


_Extensions = dict[type[x509.ExtensionType], x509.Extension[Any]]


class CardRefusedError(ItakuError):
    """Base of every reason for which a card is not accepted; its code and words are those of the refusals."""

    def __init_subclass__(cls, *, code: str = "card_unsupported") -> None:
        refusal = REFUSALS[code]
        cls.code, cls.temper = code, refusal.temper
        cls.ja, cls.en = refusal.ja + refusal.next_ja, f"{refusal.en} {refusal.next_en}".strip()


class CardExpiredError(CardRefusedError, code="card_expired"):
    """有効期限切れ."""


class CardNotYetValidError(CardRefusedError, code="card_not_yet_valid"):
    """The certificate's first instant is still to come."""


class CardRevokedError(CardRefusedError, code="card_revoked"):
    """失効."""


class CardUnknownIssuerError(CardRefusedError, code="card_unknown_issuer"):
    """No anchor signed this certificate, whatever name its issuer bears."""


class CardUnfitError(CardRefusedError, code="card_unsupported"):
    """Not a certificate of the user-authentication profile, or of a key that is not accepted."""


class RevocationUnknownError(CardRefusedError, code="revocation_list_stale"):
    """No current revocation list covers this certificate: none was ever there, or its next update has passed.

    Fails closed, with a code of its own (retryable): nothing is wrong with the card, the server lacks what it needs in
    order to judge, and the next attempt may find a fresh list.
    """


class StatusUnknownError(CardRefusedError, code="card_status_unknown"):
    """The CA's responder (OCSP) gave no answer that proves that this certificate is not revoked. Fails closed."""


class SignatureInvalidError(CardRefusedError, code="signature_invalid"):
    """The signature is not this certificate's key's over this digest."""


class CardAlgorithm(enum.StrEnum):
    """What a card signs with. A parameter, since the next card brings another."""

    RSA_2048_SHA256 = "rsa-2048-sha256"
    """RSASSA-PKCS1-v1_5: the card of today."""
    EC_P384_SHA256 = "ec-p384-sha256"
    """ECDSA on P-384 over the same 32-byte digest, DER-encoded: the announced next card."""


class RevocationKey(NamedTuple):
    """Which certificates a revocation list speaks of."""

    issuer_sha256: bytes
    """SHA-256 over the issuer's SubjectPublicKeyInfo: generations of a CA share one name, never a key."""
    distribution_point: bytes = b""
    """The distribution point's name (DER) of a partial list; empty for a list of all the issuer's certificates."""


class RevocationList(NamedTuple):
    """A verified CRL as a dictionary: 0.1 us a look-up instead of milliseconds."""

    this_update: InstantMs
    next_update: InstantMs
    serials: Mapping[int, InstantMs]
    """Serial number to instant of revocation."""


class CardFacts(NamedTuple):
    """What an accepted certificate says. It has no name and no address."""

    serial_hex: str
    """Serial number: lower-case hex without leading zeros (`serial_text`); finds the resident."""
    not_before: InstantMs
    not_after: InstantMs
    """The last instant of validity."""
    generation: int
    """Place of the issuer among the trust's anchors, from 0."""
    algorithm: CardAlgorithm


class _Anchor(NamedTuple):
    certificate: x509.Certificate
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    key_sha256: bytes
    key_id: bytes
    first: InstantMs
    last: InstantMs


class CardTrust:
    """Which CAs, which revocation lists and which certificate policies are trusted.

    `anchors` are CA certificates (several generations share one DN); `ValueError` if one is no CA. `policies` are the
    accepted policy OIDs: production names JPKI's alone, and so never takes a practice card. Immutable: on a fresh list
    build a new one (`trust_from`) and put it in the old one's place.
    """

    def __init__(
        self,
        anchors: Sequence[x509.Certificate],
        revoked: Mapping[RevocationKey, RevocationList],
        policies: Iterable[str] = (JPKI_USER_AUTHENTICATION_POLICY,),
    ) -> None:
        self.revoked = dict(revoked)
        self.policies = frozenset(policies)
        self._anchors = tuple(_anchor(certificate) for certificate in anchors)

    @property
    def anchors(self) -> tuple[x509.Certificate, ...]:
        """The CA certificates, in the order of their generations."""
        return tuple(anchor.certificate for anchor in self._anchors)

    def issuer_of(self, certificate: x509.Certificate, now: InstantMs, hint: bytes = b"") -> tuple[int, bytes]:
        """Generation and key of the anchor whose key signed the certificate; `CardUnknownIssuerError` if none did.

        `hint` (an authority key identifier) only says which anchor to try first: the signature decides.
        """
        for generation, anchor in sorted(enumerate(self._anchors), key=lambda item: item[1].key_id != hint):
            if anchor.first <= now <= anchor.last and _issued(certificate, anchor.certificate):
                return generation, anchor.key_sha256
        raise CardUnknownIssuerError

    def keeping_later_lists_of(self, earlier: CardTrust) -> CardTrust:
        """This trust, with the earlier one's list wherever ours is older or gone: a revocation is never taken back."""
        later = dict(self.revoked)
        for key, listed in earlier.revoked.items():
            if key not in later or later[key].this_update < listed.this_update:
                later[key] = listed
        return CardTrust(self.anchors, later, self.policies)


def trust_from(
    anchors_pem: bytes, crls_der: Iterable[bytes], policies: Iterable[str] = (JPKI_USER_AUTHENTICATION_POLICY,)
) -> CardTrust:
    """Trust out of a PEM bundle of CA certificates and DER revocation lists, each verified against its anchor.

    Of several lists about the same certificates the latest counts. `ValueError` for a list that no anchor signed or
    whose extensions are not understood: a revocation that cannot be read must not be overlooked.
    """
    anchors = x509.load_pem_x509_certificates(anchors_pem)
    revoked: dict[RevocationKey, RevocationList] = {}
    for data in crls_der:
        key, listed = read_crl(data, anchors)
        if key not in revoked or revoked[key].this_update < listed.this_update:
            revoked[key] = listed
    return CardTrust(anchors, revoked, policies)


def read_crl(data: bytes, anchors: Sequence[x509.Certificate]) -> tuple[RevocationKey, RevocationList]:
    """Verifies one DER CRL and turns it into a dictionary; `ValueError` as `trust_from` says."""
    crl = x509.load_der_x509_crl(data)
    signer = next((anchor for anchor in map(_anchor, anchors) if crl.is_signature_valid(anchor.key)), None)
    if signer is None:
        raise ValueError("no anchor signed this revocation list")
    if crl.next_update_utc is None:
        raise ValueError("a revocation list without a next update never ends")
    point = b""
    for extension in crl.extensions:
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            point = _point_of_list(extension.value)
        elif extension.critical:
            raise ValueError(f"critical extension {extension.oid.dotted_string} of a revocation list is not understood")
    serials = {entry.serial_number: to_instant(entry.revocation_date_utc) for entry in crl}
    listed = RevocationList(to_instant(crl.last_update_utc), to_instant(crl.next_update_utc), serials)
    return RevocationKey(signer.key_sha256, point), listed


def refuse_practice_policies(policies: Iterable[str], clock_file: str | None) -> None:
    """`ValueError` if a server without a practice clock (real service) would take practice cards."""
    if clock_file is None and any(policy.startswith(PRACTICE_ARC) for policy in policies):
        raise ValueError("card_policies name a practice card's policy, which real service must not take")


def algorithm_of(certificate_der: bytes) -> CardAlgorithm:
    """What a card with this certificate signs with; `CardUnfitError` if it cannot be read or its key is not accepted.

    Says nothing of the certificate's worth: the kiosk asks it only to know which command the card understands.
    """
    try:
        return _algorithm(x509.load_der_x509_certificate(certificate_der).public_key())
    except _UNREADABLE as error:
        raise CardUnfitError("the certificate cannot be read") from error


def serial_text(serial: int) -> str:
    """A certificate's serial number as this product writes it everywhere: lower-case hex without leading zeros."""
    return f"{serial:x}"


def check_card(
    certificate_der: bytes, trust: CardTrust, now: InstantMs, statuses: CardStatuses | None = None
) -> CardFacts:
    """Checks issuer (by signature), validity, profile and revocation of a card's certificate at `now`.

    Without `statuses` a current revocation list must cover the card. With them (a center that asks the CA's responder)
    a current answer that it is good must be known; a list that names the card still refuses it, however old.
    Raises the subclass of `CardRefusedError` that says why not; what is not understood is refused.
    """
    try:
        certificate = x509.load_der_x509_certificate(certificate_der)
        extensions = certificate.extensions
        first, last = _validity(certificate)
        public = certificate.public_key()
    except _UNREADABLE as error:
        raise CardUnfitError("the certificate cannot be read") from error
    found = {type(extension.value): extension for extension in extensions}
    generation, issuer = trust.issuer_of(certificate, now, _issuer_hint(found))
    algorithm = _algorithm(public)
    if any(extension.critical and extension.oid not in _UNDERSTOOD for extension in extensions):
        raise CardUnfitError("a critical extension is not understood")
    _check_profile(found, trust.policies)
    if now < first:
        raise CardNotYetValidError
    if now > last:
        raise CardExpiredError
    covered = _is_covered(certificate.serial_number, _points_of(found), issuer, trust, now)
    if statuses is not None:
        _check_status(certificate.serial_number, issuer, statuses, now)
    elif not covered:
        raise RevocationUnknownError
    return CardFacts(serial_text(certificate.serial_number), first, last, generation, algorithm)


def stapled_status(certificate_der: bytes, response: bytes, trust: CardTrust, now: InstantMs) -> CardStatuses:
    """The responder's answer that came with a card, checked by this trust alone, for `check_card`.

    Empty, so that `check_card` refuses the card, for an answer that is missing, expired, too old, about another
    certificate, or signed by nobody whom the card's own CA entitled.
    """
    statuses = CardStatuses()
    with contextlib.suppress(*_UNREADABLE, CardUnknownIssuerError, StatusRefusedError):
        certificate = x509.load_der_x509_certificate(certificate_der)
        generation, _ = trust.issuer_of(certificate, now)
        statuses.put(read_stapled(response, certificate, trust.anchors[generation], now), now)
    return statuses


def verify_card_signature(certificate_der: bytes, digest: bytes, signature: bytes) -> None:
    """Returns if `signature` is the certificate's key's over the SHA-256 `digest`, else `SignatureInvalidError`.

    Says nothing of the certificate itself: call `check_card` as well.
    """
    if len(digest) != hashes.SHA256.digest_size:
        raise SignatureInvalidError("the digest is not 32 bytes long")
    try:
        public = x509.load_der_x509_certificate(certificate_der).public_key()
    except _UNREADABLE as error:
        raise CardUnfitError("the certificate cannot be read") from error
    prehashed = utils.Prehashed(hashes.SHA256())
    try:
        if _algorithm(public) is CardAlgorithm.RSA_2048_SHA256:
            assert isinstance(public, rsa.RSAPublicKey)
            public.verify(signature, digest, padding.PKCS1v15(), prehashed)
        else:
            assert isinstance(public, ec.EllipticCurvePublicKey)
            public.verify(signature, digest, ec.ECDSA(prehashed))
    except InvalidSignature as error:
        raise SignatureInvalidError from error


def key_sha256(public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    """SHA-256 over a key's SubjectPublicKeyInfo, by which issuers are told apart."""
    info = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(info).digest()


def _anchor(certificate: x509.Certificate) -> _Anchor:
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    if not (constraints.ca and usage.key_cert_sign):
        raise ValueError("an anchor must be the certificate of a CA")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise ValueError("an anchor's key must be RSA or EC")  # noqa: TRY004 the value is wrong, not the caller's type
    key_id = x509.SubjectKeyIdentifier.from_public_key(key).digest
    return _Anchor(certificate, key, key_sha256(key), key_id, *_validity(certificate))


def _issued(certificate: x509.Certificate, anchor: x509.Certificate) -> bool:
    # Name and signature both: a name alone proves nothing, and generations share it.
    try:
        if not isinstance(certificate.signature_hash_algorithm, _HASHES):
            return False
        certificate.verify_directly_issued_by(anchor)
    except (*_UNREADABLE, InvalidSignature):
        return False
    return True


def _validity(certificate: x509.Certificate) -> tuple[InstantMs, InstantMs]:
    # notAfter names a whole second that is still inside (RFC 5280 section 4.1.2.5).
    last = to_instant(certificate.not_valid_after_utc) + _SECOND_MS - 1
    return to_instant(certificate.not_valid_before_utc), InstantMs(last)


def _algorithm(public: object) -> CardAlgorithm:
    if isinstance(public, rsa.RSAPublicKey) and public.key_size == 2048:
        return CardAlgorithm.RSA_2048_SHA256
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP384R1):
        return CardAlgorithm.EC_P384_SHA256
    raise CardUnfitError("the card's key is of a kind that is not accepted")


def _check_profile(found: _Extensions, accepted: frozenset[str]) -> None:
    usage, policies = found.get(x509.KeyUsage), found.get(x509.CertificatePolicies)
    if usage is None or policies is None or not (usage.critical and policies.critical):
        raise CardUnfitError("the certificate is not of the user-authentication profile")
    if not usage.value.digital_signature or usage.value.key_cert_sign:
        raise CardUnfitError("the certificate's key is not for signatures")
    if not any(item.policy_identifier.dotted_string in accepted for item in policies.value):
        raise CardUnfitError("the certificate is not under an accepted policy")
    if (constraints := found.get(x509.BasicConstraints)) is not None and constraints.value.ca:
        raise CardUnfitError("a CA is no card")
    extended = found.get(x509.ExtendedKeyUsage)
    if extended is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in extended.value:
        raise CardUnfitError("the certificate is not for authentication")


def _issuer_hint(found: _Extensions) -> bytes:
    identifier = found.get(x509.AuthorityKeyIdentifier)
    return b"" if identifier is None else identifier.value.key_identifier or b""


def _points_of(found: _Extensions) -> tuple[bytes, ...]:
    points = found.get(x509.CRLDistributionPoints)
    return () if points is None else tuple(_directory_name(point.full_name) for point in points.value)


def _point_of_list(scope: x509.IssuingDistributionPoint) -> bytes:
    narrowed = scope.indirect_crl or scope.only_contains_ca_certs or scope.only_contains_attribute_certs
    if narrowed or scope.only_some_reasons:
        raise ValueError("a revocation list of this scope is not understood")
    if scope.full_name is None and scope.relative_name is None:
        return b""
    point = _directory_name(scope.full_name)
    if not point:
        raise ValueError("a revocation list's distribution point must be a directory name")
    return point


def _directory_name(names: Sequence[x509.GeneralName] | None) -> bytes:
    return next((name.value.public_bytes() for name in names or () if isinstance(name, x509.DirectoryName)), b"")


def _is_covered(serial: int, points: tuple[bytes, ...], issuer: bytes, trust: CardTrust, now: InstantMs) -> bool:
    """Whether a current list speaks of this certificate; raises `CardRevokedError` if any list names it."""
    covered = False
    for point in (*points, b""):
        listed = trust.revoked.get(RevocationKey(issuer, point))
        if listed is None:
            continue
        if serial in listed.serials:
            raise CardRevokedError
        covered = covered or now <= listed.next_update
    return covered


def _check_status(serial: int, issuer: bytes, statuses: CardStatuses, now: InstantMs) -> None:
    status = statuses.find(issuer, serial, now)
    if status is None:
        raise StatusUnknownError
    if status.revoked:
        raise CardRevokedError
