"""The finished document against the record: a wrong person's certificate must never come out."""

from __future__ import annotations

import datetime as dt
import io
import random
import re

import msgspec
import pikepdf
import pytest
from certificate_specimens import (
    CA,
    DAY,
    NOW,
    binding,
    family_of,
    foreigner,
    household,
    issuer,
    number,
    person,
    rendered,
    renderer,
    seal_registration,
    signed,
)
from fontTools.ttLib import TTFont

from itaku.basis.eras import era_date
from itaku.issuance.certificates.check import check_document
from itaku.issuance.certificates.content import Sex
from itaku.issuance.certificates.failures import BadSignature, DocumentMismatch, ReadBackMismatch, RenderFailed
from itaku.issuance.certificates.readback import compare, read_back
from itaku.issuance.certificates.seal import draw_office_seal, draw_personal_seal


def differences(pdf, content, bound=None, by=None):
    """The kinds of fact in which the document differs from the record; empty if none."""
    try:
        compare(read_back(pdf), content, bound or binding(), by or issuer())
    except ReadBackMismatch as mismatch:
        return set(mismatch.facts)
    return set()


WITHOUT_OPTIONS = person(
    head_name=None, relation=None, registered_domicile=None, family_register_head=None, individual_number=None
)


@pytest.mark.parametrize(
    "content",
    [
        household(),
        household(WITHOUT_OPTIONS, whole=False),
        family_of(9),
        household(foreigner(), person(), foreigner(foreign=None, alias="")),
        seal_registration(),
        seal_registration(alias="阮　明開", name="NGUYEN THI MINH KHAI", is_foreign=True),
    ],
    ids=["one", "without options", "nine people", "foreign", "seal", "foreign seal"],
)
def test_a_right_certificate_equals_its_record_before_and_after_signing(content):
    pdf = rendered(content)
    assert differences(pdf, content) == set()
    assert differences(signed(pdf), content) == set()


def test_what_is_read_back():
    back = read_back(signed(rendered(family_of(4))))
    assert back.issuance_id == bytes(range(16))
    assert back.application_digest == b"\x11" * 32
    assert back.resident_key == b"\x22" * 32
    assert back.serial_number == "7K2M-93QXT-4HWP2"
    assert back.pages == 2
    assert back.names == ("汐見一子", "汐見二子", "汐見三子", "汐見四子")
    assert back.birth_dates == ("昭和59年3月14日",) * 4


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"name": "葛\U000e0102城　𠮷之介"}, {"name", "code"}),
        ({"name": "葛城　𠮷之助"}, {"name", "code"}),
        ({"birth_date": dt.date(1984, 3, 15)}, {"birth_date", "code"}),
        ({"sex": Sex.FEMALE}, {"sex"}),
        ({"address": "汐見市中央一丁目2番3号　コーポ汐見　204号室"}, {"address"}),
        ({"relation": "子"}, {"relation"}),
        ({"head_name": "汐見　太郎"}, {"head_name"}),
        ({"head_name": None, "relation": None}, {"head_name", "relation"}),
        ({"registered_domicile": None, "family_register_head": None}, {"registered_domicile", "family_register_head"}),
        ({"individual_number": number("99999999999")}, {"individual_number"}),
        ({"individual_number": None}, {"individual_number"}),
        ({"became_resident_on": dt.date(2012, 4, 1)}, {"became_resident_on"}),
        ({"address_since": None}, {"address_since"}),
        ({"notified_on": dt.date(2015, 10, 4)}, {"notified_on"}),
        ({"previous_address": ""}, {"previous_address"}),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, dict) else "",
)
def test_another_record_is_noticed_by_the_very_item(changes, facts):
    pdf = rendered(household(person()))
    assert differences(pdf, household(msgspec.structs.replace(person(), **changes))) == facts


def test_the_mismatch_names_facts_and_never_values():
    with pytest.raises(ReadBackMismatch) as mismatch:
        compare(read_back(rendered(household())), household(person("汐見　太郎")), binding(), issuer())
    assert "汐見" not in str(mismatch.value)
    assert "name" in str(mismatch.value)


