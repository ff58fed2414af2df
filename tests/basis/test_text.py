"""Names keep their letters; digits and selectors are what they are."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from itaku.basis.text import (
    Glyph,
    ascii_digits,
    full_width_digits,
    glyphs,
    individual_number_check_digit,
    is_compatibility_ideograph,
    is_individual_number,
    is_variation_selector,
    name_form,
)

KATSURAGI = "葛\U000e0102城"


@pytest.mark.parametrize(
    "name", ["髙﨑", "𠮷田", KATSURAGI, "渡邉\U000e0115", "\ufa10本", "神\ufe00", "\ufa19社", "\U0002f80a", "侮\ufa30"]
)
def test_no_ideograph_of_a_name_is_exchanged_or_loses_its_form(name):
    assert name_form(name) == name


def test_plain_nfc_would_have_exchanged_a_compatibility_ideograph():
    assert unicodedata.normalize("NFC", "\ufa10") != "\ufa10"


def test_kana_and_accents_written_in_parts_become_one():
    assert name_form("か\u3099") == "が"
    assert name_form("Nguye\u0302\u0303n") == "Nguyễn"
    assert name_form("\ufa10か\u3099\ufa10") == "\ufa10が\ufa10"


@given(st.text())
def test_the_name_form_is_stable_and_keeps_every_compatibility_ideograph(text):
    once = name_form(text)
    assert name_form(once) == once
    assert [c for c in once if is_compatibility_ideograph(c)] == [c for c in text if is_compatibility_ideograph(c)]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_text_without_compatibility_ideographs_is_nfc(text):
    assume(not any(is_compatibility_ideograph(c) for c in text))
    assert name_form(text) == unicodedata.normalize("NFC", text)


def test_a_base_and_its_selector_are_one_glyph():
    assert glyphs(KATSURAGI) == (Glyph("葛", "\U000e0102"), Glyph("城", ""))


@given(st.lists(st.tuples(st.sampled_from("葛城𠮷邉﨑a"), st.sampled_from(["", "\U000e0102", "\U000e0115", "\ufe00"]))))
def test_glyphs_join_to_the_text_they_came_from(pairs):
    text = "".join(base + selector for base, selector in pairs)
    assert glyphs(text) == tuple(Glyph(*pair) for pair in pairs)


@pytest.mark.parametrize("text", ["\U000e0102", "葛\U000e0102\U000e0103", "\ufe00葛"])
def test_a_selector_without_a_base_is_refused(text):
    with pytest.raises(ValueError, match="without a base"):
        glyphs(text)


def test_selectors_are_known_by_their_ranges():
    assert all(is_variation_selector(c) for c in ("\ufe00", "\ufe0f", "\U000e0100", "\U000e01ef"))
    assert not any(is_variation_selector(c) for c in ("葛", "\ufe10", "\U000e01f0", "\U000e00ff"))


@given(st.text())
def test_digits_change_their_width_and_back(text):
    assert ascii_digits(full_width_digits(text)) == ascii_digits(text)
    assert not any("0" <= c <= "9" for c in full_width_digits(text))


def test_check_digits_follow_the_ordinance():
    # 1..11 by hand: 1x6+2x5+3x4+4x3+5x2+6x7+7x6+8x5+9x4+0x3+1x2 = 212; 212 mod 11 = 3; 11 - 3 = 8
    assert individual_number_check_digit("12345678901") == 8
    assert is_individual_number("123456789018")
    # remainders 0 and 1 both give 0
    assert individual_number_check_digit("00000000000") == 0
    assert individual_number_check_digit("00000000006") == 0  # 6x2 = 12, 12 mod 11 = 1
    assert individual_number_check_digit("00000000060") == 4  # 6x3 = 18, 18 mod 11 = 7


@given(st.text(alphabet="0123456789", min_size=11, max_size=11), st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_noticed_unless_the_check_digit_is_the_ambiguous_zero(eleven, place, shift):
    check = individual_number_check_digit(eleven)
    wrong = eleven[:place] + str((int(eleven[place]) + shift) % 10) + eleven[place + 1 :]
    assert is_individual_number(f"{eleven}{check}")
    assert check == 0 or not is_individual_number(f"{wrong}{check}")


@pytest.mark.parametrize(
    "text", ["", "12345678901", "1234567890128", "１２３４５６７８９０１８", "12345678901x", "12345678901²"]
)
def test_what_is_not_twelve_digits_is_no_individual_number(text):
    assert not is_individual_number(text)
