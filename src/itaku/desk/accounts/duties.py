"""Duties (役割): what people do at a contract, each from a clause that names it or from the desk's own needs."""

from __future__ import annotations

from typing import NamedTuple


class Duty(NamedTuple):
    """A duty for people, and the clause that names it ("" where the desk alone needs it)."""

    ja: str
    en: str
    clause: str


DUTIES = {
    "officer": Duty("契約担当", "contract officer", ""),
    "inspector": Duty("検査員", "inspector", "S2-12-2"),
    "treasurer": Duty("出納", "treasurer", "S2-13-3"),
    "manager": Duty("業務管理者", "contractor's manager", ""),
    "chief_engineer": Duty("業務主任技術者", "chief engineer", "S2-4-1"),
    "personal_data_manager": Duty("個人情報取扱責任者", "personal data manager", "S2-P3-1"),
    "data_handling_manager": Duty("データ取扱責任者", "data handling manager", "S2-D4.1-1"),
    "store_staff": Duty("店舗担当", "store staff", ""),
    "maintenance": Duty("保守担当", "maintenance staff", ""),
    "operator": Duty("コンビニ事業者担当", "store operator's staff", ""),
    "auditor": Duty("監査", "auditor", ""),
    "administrator": Duty("利用者管理", "account administrator", ""),
}
"""All duties by name."""


CONFIRMING = ("administrator", "officer", "manager")
"""Duties of the second person of an act on accounts: an administrator, or who answers for the party."""


class Reserved(NamedTuple):
    """Who of a side tells an event, and whether a second person must confirm it (二人による操作).

    `side` is the side of the paper whose people are bound by the row: "client" (甲・発注者), "contractor" or "" (both).
    `duties`: any one of them is enough; none: any duty that tells. `second` is "" (none), "same" (another person of
    the same legal person) or "other" (a person of the other side: an agreement is not told by one alone). `clause`
    names the role in the contract; where none does, `ja` and `en` give the desk's own reason.
    """

    side: str
    duties: tuple[str, ...]
    second: str
    clause: str
    ja: str
    en: str


def _inspected(clause: str) -> tuple[Reserved, ...]:
    ja, en = "検査した者が記録します。", "Whoever inspected records it."
    return (Reserved("client", ("inspector",), "", clause, ja, en),)


def _paid(clause: str) -> tuple[Reserved, ...]:
    ja, en = "お金の出入りは出納が確かめて記録します。", "The treasurer confirms money that goes out or comes in."
    return (Reserved("client", ("treasurer",), "", clause, ja, en),)


_TWO = (
    Reserved(
        "",
        (),
        "same",
        "",
        "契約を終わらせ、又は権利を捨てる行為は、同じ側の二人で行います。",
        "What ends the contract or gives up a right is done by two persons of the same side.",
    ),
)
_AGREED = (
    Reserved(
        "",
        (),
        "other",
        "",
        "合意は、双方の人が認めて記録になります。",
        "An agreement is recorded once people of both sides have confirmed it.",
    ),
)
_FOUND = (
    Reserved(
        "contractor",
        (),
        "other",
        "",
        "認定で利益を受ける側だけでは記録できません。甲の人が確認します。",
        "A finding by the contractor is confirmed by the client.",
    ),
)
_DATA = (
    Reserved(
        "contractor",
        ("data_handling_manager",),
        "",
        "S2-D4.1-1",
        "データ取扱責任者が確かめて記録します。",
        "The data handling manager confirms it.",
    ),
)

RESERVED: dict[str, tuple[Reserved, ...]] = {
    "inspection.held": _inspected("S2-12-2"),
    "part.valued": _inspected("S2-13-1-但"),
    "settlement.valued": _inspected("S2-18-1"),
    "books.inspected": _inspected("S1-11-1"),
    "price.paid": _paid("S2-13-3"),
    "payment.made": (
        *_paid(""),
        Reserved(
            "contractor",
            (),
            "other",
            "",
            "乙が記録した支払いは、甲の出納が確かめて記録になります。",
            "A payment that the contractor tells is confirmed by the client's treasurer.",
        ),
    ),
    "deposit.paid": _paid(""),
    "rigging.deposit-applied": _paid(""),
    "organised-crime.deposit-applied": _paid(""),
    "fees.received": _paid("S1-12-2"),
    "commission.offset": _paid("S1-12-3"),
    "termination.notified": _TWO,
    "termination.for-defect": _TWO,
    "termination.declared": _TWO,
    "cancellation.notified": _TWO,
    "charge.waived": _TWO,
    "rate.entered": _TWO,
    "contract.signed": _AGREED,
    "term.set": _AGREED,
    "policy.chosen": _AGREED,
    "provision.amended": _AGREED,
    "amendment.agreed": _AGREED,
    "consultation.agreed": _AGREED,
    "extension.agreed": _AGREED,
    "loss.agreed": _AGREED,
    "damage.agreed": _AGREED,
    "part.agreed": _AGREED,
    "doubt.settled": _AGREED,
    "finding.made": _FOUND,
    "handler-work.attended": _DATA,
    "exit-check.done": _DATA,
    "data-ledger.confirmed": _DATA,
}
"""Events that not everybody of a side tells alone, by kind. Others: anybody of the side whom the catalogue names."""

TELLING = frozenset(DUTIES) - {"auditor", "administrator"}
"""Duties with which events are told at all: an auditor reads, an administrator looks after accounts."""
