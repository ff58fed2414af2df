"""The kiosk's PC/SC reader against a real PC/SC service: cards come, go and fail, and so does the service."""

import asyncio
import contextlib
import hashlib
import traceback

import pytest
import structlog
from cryptography import x509
from pcsc_bench import PcscBench, wait_until, why_not

from itaku.basis.clock import InstantMs, SystemClock
from itaku.basis.randomness import SystemRandomness, new_issuance_id
from itaku.issuance.devices.errors import (
    CardReaderUnreachableError,
    CardRemovedError,
    CardUnreadableError,
    PinWrongError,
)
from itaku.issuance.devices.jpki import Jpki
from itaku.issuance.kiosk import events as e
from itaku.issuance.kiosk.hands import Devices, Hands
from itaku.issuance.protocol.card_check import verify_card_signature

NOW = 1_780_000_000_000
DAY = 86_400_000
DIGEST = hashlib.sha256(b"what was confirmed on the screen").digest()
AUTHENTICATION_COMMANDS = 13

WHY_NOT = why_not()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture(scope="module")
def service():
    bench = PcscBench()
    bench.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PCSCLITE_CSOCK_NAME", str(bench.socket))  # read once in a process: one service for this file
        yield bench
    bench.stop()


@pytest.fixture
def bench(service):
    yield service
    service.take_away()
    wait_until(service.is_empty)


@pytest.fixture
async def reader(bench):  # noqa: ARG001 the service must be there first
    from itaku.issuance.devices.pcsc import PcscReader

    reader = PcscReader("Practice")
    yield reader
    await reader.close()


@pytest.fixture
def other_card(office):
    made = office.issue(0x2C3D, InstantMs(NOW - DAY), InstantMs(NOW + DAY))
    made.unlock()
    return made


@pytest.fixture
def hands(reader):
    """The kiosk's hands with this reader; no other device is touched here."""
    return Hands("k01", Devices(reader, None, None), None, SystemClock(), structlog.get_logger())


async def authenticate(jpki):
    await jpki.select()
    await jpki.kind()
    certificate = await jpki.certificate()
    await jpki.tries_left()
    await jpki.verify_pin("1234")
    return certificate, await jpki.sign(DIGEST)


async def doing(hands, effect):
    issuance = new_issuance_id(SystemRandomness())
    async with asyncio.timeout(30):
        return await hands.do(effect, issuance, lambda: True)


async def test_a_card_is_read_and_signs(bench, reader, card):
    bench.lay(card)
    await reader.wait_for_card()
    certificate, signature = await authenticate(Jpki(reader))
    verify_card_signature(certificate, DIGEST, signature)


async def test_a_card_laid_down_later_is_waited_for(bench, reader, card):
    waiting = asyncio.create_task(reader.wait_for_card())
    await asyncio.sleep(0.6)
    assert not waiting.done()
    bench.lay(card)
    await asyncio.wait_for(waiting, 20)
    await Jpki(reader).select()


async def test_a_wrong_pin_is_told_with_the_tries_left_and_the_right_one_works_then(bench, reader, card):
    bench.lay(card)
    await reader.wait_for_card()
    jpki = Jpki(reader)
    await jpki.select()
    with pytest.raises(PinWrongError) as caught:
        await jpki.verify_pin("9999")
    assert caught.value.tries_left == 2
    await authenticate(jpki)


@pytest.mark.parametrize("answered", range(AUTHENTICATION_COMMANDS))
async def test_a_card_pulled_at_any_command_says_so_and_leaves_no_verified_pin(bench, reader, card, answered):
    card.remove_after(answered)
    bench.lay(card)
    await reader.wait_for_card()
    with pytest.raises(CardRemovedError) as caught:
        await authenticate(Jpki(reader))
    assert "31323334" not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(CardRemovedError):
        await reader.transmit(bytes.fromhex("00a4020c020017"))
    bench.lay(card)
    with pytest.raises(CardRemovedError):  # it lies there again, but the session of before is over
        await reader.transmit(bytes.fromhex("00a4020c020017"))
    await reader.wait_for_card()
    jpki = Jpki(reader)
    await jpki.select()
    with pytest.raises(CardUnreadableError, match="6982"):
        await jpki.sign(DIGEST)


@pytest.mark.parametrize("answered", [0, 4, 9])
async def test_commands_for_one_card_never_reach_the_next(bench, reader, card, other_card, answered):
    card.remove_after(answered)
    bench.lay(card)
    await reader.wait_for_card()
    jpki = Jpki(reader)
    with pytest.raises(CardRemovedError):
        await authenticate(jpki)
    bench.lay(other_card)
    with pytest.raises(CardRemovedError):
        await jpki.verify_pin("9999")
    assert other_card.memory.auth_tries == 3


