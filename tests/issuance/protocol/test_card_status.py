"""The card CA's responder, asked about cards: which answers count, for how long, and what their lack means."""

import asyncio

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from structlog.testing import CapturingLogger

from itaku.basis.clock import FixedClock, InstantMs, to_jst
from itaku.basis.randomness import SystemRandomness
from itaku.issuance.devices.card_office import TEST_USER_AUTHENTICATION_POLICY, CardOffice
from itaku.issuance.devices.jpki import Jpki
from itaku.issuance.protocol.card_check import (
    CardExpiredError,
    CardRevokedError,
    RevocationUnknownError,
    StatusUnknownError,
    check_card,
    read_crl,
    stapled_status,
)
from itaku.issuance.protocol.card_status import (
    FRESH_MS,
    STAPLED_AGE_MS,
    CardStatuses,
    StatusRefusedError,
    read_status,
    status_request,
)
from itaku.issuance.protocol.card_trust_files import CardTrustFiles
from itaku.issuance.transport.card_status_client import CardStatusClient
from itaku.issuance.transport.published import PublishedClient
from itaku.issuance.transport.revocation_lists import RevocationListRenewal
from itaku.sandbox.ocsp import ANSWER_LASTS_MS, Responder, serve

NOW = InstantMs(1_780_000_000_000)
DAY = 86_400_000
NONCE = bytes(range(32))
GOOD, REVOKED = 0xC0DE, 0xBAD


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return CardOffice(tmp_path_factory.mktemp("office"))


class Town:
    """A CA's published files in two directories, and its responder."""

    def __init__(self, office, folder) -> None:
        self.office = office
        self.anchors, self.crls = folder / "anchors", folder / "crls"
        self.anchors.mkdir()
        self.crls.mkdir()
        (self.anchors / "all.pem").write_bytes(office.anchors_pem())
        for generation in (1, 2):
            self.publish(generation, {REVOKED: NOW})
        self.clock = FixedClock(NOW)
        self.trust = CardTrustFiles(self.anchors, self.crls, (TEST_USER_AUTHENTICATION_POLICY,))
        self.responder = Responder(office, CardTrustFiles(self.anchors, self.crls, ()), self.clock)
        self.log = CapturingLogger()

    def publish(self, generation, revoked, first=NOW - DAY, last=NOW + DAY):
        data = self.office.crl(generation, revoked, InstantMs(first), InstantMs(last))
        (self.crls / f"{generation}.crl").write_bytes(data)
        return data

    def client(self, published, url):
        return CardStatusClient(url, self.trust.current, published, self.clock, SystemRandomness(), self.log)

    def ask(self, certificate, generation=2, nonce=NONCE):
        return self.responder.answer(status_request(certificate, self.office.anchors[generation - 1], nonce))


@pytest.fixture
def town(office, tmp_path):
    return Town(office, tmp_path)


def card(office, serial, generation=2):
    made = office.issue(serial, InstantMs(NOW - 30 * DAY), InstantMs(NOW + 30 * DAY), generation=generation)

    class Reader:
        async def transmit(self, apdu):
            return made.transmit(apdu)

    async def read():
        jpki = Jpki(Reader())
        await jpki.select()
        return await jpki.certificate()

    return x509.load_der_x509_certificate(asyncio.run(read()))


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="module")
def good(office):
    return card(office, GOOD)


@pytest.fixture(scope="module")
def bad(office):
    return card(office, REVOKED)


def handmade(office, certificate, *, key=None, responder=None, issuer=None, nonce=NONCE, at=NOW, until=NOW + 1000):
    """An answer `good` with one thing chosen by the test."""
    own_responder, own_key = office.responder(2)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            certificate,
            issuer or office.anchors[1],
            hashes.SHA256(),
            ocsp.OCSPCertStatus.GOOD,
            to_jst(InstantMs(at)),
            None if until is None else to_jst(InstantMs(until)),
            None,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder or own_responder)
        .certificates([responder or own_responder])
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(key or own_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def forged_responder(office, issuer_key, *, usage=True, no_check=True, last=NOW + DAY):
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .serial_number(7)
        .issuer_name(office.anchors[1].subject)
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "R")]))
        .not_valid_before(to_jst(InstantMs(NOW - DAY)))
        .not_valid_after(to_jst(InstantMs(last)))
        .public_key(key.public_key())
    )
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)
    if no_check:
        builder = builder.add_extension(x509.OCSPNoCheck(), False)
    return builder.sign(issuer_key or key, hashes.SHA256()), key


