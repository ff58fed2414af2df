"""The same generated month through the journal and through closed days: the same figures to the yen."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from itaku.basis.clock import JST, FixedClock, to_instant
from itaku.basis.yen import Yen
from itaku.issuance.center.schema import MIGRATIONS
from itaku.settlement.closed_days import ClosedDays, connect
from itaku.settlement.errors import RateUnknownError
from itaku.settlement.month import Month
from itaku.settlement.month_figures import figures_of, month_figures
from itaku.settlement.nation_year import Size, make_days, service_days
from itaku.settlement.periods import statement_of
from itaku.settlement.rates import COMMISSION_PRICES, TAX_RATES, CommissionPrice, TaxRate
from itaku.settlement.statement import RefundedCopies
from itaku.settlement.taking_in import take_in
from itaku.settlement.terms import Terms
from itaku.settlement.views import KIND_OF_NO, Movement
from itaku.store.postgres import migrate

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
AT = FixedClock(to_instant(dt.datetime(2026, 12, 1, tzinfo=JST)))


@pytest.fixture
async def twice(books, tmp_path):
    """Some days of October and November, closed; and the center's register with the same issuances."""
    with connect(tmp_path / "scratch", memory="300MB", threads=1) as connection:
        closed = ClosedDays(tmp_path / "days")
        size = Size(issuances=2_400, municipalities=6, shops=10, planted_per_million=60_000)
        make_days(connection, closed, 11, size, service_days(dt.date(2026, 10, 28), dt.date(2026, 11, 3)))
        rows = connection.execute(
            "SELECT issuance_id, movement, municipality, kind, copies, fee_yen, delivered_on, kiosk,"
            " strptime(split_part(parse_filename(parse_dirpath(filename)), '.', 1), '%Y-%m-%d')::DATE AS booked_on"
            " FROM read_parquet(?, filename = true)",
            [str(tmp_path / "days" / "*" / "center.parquet")],
        ).fetchall()
        await _fill(books, rows)
        yield books, connection, closed


async def _fill(pool, rows):
    voided = {row[0]: row[8] for row in rows if row[1] == Movement.REFUND}

    def noon(day):
        return None if day is None else dt.datetime.combine(day, dt.time(12), JST)

    await migrate(pool, "center", MIGRATIONS)
    await pool.executemany(
        "INSERT INTO issuance(issuance_id, state, version, changed_at, body, municipality, kiosk, kind, copies,"
        " fee_yen, reason, told, delivered_at, voided_at)"
        " VALUES ($1, $2, 1, now(), '', $3, $4, $5, $6, $7, '', true, $8, $9)",
        [
            (
                id_.bytes,
                "voided" if id_ in voided else "closed",
                f"{municipality:06}",
                kiosk,
                KIND_OF_NO[kind].value,
                copies,
                fee,
                noon(delivered_on),
                noon(voided.get(id_)),
            )
            for id_, movement, municipality, kind, copies, fee, delivered_on, kiosk, _ in rows
            if movement == Movement.SALE
        ],
    )


CHANGED = Terms(
    prices=(*COMMISSION_PRICES, CommissionPrice(dt.date(2026, 11, 1), Yen(115), "amendment")),
    taxes=(*TAX_RATES, TaxRate(dt.date(2026, 11, 1), 8, "invented")),
)
WITHIN = Terms(
    prices=(
        *COMMISSION_PRICES,
        CommissionPrice(dt.date(2026, 10, 30), Yen(117), "amendment"),
        CommissionPrice(dt.date(2026, 11, 2), Yen(123), "taken back"),
    ),
    taxes=(*TAX_RATES, TaxRate(dt.date(2026, 10, 31), 8, "invented"), TaxRate(dt.date(2026, 11, 3), 10, "invented")),
)
"""Price and tax rate change within the months, and not on the same days."""
ISSUED = Terms(refunded_copies=RefundedCopies.ISSUED)


async def test_statements_of_closed_days_equal_those_of_the_journal_to_the_yen(twice):
    pool, connection, closed = twice
    for month in (OCTOBER, NOVEMBER):
        await take_in(pool, AT, month)
    refunds = 0
    for month in (OCTOBER, NOVEMBER):
        for terms in (Terms(), CHANGED, WITHIN, ISSUED):
            figures = month_figures(connection, closed, month, terms)
            assert len(figures) >= 5
            async with pool.acquire() as books:
                booked = [figures_of(await statement_of(books, each.municipality, month, terms)) for each in figures]
            assert figures == booked
            refunds += sum(each.refunds_yen for each in figures)
        assert month_figures(connection, closed, month, WITHIN) != month_figures(connection, closed, month, CHANGED)
    assert refunds > 0


async def test_both_ways_refuse_a_day_without_a_price_and_name_it(twice):
    pool, connection, closed = twice
    await take_in(pool, AT, OCTOBER)
    later = Terms(prices=(CommissionPrice(dt.date(2026, 10, 30), Yen(117), "first"),))
    async with pool.acquire() as books:
        [code, *_] = [each.municipality for each in month_figures(connection, closed, OCTOBER)]
        with pytest.raises(RateUnknownError, match=r"commission_yen 2026-10-28\.\.2026-10-29"):
            await statement_of(books, code, OCTOBER, later)
    with pytest.raises(RateUnknownError, match=r"commission_yen 2026-10-28\.\.2026-10-29"):
        month_figures(connection, closed, OCTOBER, later, code)


async def test_one_municipality_is_settled_by_its_own_terms(twice):
    _, connection, closed = twice
    figures = month_figures(connection, closed, NOVEMBER)
    assert all(a.municipality < b.municipality for a, b in pairwise(figures))
    [one] = month_figures(connection, closed, NOVEMBER, CHANGED, figures[0].municipality)
    assert (one.fees_yen, one.certificates) == (figures[0].fees_yen, figures[0].certificates)
    assert one.commission_yen < figures[0].commission_yen
    assert month_figures(connection, closed, NOVEMBER, CHANGED, "999999") == []
