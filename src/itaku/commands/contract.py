"""`itaku contract`: checks and formats a contract's file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from itaku.contracts.model.formatting import formatted
from itaku.contracts.model.loading import load_contract
from itaku.contracts.model.mistakes import ContractFileError, Mistake


class Checked(msgspec.Struct, frozen=True):
    """What a check found: the number of provisions if there is no mistake, else the mistakes."""

    provisions: int
    mistakes: tuple[Mistake, ...]


def check(file: Path, *, complete: bool) -> tuple[Checked, str]:
    """Every mistake in a contract's file and its riders."""
    try:
        contract = load_contract(file, complete=complete)
    except ContractFileError as error:
        lines = [str(mistake) for mistake in error.mistakes]
        lines.append(f"{len(lines)} か所の誤り / mistakes")
        return Checked(0, error.mistakes), "\n".join(lines)
    count = len(contract.provisions)
    return Checked(count, ()), f"誤りなし（条項 {count}） / no mistake, {count} provisions"


def format_file(file: Path, *, write: bool) -> tuple[bool, str]:
    """Writes the file the one way. Whether it was written otherwise, and a line that says so."""
    try:
        before = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        mistake = Mistake(file.name, 1, "-", "file_missing", "ファイルを読めない", "cannot be read")
        raise ContractFileError([mistake]) from error
    after = formatted(before, file.name)
    if after == before:
        return False, f"{file.name}: そのまま / unchanged"
    if write:
        file.write_text(after, encoding="utf-8")
    return True, f"{file.name}: {'整えた / formatted' if write else '整っていない / not formatted'}"
