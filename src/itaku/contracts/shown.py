"""Which tests show what answers a clause (条項を示すテスト): the map that `make clauses` writes from the claims."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from importlib import resources

import msgspec

_FILE = "shown_by.json"


@functools.cache
def shown_by() -> dict[str, tuple[str, ...]]:
    """The names of the tests by provision id (a clause id, or with /x where a clause makes several)."""
    data = (resources.files("itaku.contracts.library") / _FILE).read_bytes()
    return msgspec.json.decode(data, type=dict[str, tuple[str, ...]])


def written(claims: Mapping[str, Iterable[str]]) -> str:
    """The text of that file: one id a line, ids and tests in the order of their letters, so that a change is a line."""
    lines = []
    for name in sorted(claims):
        key, tests = (msgspec.json.encode(each).decode() for each in (name, sorted(set(claims[name]))))
        lines.append(f"{key}:{tests}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
