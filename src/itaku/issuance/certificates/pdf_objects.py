"""PDF objects out of finished bytes: cross-reference tables, dictionaries, streams (ISO 32000-1, 7.3 and 7.5).

Reads what the typesetter and the signer of this room write, and refuses all else: classic tables only, no object
streams, no repair. A reader that guesses is a reader that two parties read differently.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    rb"[\x00\t\n\x0c\r ]*"
    rb"(?:(?P<ref>(\d+) (\d+) R(?![^\x00\t\n\x0c\r ()<>\[\]{}/%]))|(?P<open><<)|(?P<close>>>)|(?P<hex><[0-9A-Fa-f\s]*>)"
    rb"|(?P<name>/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*)|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))|(?P<paren>\()"
    rb"|(?P<begin>\[)|(?P<end>\])|(?P<word>true|false|null))"
)
_ENTRY = re.compile(
    rb"[\x00\t\n\x0c\r ]*+(?P<key>/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*+)[\x00\t\n\x0c\r ]*+"
    rb"(?:(?P<ref>\d++) 0 R|(?P<name>/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*+)|(?P<whole>[+-]?\d++)(?! \d))"
    rb"(?=[\x00\t\n\x0c\r ()<>\[\]{}/%])"
)
"""An entry of a dictionary whose value is a reference, a name or a whole number, as most are."""
_NUMBERS = re.compile(rb"((?:[\t\n\r ]*+(?:[+-]?(?:\d++\.?\d*+|\.\d++))(?![^\t\n\r \]]))*+)[\t\n\r ]*+\]")
"""The rest of an array of nothing but numbers: widths and places make up most of a file's values."""
_HEADER = re.compile(rb"(\d+) (\d+) obj[\x00\t\n\x0c\r ]*")
_STREAM = re.compile(rb"[\x00\t\n\x0c\r ]*stream\r?\n")
_START = re.compile(rb"startxref\r?\n(\d+)\r?\n%%EOF\r?\n?\Z")
_SECTION = re.compile(rb"(\d+) (\d+)[ ]*\r?\n")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"(": b"(", b")": b")", b"\\": b"\\"}
_IN_USE = ord("n")
_SECTIONS_AT_MOST = 4
_DEEPEST = 24


class MalformedPdf(ValueError):  # noqa: N818 the name is what the file is
    """The bytes are not a PDF of the plain kind that this room writes."""


class Name(str):
    """A PDF name without its slash."""

    __slots__ = ()


@dataclass(frozen=True)
class Ref:
    """A reference to an indirect object of generation 0."""

    number: int


PdfDict = dict[str, Any]


