"""What may be done with a paper by whom (書類の扱い): one table of steps, each with its states and its side."""

from __future__ import annotations

from typing import Literal, NamedTuple

from itaku.contracts.model.parts import Words
from itaku.desk.access import Seat
from itaku.desk.papers.models import Document

Who = Literal["drafter", "addressee", "approver"]


class Handling(NamedTuple):
    """A step: from which states, by which side, to which state, and its words."""

    what: str
    states: frozenset[str]
    who: Who
    to: str
    name: Words
    asks_reason: bool = False


HANDLINGS = (
    Handling("submit", frozenset({"draft"}), "drafter", "submitted", Words(ja="提出する", en="Hand in")),
    Handling(
        "withdraw",
        frozenset({"draft", "submitted"}),
        "drafter",
        "withdrawn",
        Words(ja="取り下げる", en="Withdraw"),
        asks_reason=True,
    ),
    Handling("receive", frozenset({"submitted"}), "addressee", "received", Words(ja="受理する", en="Receive")),
    Handling("approve", frozenset({"received"}), "approver", "approved", Words(ja="承認する", en="Approve")),
    Handling(
        "send_back",
        frozenset({"submitted", "received"}),
        "addressee",
        "sent_back",
        Words(ja="理由を付けて差し戻す", en="Send back with a reason"),
        asks_reason=True,
    ),
    Handling(
        "supersede",
        frozenset({"submitted", "received", "approved", "sent_back"}),
        "drafter",
        "draft",
        Words(ja="次の版をつくる", en="Begin the next version"),
    ),
)
"""Every step, in the order in which a page offers them."""


def handling(what: str) -> Handling | None:
    """The step of that name."""
    return next((each for each in HANDLINGS if each.what == what), None)


def may(document: Document, seat: Seat, each: Handling) -> bool:
    """Whether a seat may take a step now. Auditors and administrators alone take none."""
    if document.state not in each.states or seat.duties <= {"auditor", "administrator"}:
        return False
    if each.what == "approve" and not document.approver:
        return False
    return person_for(document, each.who) in seat.parties


def person_for(document: Document, who: Who) -> str:
    """The legal person behind a side; a paper without an addressee is the drafter's own."""
    if who == "drafter":
        return str(document.drafter)
    if who == "approver" and document.approver:
        return str(document.approver)
    return str(document.addressee or document.drafter)


def offered(document: Document, seat: Seat) -> tuple[Handling, ...]:
    """The steps that a seat may take now."""
    return tuple(each for each in HANDLINGS if may(document, seat, each))
