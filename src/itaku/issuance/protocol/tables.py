"""The shape of a transition table: states, what each means for the resident, and edges that name their event."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Money(enum.StrEnum):
    """Where the resident's money is in a state."""

    NONE = "none"
    """No fee is held."""
    ASK = "ask"
    """The cash unit must be asked."""
    HELD = "held"
    """The fee is held."""


class State(NamedTuple):
    """One state of a machine and what it declares."""

    name: str
    sees_ja: str
    """What the resident sees, empty for servers."""
    sees_en: str
    money: Money
    erasable: bool
    """Whether key and plaintext may be erased here without loss."""
    at_rest: bool = False
    """Whether the issuance can stay here for good."""


class Edge(NamedTuple):
    """One legal transition. A machine that would make another stops instead (`IllegalTransitionError`)."""

    source: str
    event: str
    target: str
    note: str = ""
    """Effects, in the order in which they happen; `J` is a durable write before anything that follows it."""


class IllegalTransitionError(AssertionError):
    """The machine was about to make a transition that its table does not have: a fault of the program."""


class Table:
    """A machine's whole table: the only source for its checks, its tests and its drawing."""

    def __init__(self, name: str, states: tuple[State, ...], edges: tuple[Edge, ...]) -> None:
        self.name = name
        self.states = {state.name: state for state in states}
        self.edges = edges
        self._legal = frozenset((edge.source, edge.event, edge.target) for edge in edges)
        assert len(self.states) == len(states), f"{name}: a state stands twice"
        assert len(self._legal) == len(edges), f"{name}: an edge stands twice"
        for edge in edges:
            assert edge.source in self.states, f"{name}: unknown state {edge.source}"
            assert edge.target in self.states, f"{name}: unknown state {edge.target}"

    def check(self, source: str, event: str, target: str) -> None:
        """Returns if the table has this edge, else raises `IllegalTransitionError`."""
        if (source, event, target) not in self._legal:
            raise IllegalTransitionError(f"{self.name}: {source} --{event}--> {target} is not in the table")

    def markdown(self) -> str:
        """The table and its picture (Mermaid), as they stand in the documentation."""
        lines = [f"## {self.name}", "", "```mermaid", "stateDiagram-v2"]
        lines += [f"    {edge.source} --> {edge.target}: {edge.event}" for edge in self.edges]
        lines += ["```", "", "| state | the resident sees | money | erasable | at rest |", "|---|---|---|---|---|"]
        for state in self.states.values():
            seen = " / ".join(part for part in (state.sees_ja, state.sees_en) if part) or "–"
            yes = ("yes" if state.erasable else "no", "yes" if state.at_rest else "no")
            lines.append(f"| {state.name} | {seen} | {state.money.value} | {yes[0]} | {yes[1]} |")
        lines += ["", "| from | event | to | effects in order |", "|---|---|---|---|"]
        lines += [f"| {edge.source} | {edge.event} | {edge.target} | {edge.note or '–'} |" for edge in self.edges]
        return "\n".join([*lines, ""])
