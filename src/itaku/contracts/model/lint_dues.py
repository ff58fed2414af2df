"""Checks of due rules: exactly one way to be due, periods that can be read, and readings that exist."""

from __future__ import annotations

from typing import Any

from itaku.basis.errors import ItakuError
from itaku.basis.periods import Period
from itaku.contracts.model.draft import Placed
from itaku.contracts.model.lint_context import Context
from itaku.contracts.model.lint_policies import said
from itaku.contracts.model.lint_references import check_reference
from itaku.contracts.model.parts import Due, names
from itaku.contracts.model.standard import POLICIES
from itaku.protection.incident_clock import READINGS

_CHOICES = {
    "first_day": ("count.first-day", {"excluded", "included"}),
    "closing": ("holiday.calendar", {"office", "public-holidays", "none"}),
    "in_force": ("holiday.in-force", {"raw", "moved"}),
}


def check_period(context: Context, placed: Placed[Any], inner: tuple[str | int, ...], text: str) -> None:
    """Reports a period that cannot be read."""
    try:
        Period.parse(text)
    except ItakuError as error:
        context.report(placed, inner, error.code, f"期間として読めない: {text}", f"this is no period: {text}")


def check_due(context: Context, placed: Placed[Any], due: Due) -> None:
    """Reports what is wrong in a due rule."""
    given = [key for key in ("after", "before", "on", "promptly", "clock") if getattr(due, key) is not None]
    given += ["continuous"] if due.continuous else []
    if len(given) != 1:
        ja = "after, before, on, promptly, clock, continuous のうち一つだけ書く"
        context.report(placed, ("due",), "due_choice", ja, "give exactly one way to be due")
        return
    for key in ("after", "before"):
        for text in said(context, getattr(due, key)):
            check_period(context, placed, ("due", key), text)
    for text in said(context, due.clock):
        if text not in _CLOCKS:
            ja, en = f"時計 {text} はない", f"there is no clock {text}"
            context.report(placed, ("due", "clock"), "clock_unknown", ja, en)
    _check_readings(context, placed, due)
    if due.before is not None and due.of is None:
        context.report(placed, ("due", "before"), "due_of", "before には of が要る", "`before` needs `of`")
    for text in (*names(due.of), *names(due.on)):
        check_reference(context, placed, ("due",), text, "date")
    for key, (standard, options) in _CHOICES.items():
        _check_choice(context, placed, key, getattr(due, key), options, standard)


_CLOCKS = frozenset({"incident-first-report", "incident-details"})


def _check_readings(context: Context, placed: Placed[Any], due: Due) -> None:
    for question, text in due.readings.items():
        allowed = READINGS.get(question, frozenset())
        if due.clock is None or not allowed or not set(said(context, text)) <= allowed:
            ja = f"{question} は時計の {'・'.join(READINGS)} のどれかで、値は {'・'.join(sorted(allowed)) or '-'}"
            en = f"{question}: one of {', '.join(READINGS)} of a clock, and one of {', '.join(sorted(allowed)) or '-'}"
            context.report(placed, ("due", "readings"), "choice_unknown", ja, en)


def _check_choice(
    context: Context, placed: Placed[Any], key: str, text: str | None, options: set[str], standard: str
) -> None:
    if text is None or text in options:
        return
    policy = context.policies.get(text.removeprefix("policy:")) if text.startswith("policy:") else None
    if policy is None or not {option.value or name for name, option in policy.options.items()} <= options:
        ja = f"{'・'.join(sorted(options))} か、それを選択肢とする方針を書く（標準: {standard}）"
        en = f"write one of {', '.join(sorted(options))} or a policy with these options (standard: {standard})"
        assert standard in POLICIES, "the standard policy exists"
        context.report(placed, ("due", key), "choice_unknown", ja, en)
