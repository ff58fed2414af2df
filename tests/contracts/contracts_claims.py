"""Claims (示すという主張): a test marked `shows("S2-12-2")` must see in life what answers that clause, or it fails.

While such a test runs, its replays are watched (the fold runs as it does, and is looked at afterwards). What counts:

- a duty, prohibition, right, condition, sum or paper that a cause brings to life: an instance of it in a replay;
- one that merely stands from signing on: something happened to its instance (a finding, a breach, an exercise, a date),
  or the test asked for it by name (`result.views[...]`, `result.money(...)`): that it exists is true of any life;
- a requirement: evidence was filed in a slot of its instance, or the test asked for it by name;
- a definition, or what lies outside: the test looked its text up with the fixture `clause`.

Only the provisions of the shelf's own files count. A claim names a clause, or one of the several rules that it makes
(`S2-13-1-但/請求`). `make clauses` collects all claims into the map that `itaku clauses` prints.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from itaku.contracts.engine.fold import Fold
from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result, Sum, View
from itaku.contracts.model.kinds import Definition, Outside, Provision
from itaku.contracts.shelf import form, forms


@functools.cache
def provisions() -> dict[str, Provision]:
    return {provision.id: provision for name in forms() for provision in form(name).provisions}


class Seen:
    """What a test saw: the folds that ran in it, the provisions whose instances it asked for, the texts it read."""

    def __init__(self) -> None:
        self.folds: list[Fold] = []
        self.asked: set[str] = set()
        self.read: set[str] = set()

    def lived(self, name: str) -> bool:
        instances = [each for fold in self.folds for each in fold.of(name) if each.rule.text == provisions()[name]]
        return any(_moved(each) for each in instances) or bool(instances and name in self.asked)


def _moved(instance: Instance) -> bool:
    if instance.rule.kind == "requirement":
        return any(step.code == "evidence_filed" for step in instance.steps)
    stands = instance.standing or (instance.source is not None and instance.source.kind == "contract.signed")
    return not stands or any(step.code not in {"born", "ended"} for step in instance.steps)


class Asked(dict[str, View]):
    """The views of a result, which note what is asked for by name."""

    def __init__(self, views: dict[str, View], seen: Seen) -> None:
        super().__init__(views)
        self._seen = seen

    def __getitem__(self, name: str) -> View:
        view = super().__getitem__(name)
        self._seen.asked.add(view.provision)
        return view


@contextmanager
def watching(seen: Seen) -> Iterator[None]:
    """Looks at every fold that runs and at what is asked of every result; changes nothing that they do."""
    run, money, views = Fold.run, Result.money, Result.__dict__["views"].func

    def watched_run(fold: Fold, *given: Any) -> None:
        seen.folds.append(fold)
        run(fold, *given)

    def watched_money(result: Result, name: str) -> Sum | None:
        seen.asked.add(result.fold.instances[name].rule.id)
        return money(result, name)

    watched_views = functools.cached_property(lambda result: Asked(views(result), seen))
    watched_views.__set_name__(Result, "views")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fold, "run", watched_run)
        patch.setattr(Result, "money", watched_money)
        patch.setattr(Result, "views", watched_views)
        yield


def why_untrue(name: str, seen: Seen) -> str:
    """Why a claim is not true; nothing if it is."""
    text = provisions().get(name)
    if text is None:
        return "no clause of a contract on the shelf"
    if isinstance(text, Definition | Outside):
        return "" if name in seen.read else "its text was not looked up (fixture `clause`)"
    if seen.lived(name):
        return ""
    return "no replay of this test brought it to life, or it only stood there and nothing was asked of it"
