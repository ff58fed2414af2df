"""The back of a sheet: what it carries, who can read it, and what the read-back notices of it."""

from __future__ import annotations

import io
import random

import pikepdf
import pytest
from certificate_specimens import (
    CODE_KEY,
    KEY_ID,
    family_of,
    foreigner,
    household,
    issuer,
    rendered,
    seal_registration,
    signed,
)
from cryptography.hazmat.primitives.asymmetric import ec
from test_certificate_readback import differences, edited

from itaku.issuance.certificates.backside import small_seal, unverified_back, verified_back
from itaku.issuance.certificates.code import CodeSigner, verify_code
from itaku.issuance.certificates.failures import BadCode, RenderFailed
from itaku.issuance.certificates.readback import read_back
from itaku.issuance.certificates.reed_solomon import BLOCK, TooDamaged, corrected, parity_of
from itaku.issuance.certificates.scramble import LARGEST, WIDTH, cells_of, scrambled, unscrambled

KEYS = {KEY_ID: CODE_KEY.public_key()}
CODE = b"the code on a front"


def back_cells(pdf, sheet=1):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for image in document.pages[2 * sheet - 1].Resources.XObject.values():
            if int(image.Width) == WIDTH:
                return cells_of(image.read_bytes())
    return b""


@pytest.mark.parametrize("parity", [32, 96, 192])
def test_a_block_is_repaired_up_to_half_its_parity_and_refused_beyond(parity):
    chance = random.Random(parity)
    data = chance.randbytes(BLOCK - parity)
    block = data + parity_of(data, parity)
    for wrong in (0, 1, parity // 4, parity // 2):
        spoilt = bytearray(block)
        for place in chance.sample(range(BLOCK), wrong):
            spoilt[place] ^= chance.randrange(1, 256)
        assert corrected(bytes(spoilt), parity) == (data, wrong)
    spoilt = bytearray(block)
    for place in chance.sample(range(BLOCK), parity // 2 + 8):
        spoilt[place] ^= chance.randrange(1, 256)
    with pytest.raises(TooDamaged):
        corrected(bytes(spoilt), parity)


@pytest.mark.parametrize("size", [1, 2, 39, 40, 1000, 2500, 5100, LARGEST])
def test_whatever_fits_comes_back_as_it_was(size):
    content = random.Random(size).randbytes(size)
    assert unscrambled(cells_of(scrambled(content, CODE)), CODE) == (content, 0)


def test_more_than_a_back_can_hold_is_not_printed():
    with pytest.raises(RenderFailed):
        scrambled(bytes(LARGEST + 1), CODE)


def test_a_stain_over_a_fifth_of_the_field_takes_nothing():
    content = random.Random(1).randbytes(2300)
    cells = bytearray(cells_of(scrambled(content, CODE)))
    cells[2048:4096] = bytes(2048)
    found, repaired = unscrambled(bytes(cells), CODE)
    assert found == content
    assert repaired > 1500


def test_without_the_fronts_code_a_back_tells_nothing():
    content = b"\x00" * 2000
    cells = cells_of(scrambled(content, CODE))
    with pytest.raises(BadCode):
        unscrambled(cells, b"another code")
    dark = sum(byte.bit_count() for byte in cells) / (8 * len(cells))
    assert 0.48 < dark < 0.52, "it looks like noise whatever it holds"
    assert cells != cells_of(scrambled(content, b"another code"))


@pytest.mark.parametrize(
    "content",
    [household(), household(foreigner(), foreigner("PHAM VAN AN")), family_of(4), seal_registration()],
    ids=["one", "foreign", "two sheets", "seal"],
)
def test_the_back_says_what_the_front_says_and_is_signed_by_its_issuer(content):
    pdf = signed(rendered(content))
    for number, page in enumerate(read_back(pdf).sheets, 1):
        statement, repaired = verified_back(back_cells(pdf, number), page.signed_code, KEYS)
        assert repaired == 0
        assert statement.front.text == page.text
        assert (statement.serial_number, statement.page, statement.pages) == (
            "7K2M-93QXT-4HWP2",
            number,
            page.code.pages,
        )
        assert statement.front.seal == small_seal(issuer().seal_png, 22.0)
        assert (statement.front.impression is None) == (page.code.kind.value != "seal-registration")


def test_a_back_signed_by_a_stranger_or_made_for_another_front_is_refused():
    pdf = rendered(family_of(4))
    first, second = read_back(pdf).sheets
    stranger = {KEY_ID: ec.generate_private_key(ec.SECP256R1()).public_key()}
    with pytest.raises(BadCode):
        verified_back(back_cells(pdf, 1), first.signed_code, stranger)
    with pytest.raises(BadCode):
        verified_back(back_cells(pdf, 1), second.signed_code, KEYS)
    with pytest.raises(BadCode):
        unverified_back(back_cells(pdf, 2), first.signed_code)


def test_what_is_signed_for_a_back_is_no_code_of_a_front():
    signer = CodeSigner(CODE_KEY, KEY_ID)
    with pytest.raises(BadCode, match="signature"):
        verify_code(signer.sign_payload(b"anything", b"itaku back side 1"), KEYS)


def swapped_backs(document):
    for entry in ("Contents", "Resources"):
        first, second = document.pages[1][f"/{entry}"], document.pages[3][f"/{entry}"]
        document.pages[1][f"/{entry}"], document.pages[3][f"/{entry}"] = second, first


def test_the_back_of_another_page_is_noticed_before_anything_is_signed():
    assert differences(edited(rendered(family_of(4)), swapped_backs), family_of(4)) == {"back"}


def test_the_back_of_another_persons_certificate_is_noticed():
    mine, other = rendered(household()), rendered(family_of(1))

    def edit(document):
        with pikepdf.open(io.BytesIO(other)) as foreign:
            theirs = [image for image in foreign.pages[1].Resources.XObject.values() if int(image.Width) == WIDTH]
            for image in document.pages[1].Resources.XObject.values():
                if int(image.Width) == WIDTH:
                    image.write(theirs[0].read_bytes())

    assert differences(edited(mine, edit), household()) == {"back"}


def test_a_back_left_out_blank_or_spoilt_is_noticed():
    pdf = rendered(household())
    assert differences(edited(pdf, lambda document: document.pages.__delitem__(1)), household()) == {"pages"}

    def blank(document):
        document.pages[1].Contents = document.make_stream(b"")

    assert differences(edited(pdf, blank), household()) == {"unreadable"}

    def spoil(document):
        for image in document.pages[1].Resources.XObject.values():
            if int(image.Width) == WIDTH:
                data = bytearray(image.read_bytes())
                data[len(data) // 2] ^= 0x10
                image.write(bytes(data))

    assert differences(edited(pdf, spoil), household()) == {"back"}


def test_another_detection_pattern_is_noticed():
    def edit(document):
        for image in document.pages[1].Resources.XObject.values():
            if int(image.Width) != WIDTH:
                image.write(bytes(len(image.read_bytes())))

    assert differences(edited(rendered(household()), edit), household()) == {"back"}
