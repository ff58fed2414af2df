"""`itaku clauses`: every clause of the contracts on the shelf, what answers it, and which tests show that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from itaku.contracts.model.answers import Answer, AnswerKind, answers
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.kinds import Common, Definition, Outside
from itaku.contracts.model.parts import Words, names
from itaku.contracts.model.register import ids_of
from itaku.contracts.shelf import form, forms
from itaku.contracts.shown import shown_by

ANSWERS: dict[AnswerKind, str] = {
    "rule": "ルール",
    "paper": "書類",
    "evidence": "証跡",
    "definition": "定義",
    "outside": "対象外",
}


class Clause(msgspec.Struct, frozen=True):
    """One clause id: its place, what answers it under which name, and the tests that show it.

    `answer` is None where nothing answers it. `name` is the rules' ids, the paper's title, the evidence's slots, the
    defined word, or what the desk shows instead. `missing` is what a definition's text lacks, `note` its known defects.
    """

    clause: str
    contract: str
    part: str
    heading: str
    ja: str
    en: str
    answer: AnswerKind | None
    kind: str
    name: str
    provisions: tuple[str, ...]
    note: tuple[Words, ...]
    tests: tuple[str, ...]


def coverage(contracts: Iterable[str]) -> Iterator[Clause]:
    """Every clause id of these forms, in the order of their papers, answered or not."""
    for each in contracts:
        contract = form(each)
        texts: dict[str, Common] = {text.id: text for text in contract.provisions}
        found = {answer.clause: answer for answer in answers(contract)}
        for name in dict.fromkeys((*ids_of(contract.head.id), *found)):
            answer = found.get(name)
            if answer is None:
                yield Clause(name, each, contract.part_of(name), "", "", "", None, "", "", (), (), ())
            else:
                yield _answered(each, contract, texts, answer)


def _answered(shelf_name: str, contract: Contract, texts: dict[str, Common], answer: Answer) -> Clause:
    provisions = [texts[each] for each in answer.provisions]
    first = texts.get(answer.clause, provisions[0])
    tests = sorted({test for each in answer.provisions for test in shown_by().get(each, ())})
    return Clause(
        answer.clause,
        shelf_name,
        contract.part_of(answer.clause),
        first.heading,
        first.ja,
        first.en,
        answer.answer,
        answer.kind,
        _name(contract, first, answer),
        answer.provisions,
        tuple(_defects(provisions)),
        tuple(tests),
    )


def _name(contract: Contract, first: Common, answer: Answer) -> str:
    if isinstance(first, Definition):
        return first.term or first.ja
    if isinstance(first, Outside):
        return first.shows.ja
    if answer.answer == "paper":
        return "、".join(contract.papers[paper].ja for paper in names(first.paper))
    if answer.answer == "evidence":
        return "、".join(slot.ja for slot in first.evidence)
    return "、".join(answer.provisions)


def _defects(provisions: Sequence[Common]) -> Iterator[Words]:
    for each in provisions:
        if isinstance(each, Definition) and each.missing is not None:
            yield each.missing
        yield from each.note


def begins_with(clause: str, prefix: str) -> bool:
    """Whether an id lies under a prefix: S2-1 means S2-1 and S2-1-2, not S2-12; S2-D means S2-D4.1 too."""
    rest = clause.removeprefix(prefix)
    return clause.startswith(prefix) and not (prefix[-1:].isdigit() and rest[:1].isdigit())


def clauses(contract: str | None, answer: str | None, prefixes: Sequence[str], *, names_of_tests: bool) -> Any:
    """The chosen clauses with totals, as data and as text."""
    chosen = [
        each
        for each in coverage(forms() if contract is None else (contract,))
        if (answer is None or each.answer == answer)
        and (not prefixes or any(begins_with(each.clause, prefix) for prefix in prefixes))
    ]
    totals = {
        "clauses": len(chosen),
        "answers": {each: sum(clause.answer == each for clause in chosen) for each in ANSWERS},
        "unanswered": [each.clause for each in chosen if each.answer is None],
        "without_test": [each.clause for each in chosen if not each.tests],
        "with_defects": sum(bool(each.note) for each in chosen),
    }
    return {"clauses": chosen, "totals": totals}, _text(chosen, totals, names_of_tests)


def _text(chosen: Sequence[Clause], totals: dict[str, Any], names_of_tests: bool) -> str:
    lines: list[str] = []
    place = ("", "")
    for each in chosen:
        if (each.contract, each.part) != place:
            place = each.contract, each.part
            lines += ["", *_part_lines(chosen, each)]
        lines += _clause_lines(each, names_of_tests)
    lines += ["", *_total_lines(totals)]
    return "\n".join(lines).lstrip("\n")


def _part_lines(chosen: Sequence[Clause], first: Clause) -> list[str]:
    contract = form(first.contract)
    part = contract.parts[first.part]
    inside = [each for each in chosen if (each.contract, each.part) == (first.contract, first.part)]
    count = Counter(each.answer for each in inside)
    told = "、".join(f"{word} {count[kind]}" for kind, word in ANSWERS.items() if count[kind])
    return [f"{contract.head.ja}  {first.part} {part.ja} / {part.en}  {len(inside)} 条項（{told}）"]


def _clause_lines(each: Clause, names_of_tests: bool) -> list[str]:
    heading = f"【{each.heading}】" if each.heading else ""
    if each.answer is None:
        return [f"  {each.clause}  答えなし / nothing answers it"]
    tests = f"テスト {len(each.tests)}" if each.tests else "テストなし / NO TEST"
    called = f"「{each.name}」 " if each.name not in {each.clause, each.ja} else ""
    lines = [f"  {each.clause}  {ANSWERS[each.answer]} {each.answer}  {called}{tests}  {heading}{each.ja}"]
    lines += [f"      本文の注意: {note.ja}" for note in each.note]
    lines += [f"      {test}" for test in each.tests if names_of_tests]
    return lines


def _total_lines(totals: dict[str, Any]) -> list[str]:
    told = "、".join(f"{word} {kind} {totals['answers'][kind]}" for kind, word in ANSWERS.items())
    lines = [f"条項 {totals['clauses']} / clauses: {told}。本文に注意のある条項 {totals['with_defects']} / with notes"]
    for key, words in (
        ("unanswered", "答えのない条項 / unanswered"),
        ("without_test", "テストのない条項 / without test"),
    ):
        found = totals[key]
        lines.append(f"{words}: {len(found)}" + (f"（{'、'.join(found)}）" if found else ""))
    return lines
