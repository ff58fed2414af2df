"""Messages from where none may come (I6): each must be refused by the real gate, or by the real list of callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from itaku.basis.randomness import IssuanceId
from itaku.issuance.center.machine import Reply
from itaku.issuance.protocol import messages as m
from itaku.issuance.transport.identity import MAY_CALL, Identity, Role

if TYPE_CHECKING:
    from itaku.issuance.simulator.kiosk import SimulatedKiosk
    from itaku.issuance.simulator.world import World

_ROLES = tuple(Role)


def intrude(world: World, kiosk: SimulatedKiosk) -> None:
    """One attempt; whatever is let in breaks I6."""
    victim = world.kiosks[world.chance.below(len(world.kiosks))]
    issuance_id = victim.machine.issuance_id or IssuanceId(world.chance.bytes(16))
    abandon = m.Abandon(issuance_id=issuance_id, kiosk=victim.name, reason="cancelled")
    outcome = m.Outcome(issuance_id=issuance_id, kiosk=victim.name, municipality="990000", delivered=True)
    attempts = (_in_anothers_name, _as_center, _past_the_relay, _past_the_center, _with_anothers_id)
    attempt = world.chance.one_of(attempts)
    if attempt(world, kiosk, abandon, outcome):
        world.audit.broken("I6", issuance_id, f"let in: {attempt.__name__.strip('_').replace('_', ' ')}")


def _in_anothers_name(world: World, kiosk: SimulatedKiosk, abandon: m.Abandon, _outcome: m.Outcome) -> bool:
    peer = Identity(f"{kiosk.name}-not", Role.KIOSK)
    return world.parts.gate(kiosk.relay.gate, peer, m.encode(abandon), world.now)


def _as_center(world: World, kiosk: SimulatedKiosk, _abandon: m.Abandon, outcome: m.Outcome) -> bool:
    return world.parts.gate(kiosk.relay.gate, Identity(outcome.kiosk, Role.KIOSK), m.encode(outcome), world.now)


def _past_the_relay(world: World, _kiosk: SimulatedKiosk, _abandon: m.Abandon, _outcome: m.Outcome) -> bool:
    outside = [role for role in _ROLES if role is not Role.RELAY]
    return outside[world.chance.below(len(outside))] in MAY_CALL[Role.CENTER]


def _past_the_center(world: World, _kiosk: SimulatedKiosk, _abandon: m.Abandon, _outcome: m.Outcome) -> bool:
    outside = [role for role in _ROLES if role not in {Role.CENTER, Role.REGISTRY}]
    return outside[world.chance.below(len(outside))] in MAY_CALL[Role.MUNICIPALITY]


def _with_anothers_id(world: World, kiosk: SimulatedKiosk, abandon: m.Abandon, _outcome: m.Outcome) -> bool:
    """The gate lets a kiosk's own name through; the center must see that the issuance is another's."""
    own = msgspec.structs.replace(abandon, kiosk=f"{kiosk.name}-not")
    row = world.centers.row(own.issuance_id)
    if row is None:
        return False
    step = world.parts.center_handle(world.now, own, row, world.policy)
    refused = any(isinstance(effect, Reply) and isinstance(effect.answer, m.Refused) for effect in step.effects)
    return step.row is not None or not refused
