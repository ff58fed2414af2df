"""Every document that either contract names is made, as PDF and as Word, with its title, its clause and its blanks."""

from __future__ import annotations

import functools

import pytest
from certificates_lives import signed
from marathon_lives import Marathon
from paper_reading import outside_margins, pdf_text, squeezed, word_headings, word_text

from itaku.basis.rates import known_rates
from itaku.basis.text import full_width_digits
from itaku.contracts.engine.events import catalogue
from itaku.contracts.engine.result import Result
from itaku.contracts.model.references import ABOUT_INSTANCES, read_reference
from itaku.contracts.papers.definitions import candidates, clauses_of, definitions
from itaku.contracts.papers.drafting import draft
from itaku.contracts.papers.pdf import pdf
from itaku.contracts.papers.places import place
from itaku.contracts.papers.word import word
from itaku.contracts.shelf import form


@functools.cache
def just_signed(name: str) -> Result:
    return (Marathon() if name == "marathon" else signed()).on("2026-05-01")


ALL = [(name, paper) for name in ("marathon", "certificates") for paper in form(name).papers]


@pytest.mark.parametrize(("name", "paper"), ALL)
def test_every_paper_is_made_with_its_title_its_clause_and_its_blanks(name: str, paper: str) -> None:
    result = just_signed(name)
    fitting = [each.id for each in candidates(result, paper)]
    drafted = draft(result, paper, fitting[0] if fitting else None)
    printed, written = pdf_text(pdf(drafted)), word_text(word(drafted))
    assert drafted.unsettled
    for text in (printed, written):
        assert squeezed(drafted.title_ja) in text
        assert squeezed(drafted.contract_ja) in text
        assert all(squeezed(clause) in text for clause in clauses_of(form(name), paper))
        assert all(squeezed(each.ja) in text and squeezed(each.clause) in text for each in drafted.waiting)
        assert f"seq{result.seq}" in text
        assert drafted.provenance.contract_sha256 in text
        assert "案" in text
    assert word_headings(word(drafted))[0] == drafted.title_ja


@pytest.mark.parametrize("name", ["marathon", "certificates"])
def test_every_paper_is_wanted_by_a_clause_and_says_who_writes_it_and_what_stands_in_it(name: str) -> None:
    found = {each.name: each for each in definitions(just_signed(name))}
    assert set(found) == set(form(name).papers)
    for each in found.values():
        assert each.clauses, each.name
        assert each.drafter, each.name
        assert each.fields, each.name
        assert each.copies >= 1


@pytest.mark.parametrize("name", ["marathon", "certificates"])
def test_every_reference_of_a_blank_names_what_the_contract_has(name: str) -> None:
    contract = form(name)
    known = {
        "term": contract.terms,
        "old": contract.terms,
        "policy": contract.policies,
        "rate": known_rates(),
        "field-of": catalogue(contract),
        "sum-of": catalogue(contract),
        "count-of": catalogue(contract),
    } | dict.fromkeys(ABOUT_INSTANCES, frozenset(each.id for each in contract.provisions))
    fields = {field for each in catalogue(contract).values() for field in (*each.fields, *each.keys)}
    seen = 0
    for paper in contract.papers.values():
        for field in paper.fields.values():
            if field.source is None:
                continue
            reference = read_reference(field.source)
            seen += 1
            if reference.source in known:
                assert reference.name in known[reference.source], field.source
            if reference.source == "field":
                assert reference.name in fields, field.source
            if reference.part:
                assert reference.part in catalogue(contract)[reference.name].fields, field.source
    assert seen > 20


@pytest.mark.parametrize(
    ("name", "clause", "words"),
    [
        ("marathon", "S2-11-2", "第11条第2項"),
        ("marathon", "S2-16/催告", "第16条"),
        ("marathon", "S2-17-1-6", "第17条第1項第6号"),
        ("marathon", "S2-12-3-後", "第12条第3項後段"),
        ("marathon", "S2-R2-3", "談合等及び暴力団等排除に係る契約解除と損害賠償に関する特約条項第2条第3項"),
        ("marathon", "S2-P3-4", "個人情報取扱特記事項（S2-P3-4）"),
        ("marathon", "S2-H5", "頭書（S2-H5）"),
        ("certificates", "S1-15-1-但", "第15条第1項ただし書"),
        ("certificates", "S1-A2-3", "別紙2（個人情報）（S1-A2-3）"),
        ("certificates", "S1-Z1", "S1-Z1"),
    ],
)
def test_a_clause_is_cited_by_its_place_only_where_the_text_counts_so(name: str, clause: str, words: str) -> None:
    assert place(form(name), clause) == words


def test_what_is_due_stands_with_its_paper_and_a_right_is_told_from_a_duty() -> None:
    found = {each.name: each for each in definitions(just_signed("marathon"))}
    (report, _) = found["completion-report"].due
    assert (report.instance, report.state, str(report.due)) == ("S2-12-1-但-R7[e1]", "violated", "2026-03-31")
    assert not report.is_right
    assert found["inspection-record"].due == ()
    assert [each.is_right for each in found["inquiry"].due] == [True]


def test_nothing_stands_outside_the_margins_however_long_its_words_are() -> None:
    life = Marathon()
    life.tell("2026-03-25", "inquiry.made", inquiry="Q1", sort="report")
    drafted = draft(
        life.on("2026-04-01"),
        "inquiry",
        "S2-6[inquiry=Q1]",
        {"matter": "A" * 300 + "\n" + "長い文" * 200 + "\nhttps://example.jp/" + "x-" * 90, "paper.to": "W" * 120},
    )
    made = pdf(drafted)
    assert outside_margins(made, 62.3) == []  # 22 mm
    assert "A" * 300 in pdf_text(made)
    assert "長い文" * 200 in pdf_text(made)


def test_a_number_in_full_width_digits_is_read_as_the_same_number() -> None:
    entered = {"amount": full_width_digits("金1,500,000円"), "account": "みなと銀行"}
    drafted = draft(just_signed("marathon"), "invoice", None, entered)
    assert next(each.value for each in drafted.entries if each.name == "amount") == "1,500,000円"