def ca_key(office, name="2"):
    return serialization.load_pem_private_key((office._directory / f"ca-{name}.pem").read_bytes(), None)


def test_a_good_card_and_a_revoked_one_are_told_apart(office, town, good, bad):
    assert not read_status(town.ask(good), good, office.anchors[1], NONCE, NOW).revoked
    assert read_status(town.ask(bad), bad, office.anchors[1], NONCE, NOW).revoked


def test_a_responder_certified_by_the_cards_own_ca_is_believed_and_by_another_generation_is_not(office, good):
    certificate, key = office.responder(1)
    with pytest.raises(StatusRefusedError, match="entitled"):
        read_status(handmade(office, good, key=key, responder=certificate), good, office.anchors[1], NONCE, NOW)
    read_status(handmade(office, good), good, office.anchors[1], NONCE, NOW)


def test_the_ca_may_answer_itself(office, good):
    answer = handmade(office, good, key=ca_key(office), responder=office.anchors[1])
    read_status(answer, good, office.anchors[1], NONCE, NOW)


@pytest.mark.parametrize(
    "flaw", [{"usage": False}, {"no_check": False}, {"last": NOW - 1000}, {"issuer_key": None}], ids=str
)
def test_a_responder_without_the_ca_behind_it_is_not_believed(office, good, flaw):
    certificate, key = forged_responder(office, **{"issuer_key": ca_key(office), **flaw})
    with pytest.raises(StatusRefusedError, match="entitled"):
        read_status(handmade(office, good, key=key, responder=certificate), good, office.anchors[1], NONCE, NOW)


def test_the_same_responder_without_any_flaw_is_believed(office, good):
    certificate, key = forged_responder(office, ca_key(office))
    read_status(handmade(office, good, key=key, responder=certificate), good, office.anchors[1], NONCE, NOW)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({"nonce": bytes(32)}, "another's nonce"),
        ({"nonce": None, "at": NOW - FRESH_MS - 1000}, "fresh"),
        ({"until": None}, "never ends"),
        ({"at": NOW - 2000, "until": NOW - 1000}, "not in force"),
        ({"at": NOW + 200_000, "until": NOW + DAY}, "not in force"),
    ],
    ids=str,
)
def test_an_answer_that_is_not_of_now_proves_nothing(office, good, made, why):
    with pytest.raises(StatusRefusedError, match=why):
        read_status(handmade(office, good, **made), good, office.anchors[1], NONCE, NOW)


def test_a_fresh_answer_made_ahead_counts_without_our_nonce(office, good):
    read_status(handmade(office, good, nonce=None, at=NOW - 60_000), good, office.anchors[1], NONCE, NOW)


def test_an_answer_about_another_card_proves_nothing(office, good, bad):
    with pytest.raises(StatusRefusedError, match="another certificate"):
        read_status(handmade(office, good), bad, office.anchors[1], NONCE, NOW)


@pytest.mark.parametrize("spoil", [lambda d: d[:-1], lambda d: d[:-3] + bytes([d[-3] ^ 1]) + d[-2:], lambda _: b""])
def test_a_damaged_answer_proves_nothing(office, good, spoil):
    with pytest.raises(StatusRefusedError):
        read_status(spoil(handmade(office, good)), good, office.anchors[1], NONCE, NOW)


def test_a_responder_without_a_list_does_not_know_and_an_unknown_card_is_refused(office, town, good):
    (town.crls / "2.crl").unlink()
    silent = Responder(office, CardTrustFiles(town.anchors, town.crls, ()), town.clock)
    answer = silent.answer(status_request(good, office.anchors[1], NONCE))
    with pytest.raises(StatusRefusedError, match="does not know"):
        read_status(answer, good, office.anchors[1], NONCE, NOW)
    with pytest.raises(StatusRefusedError, match="malformed"):
        read_status(silent.answer(b"?"), good, office.anchors[1], NONCE, NOW)


def test_an_answer_is_used_for_as_long_as_it_says_and_no_longer(office, town, good):
    statuses, trust = CardStatuses(), town.trust.current()
    with pytest.raises(StatusUnknownError) as caught:
        check_card(der(good), trust, NOW, statuses)
    assert (caught.value.code, caught.value.temper) == ("card_status_unknown", "retryable")
    statuses.put(read_status(town.ask(good), good, office.anchors[1], NONCE, NOW), NOW)
    check_card(der(good), trust, NOW, statuses)
    check_card(der(good), trust, InstantMs(NOW + ANSWER_LASTS_MS), statuses)
    with pytest.raises(StatusUnknownError):
        check_card(der(good), trust, InstantMs(NOW + ANSWER_LASTS_MS + 1), statuses)


