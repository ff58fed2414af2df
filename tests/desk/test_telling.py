"""Telling an event: the form, the difference before it counts, the record, and all that must not go wrong there."""

from __future__ import annotations

import concurrent.futures
import datetime as dt
from urllib.parse import quote

import pytest
from desk_under_test import text_of
from telling_by_hand import Table, certificates, filled, hidden, marathon, notes_of, sent, stopped_half_way

MORNING = dt.datetime(2026, 7, 2, 8, 42)  # noqa: DTZ001 the desk's own zone
PASSWORD_PAGE = "/sign-in/"


@pytest.fixture
def table(desk) -> Table:
    """A marathon contract of its own, on the morning of 2 July 2026."""
    desk.move_to(MORNING)
    return marathon(desk)


def told_kinds(table: Table) -> list[str]:
    """What was told of the contract, by kind."""
    return [each.kind for each in table.desk.ask(lambda keeper: keeper.told(table.contract))]


# ---- the form ----


def test_a_form_opened_from_a_matter_is_filled_with_its_keys_its_clause_and_what_is_unpaid(table):
    table.tell("morita", "damage.counted", damage="A1", fault="other", payee="committee", yen="80,000")
    form = filled(table.form("ono", "payment.made", instance="S2-10[damage=A1]").text)
    assert form["f_under"] == "S2-10"
    assert form["f_instance"] == "S2-10[damage=A1]"
    assert form["f_yen"] == "80000"


def test_days_are_shown_in_the_era_and_sums_with_their_unit_before_anything_is_recorded(table):
    shown = table.preview("morita", "inquiry.made", inquiry="C1", sort="report", answer_by="2026-07-10")
    words = text_of(shown.text)
    assert "令和8年7月10日（金）" in words
    assert "まだ記録していません" in words
    assert "報告" in words
    assert told_kinds(table).count("inquiry.made") == 0


