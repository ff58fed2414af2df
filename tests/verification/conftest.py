"""Specimens of certificates on paper and as files, and the published keys for them."""

from __future__ import annotations

import pytest
from certificate_specimens import household, raster, rendered, seal_registration, signed
from scanned_paper import issuer

from itaku.verification.keys import keys_from, published


@pytest.fixture(scope="session")
def published_keys():
    return published(issuer())


@pytest.fixture(scope="session")
def keys(published_keys):
    return keys_from(published_keys)


@pytest.fixture(scope="session")
def document():
    return signed(rendered(household()))


@pytest.fixture(scope="session")
def seal_document():
    return signed(rendered(seal_registration()))


@pytest.fixture(scope="session")
def paper(document, tmp_path_factory):
    """Front and back of the printed sheet at 300 dpi."""
    folder = tmp_path_factory.mktemp("paper")
    return raster(document, folder, 300), raster(document, folder, 300, back=True)
