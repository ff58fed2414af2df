"""Who may tell what (記録できる人): the catalogue's tellers for the legal person, the duties for the human being."""

from __future__ import annotations

from typing import Any, NamedTuple

from itaku.basis.errors import ItakuError
from itaku.contracts.engine.events import catalogue, tellers
from itaku.contracts.engine.result import Result
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.parts import Words
from itaku.contracts.papers.places import place
from itaku.desk.access import Seat
from itaku.desk.accounts.duties import DUTIES, RESERVED, TELLING, Reserved
from itaku.desk.accounts.models import Membership, Person

CLIENT_LABELS = frozenset({"甲", "発注者"})


class ActRefusedError(ItakuError):
    """This person may not tell this event. `detail` says why and who can."""

    code = "act_refused"
    ja = "この記録は、あなたの担当ではできません。"
    en = "Your duties do not let you record this."


class Leave(NamedTuple):
    """Whether a person may tell an event for a legal person. `why` and `who` are set where not."""

    may: bool
    why: Words = Words(ja="", en="")
    who: Words = Words(ja="", en="")


def side_of(contract: Contract, party: str) -> str:
    """Which side a legal person is on by its labels in the paper: "client" or "contractor"; "" for neither."""
    labels = {label for part in contract.parts.values() for label, person in part.labels.items() if person == party}
    if labels & CLIENT_LABELS:
        return "client"
    return "contractor" if labels else ""


def reserved_for(contract: Contract, kind: str, party: str) -> Reserved | None:
    """The row of the duties' table that binds a legal person's people at an event."""
    side = side_of(contract, party)
    return next((row for row in RESERVED.get(kind, ()) if row.side in {"", side}), None)


def duties_at(person: Person, contract_id: str) -> dict[str, frozenset[str]]:
    """A person's duties at a contract, for each legal person for which they act."""
    rows = Membership.objects.filter(person=person, contract=contract_id, ended_at=None).exclude(party="")
    return {row.party: frozenset(row.duties) for row in rows}


def parties_that_tell(contract: Contract, kind: str, seat: Seat) -> list[str]:
    """The legal persons of a seat that the catalogue lets tell an event, in the contract's order."""
    known = catalogue(contract)[kind]
    allowed = tellers(contract, known)
    return [each for each in contract.parties if each in seat.parties and (not allowed or each in allowed)]


def leave(result: Result, kind: str, seat: Seat, duties: dict[str, frozenset[str]]) -> dict[str, Leave]:
    """For each legal person of the seat that may tell the event: whether this human being may."""
    contract = result.fold.contract
    return {
        party: _duty_leave(contract, kind, party, duties.get(party, frozenset()))
        for party in parties_that_tell(contract, kind, seat)
    }


def why_nobody_of(contract: Contract, kind: str) -> Leave:
    """The refusal for a seat of which no legal person tells the event."""
    allowed = tellers(contract, catalogue(contract)[kind])
    known = [contract.parties[each] for each in contract.parties if each in allowed]
    return Leave(
        may=False,
        why=Words(
            ja="契約の目録では、この出来事を記録するのは相手方です。",
            en="By the contract's catalogue the other side records this event.",
        ),
        who=Words(ja="、".join(each.ja for each in known), en=", ".join(each.en for each in known)),
    )


def reads_only(result: Result) -> Leave:
    """The refusal for somebody without a legal person."""
    parties = result.fold.contract.parties.values()
    return Leave(
        may=False,
        why=Words(ja="監査の担当は、見るだけです。", en="An auditor reads, and tells nothing."),
        who=Words(ja="、".join(each.ja for each in parties), en=", ".join(each.en for each in parties)),
    )


def _duty_leave(contract: Contract, kind: str, party: str, duties: frozenset[str]) -> Leave:
    who = contract.parties[party]
    if not duties & TELLING:
        return Leave(
            may=False,
            why=Words(
                ja="利用者管理・監査の担当だけでは、出来事を記録しません。",
                en="Administrators and auditors do not tell events.",
            ),
            who=Words(ja=f"{who.ja}の契約担当など", en=f"a contract officer of {who.en}"),
        )
    row = reserved_for(contract, kind, party)
    if row is None or not row.duties or duties & set(row.duties):
        return Leave(may=True)
    ja = "・".join(DUTIES[each].ja for each in row.duties)
    en = ", ".join(DUTIES[each].en for each in row.duties)
    ours = any(each.id == row.clause for each in contract.provisions)
    at_ja, at_en = (f"（{place(contract, row.clause)}）", f" ({row.clause})") if ours else ("", "")
    return Leave(
        may=False,
        why=Words(ja=f"{row.ja}{at_ja}", en=f"{row.en}{at_en}"),
        who=Words(ja=f"{who.ja}の{ja}", en=f"{en} of {who.en}"),
    )


def may_confirm(contract: Contract, kind: str, confirms: list[str], duties: dict[str, frozenset[str]]) -> bool:
    """Whether a person with these duties, by legal person, is a second person of an event: as who tells it there."""
    return any(_duty_leave(contract, kind, party, duties.get(party, frozenset())).may for party in confirms)


OWN_DAY = Reserved(
    "",
    (),
    "other",
    "",
    "自分が負う債務の期限は、相手方が確認します。",
    "A day for one's own debt is confirmed by the other side.",
)


def reserved_for_this(result: Result, kind: str, party: str, fields: dict[str, Any]) -> Reserved | None:
    """As `reserved_for`, with what the event says: whoever owes does not name its own day alone."""
    rule = result.fold.rules.rules.get(str(fields.get("under", "")))
    if kind == "date.set" and rule is not None and rule.bearer == party:
        return OWN_DAY
    return reserved_for(result.fold.contract, kind, party)


def who_confirms(contract: Contract, kind: str, party: str, row: Reserved | None) -> tuple[str, ...]:
    """The legal persons of whom a second person confirms an event; none where one person is enough."""
    if row is None or not row.second:
        return ()
    if row.second == "same":
        return (party,)
    side = side_of(contract, party)
    others = [each for each in contract.parties if side_of(contract, each) not in {side, ""}]
    allowed = tellers(contract, catalogue(contract)[kind])
    return tuple(each for each in others if not allowed or each in allowed) or tuple(others)
