"""Accounts: registering, changing, stopping and deleting people; first passwords; what two persons do."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from desk_under_test import text_of

NOW = dt.datetime(2026, 7, 2, 8, 42)  # noqa: DTZ001 the desk's own zone
CHOSEN = "Umi-to-kaze-2026"


def pk_of(desk, sign_in_name: str) -> int:
    return desk.rows("SELECT id FROM desk.accounts_person WHERE sign_in_name = $1", sign_in_name)[0]["id"]


def registered(desk, sign_in_name: str, by: str = "hayashi") -> int:
    page = desk.visitor(by).post("/people/register/", {"sign_in_name": sign_in_name, "name": "浜野 渚"})
    assert page.status == 200, text_of(page.text)
    return int(page.path.rstrip("/").rpartition("/")[2])


def address_in(page) -> str:
    return re.search(r"data-address>[^<]*(/sign-in/first/[^<]+)<", page.text).group(1)


def with_password(desk, sign_in_name: str, by: str = "hayashi") -> int:
    pk = registered(desk, sign_in_name, by)
    address = address_in(desk.visitor(by).post(f"/people/{pk}/step", {"step": "first-link"}))
    page = desk.visitor().post(address, {"new_password": CHOSEN, "again": CHOSEN})
    assert page.status == 200, text_of(page.text)
    return pk


def enters(desk, sign_in_name: str, password: str = CHOSEN):
    visitor = desk.visitor()
    return visitor, visitor.post("/sign-in/", {"sign_in_name": sign_in_name, "password": password})


def test_a_person_is_registered_chooses_a_password_at_a_one_time_address_and_signs_in(desk):
    pk = registered(desk, "hamano")
    page = desk.visitor("hayashi").post(f"/people/{pk}/step", {"step": "first-link"})
    address = address_in(page)
    assert desk.visitor().get(address).status == 200
    assert desk.visitor().post(address, {"new_password": CHOSEN, "again": CHOSEN}).status == 200
    _, page = enters(desk, "hamano")
    assert page.path == "/"
    spent = desk.visitor().post(address, {"new_password": CHOSEN + "x", "again": CHOSEN + "x"})
    assert spent.status == 409
    assert "link_spent" in spent.text
    assert enters(desk, "hamano")[1].status == 200


def test_the_secret_of_an_address_is_kept_nowhere(desk):
    pk = registered(desk, "himitsu")
    hayashi = desk.visitor("hayashi")
    address = address_in(hayashi.post(f"/people/{pk}/step", {"step": "first-link"}))
    secret = address.rstrip("/").rpartition("/")[2]
    hayashi.get(address)  # signed in: this look is noted
    notes = desk.rows("SELECT path, facts::text FROM desk.audit_note")
    links = desk.rows("SELECT encode(sha256, 'hex') AS kept FROM desk.accounts_firstpasswordlink")
    assert any("/sign-in/first/" in row["path"] for row in notes)
    assert secret not in str([dict(row) for row in [*notes, *links]])


def test_a_later_address_replaces_an_earlier_one_and_each_expires(desk):
    pk = registered(desk, "nibanme")
    hayashi = desk.visitor("hayashi")
    first = address_in(hayashi.post(f"/people/{pk}/step", {"step": "first-link"}))
    second = address_in(hayashi.post(f"/people/{pk}/step", {"step": "first-link"}))
    assert desk.visitor().get(first).status == 409
    assert desk.visitor().get(second).status == 200
    try:
        desk.move_to(NOW + dt.timedelta(hours=73))
        assert desk.visitor().get(second).status == 409
    finally:
        desk.move_to(NOW)


def test_registering_twice_registers_once_and_a_taken_name_says_so(desk):
    assert registered(desk, "nidooshi") == registered(desk, "nidooshi")
    page = desk.visitor("hayashi").post("/people/register/", {"sign_in_name": "morita", "name": "別人"})
    assert page.status == 400
    assert "使われています" in page.text
    assert 'value="別人"' in page.text


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("Ab1!", "12文字以上"),
        ("abcdefghijklmnop", "3種類以上"),
        ("Password123!x" * 40, "200文字以下"),
        ("Kisoku-2026-abc", "利用者名"),
    ],
)
def test_a_password_that_breaks_a_rule_is_answered_with_the_rule(desk, password, says):
    pk = registered(desk, "kisoku")
    address = address_in(desk.visitor("hayashi").post(f"/people/{pk}/step", {"step": "first-link"}))
    page = desk.visitor().post(address, {"new_password": password, "again": password})
    assert page.status == 400
    assert says in text_of(page.text)
    assert password not in page.text


def test_who_is_stopped_is_out_at_once_and_comes_back_when_let_in_again(desk):
    pk = with_password(desk, "tomaru")
    visitor, _ = enters(desk, "tomaru")
    assert visitor.get("/account/").path == "/account/"
    hayashi = desk.visitor("hayashi")
    assert "停止中" in hayashi.post(f"/people/{pk}/step", {"step": "stop"}).text
    assert visitor.get("/account/").path.startswith("/sign-in/")
    assert enters(desk, "tomaru")[1].status == 401
    hayashi.post(f"/people/{pk}/step", {"step": "start"})
    assert enters(desk, "tomaru")[1].status == 200


def test_a_duty_is_given_by_two_persons_and_taken_by_one(desk):
    pk = with_password(desk, "futari")
    hayashi = desk.visitor("hayashi")
    fields = {"seat": "marathon-2026|committee", "duty": "officer", "_token": "t1"}
    page = hayashi.post(f"/people/{pk}/seat", fields)
    act = page.path
    assert act.startswith("/people/acts/")
    assert hayashi.post(f"/people/{pk}/seat", fields).path == act
    visitor, _ = enters(desk, "futari")
    assert visitor.get("/contracts/marathon-2026/").status == 404
    own = hayashi.post(act, {"step": "confirm"})
    assert own.status == 409
    assert "self_confirmed" in own.text
    assert desk.visitor("kanda").post(act, {"step": "confirm"}).status == 404
    assert desk.visitor("morita").post(act, {"step": "confirm"}).status == 200
    assert visitor.get("/contracts/marathon-2026/").status == 200
    assert desk.visitor("morita").post(act, {"step": "confirm"}).status == 409
    hayashi.post(f"/people/{pk}/seat", {"seat": "marathon-2026|committee", "_token": "t2"})
    assert visitor.get("/contracts/marathon-2026/").status == 404
    kinds = {row["kind"] for row in desk.rows("SELECT kind FROM desk.audit_note")}
    assert {"asked-second", "confirmed-second", "duties-taken"} <= kinds


def test_whom_an_act_is_about_cannot_be_its_second_person(desk):
    page = desk.visitor("hayashi").post(
        f"/people/{pk_of(desk, 'morita')}/seat",
        {"seat": "marathon-2026|committee", "duty": "administrator", "_token": "self"},
    )
    assert desk.visitor("morita").post(page.path, {"step": "confirm"}).status == 409
    rows = desk.rows(
        "SELECT duties FROM desk.accounts_membership WHERE person_id = $1 AND contract = 'marathon-2026'",
        pk_of(desk, "morita"),
    )
    assert not [row for row in rows if "administrator" in row["duties"]]


def test_an_act_that_nobody_confirmed_in_time_is_never_done(desk):
    pk = with_password(desk, "jikangire")
    page = desk.visitor("hayashi").post(f"/people/{pk}/step", {"step": "delete-person", "_token": "late"})
    try:
        desk.move_to(NOW + dt.timedelta(days=7, hours=1))
        assert "期限切れ" in desk.visitor("morita").get(page.path).text
        assert desk.visitor("morita").post(page.path, {"step": "confirm"}).status == 409
    finally:
        desk.move_to(NOW)
    assert enters(desk, "jikangire")[1].status == 200


def test_deleting_blanks_what_tells_who_it_was_and_keeps_row_and_record(desk):
    pk = with_password(desk, "kiemasu")
    visitor, _ = enters(desk, "kiemasu")
    notes = desk.rows("SELECT count(*) FROM desk.audit_note WHERE person_id = $1", pk)[0][0]
    act = desk.visitor("hayashi").post(f"/people/{pk}/step", {"step": "delete-person", "_token": "del"}).path
    desk.visitor("morita").post(act, {"step": "confirm"})
    row = dict(desk.rows("SELECT * FROM desk.accounts_person WHERE id = $1", pk)[0])
    assert "kiemasu" not in str(row)
    assert "浜野" not in str(row)
    assert row["deleted_at"] is not None
    assert desk.rows("SELECT count(*) FROM desk.audit_note WHERE person_id = $1", pk)[0][0] >= notes > 0
    assert not desk.rows("SELECT 1 FROM desk.axes_accesslog WHERE username = 'kiemasu'")
    assert visitor.get("/account/").path.startswith("/sign-in/")
    assert desk.visitor("hayashi").get(f"/people/{pk}/").status == 404


def test_a_new_password_for_somebody_needs_two_and_its_address_is_never_shown_to_who_asked(desk):
    pk = with_password(desk, "wasureta")
    hayashi = desk.visitor("hayashi")
    assert "data-address" not in hayashi.post(f"/people/{pk}/step", {"step": "first-link"}).text
    act = hayashi.post(f"/people/{pk}/step", {"step": "new-password", "_token": "np"}).path
    page = desk.visitor("morita").post(act, {"step": "confirm"})
    assert "data-address" in page.text
    assert "data-address" not in hayashi.get(act).text
    assert desk.visitor().get(address_in(page)).status == 200


def test_an_administrator_knows_only_the_own_organisation_and_the_own_contracts(desk):
    hayashi = desk.visitor("hayashi")
    assert "白石" not in hayashi.get("/people/").text
    other = pk_of(desk, "shiraishi")
    assert hayashi.get(f"/people/{other}/").status == 404
    assert hayashi.post(f"/people/{other}/step", {"step": "stop"}).status == 404
    assert hayashi.post(f"/people/{other}/seat", {"seat": "marathon-2026|committee"}).status == 404
    pk = pk_of(desk, "kanda")
    for seat in ("marathon-2026|contractor", "marathon-2026|prefecture", "no-such|client", "x", ""):
        assert hayashi.post(f"/people/{pk}/seat", {"seat": seat, "duty": "officer"}).status == 404
    assert "1" in text_of(hayashi.get(f"/people/{pk}/").text)


@pytest.mark.parametrize("name", ["kanda", "ono", "kuroda"])
def test_who_administers_nothing_finds_no_people_there(desk, name):
    visitor = desk.visitor(name)
    assert visitor.get("/people/").status == 403
    assert visitor.get("/people/register/").status == 403
    assert visitor.get(f"/people/{pk_of(desk, 'morita')}/").status == 403
    assert visitor.post(f"/people/{pk_of(desk, 'morita')}/step", {"step": "stop"}).status == 403
    assert 'href="/people/"' not in visitor.get("/account/").text


def test_nobody_changes_the_own_duties_or_stops_oneself(desk):
    pk = pk_of(desk, "hayashi")
    hayashi = desk.visitor("hayashi")
    for path, fields in (
        ("seat", {"seat": "marathon-2026|committee", "duty": "treasurer"}),
        ("step", {"step": "stop"}),
        ("step", {"step": "delete-person"}),
    ):
        page = hayashi.post(f"/people/{pk}/{path}", fields)
        assert page.status == 409
        assert "own_account" in page.text


def test_what_was_typed_for_a_person_is_shown_as_text_and_checked(desk):
    page = desk.visitor("hayashi").post(
        "/people/register/", {"sign_in_name": "<b>", "name": "<script>alert(1)</script>", "mail": "no mail"}
    )
    assert page.status == 400
    assert "<script>alert" not in page.text
    assert "メールアドレスとして読めません" in page.text


def test_changing_a_password_ends_every_other_session_and_asks_for_the_present_one(desk):
    with_password(desk, "kaeru")
    here, _ = enters(desk, "kaeru")
    there, _ = enters(desk, "kaeru")
    fields = {"password": "wrong", "new_password": CHOSEN + "!2", "again": CHOSEN + "!2"}
    assert here.post("/account/password/", fields).status == 400
    page = here.post("/account/password/", fields | {"password": CHOSEN})
    assert page.path == "/account/"
    assert there.get("/account/").path.startswith("/sign-in/")
    assert here.get("/account/").path == "/account/"
    assert enters(desk, "kaeru")[1].status == 401


def test_sessions_are_listed_and_ended_one_by_one_and_those_of_others_are_not_there(desk):
    with_password(desk, "basho")
    here, _ = enters(desk, "basho")
    there, _ = enters(desk, "basho")
    ids = re.findall(r'name="sign_in" value="(\d+)"', here.get("/account/").text)
    assert len(ids) == 1
    assert desk.visitor("kanda").post("/account/sessions/", {"sign_in": ids[0]}).status == 404
    assert there.get("/account/").path == "/account/"
    here.post("/account/sessions/", {"sign_in": ids[0]})
    assert there.get("/account/").path.startswith("/sign-in/")
    assert here.get("/account/").path == "/account/"


def test_the_account_page_tells_of_the_last_sign_in_and_of_wrong_tries_since(desk):
    with_password(desk, "zenkai")
    enters(desk, "zenkai")
    enters(desk, "zenkai", "wrong")
    visitor, _ = enters(desk, "zenkai")
    page = text_of(visitor.get("/account/").text)
    assert "前回のサインイン" in page
    assert "まちがいがありました: 1" in page
    visitor, page = enters(desk, "zenkai")
    assert "前回のサインイン" in page.text
    assert "前回のサインイン" not in visitor.get("/").text
