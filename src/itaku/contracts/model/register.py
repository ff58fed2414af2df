"""The clause register (条項一覧): the ids of every clause of the two contracts, by part. Ids only, no text."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources


@functools.cache
def register() -> dict[str, tuple[str, ...]]:
    """All ids by part, in the order of the papers."""
    text = (resources.files(__package__) / "clause_ids.toml").read_text(encoding="utf-8")
    return {part: tuple(ids) for part, ids in tomllib.loads(text).items()}


@functools.cache
def ids_of(contract_id: str) -> tuple[str, ...]:
    """All ids of a contract with its riders and annexes; none for a contract that the register does not list."""
    parts = [ids for part, ids in register().items() if part == contract_id or part.startswith(f"{contract_id}-")]
    return tuple(clause for ids in parts for clause in ids)


def clause_of(provision_id: str) -> str:
    """The clause that a provision answers: its id, less the /x by which a clause makes several."""
    if any(provision_id in ids for ids in register().values()):
        return provision_id
    return provision_id.rpartition("/")[0] or provision_id
