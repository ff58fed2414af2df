import asyncio

import aiohttp
import pytest

from itaku.basis.clock import FixedClock, InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.devices.card_office import TEST_USER_AUTHENTICATION_POLICY
from itaku.issuance.devices.contracts import CashState, JobState
from itaku.issuance.devices.errors import (
    CardReaderUnreachableError,
    CardRemovedError,
    CardUnreadableError,
    CashUnitBusyError,
    CashUnitUnreachableError,
    DeviceConflictError,
    PrinterUnreachableError,
    UnprintableError,
)
from itaku.issuance.devices.jpki import CardKind, Jpki
from itaku.issuance.devices.stand_client import DeviceClient
from itaku.issuance.protocol.card_check import (
    CardExpiredError,
    CardNotYetValidError,
    CardRevokedError,
    CardUnknownIssuerError,
    check_card,
    trust_from,
    verify_card_signature,
)
from itaku.sandbox.cards import CardState, DemoCard
from itaku.sandbox.stand.__main__ import serve
from itaku.sandbox.stand.cards import publish_trust, read_cards
from itaku.sandbox.stand.memory import DeviceMemory
from itaku.sandbox.stand.stand import CardNotThereError, Stand
from itaku.sandbox.stand.tray import Tray

NOW = InstantMs(1_780_000_000_000)
JOB = "0f" * 16
KEY = bytes.fromhex(JOB)
CARDS = tuple(
    DemoCard(story.value.replace("_", "-"), f"練習 {story.value}", story.value, f"d0{number}", story)
    for number, story in enumerate(CardState)
)


class Practice:
    """What a person does at the stand."""

    def __init__(self, session):
        self._session = session

    async def do(self, path, status=200, **body):
        async with self._session.post(f"http://stand/practice/{path}", json=body) as response:
            assert response.status == status, await response.text()
            return await response.json()

    async def see(self, path):
        async with self._session.get(f"http://stand/practice/{path}") as response:
            assert response.status == 200
            return await response.json() if response.content_type == "application/json" else await response.read()


@pytest.fixture
async def stand(tmp_path, office):
    made = Stand(DeviceMemory(tmp_path / "devices.db"), office, CARDS, FixedClock(NOW), Tray(tmp_path / "tray"))
    yield made
    await made.close()


@pytest.fixture
async def socket(stand, tmp_path):
    runner = await serve(stand, tmp_path / "stand.sock")
    yield tmp_path / "stand.sock"
    await runner.cleanup()


@pytest.fixture
async def devices(socket):
    async with DeviceClient(socket) as client:
        yield client


@pytest.fixture
async def practice(socket):
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session:
        yield Practice(session)


async def test_a_resident_lays_the_card_down_proves_the_pin_and_takes_it_back(devices, practice):
    waiting = asyncio.create_task(devices.reader.wait_for_card())
    await practice.do("reader/lay", card="normal")
    await waiting
    jpki = Jpki(devices.reader)
    await jpki.select()
    der = await jpki.certificate()
    await jpki.verify_pin("1234")
    verify_card_signature(der, KEY * 2, await jpki.sign(KEY * 2))
    await devices.reader.release()
    assert (await practice.see("state"))["card_on_reader"] is None
    with pytest.raises(CardRemovedError):
        await jpki.select()


async def test_commands_meant_for_one_card_never_reach_the_next(devices, practice):
    await practice.do("reader/lay", card="normal")
    await devices.reader.wait_for_card()
    await Jpki(devices.reader).select()
    await practice.do("reader/lay", card="expired")
    with pytest.raises(CardRemovedError):
        await Jpki(devices.reader).select()
    assert (await practice.see("state"))["auth_tries"] == 3


async def test_a_kiosk_that_comes_after_a_dead_one_finds_no_verified_pin(socket, practice):
    await practice.do("reader/lay", card="normal")
    async with DeviceClient(socket) as dead:
        await dead.reader.wait_for_card()
        await Jpki(dead.reader).select()
        await Jpki(dead.reader).verify_pin("1234")
        async with DeviceClient(socket) as heir:
            await heir.reader.wait_for_card()
            await Jpki(heir.reader).select()
            with pytest.raises(CardUnreadableError, match="6982"):
                await Jpki(heir.reader).sign(bytes(32))
            with pytest.raises(CardRemovedError):
                await Jpki(dead.reader).sign(bytes(32))


