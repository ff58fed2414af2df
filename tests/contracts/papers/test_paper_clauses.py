"""Each clause that is answered by a document: the cause comes, and the document is drafted for it with its deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from certificates_lives import signed
from contracts_lives import Life
from marathon_lives import Marathon
from paper_reading import pdf_text, squeezed, word_text

from itaku.contracts.papers.drafting import draft
from itaku.contracts.papers.pdf import pdf
from itaku.contracts.papers.word import word


def told(*events: tuple[str, str, dict[str, Any]]) -> Callable[[], Life]:
    def life() -> Life:
        made = Marathon()
        for day, kind, fields in events:
            made.tell(day, kind, **fields)
        return made

    return life


def found(*clauses: str) -> Callable[[], Life]:
    def life() -> Life:
        made = Marathon()
        made.found("2025-11-04", *clauses)
        return made

    return life


INCIDENT = ("2026-02-02T10:00", "data-incident.recognised", {"incident": "I1", "threat": "leak"})
DONE = ("2027-03-20", "work.completed", {"on": "2027-03-20"})
CASES: list[tuple[str, str, Callable[[], Life], str]] = [
    ("S1-Z1", "contract-original", signed, "S1-Z1"),
    ("S1-Z2", "contract-original", signed, "S1-Z2"),
    ("S2-H5", "contract-paper", Marathon, "S2-H5"),
    ("S2-H6", "contract-paper", Marathon, "S2-H6"),
    ("S2-3-1", "work-schedule", Marathon, "S2-3-1"),
    ("S2-12-1", "completion-report", told(("2027-03-20", "work.finished", {})), "S2-12-1"),
    ("S2-12-1-但-R7", "completion-report", Marathon, "S2-12-1-但-R7"),
    ("S2-12-1-但-R8", "completion-report", Marathon, "S2-12-1-但-R8"),
    ("S2-D4.1", "data-plan", Marathon, "S2-D4.1"),
    ("S2-D4.1-1", "data-roster", Marathon, "S2-D4.1-1"),
    ("S2-D4.1-1-番号", "data-roster", found("S2-D4.1-番号/該当"), "S2-D4.1-1-番号"),
    ("S2-D4.1-2", "training-plan", Marathon, "S2-D4.1-2"),
    ("S2-D4.1-3", "handling-plan", Marathon, "S2-D4.1-3"),
    (
        "S2-D4.1-3-ウ",
        "data-ledger",
        told(("2026-01-10", "data.handed-over", {"item": "D1", "level": "2", "my_number": False})),
        "S2-D4.1-3-ウ",
    ),
    ("S2-D4.1-4", "placement-plan", told(("2026-01-10", "external-placement.planned", {"place": "P1"})), "S2-D4.1-4"),
    ("S2-D4.1-5", "connection-plan", told(("2026-01-10", "external-connection.planned", {"link": "N1"})), "S2-D4.1-5"),
    ("S2-D4.1-6", "incident-procedure", Marathon, "S2-D4.1-6"),
    ("S2-D4.1-6-ア", "first-report-record", told(INCIDENT), "S2-D4.1-6-ア"),
    (
        "S2-D4.1-6-イ-書面",
        "incident-details",
        told(
            INCIDENT,
            ("2026-02-02T10:30", "data-incident.first-reported", {"incident": "I1", "caller": "C", "whom": "W"}),
            ("2026-02-02T11:00", "data-incident.detailed", {"incident": "I1"}),
        ),
        "S2-D4.1-6-イ-書面",
    ),
    ("S2-D4.1-6-エ", "incident-report", told(INCIDENT), "S2-D4.1-6-エ"),
    (
        "S2-D4.1-7",
        "subcontract-plan",
        told(("2026-01-10", "subcontract.planned", {"sub": "K1", "tier": "first", "personal": True})),
        "S2-D4.1-7",
    ),
    (
        "S2-D4.2-4-ア",
        "compliance-report",
        told(("2026-01-10", "compliance-report.scheduled", {"report": "C1", "on": "2026-06-30"})),
        "S2-D4.2-4-ア",
    ),
    (
        "S2-D4.2-5-後",
        "data-plan",
        told(
            ("2026-01-10", "insufficiency.found", {"insufficiency": "F1"}),
            ("2026-01-11", "corrective-action.consulted", {"insufficiency": "F1"}),
            ("2026-01-12", "corrective-action.taken", {"insufficiency": "F1"}),
        ),
        "S2-D4.2-5-後",
    ),
    ("S2-D4.3-1", "return-plan", told(DONE), "S2-D4.3-1"),
    ("S2-D4.3-3", "incident-records", told(INCIDENT, DONE), "S2-D4.3-3"),
    (
        "S2-D4.4-1",
        "sanitization-plan",
        told(
            (
                "2026-01-10",
                "sanitization.planned",
                {"device": "M1", "class_": "A", "on": "2026-04-01", "leased": False, "outside": False},
            )
        ),
        "S2-D4.4-1",
    ),
    (
        "S2-D4.4-3",
        "sanitization-report",
        told(("2026-04-01", "sanitization.done", {"device": "M1", "on": "2026-04-01"})),
        "S2-D4.4-3",
    ),
    (
        "S2-D5.6-1",
        "configuration",
        told(("2026-01-10", "data-system.build-started", {"system": "Y1"})),
        "S2-D5.6-1",
    ),
]


@pytest.mark.parametrize(
    ("paper", "life", "clause"),
    [pytest.param(*rest, id=clause, marks=pytest.mark.shows(clause)) for clause, *rest in CASES],
)
def test_the_document_of_a_clause_is_drafted_for_the_duty_that_arose(
    paper: str, life: Callable[[], Life], clause: str
) -> None:
    result = life().on("2027-03-25")
    instance = next(view.id for view in result.views.values() if view.provision == clause)
    view = result.views[instance]
    drafted = draft(result, paper, instance)
    assert drafted.instance == instance
    assert drafted.workings
    assert clause in [each.id for each in drafted.clauses]
    printed = pdf_text(pdf(drafted))
    for text in (printed, word_text(word(drafted))):
        assert squeezed(drafted.title_ja) in text
        assert squeezed(instance) in text
    if view.due.day is not None:
        assert any(each.value for each in drafted.entries if each.ja == "期限" or each.origin.startswith("due:"))
    elif view.due.blank is not None:
        assert squeezed(view.due.blank.ja) in printed
