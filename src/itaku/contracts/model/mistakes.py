"""Mistakes in a contract file (誤り): each with file, line and clause, and words for the person who wrote it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from itaku.basis.errors import ItakuError


class Mistake(msgspec.Struct, frozen=True, order=True):
    """One mistake. `line` counts from 1; `clause` is the provision's id or the table's name; `code` is stable."""

    file: str
    line: int
    clause: str
    code: str
    ja: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.clause}: {self.ja} / {self.en} [{self.code}]"


class ContractFileError(ItakuError):
    """A contract file has mistakes: all that were found, in the order of the lines."""

    code = "contract_file_mistaken"
    ja = "契約ファイルに誤りがあります。下の箇所を直してください。"
    en = "The contract file has mistakes. Correct the places below."

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n" + "\n".join(str(each) for each in self.mistakes))
