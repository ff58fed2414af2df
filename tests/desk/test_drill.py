"""Practice time at the desk: chosen, shown with what it wakes, moved once; and no such address outside the sandbox."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import shutil

import mornings
import pytest
from desk_under_test import DeskUnderTest, folder, text_of

from itaku.basis.clock import to_jst

NOW = dt.datetime(2026, 7, 2, 8, 42)  # noqa: DTZ001 the desk's own zone


@pytest.fixture(scope="module", autouse=True)
def told(desk):
    mornings.busy(desk)


@pytest.fixture(autouse=True)
def from_now(desk):
    desk.move_to(NOW)


def confirmed(html):
    return re.search(r'name="confirmed" value="([^"]+)"', html)[1]


def test_the_strip_says_the_practice_time_and_leads_to_the_drill(desk):
    page = desk.visitor("morita").get("/")
    strip = re.search(r'<div class="practice".*?</div>', page.text, re.DOTALL)[0]
    assert "7/2" in strip
    assert "8:42" in strip
    assert 'href="/drill/"' in strip


def test_a_step_shows_what_falls_due_before_anything_moves(desk):
    visitor = desk.visitor("morita")
    page = visitor.post("/drill/", {"step": "7d"})
    assert page.status == 200
    text = text_of(page.text)
    assert "2026年7月9日" in text or "令和8年7月9日" in text
    assert "抹消措置作業計画" in text  # due on 7 July
    assert "期限超過" in text
    assert to_jst(desk.clock.now()).date() == dt.date(2026, 7, 2)


def test_a_confirmed_step_moves_everybodys_time_and_a_second_click_does_not_move_it_again(desk):
    visitor = desk.visitor("morita")
    token = confirmed(visitor.post("/drill/", {"step": "7d"}).text)
    assert visitor.post("/drill/", {"confirmed": token}).status == 200
    moved = to_jst(desk.clock.now())
    assert (moved.date(), moved.hour) == (dt.date(2026, 7, 9), 8)
    assert visitor.post("/drill/", {"confirmed": token}).status == 200
    assert to_jst(desk.clock.now()).date() == dt.date(2026, 7, 9)
    assert "抹消措置作業計画" in text_of(desk.visitor("shiraishi").get("/").text)
    assert "clock-moved" in desk.visitor("kuroda").get("/audit/notes.csv").text


def test_the_next_deadline_is_reached_on_its_morning_and_passed_on_the_next(desk):
    visitor = desk.visitor("morita")
    page = visitor.post("/drill/", {"step": "due"})
    visitor.post("/drill/", {"confirmed": confirmed(page.text)})
    day = to_jst(desk.clock.now()).date()
    assert dt.date(2026, 7, 2) < day <= dt.date(2026, 7, 7)
    desk.move_to(NOW)
    page = visitor.post("/drill/", {"step": "past"})
    visitor.post("/drill/", {"confirmed": confirmed(page.text)})
    assert to_jst(desk.clock.now()).date() == day + dt.timedelta(days=1)


def test_whoever_confirms_after_somebody_else_moved_the_clock_is_asked_again(desk):
    first, second = desk.visitor("morita"), desk.visitor("shiraishi")
    token = confirmed(first.post("/drill/", {"step": "1d"}).text)
    second.post("/drill/", {"confirmed": confirmed(second.post("/drill/", {"step": "1h"}).text)})
    at = to_jst(desk.clock.now())
    page = first.post("/drill/", {"confirmed": token})
    assert page.status == 409
    assert "ほかの人が" in page.text
    assert to_jst(desk.clock.now()).date() == at.date()


@pytest.mark.parametrize("step", ["", "-1d", "9999d", "1y", "１d", "<b>", "d"])
def test_a_forged_step_moves_nothing(desk, step):
    offset = desk.clock.offset_ms
    assert desk.visitor("morita").post("/drill/", {"step": step}).status == 409
    assert desk.clock.offset_ms == offset


def test_a_forged_confirmation_moves_nothing(desk):
    offset = desk.clock.offset_ms
    assert desk.visitor("morita").post("/drill/", {"confirmed": "eyJhIjoxfQ:x:y"}).status == 409
    assert desk.clock.offset_ms == offset


def test_back_to_the_real_time_asks_first_and_keeps_what_was_recorded(desk):
    visitor = desk.visitor("morita")
    page = visitor.post("/drill/", {"step": "real"})
    visitor.post("/drill/", {"confirmed": confirmed(page.text)})
    assert desk.clock.offset_ms == 0


def test_outside_the_sandbox_there_is_no_such_address(postgres_server):
    name = f"desk_{secrets.token_hex(6)}"
    place = folder()
    real = DeskUnderTest(postgres_server.ensure_database(name, name), NOW, place, sandbox=False)
    try:
        visitor = real.visitor("morita")
        offset = real.clock.offset_ms
        assert visitor.get("/drill/").status == 404
        assert visitor.post("/drill/", {"step": "1d"}).status == 404
        assert real.clock.offset_ms == offset
        assert "practice" not in visitor.get("/").text
    finally:
        real.close()
        postgres_server.drop_database(name, name)
        shutil.rmtree(place)
