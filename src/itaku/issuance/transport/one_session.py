"""One HTTP session for a client's whole life: made at the first use, closed with the client."""

from __future__ import annotations

import abc
from types import TracebackType
from typing import Self

import aiohttp


class OneSession(abc.ABC):
    """Base of the clients: `_open` gives the session, `_made` says of what kind it is. An async context manager."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = self._made()
        return self._session

    @abc.abstractmethod
    def _made(self) -> aiohttp.ClientSession:
        """A new session: no cookies, no proxy of the environment, bodies as they come."""
