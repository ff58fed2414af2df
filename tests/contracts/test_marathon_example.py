"""The example of two fiscal years, docs/examples/marathon.jsonl, and what the READMEs' commands show of it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from contracts_lives import instant
from marathon_lives import MARATHON, D

from itaku.cli import main
from itaku.commands.contract_state import told_in
from itaku.contracts.engine.result import Result, replay

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "marathon.jsonl"
CHARGE = "S2-11-2[delay=D1]"


def example(day: str) -> Result:
    """The example as it stands on a day."""
    return replay(MARATHON, told_in(MARATHON, EXAMPLE), instant(day))


def owed(result: Result, name: str) -> tuple[int | None, int | None]:
    """What is owed, and what of it is unpaid."""
    found = result.money(name)
    assert found is not None
    return found.yen, found.unpaid_yen


@pytest.mark.shows("S2-12-2", "S2-12-3", "S2-12-3-後", "S2-13-2", "S2-13-3")
def test_the_example_corrects_once_and_pays_in_three_parts_which_make_the_price() -> None:
    result = example("2027-07-31")
    assert result.views["S2-12-2[sub_no=R7-1]"].due.day == D(2026, 4, 4)
    assert result.views["S2-12-3[sub_no=R7-1]"].state == "fulfilled"
    assert result.views["S2-12-3-後[sub_no=R7-2]"].due.day == D(2026, 4, 20)
    payments = ("S2-13-3[sub_no=R7-2]", "S2-13-3[sub_no=R8-1]", "S2-13-3[sub_no=R8-2]")
    assert [result.views[name].due.day for name in payments] == [D(2026, 5, 20), D(2027, 5, 8), D(2027, 7, 1)]
    assert [owed(result, name) for name in payments] == [(2_000_000, 0), (6_000_000, 0), (3_000_000, 0)]
    assert [owed(result, f"S2-13-2[valuation={each}]")[0] for each in ("V1", "V2")] == [2_000_000, 6_000_000]


@pytest.mark.shows("S2-1-1", "S2-11-1", "S2-11-2", "S2-12-1-但-R8")
def test_the_example_is_late_by_fault_and_its_charge_grows_until_the_work_is_done() -> None:
    assert owed(example("2027-04-20"), CHARGE) == (15_000, 15_000)
    assert owed(example("2027-06-01"), CHARGE) == (37_600, 37_600)
    result = example("2027-07-31")
    assert (result.views[CHARGE].due.day, owed(result, CHARGE)) == (D(2027, 6, 30), (37_600, 0))
    assert result.views["S2-1-1[e1]"].performed_on == D(2027, 5, 20)
    assert result.views["S2-12-1-但-R8[e1]"].performed_on == D(2027, 3, 26)


@pytest.mark.shows("S2-5-1", "S2-P4", "S2-D4.1-7")
def test_the_example_passes_three_gates_before_it_subcontracts() -> None:
    result = example("2026-02-02")
    states = [result.views[f"{name}[sub=timing]"].state for name in ("S2-5-1", "S2-P4", "S2-D4.1-7")]
    assert states == ["fulfilled", "discharged", "fulfilled"]


def test_the_example_ends_with_nothing_broken_and_nothing_to_look_at() -> None:
    result = example("2027-07-31")
    assert result.status == "expired"
    assert [name for name, view in result.views.items() if view.breached_on is not None] == []
    assert result.flags == ()


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_commands_of_the_readmes_show_the_growing_charge_and_its_reasons(
    readme: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    name = re.escape(EXAMPLE.relative_to(ROOT).as_posix())
    commands = re.findall(
        rf"^itaku (contract (?:show|why) .*{name}.*)$", (ROOT / readme).read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(commands) == 3
    shown = []
    for command in commands:
        assert main(shlex.split(command)) == 0
        shown.append(capsys.readouterr().out)
    assert f"{CHARGE}  [履行中 in_effect]  期限は未定（date.set）  15,000円" in shown[0]
    assert "11,000,000 yen x 2.5/100 x 50 days / 365 = 37,671.23" in shown[1]
    assert "S2-12-2[sub_no=R7-1]" in shown[2]
    assert "2026-04-04" in shown[2]
