"""What became of a certificate, by the serial number on it: the answer that paper alone cannot give (S1-8-1)."""

from __future__ import annotations

import enum

import asyncpg


class Standing(enum.StrEnum):
    """Whether a certificate with that number counts. It says nothing about whose it is or what stands on it."""

    DELIVERED = "delivered"
    """Printed, paid for and counted."""
    VOIDED = "voided"
    """返金済・無効: the whole set was taken back and the fee returned (S1-8-1)."""
    NEVER_DELIVERED = "never_delivered"
    """Made, but no valid sheet of it ever left a kiosk, or it is on its way at this moment."""
    UNKNOWN = "unknown"
    """No certificate was made under that number here."""


_OF_STATE = {"counted": Standing.DELIVERED, "voided": Standing.VOIDED}


async def standing_of(connection: asyncpg.Connection, serial_number: str) -> Standing:
    """The standing of the certificate with that serial number, as the municipality's register has it now."""
    state: str | None = await connection.fetchval("SELECT state FROM issuing WHERE serial_number = $1", serial_number)
    return Standing.UNKNOWN if state is None else _OF_STATE.get(state, Standing.NEVER_DELIVERED)
