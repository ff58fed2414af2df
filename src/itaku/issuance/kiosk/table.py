"""The kiosk's transition table (キオスク端末): every state and edge of one session, from touch to rest."""

from __future__ import annotations

from itaku.issuance.protocol.tables import Edge, Money, State, Table

_N, _A, _H = Money.NONE, Money.ASK, Money.HELD

STATES = (
    State("idle", "はじめの画面", "Welcome", _N, True),
    State("reading", "カードを置いてください", "Place your card", _N, True),
    State("tries", "暗証番号の残り回数", "PIN tries left", _N, True),
    State("opening", "確認しています", "Checking", _N, True),
    State("choosing", "証明書を選ぶ・暗証番号", "Choose, confirm, PIN", _N, True),
    State("signing", "カードで確認しています", "Checking your PIN", _N, True),
    State("applying", "証明書を準備しています", "Preparing", _N, True),
    State("checking", "プリンターを確かめています", "Checking the printer", _N, True),
    State("permitting", "まだお金を入れないでください", "Please do not pay yet", _N, True),
    State("paying", "お金を入れてください", "Please pay", _A, False),
    State("cancelling", "お支払いをやめています", "Cancelling the payment", _A, False),
    State("printing", "印刷しています", "Printing", _H, False),
    State(
        "paper_out", "用紙を補充します。お金は預かっています", "Paper is being refilled; your money is safe", _H, False
    ),
    State("asking", "印刷できたか確かめています", "Checking what was printed", _H, False),
    State("refunding", "お金をお返ししています", "Returning your money", _H, True),
    State("clerk", "店員に受付番号を伝えてください", "Please see the staff", _H, True),
    State("delivered", "お受け取りください", "Please take your certificate", _H, True, True),
    State("refunded", "お金をお返ししました", "Your money was returned", _N, True, True),
    State("abandoned", "お金はいただいていません", "Nothing was charged", _N, True, True),
    State("ended", "おわりました", "The session ended", _N, True, True),
)
"""`delivered` holds the fee for good: there it is the shop's, against a certificate that is the resident's."""

_ENDINGS = tuple(
    Edge(source, event, "ended", "ReleaseCard, DestroyKey, Report(Abandon)" if opened else "ReleaseCard")
    for source, events, opened in (
        ("reading", ("CardFailed", "Timeout", "Cancelled"), False),
        ("tries", ("Timeout", "Cancelled"), False),
        ("opening", ("Refused", "Timeout", "Cancelled"), True),
        ("choosing", ("CardFailed", "Timeout", "Cancelled"), True),
        ("signing", ("CardFailed", "Timeout"), True),
        ("applying", ("Refused", "Mismatch", "Timeout", "Cancelled"), True),
        ("checking", ("NotReady", "Timeout", "Cancelled"), True),
    )
    for event in events
)

EDGES = (
    Edge("idle", "Started", "reading", "ReadCard"),
    Edge("reading", "CardRead", "opening", "new session key, Send(Open)"),
    Edge("reading", "CardShown", "tries", "ReleaseCard"),
    Edge("opening", "OpenOk", "choosing"),
    Edge("choosing", "Touched", "choosing"),
    Edge("choosing", "Chosen", "signing", "SignWithCard"),
    Edge("signing", "PinWrong", "choosing"),
    Edge("signing", "Signed", "applying", "ReleaseCard, Send(Apply)"),
    Edge("applying", "Prepared", "checking", "open, check document, AskPrinter"),
    Edge("checking", "Ready", "permitting", "J committing(counter0), Send(Permit)"),
    Edge("permitting", "PermitOk", "paying", "Take"),
    Edge("permitting", "Refused", "abandoned", "J abandoned, DestroyKey, Report"),
    Edge("permitting", "Timeout", "abandoned", "J abandoned, DestroyKey, Report"),
    Edge("paying", "Inserted", "paying"),
    Edge("paying", "Paid", "printing", "J paid, Print"),
    Edge("paying", "NotPaid", "abandoned", "J abandoned, DestroyKey, Report"),
    Edge("paying", "Timeout", "cancelling", "CancelTake"),
    Edge("paying", "Cancelled", "cancelling", "CancelTake"),
    Edge("cancelling", "Paid", "printing", "J paid, Print"),
    Edge("cancelling", "PaidWithoutKey", "refunding", "J refund_due, Refund (after a restart: the key is gone)"),
    Edge("cancelling", "CashFault", "clerk", "J refund_due, DestroyKey, CallClerk: coins that the unit cannot return"),
    Edge("cancelling", "NotPaid", "abandoned", "J abandoned, DestroyKey, Report"),
    Edge("cancelling", "Timeout", "cancelling", "CancelTake again, every 10 s"),
    Edge("printing", "Progress", "printing"),
    Edge("printing", "AllPrinted", "delivered", "J delivered, DestroyKey, Report (bank, tell, book)"),
    Edge("printing", "Failed", "refunding", "J refund_due, DestroyKey, StopPrinting, Refund"),
    Edge("printing", "PaperOut", "paper_out"),
    Edge("printing", "Unclear", "asking", "J paid, AskPrinter (ended, but not with every sheet)"),
    Edge("printing", "Timeout", "asking", "J paid, AskPrinter"),
    Edge("paper_out", "Progress", "printing"),
    Edge("paper_out", "AllPrinted", "delivered", "J delivered, DestroyKey, Report (bank, tell, book)"),
    Edge("paper_out", "Failed", "refunding", "J refund_due, DestroyKey, StopPrinting, Refund"),
    Edge("paper_out", "Unclear", "asking", "J paid, AskPrinter"),
    Edge("paper_out", "Timeout", "refunding", "J refund_due, DestroyKey, StopPrinting, Refund"),
    Edge("asking", "CountedAll", "delivered", "J delivered, DestroyKey, Report (bank, tell, book)"),
    Edge("asking", "CountedLess", "refunding", "J refund_due, DestroyKey, StopPrinting, Refund"),
    Edge("asking", "Unreadable", "clerk", "J uncertain, DestroyKey, CallClerk"),
    Edge("asking", "Busy", "asking", "AskPrinter again"),
    Edge("asking", "Timeout", "clerk", "J uncertain, DestroyKey, CallClerk"),
    Edge("refunding", "RefundDone", "refunded", "J refunded, Report"),
    Edge("refunding", "RefundFault", "clerk", "CallClerk"),
    Edge("refunding", "Timeout", "refunding", "Refund again (by id), every 20 s"),
    Edge("clerk", "ClerkSawAll", "delivered", "J delivered, Report (bank, tell, book)"),
    Edge("clerk", "ClerkSawLess", "refunding", "J refund_due, Refund"),
    Edge("clerk", "ClerkRefunded", "refunded", "J refunded, Report"),
    Edge("clerk", "Timeout", "clerk", "AskClerk again"),
    *_ENDINGS,
)

KIOSK_TABLE = Table("kiosk", STATES, EDGES)
"""キオスク端末の状態遷移表."""
