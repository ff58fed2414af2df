"""Stand-in for the resident register (住民記録システム): keeps the municipality's replica fresh by numbered heartbeats.

`python -m itaku.sandbox.registry FILE.toml`. Nothing changes in the sandbox's registers, so each delta is a
heartbeat that says: as of now, this is all. A real register numbers its deltas from its own log; this stand-in keeps
no log, so it asks the municipality which number is next, and sends again whatever is found to be missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Annotated

import msgspec

from itaku.basis.clock import Clock, PracticeClock
from itaku.issuance.municipality.feed import Delta, FeedAnswer, Inquiry, Outcome, Request, decode_answer, encode
from itaku.issuance.transport.client import PeerClient, PeerUnreachableError
from itaku.issuance.transport.settings import NodeSettings, Peer, read_settings
from itaku.store.log import Log, open_log
from itaku.store.ready import report_ready

PATH = "/feed"
_ANSWER_SECONDS = 10.0
_RESENT_AT_MOST = 1000
"""Missing deltas sent again in one round; the next round goes on."""


class RegistrySettings(NodeSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the stand-in."""

    municipality: Peer
    more: tuple[Peer, ...] = ()
    """Further municipalities that it keeps fresh."""
    interval_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 5.0


class Registry:
    """Sends heartbeats to one municipality and follows what it answers."""

    def __init__(self, client: PeerClient, clock: Clock, log: Log) -> None:
        self._client = client
        self._clock = clock
        self._log = log
        self._next: int | None = None
        self._told: tuple[object, ...] = ()

    async def beat(self) -> bool:
        """One round: a heartbeat, and whatever is missing before it. Answers whether the replica is proven current."""
        try:
            answer = await self._round()
        except PeerUnreachableError as error:
            self._note("municipality_unreachable", detail=error.detail)
            return False
        except msgspec.DecodeError:
            self._note("municipality_refused")
            return False
        self._next = answer.wanted_seq or None
        self._note("replica_proven" if answer.proven else "replica_unproven", outcome=answer.outcome.value)
        return answer.proven

    async def _round(self) -> FeedAnswer:
        if self._next is None:
            answer = await self._ask(Inquiry())
            if not answer.wanted_seq:
                return answer
            self._next = answer.wanted_seq
        answer = await self._ask(self._heartbeat(self._next))
        for _ in range(_RESENT_AT_MOST):
            if answer.proven or not answer.wanted_seq or answer.outcome is Outcome.CONTRADICTION:
                break
            answer = await self._ask(self._heartbeat(answer.wanted_seq))
        return answer

    def _heartbeat(self, seq: int) -> Delta:
        return Delta(seq, self._clock.now())

    async def _ask(self, request: Request) -> FeedAnswer:
        return decode_answer(await self._client.post(PATH, encode(request), _ANSWER_SECONDS))

    def _note(self, event: str, **facts: str) -> None:
        """Logs what has changed; a steady state is said once."""
        told = (event, *facts.values())
        if told != self._told:
            self._told = told
            self._log.info(event, **facts)


async def run(settings: RegistrySettings) -> None:
    """Beats until SIGTERM or SIGINT comes."""
    log = open_log(settings.log_path, settings.name)
    clock = settings.clock
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        registries = []
        for peer in (settings.municipality, *settings.more):
            client = await stack.enter_async_context(settings.client(peer, connections=1))
            registries.append(Registry(client, clock, log))
        while not stopped.is_set():
            await asyncio.gather(*(registry.beat() for registry in registries))
            report_ready()
            try:
                await asyncio.wait_for(stopped.wait(), settings.interval_s)
            except TimeoutError:
                continue
    if isinstance(clock, PracticeClock):
        clock.close()


if __name__ == "__main__":
    asyncio.run(run(read_settings(Path(sys.argv[1]), RegistrySettings)))
