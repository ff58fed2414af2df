import pytest

from itaku.basis.clock import InstantMs
from itaku.issuance.devices.card_office import CardOffice

NOW = InstantMs(1_780_000_000_000)
DAY = 86_400_000


@pytest.fixture(scope="session")
def office_directory(tmp_path_factory):
    return tmp_path_factory.mktemp("office")


@pytest.fixture
def office(office_directory):
    return CardOffice(office_directory)


@pytest.fixture
def card(office):
    """A normal card with both halves, fresh from the counter."""
    made = office.issue(0x1A2B, InstantMs(NOW - DAY), InstantMs(NOW + DAY), password="ABC123")
    made.unlock()
    return made
