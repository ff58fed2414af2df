"""The line protocol: what is changed on the way is no line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.issuance.devices.device_line import DamagedLineError, read_line, write_line

WORDS = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12), min_size=1)


def test_a_line_is_as_the_document_shows_it():
    assert write_line(7, ("HELLO", "cash", "1")) == b"7 HELLO cash 1 6fa8c47e\n"


@given(st.integers(0, 2**60), WORDS.map(tuple))
def test_what_is_written_is_read(number, words):
    if len(" ".join(words)) < 200:
        assert read_line(write_line(number, words)) == (number, words)


@given(st.integers(0, 40), st.integers(1, 255))
def test_one_byte_changed_anywhere_is_no_line(place, change):
    line = bytearray(write_line(12, ("TAKE", "00ff", "300")))
    line[place % len(line)] ^= change
    with pytest.raises(DamagedLineError):
        read_line(bytes(line))


@pytest.mark.parametrize("words", [(), ("",), ("a b",), ("a\nb",), ("x" * 300,)])
def test_what_a_line_cannot_carry_is_not_written(words):
    with pytest.raises(ValueError, match="line"):
        write_line(1, words)
