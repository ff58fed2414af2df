"""Tests that claim to show a clause are held to it (contracts_claims.py says how), and their claims are collected."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from contracts_claims import Seen, provisions, watching, why_untrue

from itaku.contracts.model.kinds import Provision
from itaku.contracts.shown import written

_SEEN = pytest.StashKey[Seen]()


def claims_of(item: pytest.Item) -> list[str]:
    return [name for mark in item.iter_markers("shows") for name in mark.args]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    seen = item.stash[_SEEN] = Seen()
    if not claims_of(item):
        return (yield)
    with watching(seen):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    result = yield
    untrue = [f"{name}: {reason}" for name in claims_of(item) if (reason := why_untrue(name, item.stash[_SEEN]))]
    if untrue:
        pytest.fail("the test claims to show what it did not see:\n" + "\n".join(untrue), pytrace=False)
    return result


@pytest.fixture
def clause(request: pytest.FixtureRequest) -> Callable[[str], Provision]:
    """The text of a provision by its id; looking it up is what shows a definition or what lies outside."""

    def look_up(name: str) -> Provision:
        request.node.stash[_SEEN].read.add(name)
        return provisions()[name]

    return look_up


def pytest_collection_finish(session: pytest.Session) -> None:
    """Writes the map of claims to the file that $ITAKU_SHOWN_BY names, if it does."""
    place = os.environ.get("ITAKU_SHOWN_BY")
    if not place:
        return
    claims: dict[str, list[str]] = {}
    for item in session.items:
        for name in claims_of(item):
            claims.setdefault(name, []).append(item.nodeid.partition("[")[0])
    Path(place).write_text(written(claims), encoding="utf-8")