def test_an_answer_about_a_card_says_nothing_of_the_same_number_of_another_generation(office, town, good):
    other = card(office, GOOD, generation=1)
    statuses = CardStatuses()
    statuses.put(read_status(town.ask(good), good, office.anchors[1], NONCE, NOW), NOW)
    with pytest.raises(StatusUnknownError):
        check_card(der(other), town.trust.current(), NOW, statuses)


def test_a_list_that_names_the_card_outweighs_a_good_answer_and_a_later_answer_an_earlier_one(office, town, good, bad):
    statuses = CardStatuses()
    statuses.put(read_status(handmade(office, bad), bad, office.anchors[1], NONCE, NOW), NOW)
    with pytest.raises(CardRevokedError):
        check_card(der(bad), town.trust.current(), NOW, statuses)
    told = read_status(handmade(office, good, until=NOW + DAY), good, office.anchors[1], NONCE, NOW)
    statuses.put(told._replace(revoked=True, this_update=InstantMs(NOW + 1)), NOW)
    statuses.put(told, NOW)
    with pytest.raises(CardRevokedError):
        check_card(der(good), town.trust.current(), InstantMs(NOW + 1), statuses)


@pytest.mark.parametrize("revoked", [False, True])
def test_an_answer_from_before_the_clock_was_set_back_gives_way_unless_it_revokes(office, good, revoked):
    statuses = CardStatuses()
    told = read_status(handmade(office, good, until=NOW + DAY), good, office.anchors[1], NONCE, NOW)
    ahead = InstantMs(NOW + DAY)
    statuses.put(told._replace(this_update=ahead, next_update=InstantMs(ahead + DAY), revoked=revoked), ahead)
    statuses.put(told, NOW)
    found = statuses.find(told.issuer_sha256, told.serial, NOW)
    assert found == (None if revoked else told)


# ---- stapled: handed on, and checked again by whoever gets it


def judged(town, certificate, staple, now=NOW, trust=None):
    trust = trust or town.trust.current()
    return check_card(der(certificate), trust, now, stapled_status(der(certificate), staple, trust, now))


def test_an_answer_that_was_handed_on_counts_without_the_askers_nonce(town, good):
    earlier = town.trust.current()
    judged(town, good, town.ask(good))
    town.publish(2, {GOOD: NOW}, first=NOW)
    with pytest.raises(CardRevokedError):
        judged(town, good, town.ask(good), trust=earlier)


@pytest.mark.parametrize(
    "made",
    [
        {"at": NOW - 2000, "until": NOW - 1000},
        {"at": NOW - STAPLED_AGE_MS - 1000, "until": NOW + DAY},
        {"at": NOW + 200_000, "until": NOW + DAY},
        {"until": None},
    ],
    ids=["expired", "too old", "of the future", "without an end"],
)
def test_a_stapled_answer_that_is_not_of_now_refuses_the_card(office, town, good, made):
    with pytest.raises(StatusUnknownError):
        judged(town, good, handmade(office, good, **made))


def test_a_missing_foreign_damaged_or_forged_staple_refuses_the_card(office, town, good):
    other = card(office, 0xD1FF)
    forged, forged_key = forged_responder(office, ec.generate_private_key(ec.SECP256R1()))
    whole = town.ask(good)
    staples = {
        "missing": b"",
        "of another serial": town.ask(other),
        "of another generation": town.ask(card(office, GOOD, generation=1), generation=1),
        "damaged": whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:],
        "rubbish": b"?",
        "by another responder": handmade(office, good, key=forged_key, responder=forged),
    }
    for what, staple in staples.items():
        with pytest.raises(StatusUnknownError) as caught:
            judged(town, good, staple)
        assert caught.value.code == "card_status_unknown", what
    judged(town, good, whole)


def test_what_else_is_wrong_with_a_card_is_said_before_its_staple_is_missed(town, bad, good):
    with pytest.raises(CardRevokedError):
        judged(town, bad, b"")
    with pytest.raises(CardExpiredError):
        judged(town, good, b"", InstantMs(NOW + 40 * DAY))


