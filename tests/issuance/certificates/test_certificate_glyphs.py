"""Which forms of a name's characters are printed: rasters prove it, text extraction cannot."""

from __future__ import annotations

import random

import pypdfium2 as pdfium
import pytest
from certificate_specimens import binding, foreigner, household, person, rendered, renderer, seal_registration
from fontTools.pens.basePen import decomposeQuadraticSegment
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops, ImageDraw, ImageStat
from pypdfium2 import raw

from itaku.issuance.certificates.failures import MissingGlyph, TextTooLong
from itaku.issuance.certificates.fonts import installed_font
from itaku.issuance.certificates.readback import compare, read_back

EDGE = 96


@pytest.fixture(scope="module")
def font():
    with TTFont(installed_font().path, lazy=True) as opened:
        yield opened


def glyph_name(font, text):
    if len(text) == 1:
        return font.getBestCmap()[ord(text)]
    forms = next(table for table in font["cmap"].tables if table.format == 14).uvsDict[ord(text[1])]
    found = dict(forms)[ord(text[0])]
    return found or font.getBestCmap()[ord(text[0])]


def outlines(font, name):
    """The glyph's contours as polygons, straight from the font file."""
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(pen)
    contours, points = [], []
    for operation, arguments in pen.value:
        if operation == "moveTo":
            points = [arguments[0]]
        elif operation == "lineTo":
            points.append(arguments[0])
        elif operation == "qCurveTo":
            assert arguments[-1] is not None
            for control, end in decomposeQuadraticSegment(arguments):
                start = points[-1]
                points += [
                    tuple(
                        (1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * control[axis] + t * t * end[axis]
                        for axis in (0, 1)
                    )
                    for t in (0.25, 0.5, 0.75, 1)
                ]
        else:
            contours.append(points)
    return contours


def area(contour):
    following = [*contour[1:], contour[0]]
    return sum(x * v - u * y for (x, y), (u, v) in zip(contour, following, strict=True)) / 2


def drawn_from_the_font(font, text):
    image = Image.new("L", (2300, 2300), 0)
    draw = ImageDraw.Draw(image)
    for contour in sorted(outlines(font, glyph_name(font, text)), key=lambda one: -abs(area(one))):
        draw.polygon([(x + 120, 2000 - y) for x, y in contour], fill=255 if area(contour) < 0 else 0)
    return normal(image)


def normal(ink):
    return ink.crop(ink.getbbox()).resize((EDGE, EDGE), Image.Resampling.BOX)


def printed_name_character(pdf):
    """The first character of the name as another engine draws it, cut out of a 1200-dpi raster of the page."""
    document = pdfium.PdfDocument(pdf)
    page = document[0]
    text_page = page.get_textpage()
    letters = [chr(raw.FPDFText_GetUnicode(text_page, index)) for index in range(text_page.count_chars())]
    drawn = [index for index, letter in enumerate(letters) if not letter.isspace()]
    label = "".join(letters[index] for index in drawn).index("氏名")
    index = drawn[label + 2]
    left, bottom, right, top = text_page.get_charbox(index, loose=True)
    width, height = page.get_size()
    bitmap = page.render(scale=1200 / 72, crop=(left, bottom, width - right, height - top), grayscale=True)
    image = bitmap.to_pil().copy()
    bitmap.close()
    text_page.close()
    page.close()
    document.close()
    return normal(ImageChops.invert(image).point([255 if value > 127 else 0 for value in range(256)]))


def apart(one, other):
    """Mean difference of two normalised glyph rasters, from 0 (same) to 255."""
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0]


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("葛\U000e0102", "葛"),
        ("葛", "葛\U000e0102"),
        ("辻\U000e0102", "辻"),
        ("邊\U000e010f", "邊"),
        ("邉\U000e0119", "邉"),
        ("𠮷", "吉"),
        ("髙", "高"),
        ("﨑", "崎"),
    ],
)
def test_exactly_the_form_of_the_record_is_printed(font, asked, other):
    printed = printed_name_character(rendered(household(person(asked + "谷　太郎"))))
    right, wrong = apart(printed, drawn_from_the_font(font, asked)), apart(printed, drawn_from_the_font(font, other))
    assert right < 9
    assert wrong > 2 * right
    assert wrong > 12


