import datetime as dt

import kind_specimens as k
import msgspec
import pytest
from certificate_specimens import (
    CODE_KEY,
    DAY,
    KEY_ID,
    NOW,
    binding,
    issuer,
    raster,
    renderer,
)

from itaku.basis.yen import Yen
from itaku.issuance.certificates.code import read_code, verify_code
from itaku.issuance.certificates.contents import kind_of_content, people_of
from itaku.issuance.certificates.failures import (
    MissingGlyph,
    ReadBackMismatch,
    RecordIncomplete,
    RenderFailed,
    TextTooLong,
)
from itaku.issuance.certificates.readback import ReadBack, compare, read_back
from itaku.issuance.certificates.register_facts import AddressEntry, Birth, Marriage
from itaku.issuance.protocol.kinds import Kind

CHANGES = {name: dict(k.changed(content)) for name, content in k.SPECIMENS.items()}


@pytest.fixture(scope="module")
def finished():
    return {name: renderer().render(content, binding(), DAY, NOW) for name, content in k.SPECIMENS.items()}


@pytest.fixture(scope="module")
def backs(finished) -> dict[str, ReadBack]:
    return {name: read_back(rendered.pdf) for name, rendered in finished.items()}


@pytest.mark.parametrize("name", k.SPECIMENS)
def test_each_kind_is_printed_as_its_record_says(name, backs):
    compare(backs[name], k.SPECIMENS[name], binding(), issuer())


@pytest.mark.parametrize("name", k.SPECIMENS)
def test_no_fact_of_another_person_passes_read_back(name, backs):
    assert len(CHANGES[name]) >= 6
    passed = []
    for path, other in CHANGES[name].items():
        try:
            compare(backs[name], other, binding(), issuer())
        except ReadBackMismatch:
            continue
        passed.append(path)
    assert passed == []


@pytest.mark.parametrize("name", k.SPECIMENS)
def test_a_namesakes_document_of_each_kind_is_noticed(name, backs):
    with pytest.raises(ReadBackMismatch) as caught:
        compare(backs[name], k.SPECIMENS[name], binding(resident=0x23), issuer())
    assert caught.value.facts == ("resident_key",)


@pytest.mark.parametrize("name", k.SPECIMENS)
def test_a_document_of_each_kind_made_for_another_application_is_noticed(name, backs):
    with pytest.raises(ReadBackMismatch) as caught:
        compare(backs[name], k.SPECIMENS[name], binding(application=0x12), issuer())
    assert caught.value.facts == ("application_digest",)


@pytest.mark.parametrize("name", k.SPECIMENS)
def test_no_kind_passes_for_another(name, backs):
    for other, content in k.SPECIMENS.items():
        if other != name:
            with pytest.raises(ReadBackMismatch):
                compare(backs[name], content, binding(), issuer())


@pytest.mark.parametrize("name", k.SPECIMENS)
def test_the_code_on_paper_says_kind_and_people(name, finished, tmp_path):
    facts = verify_code(read_code(raster(finished[name].pdf, tmp_path, 300)), {KEY_ID: CODE_KEY.public_key()})
    assert facts.kind is kind_of_content(k.SPECIMENS[name])
    on_first = people_of(k.SPECIMENS[name])[: len(facts.people)]
    assert [(person.name, person.birth_date) for person in facts.people] == [
        (renderer_text(person.name), person.birth_date) for person in on_first
    ]


def renderer_text(text):
    from itaku.issuance.certificates.fonts import installed_font

    return installed_font().as_drawn(text)


def test_the_numbers_of_kinds_in_codes_never_change():
    from itaku.issuance.certificates.code import _KINDS

    assert [kind.value for kind in _KINDS] == [
        "resident-record",
        "seal-registration",
        "resident-record-items",
        "income",
        "taxation",
        "tax-payment",
        "family-register-all",
        "family-register-individual",
        "family-register-address",
    ]
    assert set(_KINDS) == set(Kind)


def test_whoever_is_not_taxed_gets_a_certificate_of_non_taxation(backs):
    taxed, untaxed = backs["taxation"].sheets[0], backs["non-taxation"].sheets[0]
    assert taxed.text.startswith("課税証明書")
    assert untaxed.text.startswith("非課税証明書")
    assert "課税されていないことを証明する" in untaxed.text
    assert "課税されていないことを証明する" not in taxed.text


