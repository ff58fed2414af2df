"""Why (なぜ): an instance explained as a working, every state and date down to events, clauses, terms and policies."""

from __future__ import annotations

from itaku.basis.due_dates import DueDate, DueInstant
from itaku.basis.working import Line, day_en, day_ja, moment_en, moment_ja
from itaku.contracts.engine.dues import computed_clock, computed_due
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.fold import Fold
from itaku.contracts.engine.instance import Blank, Instance, Step
from itaku.contracts.engine.result import Result, View, money
from itaku.contracts.model.references import read_reference
from itaku.contracts.model.standard import POLICIES

_DEEPEST = 12
"""Causes of causes that are explained."""


def why(result: Result, instance_id: str) -> tuple[Line, ...]:
    """Everything behind an instance. `KeyError` if the result has none of that id."""
    fold = result.fold
    instance = fold.instances[instance_id]
    shown = result.views[instance_id]
    lines = [_clause_line(instance)]
    lines += cause_lines(result, instance, 0)
    lines += due_lines(fold, instance)
    lines += [line for step in instance.steps if (line := _step_line(instance, step)) is not None]
    lines += _against_lines(shown)
    if instance.rule.is_debt:
        lines += money_lines(fold, instance)
    lines += _policy_lines(fold, shown)
    lines += _note_lines(instance)
    lines.append(_state_line(shown))
    return tuple(lines)


def find(result: Result, name: str) -> list[str]:
    """The ids of instances that a person may mean: an instance's own id, or all of a provision."""
    if name in result.fold.instances:
        return [name]
    return [each.id for each in result.fold.of(name)]


def _clause_line(instance: Instance) -> Line:
    text = instance.rule.text
    return Line(f"{text.heading}: {text.ja}" if text.heading else text.ja, text.en, text.id)


def cause_lines(result: Result, instance: Instance, depth: int) -> list[Line]:
    """From what it arose, `depth` steps back and further."""
    clause = instance.rule.id
    if instance.source is not None and (instance.cause is None or depth == 0):
        lines = [_event_line(result.fold, instance.source, clause)]
    elif instance.standing:
        ja, en = "契約の締結から効力がある", "In force from signing"
        lines = [Line(f"{ja}: {day_ja(instance.born)}", f"{en}: {day_en(instance.born)}", clause)]
    elif instance.period is not None:
        first, last = instance.period
        ja = f"くり返す期間: {day_ja(first)} から {day_ja(last)} まで"
        lines = [Line(ja, f"Recurring period: {day_en(first)} to {day_en(last)}", clause)]
    elif instance.cause is None:
        ja, en = f"生じた日: {day_ja(instance.born)}", f"It arose on {day_en(instance.born)}"
        lines = [Line(ja, en, clause)]
    else:
        lines = []
    cause = instance.cause
    if cause is not None and depth < _DEEPEST:
        what_ja, what_en = _CHAIN.get(cause.rule.kind, ("から", "from"))
        if instance.source is None and cause.breached_on is not None:
            what_ja, what_en = "の違反による", "was breached"
        lines.append(Line(f"{cause.id} {what_ja}", f"{cause.id} {what_en}", cause.rule.id))
        lines += cause_lines(result, cause, depth + 1)
    return lines


_CHAIN = {
    "power": ("の行使による", "was exercised"),
    "condition": ("の成就による", "came to hold"),
    "obligation": ("の履行による", "was performed"),
    "document": ("の提出による", "was handed in"),
}


def _event_line(fold: Fold, event: Event, clause: str) -> Line:
    known = fold.rules.events[event.kind]
    when_ja = day_ja(event.day) if event.day_only else moment_ja(event.at)
    when_en = day_en(event.day) if event.day_only else moment_en(event.at)
    facts = "、".join(f"{name}={value}" for name, value in event.fields.items())
    tail = f"（{facts}）" if facts else ""
    by = f" by {event.by}" if event.by else ""
    return Line(
        f"出来事 {event.id}: {known.ja} {when_ja}{tail}", f"Event {event.id}: {known.en}, {when_en}{by}", clause
    )


