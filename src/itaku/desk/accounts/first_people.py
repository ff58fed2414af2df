"""The first people of a desk (最初の利用者), from a file: without them nobody could let anybody in."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec
from django.contrib.auth.hashers import make_password

from itaku.desk.accounts.models import Membership, Organisation, Person
from itaku.desk.accounts.moments import moment
from itaku.desk.people_file import FirstOrganisation


def take_in(file: Path) -> int:
    """Makes the organisations, people and seats of the file. How many people. Raises `OSError`, `MsgspecError`."""
    count = 0
    # A digest costs a good part of a second by design. Who has the same password as another in this file has it known
    # to the file's readers anyway; the one that a person sets in its stead is salted by itself.
    digest = functools.cache(make_password)
    for each in msgspec.json.decode(file.read_bytes(), type=list[FirstOrganisation]):
        organisation = Organisation.objects.create(name=each.name, name_en=each.name_en, kind=each.kind)
        for one in each.people:
            person = Person.objects.create(
                sign_in_name=Person.normalize_username(one.sign_in_name),
                password=digest(one.password),
                name=one.name,
                name_en=one.name_en,
                mail=one.mail,
                office=one.office,
                organisation=organisation,
                password_set_at=moment(),
            )
            for seat in one.seats:
                Membership.objects.create(
                    person=person, contract=seat.contract, party=seat.party, duties=list(seat.duties)
                )
            count += 1
    return count
