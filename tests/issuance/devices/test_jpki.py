"""The conformance list of the card: what the product relies on, through commands alone."""

import hashlib
import traceback

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from itaku.basis.clock import InstantMs
from itaku.issuance.devices.errors import (
    CardRemovedError,
    CardUnreadableError,
    CardUnsupportedError,
    PinBlockedError,
    PinMalformedError,
    PinWrongError,
)
from itaku.issuance.devices.jpki import AID, CardKind, Jpki
from itaku.issuance.protocol.card_check import CardAlgorithm, SignatureInvalidError, verify_card_signature

NOW = 1_780_000_000_000
DAY = 86_400_000
DIGEST = hashlib.sha256(b"what was confirmed on the screen").digest()


class Reader:
    """Hands commands to a card and remembers them."""

    def __init__(self, card):
        self.card = card
        self.commands = []

    async def transmit(self, apdu):
        self.commands.append(apdu)
        return self.card.transmit(apdu)


@pytest.fixture
def reader(card):
    return Reader(card)


@pytest.fixture
async def jpki(reader):
    client = Jpki(reader)
    await client.select()
    return client


async def test_a_card_says_what_it_is(jpki):
    assert await jpki.kind() is CardKind.MY_NUMBER


async def test_the_certificate_is_read_without_pin_and_without_the_padding_of_its_file(jpki, reader):
    der = await jpki.certificate()
    assert x509.load_der_x509_certificate(der).serial_number == 0x1A2B
    assert len(der) > 256
    assert x509.load_der_x509_certificate(der).fingerprint(hashes.SHA256()) == hashlib.sha256(der).digest()
    assert len([command for command in reader.commands if command[1] == 0xB0]) >= 4


async def test_one_authentication_takes_thirteen_commands_or_fewer(jpki, reader):
    await jpki.certificate()
    await jpki.tries_left()
    await jpki.verify_pin("1234")
    await jpki.sign(DIGEST)
    assert len(reader.commands) <= 13


