"""On what a paper rests (根拠): workings of its sums and dates, grounds of its right, readings, clauses, notes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from itaku.basis.working import Line
from itaku.contracts.engine.guards import satisfied
from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.values import fitting
from itaku.contracts.engine.why import cause_lines, due_lines, money_lines
from itaku.contracts.model.contract import Contract, Paper
from itaku.contracts.model.kinds import Common
from itaku.contracts.model.parts import names
from itaku.contracts.model.references import ABOUT_INSTANCES, Reference, read_reference
from itaku.contracts.model.standard import POLICIES
from itaku.contracts.papers.content import Clause, Ground, Reading, Working
from itaku.contracts.papers.places import place

_ROLES = {
    "grounds": ("事由", "ground"),
    "needs": ("前提", "needed"),
    "unless": ("例外", "exception"),
}


def referred(result: Result, paper: Paper, subject: Instance) -> list[Instance]:
    """The subject, and every instance that its sum and the paper's own references rest on, each once, nearest first."""
    found = {subject.id: subject}
    texts = [field.source for field in paper.fields.values() if field.source is not None]
    charge = getattr(subject.rule.text, "charge", None)
    if charge is not None:
        for key in ("base", "count", "unit", "plus", "minus", "at_most"):
            texts += names(getattr(charge, key))
    for text in texts:
        reference = _reference(text)
        if reference is not None and reference.source in ABOUT_INSTANCES:
            other = fitting(result.fold, reference.name, subject)
            if other is not None:
                found.setdefault(other.id, other)
    return list(found.values())


def _reference(text: str) -> Reference | None:
    return None if text.startswith("policy:") else read_reference(text)


def workings(result: Result, instances: Iterable[Instance]) -> tuple[Working, ...]:
    """How the dates and sums of these instances come about; instances that have neither are left out after the first.

    The first is the paper's subject: what caused it stands before its dates and sums.
    """
    found: list[Working] = []
    for number, instance in enumerate(instances):
        lines: list[Line] = cause_lines(result, instance, 0) if number == 0 else []
        if number == 0:
            lines += due_lines(result.fold, instance)
        if instance.rule.is_debt:
            lines += money_lines(result.fold, instance)
        if lines:
            text = instance.rule.text
            found.append(Working(instance.id, text.ja, text.en, tuple(_told_plainly(line) for line in lines)))
    return tuple(found)


def _told_plainly(line: Line) -> Line:
    """The line without the raw fields of an event, whose names are the file's and no words for a paper."""
    return Line(_RAW_FIELDS.sub("", line.ja), line.en, line.clause) if line.ja.startswith("出来事 ") else line


_RAW_FIELDS = re.compile(r"（[^（）]*=[^（）]*）$")


def grounds(result: Result, subject: Instance) -> tuple[Ground, ...]:
    """Every condition on which the subject's right or sum rests, and whether it is so now."""
    text = subject.rule.text
    summaries = {each.id: each for each in result.fold.contract.provisions}
    found = []
    for key, (ja, en) in _ROLES.items():
        for name in names(getattr(text, key, None)):
            said = summaries[name]
            found.append(Ground(name, said.ja, said.en, ja, en, satisfied(result.fold, name, subject)))
    return tuple(found)


def readings(result: Result, instances: Iterable[Instance]) -> tuple[Reading, ...]:
    """The disputed readings on which the instances rest, each with the option that is chosen."""
    chosen = {name: option for each in instances for name, option in result.views[each.id].policies}
    found = []
    for name, option in chosen.items():
        known = result.fold.contract.policies.get(name) or POLICIES[name]
        words = known.options.get(option) or POLICIES[name].options[option]
        found.append(Reading(name, known.ja, known.en, words.ja, words.en, option == known.default))
    return tuple(found)


def clauses(contract: Contract, ids: Iterable[str]) -> tuple[Clause, ...]:
    """The clauses in the order of the articles, with our own summaries."""
    wanted = set(ids)
    return tuple(
        Clause(each.id, place(contract, each.id), each.ja, each.en) for each in contract.provisions if each.id in wanted
    )


def notes(contract: Contract, ids: Iterable[str]) -> tuple[Line, ...]:
    """Known defects of the text behind the paper: shown, never repaired."""
    wanted = set(ids)
    found: list[Common] = [each for each in contract.provisions if each.id in wanted]
    return tuple(Line(note.ja, note.en, each.id) for each in found for note in each.note)
