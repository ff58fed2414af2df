"""DER (X.690) as far as a CMS signature needs it: writing and strict reading of definite lengths."""

from __future__ import annotations

from dataclasses import dataclass

SEQUENCE, SET, OID, OCTETS, INTEGER, NULL = 0x30, 0x31, 0x06, 0x04, 0x02, 0x05
CONTEXT_0 = 0xA0


class MalformedDer(ValueError):  # noqa: N818 the name is what the bytes are
    """The bytes are not DER of the expected shape."""


def tlv(tag: int, *contents: bytes) -> bytes:
    """One element."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def oid(dotted: str) -> bytes:
    """An object identifier."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    encoded = bytearray((first * 40 + second,))
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        encoded += bytes(reversed(groups))
    return tlv(OID, bytes(encoded))


def integer(value: int) -> bytes:
    """A non-negative integer."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def set_of(*elements: bytes) -> bytes:
    """A SET OF in the order that DER asks for (X.690, 11.6)."""
    return tlv(SET, *sorted(elements))


@dataclass(frozen=True)
class Element:
    """One element that was read: its tag, its content, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def children(self) -> list[Element]:
        """The elements inside; raises `MalformedDer`."""
        return read_all(self.content)


def read(data: bytes, tag: int) -> Element:
    """The one element that the data are, of this tag; raises `MalformedDer` also for anything after it."""
    found = read_all(data)
    if len(found) != 1 or found[0].tag != tag:
        raise MalformedDer("not the element that was expected")
    return found[0]


def read_all(data: bytes) -> list[Element]:
    """The elements that the data consist of; raises `MalformedDer`."""
    found: list[Element] = []
    at = 0
    while at < len(data):
        if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
            raise MalformedDer("tag")
        size, start = data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(data[start : start + count], "big")
            if not 1 <= count <= 4 or size < 0x80 or size >> 8 * (count - 1) == 0:
                raise MalformedDer("length")
            start += count
        if start + size > len(data):
            raise MalformedDer("length")
        found.append(Element(data[at], data[start : start + size], data[at : start + size]))
        at = start + size
    return found
