"""OCDS 1.1: the implementation of a contract as a release package, with nothing in it that the contract does not know.

Open Contracting Data Standard 1.1: milestones are duties with a date, transactions are payments, amendments are changed
terms. Planning, the way of tendering and prices of others are left out, because a contract does not say them.
"""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import msgspec

from itaku.basis.clock import JST, InstantMs, to_jst
from itaku.contracts.engine.result import Result, View
from itaku.contracts.model.contract import Contract

UNREGISTERED_PREFIX = "ocds-unregistered"
"""Stands where the publisher has no prefix of its own yet: whoever publishes registers one with the OCP first."""

Json = dict[str, Any]


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What a publisher adds to the contract: its id, who publishes, when, under which prefix, and what it amends.

    `amends_release` is the id of the release that an amendment changes, if one was published before.
    """

    contract_id: str
    published_at: InstantMs
    publisher: str
    prefix: str = UNREGISTERED_PREFIX
    amends_release: str | None = None


def release_package(result: Result, publication: Publication) -> Json:
    """The contract as an OCDS 1.1 release package with one release: everything that is known as of the result."""
    release = _release(result, publication)
    return {
        "uri": f"urn:itaku:release-package:{_urn(publication.contract_id)}:{release['id']}",
        "version": "1.1",
        "publishedDate": _moment(publication.published_at),
        "publisher": {"name": publication.publisher},
        "releases": [release],
    }


def release_id(result: Result, contract_id: str) -> str:
    """The release's id: a release never changes, so contract, number of the last event and instant are in it."""
    return f"{_urn(contract_id)}-{result.seq}-{int(result.as_of)}"


def _release(result: Result, publication: Publication) -> Json:
    contract = result.fold.contract
    sides = contract.parts[contract.head.id].labels
    buyer, supplier = sides["甲"], sides["乙"]
    transactions = _transactions(result)
    tender, award = f"{publication.contract_id}-tender", f"{publication.contract_id}-award"
    return {
        "ocid": f"{publication.prefix}-{publication.contract_id}",
        "id": release_id(result, publication.contract_id),
        "date": _moment(result.as_of),
        "tag": _tags(result),
        "initiationType": "tender",
        "language": "ja",
        "parties": _parties(contract, buyer, supplier, transactions),
        "buyer": _party(contract, buyer),
        "tender": {"id": tender, "title": contract.head.ja, "procuringEntity": _party(contract, buyer)},
        "awards": [
            {
                "id": award,
                "title": contract.head.ja,
                "status": "pending" if result.status == "unsigned" else "active",
                "suppliers": [_party(contract, supplier)],
            }
        ],
        "contracts": [_contract(result, publication, award, transactions)],
    }


def _tags(result: Result) -> list[str]:
    tags = ["award", "contract", "implementation"]
    if _changed_terms(result) or _changed_provisions(result):
        tags.append("contractAmendment")
    if result.status in _ENDED:
        tags.append("contractTermination")
    return tags


# ---- parties ----


def _party(contract: Contract, name: str) -> Json:
    return {"id": name, "name": contract.parties[name].ja}


def _parties(contract: Contract, buyer: str, supplier: str, transactions: list[Json]) -> list[Json]:
    found = []
    for name, party in contract.parties.items():
        roles = []
        if name == buyer:
            roles += ["buyer", "procuringEntity"]
        if name == supplier:
            roles.append("supplier")
        for role in ("payer", "payee"):
            if any(each.get(role, {}).get("id") == name for each in transactions):
                roles.append(role)
        found.append({"id": name, "name": party.ja, "roles": roles or ["interestedParty"]})
    return found


# ---- the contract ----


def _contract(result: Result, publication: Publication, award: str, transactions: list[Json]) -> Json:
    contract = result.fold.contract
    papers = _documents(result)
    own = [each for each in papers if each.get("documentType") in _OF_THE_CONTRACT]
    found: Json = {
        "id": publication.contract_id,
        "awardID": award,
        "title": contract.head.ja,
        "description": contract.head.en,
        "status": _STATUS[result.status],
        "period": _period(result),
        "value": _value(_term(result, "price_yen")),
        "dateSigned": _day(_term(result, "signed_on")),
        "documents": own,
        "amendments": _amendments(result, publication),
        "implementation": {
            key: value
            for key, value in {
                "transactions": transactions,
                "milestones": _milestones(result),
                "documents": [each for each in papers if each not in own],
            }.items()
            if value
        },
    }
    return _known(found)


