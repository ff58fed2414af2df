from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.yen import Yen
from itaku.settlement.errors import MonthUnreadableError, RateUnknownError, RowUnfitError
from itaku.settlement.figures import TOTAL, by_tax_rate
from itaku.settlement.month import Month
from itaku.settlement.rates import COMMISSION_PRICES, TAX_RATES, CommissionPrice, TaxRate
from itaku.settlement.statement import Delivered, Movements, RefundedCopies, make_statement

CITY = "132012"
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


def one(copies=1, fee=300, kind="resident-record", on=dt.date(2026, 10, 5)):
    return Delivered(CITY, kind, copies, Yen(fee), on)


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
    many = Delivered(CITY, "resident-record", 2, Yen(600), dt.date(2026, 10, 5), issuances=50)
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


def test_a_price_that_is_not_on_file_is_never_guessed_and_the_days_that_lack_it_are_named():
    with pytest.raises(RateUnknownError, match=r"commission_yen 2019-09-05, 2019-09-30; tax_percent 2019-09-05"):
        statement_of(Month(2019, 9), [one(on=dt.date(2019, 9, 5))])
    begun = [CommissionPrice(dt.date(2026, 10, 4), Yen(120), "first")]
    assert statement_of(OCTOBER, [one()], begun).commission_yen == 120
    before = [one(on=dt.date(2026, 10, day)) for day in (1, 2, 3, 4)]
    with pytest.raises(RateUnknownError, match=r"commission_yen 2026-10-01\.\.2026-10-03\)"):
        statement_of(OCTOBER, before, begun)


CHANGED = [*COMMISSION_PRICES, CommissionPrice(dt.date(2026, 10, 15), Yen(117), "変更契約 第1号")]
TAXED = [*TAX_RATES, TaxRate(dt.date(2026, 10, 20), 8, "invented law")]


def test_a_price_that_changes_within_the_month_is_charged_by_the_day_of_each_delivery():
    rows = [one(on=dt.date(2026, 10, day)) for day in (14, 14, 15, 31)]
    statement = statement_of(OCTOBER, rows, CHANGED)
    assert [(each.certificates, each.price_yen, each.days_ja) for each in statement.charges] == [
        (2, 123, "2026-10 1–14日"),
        (2, 117, "2026-10 15–31日"),
    ]
    assert statement.commission_yen == 2 * 123 + 2 * 117
    assert statement.commission_tax_yen == 480 * 10 // 110  # one tax rate: one rounding
    shown = "\n".join(line.ja for line in statement.working)
    assert "委託手数料（2026年10月15日から31日まで交付）: 2通 × 117円（税込） = 234円" in shown
    assert "変更契約 第1号" in shown
    november = statement_of(NOVEMBER, [one(on=dt.date(2026, 11, 1))], CHANGED)
    assert (november.commission_yen, november.charges[0].first) == (117, None)


def test_a_tax_rate_that_changes_within_the_month_is_rounded_once_at_each_rate():
    rows = [one(on=dt.date(2026, 10, day)) for day in (1, 15, 19, 20, 31)]
    void = [one(on=dt.date(2026, 10, 19)), one(on=dt.date(2026, 9, 30))]
    statement = statement_of(OCTOBER, rows, CHANGED, TAXED, void)
    assert [(each.counts, each.days_ja, each.yen, each.tax_percent) for each in statement.charges] == [
        ("delivered", "2026-10 1–14日", 123, 10),
        ("delivered", "2026-10 15–19日", 234, 10),
        ("delivered", "2026-10 20–31日", 234, 8),
        ("voided", "2026-10 15–19日", -117, 10),
        ("voided", "2026-09", -123, 10),
    ]
    assert statement.commission_tax_yen == 117 * 10 // 110 + 234 * 8 // 108
    assert [row[:3] for row in by_tax_rate(statement).rows] == [("10%", 117, 10), ("8%", 234, 17), (TOTAL, 351, 27)]
    shown = "\n".join(line.ja for line in statement.working)
    assert "うち消費税等（8%対象）: 234円 × 8/108 = 17円" in shown
    assert "（税率ごとに一度だけ端数処理）: 10 + 17 = 27円" in shown


DAYS = st.dates(dt.date(2026, 9, 1), dt.date(2026, 10, 31))
RATES = st.dictionaries(DAYS, st.integers(1, 400), max_size=4)


