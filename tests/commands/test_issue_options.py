import pytest

from itaku.cli import KINDS
from itaku.commands.issue_options import ChoiceError, Choices, options_of, tax_options
from itaku.issuance.protocol.kinds import (
    OPTIONS_TYPE,
    TAX_KINDS,
    FamilyRegisterAddressOptions,
    FamilyRegisterIndividualOptions,
    Kind,
    Member,
    RecordItem,
    ResidentRecordItemsOptions,
    TaxationOptions,
    kind_of,
)


def test_the_command_line_offers_every_kind():
    assert tuple(kind.value for kind in Kind) == KINDS


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_options_of_its_own(kind):
    options = options_of(kind, Choices())
    if kind in TAX_KINDS:
        assert options is None, "the year is the menu's"
        options = tax_options(kind, 2026)
    assert kind_of(options) is kind
    assert type(options) is OPTIONS_TYPE[kind]


def test_flags_become_the_choices_of_their_kind():
    everything = Choices(("self",), domicile=True, relation=True, individual_number=True, sex=True, resident_since=True)
    assert options_of(Kind.RESIDENT_RECORD_ITEMS, everything) == ResidentRecordItemsOptions(
        (Member.SELF,), tuple(RecordItem)
    )
    assert options_of(Kind.FAMILY_REGISTER_INDIVIDUAL, Choices()) == FamilyRegisterIndividualOptions((Member.SELF,))
    assert options_of(Kind.FAMILY_REGISTER_ADDRESS, Choices(domicile=True)) == FamilyRegisterAddressOptions((), True)
    assert options_of(Kind.TAXATION, Choices(fiscal_year=2025)) == TaxationOptions(2025)


@pytest.mark.parametrize(
    ("kind", "choices", "flag"),
    [
        (Kind.SEAL_REGISTRATION, Choices(("self",)), "--members"),
        (Kind.INCOME, Choices(domicile=True), "--domicile"),
        (Kind.FAMILY_REGISTER_ALL, Choices(("self",)), "--members"),
        (Kind.RESIDENT_RECORD, Choices(fiscal_year=2026), "--fiscal-year"),
        (Kind.RESIDENT_RECORD, Choices(resident_since=True), "--resident-since"),
        (Kind.RESIDENT_RECORD, Choices(("uncle",)), "--members"),
    ],
)
def test_a_flag_that_the_kind_does_not_know_is_refused_by_name(kind, choices, flag):
    with pytest.raises(ChoiceError, match=flag):
        options_of(kind, choices)
