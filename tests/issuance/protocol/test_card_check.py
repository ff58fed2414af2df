import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from itaku.basis.clock import InstantMs
from itaku.issuance.devices.card_office import TEST_SIGNATURE_POLICY, TEST_USER_AUTHENTICATION_POLICY, CardOffice
from itaku.issuance.devices.jpki import Jpki
from itaku.issuance.protocol.card_check import (
    CardAlgorithm,
    CardExpiredError,
    CardNotYetValidError,
    CardRefusedError,
    CardRevokedError,
    CardTrust,
    CardUnfitError,
    CardUnknownIssuerError,
    RevocationUnknownError,
    SignatureInvalidError,
    check_card,
    read_crl,
    serial_text,
    trust_from,
    verify_card_signature,
)
from itaku.issuance.protocol.refusals import REFUSALS

NOW = InstantMs(1_780_000_000_000)
DAY = 86_400_000
FIRST, LAST = InstantMs(NOW - 30 * DAY), InstantMs(NOW + 30 * DAY)
POLICIES = (TEST_USER_AUTHENTICATION_POLICY,)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return CardOffice(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def crls(office):
    return [office.crl(number, {0x66: NOW}, InstantMs(NOW - DAY), InstantMs(NOW + 60 * DAY)) for number in (1, 2)]


@pytest.fixture(scope="module")
def trust(office, crls):
    return trust_from(office.anchors_pem(), crls, POLICIES)


async def certificate(office, serial, first=FIRST, last=LAST, **how):
    card = office.issue(serial, first, last, **how)

    class Reader:
        async def transmit(self, apdu):
            return card.transmit(apdu)

    jpki = Jpki(Reader())
    await jpki.select()
    return await jpki.certificate()


@pytest.mark.parametrize("generation", [1, 2])
async def test_cards_of_every_generation_are_accepted(office, trust, generation):
    facts = check_card(await certificate(office, 0xABC0 + generation, generation=generation), trust, NOW)
    assert facts.serial_hex == f"abc{generation}"
    assert facts.generation == generation - 1
    assert facts.not_before == FIRST
    assert facts.not_after == LAST + 999
    assert facts.algorithm is CardAlgorithm.RSA_2048_SHA256


async def test_the_next_cards_key_is_accepted(office, trust):
    der = await certificate(office, 0xEC, algorithm=CardAlgorithm.EC_P384_SHA256)
    assert check_card(der, trust, NOW).algorithm is CardAlgorithm.EC_P384_SHA256


async def test_a_certificate_whose_issuer_merely_shares_the_cas_name_is_refused(office, trust):
    der = await certificate(office, 0x5001, foreign=True)
    assert x509.load_der_x509_certificate(der).issuer == office.anchors[0].subject
    with pytest.raises(CardUnknownIssuerError):
        check_card(der, trust, NOW)


async def test_a_card_is_taken_from_its_first_millisecond_to_its_last(office, trust):
    der = await certificate(office, 0x5002)
    for at in (FIRST, LAST, LAST + 999):
        check_card(der, trust, InstantMs(at))
    with pytest.raises(CardNotYetValidError):
        check_card(der, trust, InstantMs(FIRST - 1))
    with pytest.raises(CardExpiredError):
        check_card(der, trust, InstantMs(LAST + 1000))


async def test_a_revoked_card_is_refused_whatever_the_age_of_the_list(office, trust):
    der = await certificate(office, 0x66, last=InstantMs(NOW + 90 * DAY))
    for at in (NOW, NOW + 80 * DAY):
        with pytest.raises(CardRevokedError):
            check_card(der, trust, InstantMs(at))


async def test_past_the_lists_next_update_no_card_is_accepted(office, trust):
    der = await certificate(office, 0x5003, last=InstantMs(NOW + 90 * DAY))
    check_card(der, trust, InstantMs(NOW + 60 * DAY))
    with pytest.raises(RevocationUnknownError) as caught:
        check_card(der, trust, InstantMs(NOW + 60 * DAY + 1))
    assert caught.value.code == "revocation_list_stale"
    assert caught.value.temper == "retryable"


async def test_without_a_list_of_the_cards_own_generation_it_is_refused(office, crls):
    trust = trust_from(office.anchors_pem(), crls[:1], POLICIES)
    check_card(await certificate(office, 0x5004, generation=1), trust, NOW)
    with pytest.raises(RevocationUnknownError):
        check_card(await certificate(office, 0x5005, generation=2), trust, NOW)


async def test_a_partial_list_speaks_for_the_cards_that_name_it(office, crls):
    partial = office.crl(2, {0x5006: NOW}, NOW, InstantMs(NOW + DAY), partial_list=True)
    trust = trust_from(office.anchors_pem(), [partial], POLICIES)
    check_card(await certificate(office, 0x5005), trust, NOW)
    with pytest.raises(CardRevokedError):
        check_card(await certificate(office, 0x5006), trust, NOW)
    both = trust_from(office.anchors_pem(), [*crls, partial], POLICIES)
    for serial in (0x66, 0x5006):
        with pytest.raises(CardRevokedError):
            check_card(await certificate(office, serial), both, NOW)


async def test_of_two_lists_the_later_counts_in_either_order(office):
    der = await certificate(office, 0x5007)
    old = office.crl(2, {}, InstantMs(NOW - 2 * DAY), InstantMs(NOW + DAY))
    new = office.crl(2, {0x5007: NOW}, InstantMs(NOW - DAY), InstantMs(NOW + DAY))
    for lists in ([old, new], [new, old]):
        with pytest.raises(CardRevokedError):
            check_card(der, trust_from(office.anchors_pem(), lists, POLICIES), NOW)


def test_a_list_that_no_anchor_signed_is_not_read(office, tmp_path):
    other = CardOffice(tmp_path).crl(1, {}, NOW, InstantMs(NOW + DAY))
    with pytest.raises(ValueError, match="no anchor"):
        read_crl(other, office.anchors)
    damaged = bytearray(office.crl(1, {0x10: NOW}, NOW, InstantMs(NOW + DAY)))
    damaged[-1] ^= 1
    with pytest.raises(ValueError, match="no anchor"):
        read_crl(bytes(damaged), office.anchors)


def test_a_list_of_a_hundred_entries_becomes_a_dictionary(office):
    revoked = {serial: InstantMs(NOW - serial * 1000) for serial in range(1, 101)}
    key, listed = read_crl(office.crl(1, revoked, NOW, InstantMs(NOW + DAY)), office.anchors)
    assert listed.serials == revoked
    assert (listed.this_update, listed.next_update) == (NOW, NOW + DAY)
    assert key.distribution_point == b""


async def test_a_practice_card_is_no_card_for_a_server_of_production_policies(office, crls):
    with pytest.raises(CardUnfitError):
        check_card(await certificate(office, 0x5008), trust_from(office.anchors_pem(), crls), NOW)


def forged(office, change, key=None):
    """A certificate that the CA itself signed, but of another profile."""
    pem = next(office._directory.glob("ca-2.pem")).read_bytes()
    issuer = serialization.load_pem_private_key(pem, None)
    key = key or ec.generate_private_key(ec.SECP384R1())
    builder = (
        x509.CertificateBuilder()
        .serial_number(0x77)
        .issuer_name(office.anchors[1].subject)
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "FORGED")]))
        .not_valid_before(dt.datetime.fromtimestamp(FIRST / 1000, dt.UTC))
        .not_valid_after(dt.datetime.fromtimestamp(LAST / 1000, dt.UTC))
        .public_key(key.public_key())
    )
    for extension, critical in change:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def usage(*, signing=True, ca=False):
    return x509.KeyUsage(signing, False, False, False, False, ca, False, False, False)


