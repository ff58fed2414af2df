"""What leaves the hands of the contractor or a store operator: papers made unreadable, devices erased, sheets void."""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import proved, signed
from contracts_lives import Life

HOLDERS = {"contractor": "", "operator": "/事業者"}


@pytest.mark.shows("S1-8-1", "S1-8-1/事業者")
@pytest.mark.parametrize("method", ["burnt", "dissolved", "shredded"])
def test_secret_papers_are_burnt_dissolved_or_shredded_before_they_are_discarded(method: str) -> None:
    for holder, mark in HOLDERS.items():
        life = signed()
        life.tell("2026-06-01", "disposal.planned", item="誤印刷", sort="secret", holder=holder)
        name = f"S1-8-1{mark}[item=誤印刷]"
        assert life.state("2026-06-01", name) == "in_effect"
        life.tell("2026-06-02", "material.destroyed", item="誤印刷", method=method)
        life.tell("2026-06-03", "material.discarded", item="誤印刷", sort="secret", holder=holder)
        view = life.view("2026-06-04", name)
        assert (view.state, view.performed_on, view.breached_on) == ("fulfilled", dt.date(2026, 6, 2), None)
        assert view.bearer == ("contractor" if holder == "contractor" else "third")
        other = f"S1-8-1{HOLDERS['operator' if holder == 'contractor' else 'contractor']}[item=誤印刷]"
        assert other not in life.on("2026-06-04").views


@pytest.mark.shows("S1-8-1", "S1-8-1/事業者")
def test_secret_papers_that_go_into_the_bin_as_they_are_break_the_duty_planned_or_not() -> None:
    for holder, mark in HOLDERS.items():
        for planned in (True, False):
            life = signed()
            if planned:
                life.tell("2026-06-01", "disposal.planned", item="台帳", sort="secret", holder=holder)
            life.tell("2026-06-03", "material.discarded", item="台帳", sort="secret", holder=holder)
            life.tell("2026-06-04", "material.destroyed", item="台帳", method="burnt")
            assert life.view("2026-06-05", f"S1-8-1{mark}[item=台帳]").breached_on == dt.date(2026, 6, 3)


@pytest.mark.shows("S1-8-1")
def test_one_item_that_was_destroyed_says_nothing_of_another() -> None:
    life = signed()
    life.tell("2026-06-02", "material.destroyed", item="箱1", method="burnt")
    life.tell("2026-06-03", "material.discarded", item="箱2", sort="secret", holder="contractor")
    assert life.state("2026-06-04", "S1-8-1[item=箱2]") == "violated"


@pytest.mark.shows("S1-8-1", "S1-8-1/事業者")
def test_papers_that_are_left_after_the_end_are_destroyed_in_the_same_way() -> None:
    for holder, mark in HOLDERS.items():
        life = signed()
        life.tell("2026-05-20", "cancellation.notified", end_on="2026-06-20")
        life.tell("2026-07-01", "material.discarded", item="台帳", sort="secret", holder=holder)
        assert life.view("2026-07-02", f"S1-8-1{mark}[item=台帳]").breached_on == dt.date(2026, 7, 1)


def refunded(several: bool) -> Life:
    """A misprint whose fee was given back in the shop."""
    life = signed()
    life.tell("2026-04-10T10:00", "misprint.refunded", order="Z1", several=several, yen=900 if several else 300)
    return life


@pytest.mark.shows("S1-8-1-但", "S1-8-1-但/印")
def test_one_refunded_sheet_may_be_handed_over_once_it_is_marked_void() -> None:
    life = refunded(several=False)
    assert life.state("2026-04-10T10:00", "S1-8-1-但[order=Z1]") == "not_arisen"
    life.tell("2026-04-10T10:01", "sheet.stamped", order="Z1")
    assert life.state("2026-04-10T10:01", "S1-8-1-但[order=Z1]") == "available"
    life.tell("2026-04-10T10:02", "sheet.handed-over", order="Z1", several=False)
    views = life.on("2026-04-11").views
    assert views["S1-8-1-但[order=Z1]"].state == "exercised"
    assert views["S1-8-1-但/印[order=Z1]"].state == "fulfilled"
    assert "S1-8-1-複[order=Z1]" not in views
    assert not life.flagged("2026-04-11")


@pytest.mark.shows("S1-8-1-但", "S1-8-1-但/印")
def test_an_unmarked_sheet_may_not_be_handed_over() -> None:
    life = refunded(several=False)
    life.tell("2026-04-10T10:02", "sheet.handed-over", order="Z1", several=False)
    assert life.state("2026-04-11", "S1-8-1-但/印[order=Z1]") == "violated"
    assert life.flagged("2026-04-11") == ["without_effect"]


@pytest.mark.shows("S1-8-1-複", "S1-8-1-但", "S1-8-1-但/印")
def test_refund_of_one_bad_copy_voids_the_whole_set_before_any_sheet_is_handed_over() -> None:
    partly = refunded(several=True)
    partly.tell("2026-04-10T10:01", "sheet.stamped", order="Z1")
    wholly = refunded(several=True)
    wholly.tell("2026-04-10T10:01", "sheet.stamped", order="Z1")
    wholly.tell("2026-04-10T10:02", "order.stamped", order="Z1")
    for life, state in ((partly, "violated"), (wholly, "fulfilled")):
        assert life.state("2026-04-10T10:01", "S1-8-1-複[order=Z1]") == "in_effect"
        life.tell("2026-04-10T10:03", "sheet.handed-over", order="Z1", several=True)
        assert life.state("2026-04-11", "S1-8-1-複[order=Z1]") == state
        assert life.state("2026-04-11", "S1-8-1-但/印[order=Z1]") == "fulfilled"
    assert not wholly.flagged("2026-04-11")


