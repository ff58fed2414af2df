"""Cash unit and register as processes of their own, and a line between that loses, cuts and damages."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from itaku.issuance.devices.device_line import LineSettings, read_line, write_line
from itaku.store.ready import READY_VARIABLE

T = TypeVar("T")


class DeviceProgram:
    """`python -m MODULE SETTINGS`, on a port of its own that stays the same over kills."""

    def __init__(self, module: str, folder: Path, port: int, **settings: str) -> None:
        self.folder = folder
        self.line = LineSettings("127.0.0.1", port)
        self._module = module
        self._settings = folder / "settings.toml"
        facts = {"data": str(folder / "device.sqlite"), **settings}
        lines = [f'{name} = "{value}"' for name, value in facts.items()]
        self._settings.write_text("\n".join([*lines, f"port = {port}"]) + "\n", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        await asyncio.to_thread(self.begin)

    def begin(self) -> None:
        ours, theirs = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module, str(self._settings)],
            env={**os.environ, READY_VARIABLE: str(theirs)},
            pass_fds=(theirs,),
            start_new_session=True,
        )
        os.close(theirs)
        with os.fdopen(ours, "rb") as pipe:
            assert pipe.readline() == b"ready\n"

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


async def again(ask: Callable[[], Awaitable[T]], unreachable: type[Exception]) -> T:
    """Asks until an answer comes, as a kiosk does."""
    while True:
        try:
            return await ask()
        except unreachable:
            await asyncio.sleep(0.02)


async def person(socket: Path, *words: str) -> bool:
    """What a person does at the cash unit; False where it has no effect."""
    reader, writer = await asyncio.open_unix_connection(str(socket))
    try:
        writer.write(write_line(1, words))
        _number, answer = read_line(await reader.readuntil(b"\n"))
    finally:
        writer.transport.abort()
    return answer[0] == "OK"


class BadLine:
    """Passes lines on. `faults` is what happens to the next requests, one for each: "" for nothing.

    lost: the request does not arrive. cut: the answer does not. damaged: a bit of the answer is another one. stale: the
    answer to an earlier question comes before it.
    """

    def __init__(self, device: LineSettings) -> None:
        self._device = device
        self.faults: list[str] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> LineSettings:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return LineSettings("127.0.0.1", int(self._server.sockets[0].getsockname()[1]))

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            inner, out = await asyncio.open_connection(self._device.host, self._device.port)
            try:
                await self._pass_on(reader, writer, inner, out)
            finally:
                out.transport.abort()
        writer.transport.abort()

    async def _pass_on(self, reader, writer, inner, out) -> None:
        earlier = b""
        while True:
            request = await reader.readuntil(b"\n")
            # The greeting of a new connection is no request.
            fault = self.faults.pop(0) if self.faults and b" HELLO " not in request else ""
            if fault == "lost":
                return
            out.write(request)
            answer = await inner.readuntil(b"\n")
            if fault == "cut":
                return
            if fault == "damaged":
                answer = answer[:-12] + bytes([answer[-12] ^ 1]) + answer[-11:]
            writer.write((earlier if fault == "stale" else b"") + answer)
            earlier = answer