def test_the_preview_shows_states_days_and_sums_with_their_clauses(table):
    shown = text_of(table.preview("morita", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7").text)
    assert "第12条第2項" in shown
    assert "履行済" in shown
    assert "7/12" in shown


def test_an_act_without_effect_says_why_in_words_and_places(table):
    shown = text_of(table.preview("morita", "termination.notified", case="T1", under="S2-17-1", party="committee").text)
    assert "効力を生じません" in shown
    assert "次のどの事由もない" in shown
    assert "第17条第1項第1号" in shown
    assert "no_ground" not in shown


def test_the_same_page_stands_in_english(table):
    visitor = table.people["morita"]
    visitor.post("/language/", {"lang": "en", "back": "/"})
    try:
        words = text_of(table.preview("morita", "inquiry.made", inquiry="C1", sort="report").text)
    finally:
        visitor.post("/language/", {"lang": "ja", "back": "/"})
    assert "Inquiry into the work" in words
    assert "What changes" in words
    assert "Record" in words


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("f_yen", "12円五十", "整数で入れてください"),
        ("f_yen", "-5", "整数で入れてください"),
        ("f_yen", "9" * 40, "整数で入れてください"),
        ("f_yen", "", "空です"),
        ("f_damage", "A[1]", "使えません"),
        ("f_damage", "", "空です"),
        ("f_damage", "A\x07", "制御文字"),
        ("f_damage", "あ" * 61, "長すぎます"),
        ("f_fault", "nobody", "一覧にない値"),
        ("f_fault", "", "一つ選んで"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_written_stays(table, field, value, word):
    path = f"/acts/{table.contract}/damage.counted/"
    given = {**filled(table.form("morita", "damage.counted").text)}
    given |= sent({"damage": "A1", "fault": "other", "payee": "third", "yen": "60,000"})
    page = table.people["morita"].post(path, {**given, field: value, "step": "preview"})
    assert page.status == 400
    assert word in text_of(page.text)
    assert "まだ記録していません" in page.text
    others = {"f_damage": "A1", "f_yen": "60,000"}
    others.pop(field, None)
    assert all(filled(page.text)[name] == text for name, text in others.items())


def test_hostile_text_is_shown_as_text(table):
    shown = table.preview(
        "morita", "damage.counted", damage="<script>x</script>", fault="other", payee="third", yen="1"
    )
    assert shown.status == 200
    assert "<script>x" not in shown.text
    assert "&lt;script&gt;x" in shown.text


def test_a_day_to_come_is_refused_and_a_past_day_wants_a_reason(table):
    visitor, path = table.people["morita"], f"/acts/{table.contract}/inquiry.made/"
    given = {**filled(table.form("morita", "inquiry.made").text), **sent({"inquiry": "C1", "sort": "report"})}
    ahead = visitor.post(path, {**given, "when": "earlier", "day": "2026-07-03", "why": "先に", "step": "preview"})
    assert "まだ来ていない日時です" in ahead.text
    silent = visitor.post(path, {**given, "when": "earlier", "day": "2026-06-30", "step": "preview"})
    assert silent.status == 400
    assert "空です" in silent.text
    odd = visitor.post(path, {**given, "when": "earlier", "day": "令和8年2月30日", "why": "x", "step": "preview"})
    assert odd.status == 400


def test_a_day_in_the_past_counts_and_is_shown_as_told_in_arrears_wherever_it_stands(table):
    visitor, path = table.people["morita"], f"/acts/{table.contract}/report.received/"
    given = {**filled(table.form("morita", "report.received").text)}
    given |= sent({"sub_no": "R7-1", "scope": "fiscal-year", "fy": "R7"})
    shown = visitor.post(
        path, {**given, "when": "earlier", "day": "2026-06-29", "time": "10:05", "why": "受付印の日", "step": "preview"}
    )
    assert "さかのぼる記録" in shown.text
    assert "7/9" in text_of(shown.text)
    done = visitor.post(path, {**hidden(shown.text), "step": "record"})
    assert "さかのぼる記録" in done.text
    assert "受付印の日" in done.text
    listed = text_of(visitor.get(f"/acts/{table.contract}/told").text)
    assert "さかのぼる記録" in listed
    assert "受付印の日" in listed


# ---- once, and on what was seen ----


def test_a_form_sent_twice_at_once_tells_once(table):
    visitor, path = table.people["morita"], f"/acts/{table.contract}/inquiry.made/"
    shown = table.preview("morita", "inquiry.made", inquiry="C1", sort="report")
    given = {**hidden(shown.text), "step": "record"}
    with concurrent.futures.ThreadPoolExecutor(3) as several:
        pages = list(several.map(lambda _: visitor.post(path, given), range(3)))
    assert all("記録しました" in page.text for page in pages)
    assert told_kinds(table).count("inquiry.made") == 1


def test_whoever_looked_before_another_record_sees_the_difference_anew_and_loses_nothing(table):
    first = table.preview("morita", "inquiry.made", inquiry="C1", sort="report", answer_by="2026-07-10")
    table.tell("shiraishi", "schedule.submitted", version="1")
    path = f"/acts/{table.contract}/inquiry.made/"
    again = table.people["morita"].post(path, {**hidden(first.text), "step": "record"})
    assert again.status == 409
    assert "別の記録が加わりました" in again.text
    assert "業務工程表の提出" in text_of(again.text)
    assert "令和8年7月10日" in again.text
    assert told_kinds(table).count("inquiry.made") == 0
    done = table.people["morita"].post(path, {**hidden(again.text), "step": "record"})
    assert "記録しました" in done.text


def test_of_two_people_who_record_at_the_same_moment_the_second_sees_the_first(table):
    firsts = {
        "morita": ("inquiry.made", table.preview("morita", "inquiry.made", inquiry="C1", sort="report")),
        "shiraishi": ("schedule.submitted", table.preview("shiraishi", "schedule.submitted", version="1")),
    }

    def record(who: str):
        kind, shown = firsts[who]
        return table.people[who].post(f"/acts/{table.contract}/{kind}/", {**hidden(shown.text), "step": "record"})

    with concurrent.futures.ThreadPoolExecutor(2) as both:
        pages = list(both.map(record, firsts))
    assert sorted(page.status for page in pages) == [200, 409]
    assert len(told_kinds(table)) == 4


@pytest.mark.parametrize("moved", [dt.timedelta(days=1), dt.timedelta(minutes=25), dt.timedelta(hours=-2)])
def test_when_the_clock_has_moved_now_is_taken_anew_and_shown_first(table, moved):
    shown = table.preview("morita", "inquiry.made", inquiry="C1", sort="report")
    table.desk.move_to(MORNING + moved)
    path = f"/acts/{table.contract}/inquiry.made/"
    again = table.people["morita"].post(path, {**hidden(shown.text), "step": "record"})
    assert again.status == 409
    assert "「いま」を取り直しました" in again.text
    assert "記録しました" in table.people["morita"].post(path, {**hidden(again.text), "step": "record"}).text


def test_a_form_sent_after_the_session_ended_is_kept_through_the_sign_in(table):
    shown = table.preview("morita", "inquiry.made", inquiry="C-途中", sort="report")
    stranger = table.desk.visitor()
    stranger.get("/sign-in/")
    path = f"/acts/{table.contract}/inquiry.made/"
    asked = stranger.post(path, {**hidden(shown.text), "step": "record"})
    assert asked.status == 401
    assert "書いたものは残っています" in asked.text
    given = hidden(asked.text) | {"sign_in_name": "morita", "password": _password()}
    offered = stranger.post("/sign-in/", given)
    assert "C-途中" in offered.text
    assert told_kinds(table).count("inquiry.made") == 0
    kept = {**filled(offered.text), **_written(offered.text)}
    assert "記録しました" in stranger.post(path, kept).text


def test_what_another_sites_page_sends_is_not_kept(table):
    import urllib.request

    request = urllib.request.Request(
        f"{table.desk.url}/acts/{table.contract}/inquiry.made/",
        data=b"f_inquiry=evil",
        headers={"Origin": "http://evil.test"},
    )
    with urllib.request.urlopen(request) as answer:
        assert b"evil" not in answer.read().replace(b"evil.test", b"")


def _password() -> str:
    from itaku.sandbox.desk_people import PASSWORD

    return PASSWORD


def _written(html: str) -> dict[str, str]:
    """The text areas of the page that offers a form again."""
    import re

    return dict(re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.DOTALL))


# ---- who may ----


@pytest.mark.parametrize(
    ("who", "kind", "who_can"),
    [
        ("morita", "inspection.held", "検査員"),
        ("morita", "price.paid", "出納"),
        ("kanda", "price.paid", "出納"),
        ("shiraishi", "inspection.held", "実行委員会"),
        ("morita", "correction.notified", "株式会社"),
    ],
)
def test_a_refused_act_says_why_and_who_can(table, who, kind, who_can):
    for page in (table.form(who, kind), table.people[who].post(f"/acts/{table.contract}/{kind}/", {"step": "record"})):
        assert page.status == 403
        assert "あなたの担当ではできません" in page.text
        form = table.desk.ask(lambda keeper: keeper.form_of(table.contract))
        known = [who_can, *(each.ja for each in form.parties.values())]
        assert any(word in text_of(page.text) for word in known)
    if who_can in {"検査員", "出納"}:
        assert who_can in text_of(page.text)


def test_a_duty_that_the_contract_names_is_refused_with_its_clause(table):
    assert "第12条第2項" in text_of(table.form("morita", "inspection.held").text)


def test_an_auditor_reads_and_tells_nothing(desk):
    desk.move_to(MORNING)
    kuroda = desk.visitor("kuroda")
    page = kuroda.get("/acts/marathon-2026/")
    assert page.status == 200
    assert "見るだけ" in page.text
    assert kuroda.get("/acts/marathon-2026/told").status == 200
    assert kuroda.get("/acts/marathon-2026/inquiry.made/").status == 403
    assert kuroda.post("/acts/marathon-2026/inquiry.made/", {"step": "record"}).status == 403


def test_an_administrator_of_accounts_tells_no_events(desk):
    desk.move_to(MORNING)
    assert desk.visitor("hayashi").get("/acts/marathon-2026/inquiry.made/").status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/acts/certificates-2026/",
        "/acts/certificates-2026/told",
        "/acts/certificates-2026/flows",
        "/acts/certificates-2026/month.closed/",
        "/acts/nowhere/",
        "/acts/marathon-2026/no.such/",
        "/acts/marathon-2026/done/a0123",
        "/acts/marathon-2026/pending/a0123",
        "/acts/marathon-2026/void/e1",
        "/acts/marathon-2026/void/nothing",
        "/acts/marathon-2026/schedule.submitted/?corrects=nothing",
        "/acts/marathon-2026/schedule.submitted/?corrects=e10",
        "/acts/marathon-2026/schedule.submitted/?instance=S2-3-2[version=nothing]",
    ],
)
def test_forged_addresses_and_other_peoples_contracts_are_not_there(desk, path):
    desk.move_to(MORNING)
    shiraishi = _known(desk, "shiraishi")
    assert shiraishi.get(path.replace("[", "%5B").replace("]", "%5D")).status == 404


