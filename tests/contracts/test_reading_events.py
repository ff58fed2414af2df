"""Events are read by plans and days that are kept ready: what was read before changes nothing that is read now."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import DELIVERY
from test_any_life import any_events, at

from itaku.basis.clock import JST, InstantMs, to_instant, to_jst
from itaku.basis.errors import ItakuError
from itaku.basis.written_dates import read_day, read_written
from itaku.contracts.engine.events import EventUnfitError, Told, day_of, midnight_after, read_event
from itaku.contracts.engine.instance import keyed
from itaku.contracts.engine.result import replay
from itaku.contracts.engine.values import named_rules, names_rule
from itaku.contracts.shelf import form

WRITTEN = [
    "2026-04-01",
    "令和8年4月1日",
    "2026-04-01T00:00",
    "2026-04-01T09:30",
    "2026-03-31T15:30Z",
    "令和8年4月1日午後3時15分",
    "1873-01-01",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_day_read_again_is_what_the_plain_reader_says(text: str) -> None:
    plain = read_written(text, "e1")
    moment = plain.moment or dt.datetime.combine(plain.day, dt.time(0), JST)
    for _ in range(2):
        event = read_event(DELIVERY, Told(id="e1", at=text, kind="contract.signed"), 1)
        assert (event.day, event.at, event.day_only) == (plain.day, to_instant(moment), plain.moment is None)


@pytest.mark.parametrize("text", ["2026-02-30", "", "soon", "1800-01-01", "2026-04-01T25:00"])
def test_a_day_that_cannot_be_read_is_refused_each_time_and_names_its_own_event(text: str) -> None:
    for name in ("first", "second"):
        with pytest.raises(ItakuError) as plain:
            read_written(text, name)
        with pytest.raises(type(plain.value)) as refused:
            read_event(DELIVERY, Told(id=name, at=text, kind="contract.signed"), 1)
        assert refused.value.detail.startswith(name)
        assert plain.value.detail in refused.value.detail
        with pytest.raises(ItakuError) as plain:
            read_day(text, f"{name}: date.set: date")
        told = Told(id=name, at="2026-04-01", kind="date.set", fields={"under": "X1-18-2", "date": text})
        with pytest.raises(type(plain.value)) as refused:
            read_event(DELIVERY, told, 1)
        assert refused.value.detail.startswith(name)
        assert plain.value.detail in refused.value.detail


def test_each_contract_reads_an_event_by_its_own_catalogue() -> None:
    certificates, marathon = form("certificates"), form("marathon")
    told = Told(id="e1", at="2026-04-01", kind="demand.received", fields={"demand": "D1", "to": "乙"})
    assert read_event(certificates, told, 1).fields == {"demand": "D1", "to": "乙"}
    with pytest.raises(EventUnfitError, match="has no 'to'"):
        read_event(marathon, told, 1)
    assert read_event(certificates, told, 1).fields == {"demand": "D1", "to": "乙"}


@pytest.mark.parametrize("key", ["", " ", "\u3000\n", "a[b", "a]", "a,b", "a=b", 3, None])
def test_a_key_is_text_that_can_stand_in_an_instances_name(key: object) -> None:
    with pytest.raises(EventUnfitError, match="key sub_no must be text"):
        read_event(DELIVERY, Told(id="e1", at="2026-04-01", kind="report.received", fields={"sub_no": key}), 1)


def test_the_day_of_an_instant_is_the_day_of_japans_clock() -> None:
    midnight = midnight_after(dt.date(2026, 3, 31))
    for base in (midnight, InstantMs(0), midnight_after(dt.date(1873, 1, 1)), midnight_after(dt.date(2400, 2, 28))):
        for step in (-86_400_000, -1, 0, 1, 32_400_000, 86_399_999):
            instant = InstantMs(base + step)
            assert day_of(instant) == to_jst(instant).date()


@pytest.mark.parametrize("name", ["delivery", "certificates", "marathon"])
def test_the_rules_that_an_event_names_are_found_together_as_one_by_one(name: str) -> None:
    contract = DELIVERY if name == "delivery" else form(name)
    narrowed = 0
    events = any_events(contract, 7, 150)
    fold = replay(contract, events, at(500)).fold
    rules = list(fold.rules.rules.values())
    for event in events:
        one_by_one = [rule for rule in rules if names_rule(fold, event, rule)]
        assert list(named_rules(fold, event, rules)) == one_by_one
        narrowed += len(one_by_one) < len(rules)
    assert narrowed > 5


@pytest.mark.parametrize("name", ["delivery", "certificates", "marathon"])
def test_every_instance_with_keys_is_named_by_them(name: str) -> None:
    contract = DELIVERY if name == "delivery" else form(name)
    fold = replay(contract, any_events(contract, 3, 150), at(500)).fold
    with_keys = [each for each in fold.instances.values() if each.keys and not each.standing]
    assert len(with_keys) > 20
    for each in with_keys:
        assert each.id == keyed(each.rule.id, each.keys, each.keys.values())
        assert tuple(each.keys) == each.rule.per
        assert fold.instances[each.id] is each
        assert each in fold.of(each.rule.id)