async def test_a_card_pulled_in_the_middle_is_gone(devices, practice):
    await practice.do("reader/lay", card="normal")
    await devices.reader.wait_for_card()
    await practice.do("reader/remove-after", commands=2)
    jpki = Jpki(devices.reader)
    await jpki.select()
    with pytest.raises(CardRemovedError):
        await jpki.certificate()
    assert (await practice.see("state"))["card_on_reader"] is None


async def test_the_demonstration_cards_are_what_their_stories_say(devices, practice, office, tmp_path):
    publish_trust(office, CARDS, NOW, tmp_path / "anchors", tmp_path / "crls")
    pem = b"".join(path.read_bytes() for path in sorted((tmp_path / "anchors").iterdir()))
    crls = [path.read_bytes() for path in sorted((tmp_path / "crls").iterdir())]
    trust = trust_from(pem, crls, [TEST_USER_AUTHENTICATION_POLICY])
    wanted = {
        "expired": CardExpiredError,
        "revoked": CardRevokedError,
        "not-yet-valid": CardNotYetValidError,
        "foreign-ca": CardUnknownIssuerError,
    }
    jpki = Jpki(devices.reader)
    for card in await practice.see("cards"):
        await practice.do("reader/lay", card=card["id"])
        await devices.reader.wait_for_card()
        await jpki.select()
        der = await jpki.certificate()
        assert await jpki.kind() is (CardKind.OLD_JUKI if card["kind"] == "juki" else CardKind.MY_NUMBER)
        assert await jpki.tries_left() == (0 if card["kind"] == "locked" else 3)
        if card["id"] in wanted:
            with pytest.raises(wanted[card["id"]]):
                check_card(der, trust, NOW)
        else:
            assert check_card(der, trust, NOW).serial_hex == card["serial"]


async def test_a_locked_card_is_unlocked_at_the_counter_even_while_it_lies_there(devices, practice):
    await practice.do("reader/lay", card="locked")
    assert (await practice.do("cards/locked/unlock"))["auth_tries"] == 3
    await devices.reader.wait_for_card()
    jpki = Jpki(devices.reader)
    await jpki.select()
    await jpki.verify_pin("1234")
    assert (await practice.do("cards/nobody/unlock", status=409))["kind"] == CardNotThereError.code


async def test_a_fee_is_paid_and_banked_over_the_socket(devices, practice):
    assert (await devices.cash.take(KEY, Yen(300))).state is CashState.WAITING
    with pytest.raises(CashUnitBusyError):
        await devices.cash.take(bytes(16), Yen(300))
    with pytest.raises(DeviceConflictError):
        await devices.cash.take(KEY, Yen(200))
    assert (await practice.do("cash/insert", yen=100))["waiting"] == {"fee_yen": 300, "inserted_yen": 100}
    await practice.do("cash/insert", status=409, yen=5)
    await practice.do("cash/pay-exact")
    await practice.do("cash/pay-exact", status=409)
    assert (await devices.cash.status(KEY)).state is CashState.HELD
    assert (await devices.cash.cancel(KEY)).state is CashState.HELD
    assert (await devices.cash.bank(KEY)).state is CashState.BANKED
    assert (await devices.cash.refund(KEY)).state is CashState.BANKED


async def test_a_refund_fault_is_told_and_passes(devices, practice):
    await devices.cash.take(KEY, Yen(300))
    await practice.do("cash/pay-exact")
    await practice.do("cash/refund-fault", on=True)
    assert (await devices.cash.refund(KEY)).state is CashState.FAULT
    await practice.do("cash/refund-fault", on=False)
    await practice.do("cash/lose-reply", on=True)
    with pytest.raises(CashUnitUnreachableError):
        await devices.cash.refund(KEY)
    assert (await devices.cash.status(KEY)).state is CashState.REFUNDED