def _known(desk, name):
    from telling_by_hand import _signed_in

    return _signed_in(desk, name)


def test_an_act_of_one_contract_is_not_found_under_another(table):
    done = table.tell("morita", "inquiry.made", inquiry="C1", sort="report")
    token = done.path.rpartition("/")[2]
    other = marathon(table.desk)
    assert other.people["morita"].get(f"/acts/{other.contract}/done/{token}").status == 404


def test_a_token_that_stands_for_another_act_tells_nothing(table):
    done = table.tell("morita", "inquiry.made", inquiry="C1", sort="report")
    token = done.path.rpartition("/")[2]
    shown = table.preview("shiraishi", "schedule.submitted", version="1")
    path = f"/acts/{table.contract}/schedule.submitted/"
    forged = {**hidden(shown.text), "_token": token, "step": "record"}
    assert table.people["shiraishi"].post(path, forged).status == 409
    assert told_kinds(table).count("schedule.submitted") == 0


# ---- the second person ----


def test_a_termination_waits_for_another_person_of_the_same_side_and_nobody_confirms_their_own(table):
    shown = table.preview("morita", "termination.notified", case="T1", under="S2-16", party="committee")
    assert "確認を求める" in shown.text
    path = f"/acts/{table.contract}/termination.notified/"
    waiting = table.people["morita"].post(path, {**hidden(shown.text), "step": "record"})
    assert "まだ記録していません" in waiting.text
    assert told_kinds(table).count("termination.notified") == 0
    for who in ("morita", "shiraishi"):
        listed = table.people[who].get(f"/acts/{table.contract}/")
        assert "解除通知の到達" in listed.text
        assert waiting.path in listed.text
    own = table.people["morita"].post(waiting.path, {**hidden(waiting.text), "step": "confirm"})
    assert own.status == 409
    assert "自分の記録を自分で確認することはできません" in own.text
    other_side = table.people["shiraishi"].post(waiting.path, {"_seq": hidden(waiting.text)["_seq"], "step": "confirm"})
    assert other_side.status == 403
    assert told_kinds(table).count("termination.notified") == 0
    done = table.confirm("kanda", waiting.path)
    assert "記録しました" in done.text
    assert "神田 悠" in done.text
    assert told_kinds(table).count("termination.notified") == 1


