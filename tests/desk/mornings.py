"""A morning with something in every band of the first screen: what was told of both contracts before 2 July 2026."""

from __future__ import annotations

from itaku.contracts.engine.events import Told

MARATHON, CERTIFICATES = "marathon-2026", "certificates-2026"


def _told(prefix: str, rows: list[tuple[str, str, dict[str, object]]]) -> list[Told]:
    return [
        Told(id=f"{prefix}{number}", at=at, kind=kind, fields=fields)
        for number, (at, kind, fields) in enumerate(rows, 1)
    ]


PAYMENT_DUE_TODAY = _told(
    "pay",
    [
        ("2026-05-07", "report.received", {"sub_no": "P-1", "scope": "fiscal-year", "fy": "R7"}),
        ("2026-05-12", "inspection.held", {"sub_no": "P-1", "scope": "fiscal-year", "result": "pass"}),
        ("2026-05-20", "part.valued", {"valuation": "V-1", "value_yen": 12_400_000}),
        ("2026-05-28", "part.agreed", {"valuation": "V-1", "sub_no": "P-1", "yen": 11_000_000}),
        ("2026-06-02", "invoice.received", {"sub_no": "P-1", "under": "S2-13-1-但/請求", "yen": 11_000_000}),
    ],
)
"""An invoice of 11,000,000 yen received on 2 June: 30 days end on 2 July."""

INSPECTION_OVERDUE = _told(
    "insp", [("2026-06-19", "report.received", {"sub_no": "Q-1", "scope": "fiscal-year", "fy": "R7"})]
)
"""A report received on 19 June: the tenth day was 29 June."""

SANITIZATION_AHEAD = _told(
    "san",
    [
        (
            "2026-06-30",
            "sanitization.planned",
            {"device": "PC-07", "class": "B", "on": "2026-08-06", "leased": False, "outside": False},
        )
    ],
)
"""A device to be sanitized on 6 August: its plan is due 30 days before, on 7 July."""

INCIDENT = _told(
    "inc",
    [
        ("2026-07-02T08:12", "data-incident.recognised", {"incident": "USB-1", "threat": "loss"}),
        (
            "2026-07-02T08:24",
            "data-incident.first-reported",
            {"incident": "USB-1", "caller": "T-01", "whom": "情報政策課 当番"},
        ),
    ],
)
"""A loss recognised at 8:12 and reported by voice at 8:24: the details are due by the clock."""

INQUIRY = _told("ask", [("2026-06-30", "accident.happened", {"incident": "K-1"})])


def tell(desk, contract: str, *told: list[Told]) -> None:
    """Tells a contract of a running desk."""
    events = [event for each in told for event in each]
    desk.ask(lambda keeper: keeper.append_all(contract, events))


def busy(desk) -> None:
    """All of it, but the incident."""
    tell(desk, MARATHON, PAYMENT_DUE_TODAY, INSPECTION_OVERDUE, SANITIZATION_AHEAD)
    tell(desk, CERTIFICATES, INQUIRY)