def test_unpaid_tax_is_said_on_the_certificate_of_payment(backs):
    (page,) = backs["tax-payment"].sheets
    assert page.printed.people[0]["payment_overdue_yen"] == "50,500円"
    assert page.printed.people[0]["payment_paid_yen"] == "101,500円"


def test_items_that_were_not_asked_for_have_no_row():
    plain = msgspec.structs.replace(
        k.items().people[0],
        sex=None,
        became_resident_on=None,
        address_since=None,
        head_name=None,
        relation=None,
        registered_domicile=None,
        family_register_head=None,
        individual_number=None,
    )
    content = msgspec.structs.replace(k.items(), people=(plain,))
    back = read_back(renderer().render(content, binding(), DAY, NOW).pdf)
    compare(back, content, binding(), issuer())
    for label in ("性別", "世帯主", "本籍", "個人番号", "住民となった"):
        assert label not in back.sheets[0].text


def test_one_person_of_a_register_is_printed_without_the_others(backs):
    (page,) = backs["family-register-individual"].sheets
    assert page.printed.scope == "一部"
    assert [person["name"] for person in page.printed.people] == ["桜"]
    assert "渡邊" not in page.text


def test_whoever_was_removed_from_the_register_is_marked(backs):
    everyone = backs["family-register-all"].people
    assert ["removed" in person for person in everyone] == [False, False, True]


@pytest.mark.parametrize(
    ("day", "printed"),
    [
        (dt.date(1912, 7, 29), "明治45年7月29日"),
        (dt.date(1912, 7, 30), "大正元年7月30日"),
        (dt.date(1926, 12, 24), "大正15年12月24日"),
        (dt.date(1926, 12, 25), "昭和元年12月25日"),
        (dt.date(1989, 1, 7), "昭和64年1月7日"),
        (dt.date(1989, 1, 8), "平成元年1月8日"),
        (dt.date(2019, 4, 30), "平成31年4月30日"),
        (dt.date(2019, 5, 1), "令和元年5月1日"),
    ],
)
def test_the_days_of_a_register_stand_in_the_era_of_their_day(day, printed):
    born = dt.date(1900, 1, 1)
    entries = (Birth(born, "汐見市", born, "父"), Marriage(day, "髙﨑　桜", former_register="神戸市中央区港町9番"))
    person = msgspec.structs.replace(k.FATHER, birth_date=born, entries=entries)
    content = k.register(person, made_on=day)
    back = read_back(renderer().render(content, binding(), DAY, NOW).pdf)
    compare(back, content, binding(), issuer())
    assert back.people[0]["made_on"] == printed
    assert back.people[0]["entry_1_0_婚姻日"] == printed


@pytest.mark.parametrize(
    ("year", "printed"),
    [
        (2018, "平成30年度（平成29年中分）"),
        (2019, "平成31年度（平成30年中分）"),
        (2020, "令和2年度（令和元年中分）"),
        (2026, "令和8年度（令和7年中分）"),
    ],
)
def test_a_fiscal_year_stands_in_the_era_of_its_first_day(year, printed):
    content = k.tax(Kind.INCOME, fiscal_year=year)
    back = read_back(renderer().render(content, binding(), DAY, NOW).pdf)
    compare(back, content, binding(), issuer())
    assert back.sheets[0].printed.scope == printed


def test_rare_forms_in_a_register_are_drawn_as_the_register_has_them(tmp_path):
    """葛 and 辻 have two forms each: the sheets must differ in ink, for text alone cannot prove a glyph."""
    usual = k.register(msgspec.structs.replace(k.CHILD, given_name="辻\U000e0102之"), whole=False)
    other = k.register(msgspec.structs.replace(k.CHILD, given_name="辻\U000e0103之"), whole=False)
    first, second = (
        raster(renderer().render(content, binding(), DAY, NOW).pdf, tmp_path, 300).crop((700, 600, 1200, 1100))
        for content in (usual, other)
    )
    assert first.tobytes() != second.tobytes()
    back = read_back(renderer().render(usual, binding(), DAY, NOW).pdf)
    with pytest.raises(ReadBackMismatch):
        compare(back, other, binding(), issuer())


