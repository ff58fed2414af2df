"""Which tokens a kiosk takes: each kind that it does not take ends the session at once, with its own reason."""

import hashlib

import pytest
from structlog.testing import CapturingLogger

from itaku.basis.clock import FixedClock, InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.issuance.devices.card_office import TEST_USER_AUTHENTICATION_POLICY, CardOffice
from itaku.issuance.devices.jpki import TOKENS, CardKind, Jpki
from itaku.issuance.kiosk import events as e
from itaku.issuance.kiosk.hands import Devices, Hands
from itaku.issuance.protocol.card_check import CardAlgorithm, check_card, trust_from, verify_card_signature
from itaku.issuance.protocol.refusals import REFUSALS
from itaku.issuance.transport.settings import SettingsError, read_settings

NOW = InstantMs(1_780_000_000_000)
DAY = 86_400_000
DIGEST = hashlib.sha256(b"an application").digest()


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return CardOffice(tmp_path_factory.mktemp("office"))


class Reader:
    """A reader on which one card lies for good."""

    def __init__(self, card) -> None:
        self._card = card

    async def wait_for_card(self):
        self._card.reset()

    async def transmit(self, apdu):
        return self._card.transmit(apdu)

    async def release(self):
        self._card.reset()


def hands(card):
    devices = Devices(Reader(card), printer=None, cash=None)
    return Hands("k01", devices, None, FixedClock(NOW), CapturingLogger())


def laid(office, serial, **how):
    return office.issue(serial, InstantMs(NOW - DAY), InstantMs(NOW + DAY), **how)


async def shown(card, at=None):
    return await (at or hands(card)).do(e.ReadCard(), IssuanceId(bytes(16)), lambda: True)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (CardKind.OLD_JUKI, "card_old_juki"),
        (CardKind.ANDROID, "card_phone"),
        (CardKind.UNKNOWN, "card_unsupported"),
    ],
)
async def test_a_token_that_is_not_taken_is_refused_with_its_own_reason(office, kind, code):
    event = await shown(laid(office, 0x100 + len(code), kind=kind))
    assert event == e.CardFailed(code)
    assert REFUSALS[code].ja
    assert REFUSALS[code].next_ja


@pytest.mark.parametrize("algorithm", list(CardAlgorithm))
async def test_a_card_of_either_algorithm_is_read_signs_and_is_accepted(office, algorithm):
    card = laid(office, 0x200 + len(algorithm), algorithm=algorithm)
    at = hands(card)
    read = await shown(card, at)
    assert isinstance(read, e.CardRead)
    signed = await at.do(e.SignWithCard(DIGEST, "1234"), IssuanceId(bytes(16)), lambda: True)
    assert isinstance(signed, e.Signed)
    crl = office.crl(2, {}, InstantMs(NOW - DAY), InstantMs(NOW + DAY))
    trust = trust_from(office.anchors_pem(), [crl], (TEST_USER_AUTHENTICATION_POLICY,))
    assert check_card(read.certificate, trust, NOW).algorithm is algorithm
    verify_card_signature(read.certificate, DIGEST, signed.signature)


async def test_after_a_card_of_the_next_kind_the_card_of_today_is_served_too(office):
    first, second = laid(office, 0x301, algorithm=CardAlgorithm.EC_P384_SHA256), laid(office, 0x302)
    reader = Reader(first)
    at = Hands("k01", Devices(reader, None, None), None, FixedClock(NOW), CapturingLogger())
    for card in (first, second, first):
        reader._card = card
        read = await shown(card, at)
        signed = await at.do(e.SignWithCard(DIGEST, "1234"), IssuanceId(bytes(16)), lambda: True)
        verify_card_signature(read.certificate, DIGEST, signed.signature)


async def test_the_name_of_the_next_cards_token_is_a_parameter(office):
    card = laid(office, 0x303, kind=CardKind.ANDROID)
    jpki = Jpki(Reader(card), tokens={**TOKENS, CardKind.ANDROID.value: CardKind.MY_NUMBER})
    await jpki.select()
    assert await jpki.kind() is CardKind.MY_NUMBER


@pytest.mark.parametrize("node", ["center", "municipality"])
def test_a_server_in_real_service_does_not_start_with_a_practice_cards_policy(tmp_path, node):
    from itaku.issuance.center.settings import CenterSettings
    from itaku.issuance.municipality.settings import MunicipalitySettings
    from itaku.supervisor.settings import plain, write_settings

    shared = {"name": "n", "role": node, "certificate": "c", "key": "k", "ca": "a", "dsn": "d"}
    if node == "center":
        kind = CenterSettings
        own = {"municipalities": [], "challenge_key": "x", "approved_builds": [], "kiosks": [], "shops": []}
    else:
        kind = MunicipalitySettings
        names = ("code", "name_ja", "mayor_title", "mayor_name", "seal_image", "document_key", "document_certificate")
        more = ("document_chain", "code_key", "code_key_id", "center_challenge_public_key", "resident_key_secret")
        own = dict.fromkeys((*names, *more), "x")
    own = {name: value for name, value in own.items() if name in kind.__struct_fields__}
    values = {**shared, **own, "card_anchors": "a", "card_crl": "c"}
    real = read_settings(write_settings(tmp_path / "real.toml", values), kind)
    assert real.card_policies == ("1.2.392.200149.8.5.1.3.30",)
    practice = {**values, "card_policies": [TEST_USER_AUTHENTICATION_POLICY]}
    with pytest.raises(SettingsError, match="real service"):
        read_settings(write_settings(tmp_path / "mixed.toml", practice), kind)
    sandbox = {**practice, "clock_file": "clock"}
    assert plain(read_settings(write_settings(tmp_path / "sandbox.toml", sandbox), kind))["clock_file"] == "clock"
