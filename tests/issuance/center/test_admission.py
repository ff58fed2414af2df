"""Admission: thresholds refuse new sessions, politely and at `Open` alone; a session under way never feels them."""

from __future__ import annotations

import msgspec
import pytest
from kiosk_by_hand import code_of

from itaku.basis.clock import InstantMs
from itaku.issuance.center.admission import Admission, Limits
from itaku.issuance.center.shops import Shop, shop_of_kiosk
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.refusals import REFUSALS

NOW = InstantMs(1_790_000_000_000)
SHOPS = {"k01": "shop-1", "k02": "shop-1", "k03": "shop-2"}


def let_in(admission: Admission, kiosk: str, tries: int, now: InstantMs = NOW) -> int:
    return sum(admission.admits(kiosk, now) for _ in range(tries))


def test_each_kiosk_each_shop_and_all_together_have_a_limit_of_their_own():
    admission = Admission(Limits(total=84, shop=60, kiosk=36), SHOPS)
    assert let_in(admission, "k01", 9) == 3
    assert let_in(admission, "k02", 9) == 2
    assert let_in(admission, "k03", 9) == 2
    assert admission.begun(NOW) == 7


def test_a_refused_session_uses_up_no_room_of_others():
    admission = Admission(Limits(total=100, shop=60, kiosk=3), SHOPS)
    let_in(admission, "k01", 50)
    assert let_in(admission, "k02", 9) == 2


def test_a_minutes_limit_is_spread_over_the_minute_and_holds_over_all_of_it():
    admission = Admission(Limits(total=1200), {})
    begun = [admission.admits(f"k{at % 97}", InstantMs(NOW + 10 * at)) for at in range(6000)]
    assert sum(begun) == 1200
    for at in range(0, 5501, 100):
        assert sum(begun[at : at + 500]) <= 100, "no more than a twelfth in any five seconds"


def test_of_a_small_limit_three_may_come_at_once():
    admission = Admission(Limits(total=4), {})
    assert let_in(admission, "k01", 9) == 3
    assert let_in(admission, "k01", 9, InstantMs(NOW + 5_000)) == 1
    assert let_in(admission, "k01", 9, InstantMs(NOW + 59_999)) == 0


def test_a_minute_later_there_is_room_again():
    admission = Admission(Limits(kiosk=3), SHOPS)
    let_in(admission, "k01", 3)
    assert let_in(admission, "k01", 9, InstantMs(NOW + 59_999)) == 0
    assert let_in(admission, "k01", 9, InstantMs(NOW + 60_000)) == 3


def test_a_clock_that_is_set_back_does_not_close_the_door_for_ever():
    admission = Admission(Limits(kiosk=3), SHOPS)
    let_in(admission, "k01", 3, InstantMs(NOW + 3_600_000))
    assert let_in(admission, "k01", 9) == 3


def test_a_limit_of_nought_lets_nobody_begin_and_one_that_is_lifted_lets_them_again():
    admission = Admission(Limits(shop=0), SHOPS)
    assert let_in(admission, "k01", 3) == 0
    admission.limits = Limits(shop=2)
    assert let_in(admission, "k01", 3) == 2


def test_a_kiosk_that_stands_in_two_shops_is_a_mistake_in_the_settings():
    place = {"name_ja": "店", "name_en": "Shop", "east": 1, "north": 1}
    shops = [Shop(name=name, kiosks=("k01",), **place) for name in ("shop-1", "shop-2")]
    with pytest.raises(ValueError, match="k01"):
        shop_of_kiosk(shops)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "s", "kiosks": [], **place, "east": 1001}, Shop)


async def test_at_twice_the_load_sessions_under_way_are_untouched_and_refusals_come_at_open_alone(chain):
    """The middle of a rush: as many again come as are let in, at every step of those who were."""
    room = 3
    chain.policy.admission.limits = Limits(total=room)
    inside = [await chain.kiosk().opened(card) for card in ("r0001", "r0002", "r0001")]

    async def one_more_comes() -> None:
        refused = await chain.kiosk().session().open()
        assert code_of(refused) == "busy"

    for step in ("apply", "permit", "delivered", "erased"):
        for session in inside:
            await one_more_comes()
            answer = await getattr(session, step)()
            assert not isinstance(answer, m.Refused), (step, answer)
    assert [chain.center_state(session.id) for session in inside] == ["closed"] * room
    assert len(chain.center_rows) == room, "who is refused at the door leaves no row, and no money was asked for"
    assert chain.incidents == []
    assert REFUSALS["busy"].next_ja, "a refusal at the door says what to do"