def test_a_character_that_the_font_lacks_is_refused_in_every_kind():
    wrong = "丆"
    for content in (
        k.tax(Kind.INCOME, name=f"汐見　{wrong}"),
        k.register(msgspec.structs.replace(k.FATHER, mother=wrong)),
        msgspec.structs.replace(
            k.address_record(),
            people=(msgspec.structs.replace(k.address_record().people[0], name=wrong),),
        ),
        msgspec.structs.replace(k.items(), people=(msgspec.structs.replace(k.items().people[0], name=wrong),)),
    ):
        with pytest.raises(MissingGlyph):
            renderer().check_text(content)


def test_a_person_with_more_entries_than_a_page_holds_is_for_the_counter():
    long = msgspec.structs.replace(
        k.FATHER,
        entries=(*k.FATHER.entries, *[Marriage(dt.date(2012, 2, 2), "髙﨑　桜", former_register="神戸市")] * 9),
    )
    with pytest.raises(TextTooLong):
        renderer().check_text(k.register(long))


def _with_people(record, **changes):
    return msgspec.structs.replace(record, people=(msgspec.structs.replace(record.people[0], **changes),))


INCOMPLETE = {
    "blank name of a taxpayer": k.tax(name="　"),
    "blank address on 1 January": k.tax(address=""),
    "income that does not add up": k.tax(income=msgspec.structs.replace(k.INCOME, total_yen=Yen(1))),
    "deductions that do not add up": k.tax(deductions=msgspec.structs.replace(k.DEDUCTIONS, total_yen=Yen(1))),
    "levies that do not add up": k.tax(levies=msgspec.structs.replace(k.LEVIES, annual_yen=Yen(1))),
    "payment that does not add up": k.tax(
        Kind.TAX_PAYMENT, payment=msgspec.structs.replace(k.PAYMENT, overdue_yen=Yen(0))
    ),
    "no income at all": k.tax(income=None),
    "a part of another kind": k.tax(Kind.INCOME, levies=k.LEVIES),
    "no such tax certificate": k.tax(kind=Kind.SEAL_REGISTRATION),
    "blank domicile of a register": k.register(domicile=""),
    "blank head of a register": k.register(head_name=" "),
    "nobody in a register": msgspec.structs.replace(k.register(), people=()),
    "blank relation to the parents": _with_people(k.register(), relation=""),
    "blank given name": _with_people(k.register(), given_name="　"),
    "no birth entry": _with_people(k.register(), entries=k.FATHER.entries[1:]),
    "another birth date than the birth entry": _with_people(k.register(), birth_date=dt.date(1984, 3, 15)),
    "married before birth": _with_people(
        k.register(), entries=(k.FATHER.entries[0], Marriage(dt.date(1980, 1, 1), "髙﨑　桜", former_register="神戸市"))
    ),
    "blank notifier": _with_people(
        k.register(), entries=(Birth(k.FATHER.birth_date, "汐見市", k.FATHER.birth_date, ""),)
    ),
    "no address in the 附票": _with_people(k.address_record(), addresses=()),
    "addresses out of order": _with_people(
        k.address_record(),
        addresses=(AddressEntry("汐見市", dt.date(2019, 5, 1)), AddressEntry("神戸市", dt.date(2012, 2, 2))),
    ),
    "domicile without head": msgspec.structs.replace(k.address_record(), head_name=None),
    "blank individual number": _with_people(k.items(), individual_number=""),
}


@pytest.mark.parametrize("case", INCOMPLETE)
def test_what_is_blank_or_contradicts_itself_is_withheld_before_it_is_drawn(case):
    with pytest.raises(RecordIncomplete):
        renderer().render(INCOMPLETE[case], binding(), DAY, NOW)


def test_the_largest_family_register_page_still_fits_its_code_and_back():
    people = tuple(
        msgspec.structs.replace(k.MOTHER, given_name=f"{'一二三四五六七八九'[index]}子", entries=k.MOTHER.entries[:1])
        for index in range(9)
    )
    content = k.register(*people)
    try:
        rendered = renderer().render(content, binding(), DAY, NOW)
    except RenderFailed:
        pytest.fail("a register that fits its pages must fit their backs")
    back = read_back(rendered.pdf)
    compare(back, content, binding(), issuer())
    assert back.pages >= 3
