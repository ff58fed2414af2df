"""The form of a copy of the record (写し): one text file, `record.ndjson`, one JSON object a line, nothing optional.

Line 1, the header: `{"itaku_record":1,"public_key":"<key line>","last":"<the last signed note>"}`.
An entry: `{"seq":0,"body":"<base64>","leaf":"<hex>","chain":"<hex>"}`; the body is canonical CBOR
`{v, kind, at_ms, entry_id, facts}`, leaf = SHA-256(0x00 || body), chain = SHA-256(0x02 || chain before || leaf).
A checkpoint: `{"note":"<signed note>"}`; it stands after the last entry that it covers.

Every byte is fixed by the values, so that a changed byte changes a value or breaks the form. Needs nothing of ours.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "record.ndjson"
FORMAT = 1
MAX_LINE_BYTES = 262_144

_HEADER = re.compile(rb'\{"itaku_record":1,"public_key":"(?P<key>[!-~]*)","last":(?P<last>"[^\n]*")\}\n')
# Loose on purpose: a damaged value should not hide which of the four values it is.
_ENTRY = re.compile(
    rb'\{"seq":(?P<seq>[^,\n]*),"body":"(?P<body>[^"\n]*)","leaf":"(?P<leaf>[^"\n]*)","chain":"(?P<chain>[^"\n]*)"\}\n'
)
_NUMBER = re.compile(rb"0|[1-9][0-9]{0,18}")
_HASH = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True)
class Header:
    """The first line: the record's public key line, and the last signed note, which says how much must follow."""

    public_key: str
    last: str

    def line(self) -> bytes:
        """The header as it stands in the file."""
        return f'{{"itaku_record":{FORMAT},"public_key":"{self.public_key}","last":{json.dumps(self.last)}}}\n'.encode(
            "ascii"
        )


@dataclass(frozen=True)
class EntryLine:
    """An entry's line as read; a value that is not in its form is `None`, with its name in `malformed`."""

    seq: int | None
    body: bytes | None
    leaf: bytes | None
    chain: bytes | None

    @property
    def malformed(self) -> list[str]:
        """The values that are not in their form."""
        return [name for name in ("seq", "body", "leaf", "chain") if getattr(self, name) is None]


def entry_line(seq: int, body: bytes, leaf: bytes, chain: bytes) -> bytes:
    """An entry as it stands in the file."""
    coded = base64.b64encode(body).decode("ascii")
    return f'{{"seq":{seq},"body":"{coded}","leaf":"{leaf.hex()}","chain":"{chain.hex()}"}}\n'.encode("ascii")


def checkpoint_line(note: str) -> bytes:
    """A checkpoint as it stands in the file."""
    return b'{"note":' + json.dumps(note).encode("ascii") + b"}\n"


def read_header(line: bytes) -> Header | None:
    """The header, or nothing if the line is not in its form."""
    found = _HEADER.fullmatch(line)
    if found is None:
        return None
    try:
        header = Header(found["key"].decode("ascii"), json.loads(found["last"]))
    except ValueError:
        return None
    return header if header.line() == line else None


def origin_of(copy: Path) -> str | None:
    """The origin that a copy (its file, or the directory with it) names in its header; nothing if it has none."""
    file = copy / FILE_NAME if copy.is_dir() else copy
    try:
        with file.open("rb") as opened:
            header = read_header(opened.readline(MAX_LINE_BYTES))
    except OSError:
        return None
    return None if header is None else header.public_key.split("+", 1)[0]


def read_entry(line: bytes) -> EntryLine | None:
    """The entry's values, or nothing if not even the punctuation is right."""
    found = _ENTRY.fullmatch(line)
    if found is None:
        return None
    return EntryLine(
        int(found["seq"]) if _NUMBER.fullmatch(found["seq"]) else None,
        _body(found["body"]),
        bytes.fromhex(found["leaf"].decode("ascii")) if _HASH.fullmatch(found["leaf"]) else None,
        bytes.fromhex(found["chain"].decode("ascii")) if _HASH.fullmatch(found["chain"]) else None,
    )


def read_checkpoint(line: bytes) -> str | None:
    """The signed note, or nothing if the line is not in its form."""
    try:
        value = json.loads(line)
        note = value["note"]
        return note if isinstance(note, str) and checkpoint_line(note) == line else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def looks_like_checkpoint(line: bytes) -> bool:
    r"""Whether a damaged line was rather a checkpoint than an entry: only a note has line breaks, written as `\n`."""
    return line.count(rb"\n") >= 3


def _body(coded: bytes) -> bytes | None:
    try:
        body = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return body if body and base64.b64encode(body) == coded else None
