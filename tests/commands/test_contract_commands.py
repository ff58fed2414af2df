"""`itaku contracts` and `itaku contract`: as people and as programs meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itaku.cli import main

EVENTS = """{"id": "e1", "at": "2026-04-01", "kind": "contract.signed"}
{"id": "e2", "at": "2026-04-24", "kind": "report.received",
 "fields": {"sub_no": "R8-1", "scope": "fiscal-year", "fy": "R8"}}
"""


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_text(EVENTS.replace(",\n ", ", "), encoding="utf-8")
    return path


def test_the_shelf_lists_both_contracts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["contracts", "--state", str(tmp_path), "--json"]) == 0
    assert {each["id"] for each in json.loads(capsys.readouterr().out)} == {"S1", "S2"}


def test_show_says_what_stands_at_the_end_of_a_day(capsys: pytest.CaptureFixture[str], events: Path) -> None:
    assert main(["contract", "show", "marathon", "--events", str(events), "--as-of", "2026-05-04", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    inspection = next(each for each in shown["instances"] if each["id"] == "S2-12-2[sub_no=R8-1]")
    assert (inspection["state"], inspection["due"]["raw"]) == ("in_effect", "2026-05-04")
    assert main(["contract", "show", "S2", "--events", str(events), "--as-of", "令和8年5月5日"]) == 0
    assert "S2-12-2[sub_no=R8-1]  [違反 violated]  2026-05-04 まで（動かせば 2026-05-07）" in capsys.readouterr().out


def test_a_figure_and_a_sum_of_nothing_are_not_shown_as_open_debts(capsys: pytest.CaptureFixture[str]) -> None:
    example = Path(__file__).parents[2] / "docs/examples/marathon.jsonl"
    assert main(["contract", "show", "marathon", "--events", str(example), "--as-of", "2027-04-20"]) == 0
    shown = capsys.readouterr().out
    assert "S2-13-2/上限[valuation=V1]  [計算値 figure]  3,000,000円" in shown
    assert "S2-13-1-但/過大[sub_no=R7-2]  [負担なし nothing owed]  0円" in shown
    assert "S2-11-2[delay=D1]  [履行中 in_effect]" in shown


def test_why_gives_the_working_in_both_languages(capsys: pytest.CaptureFixture[str], events: Path) -> None:
    arguments = ["contract", "why", "marathon", "S2-12-2", "--events", str(events), "--as-of", "2026-05-04"]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert "初日不算入" in text
    assert "Event e2" in text
    assert main([*arguments, "--json"]) == 0
    assert "S2-12-2[sub_no=R8-1]" in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "nowhere", "--events", "/nowhere"], "form_unknown"),
        (["show", "marathon-2026", "--state", "/nowhere"], "nothing_runs"),
        (["tell", "marathon-2026", "--kind", "contract.signed", "--at", "2026-04-01"], "nothing_runs"),
        (["why", "marathon", "S2-99", "--as-of", "2026-05-01"], "instance_unknown"),
        (["show", "marathon", "--as-of", "2026-02-30"], "date_unreadable"),
        (["show", "marathon", "--events", "/nowhere"], "contract_unknown"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_code(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    code: str,
) -> None:
    monkeypatch.setenv("ITAKU_STATE", str(tmp_path))
    assert main(["contract", *arguments, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


def test_the_shelf_is_listed_where_nothing_runs_and_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["contracts", "--state", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "certificates (S1)" in said
    assert "Nothing runs here" in said


def test_a_bad_event_is_refused_with_its_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"id": "e1", "at": "2026-04-01", "kind": "contract.burnt"}\n', encoding="utf-8")
    assert main(["contract", "show", "marathon", "--events", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "event_unfit"


def test_check_names_mistakes_and_format_leaves_a_formatted_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "x.toml"
    path.write_text('[contract]\nid="X"\nja="案"\nen="draft"\nextra=1\n', encoding="utf-8")
    assert main(["contract", "check", str(path), "--json"]) == 1
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert (mistake["line"], mistake["code"]) == (5, "key_unknown")
    assert main(["contract", "format", str(path), "--check"]) == 1
    assert main(["contract", "format", str(path)]) == 0
    assert main(["contract", "format", str(path), "--check"]) == 0
    assert 'id = "X"' in path.read_text(encoding="utf-8")


def test_a_contract_is_written_as_ocds_and_says_that_the_prefix_is_nobodys(
    capsys: pytest.CaptureFixture[str], events: Path, tmp_path: Path
) -> None:
    out = tmp_path / "release.json"
    arguments = ["contract", "export", "marathon", "--events", str(events), "--as-of", "2026-05-04"]
    assert main([*arguments, "--out", str(out), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["prefix"] == "ocds-unregistered"
    assert "未登録" in said.err
    (release,) = json.loads(out.read_bytes())["releases"]
    assert release["ocid"] == "ocds-unregistered-marathon"
    assert main([*arguments, "--prefix", "ocds-a1b2c3"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["releases"][0]["ocid"] == "ocds-a1b2c3-marathon"
    assert not said.err
    assert main([*arguments, "--prefix", "marathon", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "ocds_prefix_unfit"


def test_a_contract_is_written_whole_and_as_a_calendar(
    capsys: pytest.CaptureFixture[str], events: Path, tmp_path: Path
) -> None:
    place = ["marathon", "--events", str(events), "--as-of", "2026-05-04"]
    assert main(["contract", "export", *place, "--format", "own"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "itaku-contract-1"
    out = tmp_path / "due.ics"
    assert main(["contract", "calendar", *place, "--party", "committee", "--out", str(out)]) == 0
    assert b"DTSTART;VALUE=DATE:20260504" in out.read_bytes()
    capsys.readouterr()
    assert main(["contract", "calendar", *place, "--out", str(tmp_path / "no" / "due.ics"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "file_unwritable"
