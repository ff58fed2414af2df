"""Register files taken into PostgreSQL: each row once, the same file the same answer, and held to that by triggers."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest
from test_register_files import KNOWN, NOW, TOWN, line, row, with_lines

from itaku.settlement.errors import RegisterFileUnreadableError
from itaku.settlement.reconciliation_schema import prepare_reconciliation
from itaku.settlement.register_files import FileFault, Reason, write_register_file
from itaku.settlement.register_intake import shown, take_register_file, taken_json, taken_text
from itaku.settlement.views import Movement
from itaku.store.postgres import open_pool


@pytest.fixture
async def pool(postgres_dsn):
    pool = await open_pool(postgres_dsn, max_size=4)
    await prepare_reconciliation(pool)
    yield pool
    pool.terminate()


async def take(pool, data, name="2026-10-05.csv"):
    async with pool.acquire() as connection:
        return await take_register_file(connection, data, name, KNOWN, NOW)


async def test_every_row_of_a_file_is_taken_in_or_listed_with_its_line_and_reason(pool):
    data = with_lines(line(1), line(2, word="返金"), line(3, yen="###"), line(4, code="132012"), total="合計,4,0")
    taken = await take(pool, data)
    assert (taken.rows, taken.accepted, taken.sales_yen, taken.refunds_yen) == (4, 2, 300, 300)
    assert [(each.line, each.reason) for each in taken.listed] == [
        (4, Reason.OVERFLOW),
        (5, Reason.MUNICIPALITY_UNKNOWN),
    ]
    assert not taken.clean
    said = json.loads(json.dumps(taken_json(taken)))
    assert said["rows"] == said["accepted"] + len(said["listed"])
    assert said["listed"][0]["row"].endswith("###,2026-10-05 10:30:00")
    assert "4行目 line 4: 金額が欄に収まっていません" in taken_text(taken)


async def test_the_same_file_twice_is_answered_as_the_first_time_and_does_nothing(pool):
    data = write_register_file([row(1), row(2)])
    first = await take(pool, data)
    again = await take(pool, data, "the-same-by-another-name.csv")
    assert (first.again, again.again, again.name) == (False, True, "2026-10-05.csv")
    assert (again.rows, again.accepted, again.listed) == (2, 2, ())
    assert await pool.fetchval("SELECT count(*) FROM register_row") == 2


async def test_a_row_that_an_earlier_file_brought_is_listed_and_one_that_contradicts_it_too(pool):
    await take(pool, write_register_file([row(1), row(2), row(3)]))
    later = write_register_file([row(2), row(3, fee=350), row(3, movement=Movement.REFUND), row(4, code=TOWN)])
    taken = await take(pool, later)
    assert [(each.line, each.reason) for each in taken.listed] == [(2, Reason.DUPLICATE), (3, Reason.CONTRADICTION)]
    assert (taken.rows, taken.accepted) == (4, 2)
    assert taken.listed[1].raw.startswith("売上,0000".encode())
    fees = await pool.fetch("SELECT fee_yen FROM register_row WHERE issuance_id = $1", (3).to_bytes(16, "big"))
    assert [each["fee_yen"] for each in fees] == [300, 300]


async def test_files_that_come_at_the_same_moment_take_a_row_in_once(pool):
    files = [write_register_file([row(1), row(number)]) for number in range(2, 6)]
    taken = await asyncio.gather(*(take(pool, data, str(number)) for number, data in enumerate(files)))
    assert sum(each.accepted for each in taken) == 5
    assert sum(len(each.listed) for each in taken) == 3


async def test_a_file_that_cannot_be_read_leaves_nothing_behind(pool):
    with pytest.raises(RegisterFileUnreadableError):
        await take(pool, b"not,a,register,file\n")
    assert await pool.fetchval("SELECT count(*) FROM register_file") == 0


async def test_a_cut_file_is_taken_in_as_far_as_it_goes_and_the_whole_one_adds_the_rest(pool):
    whole = write_register_file([row(number) for number in range(1, 6)])
    cut = await take(pool, whole[:-120])
    assert FileFault.NO_TOTAL in cut.faults
    rest = await take(pool, whole)
    assert cut.accepted + rest.accepted == 5
    assert {each.reason for each in rest.listed} == {Reason.DUPLICATE}


async def test_the_database_lets_no_row_vanish_and_changes_none(pool):
    await take(pool, with_lines(line(1), "", total="合計,2,300"))
    for change in (
        "UPDATE register_row SET fee_yen = 1",
        "DELETE FROM register_row",
        "DELETE FROM register_listed_row",
        "UPDATE register_file SET rows_read = 1, listed = 0",
        "TRUNCATE register_listed_row",
    ):
        with pytest.raises(asyncpg.PostgresError, match=r"append_only|books_once"):
            await pool.execute(change)
    with pytest.raises(asyncpg.CheckViolationError, match="register_file_not_whole"):
        await pool.execute(
            "INSERT INTO register_file(sha256, name, received_ms, encoding, rows_read, accepted, listed, faults)"
            " VALUES (sha256('x'), 'x', 0, 'utf-8', 2, 1, 1, '{}')"
        )


def test_a_listed_row_is_shown_without_what_a_terminal_would_obey():
    assert shown(b"\x1b[2Jabc\x07", "utf-8") == "\\x1b[2Jabc\\x07"
    assert shown("売上".encode("cp932"), "cp932") == "売上"
    assert "\\xff" in shown(b"\xff", "utf-8")
