"""Chapter 5 of the data protection specification lives: what applies, the configuration, recovery, users' input."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life
from rider_lives import found, proved, signed


@pytest.fixture(name="life")
def _life() -> Life:
    return signed()


@pytest.mark.shows("S2-D5", *(f"S2-D5/5.{number}" for number in range(1, 9)))
def test_chapter_five_applies_until_the_client_finds_that_no_system_is_introduced(life: Life) -> None:
    groups = [f"S2-D5/5.{number}" for number in range(1, 9)]
    for name in ("S2-D5", *groups):
        assert life.state("2025-11-05", f"{name}[e1]") == "holds"
    for name in ("S2-D5/5.3", "S2-D5/5.8"):
        found(life, "2025-12-01", name, result=False)
    held = [name for name in groups if life.state("2025-12-02", f"{name}[e1]") == "holds"]
    assert held == [f"S2-D5/5.{number}" for number in (1, 2, 4, 5, 6, 7)]
    assert life.view("2025-12-02", "S2-D5.3-1").against == (("lacks", "S2-D5/5.3"),)
    assert life.view("2025-12-02", "S2-D5.4-1").against == ()
    found(life, "2025-12-10", "S2-D5", result=False)
    assert life.view("2025-12-11", "S2-D5.4-1").against == (("lacks", "S2-D5"),)


@pytest.mark.shows("S2-D5.6-1")
def test_the_configuration_as_built_is_on_paper_before_delivery(life: Life) -> None:
    for system in ("受付", "計測"):
        life.tell("2026-01-15", "data-system.build-started", system=system)
    duty = life.view("2026-01-16", "S2-D5.6-1[system=受付]")
    assert (duty.bearer, duty.counterparty, duty.state) == ("contractor", "prefecture", "in_effect")
    assert duty.due.day is None  # the text names no day
    life.tell("2026-02-27", "configuration.submitted", system="受付")
    for system in ("受付", "計測"):
        life.tell("2026-03-02", "data-system.delivered", system=system)
    life.tell("2026-03-03", "configuration.submitted", system="計測")
    before, after = (life.view("2026-03-04", f"S2-D5.6-1[system={each}]") for each in ("受付", "計測"))
    assert (before.state, before.breached_on) == ("fulfilled", None)
    assert (after.state, after.breached_on) == ("fulfilled", dt.date(2026, 3, 2))


@pytest.mark.shows("S2-D5.6-1/一致", "S2-D5.6-1-後")
def test_the_running_system_is_compared_with_its_document_every_year(life: Life) -> None:
    proved(life, "2026-04-01", "S2-D5.6-1/一致", "comparison")
    proved(life, "2026-04-01", "S2-D5.6-1-後", "inventory")
    for name in ("S2-D5.6-1/一致", "S2-D5.6-1-後"):
        assert [life.state(day, name) for day in ("2026-03-31", "2027-04-01", "2027-04-02")] == [
            "unproved",
            "proved",
            "expired",
        ]


@pytest.mark.shows("S2-D5.6-2/復旧", "S2-D5.6-2")
def test_a_stopped_function_is_restored_within_twenty_four_hours(life: Life) -> None:
    for outage in ("F1", "F2"):
        life.tell("2026-09-05T22:10", "data-system.stopped", outage=outage, function="申込受付")
    life.tell("2026-09-06T22:10", "data-system.restored", outage="F1")
    life.tell("2026-09-06T22:11", "data-system.restored", outage="F2")
    punctual, late = (life.view("2026-09-07", f"S2-D5.6-2/復旧[outage={each}]") for each in ("F1", "F2"))
    assert (punctual.state, punctual.breached_on) == ("fulfilled", None)
    assert (late.state, late.breached_on) == ("fulfilled", dt.date(2026, 9, 6))
    assert ("S2-D5.6-2.day", "hours") in life.view("2026-09-07", "S2-D5.6-2").policies


@pytest.mark.shows("S2-D5.6-2/復旧")
def test_nobody_must_restore_what_the_chapter_does_not_cover(life: Life) -> None:
    found(life, "2025-12-01", "S2-D5/5.6", result=False)
    life.tell("2026-09-05T22:10", "data-system.stopped", outage="F1", function="申込受付")
    duty = life.view("2026-09-10", "S2-D5.6-2/復旧[outage=F1]")
    assert (duty.state, duty.breached_on) == ("pending", None)


@pytest.mark.shows("S2-D5.6-1")
def test_no_configuration_is_asked_for_where_the_chapter_does_not_apply(life: Life) -> None:
    life.tell("2026-01-15", "data-system.build-started", system="受付")
    found(life, "2026-01-16", "S2-D5/5.6", result=False)
    life.tell("2026-03-02", "data-system.delivered", system="受付")
    duty = life.view("2026-03-03", "S2-D5.6-1[system=受付]")
    assert (duty.state, duty.breached_on) == ("pending", None)


@pytest.mark.shows("S2-D5.8-2")
def test_users_input_goes_to_no_third_party_unawares(life: Life) -> None:
    ban = life.view("2026-04-01", "S2-D5.8-2")
    assert (ban.kind, ban.bearer, ban.state) == ("prohibition", "contractor", "in_effect")
    found(life, "2026-04-02", "S2-D5/5.8", result=False)
    assert life.state("2026-04-03", "S2-D5.8-2") == "pending"
