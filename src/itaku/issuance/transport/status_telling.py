"""A machine tells operations how it is: at once when something changes, and every ten seconds in any case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from itaku.issuance.protocol import operation_messages as o
from itaku.issuance.transport.client import PeerUnreachableError
from itaku.store.log import Log

EVERY_S = 10.0
LOOK_S = 1.0
TIMEOUT_S = 10.0

Post = Callable[[bytes], Awaitable[bytes]]
"""Sends a heartbeat to `/ops` of the relay; `PeerUnreachableError` if no answer came."""


class StatusTelling:
    """One task. `look` says how the machine is now; a heartbeat that is lost is followed by the next one."""

    def __init__(self, post: Post, look: Callable[[], Awaitable[o.Status]], log: Log) -> None:
        self._post = post
        self._look = look
        self._log = log
        self._told: tuple[o.Fault, ...] | None = None
        self._told_s = 0.0

    async def run(self) -> None:
        """Looks and tells, for ever."""
        now = asyncio.get_running_loop().time
        while True:
            status = await self._look()
            if status.faults != self._told or now() - self._told_s >= EVERY_S:
                self._told_s = now()
                self._told = status.faults if await self.tell(status) else None
            await asyncio.sleep(LOOK_S)

    async def tell(self, status: o.Status) -> bool:
        """Tells once; whether the center has noted it."""
        try:
            answer = o.decode_status_answer(await self._post(o.encode_operation(status)))
        except (PeerUnreachableError, msgspec.DecodeError) as error:
            self._log.warning("status_not_told", error=type(error).__name__)
            return False
        if isinstance(answer, o.StatusRefused):
            self._log.warning("status_not_told", error=answer.code)
            return False
        return True
