"""What stands on the forms, what is refused, and what an awkward record looks like on paper."""

from __future__ import annotations

import datetime as dt
import io

import msgspec
import pytest
from certificate_specimens import (
    CODE_KEY,
    DAY,
    KEY_ID,
    NOW,
    binding,
    family_of,
    foreigner,
    household,
    issuer,
    number,
    person,
    raster,
    rendered,
    renderer,
    seal_registration,
)
from PIL import Image, ImageChops, ImageFilter

from itaku.issuance.certificates.code import CodeSigner
from itaku.issuance.certificates.content import ForeignStatus
from itaku.issuance.certificates.failures import RecordIncomplete, TextTooLong
from itaku.issuance.certificates.fonts import installed_font
from itaku.issuance.certificates.layout import Fitter
from itaku.issuance.certificates.pattern import (
    CELL,
    DPI,
    INK,
    TILE_PIXELS,
    copy_warning_strip,
    copy_warning_tile,
    latent,
)
from itaku.issuance.certificates.readback import compare, read_back
from itaku.issuance.certificates.render import Renderer
from itaku.issuance.certificates.resident_record import pages_of
from itaku.issuance.certificates.seal import RED, draw_personal_seal


def text_of(content):
    return "".join(sheet.text for sheet in read_back(rendered(content)).sheets)