def test_namesakes_born_on_one_day_are_told_apart_by_the_residents_key():
    pdf = rendered(household(), binding(resident=0x22))
    assert differences(pdf, household(), binding(resident=0x23)) == {"resident_key"}


def test_the_file_of_another_application_or_issuance_is_noticed():
    pdf = rendered(household(), binding(application=0x11))
    assert differences(pdf, household(), binding(application=0x12)) == {"application_digest"}
    other = msgspec.structs.replace(binding(), issuance_id=bytes(16))
    assert differences(pdf, household(), other) == {"issuance_id"}
    other = msgspec.structs.replace(binding(), serial_number="AAAA-BBBBB-CCCCC")
    assert differences(pdf, household(), other) == {"serial_number", "code"}


def test_a_missing_or_extra_person_or_another_scope_is_noticed():
    pdf = rendered(family_of(3))
    assert "people" in differences(pdf, family_of(2))
    assert "people" in differences(pdf, family_of(4))
    assert differences(pdf, msgspec.structs.replace(family_of(3), whole=False)) == {"scope"}
    assert "kind" in differences(pdf, seal_registration())


def edited(pdf, edit):
    """The file after an editing by another program, in the plain form that this room reads."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        edit(document)
        out = io.BytesIO()
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, fix_metadata_version=False)
    return out.getvalue()


def without(width):
    """An edit that leaves out the drawing of the image of this width in pixels, on every front."""

    def edit(document):
        for page in list(document.pages)[::2]:
            (name,) = [name for name, image in page.Resources.XObject.items() if int(image.Width) == width]
            kept = [
                instruction
                for instruction in pikepdf.parse_content_stream(page)
                if not (str(instruction.operator) == "Do" and str(instruction.operands[0]) == name)
            ]
            page.Contents = document.make_stream(pikepdf.unparse_content_stream(kept))

    return edit


def test_an_edit_by_another_program_that_changes_nothing_still_equals_the_record():
    assert differences(edited(rendered(household()), lambda _: None), household()) == set()


def test_a_certificate_without_the_seal_is_noticed():
    assert differences(edited(rendered(household()), without(480)), household()) == {"seal"}


def test_the_seal_missing_on_the_second_sheet_only_is_noticed():
    def edit(document):
        page = document.pages[2]
        (name,) = [name for name, image in page.Resources.XObject.items() if int(image.Width) == 480]
        del page.Resources.XObject[name]

    assert differences(edited(rendered(family_of(4)), edit), family_of(4)) == {"seal"}


def test_another_seal_or_a_seal_off_the_sheet_is_noticed():
    other = msgspec.structs.replace(issuer(), seal_png=draw_office_seal("潮見市長之印"))
    assert differences(rendered(household()), household(), by=other) == {"seal", "back"}

    def edit(document):
        shifted = [
            pikepdf.ContentStreamInstruction(
                [*instruction.operands[:4], 700, instruction.operands[5]], instruction.operator
            )
            if str(instruction.operator) == "cm" and abs(float(instruction.operands[0]) - 62.36) < 0.1
            else instruction
            for instruction in pikepdf.parse_content_stream(document.pages[0])
        ]
        document.pages[0].Contents = document.make_stream(pikepdf.unparse_content_stream(shifted))

    assert differences(edited(rendered(household()), edit), household()) == {"seal"}


def test_another_persons_impression_or_one_of_another_size_is_noticed():
    content = seal_registration()
    pdf = rendered(content)
    other = seal_registration(seal_png=draw_personal_seal("汐見"))
    assert differences(pdf, other) == {"impression", "code", "back"}
    larger = seal_registration(seal_png=draw_personal_seal("葛城", diameter_mm=18))
    assert {"impression", "code"} <= differences(pdf, larger)
    assert "impression" in differences(edited(pdf, without(354)), content)


def test_a_missing_code_is_noticed():
    with pikepdf.open(io.BytesIO(rendered(household()))) as document:
        (width,) = [
            int(image.Width) for image in document.pages[0].Resources.XObject.values() if int(image.Width) < 480
        ]
    assert differences(edited(rendered(household()), without(width)), household()) == {"code"}


def test_text_put_over_the_finished_page_is_noticed():
    def edit(document):
        page = document.pages[0]
        kept = list(pikepdf.parse_content_stream(page))
        shows = [index for index, one in enumerate(kept) if str(one.operator) in {"Tj", "TJ"}]
        kept.insert(shows[-1] + 1, kept[shows[-1]])
        page.Contents = document.make_stream(pikepdf.unparse_content_stream(kept))

    assert differences(edited(rendered(household()), edit), household()) & {"code", "unreadable"}


def with_content(change, page=0):
    """An edit of the bytes that a page paints."""

    def edit(document):
        leaf = document.pages[page]
        leaf.Contents = document.make_stream(change(leaf.Contents.read_bytes()))

    return edit


NAME_PLACE = re.compile(rb"q 1 0 0 -1 (\S+) (\S+) cm/c0 cs 0 scn\nBT 0 Tr/f0 15 Tf")


@pytest.mark.parametrize(
    ("change", "facts"),
    [
        (lambda page: page + b"\nq 1 0 0 -1 0 842 cm/c0 cs 1 scn 0 0 m 595 0 l 595 842 l 0 842 l h f Q", "unreadable"),
        (lambda page: page + b"\nq 1 0 0 -1 90 120 cm/c0 cs 1 scn 0 0 m 9 0 l 9 9 l 0 9 l h f Q", "unreadable"),
        (lambda page: page + b"\nq 1 0 0 -1 9 9 cm/c0 CS 1 SCN 99 w 4 M 0 0 m 595 0 l S Q", "unreadable"),
        (lambda page: page + b"\nq 599.04 0 0 176.64 0 665.24976 cm/x0 Do Q", "unreadable"),
        (lambda page: page + b"\n0 0 100 100 re W n", "unreadable"),
        (lambda page: page + b"\n/g0 gs", "unreadable"),
        (lambda page: page + b"\nQ", "unreadable"),
        (lambda page: page.replace(b"BT 0 Tr", b"BT 3 Tr", 1), "unreadable"),
        (lambda page: page.replace(b"cs 0 scn\nBT", b"cs 1 scn\nBT", 1), "unreadable"),
        (lambda page: NAME_PLACE.sub(rb"q 1 0 0 -1 \1 -9 cm/c0 cs 0 scn\nBT 0 Tr/f0 15 Tf", page), "unreadable"),
        (lambda page: page.replace(b"<</MCID 0>>", b"<</MCID 0/ActualText(x)>>", 1), "unreadable"),
        (lambda page: page.replace(b"q 62.362206 0 0 62", b"q -62.362206 0 0 62"), "unreadable"),
        (lambda page: page.replace(b"q 62.362206 0 0 62.362206", b"q 61.362206 0 0 61.362206"), "seal"),
        (lambda page: page.replace(b"q 82.08 0 0 82.08", b"q 80.08 0 0 80.08"), "code"),
        (lambda page: page.replace(b"q 82.08 0 0 82.08 70.", b"q 82.08 0 0 82.08 110."), "unreadable code"),
    ],
    ids=[
        "all covered",
        "code covered",
        "a pen as broad as a hand",
        "a stencil over text",
        "a clipping",
        "a graphics state",
        "one too many",
        "invisible text",
        "white text",
        "text off the sheet",
        "text for the ear only",
        "mirrored seal",
        "smaller seal",
        "smaller code",
        "code at another place",
    ],
)
def test_what_paper_would_not_show_as_it_is_read_is_noticed(change, facts):
    pdf = rendered(household())
    with pikepdf.open(io.BytesIO(pdf)) as document:
        content = document.pages[0].Contents.read_bytes()
    assert change(content) != content
    found = differences(edited(pdf, with_content(change)), household())
    assert found
    assert found <= set(facts.split())


def test_what_is_read_aloud_is_what_is_drawn():
    content = household(person(address="汐見市ﾊﾟｰｸ1号"))
    pdf = rendered(content)
    heard = "ﾊﾟ".encode("utf-16-be").hex().upper().encode()
    other = "ﾊﾞ".encode("utf-16-be").hex().upper().encode()
    assert differences(edited(pdf, with_content(lambda page: page.replace(heard, other))), content) == {"unreadable"}
    assert differences(edited(pdf, with_content(lambda page: page.replace(other, heard))), content) == set()


def test_half_a_name_covered_is_noticed():
    pdf = rendered(household())
    with pikepdf.open(io.BytesIO(pdf)) as document:
        x, y = map(float, NAME_PLACE.search(document.pages[0].Contents.read_bytes()).groups())

    def covered(left):
        patch = b"\nq 1 0 0 -1 %f %f cm/c0 cs 1 scn 0 0 m 9 0 l 9 9 l 0 9 l h f Q" % (left, y + 4.5)
        return differences(edited(pdf, with_content(lambda page: page + patch)), household())

    assert covered(x + 60) == {"unreadable"}
    assert covered(x - 9.01) == set()


def test_an_annotation_over_the_sheet_or_a_cropped_or_turned_sheet_is_noticed():
    def annotate(document):
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[100, 100, 300, 300])
        document.pages[0].Annots = pikepdf.Array([document.make_indirect(note)])

    def crop(document):
        document.pages[0].CropBox = [0, 0, 300, 842]

    def turn(document):
        document.Root.Pages.Rotate = 180

    for edit in (annotate, crop, turn):
        assert differences(edited(rendered(household()), edit), household()) == {"unreadable"}


def test_an_image_with_its_colours_turned_is_noticed():
    def edit(document):
        for image in document.pages[0].Resources.XObject.values():
            image.Decode = [1, 0] * (3 if int(image.Width) == 480 else 1)

    assert differences(edited(rendered(household()), edit), household()) == {"unreadable"}


def fonts_of(document):
    font = document.pages[0].Resources.Font.f0
    return font, font.DescendantFonts[0].FontDescriptor.FontFile2


def test_an_outline_that_is_another_characters_is_noticed_though_the_text_reads_right():
    font_number = re.compile(rb"<([0-9A-F]{4})> <57CE>")

    def edit(document):
        font, program = fonts_of(document)
        code = int(font_number.search(font.ToUnicode.read_bytes())[1], 16)
        with TTFont(io.BytesIO(program.read_bytes()), recalcBBoxes=False) as subset:
            tables = {tag: (entry.offset, entry.length) for tag, entry in subset.reader.tables.items()}
        data = bytearray(program.read_bytes())
        at = tables["loca"][0] + 2 * code
        start = 2 * int.from_bytes(data[at : at + 2], "big") + tables["glyf"][0]
        data[start + 40] ^= 1
        program.write(bytes(data))

    assert differences(edited(rendered(household()), edit), household()) == {"unreadable"}


def test_a_code_that_means_another_character_than_it_draws_is_noticed():
    def edit(document):
        font, _ = fonts_of(document)
        font.ToUnicode.write(font.ToUnicode.read_bytes().replace(b"<57CE>", b"<57CF>"))

    assert differences(edited(rendered(household()), edit), household()) == {"unreadable"}


def test_a_spoilt_file_is_refused_or_still_says_the_same_and_never_breaks_the_reader():
    content, chance = household(), random.Random(5)
    pdf = rendered(content)
    tail = pdf.index(b"/Type/Page/")
    outcomes = set()
    for round_number in range(300):
        at = chance.randrange(tail if round_number % 2 else 0, len(pdf))
        piece = chance.choice((b"", b"\x00", b"(", b"<<", b"-1", b" 0 R", b"/X", b"]", chance.randbytes(3)))
        spoilt = pdf[:at] + piece + pdf[at + len(piece) + chance.randrange(2) :]
        outcomes |= differences(spoilt, content)
    assert outcomes <= {"unreadable", "binding", "code", "text", "seal", "pages", "resident_key", "issuance_id"}
    assert "unreadable" in outcomes


def test_a_page_left_out_or_twice_is_noticed():
    assert differences(edited(rendered(family_of(4)), lambda document: document.pages.__delitem__(1)), family_of(4))
    doubled = edited(rendered(family_of(4)), lambda document: document.pages.append(document.pages[0]))
    assert "pages" in differences(doubled, family_of(4))


def test_a_binding_that_differs_between_its_two_places_is_unreadable():
    pdf = rendered(household())
    first = pdf.index(b"resident=22")
    changed = pdf[:first] + b"resident=23" + pdf[first + 11 :]
    assert differences(changed, household()) == {"binding"}
    assert differences(pdf.replace(b"resident=22", b"resident=23"), household()) == {"resident_key"}
    hidden = pdf.replace(b"<pdf:Keywords>", b"<pdf:KeywordZ>").replace(b"</pdf:Keywords>", b"</pdf:KeywordZ>")
    assert differences(hidden, household()) == {"binding"}


def test_a_day_that_never_was_is_noticed_wherever_it_stands():
    for impossible in ("平成31年5月7日", "昭和64年1月8日", "令和元年4月30日", "令和1年5月7日", "平成29年2月29日"):
        content = household(person(address=f"汐見市中央{impossible}番地"))
        assert differences(rendered(content), content) == {"era_date"}


@pytest.mark.parametrize(
    ("day", "printed"),
    [
        (dt.date(1912, 7, 29), "明治45年7月29日"),
        (dt.date(1912, 7, 31), "大正元年7月31日"),
        (dt.date(1926, 12, 24), "大正15年12月24日"),
        (dt.date(1926, 12, 26), "昭和元年12月26日"),
        (dt.date(1989, 1, 7), "昭和64年1月7日"),
        (dt.date(1989, 1, 8), "平成元年1月8日"),
        (dt.date(2019, 4, 30), "平成31年4月30日"),
        (dt.date(2019, 5, 1), "令和元年5月1日"),
        (dt.date(2019, 5, 7), "令和元年5月7日"),
        (dt.date(2020, 1, 1), "令和2年1月1日"),
    ],
)
def test_births_and_issues_around_a_change_of_era_are_printed_in_their_own_era(day, printed):
    content = household(person(birth_date=day, became_resident_on=day, address_since=day, notified_on=day))
    back = read_back(rendered(content, day=day))
    compare(back, content, binding(), issuer())
    assert back.birth_dates == (printed,)
    assert back.sheets[0].printed.issued == printed == era_date(day)


def test_the_kiosk_accepts_the_document_of_its_own_application_only():
    document = signed(rendered(family_of(4)))
    checked = check_document(document, [CA], NOW, bytes(range(16)), b"\x11" * 32)
    assert checked.pages == 2
    for issuance_id, digest in ((bytes(16), b"\x11" * 32), (bytes(range(16)), b"\x12" * 32), (b"", b"")):
        with pytest.raises(DocumentMismatch):
            check_document(document, [CA], NOW, issuance_id, digest)
    with pytest.raises(BadSignature):
        check_document(rendered(family_of(4)), [CA], NOW, bytes(range(16)), b"\x11" * 32)


def test_a_binding_of_the_wrong_size_is_never_printed():
    for changes in (
        {"issuance_id": b"short"},
        {"application_digest": b""},
        {"resident_key": bytes(31)},
        {"serial_number": "A) /x"},
        {"serial_number": ""},
    ):
        with pytest.raises(RenderFailed):
            renderer().render(household(), msgspec.structs.replace(binding(), **changes), DAY, NOW)