class PdfFile:
    """The current objects of a file. Raises `MalformedPdf` from every method if the bytes are not as expected."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offsets: dict[int, int] = {}
        """Offset of the current version of each object, by number."""
        self.trailer: PdfDict = {}
        """The newest trailer."""
        self.sections: list[int] = []
        """Offsets of the cross-reference sections, newest first."""
        self._parsed: dict[int, tuple[Any, int]] = {}
        match = _START.search(data, max(0, len(data) - 64))
        if not data.startswith(b"%PDF-1.") or match is None:
            raise MalformedPdf("no header or no end")
        at: int | None = int(match[1])
        while at is not None:
            if len(self.sections) >= _SECTIONS_AT_MOST or at in self.sections:
                raise MalformedPdf("too many revisions")
            self.sections.append(at)
            at = self._section(at)

    def _section(self, at: int) -> int | None:
        data = self.data
        if data[at : at + 5] != b"xref\n":
            raise MalformedPdf("no cross-reference table")
        at += 5
        seen: set[int] = set()
        while match := _SECTION.match(data, at):
            first, count = int(match[1]), int(match[2])
            at = match.end()
            if at + 20 * count > len(data):
                raise MalformedPdf("cross-reference table cut short")
            self._entries(range(first, first + count), at, seen)
            at += 20 * count
        if data[at : at + 7] != b"trailer":
            raise MalformedPdf("no trailer")
        trailer, _ = self._value(at + 7)
        if not isinstance(trailer, dict) or "XRefStm" in trailer or "Encrypt" in trailer:
            raise MalformedPdf("trailer")
        self.trailer = self.trailer or trailer
        previous = trailer.get("Prev")
        if previous is not None and not isinstance(previous, int):
            raise MalformedPdf("trailer")
        return previous

    def _entries(self, numbers: range, at: int, seen: set[int]) -> None:
        """Takes in one subsection of a table; of an object that a newer table has, the newer place stands."""
        if not seen.isdisjoint(numbers):
            raise MalformedPdf("an object twice in one table")
        seen.update(numbers)
        for number, entry in zip(numbers, range(at, at + 20 * len(numbers), 20), strict=True):
            if self.data[entry + 17] == _IN_USE:
                if not self.data[entry : entry + 10].isdigit():
                    raise MalformedPdf("cross-reference entry")
                self.offsets.setdefault(number, int(self.data[entry : entry + 10]))

    def get(self, value: Any) -> Any:
        """The value itself, or the object to which it refers."""
        return self.object(value.number) if isinstance(value, Ref) else value

    def object(self, number: int) -> Any:
        """The object's value; of a stream, its dictionary."""
        value, _ = self._object(number)
        return value

    def dictionary(self, value: Any) -> PdfDict:
        """The dictionary that the value is or refers to."""
        found = self.get(value)
        if not isinstance(found, dict):
            raise MalformedPdf("a dictionary was expected")
        return found

    def stream(self, value: Any) -> tuple[PdfDict, bytes]:
        """Dictionary and decoded bytes of the stream to which the value refers (unfiltered or FlateDecode)."""
        found, raw = self.packed(value)
        return found, unpacked(found, raw)

    def packed(self, value: Any) -> tuple[PdfDict, bytes]:
        """Dictionary and bytes, as they stand in the file, of the stream to which the value refers."""
        if not isinstance(value, Ref):
            raise MalformedPdf("a stream is referred to")
        found, at = self._object(value.number)
        match = _STREAM.match(self.data, at)
        if not isinstance(found, dict) or match is None:
            raise MalformedPdf("a stream was expected")
        length = self.get(found.get("Length"))
        if not isinstance(length, int) or not 0 <= length <= len(self.data) - match.end():
            raise MalformedPdf("stream length")
        return found, self.data[match.end() : match.end() + length]

    def source(self, number: int) -> bytes:
        """The text of an object that is no stream, from after `obj` to before `endobj`."""
        value, end = self._object(number)
        start = _HEADER.match(self.data, self.offsets[number])
        if not isinstance(value, dict) or start is None or not self.data[end:].lstrip()[:6] == b"endobj":
            raise MalformedPdf("a plain dictionary was expected")
        return self.data[start.end() : end]

    def pages(self) -> list[Ref]:
        """The pages in order."""
        root = self.dictionary(self.trailer.get("Root"))
        found: list[Ref] = []
        waiting = [(root.get("Pages"), 0)]
        while waiting:
            ref, depth = waiting.pop(0)
            node = self.dictionary(ref)
            if depth > _DEEPEST or not isinstance(ref, Ref):
                raise MalformedPdf("page tree")
            if node.get("Type") == "Pages":
                waiting[:0] = [(kid, depth + 1) for kid in self.get(node.get("Kids", []))]
            elif node.get("Type") == "Page":
                found.append(ref)
            else:
                raise MalformedPdf("page tree")
        return found

    def _object(self, number: int) -> tuple[Any, int]:
        if number in self._parsed:
            return self._parsed[number]
        offset = self.offsets.get(number)
        match = None if offset is None else _HEADER.match(self.data, offset)
        if match is None or int(match[1]) != number or int(match[2]) != 0:
            raise MalformedPdf("an object is not where the table says")
        self._parsed[number] = self._value(match.end())
        return self._parsed[number]

    def _value(self, at: int, depth: int = 0) -> tuple[Any, int]:
        match = _TOKEN.match(self.data, at)
        if match is None or depth > _DEEPEST:
            raise MalformedPdf("syntax")
        kind, end = match.lastgroup, match.end()
        if kind == "ref":
            return Ref(int(match[2])), end
        if kind == "open":
            return self._dictionary(end, depth)
        if kind == "begin":
            return self._array(end, depth)
        if kind == "paren":
            return self._literal(end)
        return _simple(kind, match), end

    def _dictionary(self, at: int, depth: int) -> tuple[PdfDict, int]:
        found: PdfDict = {}
        while True:
            if entry := _ENTRY.match(self.data, at):
                at = entry.end()
                key = entry["key"][1:].decode("latin-1")
                kind = entry.lastgroup
                value: Any = Ref(int(entry["ref"])) if kind == "ref" else _simple(kind, entry)
            else:
                match = _TOKEN.match(self.data, at)
                if match is None or match.lastgroup not in ("name", "close"):
                    raise MalformedPdf("syntax")
                if match.lastgroup == "close":
                    return found, match.end()
                key = match["name"][1:].decode("latin-1")
                value, at = self._value(match.end(), depth + 1)
            if key in found:
                raise MalformedPdf("a key twice in one dictionary")
            found[key] = value

    def _array(self, at: int, depth: int) -> tuple[list[Any], int]:
        if numbers := _NUMBERS.match(self.data, at):
            return [float(one) if b"." in one else int(one) for one in numbers[1].split()], numbers.end()
        found: list[Any] = []
        while True:
            match = _TOKEN.match(self.data, at)
            if match is not None and match.lastgroup == "end":
                return found, match.end()
            value, at = self._value(at, depth + 1)
            found.append(value)

    def _literal(self, at: int) -> tuple[bytes, int]:
        """A literal string after its opening parenthesis (7.3.4.2)."""
        found, depth = bytearray(), 1
        while True:
            byte = self.data[at : at + 1]
            at += 1
            if byte == b"\\":
                at = self._escape(at, found)
                continue
            if not byte:
                raise MalformedPdf("a string without its end")
            depth += (byte == b"(") - (byte == b")")
            if depth == 0:
                return bytes(found), at
            found += byte

    def _escape(self, at: int, found: bytearray) -> int:
        byte = self.data[at : at + 1]
        if byte in _ESCAPES:
            found += _ESCAPES[byte]
            return at + 1
        octal = re.compile(rb"[0-7]{1,3}").match(self.data, at)
        if octal is None:
            raise MalformedPdf("an unusual escape")
        found.append(int(octal[0], 8) & 0xFF)
        return octal.end()