async def test_what_the_card_signs_after_its_pin_verifies(jpki):
    await jpki.verify_pin("1234")
    signature = await jpki.sign(DIGEST)
    der = await jpki.certificate()
    verify_card_signature(der, DIGEST, signature)
    public = x509.load_der_x509_certificate(der).public_key()
    public.verify(signature, b"what was confirmed on the screen", padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(SignatureInvalidError):
        verify_card_signature(der, hashlib.sha256(b"another").digest(), signature)


async def test_the_next_card_signs_with_its_own_algorithm(office):
    card = office.issue(0xEC, InstantMs(NOW - DAY), InstantMs(NOW + DAY), algorithm=CardAlgorithm.EC_P384_SHA256)
    jpki = Jpki(Reader(card), CardAlgorithm.EC_P384_SHA256)
    await jpki.select()
    await jpki.verify_pin("1234")
    verify_card_signature(await jpki.certificate(), DIGEST, await jpki.sign(DIGEST))


async def test_without_pin_nothing_is_signed(jpki):
    with pytest.raises(CardUnreadableError, match="6982"):
        await jpki.sign(DIGEST)


async def test_asking_for_the_tries_spends_none(jpki):
    assert [await jpki.tries_left() for _ in range(5)] == [3] * 5


async def test_the_third_wrong_pin_blocks_the_card_and_the_right_one_is_refused_then(jpki):
    for left in (2, 1):
        with pytest.raises(PinWrongError) as caught:
            await jpki.verify_pin("9999")
        assert caught.value.tries_left == left == await jpki.tries_left()
        assert caught.value.code == "pin_wrong"
    with pytest.raises(PinBlockedError):
        await jpki.verify_pin("9999")
    assert await jpki.tries_left() == 0
    with pytest.raises(PinBlockedError):
        await jpki.verify_pin("1234")
    with pytest.raises(CardUnreadableError, match="6982"):
        await jpki.sign(DIGEST)


async def test_the_right_pin_gives_all_tries_back(jpki):
    with pytest.raises(PinWrongError):
        await jpki.verify_pin("0000")
    await jpki.verify_pin("1234")
    assert await jpki.tries_left() == 3


@pytest.mark.parametrize("pin", ["", "1", "12", "123", "12345", "12a4", "１２３４", "1234\n", " 1234", "١٢٣٤"])
async def test_what_is_not_four_digits_never_reaches_the_card_and_spends_nothing(jpki, reader, pin):
    sent = len(reader.commands)
    with pytest.raises(PinMalformedError):
        await jpki.verify_pin(pin)
    assert len(reader.commands) == sent
    assert await jpki.tries_left() == 3


async def test_a_short_pin_sent_past_the_client_does_spend_a_try(jpki, card):
    # This is why the client looks first.
    await jpki.tries_left()
    assert card.transmit(bytes.fromhex("0020008002") + b"12") == bytes.fromhex("63c2")


@pytest.mark.parametrize("status", ["63c0", "6983", "6984"])
async def test_every_word_for_blocked_is_understood(status):
    class Blocked:
        async def transmit(self, apdu):
            return bytes.fromhex(status) if apdu[1] == 0x20 else bytes.fromhex("9000")

    jpki = Jpki(Blocked())
    assert await jpki.tries_left() == 0
    with pytest.raises(PinBlockedError):
        await jpki.verify_pin("1234")


async def test_a_wrong_pin_takes_back_the_verified_state(jpki):
    await jpki.verify_pin("1234")
    with pytest.raises(PinWrongError):
        await jpki.verify_pin("4321")
    with pytest.raises(CardUnreadableError, match="6982"):
        await jpki.sign(DIGEST)


async def test_a_reset_forgets_the_pin(jpki, card):
    await jpki.verify_pin("1234")
    card.reset()
    with pytest.raises(CardUnsupportedError):
        await jpki.sign(DIGEST)
    await jpki.select()
    with pytest.raises(CardUnreadableError, match="6982"):
        await jpki.sign(DIGEST)


async def test_selecting_anew_forgets_the_pin(jpki):
    await jpki.verify_pin("1234")
    await jpki.select()
    with pytest.raises(CardUnreadableError, match="6982"):
        await jpki.sign(DIGEST)


async def test_the_pin_of_one_half_opens_nothing_of_the_other(jpki, card):
    await jpki.verify_pin("1234")
    assert card.transmit(bytes.fromhex("00a4020c020001")) == bytes.fromhex("9000")
    assert card.transmit(bytes.fromhex("00b0000000")) == bytes.fromhex("6982")
    assert card.transmit(bytes.fromhex("00a4020c02001a")) == bytes.fromhex("9000")
    assert card.transmit(bytes.fromhex("802a008000"))[-2:] == bytes.fromhex("6982")
    assert card.transmit(bytes.fromhex("00a4020c02001b")) == bytes.fromhex("9000")
    assert card.transmit(bytes.fromhex("0020008006") + b"ABC123") == bytes.fromhex("9000")
    assert card.transmit(bytes.fromhex("00a4020c020001")) == bytes.fromhex("9000")
    assert card.transmit(bytes.fromhex("00b0000000"))[-2:] == bytes.fromhex("9000")


async def test_the_signature_password_has_five_tries(card):
    card.transmit(bytes.fromhex("00a4040c0a") + AID)
    card.transmit(bytes.fromhex("00a4020c02001b"))
    answers = [card.transmit(bytes.fromhex("0020008006") + b"WRONG1").hex() for _ in range(6)]
    assert answers == ["63c4", "63c3", "63c2", "63c1", "63c0", "6983"]


@pytest.mark.parametrize("after", range(11))
async def test_a_card_pulled_at_any_command_raises_and_leaves_no_verified_pin(card, reader, after):
    jpki = Jpki(reader)
    card.remove_after(after)

    async def authenticate():
        await jpki.select()
        await jpki.certificate()
        await jpki.verify_pin("1234")
        await jpki.sign(DIGEST)

    with pytest.raises(CardRemovedError) as caught:
        await authenticate()
    assert "1234" not in str(caught.value)
    await jpki.select()
    with pytest.raises(CardUnreadableError, match="6982"):
        await jpki.sign(DIGEST)


async def test_no_error_quotes_the_pin():
    pin = str(7000 + 391)

    class Chatty:
        async def transmit(self, apdu):
            if apdu[1] == 0x20:
                raise RuntimeError(f"cannot send {apdu.hex()} {apdu!r}")
            return bytes.fromhex("9000")

    with pytest.raises(CardUnreadableError) as caught:
        await Jpki(Chatty()).verify_pin(pin)
    told = "".join(traceback.format_exception(caught.value))
    assert "7391" not in told
    assert "37333931" not in told
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("kind", "serial"), [(CardKind.OLD_JUKI, 0x0D), (CardKind.ANDROID, 0xA0)])
async def test_other_tokens_are_told_apart(office, kind, serial):
    jpki = Jpki(Reader(office.issue(serial, InstantMs(NOW), InstantMs(NOW + DAY), kind=kind)))
    await jpki.select()
    assert await jpki.kind() is kind


