"""Finding contracts by what people call them: their titles and ids, whatever the width and case of the letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from itaku.contracts.model.parts import Words
from itaku.desk.asking import ask


def titles_of(contracts: Collection[str]) -> dict[str, Words]:
    """What each of these contracts is called."""
    return ask(lambda keeper: keeper.titles(list(contracts)))


def called(text: str, contracts: Collection[str]) -> list[str]:
    """Those of these contracts with `text` in id or title, in the order of their ids; all of them for an empty text."""
    if not text:
        return sorted(contracts)
    sought = _plain(text)
    return sorted(
        contract
        for contract, title in titles_of(contracts).items()
        if any(sought in _plain(each) for each in (contract, title.ja, title.en))
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
