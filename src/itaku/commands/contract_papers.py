"""`itaku contract papers`, `itaku contract paper`: the papers that a contract names, and one of them as a file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from itaku.basis.errors import ItakuError
from itaku.contracts.engine.result import Result
from itaku.contracts.papers.content import PaperDraft
from itaku.contracts.papers.definitions import Definition, definitions
from itaku.contracts.papers.drafting import draft
from itaku.contracts.papers.pdf import pdf
from itaku.contracts.papers.word import word

_MAKERS = {".pdf": pdf, ".docx": word}


class PaperFileError(ItakuError):
    """The file's name does not end with .pdf or .docx, or it cannot be written."""

    code = "paper_file"
    ja = "書類のファイルを書けません。名前は .pdf か .docx で終わり、書ける場所にしてください。"
    en = "The paper cannot be written. Its name must end with .pdf or .docx, in a place that can be written to."


class PaperSettingError(ItakuError):
    """A `--set` is not of the form FIELD=VALUE, or names a blank twice."""

    code = "paper_setting"
    ja = "--set は 欄の名前=値 の形で、一つの欄に一度だけ書いてください。"
    en = "Write --set as FIELD=VALUE, once for each blank."


def papers(result: Result) -> tuple[list[dict[str, Any]], str]:
    """Every paper of the contract: title, clauses, who drafts, approves, receives it, copies, and what it is due for.

    In the text, ! stands before what is due and ? before a right that may be used.
    """
    found = definitions(result)
    return [msgspec.to_builtins(each) for each in found], "\n".join(_line(each) for each in found)


def _line(each: Definition) -> str:
    people = " → ".join(name for name in (each.drafter, each.addressee) if name)
    approver = f"（承認 {each.approver}）" if each.approver else ""
    due = "".join(
        f"\n    {'?' if one.is_right else '!'} {one.instance}  {one.due or one.manner or ''}" for one in each.due
    )
    return f"{each.name}  {each.ja}  {people}{approver}  {each.copies}通  {'、'.join(each.clauses)}{due}"


def paper(
    result: Result, name: str, instance: str | None, settings: Sequence[str], out: Path
) -> tuple[dict[str, Any], str]:
    """Drafts a paper and writes it to a file. Raises the errors of `contracts.papers` and `PaperFileError`."""
    make = _MAKERS.get(out.suffix.lower())
    if make is None:
        raise PaperFileError(ascii(out.name[:60]))
    made = draft(result, name, instance, _entered(settings))
    content = make(made)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise PaperFileError(ascii(out.name[:60])) from error
    facts = {
        "file": str(out),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "draft": msgspec.to_builtins(made),
    }
    return facts, _told(made, out)


def _entered(settings: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign or name in found:
            raise PaperSettingError(ascii(name[:40]))
        found[name] = value
    return found


def _told(made: PaperDraft, out: Path) -> str:
    lines = [f"{made.title_ja} / {made.title_en}  {made.instance}  → {out}"]
    lines += [f"案: {each.ja} / {each.en}" for each in made.unsettled]
    lines += [f"未記入: {each.ja}（{each.clause}） {each.why_ja} / {each.en}: {each.why_en}" for each in made.waiting]
    return "\n".join(lines)