def due_lines(fold: Fold, instance: Instance) -> list[Line]:
    """How its deadline is counted, or what the deadline waits for."""
    due, clause = instance.rule.due, instance.rule.id
    state = instance.due
    if due is None:
        return []
    lines: list[Line] = []
    if state.blank is not None:
        lines.append(Line(f"期限は未定: {state.blank.ja}", f"No date yet: {state.blank.en}", clause))
    else:
        lines += _rule_lines(fold, instance)
    if instance.accelerated is not None:
        day = instance.accelerated
        lines.append(Line(f"期限の利益を失った日: {day_ja(day)}", f"Fell due at once on {day_en(day)}", clause))
    if instance.shift_days:
        ja, en = f"中止の{instance.shift_days}日だけ延びる", f"Longer by {instance.shift_days} days of suspension"
        lines.append(Line(ja, en, "suspension.clock"))
    if state.day is not None:
        lines.append(Line(f"期限: {day_ja(state.day)}", f"Due: {day_en(state.day)}", clause))
    return lines


def _rule_lines(fold: Fold, instance: Instance) -> list[Line]:
    """How the due rule gives its day."""
    due, clause, state = instance.rule.due, instance.rule.id, instance.due
    lines: list[Line] = []
    if due.after is not None or due.before is not None:
        computed = computed_due(fold, instance)
        lines += computed.working if isinstance(computed, DueDate | DueInstant) else ()
    elif due.clock is not None:
        clocks = computed_clock(fold, instance)
        lines += () if isinstance(clocks, Blank) else clocks.working
    elif due.promptly is not None:
        ja = f"「{due.promptly}」: 契約に日の定めはない"
        lines.append(Line(ja, "No date is fixed by the contract", clause))
        if instance.target is not None:
            ja, en = f"当方の目標日: {day_ja(instance.target)}", f"Our own target: {day_en(instance.target)}"
            lines.append(Line(ja, en, clause))
    elif due.on is not None and state.day is not None:
        lines += _on_lines(fold, instance, due.on)
    return lines


def _on_lines(fold: Fold, instance: Instance, text: str) -> list[Line]:
    ref = read_reference(fold.choices.read(text))
    if ref.source != "term":
        return [Line(f"期日の定め: {ref.text}", f"The day is given by {ref.text}", instance.rule.id)]
    term = fold.contract.terms[ref.name]
    lines = []
    for entry in fold.terms.get(ref.name, []):
        since_ja = "" if entry.day is None else f"（{day_ja(entry.day)} から、{entry.by}）"
        since_en = "" if entry.day is None else f" (from {day_en(entry.day)}, {entry.by})"
        lines.append(Line(f"{term.ja}: {entry.value}{since_ja}", f"{term.en}: {entry.value}{since_en}", term.clause))
    return lines


_STEPS: dict[str, tuple[str, str]] = {
    "again": ("同じキーの原因が重ねて生じた", "Another cause with the same keys"),
    "due_changed": ("期限が計算し直された", "The date was computed again"),
    "violated": ("期限を過ぎた、又は違反した", "Breached"),
    "fulfilled": ("履行された", "Performed"),
    "acted": ("提出された（承認待ち）", "Handed in, waits for acceptance"),
    "paid": ("支払われた", "Paid"),
    "exercised": ("行使された", "Exercised"),
    "without_effect": ("行使されたが効果がない", "Exercised without effect"),
    "lapsed": ("期間が満了した", "The time ran out"),
    "holds": ("条件が成就した", "The condition came to hold"),
    "no_longer": ("条件が成就しなくなった", "The condition no longer holds"),
    "averted": ("条件は成就せず終わった", "Averted"),
    "too_late": ("期間の満了後に行われた", "Done after the time ran out"),
    "found": ("認定された", "Found"),
    "lifted": ("承諾された", "Allowed"),
    "act": ("禁じられた、又は先にすべきことのある行為がされた", "The act was done"),
    "suspended": ("中止された", "Suspended"),
    "resumed": ("再開された", "Resumed"),
    "accelerated": ("期限の利益を失った", "Fell due at once"),
    "discharged": ("免除された", "Discharged"),
    "waived": ("一部が免除された", "Waived in part"),
    "reopened": ("ふたたび履行すべきものとなった", "Open again"),
    "superseded": ("条件の変更により置き換えられた", "Superseded by a changed term"),
    "ended": ("契約の終了により終わった", "Ended with the contract"),
    "target_set": ("目標日が設定された", "Target date set"),
    "evidence_filed": ("証跡が提出された", "Evidence filed"),
    "evidence_withdrawn": ("証跡が取り下げられた", "Evidence withdrawn"),
    "amended": ("変更後の条項による", "Follows the amended provision"),
}


