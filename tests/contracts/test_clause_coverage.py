"""Every clause id is answered and shown by tests that exist, and a test cannot claim what it did not see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from contracts_claims import Seen, provisions, watching, why_untrue
from contracts_lives import DELIVERY, Life

from itaku.cli import main
from itaku.commands.clauses import begins_with, clauses, coverage
from itaku.contracts.model.register import register
from itaku.contracts.shelf import form, forms
from itaku.contracts.shown import shown_by, written

REPOSITORY = Path(__file__).parents[2]
MAP = REPOSITORY / "src/itaku/contracts/library/shown_by.json"


def test_the_map_is_what_the_tests_say(tmp_path: Path) -> None:
    collected = tmp_path / "shown_by.json"
    subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-n0", "-p", "no:cacheprovider", "tests/contracts"],
        cwd=REPOSITORY,
        env=os.environ | {"ITAKU_SHOWN_BY": str(collected)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shipped, said = (json.loads(file.read_text(encoding="utf-8")) for file in (MAP, collected))
    differing = sorted(name for name in shipped | said if shipped.get(name) != said.get(name))
    assert differing == [], "run `make clauses`"
    assert MAP.read_text(encoding="utf-8") == collected.read_text(encoding="utf-8")


def test_every_clause_is_answered_and_shown_by_a_test() -> None:
    every = [clause for ids in register().values() for clause in ids]
    assert len(every) == len(set(every)) == 397
    found = {each.clause: each for each in coverage(forms())}
    assert list(found) == every
    assert [each.clause for each in found.values() if each.answer is None] == []
    assert [each.clause for each in found.values() if not each.tests] == []


def test_a_test_shows_each_of_the_several_rules_that_a_clause_makes_and_nothing_else() -> None:
    assert set(shown_by()) == set(provisions())


# ---- a claim is held to what was seen ----


def watched(do: Callable[[], object]) -> Seen:
    seen = Seen()
    with watching(seen):
        do()
    return seen


def marathon() -> Life:
    return Life(form("marathon"), "2025-11-04")


def test_a_rule_whose_cause_came_is_seen_and_another_is_not() -> None:
    life = marathon()
    life.tell("2026-03-25", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    seen = watched(lambda: life.on("2026-03-26"))
    assert not why_untrue("S2-12-2", seen)
    assert why_untrue("S2-12-3", seen)
    assert why_untrue("S2-12-2", Seen())


def test_what_stands_in_any_life_must_be_asked_for_or_touched() -> None:
    life = marathon()
    stands = "S2-D5.4-1"
    assert why_untrue(stands, watched(lambda: life.on("2026-05-01")))
    assert not why_untrue(stands, watched(lambda: life.view("2026-05-01", stands)))
    life.tell("2026-04-30", "evidence.filed", under=stands, slot="transit", sha256="0" * 64)
    assert not why_untrue(stands, watched(lambda: life.on("2026-05-01")))


def test_a_judgement_is_seen_once_it_is_found() -> None:
    life = marathon()
    assert why_untrue("S2-17-1-7", watched(lambda: life.on("2026-05-01")))
    life.tell("2026-04-30", "finding.made", on="S2-17-1-7", result=True, person="甲", reason="見た")
    assert not why_untrue("S2-17-1-7", watched(lambda: life.on("2026-05-01")))


def test_a_definition_must_be_looked_up() -> None:
    seen = Seen()
    assert why_untrue("S2-D3-1", seen)
    seen.read.add("S2-D3-1")
    assert not why_untrue("S2-D3-1", seen)


def test_another_contracts_rule_and_an_unknown_id_show_nothing() -> None:
    seen = watched(lambda: Life(DELIVERY).on("2026-05-01"))
    assert why_untrue("X1-20", seen)
    assert why_untrue("S2-99", seen)


# ---- the command ----


def test_the_map_is_one_id_a_line_in_order() -> None:
    assert written({"b": ["t2", "t1", "t2"], "a": ["t3"]}) == '{\n"a":["t3"],\n"b":["t1","t2"]\n}\n'


@pytest.mark.parametrize(
    ("clause", "prefix", "lies_under"),
    [("S2-1-1", "S2-1", True), ("S2-12-1", "S2-1", False), ("S2-D4.1", "S2-D", True), ("S1-1", "S2", False)],
)
def test_a_prefix_ends_at_a_number_of_its_own(clause: str, prefix: str, lies_under: bool) -> None:
    assert begins_with(clause, prefix) is lies_under


def test_the_command_tells_answer_name_tests_and_defects() -> None:
    facts, text = clauses("marathon", None, ["S2-H5", "S2-11-1", "S2-D5.6-1", "S2-22"], names_of_tests=True)
    told = {each.clause: each for each in facts["clauses"]}
    assert list(told) == ["S2-H5", "S2-H5-定-甲/乙", "S2-11-1", "S2-22", "S2-D5.6-1", "S2-D5.6-1-後"]
    assert (told["S2-D5.6-1"].answer, told["S2-D5.6-1"].name) == ("paper", "構成文書")
    assert (told["S2-D5.6-1-後"].answer, told["S2-D5.6-1-後"].name) == ("evidence", "構成と稼働状況の一覧")
    assert (told["S2-22"].answer, told["S2-H5-定-甲/乙"].name) == ("outside", "甲・乙")
    assert facts["totals"]["answers"] == {"rule": 1, "paper": 2, "evidence": 1, "definition": 1, "outside": 1}
    assert "      本文の注意: 特約では甲が千葉県を指す" in text.splitlines()
    assert "      tests/contracts/test_clause_words.py::test_a_word_is_explained_where_it_is_read_so" in text


def test_only_one_answer_can_be_asked_for() -> None:
    facts, _ = clauses(None, "outside", (), names_of_tests=False)
    assert [each.clause for each in facts["clauses"]] == ["S1-23", "S2-22", "S2-D0"]


def test_the_command_line_gives_data_and_refuses_a_form_that_is_not_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["clauses", "--json", "S1-12", "--answer", "definition"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["clauses"]
    assert (told["clause"], told["name"]) == ("S1-12-2-定-指定期日", "指定期日")
    assert told["note"] == [{"ja": "本文に定義がない", "en": "Not defined in this text"}]
    assert told["tests"] == ["tests/contracts/test_clause_words.py::test_a_word_is_explained_where_it_is_read_so"]
    assert main(["clauses", "--contract", "lease", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "form_unknown"
