"""The offline verifier (検証): reads a copy of the record, recomputes all of it, and names exactly what is wrong.

It needs the standard library, `cryptography`, `cbor2` and the modules beside it, no server and no database. One pass,
constant memory.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from itaku.record.copy_format import (
    FILE_NAME,
    MAX_LINE_BYTES,
    looks_like_checkpoint,
    read_checkpoint,
    read_entry,
    read_header,
)
from itaku.record.findings import Finding, Findings, VerifyReport, span
from itaku.record.note import Checkpoint, NoteError, PublicKey
from itaku.record.verify_entries import EntryThread

__all__ = ["Finding", "VerifyReport", "verify"]


def verify(path: Path, public_key: str | None = None, known: str | None = None) -> VerifyReport:
    """Verifies a copy: a directory with `record.ndjson`, or that file.

    `public_key` is the record's key line as you know it (without it the copy's own is used, and the report says so).
    `known` is a signed note that you kept from earlier: the copy must contain it, so that a record cut short or begun
    anew is found too. Raises nothing: what cannot be read is a finding.
    """
    file_path = path / FILE_NAME if path.is_dir() else path
    verifier = _Verifier(public_key, known)
    try:
        with file_path.open("rb") as file:
            verifier.read(file)
    except OSError as error:
        en = f"The copy cannot be opened: {error.strerror}."
        verifier.findings.add("file", "unreadable", "写しを開けません。", en)
    return verifier.report()


class _Verifier:
    """One pass over a copy: header, then entries and checkpoints as they come."""

    def __init__(self, given_key: str | None, known: str | None) -> None:
        self.findings = Findings()
        self._given_key = given_key
        self._known = known
        self._known_seen = known is None
        self._promised: Checkpoint | None = None
        self._fragment = False
        self._key: PublicKey | None = None
        self._entries = EntryThread(self.findings)
        self._checkpoints = 0
        self._expected = 0
        self._bad = 0
        self._covered = 0
        self._last: Checkpoint | None = None

    def report(self) -> VerifyReport:
        """The outcome of the pass."""
        return VerifyReport(
            ok=not self.findings.found,
            entries=self._entries.count,
            checkpoints=self._checkpoints,
            root="" if self._last is None else self._last.root.hex(),
            at_ms=None if self._last is None else self._last.at_ms,
            key_fingerprint="" if self._key is None else self._key.fingerprint,
            key_from_copy=self._given_key is None,
            findings=tuple(self.findings.found),
        )

    def read(self, file: BinaryIO) -> None:
        """Reads the whole copy."""
        end = 0
        line = b"\n"
        while piece := file.readline(MAX_LINE_BYTES):
            line = piece
            self.findings.region = (end, end + len(line))
            if end == 0:
                self._read_header(line)
            else:
                self._read_line(line)
            end += len(line)
        if end == 0:
            self.findings.add("file", "empty", "写しが空です。", "The copy is empty.")
        elif not line.endswith(b"\n"):
            self.findings.add("file", "truncated", "写しが途中で切れています。", "The copy ends within a line.")
        self.findings.region = (end, end)
        self._end()

    def _read_header(self, line: bytes) -> None:
        header = read_header(line)
        own = None
        if header is None:
            self.findings.add("header", "header_malformed", "見出し行が壊れています。", "The header line is damaged.")
        else:
            own = self._parse_key(header.public_key, "header")
        self._key = own if self._given_key is None else self._parse_key(self._given_key.strip(), "given key")
        if self._key is None or header is None:
            return
        if own is not None and own != self._key:
            en = "The header's key is not the key that was given."
            self.findings.add("header", "key_other", "見出しの鍵が、指定された鍵と違います。", en)
        try:
            self._promised = self._key.read(header.last)
        except NoteError as error:
            en = f"The last checkpoint in the header was altered: {error}."
            self.findings.add("header", "header_altered", "見出しの署名が正しくありません。", en)

    def _parse_key(self, text: str, place: str) -> PublicKey | None:
        try:
            return PublicKey.parse(text)
        except NoteError as error:
            self.findings.add(place, "key_malformed", "公開鍵が壊れています。", f"The public key is damaged: {error}.")
            return None

    def _read_line(self, line: bytes) -> None:
        entry = read_entry(line)
        note = None if entry is not None else read_checkpoint(line)
        if entry is not None:
            self._entries.read(entry, None if self._promised is None else self._promised.size)
        elif note is not None:
            self._read_checkpoint(note)
        elif self._fragment and not line.startswith(b"{"):
            return  # the rest of a line that was broken in two, and was named already
        elif line.startswith(b'{"note":') or looks_like_checkpoint(line):
            self._checkpoints += 1
            self._bad_checkpoint(
                "checkpoint_malformed", "署名の行が壊れています。", "The checkpoint's line is damaged."
            )
        else:
            self._entries.unreadable()
        self._fragment = entry is None and note is None and not line.endswith(b"}\n")

    def _bad_checkpoint(self, code: str, ja: str, en: str) -> None:
        self.findings.add(f"checkpoint {self._expected + self._bad}", code, ja, en)
        self._bad += 1

    def _read_checkpoint(self, note: str) -> None:
        self._checkpoints += 1
        self._known_seen = self._known_seen or note == self._known
        if self._key is None:
            self._bad += 1  # the damaged key is a finding already
            return
        try:
            checkpoint = self._key.read(note)
        except NoteError as error:
            self._bad_checkpoint(
                "checkpoint_altered", "署名が正しくありません。", f"The checkpoint was altered: {error}."
            )
            return
        self._read_signed(checkpoint)

    def _read_signed(self, checkpoint: Checkpoint) -> None:
        """A checkpoint whose signature is right: it is the truth against which the rest is held."""
        number = checkpoint.number
        place = f"checkpoint {number}"
        if number < self._expected:
            en = "It stands here a second time, or in the wrong order."
            self.findings.add(place, "checkpoint_misplaced", "署名が二重か、順序が違います。", en)
            return
        self._miss_checkpoints(number)
        self._expected = number + 1
        self._bad = 0
        self._last = checkpoint
        if self._entries.signed(checkpoint.size, checkpoint.chain, checkpoint.root, self._covered, place):
            self._covered = checkpoint.size
        else:
            en = f"It covers {checkpoint.size} entries but stands after {self._entries.expected}."
            self.findings.add(place, "checkpoint_misplaced", "署名の位置か、記録の数が合いません。", en)

    def _miss_checkpoints(self, end: int) -> None:
        first = self._expected + self._bad
        if first < end:
            place = span("checkpoint", "checkpoints", first, end)
            self.findings.add(place, "checkpoint_missing", "署名が抜けています。", "Missing.")

    def _end(self) -> None:
        if not self._known_seen:
            en = "The checkpoint that you kept is not in this copy."
            self.findings.add("file", "known_missing", "控えの署名がこの写しにありません。", en)
        if self._promised is None:
            return  # the damaged header or key is a finding already
        self._entries.end(self._promised.size)
        self._miss_checkpoints(self._promised.number + 1)
        if self._expected > self._promised.number + 1:
            en = f"It ends at checkpoint {self._promised.number}, the copy goes on to {self._expected - 1}."
            self.findings.add("header", "header_outdated", "見出しと写しの終わりが合いません。", en, (0, 0))
        if self._covered != self._entries.expected and not self.findings.found:
            self.findings.add(
                "file", "not_covered", "署名されていない記録があります。", "The last entries are not signed."
            )
