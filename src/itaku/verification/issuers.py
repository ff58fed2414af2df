"""Asks issuers whether certificates were refunded and are void (S1-8-1), once their codes were proved genuine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.issuance.protocol.standings import (
    MAX_TOLD_BYTES,
    Standing,
    StandingAsked,
    StandingTold,
    decode_standing_told,
    encode_standing,
)
from itaku.issuance.transport.client import PeerClient, PeerUnreachableError
from itaku.issuance.transport.identity import client_context
from itaku.store.log import Log
from itaku.verification.findings import Check, Examination, check, with_standings
from itaku.verification.settings import OnlineSettings

PATIENCE_S = 4.0
"""For one answer. A person waits for it, and it is looked up in an index."""

_NAMES = {
    Standing.DELIVERED: "void_no",
    Standing.VOIDED: "void_yes",
    Standing.NEVER_DELIVERED: "void_never_delivered",
    Standing.UNKNOWN: "void_unknown_number",
}


class Issuers:
    """The issuers that can be asked. What none of them answered for itself stays open: silence is no answer."""

    def __init__(
        self,
        clients: dict[str, PeerClient],
        log: Log,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._clients = clients
        self._log = log
        self._patience_s = patience_s

    async def completed(self, examination: Examination) -> Examination:
        """The examination with what the issuers say of each certificate on which a genuine code was found."""
        wanted = sorted({(sheet.municipality, sheet.serial_number) for sheet in examination.sheets})
        if not wanted:
            return examination
        told = await asyncio.gather(*(self._told(*one) for one in wanted))
        return with_standings(examination, tuple(told))

    async def _told(self, municipality: str, serial_number: str) -> Check:
        client = self._clients.get(municipality)
        if client is None:
            return check("void_unasked", number=serial_number)
        try:
            question = encode_standing(StandingAsked(municipality, serial_number))
            answer = await client.post("/standing", question, self._patience_s, MAX_TOLD_BYTES)
            told = decode_standing_told(answer)
        except (PeerUnreachableError, msgspec.DecodeError) as error:
            # Never the number: whoever reads logs learns nothing about what is being verified.
            self._log.warning("standing_unanswered", municipality=municipality, error=type(error).__name__)
            return check("void_unasked", number=serial_number)
        if (told.municipality, told.serial_number) != (municipality, serial_number):
            self._log.warning("standing_unanswered", municipality=municipality, error="another's answer")
            return check("void_unasked", number=serial_number)
        return _check(told)


def _check(told: StandingTold) -> Check:
    at = to_jst(InstantMs(told.at_ms)).strftime("%Y-%m-%d %H:%M")
    return check(_NAMES[told.standing], number=told.serial_number, at=at)


@asynccontextmanager
async def asking(settings: OnlineSettings | None, log: Log) -> AsyncIterator[Issuers | None]:
    """Lines to the issuers that the settings name; None where the page works offline."""
    if settings is None:
        yield None
        return
    async with AsyncExitStack() as stack:
        clients = {}
        for issuer in settings.issuers:
            tls = client_context(Path(settings.certificate), Path(settings.key), Path(settings.ca))
            client = PeerClient(issuer.node.url, issuer.node.peer_name, tls, connections=4)
            clients[issuer.municipality] = await stack.enter_async_context(client)
        yield Issuers(clients, log)
