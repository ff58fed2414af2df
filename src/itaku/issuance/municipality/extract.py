"""What a certificate says about a household: chosen members and chosen facts, nothing else (必要な項目だけ).

住民票コード is not part of these registers, removed members (除票) are never shown, and what was not asked for is
None (省略) before it reaches the form, so that no form can print it.
"""

from __future__ import annotations

from itaku.issuance.certificates.content import Content, PersonContent, ResidentRecord, SealRegistration
from itaku.issuance.municipality.members import chosen_members
from itaku.issuance.municipality.registry import Household, Relation, Resident
from itaku.issuance.municipality.withheld import Withheld
from itaku.issuance.protocol.kinds import Options, ResidentRecordOptions


def extract(household: Household, options: Options) -> Content:
    """The content of the certificate that `eligibility.check` has allowed for this household and these options.

    Raises `Withheld` (`seal_not_registered`, `members_none`, `record_incomplete`) where nothing could be said, should
    it be called without that check.
    """
    if isinstance(options, ResidentRecordOptions):
        return _resident_record(household, options)
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
    shown = chosen_members(household, options)
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


def _head_name(household: Household) -> str:
    heads = [member.name for member in household.present_members if member.relation is Relation.HEAD]
    if len(heads) != 1:
        raise Withheld("record_incomplete")
    return heads[0]