async def test_sheets_lie_in_the_tray_until_it_is_emptied(devices, practice, paper):
    pdf = paper(4)
    await devices.printer.submit(JOB, 1, pdf, 2)
    assert (await devices.printer.job(JOB, 1)).state is JobState.COMPLETED
    status = await devices.printer.status()
    assert (status.ready, status.idle, status.counter) == (True, True, 8)
    sheets = await practice.see("tray")
    assert [sheet["name"] for sheet in sheets] == [f"{JOB}-1-{number}.png" for number in (1, 2, 3, 4)]
    assert (await practice.see(f"tray/{sheets[0]['name']}")).startswith(b"\x89PNG")
    assert (await practice.see(f"tray/{sheets[0]['back']}")).startswith(b"\x89PNG")
    assert await practice.see(f"tray/{sheets[0]['document']}") == pdf
    assert (await practice.do("tray/empty"))["tray_sheets"] == 0
    with pytest.raises(DeviceConflictError):
        await devices.printer.submit(JOB, 1, pdf, 1)
    with pytest.raises(UnprintableError):
        await devices.printer.submit(JOB, 2, b"no paper", 1)


async def test_every_fault_of_the_printer_can_be_made_and_cleared(devices, practice, paper):
    await practice.do("printer/jam", sheets=2)
    await devices.printer.submit(JOB, 1, paper(3), 1)
    assert (await devices.printer.job(JOB, 1)).reasons == ("media-jam",)
    await practice.do("printer/jammed", on=False)
    assert (await devices.printer.job(JOB, 1)).impressions == 3
    await practice.do("printer/paper", sheets=0)
    assert (await devices.printer.status()).reasons == ("media-empty",)
    await practice.do("printer/paper", sheets=500)
    await practice.do("printer/cover", on=True)
    await devices.printer.submit(JOB, 2, paper(1), 1)
    await practice.do("printer/abort")
    assert (await devices.printer.job(JOB, 2)).state is JobState.ABORTED
    await practice.do("printer/abort", status=409)
    await practice.do("printer/cover", on=False)
    await practice.do("printer/counter-unreadable", on=True)
    assert (await devices.printer.status()).counter is None
    await practice.do("printer/lose-reply", on=True)
    with pytest.raises(PrinterUnreachableError):
        await devices.printer.submit(JOB, 3, paper(1), 1)
    assert (await devices.printer.job(JOB, 3)).state is JobState.COMPLETED
    assert (await devices.printer.cancel(JOB, 4)).state is JobState.CANCELED


async def test_malformed_requests_change_nothing_and_quote_nothing(practice, socket):
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session:
        for path in ("reader/transmit", "practice/cash/insert", "practice/printer/paper"):
            async with session.post(f"http://stand/{path}", data=b'{"secret": 1234') as response:
                assert response.status == 400
                assert "1234" not in await response.text()
    await practice.do("printer/paper", status=400, sheets=-1)
    await practice.do("reader/lay", status=409, card="nobody")


async def test_without_a_stand_every_device_is_unreachable(tmp_path):
    async with DeviceClient(tmp_path / "nobody.sock") as devices:
        with pytest.raises(CardReaderUnreachableError):
            await devices.reader.wait_for_card()
        with pytest.raises(PrinterUnreachableError):
            await devices.printer.status()
        with pytest.raises(CashUnitUnreachableError):
            await devices.cash.cancel(KEY)


async def test_only_its_owner_may_use_the_socket(socket):
    assert socket.stat().st_mode & 0o777 == 0o600


def test_cards_are_read_from_toml_and_json(tmp_path):
    toml, json = tmp_path / "cards.toml", tmp_path / "cards.json"
    toml.write_text('[[card]]\nid = "a"\nlabel_ja = "甲"\nlabel_en = "A"\nserial = "1f"\nkind = "juki"\n')
    json.write_text('{"card": [{"id": "a", "label_ja": "甲", "label_en": "A", "serial": "1f", "kind": "juki"}]}')
    assert read_cards(toml) == read_cards(json) == (DemoCard("a", "甲", "A", "1f", CardState.JUKI),)
    toml.write_text(toml.read_text() * 2)
    with pytest.raises(ValueError, match="twice"):
        read_cards(toml)
