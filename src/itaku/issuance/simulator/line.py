"""A kiosk's line through its relay to the center: loss, duplication, lateness, cuts, and a relay that cheats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.kiosk.hands import KEEP_ASKING
from itaku.issuance.kiosk.journal import JournalRecord
from itaku.issuance.kiosk.machine import KioskMachine
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.digests import application_digest
from itaku.issuance.protocol.kinds import SealRegistrationOptions
from itaku.issuance.relay.passage import Gate
from itaku.issuance.transport.identity import Identity, Role

if TYPE_CHECKING:
    from itaku.issuance.simulator.kiosk import SimulatedKiosk
    from itaku.issuance.simulator.world import World

AGAIN_MS = 3_000
"""A request without an answer is sent again after so long."""
REPORT_AGAIN_MS = 10_000
_LONGEST_PAUSE_MS = 60_000


class Call:
    """One request of one kiosk, until it is answered or no longer wanted."""

    __slots__ = ("_limit", "_random", "_tries", "_world", "kiosk", "life", "machine", "record", "request", "turn")

    def __init__(
        self, kiosk: SimulatedKiosk, request: m.Request, machine: KioskMachine | None, record: JournalRecord | None
    ) -> None:
        self.kiosk = kiosk
        self.request = request
        self.life = kiosk.life
        self.machine = machine
        self.turn = 0 if machine is None else machine.turn
        self.record = record
        self._world: World = kiosk.world
        self._tries = 0
        self._random = kiosk.chance.random
        self._limit = kiosk.chance.limits["network"]

    @property
    def wanted(self) -> bool:
        """Whether the kiosk still waits for the answer."""
        kiosk = self.kiosk
        if self.life != kiosk.life:
            return False
        if self.record is not None:
            return kiosk.telling.get(self.record.issuance_id) is self.record
        if self.machine is not None:
            return kiosk.machine is self.machine and self.machine.turn == self.turn
        return self._tries < 3

    def send(self, _: object = None) -> None:
        """Over the first leg, to the relay."""
        if self.wanted:
            self.begin()

    def begin(self) -> None:
        """The first time nobody doubts that it is wanted."""
        world, kiosk, request = self._world, self.kiosk, self.request
        self._tries += 1
        if kiosk.is_cut or world.now < kiosk.relay.cut_until:
            self.lost()
            return
        draw = self._random()
        if draw >= self._limit:
            world.after(2 + int(58 * self._random()), self._at_relay, request)
            return
        match world.chance.which("network", draw):
            case "lost":
                self.lost()
            case "late":
                world.after(world.chance.between(1_000, 20_000), self._at_relay, request)
                self.lost()
            case _:
                world.after(world.chance.between(2, 60), self._at_relay, request)
                world.after(world.chance.between(2, 9_000), self._at_relay, request)

    def lost(self) -> None:
        """No answer will come of this sending: another one after a while."""
        pause = AGAIN_MS if self.record is None else REPORT_AGAIN_MS
        until_back = self.kiosk.cut[1] - self._world.now
        if pause < until_back and self.kiosk.is_cut:
            pause = min(until_back, _LONGEST_PAUSE_MS)
        self._world.after(pause, self.send, None)

    def reply(self, answer: m.Answer) -> None:
        """The center's answer, over the relay's two legs back."""
        world = self._world
        if self.kiosk.is_cut:
            self.lost()
            return
        if type(answer) is m.Prepared:
            answer = self.kiosk.relay.swap(answer)
        elif world.on_the_wire:
            answer = m.decode_answer(m.encode(answer))
        draw = self._random()
        if draw >= self._limit:
            world.after(2 + int(58 * self._random()), self._answered, answer)
            return
        match world.chance.which("network", draw):
            case "lost":
                self.lost()
            case "late":
                world.after(world.chance.between(1_000, 20_000), self._answered, answer)
                self.lost()
            case _:
                self._answered(answer)
                world.after(world.chance.between(2, 9_000), self._answered, answer)

    def _at_relay(self, request: m.Request) -> None:
        world = self._world
        if type(request) is not m.Apply and not world.on_the_wire:
            world.centers.receive(self)
            return
        passed = self.kiosk.relay.passes(self.kiosk.name, request)
        if passed is not None:
            world.centers.receive(self if passed is request else self._altered(passed))

    def _altered(self, request: m.Request) -> Call:
        """The same call with what the relay made of it."""
        other = Call(self.kiosk, request, self.machine, self.record)
        other.life, other.turn = self.life, self.turn
        return other

    def _answered(self, answer: m.Answer) -> None:
        if self.life != self.kiosk.life:
            return
        if type(answer) is m.Refused and answer.code in KEEP_ASKING and type(self.request) is not m.Open:
            self.lost()
            return
        self._world.audit.acknowledged(self.request, answer)
        self.kiosk.answered(self, answer)


class VoidCall(Call):
    """The shop's own call: a set was taken back. It is repeated until the center has acknowledged it."""

    __slots__ = ()

    @property
    def wanted(self) -> bool:
        """Until the shop knows that the center knows."""
        return self.request.issuance_id in self.kiosk.voiding

    def _at_relay(self, _request: m.Request) -> None:
        self._world.centers.receive(self)

    def _answered(self, answer: m.Answer) -> None:
        self._world.audit.acknowledged(self.request, answer)
        if isinstance(answer, m.VoidOk):
            self.kiosk.voiding.discard(answer.issuance_id)
        else:
            self.lost()


class Relay:
    """One relay: the real gate where bytes are on the wire, and now and then a cheat."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.gate = Gate(10**6)
        self.cut_until = 0
        self._other_sealed = b""

    def passes(self, kiosk: str, request: m.Request) -> m.Request | None:
        """What goes on to the center; None if nothing does."""
        world = self._world
        if world.on_the_wire:
            admitted, _ = self.gate.check(Identity(kiosk, Role.KIOSK), m.encode(request), world.now)
            if admitted is None:
                return None
            request = admitted
        if isinstance(request, m.Apply) and world.chance.hit("forged"):
            world.explained.add(request.issuance_id)
            return world.parts.forge(world, request)
        return request

    def swap(self, answer: m.Prepared) -> m.Prepared:
        """The answer as it came, or with the document of the answer before it."""
        world, other = self._world, self._other_sealed
        self._other_sealed = answer.sealed
        if other and world.chance.hit("tampered"):
            return msgspec.structs.replace(answer, sealed=other)
        return answer


def forge(world: World, request: m.Apply) -> m.Apply:
    """An application that the resident never confirmed, with or without a digest that fits."""
    asked = request.application
    more = asked.copies + 1
    changes: dict[str, Any] = world.chance.one_of(
        (
            {"options": SealRegistrationOptions()},
            {"copies": more, "fee_yen": Yen(asked.fee_yen // asked.copies * more)},
            {"session_key": world.chance.bytes(len(asked.session_key))},
            {"challenge": world.chance.bytes(32)},
        )
    )
    application = msgspec.structs.replace(asked, **changes)
    digest = application_digest(application) if world.chance.random() < 0.5 else request.digest
    return msgspec.structs.replace(request, application=application, digest=digest)
