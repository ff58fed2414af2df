"""IPP's binary encoding: known bytes (RFC 8010, Appendix A) both ways, and no damage that gets through."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.issuance.devices.ipp_encoding import MalformedIppError, Tag, Written, read_answer, write_request

# RFC 8010, A.2: a Print-Job's successful answer, written down by hand (version 2.0 as we speak it).
ANSWER = bytes.fromhex(
    "0200 0000 00000001 01"
    "47 0012 617474726962757465732d63686172736574 0005 7574662d38"
    "48 001b 617474726962757465732d6e61747572616c2d6c616e6775616765 0005 656e2d7573"
    "02"
    "21 0006 6a6f622d6964 0004 00000093"
    "23 0009 6a6f622d7374617465 0004 00000003"
    "44 0011 6a6f622d73746174652d726561736f6e73 0004 6e6f6e65"
    "44 0000 0003 6f6666"
    "03"
)


def test_an_answer_is_read_as_what_it_says():
    answer = read_answer(ANSWER)
    assert (answer.status, answer.request_id) == (0, 1)
    assert answer.of(Tag.OPERATION)[0]["attributes-charset"] == ("utf-8",)
    assert answer.of(Tag.JOB) == [{"job-id": (147,), "job-state": (3,), "job-state-reasons": ("none", "off")}]


def test_a_request_is_written_as_the_standard_says():
    charset = Written(Tag.CHARSET, "attributes-charset", ("utf-8",))
    reasons = Written(Tag.KEYWORD, "requested-attributes", ("job-id", "sides"))
    written = write_request(0x000B, 1, [(Tag.OPERATION, [charset, reasons]), (Tag.JOB, [])])
    assert written == bytes.fromhex(
        "0200 000b 00000001 01 47 0012 617474726962757465732d63686172736574 0005 7574662d38"
        "44 0014 7265717565737465642d61747472696275746573 0006 6a6f622d6964 44 0000 0005 7369646573 02 03"
    )


@pytest.mark.parametrize("length", range(len(ANSWER)))
def test_an_answer_cut_off_anywhere_is_no_answer(length):
    with pytest.raises(MalformedIppError):
        read_answer(ANSWER[:length])


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(data):
    with contextlib.suppress(MalformedIppError):
        read_answer(b"\x02\x00\x00\x00\x00\x00\x00\x01" + data)


def test_members_of_collections_are_passed_over_and_what_follows_is_read():
    def entry(tag, name, value):
        return bytes([tag]) + len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value

    inside = entry(0x4A, b"", b"x-dimension") + entry(0x21, b"", bytes(4))
    nested = entry(0x4A, b"", b"media-size") + entry(0x34, b"", b"") + inside + entry(0x37, b"", b"")
    collection = entry(0x34, b"media-col", b"") + nested + entry(0x37, b"", b"")
    head = b"\x02\x00\x00\x00\x00\x00\x00\x01\x04"
    answer = read_answer(head + collection + entry(0x23, b"printer-state", b"\x00\x00\x00\x03") + b"\x03")
    assert answer.of(Tag.PRINTER) == [{"media-col": (), "printer-state": (3,)}]
    with pytest.raises(MalformedIppError):
        read_answer(head + entry(0x37, b"", b"") + b"\x03")


def test_an_attribute_without_a_value_is_there_without_one():
    head = b"\x02\x00\x00\x00\x00\x00\x00\x01\x04"
    answer = read_answer(head + b"\x12\x00\x07counter\x00\x00\x03")
    assert answer.of(Tag.PRINTER) == [{"counter": ()}]
