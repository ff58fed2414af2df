import pytest

from itaku.basis.clock import InstantMs
from itaku.issuance.devices.card_office import CardOffice
from itaku.issuance.devices.jpki import AID

NOW = 1_780_000_000_000
DAY = 86_400_000
LIFE = (InstantMs(NOW - DAY), InstantMs(NOW + DAY))


def certificate_of(card):
    card.transmit(bytes.fromhex("00a4040c0a") + AID)
    card.transmit(bytes.fromhex("00a4020c02000a"))
    return card.transmit(bytes.fromhex("00b0000000")) + card.transmit(bytes.fromhex("00b0010000"))


def guess(card, pin):
    card.transmit(bytes.fromhex("00a4040c0a") + AID)
    card.transmit(bytes.fromhex("00a4020c020018"))
    return card.transmit(bytes.fromhex("0020008004") + pin).hex()


def test_a_card_issued_twice_is_the_same_card(office, office_directory):
    first = certificate_of(office.issue(0x70, *LIFE))
    assert certificate_of(CardOffice(office_directory).issue(0x70, *LIFE)) == first


def test_spent_tries_survive_the_end_of_the_process(office, office_directory):
    assert guess(office.issue(0x71, *LIFE), b"0000") == "63c2"
    again = CardOffice(office_directory).issue(0x71, *LIFE)
    assert again.memory.auth_tries == 2
    assert guess(again, b"0000") == "63c1"
    again.unlock()
    assert CardOffice(office_directory).issue(0x71, *LIFE).memory.auth_tries == 3


def test_a_locked_card_is_locked_from_the_start_and_can_be_unlocked(office, office_directory):
    card = office.issue(0x72, *LIFE, locked=True)
    assert guess(card, b"1234") == "6983"
    card.unlock()
    assert guess(CardOffice(office_directory).issue(0x72, *LIFE, locked=True), b"1234") == "9000"


def test_keys_and_tries_are_readable_by_their_owner_only(office, office_directory):
    guess(office.issue(0x73, *LIFE), b"0000")
    files = [path for path in office_directory.rglob("*") if path.is_file()]
    assert files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_generations_share_one_name_and_no_key(office):
    first, second = office.anchors
    assert first.subject == second.subject
    assert first.public_key() != second.public_key()
    assert "NOT JPKI" in first.subject.rfc4514_string()


@pytest.mark.parametrize("serial", [1, 2**159 - 1])
def test_serials_of_every_length_are_issued(office, serial):
    assert certificate_of(office.issue(serial, *LIFE))