async def test_a_card_of_another_kind_is_unsupported():
    class Other:
        async def transmit(self, _apdu):
            return bytes.fromhex("6a82")

    with pytest.raises(CardUnsupportedError):
        await Jpki(Other()).select()


@pytest.mark.parametrize("answer", ["", "90", "30829000", "9000", "3082ffff" + "00" * 20 + "9000", "30839000009000"])
async def test_a_card_that_answers_nonsense_is_unreadable_and_reading_ends(answer):
    class Nonsense:
        async def transmit(self, apdu):
            return bytes.fromhex(answer) if apdu[1] == 0xB0 else bytes.fromhex("9000")

    with pytest.raises(CardUnreadableError):
        await Jpki(Nonsense()).certificate()


async def test_contact_cards_that_answer_by_get_response_are_read_too(card):
    class T0:
        """Splits every answer as protocol T=0 does."""

        rest = b""

        async def transmit(self, apdu):
            if apdu[1] == 0xC0:
                piece, self.rest = self.rest[: apdu[4] or 256], self.rest[apdu[4] or 256 :]
                status = bytes([0x61, min(len(self.rest), 255)]) if self.rest else b"\x90\x00"
                return piece + status
            answer = card.transmit(apdu)
            if len(answer) > 2 and answer[-2:] == b"\x90\x00":
                self.rest = answer[:-2]
                return bytes([0x61, len(self.rest) & 0xFF])
            return answer

    jpki = Jpki(T0())
    await jpki.select()
    der = await jpki.certificate()
    await jpki.verify_pin("1234")
    verify_card_signature(der, DIGEST, await jpki.sign(DIGEST))


async def test_a_card_that_never_stops_answering_is_given_up():
    class Endless:
        async def transmit(self, _apdu):
            return b"\x30\x61\x10"

    with pytest.raises(CardUnreadableError):
        await Jpki(Endless()).kind()


def test_nothing_of_the_application_answers_before_it_is_selected(card):
    assert card.transmit(bytes.fromhex("00a4020c02000a")) == bytes.fromhex("6a82")
    assert card.transmit(bytes.fromhex("0020008004") + b"1234") == bytes.fromhex("6986")
    assert card.memory.auth_tries == 3
    assert card.transmit(bytes.fromhex("00a4040c0a") + AID) == bytes.fromhex("9000")


def test_malformed_commands_are_refused_by_status(card):
    card.transmit(bytes.fromhex("00a4040c0a") + AID)
    for command in ("", "00", "00a404", "00a4040cff00", "00ffffff", "e0000000", "00b08000ff", "00a4000c023f00"):
        assert len(card.transmit(bytes.fromhex(command))) == 2
