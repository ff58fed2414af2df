"""`itaku late-charge` as an officer and as another program meet it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lines_in_and_out import answers, itaku

from itaku.commands.late_charge import charge_lines

CASE = {"base_yen": 11_000_000, "percent": "2.5", "first": "2026-05-01", "last": "2026-05-20"}


def one(**changes):
    return answers(charge_lines, {**CASE, **changes})[0]


def test_the_shape_of_an_answer_is_yen_days_and_working():
    found = one(exclude=["2026-05-03..2026-05-05"])
    assert set(found) == {"yen", "days", "working"}
    assert (found["yen"], found["days"]) == (12_800, 17)
    assert all(set(line) == {"ja", "en", "clause"} for line in found["working"])


@pytest.mark.parametrize(
    ("changes", "yen", "days"),
    [
        ({}, 15_000, 20),
        ({"base_yen": 1_234_567, "last": "2026-05-10"}, 800, 10),
        ({"base_yen": 100_000, "last": "2026-05-14"}, 0, 14),
        ({"first": "令和8年5月1日", "last": "令和8年5月20日"}, 15_000, 20),
        ({"exclude": ["令和8年5月3日..令和8年5月5日", "2026-05-05..2026-05-06"]}, 12_000, 16),
        ({"exclude": ["2026-05-01..2026-05-20"]}, 0, 0),
        ({"payments": [{"on": "2026-05-10", "yen": 11_000_000}]}, 7_500, 20),
        ({"base_yen": 1_999_999, "percent": "14.6", "last": "2027-04-30", "base_unit": 1000}, 291_800, 365),
        ({"base_yen": 1_999_999, "percent": "14.6", "last": "2027-04-30"}, 291_900, 365),
        ({"percent": None, "rate": "mof-article-8", "rate_on": "2025-04-01"}, 15_000, 20),
        ({"percent": None, "rate": "mof-article-8", "rate_on": "2016-04-01"}, 16_800, 20),
        ({"base_yen": 0}, 0, 20),
        ({"percent": "0"}, 0, 20),
    ],
)
def test_charges(changes, yen, days):
    found = one(**changes)
    assert (found["yen"], found["days"]) == (yen, days)


def test_a_rate_on_file_brings_its_source_and_when_it_was_last_confirmed():
    found = one(percent=None, rate="mof-article-8", rate_on="2026-04-01", clause="S1-15-1")
    assert (found["percent"], found["last_confirmed_on"]) == ("2.5", "2021-04-01")
    assert found["source"] == "令和3年財務省告示第49号"
    assert any("最終確認" in line["ja"] for line in found["working"])


def test_a_rate_that_is_not_on_file_names_the_clause_that_waits():
    error = one(percent=None, rate="千葉県財務規則120-1", rate_on="2025-06-01", clause="S2-11-2")["error"]
    assert error["code"] == "rate_unknown"
    assert "S2-11-2" in error["detail"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"base_yen": -1}, "yen_unfit"),
        ({"base_yen": 2**53}, "yen_unfit"),
        ({"base_yen": 10**19}, "yen_unfit"),
        ({"base_yen": 10**30}, "value_unfit"),
        ({"base_yen": 1.5}, "number_not_whole"),
        ({"base_yen": 11000000.0}, "number_not_whole"),
        ({"base_yen": "11000000"}, "value_unfit"),
        ({"base_yen": True}, "value_unfit"),
        ({"base_yen": None}, "value_unfit"),
        ({"percent": 2.5}, "number_not_whole"),
        ({"percent": "2.5%"}, "percent_unreadable"),
        ({"percent": "-2.5"}, "percent_unreadable"),
        ({"percent": "1e1"}, "percent_unreadable"),
        ({"percent": None}, "rate_choice"),
        ({"rate": "mof-article-8"}, "rate_choice"),
        ({"first": "2026-05-21"}, "range_reversed"),
        ({"first": "令和　年　月　日"}, "date_blank"),
        ({"last": ""}, "date_blank"),
        ({"last": "2026-05-32"}, "date_unreadable"),
        ({"last": "10000-01-01"}, "date_unreadable"),
        ({"first": "1872-05-01"}, "era_before_gregorian"),
        ({"exclude": ["2026-05-05..2026-05-03"]}, "range_reversed"),
        ({"exclude": ["2026-04-30..2026-05-03"]}, "exclusion_outside"),
        ({"exclude": ["2026-05-20..2026-05-21"]}, "exclusion_outside"),
        ({"exclude": ["2026-05-05"]}, "range_unreadable"),
        ({"exclude": "2026-05-03..2026-05-05"}, "value_unfit"),
        ({"exclude": ["令和　年　月　日..2026-05-05"]}, "date_blank"),
        ({"payments": [{"on": "2026-05-21", "yen": 1}]}, "payment_unfit"),
        ({"payments": [{"on": "2026-05-02", "yen": 1, "by": "x"}]}, "value_unfit"),
        ({"base_unit": 10}, "rounding_unknown"),
        ({"interest": 1}, "key_unknown"),
    ],
)
def test_what_cannot_be_computed_is_answered_with_its_code_in_two_languages(changes, code):
    error = one(**changes)["error"]
    assert (error["code"], error["line"]) == (code, 1)
    assert not error["ja"].isascii()
    assert error["en"] not in {"", error["ja"]}


def test_a_bad_line_does_not_end_the_run():
    found = answers(charge_lines, CASE, {**CASE, "base_yen": -1}, "{", CASE)
    assert [answer.get("yen") for answer in found] == [15_000, None, None, 15_000]
    assert [answer["error"]["line"] for answer in found if "error" in answer] == [2, 3]


@given(
    st.dictionaries(
        st.sampled_from([*CASE, "exclude", "payments", "rate", "rate_on", "base_unit", "rounding", "clause", "odd"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.lists(st.text(max_size=5)),
    )
)
def test_any_object_is_answered(changes):
    (found,) = answers(charge_lines, {**CASE, **changes})
    assert ("error" in found) != ("yen" in found)


def test_the_command_line_prints_the_charge_then_its_working():
    case = ("--base-yen", "11000000", "--first", "2026-05-01", "--last", "2026-05-20")
    code, out, _ = itaku("late-charge", *case, "--percent", "2.5", "--exclude", "2026-05-03..2026-05-05")
    assert code == 0
    assert out.startswith("12,800円（17日")
    assert "100円未満切捨て" in out
    code, out, _ = itaku("late-charge", *case, "--rate", "mof-article-8", "--rate-on", "令和8年4月1日", "--json")
    assert (code, json.loads(out)["yen"]) == (0, 15_000)
    code, out, _ = itaku("late-charge", *case, "--percent", "2.5", "--paid", "2026-05-10=11000000", "--json")
    assert (code, json.loads(out)["yen"]) == (0, 7_500)


def test_the_command_line_refuses_what_is_no_whole_yen():
    for base, wanted in (("1.5", "number_not_whole"), ("-1", "yen_unfit"), ("11,000,000", "number_not_whole")):
        code, out, _ = itaku(
            *("late-charge", f"--base-yen={base}", "--percent", "2.5", "--first", "2026-05-01"),
            *("--last", "2026-05-20", "--json"),
        )
        assert (code, json.loads(out)["error"]["code"]) == (1, wanted)
    assert itaku("late-charge", "--percent", "2.5")[0] == 2


def test_the_command_line_reads_lines():
    code, out, _ = itaku("late-charge", "-", given=json.dumps(CASE).encode() + b"\nx\n")
    assert code == 0
    assert [next(iter(json.loads(line))) for line in out.splitlines()] == ["yen", "error"]
