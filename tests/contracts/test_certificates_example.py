"""The example of four years, docs/examples/certificates.jsonl, and what the READMEs' commands show of it."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from pathlib import Path

import pytest
from certificates_lives import CERTIFICATES
from contracts_lives import instant

from itaku.cli import main
from itaku.commands.contract_state import told_in
from itaku.contracts.engine.result import Result, replay

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "certificates.jsonl"
LATE = "S1-15-1[month=2027-06]"


def example(day: str) -> Result:
    """The example as it stands on a day."""
    return replay(CERTIFICATES, told_in(CERTIFICATES, EXAMPLE), instant(day))


@pytest.mark.shows("S1-21-但", "S1-19")
def test_the_example_renews_three_times_and_expires_on_an_objection() -> None:
    terms = [str(each.value) for each in example("2030-04-06").fold.terms["term_end"]]
    assert terms == ["2027-03-31", "2028-03-31", "2029-03-31", "2030-03-31"]
    assert example("2030-03-31").status == "in_force"
    ended = example("2030-04-06")
    assert (ended.status, ended.views["S1-19[2030-03-31]"].state) == ("expired", "fulfilled")
    assert not ended.flags


@pytest.mark.shows("S1-12-2", "S1-15-1", "S1-15-2")
def test_the_example_pays_one_month_in_time_and_one_late_with_an_inspection_in_between() -> None:
    result = example("2027-11-30")
    assert result.views["S1-12-2[month=2026-04]"].breached_on is None
    assert result.views["S1-12-2[month=2027-06]"].breached_on == dt.date(2027, 7, 31)
    # 31 July to 29 October 91 days, less 13 to 17 September: 354,000 x 2.5 % x 86 / 365 = 2,085.20
    money = result.money(LATE)
    assert money is not None
    assert (money.yen, money.unpaid_yen, result.views[LATE].state) == (2_000, 0, "fulfilled")


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_commands_of_the_readmes_show_the_late_charge_and_the_renewals(
    readme: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    name = re.escape(EXAMPLE.relative_to(ROOT).as_posix())
    commands = re.findall(rf"^itaku (.*{name}.*)$", (ROOT / readme).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 3
    shown = []
    for command in commands:
        assert main(shlex.split(command)) == 0
        shown.append(capsys.readouterr().out)
    assert f"{LATE}  [履行中 in_effect]  2027-11-30 まで  2,000円" in shown[0]
    assert "354,000 yen x 2.5/100 x 86 days / 365 = 2,085.20" in shown[1]
    assert all(f"S1-21-但[term_end={year}-03-31]" in shown[2] for year in (2027, 2028, 2029, 2030))
