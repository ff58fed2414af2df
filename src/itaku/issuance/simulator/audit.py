"""The invariants I1 to I9, checked where each can first be broken, and once more when an issuance is at rest."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from itaku.issuance.center import machine as center
from itaku.issuance.center.machine import AT_REST
from itaku.issuance.kiosk.journal import JournalRecord, Phase, encode_record
from itaku.issuance.municipality.table import MUNICIPALITY_TABLE
from itaku.issuance.protocol import messages as m
from itaku.issuance.simulator.population import FRESHNESS_MS
from itaku.issuance.simulator.works import APPROVED_BUILD

if TYPE_CHECKING:
    from itaku.issuance.simulator.kiosk import SimulatedKiosk
    from itaku.issuance.simulator.works import ModelDocument
    from itaku.issuance.simulator.world import World

_UNCERTAIN, _REFUNDED = Phase.UNCERTAIN, Phase.REFUNDED

WINDOW_MS = 2_400_000
"""An issuance is audited so long after its session: no duplicate of its messages can still be on the way."""
_LOOKS = 12
"""So many windows may pass before an issuance that is not at rest counts as lost."""
ENOUGH = 20
"""A world with so many violations is stopped."""


class EnoughViolations(Exception):  # noqa: N818 it ends a run, and is no error of it
    """A world has as many violations as were wanted."""


_STANDS: dict[type, frozenset[str]] = {
    m.OpenOk: frozenset({"opened", "applied", "prepared", "permitted", "delivered", *AT_REST}),
    m.Prepared: frozenset({"prepared", "permitted", "delivered", *AT_REST} - {"refused"}),
    m.PermitOk: frozenset({"permitted", "delivered", *AT_REST} - {"refused"}),
    m.DeliveredOk: frozenset({"delivered", "closed", "voided"}),
    m.ErasedOk: frozenset({"closed", "voided"}),
    m.VoidOk: frozenset({"voided"}),
    m.RefundedOk: frozenset({"refunded"}),
    m.AbandonOk: frozenset({"abandoned", "refused"}),
}
"""In which states the center's row may be once a kiosk has heard this answer."""


class Violation(msgspec.Struct, frozen=True):
    """An invariant that did not hold. With this seed the world breaks it at this step again."""

    invariant: str
    seed: int
    step: int
    issuance: str
    text: str


class Case:
    """One issuance as the auditor knows it: whose card, at which kiosk, and what has been seen of it."""

    __slots__ = ("asked_money", "digest", "issuance_id", "kiosk", "looks", "name", "refunded", "resident", "uncertain")

    def __init__(self, issuance_id: bytes, kiosk: SimulatedKiosk, resident: str) -> None:
        self.issuance_id = issuance_id
        self.kiosk = kiosk
        self.resident = resident
        self.name = resident.encode()
        self.digest = b""
        self.looks = 0
        self.asked_money = False
        self.uncertain = False
        self.refunded = False