def _known(found: Json) -> Json:
    """Without what is not known: OCDS leaves out rather than writes nothing."""
    return {key: value for key, value in found.items() if value not in (None, [], {})}


def _term(result: Result, name: str) -> Any:
    history = result.fold.terms.get(name)
    return history[-1].value if history else None


def _period(result: Result) -> Json | None:
    start = _term(result, "term_start") or _term(result, "signed_on")
    found = _known({"startDate": _day(start), "endDate": _day(_term(result, "term_end"), end=True)})
    return found or None


def _value(yen: Any) -> Json | None:
    return {"amount": yen, "currency": "JPY"} if isinstance(yen, int) else None


# ---- milestones ----


def _milestones(result: Result) -> list[Json]:
    """Duties with a date or an hour, in the order of the articles."""
    return [
        _milestone(result, shown)
        for shown in result.views.values()
        if shown.kind in _DUTIES and (shown.due.day is not None or shown.due.instant is not None)
    ]


def _milestone(result: Result, shown: View) -> Json:
    text = result.fold.instances[shown.id].rule.text
    is_debt = result.fold.instances[shown.id].rule.is_debt
    due = _day(shown.due.day, end=True) if shown.due.instant is None else _moment(shown.due.instant)
    said = [text.ja, text.en]
    if shown.breached_on is not None:
        said.append(f"違反 / breached: {shown.breached_on.isoformat()}")
    if shown.state == "discharged":
        said.append("消滅（履行を要しない） / discharged: no longer to be performed")
    return _known(
        {
            "id": shown.id,
            "title": text.heading or text.ja,
            "type": "financing" if is_debt else "reporting" if shown.kind == "document" else None,
            "description": "\n".join(said),
            "code": shown.provision,
            "dueDate": due,
            "dateMet": _day(shown.performed_on) if shown.state == "fulfilled" else None,
            "status": milestone_status(result, shown),
        }
    )


def milestone_status(result: Result, shown: View) -> str | None:
    """The code of the closed list milestoneStatus; None for a discharged duty, for which the list has no word."""
    if shown.state == "fulfilled":
        return "met"
    if shown.state == "discharged":
        return None
    money = result.money(shown.id)
    if money is not None and money.paid and money.unpaid_yen:
        return "partiallyMet"
    return "notMet" if shown.state == "violated" else "scheduled"


# ---- transactions ----


def _transactions(result: Result) -> list[Json]:
    """Payments as they were told, one for each event; who paid whom is said where the contract says it."""
    contract = result.fold.contract
    found: dict[str, Json] = {}
    for shown in result.views.values():
        money = result.money(shown.id)
        for paid in money.paid if money is not None else ():
            if paid.event in found:
                continue  # one payment that answers two provisions is still one payment
            found[paid.event] = _known(
                {
                    "id": paid.event,
                    "date": _day(paid.on),
                    "value": _value(int(paid.yen)),
                    "payer": _party(contract, shown.bearer) if shown.bearer in contract.parties else None,
                    "payee": _party(contract, shown.counterparty) if shown.counterparty in contract.parties else None,
                }
            )
    return sorted(found.values(), key=lambda each: (each["date"], each["id"]))


# ---- amendments ----


def _changed_terms(result: Result) -> list[tuple[str, Any, Any]]:
    """Terms whose value was exchanged for another; a blank that was filled in is no amendment."""
    found = []
    for name, history in result.fold.terms.items():
        for old, new in itertools.pairwise(history):
            if old.value != new.value:
                found.append((name, old, new))
    return found


def _changed_provisions(result: Result) -> list[Any]:
    return list(result.fold.told.get("provision.amended", ()))


