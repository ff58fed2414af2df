"""`itaku incident-clock`: both clocks of an incident, every reading, the target and the outer limit (S2-D4.1-6)."""

from __future__ import annotations

from typing import Any

import msgspec

from itaku.basis.clock import InstantMs, to_instant, to_jst
from itaku.basis.working import lines_text, moment_ja
from itaku.basis.written_dates import read_moment
from itaku.protection.incident_clock import Clocks, incident_clocks


def incident_clock(recognised: str, reported: str | None, subcontractor: str | None) -> tuple[dict[str, Any], str]:
    """The clocks as data and as text; times in Japan unless they name their offset. Raises their coded errors."""
    clocks = incident_clocks(
        _instant(recognised, "recognised"),
        None if reported is None else _instant(reported, "reported"),
        subcontractor_recognised=None if subcontractor is None else _instant(subcontractor, "subcontractor"),
    )
    return _facts(clocks), _text(clocks)


def _instant(text: str, waits: str) -> InstantMs:
    return to_instant(read_moment(text, f"S2-D4.1-6, {waits}"))


def _facts(clocks: Clocks) -> dict[str, Any]:
    return {
        "recognised": _iso(clocks.recognised),
        "contractor_recognised": _iso(clocks.contractor_recognised),
        "subcontractor_recognised": _iso(clocks.subcontractor_recognised),
        "reported": _iso(clocks.reported),
        "first_report_due": _iso(clocks.first_report_due),
        "first_report_in_time": clocks.first_report_in_time,
        "target": _iso(clocks.target),
        "outer_limit": _iso(clocks.outer_limit),
        "readings": [
            {
                "due": _iso(reading.due),
                "hours": reading.hours,
                "window_by": reading.window_by.value,
                "starts_at": reading.starts_at.value,
                "weekday": reading.weekday.value,
            }
            for reading in clocks.readings
        ],
        "provisional": clocks.provisional,
        "working": msgspec.to_builtins(clocks.working),
    }


def _iso(instant: InstantMs | None) -> str | None:
    return None if instant is None else to_jst(instant).isoformat()


def _text(clocks: Clocks) -> str:
    head = [f"第一報の期限 / first report by: {moment_ja(clocks.first_report_due)}"]
    if clocks.target is not None and clocks.outer_limit is not None:
        head += [
            f"詳細報告の目標 / details, target: {moment_ja(clocks.target)}",
            f"詳細報告の外側の限界 / details, outer limit: {moment_ja(clocks.outer_limit)}",
        ]
    return "\n".join([*head, lines_text(clocks.working)])
