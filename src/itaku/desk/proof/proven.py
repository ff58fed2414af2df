"""What the record proves of a contract's events and papers (証明の範囲), and what it does not prove yet."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from itaku.basis.canonical import canonical_value
from itaku.basis.clock import InstantMs, to_jst
from itaku.contracts.engine.events import Told
from itaku.desk.papers.attached_list import attached_digest
from itaku.record.proof import InclusionProof

if TYPE_CHECKING:
    from itaku.desk.proof.contents import Contents

OPENING = 0
"""Stands for the contract's opening where events are named by their numbers, which begin at 1."""

_ATTACHED = "attachments_sha256"
_OF_THE_DESK = re.compile(r"p-[0-9a-f]{32}-[0-9]+(-signed)?")
"""Ids under which the desk tells of papers: their files are the desk's."""


class Wrong(NamedTuple):
    """One thing that is wrong: where, and why."""

    place: str
    ja: str
    en: str


def entry_in(proof: InclusionProof) -> Any:
    """The entry that a proof is about. Raises `ValueError` and `msgspec.ValidationError` for what is none."""
    return canonical_value(msgspec.json.decode(f'"{proof.body}"', type=bytes))


def unproved(told: Sequence[Told], proofs: Iterable[InclusionProof]) -> tuple[int, ...]:
    """Numbers of the events that no proof is about; `OPENING` for the opening."""
    entries = [entry_in(each) for each in proofs]
    numbers = {each["facts"]["seq"] for each in entries if each["kind"] != "contract.opened"}
    if any(each["kind"] == "contract.opened" for each in entries):
        numbers.add(OPENING)
    return tuple(each for each in range(len(told) + 1) if each not in numbers)


def filings(told: Iterable[Told]) -> dict[str, Told]:
    """The events by which the contract was told of papers, by the paper's digest."""
    return {str(each.fields["sha256"]): each for each in told if each.kind == "paper.filed" and "sha256" in each.fields}


def against_filings(contents: Contents) -> Iterator[Wrong]:
    """Papers and attachments whose bytes are not those of their digest, or not those of which the contract was told."""
    for name, data, digest in contents.enclosed():
        if hashlib.sha256(data).hexdigest() != digest:
            yield Wrong(name, "内容が名前のダイジェストと違います", "its content is not that of its digest")
    papers = {digest: each for each in contents.papers for digest in (each.sha256, each.signed_sha256) if digest}
    for digest, each in papers.items():
        if not contents.files[digest].startswith(contents.files[each.sha256]):
            yield Wrong(each.name, "双方の署名のある書類が、もとの書類の続きではありません", "not what both signed")
    for digest, event in filings(contents.told).items():
        paper = papers.get(digest)
        if paper is None:
            if _OF_THE_DESK.fullmatch(event.id) and event.at[:16] <= _minute(contents.as_of):
                yield Wrong(f"papers/{digest}.pdf", "記録された書類がありません", "a recorded paper is missing")
        elif _ATTACHED in event.fields:
            there = attached_digest(each.sha256 for each in paper.attachments)
            if there != event.fields[_ATTACHED]:
                yield Wrong(paper.name, "添付が記録と違います", "its attachments are not those that were recorded")


def unfiled(contents: Contents) -> int:
    """How many papers the record says nothing of, or not of their attachments: the manifest alone speaks of these."""
    told = filings(contents.told)
    return sum(
        not told.keys() >= {each.sha256, each.signed_sha256} - {""}
        or (_ATTACHED not in told[each.sha256].fields and bool(each.attachments))
        for each in contents.papers
    )


def _minute(at: InstantMs) -> str:
    moment: dt.datetime = to_jst(at)
    return moment.strftime("%Y-%m-%dT%H:%M")