def test_a_waiting_act_is_shown_anew_when_the_contract_has_moved(table):
    shown = table.preview("morita", "termination.notified", case="T1", under="S2-16", party="committee")
    path = f"/acts/{table.contract}/termination.notified/"
    waiting = table.people["morita"].post(path, {**hidden(shown.text), "step": "record"})
    seen = hidden(table.people["kanda"].get(waiting.path).text)
    table.tell("shiraishi", "schedule.submitted", version="1")
    again = table.people["kanda"].post(waiting.path, {**seen, "step": "confirm"})
    assert again.status == 409
    assert "別の記録が加わりました" in again.text
    assert "記録しました" in table.people["kanda"].post(waiting.path, {**hidden(again.text), "step": "confirm"}).text


def test_a_confirmation_whose_process_stopped_half_way_waits_again(table):
    table.tell("shiraishi", "doubt.raised", doubt="B1")
    shown = table.preview("shiraishi", "consultation.agreed", instance="S2-25[doubt=B1]")
    path = f"/acts/{table.contract}/consultation.agreed/"
    waiting = table.people["shiraishi"].post(path, {**hidden(shown.text), "step": "record"})
    stopped_half_way(table.desk.dsn, waiting.path.rpartition("/")[2], MORNING - dt.timedelta(minutes=5))
    assert "記録しました" in table.confirm("morita", waiting.path).text
    assert told_kinds(table).count("consultation.agreed") == 1


