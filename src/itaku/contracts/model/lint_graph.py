"""Circles (循環): a provision that would wait for itself through triggers or guards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from itaku.contracts.model.kinds import Condition, Power, Ruled
from itaku.contracts.model.lint_context import Context
from itaku.contracts.model.lint_policies import said
from itaku.contracts.model.parts import names
from itaku.contracts.model.references import ReferenceUnreadableError, read_reference


def check_cycles(context: Context) -> None:
    """Reports each circle once, at the provision of it that stands first in the file."""
    _report(context, ("trigger",), _waits_for)
    _report(context, ("due",), lambda rule: _rests_on(context, rule, _dues(rule), {"due"}))
    _report(context, ("charge",), lambda rule: _rests_on(context, rule, _sums(rule), {"amount", "unpaid"}))


def _report(context: Context, inner: tuple[str, ...], waits: Callable[[Any], Iterable[str]]) -> None:
    edges = {name: tuple(waits(placed.value)) for name, placed in context.provisions.items()}
    done: set[str] = set()
    for start in edges:
        circle = _circle(start, edges, done)
        if circle:
            text = " → ".join(circle)
            placed = context.provisions[circle[0]]
            ja, en = f"自分自身を待つ: {text}", f"it waits for itself: {text}"
            context.report(placed, inner, "circular", ja, en)


def _dues(rule: Any) -> list[str]:
    """The texts on which a rule's due date rests."""
    due = getattr(rule, "due", None)
    return [] if due is None else [*names(due.of), *names(due.on)]


def _sums(rule: Any) -> list[str]:
    """The texts on which a rule's amount rests."""
    charge, amount = getattr(rule, "charge", None), getattr(rule, "amount", None)
    found = [amount] if amount is not None else []
    if charge is not None:
        found += [each for each in (charge.base, charge.count, charge.unit) if each is not None]
        found += [*charge.plus, *charge.minus, *names(charge.at_most)]
    return found


def _rests_on(context: Context, rule: Any, texts: Iterable[str], sources: set[str]) -> Iterator[str]:
    """The provisions of which a due date or an amount is asked, by name or as the cause, through policies too."""
    waiting, seen = list(texts), set[str]()
    while waiting:
        text = waiting.pop()
        if text in seen:
            continue
        seen.add(text)
        waiting += said(context, text) if text.startswith("policy:") else []
        try:
            reference = read_reference(text)
        except ReferenceUnreadableError:
            continue
        if reference.source in sources:
            yield reference.name
        elif reference.source == "cause" and reference.name in sources and rule.trigger is not None:
            trigger = rule.trigger
            for source in (trigger.exercised, trigger.violated, trigger.fulfilled, trigger.holds):
                yield from names(source)


def _waits_for(provision: object) -> Iterator[str]:
    if not isinstance(provision, Ruled):
        return
    trigger = provision.trigger
    if trigger is not None:
        for source in (trigger.exercised, trigger.violated, trigger.fulfilled, trigger.holds):
            yield from names(source)
    yield from names(provision.needs)
    yield from names(provision.unless)
    if isinstance(provision, Power):
        yield from names(provision.grounds)
    if isinstance(provision, Condition):
        yield from names(provision.any_of)
        yield from names(provision.all_of)


def _circle(start: str, edges: dict[str, tuple[str, ...]], done: set[str]) -> list[str]:
    """A circle reachable from `start`, its first member again at its end; nothing if there is none."""
    path: list[str] = []
    stack: list[tuple[str, Iterator[str]]] = []
    if start in done:
        return []
    path.append(start)
    stack.append((start, iter(edges.get(start, ()))))
    while stack:
        _, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            done.add(path.pop())
            stack.pop()
        elif following in path:
            done.update(path)
            return [*path[path.index(following) :], following]
        elif following in edges and following not in done:
            path.append(following)
            stack.append((following, iter(edges[following])))
    return []