def _amendments(result: Result, publication: Publication) -> list[Json]:
    contract = result.fold.contract
    found = [
        {
            "id": f"{name}:{new.by}",
            "date": _day(new.day),
            "rationale": _rationale(result, new.by),
            "description": f"{contract.terms[name].ja}（{contract.terms[name].clause}）: {old.value} → {new.value}",
            "amendsReleaseID": publication.amends_release,
        }
        for name, old, new in _changed_terms(result)
    ]
    found += [
        {
            "id": event.id,
            "date": _day(event.day),
            "rationale": _rationale(result, event.id),
            "description": "条項の変更 / a provision was amended",
            "amendsReleaseID": publication.amends_release,
        }
        for event in _changed_provisions(result)
    ]
    return sorted(map(_known, found), key=lambda each: (each["date"], each["id"]))


def _rationale(result: Result, by: str) -> str:
    """Why a value changed: the event that was told, or the provision that has this effect."""
    for event in result.events.events:
        if event.id == by:
            return result.fold.rules.events[event.kind].ja
    instance = result.fold.instances.get(by)
    return instance.rule.text.ja if instance is not None else by


# ---- documents ----


def _documents(result: Result) -> list[Json]:
    """Papers that were filed; their content is not published, the digest lets it be recognised."""
    contract = result.fold.contract
    found = []
    for event in result.fold.papers:
        name = str(event.fields["paper"])
        paper = contract.papers.get(name)
        found.append(
            _known(
                {
                    "id": event.id,
                    "documentType": _DOCUMENT_TYPES.get(name),
                    "title": paper.ja if paper is not None else name,
                    "description": f"{paper.en if paper is not None else name}; sha256 {event.fields['sha256']}",
                    "datePublished": _moment(event.at),
                    "language": "ja",
                }
            )
        )
    return found


# ---- dates ----


def _day(day: Any, *, end: bool = False) -> str | None:
    """A day in Japan as an instant: its first second, or its last where something runs until it."""
    if not isinstance(day, dt.date):
        return None
    return dt.datetime.combine(day, dt.time(23, 59, 59) if end else dt.time(0), JST).isoformat()


def _moment(instant: InstantMs) -> str:
    return to_jst(instant).replace(microsecond=0).isoformat()


def _urn(text: str) -> str:
    """A contract's id as a part of a URN: letters, digits and hyphens; anything else by its bytes."""
    return "".join(each if each.isascii() and (each.isalnum() or each == "-") else each.encode().hex() for each in text)


_DUTIES = frozenset({"obligation", "document", "calculation"})
_ENDED = frozenset({"expired", "terminated", "cancelled"})
_STATUS = {
    "unsigned": "pending",
    "in_force": "active",
    "expired": "terminated",
    "terminated": "terminated",
    "cancelled": "terminated",  # OCDS: cancelled is a contract that ended before it was signed
}
_OF_THE_CONTRACT = frozenset({"contractSigned", "contractAnnexe", "contractSchedule", "contractGuarantees"})
_DOCUMENT_TYPES = {
    "contract-paper": "contractSigned",
    "contract-original": "contractSigned",
    "amendment": "contractAnnexe",
    "work-schedule": "contractSchedule",
    "deposit-application": "contractGuarantees",
    "operator-contract": "subContract",
    "subcontract-consent": "subContract",
    "subcontract-report": "subContract",
    "subcontract-plan": "subContract",
    "completion-report": "physicalProgressReport",
    "inspection-record": "completionCertificate",
    "commission-statement": "financialProgressReport",
    "collection-statement": "financialProgressReport",
    "offset-statement": "financialProgressReport",
    "part-payment-statement": "financialProgressReport",
    "payment-record": "financialProgressReport",
    "complaint-report": "complaints",
    "termination-notice": "cancellationDetails",
    "cancellation-notice": "cancellationDetails",
    "rigging-termination-notice": "cancellationDetails",
    "organised-crime-termination-notice": "cancellationDetails",
    "data-termination-notice": "cancellationDetails",
    "low-bid-termination-notice": "cancellationDetails",
}
"""Papers for which the open list documentType has a word; the others carry their title only."""
