"""A paper that changes the contract shows what it would change, before anybody signs it."""

from __future__ import annotations

import pytest
from certificates_lives import signed
from marathon_lives import Marathon
from paper_reading import pdf_text, squeezed

from itaku.contracts.papers.content import PaperDraft
from itaku.contracts.papers.drafting import draft
from itaku.contracts.papers.pdf import pdf


def changes(drafted: PaperDraft) -> dict[str, tuple[str, str]]:
    return {each.ja: (each.before, each.after) for each in drafted.changes}


def changed_work() -> Marathon:
    life = Marathon()
    life.tell("2026-04-20", "change.ordered", change="C1", sort="content")
    return life


@pytest.mark.shows("S2-7-1", "S2-7-1-後")
def test_an_amendment_shows_terms_deadlines_and_sums_before_and_after() -> None:
    entered = {"new_price": "12,100,000", "new_deadline": "令和9年6月30日", "reason": "給水所", "since": "2026-05-01"}
    result = changed_work().on("2026-04-24")
    drafted = draft(result, "amendment", "S2-7-1-後[change=C1]", entered)
    found = changes(drafted)
    assert found["業務委託料（税込）"] == ("11,000,000円", "12,100,000円")
    assert found["履行期限"] == ("令和9年3月31日（水）", "令和9年6月30日（水）")
    assert found["第1条第1項の期限"] == ("令和9年3月31日（水）", "令和9年6月30日（水）")
    assert "契約" not in found
    assert len(drafted.senders) == 2
    assert drafted.copies == 2
    text = pdf_text(pdf(drafted))
    assert squeezed("業務委託料（税込） Price, tax included 11,000,000円 12,100,000円") in text
    assert result.views["S2-1-1[e1]"].due.day.isoformat() == "2027-03-31"


def test_only_what_is_entered_changes_and_nothing_is_computed_from_a_blank() -> None:
    result = changed_work().on("2026-04-24")
    deadline = draft(result, "amendment", "S2-7-1-後[change=C1]", {"new_deadline": "2027-06-30"})
    assert "業務委託料（税込）" not in changes(deadline)
    approval = draft(Marathon().on("2026-04-24"), "extension-approval", "S2-11-1[e1]")
    assert approval.changes == ()
    assert any("効果は" in each.ja for each in approval.unsettled)


def test_a_correction_of_what_was_told_is_heeded() -> None:
    life = changed_work()
    life.tell("2026-04-20", "term.set", term="price_yen", yen=9_000_000, corrects=life.events[1].id)
    drafted = draft(life.on("2026-04-24"), "amendment", "S2-7-1-後[change=C1]", {"new_price": "12100000"})
    assert changes(drafted)["業務委託料（税込）"] == ("9,000,000円", "12,100,000円")


@pytest.mark.shows("S2-17-1", "S2-17-1-6")
def test_a_notice_of_termination_names_its_ground_and_what_ends_and_what_becomes_due() -> None:
    life = Marathon()
    life.found("2026-04-21", "S2-17-1-6")
    drafted = draft(life.on("2026-04-24"), "termination-notice", None, {"facts": "検査を妨げた"})
    assert drafted.instance == "S2-17-1[e1]"
    found = changes(drafted)
    assert found["契約"] == ("有効", "解除")
    assert found["第18条第2項の額"] == ("なし", "1,100,000円")
    assert [each.clause for each in drafted.grounds if each.holds] == ["S2-17-1-6"]
    assert any(each.startswith("終わる義務・権利") and "S2-1-1" in each for each in found)


@pytest.mark.shows("S2-17-1", "S2-17-2")
def test_a_notice_without_ground_or_barred_says_that_the_right_is_not_to_be_had() -> None:
    life = Marathon()
    none = draft(life.on("2026-04-24"), "termination-notice", "S2-17-1[e1]")
    assert none.changes == ()
    assert "この権利は今は行使できない" in none.unsettled[0].ja
    life.found("2026-04-21", "S2-17-1-6", "S2-17-2")
    barred = draft(life.on("2026-04-24"), "termination-notice", "S2-17-1[e1]")
    assert "S2-17-2" in barred.unsettled[0].ja
    assert pdf_text(pdf(barred)).startswith("案案この権利は今は行使できない")


@pytest.mark.shows("S2-16")
def test_a_demand_sets_the_period_after_which_the_contract_may_be_terminated() -> None:
    life = Marathon()
    life.tell("2027-04-05", "demand.received", demand="D1", perform_by="2027-04-20")
    before = draft(life.on("2027-04-15"), "termination-notice", "S2-16[demand=D1]")
    assert "行使できない" in before.unsettled[0].ja
    after = draft(life.on("2027-04-25"), "termination-notice", "S2-16[demand=D1]")
    assert changes(after)["第18条第2項の額"] == ("なし", "1,100,000円")


@pytest.mark.shows("S2-14-3")
def test_a_notice_of_nonconformity_shows_the_year_in_which_it_must_arrive() -> None:
    life = Marathon()
    life.tell("2026-02-10", "defect.known", defect="N1", sort="quality")
    drafted = draft(life.on("2026-03-01"), "defect-notice", None, {"defect": "案内板の誤り"})
    values = [each.value for each in drafted.entries]
    assert "品質" in values
    assert any(value.startswith("令和9年2月10日") for value in values)


@pytest.mark.shows("S1-22")
def test_a_notice_of_cancellation_shows_the_day_on_which_the_contract_would_end() -> None:
    life = signed()
    drafted = draft(life.on("2026-06-01"), "cancellation-notice", None, {"end_on": "2026-09-30"})
    assert changes(drafted)["契約（令和8年10月1日（木）に）"] == ("有効", "解約")
    blank = draft(life.on("2026-06-01"), "cancellation-notice")
    assert blank.changes == ()
    assert any("効果は" in each.ja for each in blank.unsettled)
    late = draft(life.on("2026-09-15"), "cancellation-notice", None, {"end_on": "2026-09-30"})
    assert late.changes == ()