def test_the_audit_trail_says_who_told_and_who_confirmed(table):
    table.tell("morita", "termination.notified", case="T1", under="S2-16", party="committee", confirmed_by="kanda")
    notes = notes_of(table.desk.dsn, table.contract)
    assert [(kind, name) for kind, name in notes if kind in {"asked-to-confirm", "confirmed"}] == [
        ("asked-to-confirm", "morita"),
        ("confirmed", "kanda"),
    ]


def test_an_agreement_that_the_other_side_does_not_confirm_is_not_recorded(table):
    table.tell("shiraishi", "doubt.raised", doubt="B1")
    shown = table.preview("shiraishi", "consultation.agreed", instance="S2-25[doubt=B1]")
    path = f"/acts/{table.contract}/consultation.agreed/"
    waiting = table.people["shiraishi"].post(path, {**hidden(shown.text), "step": "record"})
    silent = table.people["morita"].post(waiting.path, {"step": "withdraw", "why": " "})
    assert silent.status == 400
    refused = table.people["morita"].post(waiting.path, {"step": "withdraw", "why": "まだ話し合っていない"})
    assert "取り下げられました" in refused.text
    assert "まだ話し合っていない" in refused.text
    late = table.people["morita"].post(waiting.path, {"_seq": "5", "step": "confirm"})
    assert late.status == 409
    assert told_kinds(table).count("consultation.agreed") == 0


def test_a_debtor_does_not_name_the_day_of_its_own_debt_alone(table):
    table.tell("morita", "damage.counted", damage="A1", fault="other", payee="committee", yen="80000")
    shown = table.preview("shiraishi", "date.set", instance="S2-10[damage=A1]", date="2027-12-31")
    assert "確認を求める" in shown.text
    shown = table.preview("morita", "date.set", instance="S2-10[damage=A1]", date="2026-07-31", party="committee")
    assert "確認を求める" not in shown.text


def test_a_payment_that_the_contractor_tells_is_confirmed_by_the_treasurer_and_nobody_else(desk):
    desk.move_to(MORNING)
    table = certificates(desk)
    table.tell(
        "morita", "damages.claimed", claim="C1", under="S1-16-1", claimant="甲", category="ordinary-direct", yen="500"
    )
    debt = table.the("S1-16-1/甲への賠償")
    shown = table.preview("minato", "payment.made", instance=debt)
    waiting = table.people["minato"].post(
        f"/acts/{table.contract}/payment.made/", {**hidden(shown.text), "step": "record"}
    )
    seen = hidden(waiting.text)["_seq"]
    assert table.people["morita"].post(waiting.path, {"_seq": seen, "step": "confirm"}).status == 403
    assert table.people["sakai"].post(waiting.path, {"_seq": seen, "step": "confirm"}).status == 403
    assert "記録しました" in table.confirm("ono", waiting.path).text


# ---- corrections ----


def test_a_correction_with_a_reason_replaces_what_ones_own_side_told(table):
    done = table.tell("morita", "inquiry.made", inquiry="C1", sort="report", answer_by="2026-07-10")
    token = done.path.rpartition("/")[2]
    form = filled(table.form("morita", "inquiry.made", corrects=token).text)
    assert form["f_answer_by"] == "2026-07-10"
    path = f"/acts/{table.contract}/inquiry.made/"
    silent = table.people["morita"].post(path, {**form, "f_answer_by": "2026-07-17", "step": "preview"})
    assert silent.status == 400
    shown = table.people["morita"].post(
        path, {**form, "f_answer_by": "2026-07-17", "why": "期限の書きちがい", "step": "preview"}
    )
    assert "7/10" in text_of(shown.text)
    assert "7/17" in text_of(shown.text)
    corrected = table.people["morita"].post(path, {**hidden(shown.text), "step": "record"})
    assert "記録しました" in corrected.text
    assert table.result().views[table.the("S2-6/回答")].due.day == dt.date(2026, 7, 17)
    listed = table.people["shiraishi"].get(f"/acts/{table.contract}/told")
    assert "期限の書きちがい" in listed.text
    assert "訂正済" in listed.text
    assert table.form("shiraishi", "inquiry.made", corrects=token).status in {403, 404}


