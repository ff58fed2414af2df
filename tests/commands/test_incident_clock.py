"""`itaku incident-clock` as the one who must phone meets it."""

from __future__ import annotations

import json

import pytest
from lines_in_and_out import itaku

from itaku.commands.incident_clock import incident_clock


@pytest.mark.parametrize(
    ("recognised", "reported", "dues", "target", "limit"),
    [
        ("2026-11-20T16:59", "2026-11-20T17:10", {"17:59", "18:10", "19:59", "20:10"}, "17:59", "20:10"),
        ("2026-11-19T08:30", "2026-11-19T08:30", {"10:00", "11:30"}, "10:00", "11:30"),
        ("2026-11-23T10:00", "2026-11-23T10:30", {"11:00", "11:30", "13:00", "13:30"}, "11:00", "13:30"),
        (
            "令和8年11月20日16時59分",
            "令和8年11月20日午後5時10分",
            {"17:59", "18:10", "19:59", "20:10"},
            "17:59",
            "20:10",
        ),
    ],
)
def test_the_table_of_readings(recognised, reported, dues, target, limit):
    facts, text = incident_clock(recognised, reported, None)
    assert {reading["due"][11:16] for reading in facts["readings"]} == dues
    assert (facts["target"][11:16], facts["outer_limit"][11:16]) == (target, limit)
    assert facts["target"].endswith("+09:00")
    assert target in text.splitlines()[1]
    assert limit in text.splitlines()[2]


def test_both_instants_of_a_subcontractors_incident_are_printed():
    facts, _ = incident_clock("2026-11-19T10:00", "2026-11-19T10:30", "2026-11-19T09:10")
    assert facts["recognised"] == facts["subcontractor_recognised"] == "2026-11-19T09:10:00+09:00"
    assert facts["contractor_recognised"] == "2026-11-19T10:00:00+09:00"
    assert facts["first_report_due"] == "2026-11-19T10:10:00+09:00"
    assert facts["first_report_in_time"] is False


def test_the_command_line():
    code, out, _ = itaku(
        "incident-clock", "--recognised", "2026-11-20T16:59", "--reported", "2026-11-20T17:10", "--json"
    )
    facts = json.loads(out)
    assert code == 0
    assert (facts["target"], facts["outer_limit"]) == ("2026-11-20T17:59:00+09:00", "2026-11-20T20:10:00+09:00")
    code, out, _ = itaku("incident-clock", "--recognised", "2026-11-20T16:59")
    assert code == 0
    assert "17:59" in out


@pytest.mark.parametrize(
    ("recognised", "reported", "code"),
    [
        ("2026-11-20", "2026-11-20T17:10", "time_unreadable"),
        ("2026-11-20T16:59", "2026-11-20T16:58", "report_before_recognition"),
        ("令和　年　月　日", "2026-11-20T16:58", "date_blank"),
        ("soon", "2026-11-20T16:58", "date_unreadable"),
    ],
)
def test_times_that_do_not_fit_are_refused(recognised, reported, code):
    done, out, _ = itaku("incident-clock", "--recognised", recognised, "--reported", reported, "--json")
    assert done == 1
    assert json.loads(out)["error"]["code"] == code
