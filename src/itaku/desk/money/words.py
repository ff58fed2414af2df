"""Words of the money pages: sorts of postings, states of cases, whose books are meant."""

from __future__ import annotations

from typing import NamedTuple

from itaku.contracts.model.parts import Words
from itaku.desk.words import State
from itaku.settlement.cases import Case
from itaku.settlement.cases import State as CaseState
from itaku.settlement.posting import Sort
from itaku.settlement.reconciliation import SORT_TITLE
from itaku.settlement.views import Movement, View

SORTS: dict[str, Words] = {
    Sort.FEE_TAKEN: Words(ja="手数料の収納", en="fee taken"),
    Sort.REFUND: Words(ja="返金", en="refund"),
    Sort.COMMISSION: Words(ja="委託手数料", en="commission"),
    Sort.SET_OFF: Words(ja="繰替使用・充当", en="set-off"),
    Sort.REMITTANCE: Words(ja="納付", en="remittance"),
    Sort.SHOP_PAYMENT: Words(ja="取扱店からの入金", en="shop payment"),
    Sort.COMMISSION_PAYMENT: Words(ja="委託手数料の支払", en="commission payment"),
    Sort.LATE_CHARGE: Words(ja="延滞損害金", en="late charge"),
    Sort.LATE_CHARGE_PAYMENT: Words(ja="延滞損害金の納付", en="late charge paid"),
    Sort.WAIVER: Words(ja="延滞損害金の免除", en="waiver"),
    Sort.RETURN: Words(ja="還付", en="return"),
    Sort.REVERSAL: Words(ja="取消仕訳", en="reversal"),
}
"""Every sort of posting."""

CASE_STATES: dict[CaseState, State] = {
    CaseState.OPEN: State("未解決", "open", "violated", "stop"),
    CaseState.PROPOSED: State("提案済", "proposed", "today", "warn"),
    CaseState.AGREED: State("合意済", "agreed", "in_effect", "dot"),
    CaseState.SETTLED: State("解決", "settled", "fulfilled", "check"),
}

VIEWS: dict[View, Words] = {
    View.CENTER: Words(ja="交付センター", en="the center"),
    View.MUNICIPALITY: Words(ja="市区町村", en="the municipality"),
    View.REGISTER: Words(ja="店舗のレジ", en="the shop's register"),
}

STEPS: dict[str, Words] = {
    "opened": Words(ja="見つかった", en="found"),
    "opened again": Words(ja="再び見つかった", en="found again"),
    "seen": Words(ja="変わった", en="changed"),
    "proposed": Words(ja="正しい内容を示した", en="said what is right"),
    "sent back": Words(ja="差し戻した", en="sent back"),
    "agreed": Words(ja="合意した（取消仕訳を記帳）", en="agreed (reversal booked)"),
    "settled": Words(ja="解決した", en="settled"),
}

_MOVEMENTS = {Movement.SALE: Words(ja="交付", en="sale"), Movement.REFUND: Words(ja="返金", en="refund")}


class CaseLine(NamedTuple):
    """A case as a list shows it."""

    case: Case
    issuance: str
    movement: str
    what: Words
    moved: Words
    side: Words
    owner: Words
    state: State


def case_line(case: Case) -> CaseLine:
    """A case in words."""
    ja, en = SORT_TITLE[case.sort]
    return CaseLine(
        case,
        case.name.issuance_id.hex(),
        case.name.movement.name.lower(),
        Words(ja=ja, en=en),
        _MOVEMENTS[case.name.movement],
        VIEWS[case.name.side],
        VIEWS[case.owner],
        CASE_STATES[case.state],
    )


def step_words(event: str) -> Words:
    """What happened to a case."""
    return STEPS.get(event, Words(ja=event, en=event))


TILL_HEADS = (
    ("通数", "Copies"),
    ("収納額", "Taken"),
    ("無効", "Voided"),
    ("返金", "Refunded"),
    ("差引額", "Net"),
    ("前月末", "Opening"),
    ("入金", "Handed over"),
    ("月末残", "Closing"),
)
"""Columns of a chain's tills, as `figures` has them."""
TOTAL_HEADS = (
    ("通数", "Copies"),
    ("無効", "Voided"),
    ("収納額", "Fees"),
    ("返金", "Refunds"),
    ("委託手数料", "Commission"),
    ("うち税", "Of it tax"),
    ("繰替使用", "Offset"),
    ("納付額", "To remit"),
    ("甲支払", "Client pays"),
)
"""Columns of the totals, as `figures` has them."""
TABLES = (
    ("sums", "総括", "sums"),
    ("kinds", "種類", "kinds"),
    ("prices", "単価", "prices"),
    ("taxes", "税率", "tax rates"),
    ("chains", "事業者", "chains"),
    ("checks", "突合", "checks"),
)
"""Names of the month's tables."""
