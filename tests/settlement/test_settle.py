"""A month is settled in one go, may be broken off anywhere, and answers the same when it is settled again."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from city_books import CITY, NOVEMBER, OCTOBER, TOWN, at

from itaku.basis.clock import FixedClock
from itaku.issuance.center.schema import MIGRATIONS
from itaku.settlement.errors import (
    MonthNotOverError,
    MonthUnreadableError,
    MunicipalityUnreadableError,
    PostingConflictError,
    ReasonMissingError,
)
from itaku.settlement.kiosks import KioskRow
from itaku.settlement.month import Month
from itaku.settlement.report import settled_json, settled_text
from itaku.settlement.settling import Order, settle
from itaku.store.postgres import migrate, open_pool


@pytest.fixture
async def pool(postgres_dsn):
    """The center's database as its node leaves it: the journal's tables are not there yet."""
    pool = await open_pool(postgres_dsn, max_size=4)
    await migrate(pool, "center", MIGRATIONS)
    yield pool
    pool.terminate()


@pytest.fixture
async def register(pool):
    """Issuances at the borders of October 2026 in Japan."""
    number = 0

    async def add(state, delivered_at, municipality=CITY, kind="resident-record", copies=1, fee=300, voided_at=None):
        nonlocal number
        number += 1
        await pool.execute(
            "INSERT INTO issuance(issuance_id, state, version, changed_at, body, municipality, kiosk, kind, copies,"
            " fee_yen, reason, told, delivered_at, voided_at)"
            " VALUES ($1, $2, 1, now(), '', $3, 'k1', $4, $5, $6, '', true, $7, $8)",
            number.to_bytes(16, "big"), state, municipality, kind, copies, fee, delivered_at, voided_at,
        )  # fmt: skip

    return add


def utc(*when):
    return dt.datetime(*when, tzinfo=dt.UTC)


async def settled(pool, month=OCTOBER, on="2026-12-02", heard=None, **order):
    return await settle(pool, Order(month=month, **order), FixedClock(at(on)), heard)


async def statements(pool, month=OCTOBER, **order):
    return [each.statement for each in (await settled(pool, month, **order)).municipalities]


async def test_only_what_was_delivered_in_the_month_of_japan_is_counted(register, pool):
    await register("closed", utc(2026, 9, 30, 15, 0))  # 1 October, 0:00 in Japan
    await register("delivered", utc(2026, 10, 31, 14, 59, 59), copies=2, fee=600)  # 31 October, 23:59:59
    await register("closed", utc(2026, 9, 30, 14, 59, 59))  # 30 September
    await register("closed", utc(2026, 10, 31, 15, 0))  # 1 November
    await register("abandoned", None)
    await register("refunded", utc(2026, 10, 5))
    await register("closed", utc(2026, 10, 5), municipality=TOWN, kind="seal-registration", fee=400)
    city, town = await statements(pool)
    assert (city.municipality, city.certificates, city.fees_yen) == (CITY, 3, 900)
    assert (town.municipality, town.certificates, town.fees_yen) == (TOWN, 1, 400)
    assert town.remit_yen == 277


async def test_one_municipality_is_settled_alone_and_nil_is_an_answer(register, pool):
    await register("closed", utc(2026, 10, 5))
    await register("closed", utc(2026, 10, 5), municipality=TOWN)
    [town] = await statements(pool, municipality=TOWN)
    assert (town.municipality, town.certificates) == (TOWN, 1)
    [nil] = await statements(pool, NOVEMBER, municipality=TOWN)
    assert nil.remit_yen == 0


async def test_the_report_is_read_by_people_and_by_programs(register, pool):
    for _ in range(4):
        await register("closed", utc(2026, 10, 5), copies=5, fee=1500)
    found = await settled(pool)
    text = settled_text(found)
    assert "繰替使用計算書" in text
    assert "3,540円" in text
    assert "住民票の写し / Copy of resident record" in text
    assert "締めていない / open" in text
    value = json.loads(json.dumps(settled_json(found)))
    assert value["statements"][0]["to_remit_yen"] == 6000 - 20 * 123
    assert value["agrees"] is True
    assert "交付を終えた証明書はありません" in settled_text(await settled(pool, Month(2026, 1)))


async def test_a_set_made_void_is_taken_off_in_the_month_of_japan_in_which_it_was_made_void(register, pool):
    await register("closed", utc(2026, 10, 5))
    await register("voided", utc(2026, 10, 6), copies=2, fee=600, voided_at=utc(2026, 10, 6))
    # Delivered on 31 October, made void on 1 November, 0:00 in Japan.
    await register("voided", utc(2026, 10, 31, 14), copies=3, fee=900, voided_at=utc(2026, 10, 31, 15))
    [october] = await statements(pool, municipality=CITY)
    assert (october.certificates, october.refunded_certificates, october.net_certificates) == (6, 2, 4)
    assert (october.fees_yen, october.refunds_yen, october.commission_yen) == (1800, 600, 4 * 123)
    found = await settled(pool, NOVEMBER)
    [november] = [each.statement for each in found.municipalities]
    assert (november.certificates, november.refunded_certificates, november.refunds_yen) == (0, 3, 900)
    assert november.commission_yen == -3 * 123
    assert "（2026年10月交付）" in settled_text(found)


async def test_settled_twice_it_answers_the_same_with_the_same_papers(register, pool, tmp_path):
    kiosks = (KioskRow("k1", "shop-1", "north", "北部ストア"),)
    for number in range(5):
        await register("closed", utc(2026, 10, 5 + number), municipality=(CITY, TOWN)[number % 2])
    order = {"closed_by": "会計係", "papers": tmp_path, "kiosks": kiosks, "names": {CITY: "汐見市"}}
    first = await settled(pool, **order)
    again = await settled(pool, on="2027-01-15", **order)
    assert again.municipalities == first.municipalities
    assert again.papers == first.papers
    assert (first.taken_in.new, again.taken_in.new) == (5, 0)
    assert set(first.papers) == {
        f"2026-10/{CITY}",
        f"2026-10/{TOWN}",
        "2026-10/chain-north",
        "2026-10/summary",
    }
    assert all((tmp_path / folder / name).is_file() for folder, files in first.papers.items() for name in files)


class CutShort(Exception):  # noqa: N818 the power cut of a test
    """The power goes at some step."""


class Cut:
    """Goes so many steps and no further."""

    def __init__(self, steps):
        self.left = steps

    def booked(self, *_):
        self._step()

    def settled(self, *_):
        self._step()

    def _step(self):
        self.left -= 1
        if self.left < 0:
            raise CutShort


async def test_a_run_cut_off_at_any_step_is_finished_by_the_next_with_the_same_answer(
    register, pool, tmp_path, monkeypatch
):
    monkeypatch.setattr("itaku.settlement.taking_in.BATCH", 2)
    for number in range(7):
        await register("closed", utc(2026, 10, 5), municipality=f"13201{number % 3}")
    order = {"closed_by": "会計係", "papers": tmp_path / "cut"}
    steps = 0
    while True:
        try:
            found = await settled(pool, heard=Cut(steps), **order)
            break
        except CutShort:
            steps += 1
    assert steps == 4 + 3  # four batches, three municipalities
    whole = await settled(pool, closed_by="会計係", papers=tmp_path / "whole")
    assert (found.municipalities, found.papers) == (whole.municipalities, whole.papers)


async def test_what_comes_late_stands_in_the_next_month_and_the_closed_one_stays(register, pool):
    await register("closed", utc(2026, 10, 5))
    closed = await settled(pool, closed_by="会計係")
    await register("closed", utc(2026, 10, 6), fee=350)
    november = await settled(pool, NOVEMBER)
    assert [each.statement.fees_yen for each in november.municipalities] == [350]
    assert (await settled(pool)).municipalities[0].statement == closed.municipalities[0].statement


async def test_a_month_is_not_closed_before_it_is_over_nor_by_nobody(register, pool):
    await register("closed", utc(2026, 10, 5))
    with pytest.raises(MonthNotOverError):
        await settled(pool, on="2026-10-31", closed_by="会計係")
    with pytest.raises(ReasonMissingError):
        await settled(pool, closed_by=" ")
    assert (await settled(pool)).municipalities[0].closed_on is None


async def test_a_center_that_changed_its_mind_is_refused_and_what_was_booked_stays(register, pool):
    await register("closed", utc(2026, 10, 5))
    await settled(pool)
    await pool.execute("UPDATE issuance SET copies = 2")
    with pytest.raises(PostingConflictError):
        await settled(pool)


@pytest.mark.parametrize("text", ["10-2026", "2026-13"])
def test_a_bad_month_is_refused_before_anything_is_asked(text):
    from itaku.commands.settle import settle as command

    with pytest.raises(MonthUnreadableError):
        command(None, text, None, None, None, None)


@pytest.mark.parametrize("code", ["", "13201", "１３２０１２", "132012 ", "13201x"])
def test_a_municipality_in_another_form_is_refused_before_anything_is_asked(code):
    from itaku.commands.books import Wanted, books
    from itaku.commands.settle import settle as command

    with pytest.raises(MunicipalityUnreadableError):
        command(None, "2026-10", code, None, None, None)
    with pytest.raises(MunicipalityUnreadableError):
        books(None, "balance", Wanted(municipality=code))
