"""What a certificate says about its people: chosen persons and chosen facts, nothing else (必要な項目だけ).

住民票コード is not part of these registers, removed members (除票) are never shown, and what was not asked for is
None (省略) before it reaches the form, so that no form can print it.
"""

from __future__ import annotations

from itaku.issuance.certificates.content import (
    ItemsPerson,
    PersonContent,
    ResidentRecord,
    ResidentRecordItems,
    SealRegistration,
)
from itaku.issuance.certificates.contents import Content
from itaku.issuance.certificates.register_facts import (
    AddressPerson,
    AddressRecordCertificate,
    FamilyRegisterCertificate,
)
from itaku.issuance.certificates.tax_facts import TaxCertificate
from itaku.issuance.municipality.family_registers import FamilyRegister, RegisterMember, chosen_registered
from itaku.issuance.municipality.members import chosen_members
from itaku.issuance.municipality.registry import Household, Relation, Resident
from itaku.issuance.municipality.tax_entries import TaxEntry
from itaku.issuance.municipality.withheld import Withheld
from itaku.issuance.protocol.kinds import (
    FamilyRegisterAddressOptions,
    FamilyRegisterAllOptions,
    FamilyRegisterIndividualOptions,
    IncomeOptions,
    Kind,
    Options,
    RecordItem,
    ResidentRecordItemsOptions,
    ResidentRecordOptions,
    SealRegistrationOptions,
    TaxationOptions,
    TaxPaymentOptions,
    kind_of,
)

TaxOptions = IncomeOptions | TaxationOptions | TaxPaymentOptions
FamilyOptions = FamilyRegisterAllOptions | FamilyRegisterIndividualOptions | FamilyRegisterAddressOptions


def extract(household: Household, options: Options) -> Content:
    """The content of the certificate that `eligibility.check` has allowed for this household and these options.

    Raises `Withheld` (`seal_not_registered`, `members_none`, `record_incomplete`, `tax_not_assessed`,
    `register_elsewhere`) where nothing could be said, should it be called without that check.
    """
    match options:
        case ResidentRecordOptions():
            return _resident_record(household, options)
        case ResidentRecordItemsOptions():
            return _items(household, options)
        case SealRegistrationOptions():
            return _seal(household)
        case IncomeOptions() | TaxationOptions() | TaxPaymentOptions():
            return _tax(tax_entry(household, options.fiscal_year), kind_of(options), household.holder)
        case _:
            return _family(household, options)


def _seal(household: Household) -> SealRegistration:
    holder = household.holder
    if household.seal is None or household.seal.resident_no != holder.resident_no:
        raise Withheld("seal_not_registered")
    return SealRegistration(
        name=holder.name,
        alias=holder.alias,
        birth_date=holder.birth_date,
        address=holder.address,
        seal_png=household.seal.seal_png,
        is_foreign=holder.foreign is not None,
    )


def _resident_record(household: Household, options: ResidentRecordOptions) -> ResidentRecord:
    shown = chosen_members(household, options.members)
    if not shown:
        raise Withheld("members_none")
    head_name = _head_name(household) if options.head_and_relation else None
    return ResidentRecord(
        people=tuple(_person(member, options, head_name) for member in shown),
        whole=not options.members,
    )


def _person(member: Resident, options: ResidentRecordOptions, head_name: str | None) -> PersonContent:
    domicile = options.registered_domicile
    citizen = member.foreign is None
    return PersonContent(
        name=member.name,
        alias=member.alias,
        birth_date=member.birth_date,
        sex=member.sex,
        address=member.address,
        became_resident_on=member.became_resident_on,
        address_since=member.address_since,
        notified_on=member.notified_on,
        previous_address=member.previous_address,
        head_name=head_name,
        relation=member.relation.value if options.head_and_relation else None,
        registered_domicile=member.registered_domicile if domicile and citizen else None,
        family_register_head=member.family_register_head if domicile and citizen else None,
        individual_number=member.individual_number if options.individual_number else None,
        foreign=member.foreign if domicile else None,
        is_foreign=not citizen,
    )


def _items(household: Household, options: ResidentRecordItemsOptions) -> ResidentRecordItems:
    shown = chosen_members(household, options.members)
    if not shown:
        raise Withheld("members_none")
    asked = frozenset(options.items)
    head_name = _head_name(household) if RecordItem.HEAD_AND_RELATION in asked else None
    people = tuple(_items_of(member, asked, head_name) for member in shown)
    return ResidentRecordItems(people=people, whole=not options.members)


