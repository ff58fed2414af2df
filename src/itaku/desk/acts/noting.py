"""Acts in the audit trail (監査の記録): who told, confirmed or refused what, with the reason, beside the event."""

from __future__ import annotations

from django.http import HttpRequest

from itaku.desk.acts.models import Act
from itaku.desk.audit.noting import note


def note_telling(request: HttpRequest, act: Act) -> None:
    """Notes a telling: recorded, or laid before a second person. The record holds the note's digest."""
    _note(request, "told" if act.state == "recorded" else "asked-to-confirm", act, act.reason)


def note_answer(request: HttpRequest, act: Act) -> None:
    """Notes what became of a waiting act."""
    _note(request, "confirmed" if act.state == "recorded" else "not-confirmed", act, act.refusal)


def _note(request: HttpRequest, kind: str, act: Act, reason: str) -> None:
    facts = {"event": act.token, "told": act.kind, "party": act.party, "seq": act.seq or 0}
    more = {"reason": reason, "corrects": act.corrects, "voids": act.voids}
    note(request, kind, act.contract, **facts, **{name: value for name, value in more.items() if value})
