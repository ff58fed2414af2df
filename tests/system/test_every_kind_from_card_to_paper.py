from __future__ import annotations

import subprocess

import pytest

from itaku.commands.issue import NotIssuedError, Wish, issue
from itaku.commands.issue_options import Choices, options_of
from itaku.issuance.protocol.kinds import Kind, TaxationOptions
from itaku.supervisor.progress import Silence

EVERY_FLAG = Choices(domicile=True, relation=True, individual_number=True, sex=True, resident_since=True)


def printed(sandbox, kind, resident="r0009", choices=Choices()):  # noqa: B008 frozen
    wish = Wish(resident, options_of(kind, choices), kind, 1, "1234")
    issued = issue(sandbox.directory, wish, Silence())
    text = subprocess.run(["pdftotext", "-raw", issued.pdf, "-"], capture_output=True, text=True, check=True).stdout
    return "".join(text.split())


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (Kind.INCOME, "所得証明書"),
        (Kind.TAX_PAYMENT, "納税証明書"),
        (Kind.FAMILY_REGISTER_ALL, "戸籍全部事項証明書"),
        (Kind.FAMILY_REGISTER_INDIVIDUAL, "戸籍個人事項証明書"),
    ],
)
def test_each_kind_goes_from_card_to_paper(sandbox, kind, title):
    assert title in printed(sandbox, kind)


def test_chosen_items_go_from_card_to_paper(sandbox):
    text = printed(sandbox, Kind.RESIDENT_RECORD_ITEMS, "r0001", EVERY_FLAG)
    assert "住民票記載事項証明書" in text
    assert "個人番号" in text


def test_the_address_record_goes_from_card_to_paper(sandbox):
    text = printed(sandbox, Kind.FAMILY_REGISTER_ADDRESS, choices=Choices(domicile=True))
    assert "戸籍の附票" in text
    assert "住所の履歴" in text


def test_whoever_is_taxed_and_whoever_is_not_get_each_their_own_certificate(sandbox):
    assert "非課税証明書" not in printed(sandbox, Kind.TAXATION, "r0001")
    assert "非課税証明書" in printed(sandbox, Kind.TAXATION, "r0003")


@pytest.mark.parametrize(
    ("kind", "resident", "code"),
    [
        (Kind.FAMILY_REGISTER_ALL, "r0001", "register_elsewhere"),
        (Kind.FAMILY_REGISTER_ALL, "r0024", "register_foreign"),
        (Kind.FAMILY_REGISTER_ALL, "r0072", "register_filing_pending"),
        (Kind.INCOME, "r0038", "tax_undeclared"),
        (Kind.TAX_PAYMENT, "r0078", "tax_not_assessed"),
        (Kind.INCOME, "r0007", "tax_filing_pending"),
    ],
)
def test_each_block_is_answered_with_its_own_reason(sandbox, kind, resident, code):
    with pytest.raises(NotIssuedError) as refused:
        printed(sandbox, kind, resident)
    assert refused.value.code == code


def test_a_year_that_is_not_offered_is_refused(sandbox):
    wish = Wish("r0001", TaxationOptions(2019), Kind.TAXATION, 1, "1234")
    with pytest.raises(NotIssuedError) as refused:
        issue(sandbox.directory, wish, Silence())
    assert refused.value.code == "fiscal_year_not_offered"
