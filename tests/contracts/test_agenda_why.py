"""なぜ？ in sentences: what set a matter off, how its day is counted, which readings there are, and what follows."""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import closed
from contracts_lives import Life, instant
from rider_lives import MARATHON, chosen, signed

from itaku.contracts.agenda.line import agenda_line
from itaku.contracts.agenda.why_parts import WhyParts, why_parts
from itaku.contracts.engine.result import replay
from itaku.contracts.shelf import form


def paid_by_july() -> Life:
    """An invoice for a part of 11,000,000 yen, received on Tuesday 2 June 2026."""
    life = signed(88_000_000)
    life.tell("2026-05-07", "report.received", sub_no="P-1", scope="fiscal-year", fy="R7")
    life.tell("2026-05-12", "inspection.held", sub_no="P-1", scope="fiscal-year", result="pass")
    life.tell("2026-05-20", "part.valued", valuation="V-1", value_yen=12_400_000)
    life.tell("2026-05-28", "part.agreed", valuation="V-1", sub_no="P-1", yen=11_000_000)
    life.tell("2026-06-02", "invoice.received", sub_no="P-1", under="S2-13-1-但/請求", yen=11_000_000)
    return life


def parts(life: Life, at: str, instance: str) -> WhyParts:
    return why_parts(replay(life.contract, life.events, instant(at)), instance)


def test_a_payment_by_days_tells_its_trigger_with_the_number_in_the_record_and_its_clause():
    life = paid_by_july()
    found = parts(life, "2026-07-02", "S2-13-3[sub_no=P-1]")
    assert found.trigger.said.ja == "請求書の受理 6/2（火）"
    assert found.trigger.seq == len(life.events)
    assert found.place == "第13条第3項"
    assert found.summary.ja == "甲は請求の日から30日以内に払う。"


def test_the_counting_says_the_first_day_the_last_and_that_it_is_open():
    found = parts(paid_by_july(), "2026-07-02", "S2-13-3[sub_no=P-1]").counting
    assert [each.ja for each in found.lines] == [
        "初日不算入、1日目は 6/3（水）。30日目の 7/2（木）の終わりまで（民法第140条・第141条）"
    ]
    assert found.holiday is not None
    assert found.holiday.ja == "7/2（木）は閉庁日に当たらない。動かさない（民法第142条）"
    assert [each.ja for each in found.others] == ["6/2（火）を数えに入れると 7/1（水）"]


def test_the_strip_has_the_day_not_counted_the_closing_days_and_the_last_day():
    strip = parts(paid_by_july(), "2026-07-02", "S2-13-3[sub_no=P-1]").counting.strip
    assert strip is not None
    assert (strip.event, strip.last, strip.length, strip.collapsed) == (
        dt.date(2026, 6, 2),
        dt.date(2026, 7, 2),
        30,
        False,
    )
    assert (strip.cells[0].sort, strip.cells[0].number) == ("zero", 0)
    assert (strip.cells[-1].sort, strip.cells[-1].number) == ("last", 30)
    closed = [each.day.isoformat() for each in strip.cells if each.sort == "off"]
    assert closed == [f"2026-06-{day:02}" for day in (6, 7, 13, 14, 20, 21, 27, 28)]


def test_a_first_day_that_a_reading_counts_moves_the_strip_and_turns_the_other_reading_round():
    life = paid_by_july()
    chosen(life, "2026-04-01", "count.sono-hi-kara", "included")
    life.events.sort(key=lambda each: each.at)
    found = parts(life, "2026-07-02", "S2-13-3[sub_no=P-1]").counting
    assert found.strip is not None
    assert found.strip.last == dt.date(2026, 7, 1)
    assert found.strip.cells[0].sort == "open"
    assert [each.ja for each in found.others] == ["6/2（火）を数えに入れないと 7/2（木）"]


def test_a_reading_says_who_chose_it_and_when_and_a_default_that_nobody_did():
    life = paid_by_july()
    life.tell("2026-06-10", "policy.chosen", policy="S2-13-3.day", option="arrived", told_by="committee")
    by = {each.name: each.by.ja for each in parts(life, "2026-07-02", "S2-13-3[sub_no=P-1]").readings}
    assert by["S2-13-3.day"] == f"ちばアクアラインマラソン実行委員会が6/10（水）に選択、記録 {len(life.events)}"
    assert by["holiday.in-force"] == "既定、だれも選んでいない"


def test_what_follows_a_late_payment_is_interest_whose_rate_is_missing_until_somebody_enters_it():
    life = paid_by_july()
    after = parts(life, "2026-07-02", "S2-13-3[sub_no=P-1]").after
    assert [each.place for each in after] == ["第11条第3項", "第11条第4項"]
    assert [None if each.lacks is None else each.lacks.ja for each in after] == [None, "率が未登録のため計算しません"]
    life.tell(
        "2026-06-15",
        "rate.entered",
        rate="千葉県財務規則120-1",
        percent="2.5",
        basis="財務規則",
        source="告示",
        from_="2020-04-01",
    )
    told = life.events[-1].fields
    assert "from" in told
    assert [each.lacks for each in parts(life, "2026-07-02", "S2-13-3[sub_no=P-1]").after] == [None, None]


