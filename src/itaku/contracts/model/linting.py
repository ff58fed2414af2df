"""The lint: what a contract file must keep beyond its schema, so that no rule waits for something that never comes."""

from __future__ import annotations

from typing import Any

from itaku.contracts.model.draft import Draft, Placed
from itaku.contracts.model.kinds import (
    Calculation,
    Condition,
    Definition,
    Document,
    Obligation,
    Outside,
    Power,
    Prohibition,
    Requirement,
)
from itaku.contracts.model.lint_context import Context
from itaku.contracts.model.lint_graph import check_cycles
from itaku.contracts.model.lint_keys import check_keys
from itaku.contracts.model.lint_rules import check_rule
from itaku.contracts.model.lint_tables import check_tables
from itaku.contracts.model.mistakes import Mistake
from itaku.contracts.model.parts import names
from itaku.contracts.model.register import clause_of, ids_of

_RULES = (Obligation, Document, Prohibition, Power, Condition, Calculation, Requirement)


def lint(draft: Draft, *, complete: bool) -> list[Mistake]:
    """All mistakes beyond the schema. `complete` asks that every clause of the register is answered."""
    context = Context(draft)
    check_tables(context)
    _check_ids(context, complete=complete)
    for placed in draft.provisions:
        _check_common(context, placed.value.id)
        if isinstance(placed.value, _RULES):
            check_rule(context, placed)
            check_keys(context, placed)
    check_cycles(context)
    return sorted(set(context.mistakes))


def _check_ids(context: Context, *, complete: bool) -> None:
    draft = context.draft
    seen: set[str] = set()
    listed = ids_of(draft.head.id) if draft.head else ()
    for placed in draft.provisions:
        name = placed.value.id
        if name in seen:
            context.report(placed, ("id",), "id_twice", "同じIDの条項が二つある", "two provisions have this id")
        seen.add(name)
        if listed and clause_of(name) not in listed:
            context.report(placed, ("id",), "id_unlisted", "条項一覧にないID", "no clause of the register has this id")
    if not complete or draft.head is None:
        return
    answered = {clause_of(name) for name in seen | draft.unread}
    for clause in listed:
        if clause not in answered:
            context.mistakes.append(
                Mistake(draft.file, 1, clause, "clause_unanswered", "この条項に答えるものがない", "nothing answers it")
            )


def _check_common(context: Context, name: str) -> None:
    placed = context.provisions[name]
    provision = placed.value
    if not any(name.startswith(part) for part in context.parts):
        context.report(placed, ("id",), "part_unknown", "IDの先頭に当たる部がない", "no part's id begins this id")
    if not provision.ja.strip() or not provision.en.strip():
        context.report(placed, ("ja",), "summary_blank", "要約が空", "the summary is blank")
    for policy in provision.policies:
        if not context.known(context.policies, policy, "policy"):
            context.report(placed, ("policies",), "policy_unknown", f"方針 {policy} がない", f"no policy {policy}")
    for paper in names(provision.paper):
        if not context.known(context.papers, paper, "paper"):
            context.report(placed, ("paper",), "paper_unknown", f"書類 {paper} がない", f"no paper {paper}")
    _check_unruled(context, placed)


def _check_unruled(context: Context, placed: Placed[Any]) -> None:
    """Evidence slots, definitions and what lies outside software."""
    provision = placed.value
    slots = [each.slot for each in provision.evidence]
    if len(set(slots)) != len(slots):
        context.report(placed, ("evidence",), "slot_twice", "同じ名前の証跡が二つある", "two slots have one name")
    if isinstance(provision, Definition):
        for part in names(provision.scope):
            if part not in context.parts:
                context.report(placed, ("scope",), "part_unknown", f"部 {part} がない", f"no part {part}")
    if isinstance(provision, Outside) and not provision.shows.ja.strip():
        context.report(placed, ("shows",), "summary_blank", "代わりに見せるものが空", "what the desk shows is blank")
