"""A certificate from the sandbox through the three books: center, municipality and the shop's register agree on it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from functools import partial
from pathlib import Path

import pytest
from sandbox_under_test import MUNICIPALITY

from itaku.basis.clock import JST, InstantMs, to_instant, to_jst
from itaku.basis.yen import Yen
from itaku.cli import main
from itaku.commands.databases import now_in
from itaku.commands.issue import Wish, issue
from itaku.commands.reconcile import CLOSED_DAYS, _calendars, _fees
from itaku.issuance.center.calendar_entries import read_entries
from itaku.issuance.protocol.kinds import Kind, ResidentRecordOptions
from itaku.sandbox.register_export import register_file_of_shop
from itaku.sandbox.town import CODE
from itaku.settlement.closed_days import ClosedDays, connect
from itaku.settlement.day_closing import close_day
from itaku.settlement.month import Month
from itaku.settlement.month_reconciliation import reconcile_month
from itaku.settlement.reconciliation_schema import prepare_reconciliation
from itaku.settlement.register_files import RegisterRow, write_register_file
from itaku.settlement.views import Movement, View
from itaku.store.postgres import open_pool
from itaku.supervisor.progress import Silence

DAY_MS = 86_400_000


def itaku(capsys, sandbox, *arguments):
    code = main([*arguments, "--json", "--state", str(sandbox.directory)])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
async def books(sandbox):
    center = await open_pool(sandbox.settings("center-1")["dsn"], max_size=1)
    municipality = await open_pool(sandbox.settings(MUNICIPALITY)["dsn"], max_size=1)
    await prepare_reconciliation(center)
    yield center, municipality
    await center.close()
    await municipality.close()


def test_a_day_that_is_not_over_is_not_closed_and_a_month_without_closed_days_is_not_reconciled(capsys, sandbox):
    today = to_jst(now_in(sandbox.directory)).date()
    code, said = itaku(capsys, sandbox, "close-day", today.isoformat())
    assert (code, said["error"]["code"]) == (1, "day_not_over")
    code, said = itaku(capsys, sandbox, "reconcile", "2019-01")
    assert (code, said["error"]["code"]) == (1, "day_not_closed")
    code, said = itaku(capsys, sandbox, "case", "show", "00" * 16, "register")
    assert (code, said["error"]["code"]) == (1, "case_unknown")


def test_a_day_of_the_past_is_closed_once_and_its_month_reconciled(capsys, sandbox):
    day = to_jst(now_in(sandbox.directory)).date() - dt.timedelta(days=400)
    code, closing = itaku(capsys, sandbox, "close-day", day.isoformat())
    assert (code, closing["edition"], set(closing["views"])) == (0, 1, {"center", "municipality", "register"})
    code, said = itaku(capsys, sandbox, "close-day", day.isoformat())
    assert (code, said["error"]["code"]) == (1, "day_closed")
    code, again = itaku(capsys, sandbox, "close-day", day.isoformat(), "--reopen", "試し")
    assert (code, again["edition"], again["why"]) == (0, 2, "試し")
    code, done = itaku(capsys, sandbox, "reconcile", day.isoformat()[:7])
    assert (code, done["opened"]) == (0, 0)


def test_a_difference_is_told_answered_and_agreed_from_the_command_line(capsys, sandbox, tmp_path):
    day = to_jst(now_in(sandbox.directory)).date() - dt.timedelta(days=200)
    id_ = bytes.fromhex("c0ffee") + bytes(13)
    at = to_instant(dt.datetime.combine(day, dt.time(10), JST))
    alone = RegisterRow(0, Movement.SALE, id_, "k01", CODE, Kind.RESIDENT_RECORD, 1, Yen(300), at)
    file = tmp_path / "register.csv"
    file.write_bytes(write_register_file([alone], "cp932"))
    code, taken = itaku(capsys, sandbox, "register-file", str(file))
    assert (code, taken["accepted"], taken["listed"], taken["encoding"]) == (0, 1, [], "cp932")
    assert itaku(capsys, sandbox, "register-file", str(file))[1]["again"]
    assert itaku(capsys, sandbox, "close-day", day.isoformat())[1]["views"]["register"]["rows"] == 1
    [case] = itaku(capsys, sandbox, "reconcile", day.isoformat()[:7])[1]["cases"]
    assert (case["issuance"], case["sort"], case["owner"]) == (id_.hex(), "unknown", "center")
    assert itaku(capsys, sandbox, "case", "list")[1]["cases"] == [case]
    said = ("--by", "佐藤", "--why", "試し打ち")
    code, told = itaku(
        capsys, sandbox, "case", "propose", id_.hex(), "register", "--right", "none", "--party", "register", *said
    )
    assert (code, told["state"]) == (0, "proposed")
    code, refused = itaku(capsys, sandbox, "case", "agree", id_.hex(), "register", "--party", "register", *said)
    assert (code, refused["error"]["code"]) == (1, "case_state")
    code, told = itaku(capsys, sandbox, "case", "send-back", id_.hex(), "register", "--party", "center", *said)
    assert (code, told["state"]) == (0, "open")
    itaku(capsys, sandbox, "case", "propose", id_.hex(), "register", "--right", "none", "--party", "register", *said)
    code, told = itaku(capsys, sandbox, "case", "agree", id_.hex(), "register", "--party", "center", *said)
    assert (code, told["state"]) == (0, "agreed")
    shown = itaku(capsys, sandbox, "case", "show", id_.hex(), "register")[1]
    assert [step["event"] for step in shown["history"]] == ["opened", "proposed", "sent back", "proposed", "agreed"]


def test_a_file_that_is_none_is_refused(capsys, sandbox, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("a,b\n", encoding="utf-8")
    code, said = itaku(capsys, sandbox, "register-file", str(file))
    assert (code, said["error"]["code"]) == (1, "register_file_unreadable")


async def until(ask):
    """The first row, as soon as there is one: the books are told one after the other."""
    for _ in range(300):
        if rows := await ask():
            return rows[0]
        await asyncio.sleep(0.1)
    raise AssertionError("the books were never told")


async def booked_at_the_shop(sandbox, issuance_id):
    ledger = Path(sandbox.settings("shop-1")["database"])
    return [True] if bytes(issuance_id).hex().encode() in register_file_of_shop(ledger, CODE) else []


async def test_an_issuance_is_the_same_in_all_three_books(sandbox, books, tmp_path):
    wish = Wish("R0003", ResidentRecordOptions(), Kind.RESIDENT_RECORD, 2, "1234")
    await asyncio.to_thread(issue, sandbox.directory, wish, Silence())
    sold = await until(
        lambda: sandbox.center(
            "SELECT * FROM issuance WHERE delivered_at IS NOT NULL AND copies = 2 ORDER BY delivered_at DESC LIMIT 1"
        )
    )
    await until(
        lambda: sandbox.municipality(
            "SELECT 1 FROM issuing WHERE issuance_id = $1 AND state = 'counted'", sold["issuance_id"]
        )
    )
    await until(partial(booked_at_the_shop, sandbox, sold["issuance_id"]))
    file = tmp_path / "register.csv"
    file.write_bytes(register_file_of_shop(Path(sandbox.settings("shop-1")["database"]), CODE))
    taken = await asyncio.to_thread(main, ["register-file", str(file), "--state", str(sandbox.directory)])
    assert taken == 0
    center, municipality = books
    tomorrow = InstantMs(now_in(sandbox.directory) + DAY_MS)
    today = to_jst(InstantMs(tomorrow - DAY_MS)).date()
    closed = ClosedDays(sandbox.directory / CLOSED_DAYS)
    async with center.acquire() as ours, municipality.acquire() as theirs:
        fee_of = _fees(_calendars(sandbox.directory), await read_entries(ours))
        await close_day(ours, {CODE: theirs}, fee_of, closed, today, tomorrow)
        done = await reconcile_month(ours, closed, Month(today.year, today.month), tmp_path / "scratch", tomorrow)
    id_ = bytes(sold["issuance_id"])
    with connect(tmp_path / "scratch") as files:
        for view in View:
            found = files.execute(
                "SELECT copies, fee_yen FROM read_parquet(?) WHERE issuance_id = ?::UUID",
                [list(closed.files(closed.month(Month(today.year, today.month)), view)), id_.hex()],
            ).fetchall()
            assert (view, found) == (view, [(2, sold["fee_yen"])])
    assert id_ not in {difference.issuance_id for difference in done.result.differences}
