"""What every check of the lint needs: look-ups over a draft, and a place to put mistakes."""

from __future__ import annotations

from typing import Any

from itaku.contracts.model.contract import EventType, FieldType, Part, Policy, Term, field_type, part_of
from itaku.contracts.model.draft import Draft, Placed
from itaku.contracts.model.kinds import Common
from itaku.contracts.model.mistakes import Mistake
from itaku.contracts.model.standard import EVENTS, POLICIES

ANYBODY = frozenset({"both", "third"})
"""Bearers that are no label: both sides (双方), and third parties whom one side must bind (第三者)."""


class Context:
    """A draft with its indexes. `report` adds a mistake at a path inside a placed value."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.mistakes: list[Mistake] = []
        self.parts: dict[str, Part] = _values(draft, "parts")
        self.parties = _values(draft, "parties")
        self.terms: dict[str, Term] = _values(draft, "term")
        self.policies: dict[str, Policy] = POLICIES | _values(draft, "policy")
        self.events: dict[str, EventType] = EVENTS | _values(draft, "event")
        self.papers = _values(draft, "paper")
        self.provisions: dict[str, Placed[Any]] = {placed.value.id: placed for placed in draft.provisions}

    def report(self, placed: Placed[Any], inner: tuple[str | int, ...], code: str, ja: str, en: str) -> None:
        """Adds a mistake that stands at `inner` of the placed value."""
        label = placed.value.id if isinstance(placed.value, Common) else ".".join(str(step) for step in placed.path)
        self.mistakes.append(Mistake(placed.file, placed.line(*inner), label, code, ja, en))

    def known(self, table: dict[str, Any], name: str, label: str) -> bool:
        """Whether a name stands in a table, or stood there and had mistakes of its own."""
        return name in table or name in self.draft.unread or f"{label}.{name}" in self.draft.unread

    def unread_event(self, kind: str) -> bool:
        """Whether an event kind stood in the catalogue with mistakes of its own."""
        return kind in self.draft.unread or f"event.{kind}" in self.draft.unread

    def field(self, event: str, name: str) -> FieldType | None:
        """The type of a field or key of an event kind; keys are text. None if it has none of that name."""
        known = self.events.get(event)
        if known is None:
            return None
        if name in known.keys:
            return FieldType("text", optional=False, many=False, choices=())
        return field_type(known.fields[name]) if name in known.fields else None

    def person(self, label: str | None, provision_id: str) -> str | None:
        """The legal person that a label means in the provision's part, or None."""
        if label is None or label in self.parties:
            return label
        part = self.parts.get(part_of(provision_id, self.parts))
        return part.labels.get(label) if part else None

    def is_label(self, label: str, provision_id: str) -> bool:
        """Whether the word names somebody in the provision's part."""
        return label in ANYBODY or self.person(label, provision_id) is not None


def _values(draft: Draft, table: str) -> dict[str, Any]:
    return {name: placed.value for name, placed in draft.tables[table].items()}