@pytest.mark.parametrize(("people", "pages"), [(1, 1), (2, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_three_people_go_on_a_page(people, pages):
    made = renderer().render(family_of(people), binding(), DAY, NOW)
    assert made.pages == pages == read_back(made.pdf).pages


def test_two_foreign_residents_go_on_a_page():
    content = household(foreigner(), foreigner("PHAM VAN AN"), foreigner("LE THI BICH"))
    assert renderer().render(content, binding(), DAY, NOW).pages == 2


def test_every_page_bears_statement_mayor_serial_number_and_its_own_number():
    for number_, sheet in enumerate(read_back(rendered(family_of(7))).sheets, 1):
        assert f"発行番号7K2M-93QXT-4HWP2（{number_}／3）" in sheet.text
        assert "この写しは、住民票の原本と相違ないことを証明する。令和8年11月21日汐見市長汐見太郎" in sheet.text
        assert ("（以下余白）" in sheet.text) == (number_ == 3)
        assert ("（次のページに続く）" in sheet.text) == (number_ < 3)


def test_what_was_not_asked_for_is_omitted_and_the_resident_code_always_is():
    bare = person(
        head_name=None, relation=None, registered_domicile=None, family_register_head=None, individual_number=None
    )
    assert text_of(household(bare)).count("省略") == 6
    assert text_of(household()).count("省略") == 1
    assert "世帯全員" in text_of(household())
    assert "世帯の一部" in text_of(household(whole=False))


def test_a_foreign_resident_has_status_and_western_dates_but_no_registered_domicile():
    text = text_of(household(foreigner(birth_date=dt.date(1990, 1, 2))))
    assert "生年月日1990年1月2日" in text
    assert "通称阮明開" in text
    assert "国籍・地域ベトナム第30条の45に規定する区分中長期在留者在留資格技術・人文知識・国際業務在留期間3年" in text
    assert "在留期間の満了の日2027年5月7日在留カード等の番号AB12345678CD" in text
    assert "本籍" not in text


def test_the_seal_certificate_states_its_kind():
    text = text_of(seal_registration())
    assert text.startswith("印鑑登録証明書CertificateofSealRegistration")
    assert "この写しは、登録された印影と相違ないことを証明する。" in text


def test_the_impression_is_printed_in_true_size(tmp_path):
    for diameter in (10.0, 18.0, 24.0):
        content = seal_registration(seal_png=draw_personal_seal("汐見", diameter_mm=diameter))
        page = raster(rendered(content), tmp_path, 300)
        box = page.crop([round(edge / 25.4 * 300) for edge in (18, 48, 72, 100)])
        left, top, right, bottom = box.point([255 if value < 128 else 0 for value in range(256)]).getbbox()
        for pixels in (right - left, bottom - top):
            assert pixels / 300 * 25.4 == pytest.approx(diameter, abs=0.3)


def test_the_office_seal_is_red_and_stands_on_the_page(tmp_path):
    page = raster(rendered(household()), tmp_path, 150, gray=False)
    seal = page.crop([round(edge / 25.4 * 150) for edge in (168.5, 253.5, 190.5, 275.5)])
    strong, weak = (
        channel.point([255 * over(value) for value in range(256)])
        for channel, over in (
            (seal.getchannel("R"), lambda value: value > 150),
            (seal.getchannel("G"), lambda value: value < 110),
        )
    )
    red = ImageChops.multiply(strong, weak).histogram()[255]
    assert red > seal.width * seal.height * 0.15
    assert RED[0] > 2 * RED[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "　 "},
        {"address": " "},
        {"head_name": ""},
        {"relation": "　"},
        {"head_name": None},
        {"registered_domicile": ""},
        {"family_register_head": ""},
        {"family_register_head": None},
        {"individual_number": ""},
        {"individual_number": "            "},
        {"individual_number": "12345678901"},
        {"individual_number": "123456789012"},
        {"individual_number": "１２３４５６７８９０１８"},
        {"alias": "通称"},
        {"is_foreign": True},
    ],
    ids=str,
)
def test_a_blank_or_contradictory_item_is_refused_before_drawing(changes):
    with pytest.raises(RecordIncomplete):
        renderer().check_text(household(person(), msgspec.structs.replace(person(), **changes)))


@pytest.mark.parametrize(
    "changes",
    [{"nationality": ""}, {"category": " "}, {"status": ""}, {"card_number": ""}, {"expires_on": None}],
    ids=str,
)
def test_blank_facts_of_a_foreign_resident_are_refused(changes):
    facts = msgspec.structs.replace(foreigner().foreign, **changes)
    with pytest.raises(RecordIncomplete):
        renderer().check_text(household(foreigner(foreign=facts)))


def test_a_special_permanent_resident_has_neither_period_nor_expiry():
    facts = ForeignStatus("韓国", "特別永住者", "", "", None, "AB12345678CD")
    content = household(foreigner("KIM YONG HO", foreign=facts, alias="金本　勇"))
    assert "在留資格―在留期間―在留期間の満了の日―在留カード等の番号AB12345678CD" in text_of(content)


def test_nobody_and_too_many_are_refused():
    for people in ((), (person(),) * 41):
        with pytest.raises(RecordIncomplete):
            renderer().check_text(msgspec.structs.replace(household(), people=people))


def blank_seal():
    out = io.BytesIO()
    Image.new("1", (354, 354), 1).save(out, "PNG", dpi=(600, 600))
    return out.getvalue()


def unsized(png):
    with Image.open(io.BytesIO(png)) as image:
        out = io.BytesIO()
        Image.frombytes("1", image.size, image.tobytes()).save(out, "PNG")
    return out.getvalue()


def test_an_impression_that_is_blank_unreadable_or_of_no_known_size_is_refused():
    good = draw_personal_seal("葛城")
    for seal_png in (b"", b"no image", blank_seal(), unsized(good), draw_personal_seal("葛城", diameter_mm=40)):
        with pytest.raises(RecordIncomplete):
            renderer().check_text(seal_registration(seal_png=seal_png))


def test_a_municipality_without_its_seal_issues_nothing():
    transparent = io.BytesIO()
    Image.new("RGBA", (480, 480), (*RED, 0)).save(transparent, "PNG")
    for seal_png in (b"", transparent.getvalue()):
        with pytest.raises(RecordIncomplete):
            Renderer(
                msgspec.structs.replace(issuer(), seal_png=seal_png), CodeSigner(CODE_KEY, KEY_ID), installed_font()
            )


def test_long_texts_shrink_or_wrap_and_the_longest_are_refused():
    long_address = "汐見市中央一丁目2番3号　" + "汐見" * 24 + "1203号室"
    content = household(person("寿限無寿限無五劫の擦り切れ太郎", address=long_address, previous_address=long_address))
    compare(read_back(rendered(content)), content, binding(), issuer())
    for changes in ({"name": "寿" * 60}, {"address": "汐見" * 80}, {"head_name": "A" * 60}):
        with pytest.raises(TextTooLong):
            renderer().check_text(household(person(**changes)))


def test_line_breaks_keep_to_kinsoku():
    fitter = Fitter(installed_font())
    for width in range(20, 60):
        cell = fitter.value("汐見市（中央）一丁目、コーポ・ラー201号室", width, ((10.0, 9),))
        assert "".join(cell.lines) == "汐見市（中央）一丁目、コーポ・ラー201号室"
        for line in cell.lines[1:]:
            assert line[0] not in "）、ー・01"
        for line in cell.lines[:-1]:
            assert not line.endswith("（")
            assert installed_font().width_em(line) * 10 <= width * 72 / 25.4


def test_text_is_printed_literally_whatever_the_typesetter_could_make_of_it():
    name = 'A"])) #panic() \\u{41} $x$ *b* _i_ // @a <b> `c`'
    content = household(person("汐見　太郎", address=name))
    compare(read_back(rendered(content)), content, binding(), issuer())


def test_the_same_arguments_give_the_same_bytes():
    first = rendered(household())
    rendered(family_of(2))
    fresh = Renderer(issuer(), CodeSigner(CODE_KEY, KEY_ID), installed_font())
    fresh.warm()
    assert first == rendered(household()) == fresh.render(household(), binding(), DAY, NOW).pdf


def test_the_document_stays_small():
    assert len(rendered(family_of(4))) < 180_000


def test_the_individual_number_is_printed_in_groups_of_four():
    (page,) = pages_of(household(person(individual_number=number("12345678901"))), Fitter(installed_font()))
    fitted = [line for row in page[0].rows for cell in row.cells for line in cell.lines]
    assert "1234 5678 9018" in fitted


# --- the copy-warning tint


def ink(image, keep):
    """Share of black pixels of the tile in the cells for which `keep` holds."""
    letters = latent()
    dark = cells = 0
    for x in range(letters.width):
        for y in range(letters.height):
            if keep(letters.getpixel((x, y))):
                cell = image.crop((x * CELL, y * CELL, (x + 1) * CELL, (y + 1) * CELL)).convert("L")
                dark += cell.histogram()[0]
                cells += 1
    return dark / (cells * CELL * CELL)


def test_letters_and_ground_carry_the_same_ink_on_the_original():
    tile = copy_warning_tile()
    assert tile.size == TILE_PIXELS
    assert ink(tile, bool) == ink(tile, lambda value: not value) == INK


def test_a_strip_is_the_tile_again_and_again_and_wider_than_the_sheet():
    tile, strip = copy_warning_tile(), copy_warning_strip()
    assert strip.width > 210 / 25.4 * DPI
    for left in range(0, strip.width, tile.width):
        part = strip.crop((left, 0, min(left + tile.width, strip.width), strip.height))
        assert part.tobytes() == tile.crop((0, 0, part.width, tile.height)).tobytes()


def test_a_photocopy_loses_the_ground_and_keeps_the_letters():
    tile = copy_warning_tile().convert("L")
    scanned = tile.filter(ImageFilter.GaussianBlur(2.2))
    copied = scanned.point([0 if value < 175 else 255 for value in range(256)])
    letters, ground = ink(copied, bool), ink(copied, lambda value: not value)
    assert letters > 0.02
    assert letters > 20 * ground


def test_the_tint_is_pixel_exact_on_the_page_and_spares_text_and_code(tmp_path):
    pdf = rendered(household())
    page = raster(pdf, tmp_path, DPI)

    def share(left, top, right, bottom):
        region = page.crop([round(edge / 25.4 * DPI) for edge in (left, top, right, bottom)])
        return sum(region.histogram()[:128]) / (region.width * region.height)

    assert share(4, 120, 200, 225) == pytest.approx(INK, abs=0.002)
    assert share(30, 237, 60, 239) == 0.0
    assert share(150, 40, 160, 42) == 0.0
