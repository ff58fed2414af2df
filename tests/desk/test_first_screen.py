"""The first screen: what each side sees when the day begins."""

from __future__ import annotations

from desk_under_test import text_of


def test_a_stranger_is_asked_to_sign_in_and_led_on_to_where_they_wanted_to_go(desk):
    page = desk.visitor().get("/")
    assert page.path.startswith("/sign-in/?next=/")


def test_the_officer_sees_what_is_due(desk):
    page = desk.visitor("morita").get("/")
    assert page.status == 200
    assert "本日の期限" in text_of(page.text)
    assert "森田 千尋" in page.text


def test_a_quiet_morning_says_what_comes_next_and_where_it_stands(desk):
    page = desk.visitor("morita").get("/")
    said = text_of(page.text)
    assert "7日以内の期限はありません" in said
    assert "この次に来るもの" in said
    assert "2027/2/28（日）" in said
    assert "更新への別段の意思表示の到達（するなら）" in said
    assert 'href="/contracts/certificates-2026/#S1-21-' in page.text


def test_a_wrong_password_is_refused_like_a_wrong_name(desk):
    answers = [
        desk.visitor().post("/sign-in/", {"sign_in_name": name, "password": "wrong"}) for name in ("ono", "nobody")
    ]
    assert [each.status for each in answers] == [401, 401]
    assert all("利用者名かパスワードがちがいます" in each.text for each in answers)