def test_an_adobe_japan1_sequence_is_printed_by_its_mapped_form(font):
    printed = printed_name_character(rendered(household(person("葛\U000e0100谷　太郎"))))
    assert (
        apart(printed, drawn_from_the_font(font, "葛\U000e0102")) < 9 < apart(printed, drawn_from_the_font(font, "葛"))
    )


@pytest.mark.parametrize(
    "name",
    [
        "葛\U000e010f城　太郎",
        "邊\U000e0100見　太郎",
        "\u4e06　太郎",
        "\U000e0102葛城　太郎",
        "葛\U000e0102\U000e0103城　太郎",
        "汐見\u200d太郎",
        "汐見\u202e太郎",
        "汐見\x07太郎",
        "か\u3099　太郎",
    ],
    ids=lambda name: " ".join(f"{ord(one):x}" for one in name[:3]),
)
def test_a_character_that_the_font_cannot_draw_is_refused_before_anything_is_drawn(name):
    for content in (household(person(name)), seal_registration(name=name)):
        with pytest.raises(MissingGlyph):
            renderer().check_text(content)
        with pytest.raises(MissingGlyph):
            rendered(content)


def test_the_refusal_names_the_code_point_and_never_the_name():
    with pytest.raises(MissingGlyph) as refused:
        renderer().check_text(household(person("葛\U000e010f城　太郎")))
    assert refused.value.detail == "U+845B U+E010F"


def test_the_usual_form_with_and_without_its_selector_is_one_drawing_and_reads_back():
    content = household(
        person("辻\U000e0103　太郎", address="汐見市辻町1番", registered_domicile="汐見市塚\U000e0105本1番"),
        person("塚本　O‐BRIEN-２", address="汐見市辻\U000e0103町1番"),
    )
    compare(read_back(rendered(content)), content, binding(), renderer()._issuer)


def test_names_with_rare_characters_read_back():
    for name in ("髙﨑　𠮷郎", "渡邊\U000e0108　邉\U000e0119子", "𩸽𣘺　𡈽々", "齋藤　ゑヰ", "O'NEIL-SMITH MARIA JOSÉ"):
        content = household(person(name))
        compare(read_back(rendered(content)), content, binding(), renderer()._issuer)


@pytest.mark.parametrize("address", ["コーポﾊﾟｰｸ　1号", "ﾄﾞｰﾑﾊﾟﾊﾟﾋﾞ", "汐ﾟ見ﾊﾟ", "ﾊﾊﾟ", "ﾊﾟﾊ"])
def test_half_width_kana_with_their_marks_read_back_glyph_by_glyph(address):
    content = household(person(address=address, previous_address=address[::-1].lstrip("ﾟﾞ")))
    back = read_back(rendered(content))
    compare(back, content, binding(), renderer()._issuer)
    assert back.people[0]["address"] == "".join(address.split())


def test_whatever_can_be_printed_reads_back():
    chance = random.Random(9)
    book = installed_font()
    characters = [character for character in book._em if character > "\u3005" and character in book._plain]
    sequences = list(book._forms)

    def word(length):
        return "".join(chance.choice(chance.choice((characters, characters, sequences))) for _ in range(length))

    read = 0
    for _ in range(60):
        name = f"{word(chance.randint(1, 3))}　{word(chance.randint(1, 9))}"
        content = household(
            person(name, address=word(chance.randint(2, 50)), previous_address=word(chance.randint(0, 40))),
            foreigner(" ".join(chance.choice(("O'NEIL", "MARÍA", "DE-LA", "Ø")) for _ in range(chance.randint(1, 6)))),
        )
        try:
            pdf = rendered(content)
        except (TextTooLong, MissingGlyph):
            continue
        compare(read_back(pdf), content, binding(), renderer()._issuer)
        read += 1
    assert read > 40
