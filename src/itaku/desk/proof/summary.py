"""The bundle's summary as PDF (概要): the contract at a glance, for a file of paper."""

from __future__ import annotations

from collections.abc import Sequence

from itaku.basis.clock import to_jst
from itaku.basis.working import day_ja
from itaku.contracts.engine.result import Result
from itaku.contracts.overview.purse import purse
from itaku.contracts.papers.content import Entry, PaperDraft, Person
from itaku.contracts.papers.pdf import pdf
from itaku.contracts.papers.provenance import provenance
from itaku.desk.words import STATES
from itaku.settlement.figures import Figures

_ON_PAPER = frozenset({"articles", "money"})
"""Tables of the summary; what people wrote in their own words stands in the other files."""


def summary(result: Result, contract_id: str, tables: Sequence[Figures]) -> bytes:
    """The summary. Raises `PaperError`s and `GlyphMissingError`."""
    head = result.fold.contract.head
    return pdf(
        PaperDraft(
            contract=head.id,
            contract_ja=head.ja,
            contract_en=head.en,
            signed_on="",
            paper="proof-summary",
            title_ja="証拠一式の概要",
            title_en="Summary of the bundle of proof",
            number="",
            dated="",
            dated_on=None,
            instance=contract_id,
            opening="契約は次のとおりです。添えた記録と証明で確かめられます。",
            addressees=(),
            senders=_parties(result),
            drafter="",
            approver="",
            copies=1,
            entries=tuple(_entries(result, contract_id)),
            workings=(),
            grounds=(),
            changes=(),
            readings=(),
            clauses=(),
            notes=(),
            waiting=(),
            unsettled=(),
            filed=contract_id,
            provenance=provenance(result),
            tables=tuple(each.on_paper() for each in tables if each.name in _ON_PAPER),
        )
    )


def _parties(result: Result) -> tuple[Person, ...]:
    contract = result.fold.contract
    labels = contract.parts[contract.head.id].labels if contract.head.id in contract.parts else {}
    return tuple(Person(label, contract.parties[name].ja, name) for label, name in labels.items())


def _entries(result: Result, contract_id: str) -> list[Entry]:
    status = "ended" if result.status == "expired" else result.status
    price = purse(result).price_yen
    states = [view.state for view in result.views.values()]
    found = [
        ("contract", "契約の番号", "Contract", contract_id),
        ("as-of", "この時点の姿", "As of", f"{day_ja(to_jst(result.as_of).date())} {to_jst(result.as_of):%H:%M}"),
        ("status", "状態", "Status", STATES[status].ja),
        ("told", "記録されたできごと", "Events told", f"{result.seq:,}件"),
        ("open", "動いているもの", "In effect", f"{states.count('in_effect'):,}件"),
        ("breached", "違反・期限超過", "Breached", f"{states.count('violated'):,}件"),
    ]
    if price is not None:
        found.append(("price", "契約金額", "Price", f"{price:,}円"))
    return [Entry(name, ja, en, value, "contract") for name, ja, en, value in found]
