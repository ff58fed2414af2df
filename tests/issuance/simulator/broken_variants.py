"""Deliberately broken parts for a simulated world. Each is a bug that somebody has made, or a guard left out.

A variant stands here once as the bug alone, with every guard on, and once with the guards removed that stop it.
"""

from __future__ import annotations

from types import MethodType
from typing import ClassVar

import msgspec

from itaku.issuance.center import machine as center
from itaku.issuance.center.machine import OpenRefusedError
from itaku.issuance.devices.contracts import CashState, CashStatus
from itaku.issuance.kiosk import events as e
from itaku.issuance.kiosk.machine import KioskMachine
from itaku.issuance.municipality import machine as municipality
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.digests import application_digest, content_hash
from itaku.issuance.simulator.devices import ModelCash
from itaku.issuance.simulator.population import Replica
from itaku.issuance.simulator.servers import CenterServers
from itaku.issuance.simulator.shop import ModelRegister
from itaku.issuance.simulator.store import Store
from itaku.issuance.simulator.works import ModelCrypto, ModelPolicy, ModelWorks, city_code

# ---- ids from the clock (R3) ----


def clock_ids(unit_ms):
    """Issuance ids made of the time, as a counter of so many milliseconds."""

    class ClockIds:
        def __init__(self, world):
            self._world = world

        def token(self, size):
            if size != 16:
                return self._world.chance.bytes(size)
            return (self._world.now // unit_ms).to_bytes(16, "big")

    return ClockIds


def trusting_center(now, event, row, policy):
    """A center that compares nothing of a request with its row: the later overwrites the earlier."""
    if row is None or isinstance(event, center.Deadline | center.FromMunicipality):
        return center.handle(now, event, row, policy)
    if isinstance(event, m.Open):
        step = center.handle(now, event, None, policy)
        if step.row is None:
            return step
        new = msgspec.structs.replace(step.row, version=row.version + 1)
        return msgspec.structs.replace(step, row=new, source=row.state)
    agreed = {"kiosk": event.kiosk, "answered": {}}
    if isinstance(event, m.Apply):
        asked = event.application
        agreed |= {"challenge": asked.challenge, "municipality": asked.municipality, "digest": event.digest}
        agreed["session_key_sha256"] = center.session_key_hash(asked.session_key)
    elif isinstance(event, m.Permit | m.Delivered | m.Refunded):
        agreed["digest"] = event.digest
    return center.handle(now, event, msgspec.structs.replace(row, **agreed), policy)


def trusting_municipality(now, event, row, works):
    """A municipality that takes every application of a known id for the same one."""
    if row is not None and isinstance(event, m.Apply):
        row = msgspec.structs.replace(row, kiosk=event.kiosk, content=content_hash(event))
    return municipality.handle(now, event, row, works)


# ---- what happens before the sealing: locks and caches (R1, R2) ----


class ReleasedLock(ModelWorks):
    """Pages are made one after another. A wait that is too long only releases the lock: the file before is taken."""

    _since_ms = 0
    _file = None

    def render(self, request, job):
        now = self._world.now
        page = super().render(request, job)
        waited = now - self._since_ms
        if self._file is not None and 600 < waited < 1_000:
            page = self._file
        if waited >= 1_000:
            self._since_ms = now
        self._file = page
        return page


class CachedBySecond(ModelWorks):
    """A cache of finished pages whose key is the second."""

    def render(self, request, job):
        second = self._world.now // 1_000
        cached = getattr(self, "_cached", (0, None))
        if cached[0] != second:
            self._cached = (second, super().render(request, job))
        return self._cached[1]


class Namesakes(ModelWorks):
    """Pages are filed by name and birth date."""

    def render(self, request, job):
        page = super().render(request, job)
        files = self.__dict__.setdefault("_files", {})
        return page._replace(facts=files.setdefault((page.facts.name, page.facts.born), page.facts))


def without_read_back(works):
    """The same works, with no read-back."""
    return type("WithoutReadBack", (works,), {"read_back": lambda *_: None})


def by_name_and_birth_only(works):
    """The same works, whose read-back knows no binding."""
    return type("ByNameOnly", (works,), {"compare_binding": lambda *_: None})


class UncheckedDocument(ModelCrypto):
    """A kiosk that opens what it gets and does not look for whom it was made."""

    def check(self, document, application):
        pass


class UnsealedDocument(UncheckedDocument):
    """Nor is anything sealed to a session."""

    def unseal(self, _secret, answer, _application):
        return self._world.sealed[answer.sealed][2]


class KioskTakesAnyAnswer(KioskMachine):
    """A kiosk that does not compare an answer's digest with its own."""

    def _prepared(self, now, event):
        answer = event.answer
        if isinstance(answer, m.Prepared):
            event = e.Answered(msgspec.structs.replace(answer, digest=self._digest))
        return super()._prepared(now, event)

    _handlers: ClassVar = {**KioskMachine._handlers, ("applying", e.Answered): _prepared}


# ---- checks of the application left out, and a relay that alters it ----


def other_card(world, request):
    """The relay puts another resident's card certificate in."""
    other = world.chance.one_of(world.source.everyone)
    return msgspec.structs.replace(request, card_certificate=other.encode())


def more_copies(_world, request):
    """The relay alters what was confirmed on the screen, and leaves the digest."""
    asked = request.application
    more = asked.copies + 1
    other = msgspec.structs.replace(asked, copies=more, fee_yen=asked.fee_yen // asked.copies * more)
    return msgspec.structs.replace(request, application=other)


def center_without_digest_check(now, event, row, policy):
    """A center that believes the digest it is told."""
    if isinstance(event, m.Apply):
        event = msgspec.structs.replace(event, digest=application_digest(event.application))
    return center.handle(now, event, row, policy)


def center_compares_no_digest(now, event, row, policy):
    """Nor does it compare the digests of later messages."""
    if row is not None and isinstance(event, m.Permit | m.Delivered | m.Refunded):
        event = msgspec.structs.replace(event, digest=row.digest)
    return center_without_digest_check(now, event, row, policy)


class UnsignedWorks(ModelWorks):
    """A municipality that does not check the card's signature."""

    def verify(self, request, now):
        signed = request.digest[:8] + request.card_certificate
        return super().verify(msgspec.structs.replace(request, signature=signed), now)


# ---- the register and its feed (R5) ----


class DeletionsNotSynced(Replica):
    """New entries arrive; deletions of persons and of seals do not."""

    def write(self, delta):
        kept = tuple(facts for facts in delta.upserts if facts.seal)
        super().write(delta._replace(upserts=kept, deletions=()))


class StaleIsGoodEnough(ModelWorks):
    """No look at when the replica last equalled its source."""

    def check_fresh(self, as_of, now):
        pass


class BlankIsGoodEnough(ModelWorks):
    """Required fields are not checked (R8)."""

    def check_complete(self, facts, *, numbered):
        pass


class PageNotLookedAt(ModelWorks):
    """Read-back knows the binding only: neither dates nor seal (R9, R10)."""

    def compare_page(self, job, document):
        pass


# ---- money and counts ----


class TakesAgain(ModelCash):
    """A cash unit without a key: a request that comes again is another fee."""

    def take(self, now, issuance_id, yen):
        again = issuance_id in self.state
        status = super().take(now, issuance_id, yen)
        if again:
            self.kept[issuance_id] = self.kept.get(issuance_id, 0) + yen
        return status


class DoesNotFence(ModelCash):
    """Says that nothing was paid, and goes on accepting coins."""

    def cancel(self, now, issuance_id):
        status = self.status(now, issuance_id)
        if status.state is not CashState.WAITING:
            return super().cancel(now, issuance_id)
        self.kept[issuance_id] = self._fee[issuance_id]
        return CashStatus(CashState.CANCELLED)


class BooksAgain(ModelRegister):
    """A register without a key: a sale that is told again is another sale."""

    def book(self, issuance_id, fee_yen):
        self.sales[issuance_id] = self.sales.get(issuance_id, 0) + fee_yen


class KeepsTheSale(ModelRegister):
    """A set that was taken back stays a sale (R11)."""

    def void(self, issuance_id):
        self.voided.add(issuance_id)


class TakesMoneyUnwritten(KioskMachine):
    """The intent is not written down before money."""

    def _ready(self, now, event):
        return [effect for effect in super()._ready(now, event) if not isinstance(effect, e.Persist)]

    _handlers: ClassVar = {**KioskMachine._handlers, ("checking", e.PrinterSaid): _ready}


class AsksNoPermit(KioskMachine):
    """Takes money once the document is there."""

    def _ready(self, now, event):
        effects = super()._ready(now, event)
        if self.state != "permitting":
            return effects
        return self._enter(now, "paying", [effects[0], e.Take(self.record.fee_yen)])

    _handlers: ClassVar = {**KioskMachine._handlers, ("checking", e.PrinterSaid): _ready}


def center_counts_whatever_it_is_told(now, event, row, policy):
    """A center that acknowledges reports without a permit."""
    if row is not None and isinstance(event, m.Delivered | m.Refunded | m.Erased) and row.state != "permitted":
        answer = {m.Delivered: m.DeliveredOk, m.Refunded: m.RefundedOk, m.Erased: m.ErasedOk}[type(event)]
        return center.Step(None, "", row.state, (center.Reply(answer(row.issuance_id, row.kiosk)),))
    return center.handle(now, event, row, policy)


# ---- sessions (R6) ----


class KeepsTheKey(KioskMachine):
    """The session's key outlives the session."""

    def _secret_gone(self):
        pass


class PrintsTheFileBefore(KioskMachine):
    """The file of the resident before is still there, and is printed."""

    _file = None

    def _prepared(self, now, event):
        effects = super()._prepared(now, event)
        if self._document is not None:
            kiosk = type(self)
            kiosk._file, self._document = self._document, kiosk._file or self._document
        return effects

    _handlers: ClassVar = {**KioskMachine._handlers, ("applying", e.Answered): _prepared}


class AdmitsAnyBuild(ModelPolicy):
    """Builds are not looked at."""

    def admit(self, request, now):
        return super().admit(msgspec.structs.replace(request, build="simulated"), now)


class AdmitsWithoutRecord(ModelPolicy):
    """New sessions begin though the record takes no entries."""

    def admit(self, request, now):
        try:
            return super().admit(request, now)
        except OpenRefusedError as refused:
            if refused.code != "record_unavailable":
                raise
        return self.cities[city_code(self._world.source.city_of(request.card_certificate.decode()))]


# ---- writing (R7) ----


class WritesAnyway(Store):
    """No compare-and-set: whoever writes last wins."""

    def commit(self, row, source):
        del source
        self.rows[row.issuance_id] = row
        return True


def a_store_each(instances):
    """Every instance with a database of its own."""
    return tuple(Store() for _ in range(instances))


class AnswersBeforeWriting(CenterServers):
    """The center acknowledges first and writes afterwards."""

    def _commit(self, work):
        instance, life, event, step, call = work
        for effect in step.effects:
            if isinstance(effect, center.Reply) and call is not None:
                call.reply(effect.answer)
        kept = tuple(effect for effect in step.effects if not isinstance(effect, center.Reply))
        later = msgspec.structs.replace(step, effects=kept)
        delay = self._world.chance.between(20, 200)
        self._world.after(delay, MethodType(CenterServers._commit, self), (instance, life, event, later, None))


def no_tombstone(now, event, row, works):
    """An outcome of an issuance that is not known yet is acknowledged and forgotten."""
    if row is None and isinstance(event, m.Outcome) and not event.delivered:
        return municipality.Step(None, "", "absent", (municipality.Reply(m.OutcomeOk(event.issuance_id, event.kiosk)),))
    return municipality.handle(now, event, row, works)


def any_attempt_will_do(now, event, row, works):
    """A render job's late result is compared with the row of a later attempt."""
    if row is not None and isinstance(event, municipality.Rendered) and row.state == "accepted":
        row = msgspec.structs.replace(row, attempt=event.job.attempt)
    return municipality.handle(now, event, row, works)
