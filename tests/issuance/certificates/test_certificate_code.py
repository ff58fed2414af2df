"""The 2-D code, read from rasters of the page and verified without a network."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from certificate_specimens import (
    CODE_KEY,
    DAY,
    KEY_ID,
    family_of,
    foreigner,
    household,
    raster,
    rendered,
    seal_registration,
    signed,
)
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image, ImageFilter

from itaku.issuance.certificates.code import (
    MODULE_MM,
    CodedPerson,
    CodeFacts,
    CodeSigner,
    code_image,
    read_code,
    read_drawn_code,
    text_digest,
    verify_code,
)
from itaku.issuance.certificates.failures import BadCode
from itaku.issuance.certificates.readback import read_back
from itaku.issuance.protocol.kinds import Kind

KEYS = {KEY_ID: CODE_KEY.public_key()}


def noisy(image, seed=7):
    """A scan by a hasty hand: turned by five degrees, unsharp, grainy."""
    turned = image.rotate(-5, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    blurred = turned.filter(ImageFilter.GaussianBlur(0.6))
    grain = random.Random(seed)
    noise = Image.frombytes("L", blurred.size, grain.randbytes(blurred.width * blurred.height))
    return Image.blend(blurred, noise, 0.15)


@pytest.mark.parametrize(
    ("content", "page"),
    [(household(), 1), (family_of(3), 1), (family_of(4), 2), (seal_registration(), 1)],
    ids=["one person", "three people", "second page", "seal"],
)
def test_the_code_is_read_from_a_300_dpi_raster_and_from_a_bad_150_dpi_scan(content, page, tmp_path):
    pdf = signed(rendered(content))
    printed = read_back(pdf).sheets[page - 1]
    for scan in (raster(pdf, tmp_path, 300, page), noisy(raster(pdf, tmp_path, 150, page))):
        facts = verify_code(read_code(scan), KEYS)
        assert facts == printed.code
        assert facts.municipality == "132985"
        assert facts.serial_number == "7K2M-93QXT-4HWP2"
        assert facts.issued_on == DAY
        assert (facts.page, facts.pages) == (page, 1 + (content == family_of(4)))
        assert [person.name.replace("　", "") for person in facts.people] == [
            person["name"] for person in printed.printed.people
        ]


def test_the_digest_in_the_code_is_that_of_the_text_on_the_page():
    sheet = read_back(rendered(household())).sheets[0]
    assert sheet.code.text_digest == text_digest(sheet.text)
    assert sheet.code.text_digest != text_digest(sheet.text.replace("203号室", "204号室"))


def facts(**changes):
    usual = {
        "municipality": "132985",
        "kind": Kind.RESIDENT_RECORD,
        "serial_number": "7K2M-93QXT-4HWP2",
        "issued_on": DAY,
        "page": 1,
        "pages": 1,
        "people": (CodedPerson("汐見　太郎", dt.date(1899, 12, 31)),),
        "text_digest": bytes(32),
    }
    return CodeFacts(**usual | changes)


def test_the_same_facts_give_the_same_code_and_come_back_as_they_were():
    signer = CodeSigner(CODE_KEY, KEY_ID)
    assert signer.sign(facts()) == signer.sign(facts())
    assert verify_code(signer.sign(facts()), KEYS) == facts()


def test_a_changed_or_foreign_code_is_refused():
    payload = CodeSigner(CODE_KEY, KEY_ID).sign(facts())
    for offset in range(len(payload)):
        changed = bytearray(payload)
        changed[offset] ^= 0x01
        with pytest.raises(BadCode):
            verify_code(bytes(changed), KEYS)
    stranger = ec.generate_private_key(ec.SECP256R1())
    for keys in ({}, {b"other": CODE_KEY.public_key()}, {KEY_ID: stranger.public_key()}):
        with pytest.raises(BadCode):
            verify_code(payload, keys)
    for junk in (b"", b"\xa0", payload[:-1], payload + b"\x00"):
        with pytest.raises(BadCode):
            verify_code(junk, KEYS)


def test_a_page_without_a_code_or_with_a_strange_one_is_refused():
    with pytest.raises(BadCode):
        read_code(Image.new("L", (400, 400), 255))


def test_a_drawn_code_is_read_exactly_or_not_at_all():
    signed_facts = CodeSigner(CODE_KEY, KEY_ID).sign(facts())
    image, edge_mm = code_image(signed_facts)
    assert read_drawn_code(image.tobytes(), image.width, edge_mm) == signed_facts
    for x, y in ((0, 0), (image.width // 2, image.width // 2 + 1), (image.width - 1, 7)):
        spoilt = image.copy()
        spoilt.putpixel((x, y), 255 - spoilt.getpixel((x, y)))
        with pytest.raises(BadCode):
            read_drawn_code(spoilt.tobytes(), image.width, edge_mm)
    for pixels, edge, paper_mm in (
        (image.tobytes(), image.width, edge_mm * 0.98),
        (image.tobytes()[:-1], image.width, edge_mm),
        (image.tobytes(), image.width - 6, edge_mm),
        (bytes(image.width * image.width), image.width, edge_mm),
        (b"", 0, 0.0),
    ):
        with pytest.raises(BadCode):
            read_drawn_code(pixels, edge, paper_mm)


def test_modules_are_half_a_millimetre_even_with_the_longest_names():
    assert MODULE_MM >= 0.5
    names = [f"{letter * 20} {letter * 21}" for letter in "EFL"]
    people = tuple(CodedPerson(name, dt.date(2000, 1, 1)) for name in names)
    _, edge_mm = code_image(CodeSigner(CODE_KEY, KEY_ID).sign(facts(people=people)))
    assert edge_mm <= 38
    rendered(household(*(foreigner(name) for name in names)))


def test_only_p256_signs_codes():
    with pytest.raises(TypeError):
        CodeSigner(ec.generate_private_key(ec.SECP384R1()), KEY_ID)
