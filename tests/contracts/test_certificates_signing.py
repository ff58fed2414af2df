"""The certificates contract is signed: two originals, the blanks filled in, no deposit, and good faith from then on."""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import CERTIFICATES, closed, designated, proved, signed
from contracts_lives import Life


@pytest.mark.shows("S1-Z1", "S1-Z2")
def test_signing_asks_for_two_originals_and_a_complete_signature_block() -> None:
    life = signed()
    papers = life.on("2026-03-26").views
    assert papers["S1-Z1[e1]"].state == papers["S1-Z2[e1]"].state == "in_effect"
    assert papers["S1-Z1[e1]"].bearer == "both"
    life.tell("2026-03-27", "originals.exchanged")
    life.tell("2026-03-28", "signatures.recorded", on="2026-03-25")
    papers = life.on("2026-03-29").views
    assert papers["S1-Z1[e1]"].performed_on == dt.date(2026, 3, 27)
    assert papers["S1-Z2[e1]"].state == "fulfilled"
    assert (CERTIFICATES.head.originals, CERTIFICATES.papers["contract-original"].copies) == (2, 2)


@pytest.mark.shows("S1-20")
def test_no_deposit_is_asked_for() -> None:
    money = signed().on("2026-03-26").money("S1-20[e1]")
    assert money is not None
    assert (money.yen, money.unpaid_yen) == (0, 0)


@pytest.mark.shows("S1-2", "S1-9")
def test_the_law_the_contract_and_the_annex_are_kept_from_signing_to_the_end() -> None:
    life = signed()
    for clause, bearer in (("S1-2", "both"), ("S1-9", "contractor")):
        view = life.view("2026-03-26", clause)
        assert (view.state, view.bearer, view.due.continuous) == ("in_effect", bearer, True)
    proved(life, "2026-03-26", "S1-2", "specification")
    life.tell("2027-02-01", "objection.arrived", term_end="2027-03-31")
    assert life.state("2027-03-31", "S1-2") == "in_effect"
    views = life.on("2027-04-01").views
    assert views["S1-2"].state == views["S1-9"].state == "discharged"


@pytest.mark.shows("S1-Z2", "S1-21-但")
def test_before_signing_nothing_is_owed_and_blanks_may_be_filled_in() -> None:
    life = Life(CERTIFICATES, None)
    life.tell("2026-03-20", "term.set", term="term_end", date="2027-03-31")
    assert life.on("2026-03-25").views == {}
    life.tell("2026-03-26", "contract.signed")
    views = life.on("2026-03-27").views
    assert views["S1-21-但[term_end=2027-03-31]"].due.day == dt.date(2027, 2, 28)
    assert views["S1-Z2[e2]"].state == "in_effect"


@pytest.mark.shows("S1-12-2")
def test_what_is_told_before_signing_is_flagged() -> None:
    life = Life(CERTIFICATES, None)
    life.tell("2026-03-20", "complaint.received", complaint="Q0")
    life.tell("2026-03-25", "contract.signed")
    closed(life, "2026-05-01", "2026-04")
    designated(life, "2026-05-01", "2026-04", "2026-05-29")
    assert life.flagged("2026-05-02") == ["before_signing"]
    assert life.view("2026-05-02", "S1-12-2[month=2026-04]").due.day == dt.date(2026, 5, 29)
