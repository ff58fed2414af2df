"""Drives a kiosk as a person at its touch page would: reads its screens, touches, lays cards down, pays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from itaku.basis.errors import ItakuError, Temper
from itaku.issuance.kiosk.screens import Cancel, Finish, Screen


class KioskUnavailableError(ItakuError):
    """The kiosk does not answer, or refused a touch."""

    code = "kiosk_unavailable"
    temper = Temper.RETRYABLE
    ja = "キオスクが応答しないか、いまは使えません。`itaku up --sandbox` の画面を確かめてください。"
    en = "The kiosk does not answer or cannot be used now. Look at what `itaku up --sandbox` prints."


class KioskPage:
    """One kiosk's page, without a browser."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._decoder = msgspec.json.Decoder(Screen)
        self._finished: set[str] = set()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(trust_env=False, read_bufsize=2**18)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def screens(self) -> AsyncIterator[Screen]:
        """Every screen from now on."""
        assert self._session is not None, "use it as a context manager"
        try:
            async with self._session.get(
                f"{self._address}/events", timeout=aiohttp.ClientTimeout(total=None)
            ) as stream:
                async for line in stream.content:
                    if line.startswith(b"data: "):
                        yield self._decoder.decode(line[6:])
        except (aiohttp.ClientError, OSError) as error:
            raise KioskUnavailableError(type(error).__name__) from error

    async def touch(self, action: msgspec.Struct) -> None:
        """What a resident touches; `KioskUnavailableError` with the code if it is denied."""
        await self._post("/act", msgspec.json.encode(action))

    async def finish(self, screen: Screen) -> None:
        """終わる, once for each session: a screen may come again before the next one stands."""
        if screen.session not in self._finished:
            self._finished.add(screen.session)
            await self.touch(Finish(screen.session))

    async def leave(self, screen: Screen) -> None:
        """Ends the session as its screen allows, and takes the card away."""
        if "finish" in screen.may:
            await self.finish(screen)
        elif "cancel" in screen.may:
            await self.touch(Cancel(screen.session))
        await self.practice("take")

    async def practice(self, what: str, **facts: Any) -> None:
        """What a person does at the practice stand."""
        await self._post(f"/practice/{what}", msgspec.json.encode(facts))

    async def look(self, what: str) -> Any:
        """What lies at the practice stand."""
        return await self._get(f"/practice/{what}")

    async def fetch(self, path: str) -> bytes:
        """A sheet of the tray."""
        assert self._session is not None, "use it as a context manager"
        async with self._session.get(self._address + path) as answer:
            return await answer.read()

    async def _post(self, path: str, body: bytes) -> None:
        assert self._session is not None, "use it as a context manager"
        try:
            async with self._session.post(self._address + path, data=body) as answer:
                if answer.status != 204:
                    raise KioskUnavailableError((await answer.text())[:200])
        except (aiohttp.ClientError, OSError) as error:
            raise KioskUnavailableError(type(error).__name__) from error

    async def _get(self, path: str) -> Any:
        assert self._session is not None, "use it as a context manager"
        try:
            async with self._session.get(self._address + path) as answer:
                if answer.status != 200:
                    raise KioskUnavailableError((await answer.text())[:200])
                return msgspec.json.decode(await answer.read())
        except (aiohttp.ClientError, OSError) as error:
            raise KioskUnavailableError(type(error).__name__) from error
