"""The flows that the desk lists: each names provisions and events of its contract file that belong together."""

from __future__ import annotations

import datetime as dt

import pytest

from itaku.basis.clock import JST, to_instant
from itaku.contracts.engine.events import Told, catalogue, read_event
from itaku.contracts.engine.result import replay
from itaku.contracts.model.contract import field_type
from itaku.contracts.shelf import form
from itaku.desk.acts.flows import every_flow, flows_of
from itaku.desk.acts.naming import known_choice, known_name
from itaku.desk.acts.offered import rules_of_event

NOON = to_instant(dt.datetime(2026, 7, 2, 12, tzinfo=JST))


@pytest.fixture(scope="module")
def signed():
    """Both contracts, signed and nothing else."""
    found = {}
    for name in ("S1", "S2"):
        contract = form(name)
        events = [read_event(contract, Told(id="e1", at="2026-03-25", kind="contract.signed"), 1)]
        found[name] = replay(contract, events, NOON)
    return found


@pytest.mark.parametrize("flow", every_flow(), ids=lambda flow: f"{flow.of}-{flow.id}")
def test_a_flow_names_provisions_and_events_of_its_contract_that_belong_together(signed, flow):
    result = signed[flow.of]
    provisions = {each.id for each in result.fold.contract.provisions}
    assert set(flow.clauses) <= provisions
    for kind in flow.steps:
        assert kind in catalogue(result.fold.contract)
        moved = {rule.id for rule in rules_of_event(result, kind)}
        assert moved & set(flow.clauses), f"{kind} moves none of {flow.clauses}"
    for clause in flow.clauses:
        assert any(clause in {rule.id for rule in rules_of_event(result, kind)} for kind in flow.steps) or any(
            _follows(result, clause, other) for other in flow.clauses
        ), f"no step of {flow.id} moves {clause}"


def _follows(result, clause: str, other: str) -> bool:
    """Whether a provision comes to life through another of the same flow, or guards it."""
    rule = result.fold.rules.rules[clause]
    trigger = rule.trigger
    named = str(trigger) + str(rule.needs) + str(rule.unless)
    return clause != other and (repr(other) in named or other in clause or clause in other)


def test_no_two_flows_of_a_contract_share_an_id():
    for name in ("S1", "S2"):
        ids = [each.id for each in flows_of(name)]
        assert len(ids) == len(set(ids))
        assert len(ids) > 10


@pytest.mark.parametrize("name", ["certificates", "marathon"])
def test_every_key_field_and_coded_value_of_a_form_has_words(name):
    contract = form(name)
    for kind, known in catalogue(contract).items():
        for each in (*known.keys, *known.fields):
            assert known_name(kind, each) is not None, f"{kind}: {each}"
        for each, text in known.fields.items():
            for choice in field_type(text).choices:
                assert known_choice(kind, each, choice) is not None, f"{kind}.{each}: {choice}"
