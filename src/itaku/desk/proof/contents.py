"""What a bundle of proof is made of (証拠一式の中身): one value, from which every file of it follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.contracts.engine.events import Told, read_event
from itaku.contracts.engine.result import Result, replay
from itaku.contracts.exports.whole import whole
from itaku.contracts.keeping.naming import named
from itaku.contracts.shelf import form
from itaku.desk.proof.page import Said, index
from itaku.desk.proof.proven import unproved
from itaku.desk.proof.summary import summary
from itaku.desk.proof.tables import tables
from itaku.record.about import Proved
from itaku.settlement.workbook import csv_text

_ENDING = re.compile(r"[a-z0-9]{1,5}")


class AttachmentFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file attached to a paper: its own name, its type and length, and its digest."""

    title: str
    mime: str
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """Where it lies in the bundle: by its digest, ending as its own name does."""
        ending = self.title.rpartition(".")[2].lower()
        return f"attachments/{self.sha256}" + (f".{ending}" if _ENDING.fullmatch(ending) else "")


class PaperFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A version of a paper that was handed in: its titles, number, when it was made, and its file's digest."""

    title_ja: str
    title_en: str
    paper: str
    number: int
    made_at_ms: int
    sha256: str
    attachments: tuple[AttachmentFile, ...] = ()
    signed_sha256: str = ""
    """The file that bears the other side's seal too: the same bytes, and its signature after them."""

    @property
    def name(self) -> str:
        """Where its file lies in the bundle."""
        return f"papers/{self.sha256}.pdf"

    @property
    def enclosed(self) -> dict[str, str]:
        """The digests of its own files and of what is attached, by the names under which they lie in the bundle."""
        both = {f"papers/{self.signed_sha256}.pdf": self.signed_sha256} if self.signed_sha256 else {}
        return {self.name: self.sha256} | both | {each.name: each.sha256 for each in self.attachments}


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as it stood at an instant.

    `naming` are its own names as stored, `files` the papers' and attachments' content by digest.
    """

    contract: str
    form: str
    as_of: InstantMs
    told: tuple[Told, ...]
    naming: bytes | None
    papers: tuple[PaperFile, ...]
    files: dict[str, bytes]
    proved: Proved

    @property
    def unproved(self) -> tuple[int, ...]:
        """Numbers of the events of which the record proves nothing yet; 0 is the opening."""
        return unproved(self.told, self.proved.proofs)

    def enclosed(self) -> Iterator[tuple[str, bytes, str]]:
        """Name, content and digest of each paper and attachment, each file once."""
        names = {name: digest for paper in self.papers for name, digest in paper.enclosed.items()}
        for name, digest in names.items():
            yield name, self.files[digest], digest

    def result(self) -> Result:
        """The contract at the instant, replayed from its events."""
        contract = named(form(self.form), self.naming)
        return replay(contract, [read_event(contract, each, seq) for seq, each in enumerate(self.told, 1)], self.as_of)


def files_of(contents: Contents) -> dict[str, bytes]:
    """All files but the manifest, by name. The same contents give the same bytes."""
    result = contents.result()
    shown = tables(result, contents)
    found = {
        "contract.json": _json(whole(result, contents.contract)),
        "events.ndjson": b"".join(msgspec.json.encode(each) + b"\n" for each in contents.told),
        "papers.json": msgspec.json.encode(contents.papers) + b"\n",
        "record/key.txt": contents.proved.public_key.strip().encode() + b"\n",
        "record/checkpoint.txt": contents.proved.checkpoint.encode(),
        "record/proofs.ndjson": b"".join(msgspec.json.encode(each) + b"\n" for each in contents.proved.proofs),
        "summary.pdf": summary(result, contents.contract, shown),
    }
    if contents.naming is not None:
        found["naming.json"] = contents.naming
    for table in shown:
        found[f"csv/{table.name}.csv"] = csv_text(table)
    found |= {name: data for name, data, _ in contents.enclosed()}
    said = Said(result, contents.contract, shown, sorted(found), len(contents.proved.proofs), contents.unproved)
    found["index.html"] = index(said).encode()
    return dict(sorted(found.items()))


def moment(at: InstantMs) -> str:
    """An instant as a manifest writes it."""
    return to_jst(at).isoformat()


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
