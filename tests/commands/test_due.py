"""`itaku due` as an officer and as another program meet it."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lines_in_and_out import answers, itaku

from itaku.commands.due import due_lines


def one(**request):
    return answers(due_lines, request)[0]


def test_the_shape_of_an_answer_is_due_and_working():
    found = one(event="2026-02-28", within="1m", first_day="excluded")
    assert set(found) == {"due", "working"}
    assert found["due"] == "2026-03-31"
    assert all(set(line) == {"ja", "en", "clause"} for line in found["working"])


@pytest.mark.parametrize(
    ("request_", "due"),
    [
        ({"event": "2026-04-30", "within": "1m"}, "2026-05-31"),
        ({"event": "令和8年4月24日", "within": "10d"}, "2026-05-04"),
        ({"event": "令和8年4月24日", "within": "10d", "closing_days": "office"}, "2026-05-07"),
        ({"event": "2026-04-24", "within": "10d", "closing_days": "office", "in_force": "raw"}, "2026-05-04"),
        ({"event": "2026-06-01", "within": "10d", "first_day": "included"}, "2026-06-10"),
        ({"event": "2026-06-01T00:00", "within": "10d"}, "2026-06-10"),
        ({"event": "2026-06-01T00:00", "within": "10d", "first_day": "excluded"}, "2026-06-11"),
        ({"event": "2026-06-01T10:00", "within": "10d"}, "2026-06-11"),
        ({"event": "2027-03-31", "within": "1m", "before": True}, "2027-02-28"),
        ({"event": "2026-11-20T16:59", "within": "3h"}, "2026-11-20T19:59:00+09:00"),
        ({"event": "2026-11-20T16:59", "within": "3h", "before": True}, "2026-11-20T13:59:00+09:00"),
        ({"event": "平成33年3月31日", "within": "1d"}, "2021-04-01"),
    ],
)
def test_deadlines(request_, due):
    assert one(**request_)["due"] == due


def test_both_dates_stand_beside_the_one_in_force():
    found = one(event="2026-12-19", within="10d", closing_days="office")
    assert (found["raw"], found["moved"], found["in_force"], found["due"]) == (
        "2026-12-29",
        "2027-01-04",
        "moved",
        "2027-01-04",
    )
    assert found["provisional"] is False


def test_a_backward_period_tells_when_to_be_reminded():
    assert one(event="2027-03-31", within="30d", before=True)["remind"] == "2027-02-28"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"event": "令和　年　月　日", "within": "10d"}, "date_blank"),
        ({"event": "", "within": "10d"}, "date_blank"),
        ({"event": None, "within": "10d"}, "date_blank"),
        ({"event": "2026-02-30", "within": "10d"}, "date_unreadable"),
        ({"event": "令和8年2月30日", "within": "10d"}, "era_date_invalid"),
        ({"event": "1872-01-01", "within": "10d"}, "era_before_gregorian"),
        ({"event": "9999-12-31", "within": "10d"}, "date_out_of_range"),
        ({"event": "1873-01-02", "within": "10d", "before": True}, "date_out_of_range"),
        ({"event": "2099-12-31", "within": "10d", "closing_days": "office"}, "calendar_unknown"),
        ({"event": "2026-04-24", "within": "10d", "closing_days": "moon"}, "calendar_name_unknown"),
        ({"event": "2026-04-24", "within": "10"}, "period_unreadable"),
        ({"event": "2026-04-24", "within": 10}, "value_unfit"),
        ({"event": "2026-04-24", "within": 1.5}, "number_not_whole"),
        ({"event": "2026-04-24"}, "value_unfit"),
        ({"within": "10d"}, "value_unfit"),
        ({"event": "2026-04-24", "within": "10d", "first_day": "perhaps"}, "value_unfit"),
        ({"event": "2026-04-24", "within": "10d", "before": 1}, "value_unfit"),
        ({"event": "2026-04-24", "within": "10d", "holiday": True}, "key_unknown"),
        ({"event": "2026-04-24", "within": "3h"}, "time_unreadable"),
        ({"event": "2026-04-24T10:00", "within": "3h", "first_day": "included"}, "hours_misfit"),
        ({"event": "2026-04-24T10:00", "within": "3h", "closing_days": "office"}, "hours_misfit"),
        ('{"event": "2026-04-24", "event": "2026-04-25", "within": "10d"}', "key_unknown"),
        ("not json", "line_unreadable"),
        ("", "line_unreadable"),
        ("[]", "line_unreadable"),
        ("NaN", "number_not_whole"),
        ("[" * 100_000, "line_unreadable"),
        (b"\xff\xfe", "line_unreadable"),
    ],
)
def test_what_cannot_be_computed_is_answered_with_its_code_in_two_languages(request_, code):
    error = answers(due_lines, request_)[0]["error"]
    assert (error["code"], error["line"]) == (code, 1)
    assert not error["ja"].isascii()
    assert error["en"] not in {"", error["ja"]}


def test_a_blank_names_the_clause_that_waits():
    assert one(event="平成　年　月　日", within="1m", clause="S1-21")["error"]["detail"] == "S1-21"


def test_a_bad_line_does_not_end_the_run_and_says_where_it_stood():
    good = {"event": "2026-02-28", "within": "1m"}
    too_long = b'{"event": "' + b"x" * (1 << 21) + b'"}'
    found = answers(due_lines, good, "oops", good, too_long, good)
    assert [answer.get("due", "refused") for answer in found] == [
        "2026-03-31",
        "refused",
        "2026-03-31",
        "refused",
        "2026-03-31",
    ]
    assert (found[1]["error"]["line"], found[3]["error"]["line"]) == (2, 4)


def test_a_mark_at_the_start_and_a_missing_newline_at_the_end_do_no_harm():
    out = io.BytesIO()
    due_lines(io.BytesIO(b'\xef\xbb\xbf{"event": "2026-02-28", "within": "1m"}'), out)
    assert json.loads(out.getvalue())["due"] == "2026-03-31"


def test_half_a_character_in_a_request_still_gets_a_line_of_json():
    error = answers(due_lines, '{"event": "\\ud800", "within": "1m", "\\udfff": 1}')[0]["error"]
    assert error["code"] == "key_unknown"
    assert answers(due_lines, '{"event": "\\ud800", "within": "1m", "clause": "\\ud800"}')[0]["error"]["code"] == (
        "date_unreadable"
    )


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=5))
def test_any_bytes_are_answered_line_by_line(lines):
    found = answers(due_lines, *lines)
    assert len(found) == len(lines) or (not lines and len(found) == 1)
    assert all("error" in answer for answer in found)


class _Reader(io.BytesIO):
    """Takes what is written to be seen only once it was flushed."""

    seen = 0

    def flush(self):
        self.seen = self.getvalue().count(b"\n")


class _Questions(io.BytesIO):
    """Asks the next question only when the last one was answered before the reader's eyes."""

    def __init__(self, reader, *questions):
        super().__init__(b"".join(json.dumps(question).encode() + b"\n" for question in questions))
        self.reader, self.asked = reader, 0

    def readline(self, size=-1):
        assert self.reader.seen == self.asked
        line = super().readline(size)
        self.asked += bool(line)
        return line


