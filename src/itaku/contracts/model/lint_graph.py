"""Circles (循環): a provision that would wait for itself through triggers or guards."""

from __future__ import annotations

from collections.abc import Iterator

from itaku.contracts.model.kinds import Condition, Power, Ruled
from itaku.contracts.model.lint_context import Context
from itaku.contracts.model.parts import names


def check_cycles(context: Context) -> None:
    """Reports each circle once, at the provision of it that stands first in the file."""
    edges = {name: tuple(_waits_for(placed.value)) for name, placed in context.provisions.items()}
    done: set[str] = set()
    for start in edges:
        circle = _circle(start, edges, done)
        if circle:
            text = " → ".join(circle)
            placed = context.provisions[circle[0]]
            ja, en = f"自分自身を待つ: {text}", f"it waits for itself: {text}"
            context.report(placed, ("trigger",), "circular", ja, en)


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
