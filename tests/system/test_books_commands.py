from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sandbox_under_test import MUNICIPALITY

from itaku.basis.clock import to_jst
from itaku.commands.books import Wanted, books
from itaku.commands.databases import now_in
from itaku.commands.issue import Wish, issue
from itaku.commands.settle import settle
from itaku.issuance.protocol.kinds import Kind, ResidentRecordOptions
from itaku.settlement.errors import AmountUnfitError, PostingConflictError
from itaku.supervisor.progress import Silence

ITAKU = Path(sys.executable).with_name("itaku")
CODE = MUNICIPALITY.removeprefix("m")


def of_this_month(sandbox):
    """The month and the day in which the sandbox is."""
    now = to_jst(now_in(sandbox.directory))
    return now.strftime("%Y-%m"), now.date().isoformat()


def does(sandbox, act, **said):
    return books(sandbox.directory, act, Wanted(municipality=CODE, **said))


def test_a_certificate_from_card_to_paper_stands_in_the_books_and_on_every_paper_of_its_month(sandbox, tmp_path):
    month, today = of_this_month(sandbox)
    issue(sandbox.directory, Wish("R0001", ResidentRecordOptions(), Kind.RESIDENT_RECORD, 2, "1234"), Silence())
    facts, text = settle(sandbox.directory, month, CODE, None, tmp_path, Silence())
    [statement] = facts["statements"]
    assert facts["agrees"]
    assert statement["certificates"] >= 2
    assert statement["owed_yen"] - statement["offset_yen"] == statement["to_remit_yen"]
    assert "締めていない / open" in text
    assert (tmp_path / month / CODE / "offset-statement.pdf").read_bytes().startswith(b"%PDF")
    rows, _ = does(sandbox, "behind", month=month)
    assert sum(row["yen"] for row in rows["rows"]) == statement["owed_yen"]
    again, _ = settle(sandbox.directory, month, CODE, None, tmp_path, Silence())
    assert (again["taken_in"]["new"], again["papers"]) == (0, facts["papers"])

    slip = {"month": month, "number": "N-1", "on": today}
    first, _ = does(sandbox, "receive", yen="100", **slip)
    second, _ = does(sandbox, "receive", yen="100", **slip)
    assert (first["booked"]["again"], second["booked"]["again"]) == (False, True)
    with pytest.raises(PostingConflictError):
        does(sandbox, "receive", yen="101", **slip)
    with pytest.raises(AmountUnfitError):
        does(sandbox, "receive", yen="0", month=month, number="N-2", on=today)
    reversed_, _ = does(sandbox, "reverse", key="remittance:N-1", reason="誤記")
    assert reversed_["booked"]["sort"] == "reversal"
    held, text = does(sandbox, "balance")
    assert held["sum_yen"] == 0
    assert "預り交付手数料" in text


def test_on_the_command_line_one_json_object_is_printed(sandbox):
    month, _ = of_this_month(sandbox)
    command = [str(ITAKU), "settle", month, "--json", "--state", str(sandbox.directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["month"] == month
    command[2] = "2026-13"
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert json.loads(refused.stdout)["error"]["code"] == "month_unreadable"