def test_each_answer_is_flushed_before_the_next_question_is_read():
    out = _Reader()
    questions = _Questions(out, *({"event": event, "within": "1m"} for event in ("2026-02-28", "oops", "2026-04-30")))
    assert due_lines(questions, out) == 0
    assert (questions.asked, out.seen) == (3, 3)


def test_the_command_line_prints_the_date_then_its_working():
    code, out, _ = itaku("due", "2026-04-24", "--within", "10d", "--closing-days", "office")
    assert code == 0
    assert out.splitlines()[0] == "2026-05-07"
    assert "みどりの日" in out
    assert "民法 第142条" in out


def test_the_command_line_as_json_and_its_refusals():
    code, out, _ = itaku("due", "2027-03-31", "--within", "1m", "--before", "--json")
    assert (code, json.loads(out)["due"]) == (0, "2027-02-28")
    code, out, _ = itaku("due", "令和　年　月　日", "--within", "1m", "--json", "--clause", "S1-21")
    assert code == 1
    assert json.loads(out)["error"]["code"] == "date_blank"
    code, _, err = itaku("due", "2026-02-30", "--within", "1m")
    assert code == 1
    assert "日付として読めません" in err
    code, _, err = itaku("due", "2026-02-28")
    assert code == 2
    assert "--within" in err
