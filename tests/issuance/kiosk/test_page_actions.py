import msgspec
import pytest

from itaku.basis.clock import InstantMs
from itaku.issuance.kiosk.screens import Apply, Cancel, Screen, State, action_of, reason_of, screen_event
from itaku.issuance.protocol.refusals import REFUSALS

APPLY = {
    "do": "apply",
    "session": "7f3a",
    "kind": "resident-record",
    "options": {"type": "resident-record", "members": ["self"]},
    "copies": 2,
    "fee_yen": 400,
    "pin": "1234",
}


def _body(**changes):
    return msgspec.json.encode(APPLY | changes)


def test_an_application_with_its_pin_is_read_and_shows_no_pin_in_a_log():
    action = action_of(_body())
    assert isinstance(action, Apply)
    assert action.pin == "1234"
    assert "1234" not in repr(action)
    assert "1234" not in f"{action}"


@pytest.mark.parametrize(
    "changes",
    [
        {"pin": "123"},
        {"pin": "12345"},
        {"pin": "12３4"},
        {"pin": "1234\n"},
        {"copies": 0},
        {"copies": 11},
        {"options": {"type": "seal-registration"}},
        {"kind": "family-register"},
        {"fee_yen": -1},
        {"more": 1},
        {"do": "print"},
    ],
)
def test_an_application_that_the_screen_cannot_make_is_refused_without_naming_the_pin(changes):
    with pytest.raises(msgspec.ValidationError) as refusal:
        action_of(_body(**changes))
    assert "1234" not in str(refusal.value)


def test_no_other_action_may_carry_a_pin():
    assert action_of(b'{"do":"cancel","session":"7f3a"}') == Cancel("7f3a")
    with pytest.raises(msgspec.ValidationError):
        action_of(b'{"do":"cancel","session":"7f3a","pin":"1234"}')


def test_a_screen_that_contradicts_itself_is_not_shown():
    with pytest.raises(ValueError, match="confirmed"):
        Screen(state=State.RESULT, now_ms=InstantMs(0))
    with pytest.raises(ValueError, match="tries left"):
        Screen(state=State.CHOOSING, now_ms=InstantMs(0))
    with pytest.raises(ValueError, match="chosen"):
        Screen(state=State.PAYING, now_ms=InstantMs(0))
    with pytest.raises(ValueError, match="five"):
        Screen(state=State.IDLE, now_ms=InstantMs(0), step=6)


def test_a_screen_is_one_event_on_one_line():
    event = screen_event(Screen(state=State.IDLE, now_ms=InstantMs(5)))
    assert event.startswith(b"data: {")
    assert event.endswith(b"}\n\n")
    assert event.count(b"\n") == 2


def test_a_reason_has_the_words_of_the_catalogue_and_its_own_hours():
    assert reason_of("stopped").ja == REFUSALS["stopped"].ja
    assert reason_of("outside_hours", "9:00-17:00").next_ja == "9:00〜17:00にご利用ください。"
    with pytest.raises(KeyError):
        reason_of("E-204")
