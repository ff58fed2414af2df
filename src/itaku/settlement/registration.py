"""The invoice registration number (適格請求書発行事業者登録番号): who issues the invoice, as a person entered it.

消費税法 第57条の4 第1項: an invoice bears it. No contract and no law states the contractor's number, so it is asked
for, with the day from which it holds and its source (the notice, the public register's page), and never made up.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs
from itaku.settlement.errors import ReasonMissingError, RegistrationNumberUnfitError

_NUMBER = re.compile(r"T[1-9][0-9]{12}")


class Registration(msgspec.Struct, frozen=True):
    """登録番号: from which day it holds, on what it rests, and who entered it when. An empty number ends another."""

    number: str
    since: dt.date
    source: str
    person: str
    entered_ms: InstantMs


def checked_registration(text: str) -> str:
    """A registration number as it is written: T and thirteen digits; full-width characters are read too.

    Raises `RegistrationNumberUnfitError` for another form, or if the check digit of the corporate number is wrong.
    """
    number = unicodedata.normalize("NFKC", text).strip()
    if _NUMBER.fullmatch(number) is None:
        raise RegistrationNumberUnfitError("T + 13")
    if int(number[1]) != check_digit(number[2:]):
        raise RegistrationNumberUnfitError("check digit")
    return number


def check_digit(twelve: str) -> int:
    """検査用数字 of a corporate number, of its other twelve digits (法人番号の指定等に関する省令 第2条).

    From the last digit on they weigh 1 and 2 in turn; it is 9 less the sum's remainder by 9, so never 0.
    """
    return 9 - sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(twelve))) % 9


async def enter_registration(
    connection: asyncpg.Connection, number: str, since: dt.date, source: str, person: str, now: InstantMs
) -> Registration:
    """Keeps a number that a person entered; an empty one says that from the day on there is none.

    Call it inside a transaction. What stands there already is answered. Raises `RegistrationNumberUnfitError`,
    `ReasonMissingError` without a source or a person.
    """
    if not source.strip() or not person.strip():
        raise ReasonMissingError("registration: source, person")
    entered = Registration(checked_registration(number) if number else "", since, source.strip(), person.strip(), now)
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('registration', 14))")
    known = [each for each in await registrations(connection) if each.since == since]
    if known and (known[-1].number, known[-1].source) == (entered.number, entered.source):
        return known[-1]
    await connection.execute(
        "INSERT INTO settlement_registration(number, since, source, person, entered_ms) VALUES ($1, $2, $3, $4, $5)",
        entered.number, since, entered.source, entered.person, int(now),
    )  # fmt: skip
    return entered


async def registrations(connection: asyncpg.Connection) -> list[Registration]:
    """Everything that was entered, in that order."""
    rows = await connection.fetch(
        "SELECT number, since, source, person, entered_ms FROM settlement_registration ORDER BY entry"
    )
    return [Registration(*row) for row in rows]


async def registration_on(connection: asyncpg.Connection, day: dt.date) -> Registration | None:
    """The number that holds on a day, as it was entered last; None where there is none."""
    begun = [each for each in await registrations(connection) if each.since <= day]
    if not begun:
        return None
    holds = max(reversed(begun), key=lambda each: each.since)  # of several entries for a day the latest
    return holds if holds.number else None
