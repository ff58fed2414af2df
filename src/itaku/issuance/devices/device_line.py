"""The line protocol of cash unit and register: one request a line, one answer a line, over TCP.

A line is `NUMBER WORD... CHECK`: printable ASCII, one space between words, a line feed at its end, at most 256 bytes.
NUMBER is repeated by the answer; CHECK is the CRC-32 of everything before it, eight hex digits. An answer begins with
`OK` or `NO`. A line that is damaged is not answered: whoever asked asks again, which every request allows.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import zlib

import msgspec

from itaku.basis.randomness import Randomness, SystemRandomness
from itaku.issuance.devices.errors import DeviceError, DeviceUnreachableError

VERSION = "1"
MAX_LINE_BYTES = 256
_LINE = re.compile(rb"([0-9]{1,19})((?: [!-~]+)+) ([0-9a-f]{8})\n")
_STALE = 16
"""Answers to earlier questions that are passed over before the line counts as mute."""


class LineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a device listens."""

    host: str
    port: int


class LineRefusedError(Exception):
    """The device said no; `code` is its word. Nothing was done."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class DamagedLineError(ValueError):
    """Not a line of this protocol, or changed on the way."""


class DeviceLine:
    """One device's line. Opened when something is asked, and again after any fault; one question at a time.

    `kind` is what the device has to say it is: a cable in the wrong socket is found before anything is asked of it.
    `ask` raises `unreachable` if no whole answer came within `timeout_s`: what was asked may have been done.
    """

    def __init__(
        self,
        settings: LineSettings,
        kind: str,
        unreachable: type[DeviceUnreachableError],
        timeout_s: float = 5.0,
        randomness: Randomness | None = None,
    ) -> None:
        self._settings = settings
        self._kind = kind
        self._unreachable = unreachable
        self._timeout_s = timeout_s
        # Not from 1: an answer that still lies in the line since an earlier life must not pass for one of now.
        self._number = int.from_bytes((randomness or SystemRandomness()).token(7), "big")
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._one = asyncio.Lock()

    async def ask(self, *words: str) -> tuple[str, ...]:
        """The words after `OK`; `LineRefusedError` with the word after `NO`."""
        async with self._one:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._asked(words)
            except (OSError, TimeoutError, EOFError, ValueError) as error:
                self._drop()
                raise self._unreachable(type(error).__name__) from None
            except asyncio.CancelledError:
                # Its answer may still come: nobody may take it for the answer to the next question.
                self._drop()
                raise

    async def close(self) -> None:
        """Lets go of the line."""
        opened, self._open = self._open, None
        if opened is not None:
            opened[1].close()
            with contextlib.suppress(OSError):
                await opened[1].wait_closed()

    async def _asked(self, words: tuple[str, ...]) -> tuple[str, ...]:
        if self._open is None:
            self._open = await asyncio.open_connection(self._settings.host, self._settings.port, limit=MAX_LINE_BYTES)
            greeted = await self._exchange(("HELLO", self._kind, VERSION))
            if greeted != ("OK", self._kind, VERSION):
                raise DamagedLineError("another device, or another version")
        answer = await self._exchange(words)
        if answer[0] == "OK":
            return answer[1:]
        if answer[0] == "NO" and len(answer) == 2:
            raise LineRefusedError(answer[1])
        raise DamagedLineError("neither OK nor NO")

    async def _exchange(self, words: tuple[str, ...]) -> tuple[str, ...]:
        assert self._open is not None
        reader, writer = self._open
        self._number += 1
        writer.write(write_line(self._number, words))
        await writer.drain()
        for _ in range(_STALE):
            number, answer = read_line(await reader.readuntil(b"\n"))
            if number == self._number:
                return answer
        raise DamagedLineError("only answers to something else")

    def _drop(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            opened[1].transport.abort()


def refused(error: LineRefusedError, known: dict[str, type[DeviceError]]) -> DeviceError:
    """The error of ours for a device's word; a word that nobody agreed on is a fault of the program."""
    return known.get(error.code, DeviceError)(error.code)


def write_line(number: int, words: tuple[str, ...]) -> bytes:
    """A line; `ValueError` for words that none can carry."""
    head = f"{number} {' '.join(words)}".encode("ascii")
    line = head + b" %08x\n" % zlib.crc32(head)
    if len(line) > MAX_LINE_BYTES or not _LINE.fullmatch(line) or any(" " in word for word in words):
        raise ValueError("not for a line")
    return line


def read_line(line: bytes) -> tuple[int, tuple[str, ...]]:
    """Number and words of a line; `DamagedLineError` if it is not whole."""
    match = _LINE.fullmatch(line)
    if match is None or len(line) > MAX_LINE_BYTES:
        raise DamagedLineError("not a line")
    if int(match[3], 16) != zlib.crc32(line[: match.start(3) - 1]):
        raise DamagedLineError("changed on the way")
    return int(match[1]), tuple(match[2].decode("ascii").split())
