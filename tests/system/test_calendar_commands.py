"""`itaku calendar` on a running sandbox: what is entered counts at the next session, without any restart."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from itaku.cli import main
from itaku.commands.issue import NotIssuedError, Wish, issue
from itaku.issuance.protocol.kinds import Kind, SealRegistrationOptions
from itaku.supervisor.progress import Silence


def itaku(capsys, sandbox, action, *arguments):
    code = main(["calendar", action, *arguments, "--json", "--state", str(sandbox.directory)])
    return code, json.loads(capsys.readouterr().out)


def seal(sandbox):
    wish = Wish("R0001", SealRegistrationOptions(), Kind.SEAL_REGISTRATION, 1, "1234")
    return issue(sandbox.directory, wish, Silence())


def offered(shown, kind):
    return next(item for item in shown["menu"] if item["kind"] == kind)


def test_a_stop_and_its_cancelling_count_at_the_next_session(capsys, sandbox):
    said = ("--by", "運用 一郎", "--why", "保守の届け出")
    stop = ("--kind", "seal-registration", "--since", "2026-01-01", "--until", "2031-01-01", "--words-ja", "機器の保守")
    code, entry = itaku(capsys, sandbox, "stop", *stop, *said)
    assert code == 0
    shown = itaku(capsys, sandbox, "show")[1]
    item = offered(shown, "seal-registration")
    assert (item["reason"], item["why_ja"]) == ("stopped", "機器の保守")
    time.sleep(1.1)
    with pytest.raises(NotIssuedError):
        seal(sandbox)
    itaku(capsys, sandbox, "cancel", str(entry["entry_no"]), *said)
    time.sleep(1.1)
    assert Path(seal(sandbox).pdf).exists()


def test_a_fee_of_today_is_the_fee_of_the_next_session(capsys, sandbox):
    code, entry = itaku(
        capsys, sandbox, "fee", "resident-record", "250", "--since", "2026-01-01", "--by", "会計", "--why", "告示"
    )
    assert code == 0
    shown = itaku(capsys, sandbox, "show")[1]
    assert offered(shown, "resident-record")["fee_yen"] == 250
    assert [each["entry_no"] for each in shown["entries"]][-1] == entry["entry_no"]
    itaku(capsys, sandbox, "cancel", str(entry["entry_no"]), "--by", "会計", "--why", "試験の終わり")
    assert offered(itaku(capsys, sandbox, "show")[1], "resident-record")["fee_yen"] != 250


def test_an_incidents_stop_is_lifted_by_two_persons_and_not_by_one(capsys, sandbox):
    stop = "INSERT INTO route_stop(kind, code, issuance_id) VALUES ('income', 'readback_mismatch', $1)"
    asyncio.run(sandbox.municipality(stop, bytes(16)))
    assert itaku(capsys, sandbox, "show")[1]["route_stops"][0]["kind"] == "income"
    code, refused = itaku(capsys, sandbox, "lift", "income", "--by", "A", "--by", "A", "--why", "調べた")
    assert (code, refused["error"]["code"]) == (1, "lift_refused")
    code, _ = itaku(capsys, sandbox, "lift", "income", "--by", "A", "--by", "B", "--why", "調べた")
    assert code == 0
    assert itaku(capsys, sandbox, "show")[1]["route_stops"] == []


def test_at_the_years_end_the_calendar_says_when_it_opens_again(capsys, sandbox):
    shown = itaku(capsys, sandbox, "show", "--at", "2026-12-30T12:00")[1]
    assert not shown["is_open"]
    assert shown["opens_again_ms"] == 1_799_011_800_000  # 2027-01-04 06:30 in Japan
    assert itaku(capsys, sandbox, "show", "--at", "tomorrow")[1]["error"]["code"] == "calendar_time_unreadable"
