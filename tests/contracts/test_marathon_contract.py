"""The marathon contract is data: each of its files is read without a mistake and answers exactly its own clauses."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from itaku.contracts.model.answers import answers
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.formatting import formatted
from itaku.contracts.model.kinds import Calculation, Condition, Definition, Outside, Power, Ruled, kind_of
from itaku.contracts.model.loading import load_contract
from itaku.contracts.model.parts import names
from itaku.contracts.model.register import clause_of, ids_of

LIBRARY = Path(str(resources.files("itaku.contracts.library")))
PREFIXES = {
    "marathon-header.toml": "S2-H",
    "marathon-bid-rigging.toml": "S2-R",
    "marathon-personal-information.toml": "S2-P",
    "marathon-low-bid.toml": "S2-L",
}
"""The rider files of this room, each with the beginning of its clauses' ids; the main file answers what is left."""

ELSEWHERE = "S2-D"
"""The data specification: a file with tests of its own."""

FILES = ("marathon.toml", *PREFIXES)


@pytest.fixture(scope="module", name="contract")
def _contract() -> Contract:
    return load_contract(LIBRARY / "marathon.toml")


def wanted(file: str) -> list[str]:
    others = (*PREFIXES.values(), ELSEWHERE)
    if file in PREFIXES:
        return [each for each in ids_of("S2") if each.startswith(PREFIXES[file])]
    return [each for each in ids_of("S2") if not each.startswith(others)]


def written(file: str) -> list[str]:
    raw = tomllib.loads((LIBRARY / file).read_text(encoding="utf-8"))
    return [each["id"] for each in raw["provision"]]


def test_the_contract_with_its_riders_is_read_without_a_mistake(contract: Contract) -> None:
    assert {each.clause for each in answers(contract)} == set(ids_of("S2"))


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_written_as_the_formatter_writes_it(file: str) -> None:
    text = (LIBRARY / file).read_text(encoding="utf-8")
    assert formatted(text) == text


@pytest.mark.parametrize("file", FILES)
def test_a_file_answers_exactly_its_clauses_once_and_in_order(file: str) -> None:
    found = written(file)
    assert [each for each in found if clause_of(each) == each] == wanted(file)
    assert {clause_of(each) for each in found} == set(wanted(file))


def test_the_files_of_this_contract_answer_all_clauses_but_the_data_specification() -> None:
    assert sum(len(wanted(file)) for file in FILES) == 158


def test_amounts_and_dates_left_blank_stay_blank(contract: Contract) -> None:
    blank = {name for name, term in contract.terms.items() if term.value is None}
    assert {"signed_on", "price_yen", "price_tax_yen", "tax_percent", "deposit_yen"} <= blank
    assert contract.terms["deadline"].value == "2027-03-31"
    assert contract.terms["price_yen"].clause == "S2-H3"


def test_the_same_label_means_the_committee_here_and_the_prefecture_there(contract: Contract) -> None:
    meant = {part: contract.parts[part].labels["甲"] for part in ("S2", "S2-H", "S2-P", "S2-R", "S2-L")}
    assert meant == {
        "S2": "committee",
        "S2-H": "committee",
        "S2-P": "committee",
        "S2-R": "prefecture",
        "S2-L": "prefecture",
    }


OWED_BY = {
    "甲": """S2-3-2 S2-4-但 S2-6 S2-7-1 S2-7-2 S2-10-但 S2-11-1 S2-11-4 S2-12-2 S2-12-3-後 S2-13-1/残額 S2-13-1-但
        S2-13-2 S2-13-2/上限 S2-13-3 S2-14-1 S2-14-2 S2-15 S2-16 S2-16/催告 S2-16/不適合 S2-17-1 S2-17-1/不適合
        S2-18-1 S2-18-3 S2-18-3/不適合 S2-19-2-但 S2-21-2""",
    "乙": """S2-H4/納付 S2-1-1 S2-2 S2-3-1 S2-4 S2-5-1 S2-5-2 S2-6/回答 S2-8 S2-9 S2-10 S2-11-2 S2-11-3 S2-12-1
        S2-12-1-但-R7 S2-12-1-但-R8 S2-12-3 S2-13-1 S2-13-1/過大 S2-13-1-但/請求 S2-13-1-但/過大 S2-14-1/追完
        S2-14-2/減額 S2-18-2 S2-18-2/不適合 S2-18-3/超過 S2-18-3/不適合超過 S2-18-4 S2-18-4/延滞金 S2-18-4/損害
        S2-18-4/特約 S2-19-1 S2-19-2 S2-21-1 S2-21-1-後 S2-21-3 S2-21-4 S2-23 S2-24""",
    "both": """S2-H5 S2-H6 S2-1-2 S2-3-2/協議 S2-5-3 S2-7-1-後 S2-7-2/協議 S2-8-但 S2-10-但/協議 S2-13-2/協議 S2-20
        S2-25""",
}
"""Who owes each duty and sum of the header and the articles, and who holds each right, as read in the text."""


