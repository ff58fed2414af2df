"""What `itaku issue` asks for, from its flags to the options of a kind; a flag unknown to the kind is refused."""

from __future__ import annotations

from typing import NamedTuple

from itaku.issuance.protocol.kinds import (
    OPTIONS_TYPE,
    TAX_KINDS,
    FamilyRegisterAddressOptions,
    FamilyRegisterAllOptions,
    FamilyRegisterIndividualOptions,
    Kind,
    Member,
    Options,
    RecordItem,
    ResidentRecordItemsOptions,
    ResidentRecordOptions,
    SealRegistrationOptions,
)


class ChoiceError(ValueError):
    """A choice that this kind of certificate does not have; the message names the flag."""


class Choices(NamedTuple):
    """The flags as they were given."""

    members: tuple[str, ...] = ()
    domicile: bool = False
    relation: bool = False
    individual_number: bool = False
    sex: bool = False
    resident_since: bool = False
    fiscal_year: int | None = None


_KNOWN: dict[Kind, frozenset[str]] = {
    Kind.RESIDENT_RECORD: frozenset({"members", "domicile", "relation", "individual_number"}),
    Kind.RESIDENT_RECORD_ITEMS: frozenset(Choices._fields) - {"fiscal_year"},
    Kind.SEAL_REGISTRATION: frozenset(),
    **dict.fromkeys(TAX_KINDS, frozenset({"fiscal_year"})),
    Kind.FAMILY_REGISTER_ALL: frozenset(),
    Kind.FAMILY_REGISTER_INDIVIDUAL: frozenset({"members"}),
    Kind.FAMILY_REGISTER_ADDRESS: frozenset({"members", "domicile"}),
}
_ITEMS = {
    "sex": RecordItem.SEX,
    "resident_since": RecordItem.RESIDENT_SINCE,
    "relation": RecordItem.HEAD_AND_RELATION,
    "domicile": RecordItem.REGISTERED_DOMICILE,
    "individual_number": RecordItem.INDIVIDUAL_NUMBER,
}


def options_of(kind: Kind, choices: Choices) -> Options | None:
    """The options; None for a tax certificate of whatever year the menu offers. Raises `ChoiceError`."""
    for flag, given in choices._asdict().items():
        if given and flag not in _KNOWN[kind]:
            raise ChoiceError(f"--{flag.replace('_', '-')}: not for {kind.value}")
    try:
        members = tuple(Member(name) for name in choices.members)
    except ValueError as error:
        raise ChoiceError(f"--members: {error}") from error
    match kind:
        case Kind.RESIDENT_RECORD:
            return ResidentRecordOptions(members, choices.domicile, choices.relation, choices.individual_number)
        case Kind.RESIDENT_RECORD_ITEMS:
            items = tuple(item for flag, item in _ITEMS.items() if getattr(choices, flag))
            return ResidentRecordItemsOptions(members, items)
        case Kind.SEAL_REGISTRATION:
            return SealRegistrationOptions()
        case Kind.FAMILY_REGISTER_ALL:
            return FamilyRegisterAllOptions()
        case Kind.FAMILY_REGISTER_INDIVIDUAL:
            return FamilyRegisterIndividualOptions(members or (Member.SELF,))
        case Kind.FAMILY_REGISTER_ADDRESS:
            return FamilyRegisterAddressOptions(members, choices.domicile)
        case _:
            return None if choices.fiscal_year is None else tax_options(kind, choices.fiscal_year)


def tax_options(kind: Kind, fiscal_year: int) -> Options:
    """The options of a tax certificate of that year."""
    # The three kinds have the same field, which their common type cannot say.
    return OPTIONS_TYPE[kind](fiscal_year=fiscal_year)  # type: ignore[call-arg]
