"""The data protection specification of the marathon contract answers each of its clauses once, and can be run."""

from __future__ import annotations

from importlib import resources

import pytest

from itaku.contracts.model.answers import answers
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.formatting import formatted
from itaku.contracts.model.kinds import Document, Obligation, Requirement
from itaku.contracts.model.loading import Source, read_contract
from itaku.contracts.model.mistakes import ContractFileError
from itaku.contracts.model.parts import names
from itaku.contracts.model.register import clause_of, register

NAME = "marathon-data-protection.toml"
TEXT = resources.files("itaku.contracts.library").joinpath(NAME).read_text(encoding="utf-8")

# What the specification takes from elsewhere in the contract, and nothing more.
HEAD = """
[contract]
id = "S2"
ja = "本文のない契約"
en = "A contract without its main text"

[parties.prefecture]
ja = "県"
en = "Prefecture"

[parties.contractor]
ja = "受託者"
en = "Contractor"

[event."work.completed"]
ja = "業務の完了の確認"
en = "Work confirmed as completed"
fields = {on = "date"}

[event."subcontract.planned"]
ja = "再委託の予定"
en = "Subcontract planned"
by = "contractor"
keys = ["sub"]

[event."subcontract.started"]
ja = "再委託の開始"
en = "Subcontract started"
by = "contractor"
keys = ["sub"]
"""


def read(text: str = TEXT) -> Contract:
    sources = [Source("head.toml", HEAD.encode()), Source(NAME, text.encode())]
    return read_contract(sources, complete=False)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return read()


def test_it_is_written_as_the_formatter_writes_it() -> None:
    assert formatted(TEXT, NAME) == TEXT


def test_every_clause_of_the_specification_is_answered_once_and_in_order(contract: Contract) -> None:
    assert tuple(each.clause for each in answers(contract)) == register()["S2-D"]
    bare = {each.id for each in contract.provisions}
    assert bare >= set(register()["S2-D"])


def test_what_a_clause_makes_beside_itself_stands_behind_it(contract: Contract) -> None:
    before = ""
    for provision in contract.provisions:
        if clause_of(provision.id) != provision.id and not provision.id.startswith("S2-D5/5."):
            assert clause_of(before) == clause_of(provision.id)
        before = provision.id


def test_the_client_here_is_the_prefecture(contract: Contract) -> None:
    assert contract.parts["S2-D"].labels == {"発注者": "prefecture", "受注者": "contractor"}


def test_every_document_names_a_paper_with_fields(contract: Contract) -> None:
    for provision in contract.provisions:
        if isinstance(provision, Document):
            assert names(provision.paper), provision.id
        for paper in names(provision.paper):
            assert contract.papers[paper].fields, paper


def test_every_paper_is_asked_for_by_a_clause(contract: Contract) -> None:
    asked = {paper for each in contract.provisions for paper in names(each.paper)}
    assert asked == set(contract.papers)


def test_every_requirement_has_a_slot_for_evidence(contract: Contract) -> None:
    found = [each for each in contract.provisions if isinstance(each, Requirement)]
    assert len(found) > 40
    for requirement in found:
        assert requirement.evidence, requirement.id


def test_evidence_on_the_running_system_runs_out_after_a_year(contract: Contract) -> None:
    for provision in contract.provisions:
        if provision.id.startswith("S2-D5.") and provision.evidence:
            assert {slot.expires for slot in provision.evidence} == {"1y"}, provision.id


def test_the_ledger_has_the_eleven_fields_from_hand_over_to_return(contract: Contract) -> None:
    fields = set(contract.papers["data-ledger"].fields)
    assert len(fields - {"confirmed_by", "result"}) == 11
    assert {"received_at", "returned_at", "my_number"} <= fields


def test_work_cannot_start_before_the_plan_and_its_parts(contract: Contract) -> None:
    gated = {
        each.id
        for each in contract.provisions
        if isinstance(each, Document | Obligation) and each.gate and "data-work.started" in names(each.gate.event)
    }
    parts = {"S2-D4.1-1", "S2-D4.1-1-番号", "S2-D4.1-2", "S2-D4.1-3", "S2-D4.1-6"}
    assert gated == {"S2-D4.1"} | parts


def test_both_incident_clocks_survive_the_end_of_the_contract(contract: Contract) -> None:
    found = {each.id: each for each in contract.provisions if isinstance(each, Obligation)}
    first, details = found["S2-D4.1-6-ア"], found["S2-D4.1-6-イ"]
    assert first.due is not None
    assert first.due.clock == "incident-first-report"
    assert details.due is not None
    assert details.due.clock == "incident-details"
    assert details.trigger is not None
    assert names(details.trigger.fulfilled) == ("S2-D4.1-6-ア",)
    assert first.survives
    assert details.survives


def test_every_policy_touches_clauses_of_the_specification(contract: Contract) -> None:
    for name, policy in contract.policies.items():
        assert policy.clauses, name
        assert set(policy.clauses) <= set(register()["S2-D"]), name


def test_a_clause_that_is_left_out_is_noticed() -> None:
    with pytest.raises(ContractFileError) as refused:
        read(TEXT.replace('id = "S2-D4.4-3"', 'id = "S2-D4.4-9"'))
    assert "id_unlisted" in {each.code for each in refused.value.mistakes}
