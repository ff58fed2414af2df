import msgspec
import pytest

from itaku.basis.randomness import SeededRandomness
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.sealing import StandingSecret
from itaku.issuance.protocol.use_claims import (
    ClaimsRefusedError,
    claims_commitment,
    claims_form,
    claims_key_hash,
    make_claims,
    open_claims,
    seal_claims,
    use_digest,
)

RANDOM = SeededRandomness(5)
CITY, OTHER = StandingSecret(b"a" * 32), StandingSecret(b"b" * 32)
CLAIMS = make_claims("海原県北浜市本町二丁目5番地", "帆掛　元子", RANDOM)


def application(claims=CLAIMS, key=CITY.public, **changes):
    facts = {
        "issuance_id": bytes(16),
        "challenge": bytes(32),
        "kiosk": "k01",
        "municipality": "991023",
        "claims_sha256": claims_commitment(claims),
        "claims_key_sha256": claims_key_hash(key),
    }
    return m.UseApplication(**(facts | changes))


def test_the_registry_municipality_reads_what_was_entered():
    asked = application()
    assert open_claims(seal_claims(CLAIMS, CITY.public, use_digest(asked)), CITY, asked) == CLAIMS


def test_another_municipalitys_key_opens_nothing():
    asked = application()
    sealed = seal_claims(CLAIMS, CITY.public, use_digest(asked))
    with pytest.raises(ClaimsRefusedError, match="claims_unreadable"):
        open_claims(sealed, OTHER, asked)
    with pytest.raises(ClaimsRefusedError, match="claims_unreadable"):
        open_claims(sealed, OTHER, application(key=OTHER.public))


@pytest.mark.parametrize(
    "changes",
    [{"issuance_id": bytes(15) + b"1"}, {"kiosk": "k02"}, {"municipality": "991015"}, {"challenge": b"1" * 32}],
)
def test_a_box_opens_for_its_own_application_alone(changes):
    sealed = seal_claims(CLAIMS, CITY.public, use_digest(application()))
    with pytest.raises(ClaimsRefusedError, match="claims_unreadable"):
        open_claims(sealed, CITY, application(**changes))


def test_other_claims_under_the_signed_digest_are_noticed():
    asked = application()
    others = make_claims("海原県北浜市本町三丁目9番地", "北浜　巌", RANDOM)
    sealed = seal_claims(others, CITY.public, use_digest(asked))
    with pytest.raises(ClaimsRefusedError, match="digest_mismatch"):
        open_claims(sealed, CITY, asked)


def test_no_box_tells_how_long_an_address_is_and_no_commitment_can_be_found_by_trying():
    short, long = make_claims("北", "巌", RANDOM), make_claims("北" * 120, "巌" * 80, RANDOM)
    sizes = {len(seal_claims(each, CITY.public, use_digest(application(each)))) for each in (short, long)}
    assert len(sizes) == 1
    again = make_claims(CLAIMS.domicile, CLAIMS.head_name, RANDOM)
    assert claims_commitment(again) != claims_commitment(CLAIMS)


def test_neither_a_traceback_nor_the_wire_shows_what_was_entered():
    assert "北浜" not in repr(CLAIMS)
    asked = application()
    sealed = seal_claims(CLAIMS, CITY.public, use_digest(asked))
    wire = msgspec.msgpack.encode(asked) + sealed
    assert "北浜市".encode() not in wire
    assert "帆掛".encode() not in wire


def test_claims_are_compared_without_spaces_widths_and_variation_selectors():
    assert claims_form("北浜市 本町１２番地", "葛\U000e0102城 吉") == claims_form("北浜市本町12番地", "葛城　吉")
    assert claims_form("北浜市本町1番地", "髙﨑") != claims_form("北浜市本町1番地", "高崎")
