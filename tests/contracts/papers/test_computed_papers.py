"""Sums on papers: formula, days, rate with its source, rounding and readings stand where a person can check them."""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import closed, designated, received, signed
from contracts_lives import Life
from marathon_lives import Marathon
from paper_reading import pdf_text, squeezed, word_text

from itaku.contracts.papers.content import PaperDraft
from itaku.contracts.papers.drafting import draft
from itaku.contracts.papers.pdf import pdf
from itaku.contracts.papers.word import word


def extended(price: int, performed: str, percent: str | None = "2.5") -> Marathon:
    """The deadline of 31 March 2027 is extended for fault, and the work is performed on a day."""
    life = Marathon(price=price, percent=percent)
    life.found("2027-03-30", "S2-11-1/責め", "S2-11-1/見込み")
    life.tell("2027-03-30", "deadline.extended", delay="D1", until="2027-06-30")
    life.tell(performed, "work.completed", on=performed)
    return life


def value(drafted: PaperDraft, name: str) -> str:
    return next(each.value for each in drafted.entries if each.name == name)


def both_texts(drafted: PaperDraft) -> tuple[str, str]:
    return pdf_text(pdf(drafted)), word_text(word(drafted))


@pytest.mark.shows("S2-11-1", "S2-11-2")
@pytest.mark.parametrize(
    ("price", "performed", "days", "exact", "charge"),
    [
        (11_000_000, "2027-04-20", "20日", "15,068.49…円", "15,000円"),
        (1_234_567, "2027-04-10", "10日", "845.59…円", "800円"),
        (100_000, "2027-04-14", "14日", "95.89…円", "0円"),
    ],
)
def test_the_late_charge_shows_base_days_rate_and_rounding(
    price: int, performed: str, days: str, exact: str, charge: str
) -> None:
    drafted = draft(extended(price, performed).on("2027-05-01"), "late-charge-statement")
    assert value(drafted, "charge") == charge
    assert value(drafted, "base") == f"{price:,}円"
    assert value(drafted, "first") == "令和9年4月1日（木）"
    assert value(drafted, "rate") == "2.5%"
    for text in both_texts(drafted):
        assert "延滞金計算書" in text
        assert squeezed(f"{price:,}円 × 2.5/100 × {days} ÷ 365日 = {exact}") in text
        assert squeezed(f"端数処理: 計算額 {exact} → 100円未満切捨て（100円未満は0円） = {charge}") in text
        assert "両端を算入して" + days in text
        assert squeezed("千葉県財務規則 第120条第1項") in text
        assert "出典:" in text
        assert "締結時の額（既定）" in text
        assert "甲が認めた完了の日（既定）" in text
        assert "第11条第2項" in text


def test_while_the_work_is_late_the_charge_grows_and_the_paper_says_so() -> None:
    life = extended(11_000_000, "2027-06-01")
    drafted = draft(life.on("2027-04-20"), "late-charge-statement")
    assert value(drafted, "charge") == "15,000円"
    assert value(drafted, "last") == ""
    assert any("なお増える" in each.ja for each in drafted.unsettled)
    assert any(each.ja == "履行した日" for each in drafted.waiting)


@pytest.mark.shows("S2-11-2")
def test_without_the_rate_there_is_no_sum_and_the_clause_that_waits_is_named() -> None:
    drafted = draft(extended(11_000_000, "2027-04-20", percent=None).on("2027-05-01"), "late-charge-statement")
    waiting = {each.ja: each for each in drafted.waiting}
    assert value(drafted, "charge") == ""
    assert waiting["延滞金"].clause == "S2-11-2"
    assert "率が登録されていない" in waiting["延滞金"].why_ja
    for text in both_texts(drafted):
        assert "率が登録されていない" in text
        assert "15,0" not in text


def test_another_reading_is_printed_as_chosen_and_changes_the_sum() -> None:
    life = extended(11_000_000, "2027-04-20")
    life.tell("2027-05-02", "report.received", sub_no="K1", scope="completion", fy="R8")
    life.chosen("S2-11-2.performed", "inspection", "2027-05-02")
    life.tell("2027-05-10", "inspection.held", sub_no="K1", scope="completion", result="pass", passed_on="2027-05-10")
    drafted = draft(life.on("2027-05-11"), "late-charge-statement")
    assert value(drafted, "last") == "令和9年5月10日（月）"
    assert value(drafted, "charge") == "30,100円"  # 11,000,000 x 2.5 % x 40 days / 365 = 30,136.98
    assert "検査に合格した日（選択）" in pdf_text(pdf(drafted))