def policy(oid=TEST_USER_AUTHENTICATION_POLICY):
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None)])


def unknown(oid):
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x05\x00")


GOOD = [(usage(), True), (policy(), True)]


def test_the_profiles_bare_minimum_is_accepted(office, trust):
    assert check_card(forged(office, GOOD), trust, NOW).serial_hex == "77"


@pytest.mark.parametrize(
    "profile",
    [
        [],
        [(usage(), True)],
        [(policy(), True)],
        [(usage(), False), (policy(), True)],
        [(usage(), True), (policy(), False)],
        [(usage(signing=False, ca=True), True), (policy(), True)],
        [(usage(), True), (policy(TEST_SIGNATURE_POLICY), True)],
        [*GOOD, (x509.BasicConstraints(ca=True, path_length=None), True)],
        [*GOOD, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)],
        [*GOOD, (unknown("2.25.1"), True)],
        [*GOOD, (unknown("2.25.1"), True), (unknown("2.25.2"), False)],
    ],
)
def test_another_profile_is_unsupported_though_the_ca_signed_it(office, trust, profile):
    with pytest.raises(CardUnfitError):
        check_card(forged(office, profile), trust, NOW)


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 1024)])
def test_another_kind_of_key_is_unsupported(office, trust, key):
    der = forged(office, GOOD, key)
    with pytest.raises(CardUnfitError):
        check_card(der, trust, NOW)
    with pytest.raises(CardUnfitError):
        verify_card_signature(der, bytes(32), b"x")


async def test_damaged_or_endless_certificates_are_refused_by_type(office, trust):
    der = await certificate(office, 0x5008)
    for place in range(0, len(der), 7):
        damaged = bytearray(der)
        damaged[place] ^= 0x55
        with pytest.raises(CardRefusedError):
            check_card(bytes(damaged), trust, NOW)
    for wrong in (b"", b"\x30", der[:-1], der + b"\x00"):
        with pytest.raises(CardUnfitError):
            check_card(wrong, trust, NOW)


async def test_signatures_of_wrong_length_or_over_another_digest_are_invalid(office):
    der = await certificate(office, 0x5008)
    for digest, signature in ((bytes(32), b""), (bytes(32), bytes(256)), (bytes(31), bytes(256)), (b"", bytes(257))):
        with pytest.raises(SignatureInvalidError):
            verify_card_signature(der, digest, signature)


def test_only_a_ca_can_be_an_anchor(office):
    leaf = x509.load_der_x509_certificate(
        forged(office, [*GOOD, (x509.BasicConstraints(ca=False, path_length=None), True)])
    )
    with pytest.raises(ValueError, match="CA"):
        CardTrust([leaf], {})


def test_every_refusal_of_a_card_has_words_for_the_resident():
    classes = CardRefusedError.__subclasses__()
    assert {error.code for error in classes} <= set(REFUSALS)
    assert {error("").as_json()["ja"] for error in classes} >= {
        "カードの電子証明書の有効期限が切れています。市役所の窓口で更新できます。"
    }


def test_serials_are_written_one_way():
    assert serial_text(0x0ABC) == "abc"
