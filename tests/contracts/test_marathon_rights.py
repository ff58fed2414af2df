"""Secrets and deliverables: articles 19 and 21, with what stays after the contract has ended."""

from __future__ import annotations

import pytest
from marathon_lives import D, after_the_end, rights_passed_on, without_demand

END = "2027-07-02"


@pytest.mark.shows("S2-19-1")
def test_a_secret_is_kept_after_the_end_too() -> None:
    life = after_the_end()
    assert life.on("2027-06-30").status == "expired"
    assert life.state("2027-06-30", "S2-19-1") == "in_effect"
    views = life.on("2027-07-01").views.values()
    assert [each.breached_on for each in views if each.provision == "S2-19-1" and each.breached_on] == [D(2027, 7, 1)]


@pytest.mark.shows("S2-19-1", "S2-9")
def test_after_a_termination_secrecy_stays_and_care_ends() -> None:
    life = without_demand()
    assert life.state("2027-01-01", "S2-19-1") == "in_effect"
    assert life.state("2027-01-01", "S2-9") == "discharged"


@pytest.mark.shows("S2-19-2", "S2-19-2-但")
def test_deliverables_are_shown_to_others_only_with_leave() -> None:
    life = after_the_end()
    assert life.state("2027-06-03", "S2-19-2-但[sharing=S2]") == "available"
    assert life.state("2027-06-04", "S2-19-2-但[sharing=S2]") == "exercised"
    assert life.breached(END, "S2-19-2[sharing=S2]") is None
    assert life.breached(END, "S2-19-2[sharing=S1]") == D(2027, 6, 7)


@pytest.mark.shows("S2-21-1", "S2-21-2")
def test_the_copyright_goes_to_the_committee_which_may_alter_the_work() -> None:
    life = after_the_end()
    transfer = life.view("2027-03-10", "S2-21-1[deliverable=film]")
    assert (transfer.bearer, transfer.state) == ("contractor", "in_effect")
    assert life.state("2027-03-15", "S2-21-1[deliverable=film]") == "fulfilled"
    altered = life.view("2027-06-02", "S2-21-2[deliverable=film]")
    assert (altered.bearer, altered.state) == ("committee", "exercised")


@pytest.mark.shows("S2-21-1-後")
def test_the_contractor_uses_the_work_itself_only_after_approval() -> None:
    life = after_the_end()
    assert life.breached(END, "S2-21-1-後[reuse=U2]") is None
    assert life.breached(END, "S2-21-1-後[reuse=U1]") == D(2027, 6, 10)


@pytest.mark.shows("S2-21-3")
def test_moral_rights_are_used_only_with_written_consent() -> None:
    life = after_the_end()
    assert life.state(END, "S2-21-3[moral=M2]") == "discharged"
    assert life.breached(END, "S2-21-3[moral=M1]") == D(2027, 6, 15)


@pytest.mark.shows("S2-21-4", "S2-21-4-なお")
def test_a_third_partys_song_is_the_contractors_cost_and_the_contractors_quarrel() -> None:
    life = after_the_end()
    licence = life.view("2027-03-10", "S2-21-4[work=song]")
    assert (licence.bearer, licence.state) == ("contractor", "in_effect")
    assert life.state("2027-03-12", "S2-21-4[work=song]") == "fulfilled"
    assert life.state(END, "S2-21-4-なお[work=song]") == "holds"


@pytest.mark.shows(
    "S2-19-2", "S2-19-2-但", "S2-21-1", "S2-21-1-後", "S2-21-2", "S2-21-3", "S2-21-4", "S2-21-4-なお", "S2-21-5"
)
def test_a_termination_frees_nobody_from_what_was_promised_of_secrets_and_works() -> None:
    life = without_demand()
    life.tell("2026-10-01", "deliverable.handed-over", deliverable="film")
    life.tell("2026-10-01", "foreign-work.found", work="song")
    life.tell("2026-10-01", "foreign-work.disputed", work="song")
    life.tell("2026-10-01", "own-work.listed", work="drawing")
    life.tell("2026-10-01", "deliverable.altered", deliverable="film")
    for sharing in ("S1", "S2"):
        life.tell("2026-10-01", "deliverable.sharing-planned", sharing=sharing)
    life.tell("2026-10-02", "deliverable.sharing-approved", sharing="S2")
    life.tell("2026-10-03", "deliverable.shared", sharing="S1")
    life.tell("2026-10-03", "reuse.started", reuse="U1")
    life.tell("2026-10-03", "moral-right.used", moral="M1")
    day = "2026-10-04"
    broken = ("S2-19-2[sharing=S1]", "S2-21-1-後[reuse=U1]", "S2-21-3[moral=M1]")
    assert [life.breached(day, name) for name in broken] == [D(2026, 10, 3)] * 3
    assert life.state(day, "S2-19-2-但[sharing=S2]") == "exercised"
    assert life.state(day, "S2-21-1[deliverable=film]") == "in_effect"
    assert life.state(day, "S2-21-2[deliverable=film]") == "exercised"
    assert life.state(day, "S2-21-4[work=song]") == "in_effect"
    assert life.state(day, "S2-21-4-なお[work=song]") == "holds"
    assert life.state(day, "S2-21-5[work=drawing]") == "holds"
    assert {"after_the_end", "without_effect"}.isdisjoint(life.flagged(day))


@pytest.mark.shows("S2-21-5")
def test_the_contractors_own_earlier_drawing_stays_its_own() -> None:
    life = rights_passed_on()
    assert life.state("2027-03-10", "S2-21-5[work=drawing]") == "holds"
    assert not life.exists("2027-03-10", "S2-21-1[deliverable=drawing]")