def _items_of(member: Resident, asked: frozenset[RecordItem], head_name: str | None) -> ItemsPerson:
    domicile = RecordItem.REGISTERED_DOMICILE in asked
    since = RecordItem.RESIDENT_SINCE in asked
    citizen = member.foreign is None
    return ItemsPerson(
        name=member.name,
        alias=member.alias,
        birth_date=member.birth_date,
        address=member.address,
        sex=member.sex if RecordItem.SEX in asked else None,
        became_resident_on=member.became_resident_on if since else None,
        address_since=member.address_since if since else None,
        head_name=head_name,
        relation=member.relation.value if RecordItem.HEAD_AND_RELATION in asked else None,
        registered_domicile=member.registered_domicile if domicile and citizen else None,
        family_register_head=member.family_register_head if domicile and citizen else None,
        individual_number=member.individual_number if RecordItem.INDIVIDUAL_NUMBER in asked else None,
        foreign=member.foreign if domicile else None,
        is_foreign=not citizen,
    )


def _head_name(household: Household) -> str:
    heads = [member.name for member in household.present_members if member.relation is Relation.HEAD]
    if len(heads) != 1:
        raise Withheld("record_incomplete")
    return heads[0]


def tax_entry(household: Household, fiscal_year: int) -> TaxEntry:
    """The holder's entry of that year; `Withheld` if this municipality did not assess the holder in it."""
    holder = household.holder.resident_no
    for entry in household.taxes:
        if (entry.resident_no, entry.fiscal_year) == (holder, fiscal_year):
            return entry
    raise Withheld("tax_not_assessed")


def _tax(entry: TaxEntry, kind: Kind, holder: Resident) -> TaxCertificate:
    assessed, paid = kind is Kind.TAXATION, kind is Kind.TAX_PAYMENT
    return TaxCertificate(
        kind=kind,
        name=holder.name,
        alias=holder.alias,
        birth_date=holder.birth_date,
        is_foreign=holder.foreign is not None,
        address=entry.address,
        fiscal_year=entry.fiscal_year,
        income=None if paid else entry.income,
        dependants=None if paid else entry.dependants,
        deductions=entry.deductions if assessed else None,
        levies=entry.levies if assessed else None,
        payment=entry.payment if paid else None,
    )


def registered(household: Household) -> tuple[FamilyRegister, RegisterMember]:
    """The holder's register and place in it; `Withheld` if this municipality does not keep it."""
    register = household.register
    member = None if register is None else register.member(household.holder.resident_no)
    if register is None or member is None:
        raise Withheld("register_elsewhere")
    return register, member


def shown_registered(household: Household, options: FamilyOptions) -> tuple[RegisterMember, ...]:
    """Whom a family register certificate shows."""
    register, holder = registered(household)
    return shown_in(register, holder, options)


def shown_in(register: FamilyRegister, holder: RegisterMember, options: FamilyOptions) -> tuple[RegisterMember, ...]:
    """Whom it shows of this register: a whole register shows removed persons too, marked as such."""
    if isinstance(options, FamilyRegisterAllOptions):
        return register.members
    return chosen_registered(register, holder, options.members)


def _family(household: Household, options: FamilyOptions) -> FamilyRegisterCertificate | AddressRecordCertificate:
    register, _ = registered(household)
    shown = shown_registered(household, options)
    if not shown:
        raise Withheld("members_none")
    return family_content(register, shown, options)


def family_content(
    register: FamilyRegister, shown: tuple[RegisterMember, ...], options: FamilyOptions
) -> FamilyRegisterCertificate | AddressRecordCertificate:
    """What a certificate of this register says of those who are shown."""
    if isinstance(options, FamilyRegisterAddressOptions):
        domicile = options.registered_domicile
        return AddressRecordCertificate(
            domicile=register.domicile if domicile else None,
            head_name=register.head_name if domicile else None,
            people=tuple(
                AddressPerson(member.person.name, member.person.birth_date, member.sex, member.addresses)
                for member in shown
            ),
            whole=not options.members,
        )
    return FamilyRegisterCertificate(
        domicile=register.domicile,
        head_name=register.head_name,
        made_on=register.made_on,
        people=tuple(member.person for member in shown),
        whole=isinstance(options, FamilyRegisterAllOptions),
    )
