"""Register files as they really come: each row is accepted or listed with its reason, and none vanishes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.clock import JST, to_instant
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import KIND_TITLE, Kind
from itaku.settlement.errors import RegisterFileUnreadableError
from itaku.settlement.reconciliation import Sort
from itaku.settlement.register_files import (
    FAULT_TEXT,
    REASON_TEXT,
    FileFault,
    Reason,
    RegisterRow,
    read_register_file,
    write_register_file,
)
from itaku.settlement.views import Movement

CITY, TOWN = "991015", "992011"
KNOWN = frozenset({CITY, TOWN})


def at(*when):
    return to_instant(dt.datetime(*when, tzinfo=JST))


NOW = at(2026, 10, 6, 3)


def row(number=1, *, movement=Movement.SALE, fee=300, copies=1, kind=Kind.RESIDENT_RECORD, when=None, code=CITY):
    return RegisterRow(
        line=0,
        movement=movement,
        issuance_id=number.to_bytes(16, "big"),
        kiosk="shop-00001-k1",
        municipality=code,
        kind=kind,
        copies=copies,
        fee_yen=Yen(fee),
        at_ms=when or at(2026, 10, 5, 10, 30),
    )


def with_lines(*lines, encoding="utf-8", total=None):
    """A file whose rows are these lines, told right by its last line unless another is given."""
    head = "区分,交付番号,端末,市区町村,種類,通数,金額,日時"
    last = f"合計,{len(lines)},0" if total is None else total
    encoded = [line if isinstance(line, bytes) else line.encode(encoding) for line in lines]
    return b"\r\n".join([head.encode(encoding), *encoded, last.encode(encoding), b""])


def line(number=1, **changed):
    cells = {
        "word": "売上",
        "id": f"{number:032x}",
        "kiosk": "shop-00001-k1",
        "code": CITY,
        "kind": "resident-record",
        "copies": "1",
        "yen": "300",
        "time": "2026-10-05 10:30:00",
    }
    return ",".join({**cells, **changed}.values())


def read(data):
    found = read_register_file(data, KNOWN, NOW)
    assert found.read == len(found.rows) + len(found.listed)
    return found


def reasons(data):
    return [(each.line, each.reason) for each in read(data).listed]


def facts(rows):
    return [(each.movement, each.issuance_id, *each.facts) for each in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_file_in_utf_8_or_shift_jis_is_read_as_it_was_written(encoding):
    rows = [row(1), row(2, movement=Movement.REFUND, fee=600, copies=2, kind=Kind.SEAL_REGISTRATION, code=TOWN)]
    found = read(write_register_file(rows, encoding))
    assert facts(found.rows) == facts(rows)
    assert (found.listed, found.faults) == ([], [])
    assert [each.line for each in found.rows] == [2, 3]
    assert [each.day for each in found.rows] == [dt.date(2026, 10, 5)] * 2


def test_half_width_kana_and_full_width_digits_are_read_as_what_they_are():
    odd = line(
        1, word="ｳﾘｱｹﾞ", yen="１，２００", copies="４", code="９９１０１５", time="２０２６/１０/０５ １０:３０:００"
    )
    back = line(2, word="ﾍﾝｷﾝ", kind="印鑑登録証明書", yen='"1,200"')
    found = read(with_lines(odd, back, encoding="cp932", total="合計,2,0"))
    assert [(each.movement, each.copies, each.fee_yen) for each in found.rows] == [
        (Movement.SALE, 4, 1200),
        (Movement.REFUND, 1, 1200),
    ]
    assert (found.rows[1].kind, found.listed, found.faults) == (Kind.SEAL_REGISTRATION, [], [])


@pytest.mark.parametrize("kind", list(Kind))
def test_a_kind_may_be_told_by_its_japanese_title(kind):
    [found] = read(with_lines(line(kind=KIND_TITLE[kind][0]))).rows
    assert found.kind is kind


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("", Reason.BLANK),
        ("   ", Reason.BLANK),
        (b"\x83\xff\x83,\xff\xfe", Reason.GARBLED),
        ("\ufffd\ufffd," + line(), Reason.GARBLED),
        (line().replace("300", "3\x0000"), Reason.GARBLED),
        ("x" * 3000, Reason.GARBLED),
        (line(yen='"300'), Reason.GARBLED),
        ("," + line(), Reason.SHIFTED),
        (line().replace(",1,300", ",300"), Reason.SHIFTED),
        (line(copies="resident-record", kind=CITY, code="shop-00001-k1"), Reason.SHIFTED),
        (line(yen="1,200"), Reason.SHIFTED),
        (line(word="売"), Reason.MOVEMENT),
        (line(id="12ab"), Reason.ID),
        (line(kiosk="k 1"), Reason.KIOSK),
        (line(code="13201"), Reason.MUNICIPALITY),
        (line(code="132012"), Reason.MUNICIPALITY_UNKNOWN),
        (line(kind="駐車券"), Reason.KIND),
        (line(copies="0"), Reason.COPIES),
        (line(copies="11"), Reason.COPIES),
        (line(yen="-300"), Reason.AMOUNT),
        (line(yen="300.5"), Reason.AMOUNT),
        (line(yen=""), Reason.AMOUNT),
        (line(yen='"1,20"'), Reason.AMOUNT),
        (line(yen="#######"), Reason.OVERFLOW),
        (line(yen="1.2E+05"), Reason.OVERFLOW),
        (line(yen="9" * 400), Reason.OVERFLOW),
        (line(yen="1000001"), Reason.OVERFLOW),
        (line(yen="9223372036854775808"), Reason.OVERFLOW),
        (line(time="2026-02-30 10:00:00"), Reason.TIME),
        (line(time="46300.4375"), Reason.TIME),
        (line(time="2026-10-05 10:30"), Reason.TIME),
        (line(time="2026-10-06 03:00:01"), Reason.FUTURE),
        (line(time="2062-10-05 10:30:00"), Reason.FUTURE),
    ],
)
def test_a_row_that_cannot_be_taken_in_is_listed_with_its_reason_and_the_others_are_taken_in(bad, reason):
    found = read(with_lines(line(7), bad, line(8)))
    assert [(each.line, each.reason) for each in found.listed] == [(3, reason)]
    assert [each.line for each in found.rows] == [2, 4]
    assert found.faults == []


def test_a_line_of_another_encoding_hurts_itself_alone():
    data = with_lines(line(1), line(2).encode("utf-8"), line(3), encoding="cp932")
    assert reasons(data) == [(3, Reason.GARBLED)]
    data = with_lines(line(1), line(2).encode("cp932"), line(3))
    assert reasons(data) == [(3, Reason.GARBLED)]


def test_a_row_twice_is_taken_in_once_and_one_that_says_otherwise_is_listed_as_a_contradiction():
    data = with_lines(line(1), line(1), line(1, yen="350"), line(1, word="返金", time="2026-10-05 11:00:00"))
    assert reasons(data) == [(3, Reason.DUPLICATE), (4, Reason.CONTRADICTION)]
    assert [each.movement for each in read(data).rows] == [Movement.SALE, Movement.REFUND]


def test_a_fee_that_changed_at_midnight_is_booked_as_it_was_taken_on_each_side_of_it():
    before, after = at(2026, 9, 30, 22, 59, 59), at(2026, 10, 1, 6, 30)
    rows = [row(1, fee=300, when=before), row(2, fee=350, when=after)]
    assert [(each.day, each.fee_yen) for each in read(write_register_file(rows)).rows] == [
        (dt.date(2026, 9, 30), 300),
        (dt.date(2026, 10, 1), 350),
    ]


def test_a_file_that_was_cut_off_is_known_by_its_missing_total_and_its_cut_line():
    whole = write_register_file([row(number) for number in range(1, 5)])
    end = whole.index("合計".encode())
    found = read(whole[: end - 9])
    assert [(each.line, each.reason) for each in found.listed] == [(5, Reason.CUT)]
    assert (len(found.rows), found.faults) == (3, [FileFault.NO_TOTAL])
    assert read(whole[:end]).faults == [FileFault.NO_TOTAL]
    assert read(whole[:-3]).faults == [FileFault.YEN]


@pytest.mark.parametrize(
    ("total", "fault"),
    [
        ("合計,2,300", FileFault.COUNT),
        ("合計,1,350", FileFault.YEN),
        ("合計,一,300", FileFault.TOTAL_UNREADABLE),
        ("合計,1", FileFault.TOTAL_UNREADABLE),
    ],
)
def test_a_total_that_does_not_fit_its_rows_is_said(total, fault):
    assert read(with_lines(line(1), total=total)).faults == [fault]


@pytest.mark.parametrize("data", [b"", b"\n", b"a,b,c\n", line().encode(), "区分,交付番号\n".encode(), b"\xff\xfe\x00"])
def test_a_file_without_the_names_of_its_columns_is_refused_whole(data):
    with pytest.raises(RegisterFileUnreadableError):
        read(data)


def test_the_example_in_the_documents_is_read_as_they_say():
    data = Path("docs/examples/register-2026-11-20.csv").read_bytes()
    found = read_register_file(data, KNOWN, at(2026, 11, 21))
    assert [(each.movement, each.fee_yen) for each in found.rows] == [
        (Movement.SALE, 300),
        (Movement.SALE, 1200),
        (Movement.REFUND, 1200),
    ]
    assert [each.reason for each in found.listed] == [Reason.OVERFLOW, Reason.MUNICIPALITY_UNKNOWN]
    assert found.faults == []
    told = Path("docs/reconciliation.md").read_text(encoding="utf-8")
    assert all(f"`{code.value}`" in told for code in (*Reason, *FileFault, *Sort))


def test_every_reason_and_fault_is_said_in_two_languages():
    assert set(REASON_TEXT) == set(Reason)
    assert set(FAULT_TEXT) == set(FileFault)
    assert all(ja and en for ja, en in (*REASON_TEXT.values(), *FAULT_TEXT.values()))


@given(st.lists(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode), st.just(line().encode()))))
def test_whatever_the_lines_are_each_row_is_accepted_or_listed(lines):
    data = with_lines(*(each.replace(b"\n", b" ") for each in lines), total="合計,0,0")
    found = read(data)
    assert sorted([each.line for each in found.rows] + [each.line for each in found.listed]) == list(
        range(2, 2 + len(lines))
    )


@given(st.binary(max_size=400), st.integers(0, 2000))
def test_a_file_that_was_damaged_anywhere_loses_no_row_silently(noise, where):
    whole = write_register_file([row(number) for number in range(1, 9)])
    head = whole.index(b"\n") + 1
    place = head + where % (len(whole) - head)
    found = read(whole[:place] + noise + whole[place:])
    lines = (whole[:place] + noise + whole[place:]).count(b"\n") - 1
    assert found.read in {lines, lines - 1}  # with or without a line of totals
