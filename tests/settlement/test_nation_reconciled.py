"""A small nation by seed: everything planted is found and nothing else, and figures are those of the statements."""

from __future__ import annotations

import datetime as dt

import pytest

from itaku.settlement.closed_days import ClosedDays, connect
from itaku.settlement.month import Month
from itaku.settlement.month_figures import figures_of, month_figures, movements
from itaku.settlement.nation_year import NATION_YEAR, Planted, Size, codes, make_days, service_days
from itaku.settlement.reconciliation import Sort, reconcile
from itaku.settlement.statement import make_statement
from itaku.settlement.views import View

SMALL = Size(issuances=8_000, municipalities=40, shops=90, planted_per_million=40_000)
FIRST, LAST = dt.date(2026, 11, 24), dt.date(2027, 1, 9)
MONTHS = (Month(2026, 11), Month(2026, 12), Month(2027, 1))


@pytest.fixture(scope="module")
def nation(tmp_path_factory):
    """Seven weeks over the turn of the year, with what was planted in them."""
    root = tmp_path_factory.mktemp("nation")
    connection = connect(root / "scratch", memory="300MB", threads=1)
    closed = ClosedDays(root / "days")
    planted = make_days(connection, closed, 7, SMALL, service_days(FIRST, LAST))
    yield connection, closed, planted
    connection.close()


def reconciled(connection, closed):
    carried, found = (), []
    for month in MONTHS:
        result = reconcile(connection, closed, month, carried)
        carried = result.carried
        found.append(result)
    return found


def test_every_planted_error_is_found_in_its_month_and_nothing_else(nation):
    connection, closed, planted = nation
    first_seen, last_seen = {}, {}
    for result in reconciled(connection, closed):
        for difference in result.differences:
            first_seen.setdefault((difference.name, difference.sort), result.month)
        for settled in result.settled:
            last_seen[settled.issuance_id, settled.movement] = result.month
            assert not settled.by_reversal
    found = sorted(Planted(*name, sort, opened, last_seen.get(name[:2])) for (name, sort), opened in first_seen.items())
    assert found == planted
    assert {each.sort for each in found} == set(Sort)
    assert {each.settled for each in found} == {None, "2026-12", "2027-01"}
    assert len(found) > 200


def test_what_is_open_at_the_end_is_all_that_was_planted_and_never_settled(nation):
    connection, closed, planted = nation
    last = reconciled(connection, closed)[-1]
    open_now = {difference.name for difference in last.differences}
    assert open_now == {(each.issuance_id, each.movement, each.side) for each in planted if each.settled is None}


def test_the_figures_of_closed_days_are_those_of_the_statements_to_the_yen(nation):
    connection, closed, _ = nation
    seen = 0
    for month in MONTHS:
        figures = month_figures(connection, closed, month)
        for each in figures:
            statement = make_statement(
                each.municipality, month, movements(connection, closed, month, each.municipality)
            )
            assert figures_of(statement) == each
            seen += each.refunded_certificates
        assert sum(each.fees_yen for each in figures) == sum(
            closing.views[View.CENTER].fees_yen for closing in closed.month(month)
        )
    assert seen > 0


def test_the_same_seed_makes_the_same_year_and_another_seed_another(tmp_path):
    tiny = Size(issuances=300, municipalities=5, shops=9, planted_per_million=100_000)
    days = service_days(dt.date(2026, 10, 1), dt.date(2026, 10, 3))

    def made(seed, name):
        with connect(tmp_path / "scratch", memory="200MB", threads=1) as connection:
            closed = ClosedDays(tmp_path / name)
            planted = make_days(connection, closed, seed, tiny, days)
            rows = connection.execute(
                "SELECT * FROM read_parquet(?) ORDER BY ALL",
                [str(tmp_path / name / "*" / "*.parquet")],
            ).fetchall()
        return planted, rows

    assert made(3, "a") == made(3, "b")
    assert made(3, "c") != made(4, "d")


def test_the_year_has_no_service_at_its_turn():
    days = service_days(dt.date(2026, 4, 1), dt.date(2027, 3, 31))
    assert len(days) == 365 - 6
    assert dt.date(2026, 12, 28) in days
    assert dt.date(2026, 12, 29) not in days
    assert dt.date(2027, 1, 3) not in days


def test_a_nation_has_as_many_copies_as_the_service_and_codes_that_exist_nowhere():
    per_hundred = [1] * 90 + [2] * 8 + [3] * 2
    copies = NATION_YEAR.issuances // 100 * sum(per_hundred) + sum(per_hundred[: NATION_YEAR.issuances % 100])
    assert copies == 31_890_000
    found = codes(NATION_YEAR.municipalities)
    assert len(set(found)) == 1_741
    assert all(50 <= int(code[:2]) <= 96 for code in found)