def _step_line(instance: Instance, step: Step) -> Line | None:
    words = _STEPS.get(step.code)
    if words is None:
        return None
    tail = "、".join(each for each in (step.by, step.detail) if each)
    tail_ja, tail_en = (f"（{tail}）", f" ({tail})") if tail else ("", "")
    return Line(
        f"{day_ja(step.day)} {words[0]}{tail_ja}",
        f"{day_en(step.day)}: {words[1]}{tail_en}",
        instance.rule.id,
    )


_AGAINST: dict[str, tuple[str, str]] = {
    "lacks": ("前提が満たされていない", "A condition that it needs does not hold"),
    "excused": ("例外に当たる", "An exception applies"),
    "policy": ("この読み方は採られていない", "This reading is not in force"),
    "barred": ("権利を失っている", "Barred"),
    "no_ground": ("事由がない", "No ground"),
    "not_holder": ("権利者でない者の行使", "Exercised by somebody who does not hold it"),
    "lapsed": ("期間を過ぎた", "Lapsed"),
    "ended": ("契約が終了している", "The contract has ended"),
    "too_late": ("予告の期限を過ぎている", "Notice came too late; latest day"),
}


def _against_lines(shown: View) -> list[Line]:
    lines = []
    for each in shown.against:
        ja, en = _AGAINST.get(each.code, (each.code, each.code))
        lines.append(Line(f"{ja}: {each.by}", f"{en}: {each.by}", each.by))
    return lines


def money_lines(fold: Fold, instance: Instance) -> list[Line]:
    """How its sum is computed, what is paid and open, or what the sum waits for."""
    found, clause = money(fold, instance), instance.rule.id
    lines = list(found.working)
    if found.blank is not None:
        return [*lines, Line(f"額は未定: {found.blank.ja}", f"No amount yet: {found.blank.en}", clause)]
    lines.append(
        Line(
            f"債務額: {found.yen:,}円、未払 {found.unpaid_yen:,}円",
            f"Owed {found.yen:,}, unpaid {found.unpaid_yen:,} yen",
            clause,
        )
    )
    if found.computed_yen != found.yen:
        ja, en = f"免除前の計算額: {found.computed_yen:,}円", f"Computed before the waiver: {found.computed_yen:,} yen"
        lines.append(Line(ja, en, clause))
    if found.beside is not None:
        ja = "ほかの条項の額と並べて示し、合算しない"
        lines.append(Line(ja, "Stands beside the sums of other clauses; they are not added up", clause))
    return lines


def _policy_lines(fold: Fold, shown: View) -> list[Line]:
    lines = []
    for name, option in shown.policies:
        known = fold.contract.policies.get(name) or POLICIES[name]
        chosen = known.options.get(option) or POLICIES[name].options[option]
        default_ja, default_en = ("（既定）", " (default)") if option == known.default else ("", "")
        lines.append(
            Line(f"方針 {known.ja}: {chosen.ja}{default_ja}", f"Policy {known.en}: {chosen.en}{default_en}", name)
        )
    return lines


def _note_lines(instance: Instance) -> list[Line]:
    return [
        Line(f"本文の注意: {note.ja}", f"Note on the text: {note.en}", instance.rule.id)
        for note in instance.rule.text.note
    ]


def _state_line(shown: View) -> Line:
    breach_ja = f"、違反の日 {day_ja(shown.breached_on)}" if shown.breached_on else ""
    breach_en = f", breached on {day_en(shown.breached_on)}" if shown.breached_on else ""
    return Line(f"状態: {shown.state}{breach_ja}", f"State: {shown.state}{breach_en}", shown.provision)
