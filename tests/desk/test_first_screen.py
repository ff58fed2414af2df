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


def test_a_wrong_password_is_refused_like_a_wrong_name(desk):
    answers = [
        desk.visitor().post("/sign-in/", {"sign_in_name": name, "password": "wrong"}) for name in ("ono", "nobody")
    ]
    assert [each.status for each in answers] == [401, 401]
    assert all("利用者名かパスワードがちがいます" in each.text for each in answers)