class Audit:
    """Watches a world. It knows more than any node: cards, paper, coins and the source of truth."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.cases: dict[bytes, Case] = {}
        self.violations: list[Violation] = []
        self.refunds = 0
        self.uncertain = 0
        self.delivered = 0
        self.enough = ENOUGH
        self._ended: deque[tuple[int, Case]] = deque()
        """Sessions that are over, each with the time at which it is looked at."""

    def broken(self, invariant: str, issuance_id: bytes, text: str) -> None:
        """Notes a violation at the present step."""
        world = self._world
        world.note("audit", invariant, text, issuance_id)
        self.violations.append(Violation(invariant, world.seed, world.step, issuance_id.hex(), text))
        if len(self.violations) >= self.enough:
            raise EnoughViolations

    # ---- while it happens ----

    def opened(self, issuance_id: bytes, kiosk: SimulatedKiosk, resident: str) -> None:
        """A session has its id."""
        known = self.cases.get(issuance_id)
        if known is not None and known.kiosk is not kiosk:
            # Ids that are not unique are no violation by themselves: what follows from them is.
            known.looks = 0
        self.cases[issuance_id] = Case(issuance_id, kiosk, resident)

    def center_opened(self, step: center.Step) -> None:
        """After `Open`. I7: nothing begins that the record cannot take; R6: nor with a build that is not approved."""
        row = step.row
        assert row is not None, "an opened issuance has its row"
        away, back = self._world.center_record
        if away <= row.opened_ms < back:
            self.broken("I7", row.issuance_id, "opened while the record took no entries")
        case = self.cases.get(row.issuance_id)
        if case is not None and case.kiosk.build != APPROVED_BUILD:
            self.broken("I1", row.issuance_id, "opened for a build that is not approved")

    def acknowledged(self, request: m.Request, answer: m.Answer) -> None:
        """I3: what the kiosk hears as done is written at the center."""
        states = _STANDS.get(type(answer))
        if states is None:
            return
        row = self._world.centers.row(answer.issuance_id)
        if (row is None or row.state not in states) and request.issuance_id in self.cases:
            found = "nothing" if row is None else row.state
            self.broken("I3", answer.issuance_id, f"{type(answer).__name__} was heard, {found} is written")

    def journal_written(self, record: JournalRecord) -> bytes:
        """The record's bytes on the kiosk's disk. I4: no key and nothing of the document is among them."""
        data = encode_record(record)
        case = self.cases.get(record.issuance_id)
        if case is not None:
            if record.phase is _UNCERTAIN and not case.uncertain:
                case.uncertain = True
                self.uncertain += 1
            if record.phase is _REFUNDED and not case.refunded:
                case.refunded = True
                self.refunds += 1
            if case.name in data:
                self.broken("I4", record.issuance_id, "the journal names the resident")
        return data

    def money_asked(self, kiosk: SimulatedKiosk, issuance_id: bytes) -> None:
        """I2: no money before the intent is written and the center has permitted, and none for a poisoned record."""
        case = self.cases.get(issuance_id)
        if case is None or case.asked_money:
            return
        case.asked_money = True
        if issuance_id not in kiosk.journal:
            self.broken("I3", issuance_id, "money was asked for before anything was written")
        if issuance_id in self._world.poison.records:
            self.broken("I2", issuance_id, "money was asked for on a blank record")

    def printed(self, kiosk: SimulatedKiosk, issuance_id: bytes, document: ModelDocument) -> None:
        """I1 and I8, at the moment when the printer gets the document."""
        case, facts = self.cases.get(issuance_id), document.facts
        if case is None or case.kiosk is not kiosk or facts.resident != case.resident:
            self.broken("I1", issuance_id, f"{facts.resident} printed for {case.resident if case else 'nobody'}")
        elif document.issuance_id != issuance_id:
            self.broken("I1", issuance_id, "printed from another session")
        elif document.digest != case.digest:
            self.broken("I1", issuance_id, "printed for an application that the card did not sign")
        ended = self._world.source.ended.get(facts.version)
        if ended is not None and ended < document.made_ms - FRESHNESS_MS:
            self.broken("I8", issuance_id, f"untrue for {document.made_ms - ended} ms when it was made")
        if self._world.poison.spoilt(document):
            self.broken("I1", issuance_id, "a spoilt page was printed")

    def session_over(self, kiosk: SimulatedKiosk) -> None:
        """I4: with the session's end its key is gone."""
        if kiosk.machine.holds_key:
            self.broken("I4", kiosk.machine.issuance_id, "the key outlives the session")

    def signed(self, issuance_id: bytes, digest: bytes) -> None:
        """What the resident confirmed on the screen, as the card signed it."""
        case = self.cases.get(issuance_id)
        if case is not None:
            case.digest = digest

    # ---- at rest ----

    def session_ended(self, case: Case) -> None:
        """Looks at it once nothing of it can be on the way any more."""
        case.looks = 1
        self._ended.append((self._world.now + WINDOW_MS, case))

    def sweep(self) -> None:
        """Looks at what is due by now."""
        now, ended = self._world.now, self._ended
        while ended and ended[0][0] <= now:
            self._look(ended.popleft()[1])

    def _look(self, case: Case) -> None:
        """Checks an issuance once it is at rest, and lets it go; looks again later while it is not."""
        world, issuance_id = self._world, case.issuance_id
        if self.cases.get(issuance_id) is not case:
            return
        why = self._not_at_rest(case)
        if why:
            case.looks += 1
            if case.looks < _LOOKS:
                self._ended.append((world.now + WINDOW_MS, case))
                return
            self.broken("I3", issuance_id, f"does not come to rest: {why}")
        else:
            self._compare(case)
        del self.cases[issuance_id]
        world.forget(case)

    def _not_at_rest(self, case: Case) -> str:
        issuance_id, kiosk = case.issuance_id, case.kiosk
        if issuance_id in kiosk.journal:
            return f"kiosk {kiosk.journal[issuance_id].phase.value}"
        if kiosk.machine.issuance_id == issuance_id and not kiosk.machine.at_rest:
            return f"kiosk {kiosk.machine.state}"
        if issuance_id in kiosk.voiding:
            return "shop voiding"
        row = self._world.centers.row(issuance_id)
        if row is not None and (row.state not in AT_REST or not row.told):
            return f"center {row.state}, told {row.told}"
        city = self._world.city_row(issuance_id)
        if city is not None and not MUNICIPALITY_TABLE.states[city.state].at_rest:
            return f"municipality {city.state}"
        return ""

    def _compare(self, case: Case) -> None:
        """I2 and I5: money, paper and the three counts say the same."""
        world, issuance_id = self._world, case.issuance_id
        row, city = world.centers.row(issuance_id), world.city_row(issuance_id)
        kiosk = case.kiosk
        closed = row is not None and row.state == "closed"
        counted = city is not None and city.state == "counted"
        booked = kiosk.register.sales.get(issuance_id, 0)
        kept = kiosk.cash.kept.get(issuance_id, 0)
        fee = row.fee_yen if row is not None and closed else 0
        if kept != fee:
            self.broken("I2", issuance_id, f"{kept} yen kept of a fee of {fee}")
        if not (booked == fee and counted == closed):
            self.broken("I5", issuance_id, f"center {closed}, municipality {counted}, register {booked} of {fee} yen")
        if row is not None and closed:
            self.delivered += 1
            sheets = kiosk.printer.sheets.get(issuance_id.hex(), 0)
            if sheets != row.pages * row.copies:
                self.broken("I2", issuance_id, f"{sheets} sheets of {row.pages * row.copies}")
        elif row is not None and row.state == "voided" and issuance_id not in kiosk.register.voided:
            self.broken("I5", issuance_id, "void at the center only")
        elif not case.asked_money and kiosk.printer.sheets.get(issuance_id.hex()):
            self.broken("I2", issuance_id, "printed without a fee")
