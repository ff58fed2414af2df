"""The file of a desk's first people (最初の利用者の名簿), as whoever sets a desk up writes it."""

from __future__ import annotations

import msgspec


class FirstSeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A seat at a contract."""

    contract: str
    party: str
    duties: tuple[str, ...]


class FirstPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person with a first password and seats."""

    sign_in_name: str
    password: str
    name: str
    name_en: str = ""
    mail: str = ""
    office: str = ""
    seats: tuple[FirstSeat, ...] = ()


class FirstOrganisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An organisation with its people."""

    name: str
    name_en: str
    kind: str
    people: tuple[FirstPerson, ...]
