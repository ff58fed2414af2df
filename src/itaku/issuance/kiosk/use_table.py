"""The kiosk's transition table of a visit to a registry municipality (本籍地): a session of its own, an application.

Beside these edges such a visit takes those of `table`: the card is read, a session is opened, a certificate is chosen
and paid for as anywhere. An application for use has no money in it.
"""

from __future__ import annotations

from itaku.issuance.protocol.tables import Edge, Money, State, Table

_N = Money.NONE

STATES = (
    State("opening", "確認しています", "Checking", _N, True),
    State("choosing", "証明書を選ぶ・暗証番号", "Choose, confirm, PIN", _N, True),
    State("signing", "カードで確認しています", "Checking your PIN", _N, True),
    State("registering", "利用登録を申請しています", "Sending your application", _N, True),
    State("registered", "利用登録の申請を受け付けました", "Your application was received", _N, True, True),
    State("ended", "おわりました", "The session ended", _N, True, True),
)

EDGES = (
    Edge("choosing", "Elsewhere", "opening", "new session key, Send(Open of that municipality), Withdraw the first"),
    Edge("choosing", "UseChosen", "signing", "claims sealed to the municipality's key and forgotten, SignWithCard"),
    Edge("signing", "UseSigned", "registering", "ReleaseCard, Send(RegisterUse)"),
    Edge("registering", "UseReceived", "registered", "DestroyKey"),
    Edge("registering", "Refused", "ended", "DestroyKey, Report(Abandon)"),
    Edge("registering", "Mismatch", "ended", "DestroyKey, Report(Abandon)"),
    Edge("registering", "Timeout", "ended", "DestroyKey, Report(Abandon): what was received stays received"),
)

KIOSK_USE_TABLE = Table("kiosk, registry municipality", STATES, EDGES)
"""本籍地の証明書と利用登録申請の、キオスク端末の状態遷移表."""

USE_EVENTS = frozenset({"Elsewhere", "UseChosen", "UseSigned"})
"""Events that begin in a state of both tables and belong to this one."""
