"""Whether and what a registered person of another municipality may get: the register's own facts, and nothing else.

The first reason that applies is the answer: `option_not_allowed`, `replica_stale`, then whatever is the matter with the
registration, then as for residents `register_closed`, `under_15`, `register_filing_pending`, `members_none`,
`dv_protected` for anyone shown, `record_incomplete`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.dates import has_reached_age
from itaku.issuance.certificates.completeness import require_complete
from itaku.issuance.certificates.failures import RecordIncomplete
from itaku.issuance.certificates.register_facts import AddressRecordCertificate, FamilyRegisterCertificate
from itaku.issuance.municipality.eligibility import YOUNGEST_HOLDER_YEARS
from itaku.issuance.municipality.extract import FamilyOptions, family_content, shown_in
from itaku.issuance.municipality.family_registers import FamilyRegister, RegisterMember
from itaku.issuance.municipality.registrations.row import RegisteredPerson
from itaku.issuance.municipality.withheld import Withheld
from itaku.issuance.protocol.kinds import (
    FamilyRegisterIndividualOptions,
    Options,
    ResidentRecordItemsOptions,
    ResidentRecordOptions,
)


class Registrant(msgspec.Struct, frozen=True):
    """A registered person and the register in which they are, as the replica has it now."""

    register: FamilyRegister
    member: RegisterMember

    @property
    def key(self) -> str:
        """Names the person to this municipality alone, where residents have a number."""
        person = self.member.person
        return f"registered {self.register.register_no} {person.name} {person.birth_date.isoformat()}"


class Registration(msgspec.Struct, frozen=True):
    """What a look-up by card found: the registrant, or the code of why there is none, and until when."""

    registrant: Registrant | None
    code: str = ""
    again_ms: InstantMs | None = None


def present_person(register: FamilyRegister, person: RegisteredPerson) -> RegisterMember | None:
    """The one person of that name and birth date who is in the register now; None if nobody, or more than one, is."""
    wanted = (person.name, person.birth_date)
    found = [member for member in register.present if (member.person.name, member.person.birth_date) == wanted]
    return found[0] if len(found) == 1 else None


def content_for(
    registration: Registration, options: Options, now: InstantMs, as_of: InstantMs | None, freshness_limit_ms: int
) -> FamilyRegisterCertificate | AddressRecordCertificate:
    """What the certificate says; raises `Withheld` with the first reason for which it may not be issued."""
    assert not isinstance(options, ResidentRecordOptions | ResidentRecordItemsOptions), "looked up for registers alone"
    for reason in _before(options, now, as_of, freshness_limit_ms):
        raise Withheld(reason)
    if registration.registrant is None:
        raise Withheld(registration.code)
    family: FamilyOptions = options  # type: ignore[assignment]  # the look-up is made for these kinds alone
    for reason in _reasons(registration.registrant, family, now):
        raise Withheld(reason)
    register, member = registration.registrant.register, registration.registrant.member
    content = family_content(register, shown_in(register, member, family), family)
    try:
        require_complete(content)
    except RecordIncomplete as error:
        raise Withheld("record_incomplete") from error
    return content


def _before(options: Options, now: InstantMs, as_of: InstantMs | None, limit_ms: int) -> Iterator[str]:
    members = getattr(options, "members", ())
    if len(set(members)) != len(members):
        yield "option_not_allowed"
    if isinstance(options, FamilyRegisterIndividualOptions) and not members:
        yield "option_not_allowed"
    if as_of is None or abs(now - as_of) > limit_ms:
        yield "replica_stale"


def _reasons(registrant: Registrant, options: FamilyOptions, now: InstantMs) -> Iterator[str]:
    register, holder = registrant.register, registrant.member
    if register.closed:
        yield "register_closed"
    if not has_reached_age(holder.person.birth_date, YOUNGEST_HOLDER_YEARS, to_jst(now).date()):
        yield "under_15"
    if register.filing_pending:
        yield "register_filing_pending"
    shown = shown_in(register, holder, options)
    if not shown:
        yield "members_none"
    if holder.protected or any(one.protected for one in shown):
        yield "dv_protected"
