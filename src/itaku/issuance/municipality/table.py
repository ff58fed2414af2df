"""The municipality's transition table (市区町村の証明書発行): one row per issuance."""

from __future__ import annotations

from itaku.issuance.protocol.tables import Edge, Money, State, Table

STATES = (
    State("absent", "", "", Money.NONE, True, True),
    State("accepted", "", "", Money.NONE, True),
    State("ready", "", "", Money.ASK, True),
    State("counted", "", "", Money.HELD, True, True),
    State("void", "", "", Money.NONE, True, True),
    State("voided", "", "", Money.NONE, True, True),
)

EDGES = (
    Edge("absent", "Apply", "accepted", "verify end to end, J with a render lease of 15 s, Render(attempt 1)"),
    Edge("absent", "Withheld", "void", "J, Refused: the resident, the replica or the application does not allow it"),
    Edge("absent", "Outcome", "void", "J (tombstone: a later Apply is void), OutcomeOk"),
    Edge("accepted", "Apply", "accepted", "wait, or Render(next attempt) once the lease is over"),
    Edge("accepted", "Rendered", "ready", "drop if not this attempt; read back, sign, seal, J, Prepared"),
    Edge("accepted", "RenderFailed", "void", "J, Refused"),
    Edge("accepted", "Mismatch", "void", "J, Refused, Incident: the route stops"),
    Edge("accepted", "Outcome", "void", "J, OutcomeOk"),
    Edge("ready", "Apply", "ready", "Prepared, the stored answer"),
    Edge("ready", "OutcomeDelivered", "counted", "J, sealed bytes dropped, OutcomeOk"),
    Edge("ready", "Outcome", "void", "J, sealed bytes dropped, OutcomeOk"),
    Edge("ready", "Void", "voided", "J, sealed bytes dropped, VoidOk: the outcome was not told before"),
    Edge("counted", "Void", "voided", "J, VoidOk: the whole set counts no more"),
)

MUNICIPALITY_TABLE = Table("municipality", STATES, EDGES)
"""市区町村の証明書発行の状態遷移表."""
