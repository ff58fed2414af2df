"""Kept contracts in the running sandbox: shown, explained, told, tried, exported, and proved by their record."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from itaku.cli import main
from itaku.sandbox.contract_lives import LIVES
from itaku.sandbox.contract_works import works

CERTIFICATES, MARATHON = LIVES


@pytest.fixture
def ask(sandbox, capsys, monkeypatch):
    """Runs a command of the product against the sandbox; its JSON answer."""
    monkeypatch.setenv("ITAKU_STATE", str(sandbox.directory))
    monkeypatch.delenv("ITAKU_CONTRACTS_DSN", raising=False)

    def asked(*arguments: str, good: bool = True):
        assert main([*arguments, "--json"]) == (0 if good else 1)
        return json.loads(capsys.readouterr().out)

    return asked


def instances(shown):
    return {each["id"]: each for each in shown["instances"]}


def test_the_contracts_are_there_in_the_middle_of_their_lives(ask):
    kept = {each["contract"]: each for each in ask("contracts") if "contract" in each}
    assert set(kept) == {*LIVES, *(each.id for each in works())}
    assert ask("contract", "show", CERTIFICATES, "--as-of", "2026-11-24")["status"] == "in_force"
    late = instances(ask("contract", "show", CERTIFICATES, "--as-of", "2026-10-20"))["S1-12-2[month=2026-08]"]
    assert (late["state"], late["breached_on"]) == ("fulfilled", "2026-10-01")


def test_why_needs_no_place_to_be_named(ask):
    working = ask("contract", "why", CERTIFICATES, "S1-12-2[month=2026-08]", "--as-of", "2026-10-20")
    (lines,) = working.values()
    assert any("2026-09-30" in line["en"] for line in lines)
    assert ask("contract", "show", "nobodys", good=False)["error"]["code"] == "contract_unknown"


def test_an_event_is_tried_first_then_told_and_changes_what_stands(ask):
    before = ask("contract", "show", MARATHON)
    event = (MARATHON, "--kind", "inquiry.made", "--at", "2026-06-01", "--by", "committee")
    fields = ("--field", "inquiry=C-9", "--field", "sort=report", "--field", "answer_by=2026-06-15")
    tried = ask("contract", "tell", *event, *fields, "--try")
    assert not tried["appended"]
    assert any("C-9" in each["id"] for each in tried["changes"])
    assert ask("contract", "show", MARATHON)["seq"] == before["seq"]
    told = ask("contract", "tell", *event, *fields)
    assert told["appended"]
    assert told["seq"] == before["seq"] + 1
    assert told["changes"] == tried["changes"]
    after = instances(ask("contract", "show", MARATHON))
    assert any("C-9" in name for name in set(after) - set(instances(before)))
    taken_back = ask("contract", "tell", MARATHON, "--voids", told["event"]["id"])
    assert taken_back["seq"] == before["seq"] + 2
    assert instances(ask("contract", "show", MARATHON)) == instances(before)


def test_an_event_that_does_not_fit_is_refused_and_nothing_is_written(ask):
    seq = ask("contract", "show", MARATHON)["seq"]
    for arguments, code in (
        (("--kind", "moon.landed", "--at", "2026-06-01"), "event_unfit"),
        (("--kind", "inquiry.made", "--at", "2026-06-01", "--field", "sort"), "event_unfit"),
        (("--kind", "contract.signed", "--at", "2026-02-30"), "date_unreadable"),
        (("--voids", "e999"), "event_unknown"),
        (("--kind", "contract.signed", "--at", "2026-06-01", "--id", "e1"), "event_twice"),
    ):
        assert ask("contract", "tell", MARATHON, *arguments, good=False)["error"]["code"] == code
    assert ask("contract", "show", MARATHON)["seq"] == seq


def test_an_event_can_come_as_json_from_another_program(sandbox):
    event = {"id": "from-a-program", "at": "2026-06-02", "kind": "complaint.received", "fields": {"complaint": "K-8"}}
    command = ["contract", "tell", CERTIFICATES, "--try", "--state", str(sandbox.directory), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "itaku.cli", *command], input=json.dumps(event).encode(), capture_output=True, check=True
    )
    answer = json.loads(done.stdout)
    assert answer["event"]["id"] == "from-a-program"
    assert any("K-8" in each["id"] for each in answer["changes"])


def test_what_was_told_is_in_a_record_of_its_own_that_verifies_and_proves(sandbox, ask, tmp_path):
    ask(
        "contract",
        "tell",
        CERTIFICATES,
        "--kind",
        "complaint.received",
        "--at",
        "2026-06-03",
        "--field",
        "complaint=K-7",
    )
    kept = [each for each in ask("contracts") if "contract" in each]
    openings_and_events = len(kept) + sum(each["seq"] for each in kept)
    until = time.monotonic() + 30
    while (report := ask("record", "verify", "--of", "contracts"))["entries"] < openings_and_events:
        assert time.monotonic() < until, "the sequencer numbers what is pending"
    assert report["ok"]
    assert report["entries"] == openings_and_events
    last = str(openings_and_events - 1)
    assert ask("record", "prove", last, "--of", "contracts")["seq"] == int(last)
    ask("record", "export", str(tmp_path / "copy"), "--of", "contracts")
    published, other = (str(sandbox.directory / "pki" / f"record-{name}.pub") for name in ("contracts", "center"))
    assert ask("record", "verify", str(tmp_path / "copy"), "--public-key", published)["ok"]
    assert not ask("record", "verify", str(tmp_path / "copy"), "--public-key", other, good=False)["ok"]


def test_a_kept_contract_is_exported_and_put_into_a_calendar(ask, tmp_path):
    package = ask("contract", "export", MARATHON, "--as-of", "2026-11-24", "--prefix", "ocds-a1b2c3")
    assert package["releases"][0]["ocid"] == f"ocds-a1b2c3-{MARATHON}"
    out = tmp_path / "due.ics"
    ask("contract", "calendar", CERTIFICATES, "--party", "contractor", "--out", str(out))
    assert out.read_bytes().startswith(b"BEGIN:VCALENDAR")