async def test_the_center_hands_on_what_it_heard_and_asks_again_when_that_is_old(office, town, good):
    town.responder = Responder(office, CardTrustFiles(town.anchors, town.crls, ()), town.clock, lasting_ms=3 * FRESH_MS)
    runner, port = await serve(town.responder, "127.0.0.1", 0)
    async with PublishedClient() as published:
        client = town.client(published, f"http://127.0.0.1:{port}/")
        first = await client.stapled(der(good))
        judged(town, good, first)
        assert await client.stapled(der(good)) == first
        town.clock.advance(FRESH_MS + 1000)
        second = await client.stapled(der(good))
        assert second != first
        await runner.cleanup()
        town.clock.advance(FRESH_MS + 1000)
        assert await client.stapled(der(good)) == second, "without the responder, what is still in force"
        town.clock.advance(2 * FRESH_MS)
        assert await client.stapled(der(good)) == b""
        assert await client.stapled(b"no certificate") == b""


async def test_the_center_asks_once_while_an_answer_holds_and_fails_closed_without_the_responder(town, good):
    asked = []
    answer = town.responder.answer
    town.responder.answer = lambda body: asked.append(body) or answer(body)
    runner, port = await serve(town.responder, "127.0.0.1", 0)
    async with PublishedClient() as published:
        client = town.client(published, f"http://127.0.0.1:{port}/")
        for _ in range(3):
            await client.learn(der(good))
            check_card(der(good), town.trust.current(), NOW, client.statuses)
        assert len(asked) == 1
        await runner.cleanup()
        town.clock.advance(ANSWER_LASTS_MS + 1)
        await client.learn(der(good))
        with pytest.raises(StatusUnknownError):
            check_card(der(good), town.trust.current(), town.clock.now(), client.statuses)
    assert [call.args[0] for call in town.log.calls] == ["card_status_refused"]


async def test_bytes_that_are_no_card_are_not_asked_about(town):
    async with PublishedClient() as published:
        await town.client(published, "http://127.0.0.1:9/").learn(b"no certificate")
    assert town.log.calls == []


# ---- revocation lists, renewed


class Shelf:
    """Publishes bytes over HTTP on loopback."""

    def __init__(self) -> None:
        self.data = b""


async def renewing(town, published, shelf):
    app = web.Application()

    async def give(_request):
        return web.Response(body=shelf.data)

    app.router.add_get("/list.crl", give)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/list.crl"
    renewal = RevocationListRenewal([url], town.crls, town.trust.current, published, town.clock, town.log)
    return renewal, runner


async def test_a_fetched_list_takes_its_place_only_if_it_is_better(office, town, good, tmp_path):
    shelf = Shelf()
    async with PublishedClient() as published:
        renewal, runner = await renewing(town, published, shelf)
        refused = {
            "older": office.crl(2, {}, InstantMs(NOW - 2 * DAY), InstantMs(NOW + DAY)),
            "past": office.crl(2, {}, InstantMs(NOW - 1000), InstantMs(NOW - 500)),
            "anchor": CardOffice(tmp_path / "other").crl(2, {}, NOW, InstantMs(NOW + DAY)),
            "rubbish": b"<html>",
        }
        for name, data in refused.items():
            shelf.data = data
            assert not await renewal.renew(), name
        shelf.data = office.crl(2, {REVOKED: NOW, GOOD: NOW}, NOW, InstantMs(NOW + 2 * DAY))
        assert await renewal.renew()
        with pytest.raises(CardRevokedError):
            check_card(der(good), town.trust.current(), NOW)
        assert await renewal.renew(), "the same list again is no news and no fault"
        await runner.cleanup()
        assert not await renewal.renew()
    assert [call.args[0] for call in town.log.calls] == ["crl_not_renewed"] * 4 + ["crl_renewed", "crl_not_renewed"]


def test_an_older_list_put_in_the_place_of_a_newer_one_takes_no_revocation_back(town, bad):
    with pytest.raises(CardRevokedError):
        check_card(der(bad), town.trust.current(), NOW)
    town.publish(2, {}, first=NOW - 2 * DAY)
    with pytest.raises(CardRevokedError):
        check_card(der(bad), town.trust.current(), NOW)
    (town.crls / "2.crl").unlink()
    with pytest.raises(CardRevokedError):
        check_card(der(bad), town.trust.current(), NOW)
    town.publish(2, {}, first=NOW)
    check_card(der(bad), town.trust.current(), NOW)


def test_a_renewed_list_ends_the_refusal_of_a_stale_one(office, town, good):
    town.publish(2, {}, first=NOW, last=NOW + 1000)
    late = InstantMs(NOW + 2000)
    with pytest.raises(RevocationUnknownError):
        check_card(der(good), town.trust.current(), late)
    key, listed = read_crl(town.publish(2, {}, first=NOW + 2000, last=NOW + DAY), office.anchors)
    check_card(der(good), town.trust.current(), late)
    assert town.trust.current().revoked[key] == listed
