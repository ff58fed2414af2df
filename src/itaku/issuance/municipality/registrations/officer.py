"""What an officer of the registry municipality does with applications for use: list, take up, approve, refuse.

Approval needs more than the officer's word: the identity inquiry (本人確認情報の照会) must have said who holds the
card, and exactly one person who is in the register now must have that name and birth date.
"""

from __future__ import annotations

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import IssuanceId
from itaku.issuance.municipality.family_registers import FamilyRegister
from itaku.issuance.municipality.registrations.machine import Approve, Refuse, TakeUp
from itaku.issuance.municipality.registrations.node import OfficerError, Registrations
from itaku.issuance.municipality.registrations.registrant import present_person
from itaku.issuance.municipality.registrations.row import Ground, RegisteredPerson, UseRow
from itaku.issuance.municipality.registrations.schema import TABLE
from itaku.issuance.protocol.receipt_numbers import read_receipt_no, receipt_no

_OPEN = f"SELECT body FROM {TABLE} WHERE state IN ('received', 'under_review') ORDER BY changed_at"  # noqa: S608 a constant
_ALL = f"SELECT body FROM {TABLE} ORDER BY changed_at DESC LIMIT 1000"  # noqa: S608 as above
_row = msgspec.msgpack.Decoder(UseRow)
_register = msgspec.json.Decoder(FamilyRegister)


class ApplicationUnknownError(ItakuError):
    """No application has that number, or more than one has."""

    code = "application_unknown"
    ja = "その受付番号の申請は見つかりません。"
    en = "No application has that number."


class NotPossibleError(ItakuError):
    """The application is not in a state in which this can be done."""

    code = "application_wrong_state"
    ja = "この申請は、いまその処理ができません。"
    en = "This cannot be done with the application as it stands."


class HolderUnconfirmedError(ItakuError):
    """Who holds the card is not known, or is not exactly one person of the register."""

    code = "holder_unconfirmed"
    ja = "カードの名義人を、戸籍に記録されている一人と確かめられません。認めることはできません。"
    en = "The card's holder cannot be confirmed to be one person of the register. It cannot be approved."


class OfficerNamelessError(ItakuError):
    """Decisions are recorded with the officer's name."""

    code = "officer_nameless"
    ja = "処理する職員の名前を指定してください。"
    en = "Name the officer."


async def applications(connection: asyncpg.Connection, *, everything: bool = False) -> tuple[UseRow, ...]:
    """Those that wait for an officer, the oldest first; or the latest thousand of all."""
    return tuple(_row.decode(found["body"]) for found in await connection.fetch(_ALL if everything else _OPEN))


async def application(connection: asyncpg.Connection, number: str) -> UseRow:
    """The application of a receipt number, or of an id in hexadecimal; raises `ApplicationUnknownError`."""
    wanted = read_receipt_no(number)
    found = [
        row
        for row in await applications(connection, everything=True)
        if row.register_no and (row.issuance_id.hex() == number.lower() or receipt_no(row.issuance_id) == wanted)
    ]
    if len(found) != 1:
        raise ApplicationUnknownError(ascii(number[:40]))
    return found[0]


async def register_of(connection: asyncpg.Connection, row: UseRow) -> FamilyRegister | None:
    """The register that was claimed, as the replica has it now."""
    facts = await connection.fetchval("SELECT facts FROM family_register WHERE register_no = $1", row.register_no)
    return None if facts is None else _register.decode(facts)


async def holder_in_register(connection: asyncpg.Connection, row: UseRow) -> RegisteredPerson:
    """Who of the register holds the card; raises `HolderUnconfirmedError` where that is not certain."""
    register = await register_of(connection, row)
    answer = await connection.fetchrow(
        "SELECT name, birth_date FROM identity_answer WHERE card_serial = $1", row.card_serial
    )
    if register is None or answer is None:
        raise HolderUnconfirmedError
    person = RegisteredPerson(answer["name"], answer["birth_date"])
    if present_person(register, person) is None:
        raise HolderUnconfirmedError
    return person


async def take_up(registrations: Registrations, issuance_id: IssuanceId, officer: str) -> UseRow:
    """Begins the review."""
    return await _step(registrations, TakeUp(issuance_id, _named(officer)))


async def approve(connection: asyncpg.Connection, registrations: Registrations, row: UseRow, officer: str) -> UseRow:
    """Grants it: it is in effect from its first day of use on. Raises `HolderUnconfirmedError`, `NotPossibleError`."""
    person = await holder_in_register(connection, row)
    return await _step(registrations, Approve(row.issuance_id, _named(officer), person))


async def refuse(registrations: Registrations, issuance_id: IssuanceId, officer: str, ground: Ground) -> UseRow:
    """Does not grant it, on a ground."""
    return await _step(registrations, Refuse(issuance_id, _named(officer), ground))


async def load_identity_answers(
    connection: asyncpg.Connection, answers: dict[str, RegisteredPerson], at: InstantMs
) -> None:
    """Takes the inquiry's answers, by card serial, in the place of earlier ones."""
    await connection.executemany(
        "INSERT INTO identity_answer VALUES ($1, $2, $3, to_timestamp($4)) ON CONFLICT (card_serial)"
        " DO UPDATE SET name = $2, birth_date = $3, answered_at = to_timestamp($4)",
        [(serial, person.name, person.birth_date, at // 1000) for serial, person in answers.items()],
    )


def _named(officer: str) -> str:
    name = " ".join(officer.split())
    if not name:
        raise OfficerNamelessError
    return name


async def _step(registrations: Registrations, event: TakeUp | Approve | Refuse) -> UseRow:
    try:
        await registrations.run(event.issuance_id, event)
    except OfficerError as error:
        raise NotPossibleError(str(error)) from error
    row = await registrations.read(event.issuance_id)
    assert row is not None, "it has just been changed"
    return row
