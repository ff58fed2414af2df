"""`itaku contract papers` and `itaku contract paper`: as people and as programs meet them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from itaku.cli import main

EVENTS = (
    {"id": "e1", "at": "2025-11-04", "kind": "contract.signed"},
    {"id": "e2", "at": "2025-11-04", "kind": "term.set", "fields": {"term": "price_yen", "yen": 11_000_000}},
    {
        "id": "e3",
        "at": "2026-04-24",
        "kind": "report.received",
        "fields": {"sub_no": "R8-1", "scope": "fiscal-year", "fy": "R8"},
    },
)


@pytest.fixture
def where(tmp_path: Path) -> list[str]:
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in EVENTS), encoding="utf-8")
    return ["--events", str(path), "--as-of", "2026-05-01"]


def test_the_papers_of_a_contract_are_listed_with_what_is_due(
    capsys: pytest.CaptureFixture[str], where: list[str]
) -> None:
    assert main(["contract", "papers", "marathon", *where, "--json"]) == 0
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    record = found["inspection-record"]
    assert (record["ja"], record["copies"], record["addressee"]) == ("検査調書", 1, "受託者")
    assert [each["instance"] for each in record["due"]] == ["S2-12-2[sub_no=R8-1]"]
    assert main(["contract", "papers", "marathon", *where]) == 0
    text = capsys.readouterr().out
    assert "inspection-record  検査調書  ちばアクアラインマラソン実行委員会 → 受託者  1通" in text
    assert "! S2-12-2[sub_no=R8-1]  2026-05-04" in text


@pytest.mark.parametrize(("ending", "magic"), [("pdf", b"%PDF-1.7"), ("docx", b"PK")])
def test_a_paper_is_written_with_what_is_entered_and_what_waits(
    capsys: pytest.CaptureFixture[str], where: list[str], tmp_path: Path, ending: str, magic: bytes
) -> None:
    out = tmp_path / f"paper.{ending}"
    arguments = ["contract", "paper", "marathon", "inspection-record", *where, "--out", str(out)]
    arguments += ["--set", "paper.date=令和8年5月1日", "--set", "inspector=主任 山田", "--set", "place=事務局=本館"]
    assert main([*arguments, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    content = out.read_bytes()
    assert content.startswith(magic)
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()
    assert facts["draft"]["dated"] == "令和8年5月1日"
    assert "事務局=本館" in [each["value"] for each in facts["draft"]["entries"]]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert "未記入: 合否（S2-12-2）" in text
    assert "案: 押印・発出の登録がない" in text
    assert out.read_bytes() == content


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere", "--out", "x.pdf"], "paper_unknown"),
        (["completion-report", "--out", "x.pdf"], "paper_instance"),
        (["inspection-record", "--instance", "S2-3-1[e1]", "--out", "x.pdf"], "paper_instance"),
        (["inspection-record", "--set", "inspector", "--out", "x.pdf"], "paper_setting"),
        (["inspection-record", "--set", "place=a", "--set", "place=b", "--out", "x.pdf"], "paper_setting"),
        (["inspection-record", "--set", "inspected_on=x", "--out", "x.pdf"], "paper_entry"),
        (["inspection-record", "--set", "inspector=\U0001f600", "--out", "x.pdf"], "glyph_missing"),
        (["inspection-record", "--out", "x.odt"], "paper_file"),
        (["inspection-record", "--out", "nowhere/x.pdf"], "paper_file"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_code_and_leaves_no_file(
    capsys: pytest.CaptureFixture[str],
    where: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = [str(Path(each).resolve()) if each.endswith(".jsonl") else each for each in where]
    if "completion-report" in arguments:
        paths = [*paths[:2], "--as-of", "2025-11-05"]
    assert main(["contract", "paper", "marathon", arguments[0], *paths, *arguments[1:], "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code
    assert not list(tmp_path.glob("x.*"))
