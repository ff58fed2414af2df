"""Checks of the tables beside the provisions: parties, parts, terms, policies, events, papers."""

from __future__ import annotations

import re
from typing import Any

from itaku.basis.eras import EraDateError, OldCalendarError
from itaku.basis.errors import ItakuError
from itaku.basis.percents import Percent, PercentUnreadableError
from itaku.basis.rounding import LARGEST_YEN
from itaku.basis.written_dates import DateBlankError, DateUnreadableError, read_day
from itaku.contracts.model.contract import Paper, Policy, Term, field_type
from itaku.contracts.model.draft import Placed
from itaku.contracts.model.lint_context import ANYBODY, Context
from itaku.contracts.model.lint_policies import check_circles
from itaku.contracts.model.parts import names
from itaku.contracts.model.references import ReferenceUnreadableError, read_reference
from itaku.contracts.model.standard import EVENTS, POLICIES

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_EVENT = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+")


def check_tables(context: Context) -> None:
    """Reports what is wrong in the tables."""
    tables = context.draft.tables
    for name, placed in tables["parts"].items():
        for label, person in placed.value.labels.items():
            if not context.known(context.parties, person, "parties"):
                ja, en = f"{label} の当事者 {person} がない", f"{label}: no party {person}"
                context.report(placed, ("labels",), "party_unknown", ja, en)
        if not name.strip():
            context.report(placed, (), "name_unfit", "部の名前が空", "the part's id is blank")
    for placed in tables["term"].values():
        _check_term(context, placed)
    for name, placed in tables["policy"].items():
        _check_policy(context, name, placed)
    for name, placed in tables["event"].items():
        _check_event(context, name, placed)
    for placed in tables["paper"].values():
        _check_paper(context, placed)
    check_circles(context)
    _check_head(context)


def _check_term(context: Context, placed: Placed[Term]) -> None:
    term = placed.value
    if term.value is None:
        return
    fits = isinstance(term.value, int) if term.type in {"yen", "int"} else isinstance(term.value, str)
    if isinstance(term.value, int):
        fits = fits and 0 <= term.value <= LARGEST_YEN
    elif term.type == "percent":
        fits = fits and is_percent(term.value)
    elif fits:
        fits = bool(term.value.strip())
    if fits and term.type == "date":
        try:
            read_day(str(term.value), term.clause)
        except DateBlankError:
            context.report(placed, ("value",), "date_blank", "空欄の日付は value を書かない", "leave a blank date out")
        except (DateUnreadableError, EraDateError, OldCalendarError):
            fits = False
    if not fits:
        ja, en = f"{term.type} の値として読めない", f"this is no {term.type}"
        context.report(placed, ("value",), "term_value", ja, en)


def is_percent(text: str) -> bool:
    """Whether a text is a rate in percent."""
    try:
        Percent(text)
    except PercentUnreadableError:
        return False
    return True


def _check_policy(context: Context, name: str, placed: Placed[Policy]) -> None:
    policy = placed.value
    if policy.default not in policy.options:
        context.report(placed, ("default",), "policy_default", "既定が選択肢にない", "the default is no option")
    standard = POLICIES.get(name)
    if standard and set(policy.options) - set(standard.options):
        ja, en = "標準の方針にない選択肢", "the standard policy has no such option"
        context.report(placed, ("options",), "policy_option", ja, en)


def _check_event(context: Context, name: str, placed: Placed[Any]) -> None:
    event = placed.value
    if name in EVENTS:
        context.report(placed, (), "event_standard", "標準の出来事は書き直せない", "standard events stay as they are")
    if not _EVENT.fullmatch(name):
        context.report(placed, (), "name_unfit", "名前は thing.happened の形", "write the name like thing.happened")
    for label in names(event.by):
        if label not in ANYBODY | set(context.parties) and not any(label in p.labels for p in context.parts.values()):
            context.report(placed, ("by",), "label_unknown", f"{label} は誰でもない", f"{label} is nobody")
    for field, text in event.fields.items():
        if field_type(text) is None:
            ja, en = f"項目 {field} の型 {text} がない", f"field {field}: there is no type {text}"
            context.report(placed, ("fields", field), "field_type", ja, en)
        if field in event.keys:
            context.report(placed, ("fields", field), "field_twice", f"{field} はキーでもある", f"{field} is a key too")
    for field in (*event.fields, *event.keys):
        if not _NAME.fullmatch(field):
            context.report(placed, (), "name_unfit", f"項目名 {field} が使えない", f"{field} is no name for a field")


def _check_paper(context: Context, placed: Placed[Paper]) -> None:
    paper = placed.value
    for inner, label in (("drafter", paper.drafter), ("addressee", paper.addressee), ("approver", paper.approver)):
        if label is None or label in ANYBODY | set(context.parties) | {"police"}:
            continue
        if not any(label in part.labels for part in context.parts.values()):
            context.report(placed, (inner,), "label_unknown", f"{label} は誰でもない", f"{label} is nobody")
    if paper.copies < 1:
        context.report(placed, ("copies",), "copies_unfit", "部数は1以上", "at least one copy")
    _check_telling(context, placed)
    for name, field in paper.fields.items():
        if field.source is not None:
            try:
                read_reference(field.source)
            except ItakuError:
                context.report(
                    placed,
                    ("fields", name),
                    "reference_unreadable",
                    f"参照 {field.source}",
                    f"no reference {field.source}",
                )


def _check_telling(context: Context, placed: Placed[Paper]) -> None:
    """The event by which a paper takes effect is one of the catalogue, and its blanks fill fields that it has."""
    tells = placed.value.tells
    filled = {name: field.fills for name, field in placed.value.fields.items() if field.fills is not None}
    if tells is None:  # then the paper tells the exercise of the right that it is about
        return
    if not context.known(context.events, tells.event, "event"):
        ja, en = f"出来事 {tells.event} がない", f"no event {tells.event}"
        context.report(placed, ("tells", "event"), "event_unknown", ja, en)
        return
    event = context.events.get(tells.event)
    for inner, name in ((("tells", "fields"), each) for each in tells.fields):
        if event is not None and name not in (*event.fields, *event.keys):
            context.report(placed, inner, "field_unknown", f"項目 {name} がない", f"no field {name}")
    for field, name in filled.items():
        if event is not None and name not in (*event.fields, *event.keys):
            context.report(placed, ("fields", field), "field_unknown", f"項目 {name} がない", f"no field {name}")


def _check_head(context: Context) -> None:
    head = context.draft.head
    if head is None or head.ends is None:
        return
    try:
        reference = read_reference(head.ends)
        tables: dict[str, dict[str, Any]] = {"term": context.terms, "policy": context.policies}
        fits = reference.source == "date" or (
            reference.source in tables and context.known(tables[reference.source], reference.name, reference.source)
        )
    except ReferenceUnreadableError:
        fits = False
    if not fits:
        placed: Placed[Any] = Placed(head, context.draft.file, ("contract",), {})
        context.report(
            placed,
            ("ends",),
            "term_unknown",
            "ends は term:名前、方針か日付",
            "ends must be term:NAME, a policy or a date",
        )
