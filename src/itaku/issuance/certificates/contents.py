"""What a certificate of any kind says: the contents of all rooms as one type, and the kind to which each belongs."""

from __future__ import annotations

from itaku.issuance.certificates.content import (
    ItemsPerson,
    PersonContent,
    ResidentRecord,
    ResidentRecordItems,
    SealRegistration,
)
from itaku.issuance.certificates.register_facts import (
    AddressPerson,
    AddressRecordCertificate,
    FamilyRegisterCertificate,
    RegisterPerson,
)
from itaku.issuance.certificates.tax_facts import TaxCertificate
from itaku.issuance.protocol.kinds import Kind

Content = (
    ResidentRecord
    | ResidentRecordItems
    | SealRegistration
    | TaxCertificate
    | FamilyRegisterCertificate
    | AddressRecordCertificate
)
"""What one certificate says."""

Named = PersonContent | ItemsPerson | SealRegistration | TaxCertificate | RegisterPerson | AddressPerson
"""Whoever a certificate is about: each has a name and a birth date."""


def kind_of_content(content: Content) -> Kind:
    """The kind of the certificate that says this."""
    match content:
        case ResidentRecord():
            return Kind.RESIDENT_RECORD
        case ResidentRecordItems():
            return Kind.RESIDENT_RECORD_ITEMS
        case SealRegistration():
            return Kind.SEAL_REGISTRATION
        case TaxCertificate():
            return content.kind
        case FamilyRegisterCertificate():
            return Kind.FAMILY_REGISTER_ALL if content.whole else Kind.FAMILY_REGISTER_INDIVIDUAL
        case AddressRecordCertificate():
            return Kind.FAMILY_REGISTER_ADDRESS


def people_of(content: Content) -> tuple[Named, ...]:
    """Everyone whom the certificate is about, in its order."""
    return (content,) if isinstance(content, SealRegistration | TaxCertificate) else content.people