def _simple(kind: str | None, match: re.Match[bytes]) -> Any:
    if kind == "name":
        return Name(match["name"][1:].decode("latin-1"))
    if kind == "whole":
        return int(match["whole"])
    if kind == "number":
        number = match["number"]
        return float(number) if b"." in number else int(number)
    if kind == "hex":
        digits = re.sub(rb"\s", b"", match["hex"][1:-1])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    if kind == "word":
        return {b"true": True, b"false": False, b"null": None}[match["word"]]
    raise MalformedPdf("syntax")


def unpacked(dictionary: PdfDict, raw: bytes) -> bytes:
    """The decoded bytes of a stream (unfiltered or FlateDecode)."""
    if dictionary.get("Filter") is None:
        return raw
    if dictionary["Filter"] != "FlateDecode" or "DecodeParms" in dictionary:
        raise MalformedPdf("an unusual filter")
    try:
        return zlib.decompress(raw)
    except zlib.error as error:
        raise MalformedPdf("a stream cannot be unpacked") from error


def text_string(value: Any) -> str:
    """A PDF text string (7.9.2.2) of the kinds written here: UTF-16BE with its mark, or ASCII."""
    if not isinstance(value, bytes):
        raise MalformedPdf("a string was expected")
    try:
        return value[2:].decode("utf-16-be") if value.startswith(b"\xfe\xff") else value.decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedPdf("a string in an unusual encoding") from error


def rewritten(pdf: PdfFile, replaced: dict[int, bytes], added: list[bytes]) -> bytes:
    """A one-revision file again with some objects' bodies replaced, and new objects numbered after the last one."""
    if len(pdf.sections) != 1:
        raise MalformedPdf("several revisions")
    order = sorted(pdf.offsets.items(), key=lambda item: item[1])
    ends = [offset for _, offset in order[1:]] + [pdf.sections[0]]
    out = [pdf.data[: order[0][1]]]
    at = order[0][1]
    offsets: dict[int, int] = {}
    for (number, offset), end in zip(order, ends, strict=True):
        body = replaced.get(number)
        piece = pdf.data[offset:end] if body is None else b"%d 0 obj\n%b\nendobj\n" % (number, body)
        offsets[number] = at
        out.append(piece)
        at += len(piece)
    size = max(pdf.offsets) + 1
    for number, body in enumerate(added, size):
        piece = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        offsets[number] = at
        out.append(piece)
        at += len(piece)
    size += len(added)
    if sorted(offsets) != list(range(1, size)):
        raise MalformedPdf("object numbers with gaps")
    out.append(b"xref\n0 %d\n0000000000 65535 f\r\n" % size)
    out.extend(b"%010d 00000 n\r\n" % offsets[number] for number in range(1, size))
    trailer = pdf.data[pdf.data.index(b"trailer", pdf.sections[0]) :]
    end = trailer.index(b"startxref")
    old = b"/Size %d" % pdf.trailer["Size"]
    if trailer[:end].count(old) != 1:
        raise MalformedPdf("trailer")
    out.append(trailer[:end].replace(old, b"/Size %d" % size))
    out.append(b"startxref\n%d\n%%%%EOF\n" % at)
    return b"".join(out)
