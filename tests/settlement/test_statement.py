from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.yen import Yen
from itaku.settlement.errors import MonthUnreadableError, RateUnknownError, RowUnfitError
from itaku.settlement.month import Month
from itaku.settlement.rates import COMMISSION_PRICES, CommissionPrice
from itaku.settlement.statement import Delivered, make_statement

CITY = "132012"
OCTOBER = Month(2026, 10)


def one(copies=1, fee=300, kind="resident-record"):
    return Delivered(CITY, kind, copies, Yen(fee))


def test_a_thousand_certificates_at_300_yen_remit_177_000_after_the_offset():
    statement = make_statement(CITY, OCTOBER, [one()] * 1000)
    assert statement.certificates == 1000
    assert statement.fees_yen == 300_000
    assert statement.commission_yen == 123_000
    assert statement.remit_yen == 177_000


def test_the_tax_part_is_taken_from_the_sum_and_not_11_yen_apiece():
    statement = make_statement(CITY, OCTOBER, [one()] * 1000)
    assert statement.commission_tax_yen == 11_181
    assert statement.tax_percent == 10


def test_copies_count_as_certificates_and_the_fee_is_that_of_the_whole_application():
    statement = make_statement(CITY, OCTOBER, [one(copies=3, fee=900), one(kind="seal-registration")])
    kinds = {count.kind.value: count for count in statement.kinds}
    assert (kinds["resident-record"].issuances, kinds["resident-record"].certificates) == (1, 3)
    assert kinds["resident-record"].fees_yen == 900
    assert statement.commission_yen == 4 * 123
    assert statement.remit_yen == 1200 - 4 * 123


def test_like_issuances_may_come_as_one_row():
    many = Delivered(CITY, "resident-record", 2, Yen(600), issuances=50)
    assert make_statement(CITY, OCTOBER, [many]) == make_statement(CITY, OCTOBER, [one(2, 600)] * 50)


def test_each_figure_is_shown_with_its_working_and_its_clause():
    working = make_statement(CITY, OCTOBER, [one()] * 1000).working
    shown = "\n".join(line.ja for line in working)
    assert "2026年10月1日から31日まで" in shown
    assert "1,000通 × 123円（税込） = 123,000円" in shown
    assert "123,000円 × 10/110 = 11,181円" in shown
    assert "調定・収納（総額）: 300,000円、支出命令（総額）: 123,000円" in shown
    assert "= 177,000円" in shown
    assert {line.clause for line in working} == {"S1-12-1", "S1-12-2", "S1-12-3"}
    assert all(line.en for line in working)


def test_a_month_without_certificates_is_a_statement_of_nil():
    statement = make_statement(CITY, OCTOBER, [])
    assert (statement.fees_yen, statement.commission_yen, statement.remit_yen, statement.refunds_yen) == (0, 0, 0, 0)


def test_a_price_that_is_not_on_file_is_never_guessed():
    with pytest.raises(RateUnknownError):
        make_statement(CITY, Month(2019, 9), [one()])


def test_a_price_that_changes_within_the_month_is_refused_and_from_the_next_month_applied():
    prices = [*COMMISSION_PRICES, CommissionPrice(dt.date(2026, 10, 15), Yen(117), "amendment")]
    with pytest.raises(RateUnknownError):
        make_statement(CITY, OCTOBER, [one()], prices)
    assert make_statement(CITY, Month(2026, 11), [one()], prices).commission_yen == 117
    assert make_statement(CITY, Month(2026, 9), [one()], prices).commission_yen == 123


@pytest.mark.parametrize(
    "row",
    [
        Delivered(CITY, None, 1, Yen(300)),
        Delivered(CITY, "unknown", 1, Yen(300)),
        Delivered(CITY, "resident-record", 0, Yen(300)),
        Delivered(CITY, "resident-record", 1, Yen(-1)),
        Delivered("999999", "resident-record", 1, Yen(300)),
    ],
)
def test_a_delivered_issuance_that_cannot_be_counted_stops_the_statement(row):
    with pytest.raises(RowUnfitError):
        make_statement(CITY, OCTOBER, [one(), row])


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(0, 450)), max_size=40))
def test_revenue_and_expense_at_gross_always_reconcile_with_the_cash(applications):
    statement = make_statement(CITY, OCTOBER, [one(copies, copies * fee) for copies, fee in applications])
    assert statement.remit_yen + statement.commission_yen == statement.fees_yen
    assert statement.fees_yen == sum(copies * fee for copies, fee in applications)
    net = statement.commission_yen - statement.commission_tax_yen
    assert 0 <= net * 10 - statement.commission_tax_yen * 100 <= 110


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026-1", "26-10", "2026/10", "", "２０２６-10", "2026-10 ", "1999-12"]
)
def test_a_month_in_another_form_is_refused(text):
    with pytest.raises(MonthUnreadableError):
        Month.parse(text)


def test_a_month_lasts_from_midnight_to_midnight_in_japan():
    december = Month.parse("2026-12")
    assert december.start == dt.datetime(2026, 11, 30, 15, tzinfo=dt.UTC)
    assert december.next().start == dt.datetime(2026, 12, 31, 15, tzinfo=dt.UTC)
    assert december.last_day == dt.date(2026, 12, 31)
