"""A practice device's end of a device line: reads requests, answers each, and stays silent where answers get lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from itaku.issuance.devices.device_line import MAX_LINE_BYTES, VERSION, DamagedLineError, read_line, write_line
from itaku.issuance.devices.errors import DeviceUnreachableError

Handler = Callable[[str, tuple[str, ...]], Awaitable[tuple[str, ...]]]
"""Verb and words of a request; the words of its answer, beginning with `OK` or `NO`."""


class LineServer:
    """Serves one kind of device to whoever connects; a request is answered when what it changed is durable.

    `ValueError` of the handler is answered `NO malformed`; `DeviceUnreachableError` cuts the line without an answer.
    """

    def __init__(self, kind: str, handler: Handler) -> None:
        self._kind = kind
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._talking: set[asyncio.StreamWriter] = set()

    async def start(self, host: str, port: int) -> int:
        """Listens; answers the port (useful when 0 was asked for)."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=MAX_LINE_BYTES)
        return int(self._server.sockets[0].getsockname()[1])

    async def start_unix(self, socket: Path) -> None:
        """Listens on a unix socket that only its owner may use."""
        _free(socket)
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve, socket, limit=MAX_LINE_BYTES)
        finally:
            os.umask(before)

    async def stop(self) -> None:
        """Stops listening and hangs up."""
        assert self._server is not None
        self._server.close()
        for writer in self._talking:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talking.add(writer)
        try:
            while True:
                await self._one(await reader.readuntil(b"\n"), writer)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, DeviceUnreachableError):
            writer.transport.abort()
        finally:
            self._talking.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _one(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            number, (verb, *words) = read_line(line)
        except DamagedLineError:
            return  # not answered: who asked does so again
        if verb == "HELLO":
            good = tuple(words) == (self._kind, VERSION)
            answer: tuple[str, ...] = ("OK", self._kind, VERSION) if good else ("NO", "version")
        else:
            try:
                answer = await self._handler(verb, tuple(words))
            except ValueError:
                answer = ("NO", "malformed")
        writer.write(write_line(number, answer))
        await writer.drain()


def _free(socket: Path) -> None:
    # The device's memory is locked by now, so no living program has this socket.
    socket.unlink(missing_ok=True)
