import io

import pypdfium2
import pytest

from itaku.basis.clock import InstantMs
from itaku.issuance.devices.card_office import CardOffice
from itaku.sandbox.stand.memory import DeviceMemory

NOW = InstantMs(1_780_000_000_000)


@pytest.fixture
def paper():
    """Makes a PDF of so many A4 pages."""

    def make(pages):
        document = pypdfium2.PdfDocument.new()
        for _ in range(pages):
            document.new_page(595, 842).close()
        out = io.BytesIO()
        document.save(out)
        document.close()
        return out.getvalue()

    return make


@pytest.fixture
def memory():
    kept = DeviceMemory(None)
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def office(tmp_path_factory):
    return CardOffice(tmp_path_factory.mktemp("office"))
