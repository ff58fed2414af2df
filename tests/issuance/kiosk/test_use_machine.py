import pytest

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import SeededRandomness
from itaku.issuance.kiosk import events as e
from itaku.issuance.kiosk.machine import TIME_MS, KioskMachine
from itaku.issuance.kiosk.use_table import KIOSK_USE_TABLE
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.sealing import SessionSecret, StandingSecret
from itaku.issuance.protocol.use_claims import open_claims

NOW = InstantMs(1_800_000_000_000)
CITY = "991023"
KEY = StandingSecret(b"k" * 32)
CLAIMS = e.UseChosen("海原県北浜市本町二丁目5番地", "帆掛　元子", "1234")


class Keys:
    def new_secret(self):
        return SessionSecret()


class Watched:
    """A machine whose edges are noted."""

    def __init__(self, keys=None):
        randomness = SeededRandomness(9)
        self.machine = KioskMachine(
            "k01", "build", Keys(), randomness, claims_keys={CITY: KEY.public} if keys is None else keys
        )
        self.edges = set()

    def on(self, event, now=NOW):
        source = self.machine.state
        effects = self.machine.handle(now, event)
        self.edges.add((source, type(event).__name__, self.machine.state))
        return effects

    def opened(self, request, *, registry):
        places = () if registry else (m.Place(CITY, "北浜市", "Kitahama City"),)
        city = CITY if registry else "991015"
        return e.Answered(
            m.OpenOk(request.issuance_id, "k01", city, "市", "City", (), b"c" * 32, b"token", places, registry)
        )

    def to_home(self):
        self.on(e.Started(tries_only=False))
        (sent,) = self.on(e.CardRead(b"card", 3))
        self.on(self.opened(sent.request, registry=False))
        return sent.request

    def to_there(self):
        first = self.to_home()
        sent, withdrawn = self.on(e.Elsewhere(CITY))
        assert withdrawn.request.issuance_id == first.issuance_id
        self.on(self.opened(sent.request, registry=True))
        return sent.request

    def to_registering(self):
        self.to_there()
        self.on(CLAIMS)
        return self.on(e.Signed(b"signed"))[-1].request


def test_a_registry_municipalitys_session_is_a_new_one_with_a_new_key():
    watched = Watched()
    first = watched.to_home()
    sent, _ = watched.on(e.Elsewhere(CITY))
    assert sent.request.municipality == CITY
    assert sent.request.issuance_id != first.issuance_id
    assert sent.request.session_key != first.session_key


def test_a_municipality_that_was_not_offered_is_not_asked():
    watched = Watched()
    watched.to_home()
    assert watched.on(e.Elsewhere("991031")) == []
    assert watched.machine.state == "choosing"


def test_what_is_sent_opens_at_the_municipality_alone_and_the_machine_keeps_none_of_it():
    watched = Watched()
    request = watched.to_registering()
    claims = open_claims(request.sealed_claims, KEY, request.application)
    assert (claims.domicile, claims.head_name) == (CLAIMS.domicile, CLAIMS.head_name)
    assert "帆掛" not in repr(vars(watched.machine))


def test_the_card_signs_what_is_sent():
    watched = Watched()
    watched.to_there()
    (sign,) = watched.on(CLAIMS)
    request = watched.on(e.Signed(b"signed"))[-1].request
    assert sign.digest == request.digest


@pytest.mark.parametrize("keys", [{}, {"991015": KEY.public}])
def test_without_the_municipalitys_published_key_nothing_is_applied_for(keys):
    watched = Watched(keys)
    watched.to_there()
    assert not watched.machine.may_register
    assert watched.on(CLAIMS) == []
    assert watched.machine.state == "choosing"


def test_a_receipt_ends_the_session_without_money_and_with_the_key_gone():
    watched = Watched()
    request = watched.to_registering()
    watched.on(e.Answered(m.UseReceived(request.issuance_id, "k01", request.digest, NOW + 1)))
    assert (watched.machine.state, watched.machine.at_rest, watched.machine.reason) == ("registered", True, "")
    assert not watched.machine.holds_key
    assert watched.machine.record is None


def test_a_receipt_for_another_application_is_none():
    watched = Watched()
    request = watched.to_registering()
    watched.on(e.Answered(m.UseReceived(request.issuance_id, "k01", b"x" * 32, NOW + 1)))
    assert (watched.machine.state, watched.machine.reason) == ("ended", "digest_mismatch")


def test_a_refusal_keeps_the_day_from_which_it_can_be_had():
    watched = Watched()
    request = watched.to_registering()
    watched.on(e.Answered(m.refuse(request, "registration_under_review", NOW + 7)))
    assert (watched.machine.reason, watched.machine.again_ms) == ("registration_under_review", NOW + 7)


def test_after_a_wrong_pin_a_certificate_can_still_be_chosen_and_nothing_is_sent():
    watched = Watched()
    watched.to_there()
    watched.on(CLAIMS)
    assert watched.on(e.PinWrong(2)) == []
    assert (watched.machine.state, watched.machine.notice) == ("choosing", "pin_wrong")


def test_silence_ends_it_and_what_was_received_stays_received():
    watched = Watched()
    watched.to_registering()
    watched.on(e.TimedOut(watched.machine.turn), InstantMs(NOW + TIME_MS["registering"]))
    assert (watched.machine.state, watched.machine.reason) == ("ended", "network_gone")


def test_every_edge_of_the_table_is_taken():
    taken = set()
    for last in (
        lambda request: e.Answered(m.UseReceived(request.issuance_id, "k01", request.digest, NOW + 1)),
        lambda request: e.Answered(m.UseReceived(request.issuance_id, "k01", b"x" * 32, NOW + 1)),
        lambda request: e.Answered(m.refuse(request, "register_not_found")),
        None,
    ):
        watched = Watched()
        request = watched.to_registering()
        if last is None:
            watched.on(e.TimedOut(watched.machine.turn), InstantMs(NOW + TIME_MS["registering"]))
        else:
            watched.on(last(request))
        taken |= {(source, target) for source, _, target in watched.edges}
    assert {(edge.source, edge.target) for edge in KIOSK_USE_TABLE.edges} <= taken
