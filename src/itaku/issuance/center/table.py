"""The center's transition table (証明書交付センター): one row per issuance."""

from __future__ import annotations

from itaku.issuance.protocol.tables import Edge, Money, State, Table

_N, _A, _H = Money.NONE, Money.ASK, Money.HELD

STATES = (
    State("absent", "", "", _N, True, True),
    State("opened", "", "", _N, True),
    State("applied", "", "", _N, True),
    State("prepared", "", "", _N, True),
    State("permitted", "", "", _A, False),
    State("delivered", "", "", _H, True),
    State("closed", "", "", _H, True, True),
    State("refused", "", "", _N, True, True),
    State("abandoned", "", "", _N, True, True),
    State("refunded", "", "", _N, True, True),
    State("voided", "", "", _N, True, True),
)

EDGES = (
    Edge("absent", "Open", "opened", "J, OpenOk"),
    Edge("absent", "Abandon", "abandoned", "J (tombstone: a later Open is void), AbandonOk"),
    Edge("opened", "Apply", "applied", "J, Forward(Apply)"),
    Edge("opened", "Abandon", "abandoned", "J, AbandonOk"),
    Edge("opened", "Deadline", "abandoned", "J"),
    Edge("applied", "Apply", "applied", "Forward(Apply) again"),
    Edge("applied", "Prepared", "prepared", "J, Prepared"),
    Edge("applied", "Refused", "refused", "J, Refused"),
    Edge("applied", "Abandon", "abandoned", "J, AbandonOk, Tell(Outcome)"),
    Edge("applied", "Deadline", "abandoned", "J, Tell(Outcome)"),
    Edge("prepared", "Apply", "prepared", "Forward(Apply) again"),
    Edge("prepared", "Prepared", "prepared", "Prepared"),
    Edge("prepared", "Permit", "permitted", "J, PermitOk"),
    Edge("prepared", "Abandon", "abandoned", "J, AbandonOk, Tell(Outcome)"),
    Edge("prepared", "Deadline", "abandoned", "J, Tell(Outcome)"),
    Edge("permitted", "Delivered", "delivered", "J, DeliveredOk, Tell(Outcome)"),
    Edge("permitted", "Refunded", "refunded", "J, RefundedOk, Tell(Outcome)"),
    Edge("permitted", "Abandon", "abandoned", "J, AbandonOk, Tell(Outcome)"),
    Edge("permitted", "Deadline", "permitted", "J listed; never ended by time"),
    Edge("delivered", "Erased", "closed", "J, ErasedOk"),
    Edge("delivered", "Void", "voided", "J receipt, VoidOk, Tell(Void): the whole set counts no more"),
    Edge("closed", "Void", "voided", "J receipt, VoidOk, Tell(Void): the whole set counts no more"),
    Edge("voided", "Erased", "voided", "J, ErasedOk"),
    Edge("voided", "VoidOk", "voided", "J told"),
    Edge("voided", "Deadline", "voided", "Tell(Void) again, every 30 s"),
    *(
        Edge(state, event, state, note)
        for state in ("delivered", "closed", "abandoned", "refunded")
        for event, note in (("OutcomeOk", "J told"), ("Deadline", "Tell(Outcome) again, every 30 s"))
    ),
)

CENTER_TABLE = Table("center", STATES, EDGES)
"""証明書交付センターの状態遷移表."""
