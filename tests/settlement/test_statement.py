from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.yen import Yen
from itaku.settlement.errors import MonthUnreadableError, RateUnknownError, RowUnfitError
from itaku.settlement.month import Month
from itaku.settlement.rates import COMMISSION_PRICES, TAX_RATES, CommissionPrice, TaxRate
from itaku.settlement.statement import Delivered, Movements, Voided, make_statement

CITY = "132012"
OCTOBER = Month(2026, 10)


def one(copies=1, fee=300, kind="resident-record"):
    return Delivered(CITY, kind, copies, Yen(fee))


def statement_of(month, rows, prices=None, taxes=None, voided=()):
    return make_statement(CITY, month, Movements(tuple(rows), tuple(voided)), prices, taxes)


def test_a_thousand_certificates_at_300_yen_remit_177_000_after_the_offset():
    statement = statement_of(OCTOBER, [one()] * 1000)
    assert statement.certificates == 1000
    assert statement.fees_yen == 300_000
    assert statement.commission_yen == 123_000
    assert statement.remit_yen == 177_000


def test_the_tax_part_is_taken_from_the_sum_and_not_11_yen_apiece():
    statement = statement_of(OCTOBER, [one()] * 1000)
    assert statement.commission_tax_yen == 11_181
    assert statement.tax_percent == 10


def test_copies_count_as_certificates_and_the_fee_is_that_of_the_whole_application():
    statement = statement_of(OCTOBER, [one(copies=3, fee=900), one(kind="seal-registration")])
    kinds = {count.kind.value: count for count in statement.kinds}
    assert (kinds["resident-record"].issuances, kinds["resident-record"].certificates) == (1, 3)
    assert kinds["resident-record"].fees_yen == 900
    assert statement.commission_yen == 4 * 123
    assert statement.remit_yen == 1200 - 4 * 123


def test_like_issuances_may_come_as_one_row():
    many = Delivered(CITY, "resident-record", 2, Yen(600), issuances=50)
    assert statement_of(OCTOBER, [many]) == statement_of(OCTOBER, [one(2, 600)] * 50)


def test_each_figure_is_shown_with_its_working_and_its_clause():
    working = statement_of(OCTOBER, [one()] * 1000).working
    shown = "\n".join(line.ja for line in working)
    assert "2026年10月1日から31日まで" in shown
    assert "1,000通 × 123円（税込） = 123,000円" in shown
    assert "123,000円 × 10/110 = 11,181円" in shown
    assert "調定・収納（総額）: 300,000円、支出命令（総額）: 123,000円" in shown
    assert "= 177,000円" in shown
    assert {line.clause for line in working} == {"S1-12-1", "S1-12-2", "S1-12-3"}
    assert all(line.en for line in working)


def test_a_month_without_certificates_is_a_statement_of_nil():
    statement = statement_of(OCTOBER, [])
    assert (statement.fees_yen, statement.commission_yen, statement.remit_yen, statement.refunds_yen) == (0, 0, 0, 0)


def test_a_price_that_is_not_on_file_is_never_guessed():
    with pytest.raises(RateUnknownError):
        statement_of(Month(2019, 9), [one()])


def test_a_price_that_changes_within_the_month_is_refused_and_from_the_next_month_applied():
    prices = [*COMMISSION_PRICES, CommissionPrice(dt.date(2026, 10, 15), Yen(117), "amendment")]
    with pytest.raises(RateUnknownError):
        statement_of(OCTOBER, [one()], prices)
    assert statement_of(Month(2026, 11), [one()], prices).commission_yen == 117
    assert statement_of(Month(2026, 9), [one()], prices).commission_yen == 123


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
        statement_of(OCTOBER, [one(), row])


def test_one_bad_copy_of_three_takes_off_the_whole_set():
    bought = one(copies=3, fee=900)
    statement = statement_of(OCTOBER, [bought, one()], voided=[Voided(bought, OCTOBER)])
    assert (statement.certificates, statement.refunded_certificates, statement.net_certificates) == (4, 3, 1)
    assert (statement.fees_yen, statement.refunds_yen) == (1200, 900)
    assert statement.commission_yen == 123
    assert statement.commission_tax_yen == 11
    assert statement.remit_yen == 300 - 123
    shown = [line.ja for line in statement.working if line.clause == "S1-8-1"]
    assert any("3通（1件、1通の不良で全部数） 返金 900円、差引 1通" in line for line in shown)


def test_a_set_made_void_in_a_later_month_is_taken_off_there_and_the_earlier_statement_stays():
    bought = one(copies=2, fee=600)
    november = Month(2026, 11)
    assert statement_of(OCTOBER, [bought]).commission_yen == 246
    statement = statement_of(november, [], voided=[Voided(bought, OCTOBER)])
    assert (statement.certificates, statement.refunded_certificates, statement.net_certificates) == (0, 2, -2)
    assert (statement.fees_yen, statement.refunds_yen) == (0, 600)
    assert (statement.commission_yen, statement.commission_tax_yen) == (-246, -22)
    assert statement.remit_yen == -354


def test_what_is_made_void_is_taken_off_at_the_price_and_the_tax_rate_at_which_it_was_charged():
    prices = [*COMMISSION_PRICES, CommissionPrice(dt.date(2026, 11, 1), Yen(117), "amendment")]
    taxes = [*TAX_RATES, TaxRate(dt.date(2026, 11, 1), 8, "invented")]
    statement = statement_of(Month(2026, 11), [one()] * 10, prices, taxes, [Voided(one(), OCTOBER)])
    assert statement.commission_yen == 10 * 117 - 123
    assert statement.commission_tax_yen == 1170 * 8 // 108 - 123 * 10 // 110


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(0, 450)), max_size=40))
def test_revenue_and_expense_at_gross_always_reconcile_with_the_cash(applications):
    statement = statement_of(OCTOBER, [one(copies, copies * fee) for copies, fee in applications])
    assert statement.remit_yen + statement.commission_yen == statement.fees_yen
    assert statement.fees_yen == sum(copies * fee for copies, fee in applications)
    net = statement.commission_yen - statement.commission_tax_yen
    assert 0 <= net * 10 - statement.commission_tax_yen * 100 <= 110


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(0, 450), st.booleans()), max_size=30))
def test_a_month_in_which_sets_were_made_void_equals_one_in_which_they_were_never_issued(applications):
    rows = [(one(copies, copies * fee), bad) for copies, fee, bad in applications]
    voided = [Voided(row, OCTOBER) for row, bad in rows if bad]
    with_voids = statement_of(OCTOBER, [row for row, _ in rows], voided=voided)
    without = statement_of(OCTOBER, [row for row, bad in rows if not bad])
    assert with_voids.remit_yen == without.remit_yen
    assert with_voids.commission_yen == without.commission_yen
    assert with_voids.commission_tax_yen == without.commission_tax_yen
    assert with_voids.net_certificates == without.certificates


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
