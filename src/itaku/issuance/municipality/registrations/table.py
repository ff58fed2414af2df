"""The transition table of a registration for use (利用登録), as the registry municipality keeps it."""

from __future__ import annotations

from itaku.issuance.protocol.tables import Edge, Money, State, Table

_NONE = Money.NONE

STATES = (
    State("absent", "", "", _NONE, True, True),
    State("received", "受け付けました", "Received", _NONE, True),
    State("under_review", "確認しています", "Under review", _NONE, True),
    State("in_effect", "登録されています", "Registered", _NONE, True, True),
    State("refused", "認められませんでした", "Not granted", _NONE, True, True),
    State("lapsed", "効力がなくなりました", "Lapsed", _NONE, True, True),
)

_OPEN = ("received", "under_review", "in_effect")

EDGES = (
    Edge("absent", "Claimed", "received", "verify end to end, open the claims, find the register, J, UseReceived"),
    Edge("absent", "NotGranted", "refused", "J, Refused: no such register, too many tries, registered already"),
    Edge("received", "TakenUp", "under_review", "J with the officer's name"),
    Edge("under_review", "Approved", "under_review", "J approval; the first day of use has not come yet"),
    Edge("under_review", "ApprovedLate", "in_effect", "J approval; the first day of use has come already"),
    Edge("under_review", "DayCome", "in_effect", "J; registrations of the same person's other cards lapse"),
    Edge("under_review", "Refused", "refused", "J with the officer's name and the ground"),
    Edge("in_effect", "RegisterChanged", "lapsed", "J: the person is not in the register any more, or is renamed"),
    *(Edge(state, "RegisterUse", state, "UseReceived, the stored answer") for state in _OPEN),
    *(Edge(state, "CardExpired", "lapsed", "J") for state in _OPEN),
    Edge("in_effect", "CardReplaced", "lapsed", "J: another card of the same person is registered now"),
)

USE_TABLE = Table("registration for use", STATES, EDGES)
"""利用登録の状態遷移表."""