def test_a_last_day_that_is_closed_is_shown_with_the_other_day_and_the_reading_chosen():
    life = signed()
    life.tell("2026-06-25", "report.received", sub_no="N-1", scope="fiscal-year", fy="R7")
    found = parts(life, "2026-07-02", "S2-12-2[sub_no=N-1]").counting
    assert found.holiday is not None
    assert found.holiday.ja == "末日 7/5（日）は閉庁日（日曜日）。動かさない読み方を採用（民法第142条）"
    assert "閉庁日なので動かすと 7/6（月）" in [each.ja for each in found.others]


def test_a_period_that_is_counted_backwards_says_which_day_is_safe_and_runs_to_the_left():
    life = signed()
    life.tell(
        "2026-06-30", "sanitization.planned", device="D1", class_="B", on="2026-08-06", leased=False, outside=False
    )
    found = parts(life, "2026-07-02", "S2-D4.4-1[device=D1]").counting
    assert found.strip is not None
    assert found.strip.cells[0].sort == "last"
    assert found.strip.cells[0].day == dt.date(2026, 7, 7)
    assert found.strip.cells[-1].sort == "zero"
    assert any("7/6（月）までなら安全" in each.ja for each in found.others)


def test_a_period_of_a_year_is_drawn_with_both_ends_only():
    life = signed()
    life.tell("2026-05-20", "defect.known", defect="F1", sort="quality")
    found = parts(life, "2026-07-02", "S2-14-3[defect=F1]").counting
    assert "2027/5/20（木）" in found.lines[0].ja
    assert found.strip is not None
    assert found.strip.collapsed
    gap = next(each for each in found.strip.cells if each.sort == "gap")
    assert gap.number + len(found.strip.cells) - 2 == found.strip.length


def test_the_loss_of_a_right_is_named_with_what_it_bars():
    life = signed()
    life.tell("2026-05-20", "defect.known", defect="F1", sort="quality")
    result = replay(life.contract, life.events, instant("2026-07-02"))
    line = agenda_line(result, "M", "S2-14-3[defect=F1]")
    assert line.what.ja.endswith("（するなら）")
    assert line.optional
    assert line.bearer is not None
    assert line.bearer.id == "committee"
    barred = [each.clause for each in why_parts(result, "S2-14-3[defect=F1]").after]
    assert {"S2-14-1", "S2-14-2"} <= set(barred)


def test_an_hour_clock_is_told_as_instants_with_every_reading_of_them():
    life = signed()
    life.tell("2026-07-02T08:12", "data-incident.recognised", incident="I1", threat="loss")
    life.tell("2026-07-02T08:24", "data-incident.first-reported", incident="I1", caller="T-01", whom="当番")
    found = parts(life, "2026-07-02T08:42", "S2-D4.1-6-イ[incident=I1]")
    assert [each.ja for each in found.instants] == ["目標（最も厳しい読み方） 7/2（木）10:00", "限度 7/2（木）11:24"]
    assert found.counting.strip is None
    assert len(found.counting.others) >= 2
    line = agenda_line(
        replay(life.contract, life.events, instant("2026-07-02T08:42")), "M", "S2-D4.1-6-イ[incident=I1]"
    )
    assert line.counted.ja == "時間で数える、目標 10:00、限度 11:24"


def test_what_waits_for_a_day_says_for_which():
    life = Life(form("certificates"), "2026-04-01")
    closed(life, "2026-07-01", "2026-06", copies=100)
    found = parts(life, "2026-07-02", "S1-12-2[month=2026-06]")
    assert found.counting.strip is None
    assert any("期限は未定" in each.ja for each in found.counting.lines)


def test_an_objection_to_renewal_is_a_line_with_its_day_one_month_before():
    life = Life(form("certificates"), "2026-04-01")
    life.tell("2026-04-01", "term.set", term="term_end", date="2027-03-31")
    result = replay(life.contract, life.events, instant("2026-07-02"))
    name = next(each for each in result.views if each.startswith("S1-21-但"))
    line = agenda_line(result, "C", name)
    assert line.due == dt.date(2027, 2, 28)
    assert line.what.ja.endswith("（するなら）")
    assert why_parts(result, name).after[0].place == "第21条ただし書"


@pytest.mark.parametrize("name", ["certificates", "marathon"])
def test_every_instance_of_a_contract_in_force_can_say_why(name):
    life = Life(form(name), "2025-11-04")
    result = replay(life.contract, life.events, instant("2026-07-02"))
    for each in result.views:
        found = why_parts(result, each)
        assert found.trigger.said.ja
        assert found.counting.lines


def test_the_shelf_is_what_these_lives_run_by():
    assert form("marathon") is MARATHON
