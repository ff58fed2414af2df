"""What became of a certificate, by the serial number on it: the answer that paper alone cannot give (S1-8-1)."""

from __future__ import annotations

import asyncpg
import msgspec

from itaku.basis.clock import Clock
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.standings import Standing, StandingTold, decode_standing_asked, encode_standing
from itaku.issuance.transport.identity import Identity
from itaku.store.log import Log
from itaku.store.postgres import UNREACHABLE

_OF_STATE = {"counted": Standing.DELIVERED, "voided": Standing.VOIDED}
_DATABASE_GONE = (*UNREACHABLE, asyncpg.PostgresError)


async def standing_of(connection: asyncpg.Connection, serial_number: str) -> Standing:
    """The standing of the certificate with that serial number, as the municipality's register has it now."""
    state: str | None = await connection.fetchval("SELECT state FROM issuing WHERE serial_number = $1", serial_number)
    return Standing.UNKNOWN if state is None else _OF_STATE.get(state, Standing.NEVER_DELIVERED)


class StandingDesk:
    """Answers the public verification page: one word about one number of this municipality, and nothing else."""

    def __init__(self, pool: asyncpg.Pool, municipality: str, clock: Clock, log: Log) -> None:
        self._pool = pool
        self._municipality = municipality
        self._clock = clock
        self._log = log

    async def receive(self, _peer: Identity, body: bytes) -> bytes:
        """`StandingTold`, or a refusal: for what is no question, for another's number, and without the register."""
        try:
            asked = decode_standing_asked(body)
        except msgspec.DecodeError:
            return _refused("malformed")
        if asked.municipality != self._municipality:
            return _refused("municipality_unknown")
        try:
            async with self._pool.acquire() as connection:
                standing = await standing_of(connection, asked.serial_number)
        except _DATABASE_GONE as error:
            self._log.error("database_gone", error=type(error).__name__)
            return _refused("municipality_unavailable")
        return encode_standing(StandingTold(asked.municipality, asked.serial_number, standing, self._clock.now()))


def _refused(code: str) -> bytes:
    return m.encode(m.Refused(issuance_id=m.NOBODY, kiosk="unknown", code=code))
