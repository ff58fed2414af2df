"""The page of a difference (変わることの確認): what every page shows that asks a person to record or to confirm."""

from __future__ import annotations

from typing import Any

from itaku.basis.written_dates import read_written
from itaku.contracts.engine.events import catalogue
from itaku.contracts.engine.result import Result
from itaku.desk.acts import telling
from itaku.desk.acts.fields import as_sent
from itaku.desk.acts.permission import reserved_for_this, who_confirms
from itaku.desk.acts.shown import notices, rows, said
from itaku.desk.acts.telling import Draft
from itaku.desk.asking import ask


def preview_context(
    result: Result, draft: Draft, shown: telling.Preview, sent: dict[str, tuple[str, ...]]
) -> dict[str, Any]:
    """What the page of a difference shows."""
    contract = result.fold.contract
    reserved = reserved_for_this(result, draft.kind, draft.party, draft.fields)
    confirms = who_confirms(contract, draft.kind, draft.party, reserved)
    moment = read_written(draft.at, "") if draft.at else None
    return {
        "draft": draft,
        "said": said(contract, draft.kind, draft.fields),
        "carried": [(f"f_{name}", value) for name, values in as_sent(draft.fields).items() for value in values],
        "sent": sent,
        "seq": shown.seq,
        "rows": rows(contract, shown.difference),
        "flags": notices(contract, shown.difference.new_flags),
        "status_before": shown.difference.status_before,
        "status_after": shown.difference.status_after,
        "party": contract.parties[draft.party],
        "confirms": [contract.parties[each] for each in confirms],
        "reserved": reserved,
        "day": moment.day if moment else None,
        "time": draft.at[11:16],
    }


def moved_context(result: Result, contract: str, notice: str, since: int) -> dict[str, Any]:
    """Why the difference is shown again, and what was told in between."""
    known = catalogue(result.fold.contract)
    told = ask(lambda keeper: keeper.told(contract))[since:] if notice == "moved" else []
    return {"notice": notice, "between": [(each, known.get(each.kind)) for each in told]}


def confirms_of(result: Result, draft: Draft) -> tuple[str, ...]:
    """The legal persons of whom somebody confirms the draft."""
    row = reserved_for_this(result, draft.kind, draft.party, draft.fields)
    return who_confirms(result.fold.contract, draft.kind, draft.party, row)
