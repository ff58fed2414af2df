from __future__ import annotations

import datetime as dt
import json

import pytest

from itaku.issuance.center.schema import MIGRATIONS
from itaku.settlement.errors import MonthUnreadableError
from itaku.settlement.report import settle, statements_json, statements_text
from itaku.store.postgres import migrate, open_pool

CITY, TOWN = "132012", "275140"


@pytest.fixture
async def register(postgres_dsn):
    """The center's register with issuances at the borders of October 2026 in Japan."""
    pool = await open_pool(postgres_dsn)
    await migrate(pool, "center", MIGRATIONS)
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

    yield add
    await pool.close()


def utc(*when):
    return dt.datetime(*when, tzinfo=dt.UTC)


async def test_only_what_was_delivered_in_the_month_of_japan_is_counted(register, postgres_dsn):
    await register("closed", utc(2026, 9, 30, 15, 0))  # 1 October, 0:00 in Japan
    await register("delivered", utc(2026, 10, 31, 14, 59, 59), copies=2, fee=600)  # 31 October, 23:59:59
    await register("closed", utc(2026, 9, 30, 14, 59, 59))  # 30 September
    await register("closed", utc(2026, 10, 31, 15, 0))  # 1 November
    await register("abandoned", None)
    await register("refunded", utc(2026, 10, 5))
    await register("closed", utc(2026, 10, 5), municipality=TOWN, kind="seal-registration", fee=400)
    city, town = await settle(postgres_dsn, "2026-10")
    assert (city.municipality, city.certificates, city.fees_yen) == (CITY, 3, 900)
    assert (town.municipality, town.certificates, town.fees_yen) == (TOWN, 1, 400)
    assert town.remit_yen == 277


async def test_one_municipality_is_settled_alone_and_nil_is_an_answer(register, postgres_dsn):
    await register("closed", utc(2026, 10, 5))
    await register("closed", utc(2026, 10, 5), municipality=TOWN)
    [town] = await settle(postgres_dsn, "2026-10", TOWN)
    assert (town.municipality, town.certificates) == (TOWN, 1)
    [nil] = await settle(postgres_dsn, "2026-11", TOWN)
    assert nil.remit_yen == 0


async def test_the_report_is_read_by_people_and_by_programs(register, postgres_dsn):
    for _ in range(4):
        await register("closed", utc(2026, 10, 5), copies=5, fee=1500)
    statements = await settle(postgres_dsn, "2026-10")
    text = statements_text(statements)
    assert "繰替使用計算書" in text
    assert "3,540円" in text
    assert "住民票の写し / Copy of resident record" in text
    value = json.loads(json.dumps(statements_json(statements)))
    assert value["statements"][0]["remit_yen"] == 6000 - 20 * 123
    assert "交付を終えた証明書はありません" in statements_text([])


async def test_a_set_made_void_is_taken_off_in_the_month_of_japan_in_which_it_was_made_void(register, postgres_dsn):
    await register("closed", utc(2026, 10, 5))
    await register("voided", utc(2026, 10, 6), copies=2, fee=600, voided_at=utc(2026, 10, 6))
    # Delivered on 31 October, made void on 1 November, 0:00 in Japan.
    await register("voided", utc(2026, 10, 31, 14), copies=3, fee=900, voided_at=utc(2026, 10, 31, 15))
    [october] = await settle(postgres_dsn, "2026-10", CITY)
    assert (october.certificates, october.refunded_certificates, october.net_certificates) == (6, 2, 4)
    assert (october.fees_yen, october.refunds_yen, october.commission_yen) == (1800, 600, 4 * 123)
    [november] = await settle(postgres_dsn, "2026-11")
    assert (november.certificates, november.refunded_certificates, november.refunds_yen) == (0, 3, 900)
    assert november.commission_yen == -3 * 123
    assert "（2026年10月交付）" in statements_text([november])


async def test_a_bad_month_is_refused_before_anything_is_asked():
    with pytest.raises(MonthUnreadableError):
        await settle("postgresql:///nowhere", "10-2026")
