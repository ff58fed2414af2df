"""The shelf (契約の書式): the contract files that come with the product, by the name of the file or of the contract."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from pathlib import Path

from itaku.basis.errors import ItakuError
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.loading import load_contract


class FormUnknownError(ItakuError):
    """There is no contract file of that name on the shelf."""

    code = "form_unknown"
    ja = "その名前の契約の書式はありません。itaku contracts で一覧を見てください。"
    en = "There is no contract file of that name. `itaku contracts` lists them."


@functools.cache
def forms() -> dict[str, Path]:
    """The files of all contracts by their file's name without its ending; riders' files are part of theirs."""
    found: dict[str, Path] = {}
    for each in sorted(resources.files("itaku.contracts.library").iterdir(), key=lambda each: each.name):
        if each.name.endswith(".toml") and "contract" in tomllib.loads(each.read_text(encoding="utf-8")):
            found[each.name.removesuffix(".toml")] = Path(str(each))
    return found


@functools.cache
def form(name: str) -> Contract:
    """A contract by its file's name ("marathon") or its own id ("S2"), read once. `FormUnknownError`."""
    path = forms().get(name)
    if path is not None:
        return load_contract(path, complete=False)
    for other in forms():
        contract = form(other)
        if contract.head.id == name:
            return contract
    raise FormUnknownError(ascii(name[:40]))