def paid_late() -> Marathon:
    life = Marathon()
    life.tell("2026-03-25", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    life.tell("2026-04-01", "inspection.held", sub_no="R7-1", scope="fiscal-year", result="pass")
    life.tell("2026-04-16", "part.valued", valuation="V1", value_yen=3_000_000)
    life.tell("2026-04-17", "part.agreed", valuation="V1", sub_no="R7-1", yen=2_000_000)
    life.tell("2026-04-20", "invoice.received", sub_no="R7-1", under="S2-13-1-但/請求", yen=2_000_000)
    life.tell("2026-06-01", "price.paid", sub_no="R7-1", yen=2_000_000)
    life.found("2026-06-02", "S2-11-3/責め")
    life.tell("2026-06-02", "interest.claimed", sub_no="R7-1")
    return life


@pytest.mark.shows("S2-11-3", "S2-11-4")
def test_interest_counts_from_the_day_after_the_payment_limit_to_the_payment() -> None:
    result = paid_late().on("2026-06-03")
    drafted = draft(result, "interest-statement", "S2-11-4[sub_no=R7-1]")
    assert value(drafted, "first") == "令和8年5月21日（木）"
    assert value(drafted, "last") == "令和8年6月1日（月）"
    assert value(drafted, "interest") == "1,600円"
    assert squeezed("2,000,000円 × 2.5/100 × 12日 ÷ 365日 = 1,643.83…円") in pdf_text(pdf(drafted))
    claim = draft(result, "interest-claim", "S2-11-3[sub_no=R7-1]")
    assert value(claim, "limit") == "令和8年5月20日（水）"


@pytest.mark.shows("S2-13-1-但", "S2-13-2", "S2-13-3")
def test_a_part_payment_shows_value_paid_and_cap() -> None:
    result = paid_late().on("2026-05-01")
    drafted = draft(result, "part-payment-statement", "S2-13-1-但[valuation=V1]")
    assert [value(drafted, name) for name in ("value", "paid", "cap", "agreed")] == [
        "3,000,000円",
        "0円",
        "3,000,000円",
        "2,000,000円",
    ]
    record = draft(result, "payment-record", "S2-13-3[sub_no=R7-1]")
    assert [value(record, name) for name in ("limit", "paid", "unpaid")] == [
        "令和8年5月20日（水）",
        "0円",
        "2,000,000円",
    ]
    assert "初日不算入" in pdf_text(pdf(record))


def terminated() -> Marathon:
    life = Marathon()
    life.found("2026-09-01", "S2-17-1-6")
    life.tell("2026-10-01", "order.final", order="J1", sort="cease", member=False, low_price=False, on="2026-10-01")
    life.tell("2026-10-05", "termination.notified", case="T1", under=["S2-17-1", "S2-R2-1"])
    return life


@pytest.mark.shows("S2-18-2", "S2-R2-3", "S2-R3-1")
@pytest.mark.parametrize(
    ("paper", "instance", "yen", "share"),
    [
        ("penalty-claim", "S2-18-2[case=T1]", "1,100,000円", "11,000,000円 × 10/100"),
        ("rigging-penalty-claim", "S2-R2-3[case=T1]", "1,100,000円", "11,000,000円 × "),
        ("compensation-claim", "S2-R3-1[order=J1]", "2,200,000円", "11,000,000円 × "),
    ],
)
def test_penalties_are_claimed_one_by_one_and_never_added_up(paper: str, instance: str, yen: str, share: str) -> None:
    drafted = draft(terminated().on("2026-10-06"), paper, instance)
    text = pdf_text(pdf(drafted))
    assert value(drafted, "base") == "11,000,000円"
    assert any(each.value == yen for each in drafted.entries)
    assert squeezed(share) in text
    assert "ほかの条項の額と並べて示し、合算しない" in text
    assert "4,400,000" not in text


@pytest.mark.shows("S2-18-4")
def test_a_penalty_unpaid_at_its_limit_bears_a_late_charge_on_a_statement_of_its_own() -> None:
    life = terminated()
    life.dated("2026-10-06", "S2-18-2", "2026-11-05")
    life.paid("2026-11-25", "S2-18-2", 1_100_000)
    drafted = draft(life.on("2026-11-26"), "debt-late-charge-statement")
    assert value(drafted, "first") == "令和8年11月6日（金）"
    assert value(drafted, "charge") == "1,500円"
    assert squeezed("1,100,000円 × 2.5/100 × 20日 ÷ 365日 = 1,506.84…円") in pdf_text(pdf(drafted))


def late_month() -> Life:
    life = signed()
    closed(life, "2026-05-01", "2026-04", copies=1_000, refunded=2)
    designated(life, "2026-05-02", "2026-04", "2026-05-20")
    return life


@pytest.mark.shows("S1-12-1", "S1-12-2", "S1-12-3")
def test_a_month_is_booked_gross_and_paid_net() -> None:
    result = late_month().on("2026-05-10")
    offset = draft(result, "offset-statement")
    assert [value(offset, name) for name in ("issued", "voided", "counted", "unit", "gross", "commission", "net")] == [
        "1,002",
        "2",
        "1,000",
        "123円",
        "300,000円",
        "123,000円",
        "177,000円",
    ]
    commission = draft(result, "commission-statement", "S1-12-1[month=2026-04]")
    assert [value(commission, name) for name in ("amount", "tax")] == ["123,000円", "11,181円"]
    for name, yen in (("collection-statement", "300,000円"), ("remittance-slip", "177,000円")):
        assert yen in pdf_text(pdf(draft(result, name)))
    for name in ("revenue-entry", "expense-order"):
        assert draft(result, name).approver == "委託者"


@pytest.mark.shows("S1-15-1", "S1-15-2")
def test_days_of_inspection_are_left_out_of_the_late_charge_and_shown() -> None:
    life = late_month()
    life.tell("2026-06-01", "books.inspected", inspection="I1", from_="2026-05-25", to="2026-05-29")
    received(life, "2026-07-09", "2026-04", 300_000)
    drafted = draft(life.on("2026-07-10"), "late-charge-statement")
    assert value(drafted, "first") == "令和8年5月21日（木）"
    assert value(drafted, "last") == "令和8年7月9日（木）"
    text, written = both_texts(drafted)
    assert squeezed("算入する日数: 50日 − 5日 = 45日") in written
    assert squeezed("5日 = 45日") in text
    assert squeezed("300,000円 × 2.5/100 × 45日 ÷ 365日 = 924.65…円") in text
    assert value(drafted, "amount") == "900円"
    assert "政府契約の支払遅延防止等に関する法律" in text
    assert "令和3年財務省告示第49号" in text
    assert any("率の最終確認" in each.ja for each in drafted.unsettled)


@pytest.mark.shows("S1-15-1-但")
def test_a_waived_charge_is_nothing_owed_and_keeps_what_was_computed() -> None:
    life = late_month()
    received(life, "2026-07-09", "2026-04", 300_000)
    life.tell("2026-07-10", "charge.waived", month="2026-04", reason="災害")
    result = life.on("2026-07-11")
    assert value(draft(result, "late-charge-statement"), "amount") == "0円（免除・除外前の計算額 1,000円）"
    assert "1,000円" in value(draft(result, "waiver"), "computed")


@pytest.mark.shows("S2-12-2", "S2-12-3", "S2-12-3-後")
def test_an_inspection_shows_its_ten_days_and_its_rounds() -> None:
    life = Marathon()
    life.tell("2026-04-24", "report.received", sub_no="R8-1", scope="fiscal-year", fy="R8")
    first = draft(life.on("2026-04-25"), "inspection-record")
    assert "令和8年5月4日（月）（休日により動かせば令和8年5月7日（木））" in [each.value for each in first.entries]
    life.tell(
        "2026-05-01", "inspection.held", sub_no="R8-1", scope="fiscal-year", result="fail", correction_ordered=True
    )
    result = life.on("2026-05-02")
    done = draft(result, "inspection-record")
    assert [value(done, name) for name in ("received_on", "result", "correction")] == [
        "令和8年4月24日（金）",
        "不合格",
        "はい",
    ]
    order = draft(result, "correction-order", None, {"faults": "集計の誤り", "correction": "差し替える"})
    assert value(order, "inspected_on") == "令和8年5月1日（金）"
    life.tell("2026-05-07", "correction.notified", sub_no="R8-2", answers="R8-1")
    again = draft(life.on("2026-05-08"), "inspection-record")
    assert again.instance == "S2-12-3-後[sub_no=R8-2]"
    assert "令和8年5月17日" in pdf_text(pdf(again))


def test_days_before_the_newest_calendar_are_not_provisional_and_days_after_it_are() -> None:
    life = Marathon()
    life.tell("2028-04-24", "report.received", sub_no="R8-1", scope="fiscal-year", fy="R8")
    drafted = draft(life.on("2028-04-25"), "inspection-record", "S2-12-2[sub_no=R8-1]")
    assert any("未公表の暦" in each.ja for each in drafted.unsettled)
    assert dt.date(2028, 4, 25) > dt.date(2027, 12, 31)
