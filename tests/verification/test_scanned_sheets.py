"""Paper on a scanner: what its two sides prove together, and what an alteration looks like."""

from __future__ import annotations

import io

import pytest
from certificate_specimens import DAY, KEY_ID, family_of, raster, rendered, signed
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from scanned_paper import as_file, issuer, names, scanned

from itaku.issuance.certificates.code import CodeSigner, code_image, read_code
from itaku.issuance.certificates.failures import BadCode
from itaku.issuance.certificates.fonts import installed_font
from itaku.issuance.certificates.readback import read_back
from itaku.issuance.certificates.scramble import unscrambled
from itaku.verification.examination import examine
from itaku.verification.findings import Verdict
from itaku.verification.keys import keys_from, published
from itaku.verification.scanned_back import Print, flat_backs, projection


def decoded(scan, code):
    for flat in flat_backs(scan):
        try:
            content, repaired = unscrambled(flat.cells(), code)
        except BadCode:
            continue
        return content, repaired, flat.detection()
    return None


@pytest.mark.parametrize(
    ("dpi", "damage"),
    [
        (300, {}),
        (300, {"threshold": 128}),
        (300, {"angle": 181.3}),
        (300, {"angle": 91.3}),
        (200, {"angle": -2.0, "blur": 0.7}),
        (150, {"angle": 3.0, "blur": 0.6}),
    ],
    ids=["300 dpi", "black and white", "upside down", "lying", "200 dpi", "150 dpi"],
)
def test_the_back_is_decoded_from_a_bad_scan(paper, dpi, damage):
    front, back = paper
    small = back.resize((back.width * dpi // 300, back.height * dpi // 300), Image.Resampling.BOX)
    code = read_code(front)
    content, repaired, _ = decoded(scanned(small, **damage), code)
    assert content == decoded(back, code)[0]
    assert repaired < 400


def test_the_back_is_decoded_through_a_stain_and_a_shadow(paper):
    front, back = paper
    spoilt = back.copy()
    ImageDraw.Draw(spoilt).ellipse((900, 1200, 1500, 1800), fill=90)
    shadow = Image.linear_gradient("L").resize(spoilt.size).point(lambda value: 140 + value * 115 // 255)
    spoilt = Image.composite(spoilt, Image.new("L", spoilt.size, 0), shadow)
    content, repaired, _ = decoded(scanned(spoilt), read_code(front))
    assert content == decoded(back, read_code(front))[0]
    assert repaired > 100


def test_a_sheet_photographed_from_the_side_on_a_dark_table_is_decoded(paper):
    front, back = paper
    width, height = back.size
    seen = [(150, 120), (width + 250, 60), (width + 330, height + 240), (60, height + 200)]
    view = projection(seen, [(0, 0), (width, 0), (width, height), (0, height)])
    photograph = back.transform(
        (width + 400, height + 300), Image.Transform.PERSPECTIVE, view, Image.Resampling.BICUBIC, fillcolor=110
    )
    assert decoded(photograph, read_code(front)) is not None


def test_two_bad_scans_prove_issuer_and_all_that_stands_on_the_front(paper, keys):
    front, back = paper
    result = examine([as_file(scanned(back, -1.3)), as_file(scanned(front))], keys)
    assert result.verdict is Verdict.PROVED
    (sheet,) = result.sheets
    assert names(sheet.checks) == ["code_genuine", "back_genuine", "front_same", "print_first"]
    assert names(result.checks) == ["void_offline"]
    assert (sheet.issuer, sheet.kind, sheet.issued_on) == ("汐見市", "resident-record", DAY.isoformat())
    assert "汐見市中央一丁目2番3号コーポ汐見203号室" in sheet.text
    with Image.open(io.BytesIO(sheet.issued_png)) as issued:
        assert issued.size == (1240, 1754)


def with_text(front, x_mm, y_mm, text, dpi=300):
    """The front with a little text written over what stood there."""
    altered = front.copy()
    scale = dpi / 25.4
    font = ImageFont.truetype(str(installed_font().path), round(10.5 * dpi / 72))
    draw = ImageDraw.Draw(altered)
    draw.rectangle((x_mm * scale, y_mm * scale, (x_mm + 2) * scale, (y_mm + 3.9) * scale), fill=255)
    draw.text((x_mm * scale, y_mm * scale), text, font=font, fill=0)
    return altered


def test_one_digit_changed_and_one_character_added_are_shown_where_they_are(paper, keys):
    front, back = paper
    altered = with_text(with_text(front, 60, 57.6, "8"), 150, 57, "乙")
    result = examine([as_file(scanned(altered)), as_file(scanned(back))], keys)
    assert result.verdict is Verdict.REFUTED
    (sheet,) = result.sheets
    assert "front_different" in names(sheet.checks)
    with Image.open(io.BytesIO(sheet.uploaded_png)) as shown:
        marks = [
            (x * 25.4 / 150, y * 25.4 / 150)
            for x in range(0, shown.width, 2)
            for y in range(0, shown.height, 2)
            if shown.getpixel((x, y)) == (200, 0, 0)
        ]
    digit, added = ([mark for mark in marks if low < mark[0] < high] for low, high in ((55, 68), (145, 160)))
    assert digit
    assert added
    assert len(digit) + len(added) == len(marks)
    assert all(53 < y < 66 for _, y in marks)


def test_another_impression_on_the_front_is_shown(seal_document, keys, tmp_path):
    front, back = raster(seal_document, tmp_path, 300), raster(seal_document, tmp_path, 150, back=True)
    same = examine([as_file(scanned(front)), as_file(scanned(back))], keys)
    assert same.verdict is Verdict.PROVED
    turned = front.copy()
    box = [round(edge / 25.4 * 300) for edge in (35, 66, 55, 86)]
    turned.paste(turned.crop(box).transpose(Image.Transpose.ROTATE_90).resize((box[2] - box[0], box[3] - box[1])), box)
    changed = examine([as_file(scanned(turned)), as_file(scanned(back))], keys)
    assert changed.verdict is Verdict.REFUTED


def test_a_bad_photocopy_of_the_code_alone_still_proves_whose_it_is(document, keys, tmp_path):
    copy = scanned(raster(document, tmp_path, 150), angle=-5, blur=0.6)
    result = examine([as_file(copy)], keys)
    assert result.verdict is Verdict.PARTLY
    (sheet,) = result.sheets
    assert names(sheet.checks) == ["code_genuine", "back_missing"]
    assert sheet.people[0].birth_date == "1984-03-14"


def test_a_photocopy_too_coarse_to_judge_is_neither_proved_nor_called_altered(document, keys, tmp_path):
    worn = [scanned(raster(document, tmp_path, 150, back=back), 2.0, 0.6, threshold=140) for back in (False, True)]
    result = examine([as_file(one) for one in worn], keys)
    assert result.verdict is Verdict.PARTLY
    (sheet,) = result.sheets
    assert {"back_genuine", "front_too_coarse"} <= set(names(sheet.checks))
    assert sheet.uploaded_png


def test_the_back_of_another_sheet_does_not_pass(paper, keys, tmp_path):
    other = signed(rendered(family_of(4)))
    back = raster(other, tmp_path, 300, 2, back=True)
    result = examine([as_file(paper[0]), as_file(back)], keys)
    assert result.verdict is Verdict.PARTLY
    assert names(result.sheets[0].checks) == ["code_genuine", "back_unreadable"]


def test_a_sheet_that_is_missing_is_missed(keys, tmp_path):
    document = signed(rendered(family_of(4)))
    result = examine([as_file(raster(document, tmp_path, 200, 2))], keys)
    assert result.verdict is Verdict.PARTLY
    assert names(result.checks) == ["sheets_missing", "void_offline"]


def pasted(front, signed_code):
    """The front with another code over its own."""
    image, edge_mm = code_image(signed_code)
    scale = 300 / 25.4
    edge = round(edge_mm * scale)
    forged = front.copy()
    centre = (round(39.5 * scale), round(261 * scale))
    forged.paste(255, (centre[0] - 230, centre[1] - 230, centre[0] + 230, centre[1] + 230))
    forged.paste(image.convert("L").resize((edge, edge)), (centre[0] - edge // 2, centre[1] - edge // 2))
    return forged


def test_a_forged_code_is_refused_and_an_unknown_issuer_is_not_called_a_forger(document, paper, keys):
    facts = read_back(document).sheets[0].code
    stranger = ec.generate_private_key(ec.SECP256R1())
    forged = pasted(paper[0], CodeSigner(stranger, KEY_ID).sign(facts))
    result = examine([as_file(forged), as_file(paper[1])], keys)
    assert (result.verdict, names(result.checks)) == (Verdict.REFUTED, ["code_forged"])
    unknown = pasted(paper[0], CodeSigner(stranger, b"999999-1").sign(facts))
    result = examine([as_file(unknown)], keys)
    assert (result.verdict, names(result.checks)) == (Verdict.NOTHING, ["code_unknown_issuer"])


def test_a_key_proves_only_its_own_municipality_and_its_own_days(paper):
    elsewhere = keys_from(published(issuer(municipality="999999")))
    assert names(examine([as_file(paper[0])], elsewhere).checks) == ["code_other_issuer"]
    usual = issuer().codes[0]
    late = type(usual)(usual.key_id, usual.public_key, DAY.replace(day=22), usual.not_after)
    result = examine([as_file(paper[0])], keys_from(published(issuer(codes=(late,)))))
    assert (result.verdict, names(result.checks)) == (Verdict.REFUTED, ["code_out_of_time"])


def test_a_photocopy_of_the_back_looks_like_one(document, paper, tmp_path):
    original = raster(document, tmp_path, 600, back=True)
    copied = original.filter(ImageFilter.GaussianBlur(2.2)).point(lambda value: 0 if value < 175 else 255).reduce(2)
    code = read_code(paper[0])
    assert decoded(original.reduce(2), code)[2] is Print.FIRST
    assert decoded(copied, code)[2] is Print.COPY


def test_the_front_of_a_seal_certificate_is_drawn_again_with_its_impression(seal_document, keys):
    result = examine([seal_document], keys)
    assert result.verdict is Verdict.PROVED
    with Image.open(io.BytesIO(result.sheets[0].issued_png)) as issued:
        left, top, right, bottom = (round(edge / 25.4 * 150) for edge in (36, 67, 54, 85))
        dark = issued.convert("L").crop((left, top, right, bottom)).histogram()
    assert sum(dark[:100]) > 500