async def test_a_released_card_signs_for_nobody_without_its_pin(bench, reader, card):
    from smartcard import scard

    bench.lay(card)
    await reader.wait_for_card()
    await authenticate(Jpki(reader))
    await reader.release()
    # Another program takes the card as it finds it.
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    code, names = scard.SCardListReaders(context, [])
    assert code == scard.SCARD_S_SUCCESS
    code, taken, _ = scard.SCardConnect(context, names[0], scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T1)
    assert code == scard.SCARD_S_SUCCESS
    _, answer = scard.SCardTransmit(taken, scard.SCARD_PCI_T1, list(bytes.fromhex("00a4020c020017")))
    scard.SCardReleaseContext(context)
    assert bytes(answer) == bytes.fromhex("6a82")  # not even the application is selected any more


async def test_nobody_else_reaches_a_card_while_a_session_has_it(bench, reader, card):
    from smartcard import scard

    bench.lay(card)
    await reader.wait_for_card()
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    _, names = scard.SCardListReaders(context, [])
    code, _, _ = scard.SCardConnect(context, names[0], scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T1)
    scard.SCardReleaseContext(context)
    assert code == scard.SCARD_E_SHARING_VIOLATION


async def test_a_card_that_its_owner_forgot_is_not_the_next_residents(bench, reader, card, other_card):
    bench.lay(card)
    await reader.wait_for_card()
    await reader.release()
    waiting = asyncio.create_task(reader.wait_for_card())
    await asyncio.sleep(0.8)
    assert not waiting.done()
    bench.lay(other_card)
    await asyncio.wait_for(waiting, 20)
    certificate, signature = await authenticate(Jpki(reader))
    verify_card_signature(certificate, DIGEST, signature)
    assert x509.load_der_x509_certificate(certificate).serial_number == 0x2C3D


async def test_a_wait_that_nobody_wants_any_more_ends(bench, reader, card):
    waiting = asyncio.create_task(reader.wait_for_card())
    await asyncio.sleep(0.1)
    await reader.release()
    with pytest.raises(CardReaderUnreachableError):
        await asyncio.wait_for(waiting, 20)
    bench.lay(card)
    await reader.wait_for_card()


@pytest.mark.usefixtures("bench")
async def test_a_reader_of_another_name_is_absent():
    from itaku.issuance.devices.pcsc import PcscReader

    absent = PcscReader("Nobody's")
    with pytest.raises(CardReaderUnreachableError, match="no reader"):
        await absent.wait_for_card()
    await absent.close()


async def test_a_service_that_dies_and_comes_back_is_found_again(bench, reader, card):
    bench.lay(card)
    await reader.wait_for_card()
    jpki = Jpki(reader)
    await jpki.select()
    bench.kill()
    with pytest.raises((CardReaderUnreachableError, CardRemovedError)):
        await jpki.kind()
    with pytest.raises(CardRemovedError):
        await jpki.kind()
    with pytest.raises(CardReaderUnreachableError):
        await reader.wait_for_card()
    bench.start()
    bench.lay(card)
    await reader.wait_for_card()
    await authenticate(jpki)


async def test_a_service_that_hangs_is_given_up_and_found_again(bench, card):
    from itaku.issuance.devices.pcsc import PcscReader

    reader = PcscReader(command_s=0.5)
    bench.lay(card)
    await reader.wait_for_card()
    jpki = Jpki(reader)
    await jpki.select()
    bench.freeze()
    try:
        # Which of its commands hangs is a matter of moments, and the one with the PIN tells no cause.
        with pytest.raises(CardReaderUnreachableError):
            await jpki.verify_pin("1234")
    finally:
        bench.thaw()
    with pytest.raises(CardRemovedError):  # whatever the card made of it, that session is over
        await jpki.sign(DIGEST)
    for _ in range(300):  # until the service has let go of the card
        with contextlib.suppress(CardReaderUnreachableError):
            await reader.wait_for_card()
            break
        await asyncio.sleep(0.1)
    await jpki.select()
    with pytest.raises(CardUnreadableError, match="6982"):
        await jpki.sign(DIGEST)
    await reader.close()


async def test_a_thing_that_is_no_card_is_told_as_unreadable(bench, hands):
    bench.lay(None)
    said = await doing(hands, e.ReadCard())
    assert said == e.CardFailed("card_unreadable")


@pytest.mark.parametrize("answered", [0, 3, 8])
async def test_the_kiosk_tells_a_pulled_card_and_reads_the_next(bench, hands, card, other_card, answered):
    card.remove_after(answered)
    bench.lay(card)
    assert await doing(hands, e.ReadCard()) == e.CardFailed("card_removed")
    await doing(hands, e.ReleaseCard())
    bench.lay(other_card)
    read = await doing(hands, e.ReadCard())
    assert isinstance(read, e.CardRead)
    signed = await doing(hands, e.SignWithCard(DIGEST, "1234"))
    verify_card_signature(read.certificate, DIGEST, signed.signature)
    await doing(hands, e.ReleaseCard())


async def test_the_kiosk_goes_on_when_the_service_comes_late(bench, hands, card):
    bench.kill()
    reading = asyncio.create_task(doing(hands, e.ReadCard()))
    await asyncio.sleep(0.3)
    assert not reading.done()
    bench.start()
    bench.lay(card)
    assert isinstance(await reading, e.CardRead)
