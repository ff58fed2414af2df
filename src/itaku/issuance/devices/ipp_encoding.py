"""The binary encoding of the Internet Printing Protocol (RFC 8010): requests out of plain values, answers into them."""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable, Iterator

import msgspec

VERSION = b"\x02\x00"
"""IPP/2.0; every printer of the last fifteen years speaks it."""
MAX_ATTRIBUTES = 20_000
"""An answer with more values than this is not read further: no printer sends so many."""

Value = int | bool | str | bytes
"""A value as the printer told it; ranges and resolutions stay bytes."""


class Tag(enum.IntEnum):
    """Delimiters of groups and syntaxes of values that we write (RFC 8010, 3.5)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49


_BEGIN_COLLECTION, _END_COLLECTION = 0x34, 0x37
_WITH_LANGUAGE = frozenset({0x35, 0x36})
_TEXTS = frozenset(range(0x41, 0x4A))
_LAST_DELIMITER, _LAST_OUT_OF_BAND = 0x0F, 0x1F


class MalformedIppError(ValueError):
    """Bytes that are not an IPP message."""


class Written(msgspec.Struct, frozen=True):
    """One attribute of a request; several values of one syntax stand under one name."""

    tag: Tag
    name: str
    values: tuple[Value, ...]


Group = dict[str, tuple[Value, ...]]
"""The attributes of one group, by name; an attribute without a value (no-value, unknown) has none."""


class Answer(msgspec.Struct, frozen=True):
    """A printer's answer."""

    status: int
    request_id: int
    groups: tuple[tuple[int, Group], ...]

    def of(self, tag: Tag) -> list[Group]:
        """All groups of one kind, in order."""
        return [group for found, group in self.groups if found == tag]


def write_request(operation: int, request_id: int, groups: Iterable[tuple[Tag, Iterable[Written]]]) -> bytes:
    """A request's attributes; the document, if any, follows them."""
    parts = [VERSION, struct.pack(">HI", operation, request_id)]
    for delimiter, attributes in groups:
        parts.append(bytes([delimiter]))
        for attribute in attributes:
            name = attribute.name.encode("ascii")
            for value in attribute.values:
                data = _value_bytes(attribute.tag, value)
                parts.append(struct.pack(">BH", attribute.tag, len(name)) + name + struct.pack(">H", len(data)) + data)
                name = b""  # a further value of the same attribute bears no name
    parts.append(bytes([Tag.END]))
    return b"".join(parts)


def read_answer(data: bytes) -> Answer:
    """An answer, parsed; `MalformedIppError` if it is cut off, too long, or none at all."""
    try:
        _version, status, request_id = struct.unpack_from(">HHI", data)
        groups: list[tuple[int, Group]] = []
        group: dict[str, list[Value]] = {}
        name = ""
        for tag, named, value in _tokens(data, 8):
            if tag <= _LAST_DELIMITER:
                group = {}
                groups.append((tag, group))  # type: ignore[arg-type]  # made into tuples below, when it is complete
                continue
            if named:
                name = named
            if not groups or not name:
                raise MalformedIppError("a value without a group or a name")
            found = group.setdefault(name, [])
            if value is not None:
                found.append(value)
    except struct.error as error:
        raise MalformedIppError("cut off") from error
    whole = tuple((tag, {key: tuple(values) for key, values in each.items()}) for tag, each in groups)
    return Answer(status, request_id, whole)


def _tokens(data: bytes, offset: int) -> Iterator[tuple[int, str, Value | None]]:
    """(tag, name, value) one by one up to the end tag. Members of collections are passed over: nothing here asks."""
    depth = 0
    for _ in range(MAX_ATTRIBUTES):
        (tag,) = struct.unpack_from(">B", data, offset)
        offset += 1
        if tag == Tag.END:
            if depth:
                raise MalformedIppError("an open collection")
            return
        if tag <= _LAST_DELIMITER:
            yield tag, "", None
            continue
        name, offset = _counted(data, offset)
        value, offset = _counted(data, offset)
        depth += {_BEGIN_COLLECTION: 1, _END_COLLECTION: -1}.get(tag, 0)
        if depth < 0:
            raise MalformedIppError("a collection that never began")
        if depth == 0 and tag != _END_COLLECTION:
            yield tag, _text(name), _value(tag, value)
        elif name:
            yield tag, _text(name), None
    raise MalformedIppError("too long")


def _counted(data: bytes, offset: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", data, offset)
    end = offset + 2 + length
    if end > len(data):
        raise MalformedIppError("cut off")
    return data[offset + 2 : end], end


def _value(tag: int, data: bytes) -> Value | None:
    if tag <= _LAST_OUT_OF_BAND:
        return None
    if tag in {Tag.INTEGER, Tag.ENUM}:
        return int(struct.unpack(">i", data)[0])
    if tag == Tag.BOOLEAN:
        if data not in {b"\x00", b"\x01"}:
            raise MalformedIppError("a boolean that is neither")
        return data == b"\x01"
    if tag in _WITH_LANGUAGE:
        _language, offset = _counted(data, 0)
        return _text(_counted(data, offset)[0])
    return _text(data) if tag in _TEXTS else data


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedIppError("text that is not UTF-8") from error


def _value_bytes(tag: Tag, value: Value) -> bytes:
    if tag in {Tag.INTEGER, Tag.ENUM}:
        return struct.pack(">i", value)
    if tag is Tag.BOOLEAN:
        return b"\x01" if value else b"\x00"
    assert isinstance(value, str)
    return value.encode("utf-8")