def test_each_duty_and_each_right_belongs_to_the_side_that_the_text_names(contract: Contract) -> None:
    riders = ("S2-R", "S2-P", "S2-L", ELSEWHERE)
    found: dict[str, set[str]] = {label: set() for label in OWED_BY}
    for each in contract.provisions:
        label = getattr(each, "bearer", None) or getattr(each, "holder", None)
        if label is not None and not each.id.startswith(riders):
            found[label].add(each.id)
    assert found == {label: set(text.split()) for label, text in OWED_BY.items()}


def test_penalties_stand_side_by_side(contract: Contract) -> None:
    shares = {
        each.id: each.charge.share
        for each in contract.provisions
        if isinstance(each, Calculation) and each.beside == "penalty"
    }
    assert {name: shares[name] for name in ("S2-18-2", "S2-R2-3", "S2-R3-1", "S2-R4-3", "S2-L4-2")} == {
        "S2-18-2": "10/100",
        "S2-R2-3": "1/10",
        "S2-R3-1": "2/10",
        "S2-R4-3": "1/10",
        "S2-L4-2": "10/100",
    }


def test_late_charges_wait_for_the_prefectural_rate_of_the_signing_day(contract: Contract) -> None:
    rates = {
        each.id: each.charge.rate
        for each in contract.provisions
        if isinstance(each, Calculation) and each.charge.formula == "late"
    }
    assert set(rates) == {"S2-11-2", "S2-11-4", "S2-18-4", "S2-18-4/延滞金", "S2-18-4/損害", "S2-18-4/特約"}
    assert set(rates.values()) == {"rate:千葉県財務規則120-1@term:signed_on"}


def test_the_time_bar_takes_only_rights_that_rest_on_the_nonconformity(contract: Contract) -> None:
    (bar,) = [each for each in contract.provisions if each.id == "S2-14-3"]
    assert isinstance(bar, Condition)
    barred = [each for each in contract.provisions if each.id in names(bar.bars)]
    assert len(barred) == 5
    assert all(isinstance(each, Ruled) and each.per == ("defect",) for each in barred)


def test_eleven_cases_allow_termination_without_demand(contract: Contract) -> None:
    (power,) = [each for each in contract.provisions if each.id == "S2-17-1"]
    assert isinstance(power, Power)
    assert [each.rpartition("-")[2] for each in names(power.grounds)] == [str(number) for number in range(1, 12)]


def test_every_debt_outlives_a_termination(contract: Contract) -> None:
    penalties = [each for each in contract.provisions if isinstance(each, Calculation) and each.beside == "penalty"]
    assert penalties
    assert all(each.survives for each in penalties)


def test_a_disputed_reading_has_a_default_and_names_clauses_that_exist(contract: Contract) -> None:
    own = {name: each for name, each in contract.policies.items() if name.startswith("S2-")}
    for policy in own.values():
        assert len(policy.options) >= 2
        assert policy.default in policy.options
        assert set(policy.clauses) <= set(ids_of("S2"))


def test_what_lies_outside_says_why_and_what_is_shown(contract: Contract) -> None:
    outside = [each for each in contract.provisions if isinstance(each, Outside) and not each.id.startswith(ELSEWHERE)]
    assert [each.id for each in outside] == ["S2-22"]
    assert all(each.reason.en and each.shows.en for each in outside)


def test_every_defined_word_is_written(contract: Contract) -> None:
    words = [each for each in contract.provisions if isinstance(each, Definition) and "-定-" in each.id]
    assert words
    assert all(each.term for each in words), [each.id for each in words if not each.term]


def test_every_kind_serves(contract: Contract) -> None:
    assert len({kind_of(each) for each in contract.provisions}) == 9
