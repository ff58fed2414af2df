"""The certificates contract answers every clause of its paper and both annexes, and computes nothing from a blank."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from itaku.contracts.model.answers import answers
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.formatting import formatted
from itaku.contracts.model.kinds import Calculation, Common, Condition, Definition, Power, Requirement
from itaku.contracts.model.loading import load_contract
from itaku.contracts.model.register import clause_of, ids_of

FILE = Path(str(resources.files("itaku.contracts.library") / "certificates.toml"))


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(FILE)


def provision(contract: Contract, name: str) -> Common:
    return next(each for each in contract.provisions if each.id == name)


def test_the_certificates_contract_is_read_without_a_mistake(contract: Contract) -> None:
    assert contract.head.id == "S1"
    assert set(contract.parts) == {"S1", "S1-A1", "S1-A2"}


def test_it_is_written_as_the_formatter_writes_it() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert formatted(text) == text


def test_each_clause_is_answered_once_in_the_order_of_the_paper_and_no_other(contract: Contract) -> None:
    assert tuple(answer.clause for answer in answers(contract)) == ids_of("S1")


def test_each_clause_has_a_provision_with_its_bare_id(contract: Contract) -> None:
    bare = [each.id for each in contract.provisions if each.id == clause_of(each.id)]
    assert sorted(bare) == sorted(ids_of("S1"))


def test_a_date_that_the_text_leaves_blank_stays_blank(contract: Contract) -> None:
    blank = {name: term.clause for name, term in contract.terms.items() if term.value is None}
    assert blank == {"signed_on": "S1-Z2", "term_start": "S1-21", "term_end": "S1-21", "tax_percent": "S1-12-1"}


def test_papers_and_words_that_the_text_lacks_are_named(contract: Contract) -> None:
    assert len(contract.head.missing) == 2
    lacking = {each.id for each in contract.provisions if isinstance(each, Definition) and each.missing is not None}
    assert lacking == {"S1-2-定-仕様書", "S1-3", "S1-8-1-定-取扱店", "S1-12-2-定-指定期日", "S1-21"}


def test_the_late_charge_rests_on_the_unpaid_part_at_the_rate_of_the_signing_day(contract: Contract) -> None:
    late = provision(contract, "S1-15-1")
    assert isinstance(late, Calculation)
    assert late.charge.round == "result-floor-100"
    assert [each.event for each in late.charge.excluded] == ["books.inspected"]
    readings = [contract.policies[name] for name in ("S1-15-1.base", "S1-15-1.rate")]
    assert [policy.options[policy.default].value for policy in readings] == [
        "cause:unpaid",
        "rate:mof-article-8@term:signed_on",
    ]


def test_every_disputed_reading_can_change_what_is_computed(contract: Contract) -> None:
    text = FILE.read_text(encoding="utf-8")
    for name in contract.policies:
        assert f'"policy:{name}"' in text, name


def test_an_isms_certificate_is_the_only_advice_among_the_requirements(contract: Contract) -> None:
    advised = [each.id for each in contract.provisions if isinstance(each, Requirement) and each.recommended]
    assert advised == ["S1-A1-4-9"]


def test_all_five_events_terminate_and_call_in_the_fees(contract: Contract) -> None:
    five = tuple(f"S1-17-1-{number}" for number in range(1, 6))
    termination, calling_in = provision(contract, "S1-17-1"), provision(contract, "S1-17-2")
    assert isinstance(termination, Power)
    assert isinstance(calling_in, Condition)
    assert termination.grounds == five
    assert calling_in.any_of == five
    assert [(effect.do, effect.of) for effect in calling_in.effect] == [("accelerate", ("S1-12-2",))]


def test_what_is_owed_at_the_end_outlives_the_contract(contract: Contract) -> None:
    tail = ("S1-12-1", "S1-12-2", "S1-15-1", "S1-16-1", "S1-19", "S1-22-但", "S1-6-1", "S1-A2-1")
    assert all(getattr(provision(contract, name), "survives", False) for name in tail)