@given(
    st.lists(st.tuples(DAYS, st.integers(1, 10), st.booleans()), max_size=30),
    RATES,
    st.dictionaries(DAYS, st.sampled_from([5, 8, 10]), max_size=3),
    st.sampled_from(RefundedCopies),
)
def test_whatever_changes_when_each_set_is_charged_by_its_own_day_and_each_tax_rate_is_rounded_once(
    sets, prices, percents, reading
):
    prices = [*COMMISSION_PRICES, *(CommissionPrice(day, Yen(yen), "told") for day, yen in prices.items())]
    taxes = [*TAX_RATES, *(TaxRate(day, percent, "told") for day, percent in percents.items())]
    rows = [(one(copies, copies * 300, on=day), bad) for day, copies, bad in sets]
    moved = Movements(tuple(row for row, _ in rows), tuple(row for row, bad in rows if bad))
    statement = make_statement(CITY, OCTOBER, moved, prices, taxes, reading)
    sums = {}
    for row, bad in rows:
        counted = 0 if bad and reading is RefundedCopies.NET else row.copies
        price = max((each for each in prices if each.since <= row.delivered_on), key=lambda each: each.since)
        tax = max((each for each in taxes if each.since <= row.delivered_on), key=lambda each: each.since)
        sums[tax.percent] = sums.get(tax.percent, 0) + counted * price.yen
    assert statement.commission_yen == sum(sums.values())
    assert statement.commission_tax_yen == sum(yen * percent // (100 + percent) for percent, yen in sums.items())
    assert statement.commission_yen == sum(each.certificates * each.price_yen for each in statement.charges)


@pytest.mark.parametrize(
    "row",
    [
        Delivered(CITY, None, 1, Yen(300), dt.date(2026, 10, 5)),
        Delivered(CITY, "unknown", 1, Yen(300), dt.date(2026, 10, 5)),
        Delivered(CITY, "resident-record", 0, Yen(300), dt.date(2026, 10, 5)),
        Delivered(CITY, "resident-record", 1, Yen(-1), dt.date(2026, 10, 5)),
        Delivered("999999", "resident-record", 1, Yen(300), dt.date(2026, 10, 5)),
    ],
)
def test_a_delivered_issuance_that_cannot_be_counted_stops_the_statement(row):
    with pytest.raises(RowUnfitError):
        statement_of(OCTOBER, [one(), row])


def test_one_bad_copy_of_three_takes_off_the_whole_set():
    bought = one(copies=3, fee=900)
    statement = statement_of(OCTOBER, [bought, one()], voided=[bought])
    assert (statement.certificates, statement.refunded_certificates, statement.net_certificates) == (4, 3, 1)
    assert (statement.fees_yen, statement.refunds_yen) == (1200, 900)
    assert statement.commission_yen == 123
    assert statement.commission_tax_yen == 11
    assert statement.remit_yen == 300 - 123
    shown = [line.ja for line in statement.working if line.clause == "S1-8-1"]
    assert any("3通（1件、1通の不良で全部数） 返金 900円、差引 1通" in line for line in shown)


def test_a_set_made_void_in_a_later_month_is_taken_off_there_and_the_earlier_statement_stays():
    bought = one(copies=2, fee=600)
    assert statement_of(OCTOBER, [bought]).commission_yen == 246
    statement = statement_of(NOVEMBER, [], voided=[bought])
    assert (statement.certificates, statement.refunded_certificates, statement.net_certificates) == (0, 2, -2)
    assert (statement.fees_yen, statement.refunds_yen) == (0, 600)
    assert (statement.commission_yen, statement.commission_tax_yen) == (-246, -22)
    assert statement.remit_yen == -354


def test_what_is_made_void_is_taken_off_at_the_price_and_the_tax_rate_at_which_it_was_charged():
    prices = [*COMMISSION_PRICES, CommissionPrice(dt.date(2026, 11, 1), Yen(117), "amendment")]
    taxes = [*TAX_RATES, TaxRate(dt.date(2026, 11, 1), 8, "invented")]
    statement = statement_of(NOVEMBER, [one(on=dt.date(2026, 11, 2))] * 10, prices, taxes, [one()])
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
    voided = [row for row, bad in rows if bad]
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