def test_a_voided_record_shows_first_what_falls_away_and_wants_a_reason(table):
    done = table.tell("morita", "inquiry.made", inquiry="C1", sort="report", answer_by="2026-07-10")
    path = f"/acts/{table.contract}/void/{done.path.rpartition('/')[2]}"
    assert table.people["shiraishi"].get(path).status == 404
    page = table.people["morita"].get(path)
    assert "なくなる" in text_of(page.text) or "調査" in text_of(page.text)
    assert table.people["morita"].post(path, {**hidden(page.text), "step": "record"}).status == 400
    voided = table.people["morita"].post(path, {**hidden(page.text), "why": "二重に記録した", "step": "record"})
    assert "記録しました" in voided.text
    assert "S2-6/回答[inquiry=C1]" not in table.result().views
    assert "取消し済" in table.people["morita"].get(f"/acts/{table.contract}/told").text


def test_a_termination_is_voided_by_two_persons_too(table):
    ended = table.tell(
        "morita", "termination.notified", case="T1", under="S2-17-1", party="committee", confirmed_by="kanda"
    )
    path = f"/acts/{table.contract}/void/{ended.path.rpartition('/')[2]}"
    page = table.people["morita"].get(path)
    waiting = table.people["morita"].post(path, {**hidden(page.text), "why": "相手方をまちがえた", "step": "record"})
    assert "まだ記録していません" in waiting.text
    assert "記録しました" in table.confirm("kanda", waiting.path).text


# ---- what may be told ----


def test_the_catalogue_lists_open_moves_first_and_is_searched_by_word_and_clause(table):
    table.tell("morita", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    page = table.people["kanda"].get(f"/acts/{table.contract}/")
    words = text_of(page.text)
    assert words.index("いま動かせるもの") < words.index("記録できることのすべて")
    assert "instance=S2-12-2%5Bsub_no%3DR7-1%5D" in page.text
    found = text_of(table.people["kanda"].get(f"/acts/{table.contract}/?q=%E5%82%AC%E5%91%8A").text)
    assert "催告の到達" in found
    assert "検査の実施" not in found
    nothing = table.people["kanda"].get(f"/acts/{table.contract}/?q=zzz")
    assert "あてはまるものがありません" in nothing.text
    locked = text_of(
        table.people["morita"].get(f"/acts/{table.contract}/?q=%E6%A4%9C%E6%9F%BB%E3%81%AE%E5%AE%9F%E6%96%BD").text
    )
    assert "記録できる人" in locked
    assert "検査員" in locked


def test_a_right_of_the_other_side_is_not_offered_as_ones_own_move(desk):
    desk.move_to(MORNING)
    views = desk.ask(lambda keeper: keeper.at("certificates-2026")).views
    rights = {
        shown.bearer: quote(name)
        for name, shown in views.items()
        if shown.provision in {"S1-16-1", "S1-16-1/乙"} and shown.state == "available"
    }
    assert set(rights) == {"client", "contractor"}
    for who, own, other in (("morita", "client", "contractor"), ("minato", "contractor", "client")):
        page = _known(desk, who).get("/acts/certificates-2026/").text
        assert f'instance={rights[own]}"' in page
        assert f'instance={rights[other]}"' not in page


def test_the_contracts_are_listed_with_what_waits_there_and_searched_where_they_are_many(table):
    shown = table.preview("morita", "termination.notified", case="T1", under="S2-16", party="committee")
    path = f"/acts/{table.contract}/termination.notified/"
    table.people["morita"].post(path, {**hidden(shown.text), "step": "record"})
    page = text_of(table.people["kanda"].get("/acts/").text)
    assert "確認待ち" in page
    found = table.people["kanda"].get(f"/acts/?q={table.contract}").text
    assert f"/acts/{table.contract}/" in found
    assert "/acts/certificates-2026/" not in found
    assert "あてはまる契約がありません" in table.people["kanda"].get("/acts/?q=zzz").text
