"""Standard events (標準の出来事): signing, terms, rates, policies, amendments, findings, dates, evidence, papers."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import TYPE_CHECKING

from itaku.basis.rates import RateRow, known_rates
from itaku.contracts.engine import conditions, endings, recurring, terms
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.instance import Step
from itaku.contracts.engine.requirements import file_evidence
from itaku.contracts.engine.values import speaks_of
from itaku.contracts.model.conversion import converted
from itaku.contracts.model.kinds import Definition, Outside, Provision

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


def take(fold: Fold, event: Event) -> None:
    """What the engine itself does at an event, if anything."""
    handler = _HANDLERS.get(event.kind)
    if handler is not None:
        handler(fold, event)


def _signed(fold: Fold, event: Event) -> None:
    if fold.status != "unsigned":
        fold.flag("signed_twice", "すでに締結されている", "the contract was signed already", event.id)
        return
    if "signed_on" in fold.contract.terms and "signed_on" not in fold.terms:
        terms.set_term(fold, "signed_on", event.day, event.id)
    fold.status, fold.signed_on = "in_force", event.day
    for name, history in fold.terms.items():
        if name != "signed_on" and isinstance(day := history[-1].value, dt.date):
            fold.check_day(day, event)
    for rule in fold.rules.standing:
        text = rule.text
        if rule.kind in {"obligation", "document", "calculation"} and getattr(text, "gate", None) is not None:
            continue
        if rule.per and rule.kind in {"prohibition", "condition"}:
            continue  # born for each key: by the act, or as a member of the condition comes to hold
        if not fold.of(rule.id):
            fold.bring(rule, event.day, None, None, standing=True)
    for name in list(fold.terms):
        terms.bring_by_term(fold, name)
    recurring.start_all(fold)
    endings.watch_expiry(fold)


def _term_set(fold: Fold, event: Event) -> None:
    name = str(event.fields["term"])
    term = fold.contract.terms.get(name)
    if term is None:
        fold.flag("term_unknown", f"条件 {name} がない", f"there is no term {name}", event.id)
        return
    value = terms.told_value(term, event)
    if value is None:
        ja, en = f"{term.ja}（{term.type}）の値がない", f"no value of type {term.type} for {term.en}"
        fold.flag("term_value", f"{ja}: {term.clause}", f"{en}: {term.clause}", event.id)
        return
    if isinstance(value, dt.date) and name != "signed_on":
        fold.check_day(value, event)
    terms.set_term(fold, name, value, event.id)


def _rate_entered(fold: Fold, event: Event) -> None:
    """A person's row for a rate that the product does not know: it counts from now on, with its basis and source."""
    name, day = str(event.fields["rate"]), event.fields["from"]
    assert isinstance(day, dt.date), "the catalogue typed it"
    if name not in known_rates():
        fold.flag("rate_unknown", f"率 {name} はない", f"there is no rate {name}", event.id)
        return
    basis, source = str(event.fields["basis"]).strip(), str(event.fields["source"]).strip()
    if not basis or not source:
        fold.flag("rate_unsourced", f"率 {name} の根拠か出典がない", f"{name} without basis or source", event.id)
        return
    who = f"、登録 {event.id} {event.by or ''}".rstrip()
    row = RateRow(day, str(event.fields["percent"]), f"{basis}、{source}{who}", "entered", event.day)
    fold.rates.setdefault(name, []).append(row)
    fold.sums_changed = True


def _policy_chosen(fold: Fold, event: Event) -> None:
    name, option = str(event.fields["policy"]), str(event.fields["option"])
    if not fold.choices.has(name, option):
        fold.flag("policy_unknown", f"方針 {name}={option} がない", f"no policy {name}={option}", event.id)
        return
    fold.choose(name, option)


def _amended(fold: Fold, event: Event) -> None:
    """A provision takes a new text from now on; open instances keep that of their birth unless the policy differs."""
    try:
        table = tomllib.loads(str(event.fields["toml"]))
    except tomllib.TOMLDecodeError as error:
        fold.flag("amendment_unreadable", "変更後の条項を読めない", f"cannot be read: {error}", event.id)
        return
    text, unfit = converted(table, Provision)
    if text is None or isinstance(text, Definition | Outside):
        why = unfit[0].en if unfit else "no rule"
        fold.flag("amendment_unfit", "変更後の条項が使えない", f"the amended provision does not fit: {why}", event.id)
        return
    was_known = text.id in fold.rules.rules
    fold.rules = fold.rules.amended(text)
    rule = fold.rules.rules[text.id]
    if fold.choices.said("amendment.open-instances") == "new":
        for instance in fold.of(text.id):
            if instance.open:
                instance.rule = rule
                instance.steps.append(Step(event.day, "amended", event.id))
                fold.recompute(instance)
    if not was_known and rule.trigger is None and fold.status == "in_force":
        fold.bring(rule, event.day, None, None, standing=True)


def _target_set(fold: Fold, event: Event) -> None:
    rule = fold.rules.rules.get(str(event.fields["under"]))
    target = event.fields["date"]
    assert isinstance(target, dt.date), "the catalogue typed it"
    fold.check_day(target, event)
    found = [each for each in fold.of(rule.id) if each.open and speaks_of(fold, event, each)] if rule else []
    for instance in found:
        instance.target = target
        instance.steps.append(Step(event.day, "target_set", event.id, target.isoformat()))
    if not found:
        fold.flag("orphan", "目標日の相手がない", "no open duty for this target date", event.id)


def _date_set(fold: Fold, event: Event) -> None:
    rule, day = fold.rules.rules.get(str(event.fields["under"])), event.fields["date"]
    assert isinstance(day, dt.date), "the catalogue typed it"
    fold.check_day(day, event)
    if rule is None or not any(each.open and speaks_of(fold, event, each) for each in fold.of(rule.id)):
        fold.flag("orphan", "期限の指定の相手がない", "no open duty for this date", event.id)


def _paper_filed(fold: Fold, event: Event) -> None:
    if event.fields["paper"] not in fold.contract.papers:
        fold.flag("paper_unknown", "その書類の定めがない", "there is no such paper", event.id)
    fold.papers.append(event)


_HANDLERS = {
    "contract.signed": _signed,
    "term.set": _term_set,
    "rate.entered": _rate_entered,
    "policy.chosen": _policy_chosen,
    "provision.amended": _amended,
    "finding.made": conditions.find,
    "target.set": _target_set,
    "date.set": _date_set,
    "evidence.filed": file_evidence,
    "evidence.withdrawn": file_evidence,
    "paper.filed": _paper_filed,
}
