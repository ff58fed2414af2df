"""`itaku contract export` and `itaku contract calendar`: a contract for other people's programs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson

from itaku.basis.clock import Clock
from itaku.basis.errors import ItakuError
from itaku.contracts.engine.result import Result
from itaku.contracts.exports.calendar import calendar as calendar_of
from itaku.contracts.exports.ocds import UNREGISTERED_PREFIX, Publication, release_package
from itaku.contracts.exports.whole import whole

FORMATS = ("ocds", "own")


class PrefixUnfitError(ItakuError):
    """The OCDS prefix has another shape than those that the registry gives out."""

    code = "ocds_prefix_unfit"
    ja = "OCDSの接頭辞は ocds- と英小文字・数字で始まります（例 ocds-a1b2c3）。"
    en = "An OCDS prefix is ocds- followed by lower-case letters and digits, such as ocds-a1b2c3."


class FileUnwritableError(ItakuError):
    """The file could not be written."""

    code = "file_unwritable"
    ja = "ファイルに書けません。場所を確かめてください。"
    en = "The file cannot be written. Check the place."


def export(result: Result, contract_id: str, form: str, publisher: str, prefix: str, clock: Clock) -> dict[str, Any]:
    """The contract in a format: an OCDS release package, or the whole result in our own form."""
    if form == "own":
        return whole(result, contract_id)
    tail = prefix.removeprefix("ocds-")
    if tail == prefix or not tail.isascii() or not tail.isalnum() or tail != tail.lower() or len(tail) < 6:
        raise PrefixUnfitError(ascii(prefix[:40]))
    contract = result.fold.contract
    named = publisher or contract.parties[contract.parts[contract.head.id].labels["甲"]].ja
    return release_package(
        result,
        Publication(contract_id=contract_id, published_at=clock.now(), publisher=named, prefix=prefix),
    )


def prefix_note(prefix: str) -> str:
    """What to say to whoever exports under the prefix that nobody registered; nothing for another."""
    if prefix != UNREGISTERED_PREFIX:
        return ""
    return (
        f"注意: ocid の接頭辞 {prefix} は未登録です。公開するには登録した接頭辞を --prefix で示してください。\n"
        f"Note: the ocid prefix {prefix} is not registered. Publish under a registered one (--prefix).\n"
    )


def calendar(result: Result, contract_id: str, party: str | None, clock: Clock) -> bytes:
    """The contract's dates as an iCalendar file. `PartyUnknownError`."""
    return calendar_of(result, contract_id, clock.now(), party)


def json_text(facts: dict[str, Any]) -> bytes:
    """As it is written to a file: indented, Japanese readable."""
    return orjson.dumps(facts, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def write(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all. `FileUnwritableError`."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)  # noqa: PTH105 over an older export as well, in one step
    except OSError as error:
        raise FileUnwritableError(f"{path}: {error.strerror}") from error
