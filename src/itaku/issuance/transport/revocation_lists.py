"""Renews the card CAs' revocation lists (失効リスト) from where they are published."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from itaku.basis.clock import Clock
from itaku.issuance.protocol.card_check import CardTrust, read_crl
from itaku.issuance.transport.published import PublishedClient, PublishedUnreachableError
from itaku.store.log import Log

MAX_LIST_BYTES = 64 * 1024 * 1024
_TIMEOUT_S = 30.0
_AGAIN_S = 30.0
"""After a failure it is tried again soon, whatever the usual pause."""


class ListRefusedError(Exception):
    """The fetched bytes may not take the place of the list in force; the text says why."""


class RevocationListRenewal:
    """Fetches lists into the directory that `CardTrustFiles` reads, each only if it is better than what is there."""

    def __init__(
        self,
        urls: Sequence[str],
        directory: Path,
        trust: Callable[[], CardTrust],
        published: PublishedClient,
        clock: Clock,
        log: Log,
    ) -> None:
        self._urls = tuple(urls)
        self._directory = directory
        self._trust = trust
        self._published = published
        self._clock = clock
        self._log = log

    async def run(self, every_s: float) -> None:
        """Renews for ever."""
        while True:
            fine = await self.renew()
            await asyncio.sleep(every_s if fine else min(every_s, _AGAIN_S))

    async def renew(self) -> bool:
        """One round over all addresses; False if any failed."""
        results = [await self._renew(url) for url in self._urls]
        return all(results)

    async def _renew(self, url: str) -> bool:
        try:
            data = await self._published.fetch(url, MAX_LIST_BYTES, timeout_s=_TIMEOUT_S)
            # Signature and dictionary take a tenth of a second for a hundred thousand entries.
            is_new = await asyncio.to_thread(self._check, data)
        except (PublishedUnreachableError, ListRefusedError, ValueError) as error:
            self._log.warning("crl_not_renewed", url=url, why=str(error))
            return False
        if is_new:
            self._write(self._directory / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.crl", data)
            self._log.info("crl_renewed", url=url)
        return True

    def _check(self, data: bytes) -> bool:
        """Whether the list is newer than the one in force; raises if it may not take its place."""
        trust = self._trust()
        key, listed = read_crl(data, trust.anchors)
        if self._clock.now() > listed.next_update:
            raise ListRefusedError("past its next update")
        known = trust.revoked.get(key)
        if known is not None and listed.this_update < known.this_update:
            raise ListRefusedError("older than the list in force")
        return known is None or listed.this_update > known.this_update

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        # The name ends otherwise until the file is whole: nobody reads half a list.
        aside = path.with_suffix(".new")
        aside.write_bytes(data)
        aside.replace(path)
