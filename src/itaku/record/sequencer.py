"""The sequencer process: leads if nobody does, numbers what is pending, and comes back after every outage.

`python -m itaku.record.sequencer SETTINGS.toml`; any number may run on one database, one of them leads.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import uvloop

from itaku.basis.clock import Clock, clock_from
from itaku.basis.errors import ItakuError
from itaku.record.errors import RecordTamperedError
from itaku.record.note import Signer
from itaku.record.schema import MIGRATIONS, ROOM
from itaku.record.sequencing import BATCH, bind_key, lead, sequence
from itaku.record.signing_key import read_signer
from itaku.store.errors import DatabaseUnreachableError
from itaku.store.log import open_log
from itaku.store.postgres import UNREACHABLE, migrate, open_pool
from itaku.store.ready import report_ready

# Polling, not NOTIFY (see schema.insert_pending). A look with the check of the head costs over a millisecond, and each
# step under load writes a checkpoint for good; so four to two a second. Nobody who issues waits for a number.
_SHORTEST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 0.5
_FOLLOWER_PAUSE_SECONDS = 0.5
_RECONNECT_SECONDS = (0.1, 2.0)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one sequencer: its name in logs, the database, the record's origin and key, and where to log.

    `clock_file` is the sandbox's shared clock; without `log_file` it logs to standard error.
    """

    name: str
    dsn: str
    origin: str
    key_file: str
    clock_file: str | None = None
    log_file: str | None = None


class Sequencer:
    """Numbers the record of one database until it is told to stop."""

    def __init__(self, settings: Settings, signer: Signer, clock: Clock, log: Any) -> None:
        self._settings = settings
        self._signer = signer
        self._clock = clock
        self._log = log
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Ends the run after the step under way."""
        self._stop.set()

    async def run(self) -> None:
        """Runs until `stop`. An unreachable server is tried again; a tampered record or a wrong key ends the run."""
        delay = _RECONNECT_SECONDS[0]
        while not self._stop.is_set():
            try:
                await self._session()
                delay = _RECONNECT_SECONDS[0]
            except (DatabaseUnreachableError, asyncpg.PostgresError, *UNREACHABLE) as error:
                self._log.warning("database away", error=type(error).__name__, retry_seconds=delay)
                await self._pause(delay)
                delay = min(delay * 2, _RECONNECT_SECONDS[1])

    async def _session(self) -> None:
        """One connection's life: it holds the leader's lock, so whatever ends it also ends the leadership."""
        pool = await open_pool(self._settings.dsn, min_size=1, max_size=1, application_name=self._settings.name)
        try:
            await migrate(pool, ROOM, MIGRATIONS)
            async with pool.acquire() as connection:
                while not await lead(connection):
                    report_ready()  # to follow is to serve: it takes over when the leader is gone
                    await self._pause(_FOLLOWER_PAUSE_SECONDS)
                    if self._stop.is_set():
                        return
                await bind_key(connection, self._signer)
                self._log.info("leading", origin=self._settings.origin)
                await sequence(connection, self._signer, self._clock)
                report_ready()  # from the first checkpoint on the record counts as alive
                await self._sequence_on(connection)
        finally:
            pool.terminate()  # lets go of the lock at once, also when the server no longer answers

    async def _sequence_on(self, connection: asyncpg.Connection) -> None:
        pause = _SHORTEST_PAUSE_SECONDS
        while not self._stop.is_set():
            taken = await sequence(connection, self._signer, self._clock)
            if taken >= BATCH:
                continue
            # A short pause also when busy: entries gather, and one checkpoint speaks for many.
            pause = _SHORTEST_PAUSE_SECONDS if taken else min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
            await self._pause(pause)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


async def _main(settings: Settings, log: Any) -> None:
    signer = read_signer(Path(settings.key_file), settings.origin)
    sequencer = Sequencer(
        settings, signer, clock_from(None if settings.clock_file is None else Path(settings.clock_file)), log
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, sequencer.stop)
    await sequencer.run()


def main(arguments: list[str]) -> int:
    """Runs a sequencer; 0 after SIGTERM, 2 for settings that cannot be read, 3 for a tampered record, 1 otherwise."""
    try:
        settings = msgspec.toml.decode(Path(arguments[0]).read_bytes(), type=Settings)
    except (IndexError, OSError, msgspec.MsgspecError) as error:
        sys.stderr.write(f"python -m itaku.record.sequencer SETTINGS.toml: {error}\n")
        return 2
    log = open_log(None if settings.log_file is None else Path(settings.log_file), settings.name)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_main(settings, log))
    except ItakuError as error:
        log.error("stopped", **error.as_json())  # noqa: TRY400 a known error: its code says more than a trace
        return 3 if isinstance(error, RecordTamperedError) else 1
    log.info("ended")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