def leaving(life: Life, holder: str, *, secret: bool = False, personal: bool = False) -> None:
    """A leased device is to go back."""
    life.tell("2026-06-01", "device.release-planned", device="D1", secret=secret, personal=personal, holder=holder)


def sanitized(life: Life, holder: str, method: str, *, verified: bool = True, personal: bool = False) -> None:
    """Its data is erased, and that was checked or not."""
    life.tell(
        "2026-06-02",
        "device.sanitized",
        device="D1",
        method=method,
        verified=verified,
        personal=personal,
        holder=holder,
    )


def gone(life: Life, holder: str, *, secret: bool = False, personal: bool = False) -> None:
    """It has left."""
    life.tell("2026-06-03", "device.released", device="D1", secret=secret, personal=personal, holder=holder)


@pytest.mark.shows("S1-8-2", "S1-8-2/事業者")
def test_a_device_with_secrets_leaves_only_after_an_erasure_that_was_verified() -> None:
    for holder, mark in HOLDERS.items():
        name = f"S1-8-2{mark}[device=D1]"
        for verified, state in ((True, "fulfilled"), (False, "violated"), (None, "violated")):
            life = signed()
            leaving(life, holder, secret=True)
            assert life.state("2026-06-01", name) == "in_effect"
            if verified is not None:
                sanitized(life, holder, "tool", verified=verified)
            gone(life, holder, secret=True)
            assert life.state("2026-06-04", name) == state
            assert f"S1-A2-5{mark}[device=D1]" not in life.on("2026-06-04").views


@pytest.mark.shows("S1-A2-5", "S1-A2-5/事業者", "S1-A2-5-2", "S1-A2-5-2/事業者")
@pytest.mark.parametrize(
    ("method", "state"),
    [("destroyed", "fulfilled"), ("tool", "fulfilled"), ("specialist", "fulfilled"), ("initialised", "violated")],
)
def test_personal_data_is_destroyed_overwritten_or_erased_by_a_specialist_initialising_is_not_enough(
    method: str, state: str
) -> None:
    for holder, mark in HOLDERS.items():
        life = signed()
        leaving(life, holder, personal=True)
        sanitized(life, holder, method, personal=True)
        gone(life, holder, personal=True)
        views = life.on("2026-06-04").views
        assert views[f"S1-A2-5{mark}[device=D1]"].state == state
        assert not [name for name in views if name.startswith("S1-8-2")]  # no secret was on it
        proof = f"S1-A2-5-2{mark}[device=D1]"
        assert views[proof].state == "unproved"
        proved(life, "2026-06-05", f"S1-A2-5-2{mark}", "proof", proof)
        assert life.state("2026-06-06", proof) == "proved"


@pytest.mark.shows("S1-8-2", "S1-A2-5")
def test_a_device_with_secrets_and_personal_data_owes_both_and_initialising_serves_neither_annex() -> None:
    life = signed()
    leaving(life, "contractor", secret=True, personal=True)
    sanitized(life, "contractor", "initialised", personal=True)
    gone(life, "contractor", secret=True, personal=True)
    views = life.on("2026-06-04").views
    assert views["S1-8-2[device=D1]"].state == "fulfilled"  # article 8 names no method: the check decides
    assert views["S1-A2-5[device=D1]"].breached_on == dt.date(2026, 6, 3)


@pytest.mark.shows("S1-A2-5", "S1-A2-5/事業者", "S1-8-2", "S1-8-2/事業者")
def test_a_device_that_is_returned_after_the_end_is_erased_too() -> None:
    for holder, mark in HOLDERS.items():
        life = signed()
        life.tell("2026-04-20", "cancellation.notified", end_on="2026-05-31")
        gone(life, holder, secret=True, personal=True)
        views = life.on("2026-06-04").views
        assert views[f"S1-A2-5{mark}[device=D1]"].breached_on == dt.date(2026, 6, 3)
        assert views[f"S1-8-2{mark}[device=D1]"].breached_on == dt.date(2026, 6, 3)


@pytest.mark.shows("S1-A2-5-3", "S1-A2-5-3/事業者")
def test_paper_with_personal_data_is_made_unreadable_before_it_is_discarded() -> None:
    for holder, mark in HOLDERS.items():
        name = f"S1-A2-5-3{mark}[item=申込控]"
        # the annex names shredding and dissolving as examples of what makes paper unreadable
        for method, state in (
            ("shredded", "fulfilled"),
            ("dissolved", "fulfilled"),
            ("burnt", "fulfilled"),
            (None, "violated"),
        ):
            life = signed()
            life.tell("2026-06-01", "disposal.planned", item="申込控", sort="personal-paper", holder=holder)
            assert life.state("2026-06-01", name) == "in_effect"
            if method is not None:
                life.tell("2026-06-02", "material.destroyed", item="申込控", method=method)
            life.tell("2026-06-03", "material.discarded", item="申込控", sort="personal-paper", holder=holder)
            assert life.state("2026-06-04", name) == state
            assert f"S1-8-1{mark}[item=申込控]" not in life.on("2026-06-04").views
