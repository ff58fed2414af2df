"""What a simulated world is built from, so that a test can put one broken part among the real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import Randomness
from itaku.issuance.center import machine as center
from itaku.issuance.kiosk.machine import KioskMachine
from itaku.issuance.municipality import machine as municipality
from itaku.issuance.protocol import messages as m
from itaku.issuance.relay.passage import Gate
from itaku.issuance.simulator.chance import Chance
from itaku.issuance.simulator.devices import ModelCash, ModelPrinter
from itaku.issuance.simulator.line import forge
from itaku.issuance.simulator.population import Replica
from itaku.issuance.simulator.servers import CenterServers
from itaku.issuance.simulator.shop import ModelClerk, ModelRegister
from itaku.issuance.simulator.store import Store, check_topology
from itaku.issuance.simulator.works import ModelCrypto, ModelPolicy, ModelWorks
from itaku.issuance.transport.identity import Identity

if TYPE_CHECKING:
    from itaku.issuance.simulator.world import World


class _WorldsRandomness:
    """The kiosks' randomness: the world's own stream."""

    def __init__(self, world: World) -> None:
        self.token: Callable[[int], bytes] = world.chance.bytes


def one_store(instances: int) -> tuple[Store[Any], ...]:
    """All instances over one database."""
    return (Store(),) * instances


def passes_gate(gate: Gate, peer: Identity, body: bytes, now: InstantMs) -> bool:
    """Whether the relay lets a peer's bytes through."""
    request: m.Request | None = gate.check(peer, body, now)[0]
    return request is not None


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """One of each. The machines are the real ones; the rest are models that keep their contracts."""

    chance: Callable[..., Chance] = Chance
    center_servers: Callable[..., CenterServers] = CenterServers
    center_handle: Callable[..., center.Step] = center.handle
    municipality_handle: Callable[..., municipality.Step] = municipality.handle
    kiosk_machine: Callable[..., KioskMachine] = KioskMachine
    randomness: Callable[[World], Randomness] = _WorldsRandomness
    crypto: Callable[[World], ModelCrypto] = ModelCrypto
    policy: Callable[[World], ModelPolicy] = ModelPolicy
    works: Callable[[World, int], ModelWorks] = ModelWorks
    replica: Callable[[], Replica] = Replica
    printer: Callable[..., ModelPrinter] = ModelPrinter
    cash: Callable[..., ModelCash] = ModelCash
    clerk: Callable[..., ModelClerk] = ModelClerk
    register: Callable[[], ModelRegister] = ModelRegister
    stores: Callable[[int], tuple[Store[Any], ...]] = one_store
    topology_check: Callable[[tuple[Store[Any], ...]], None] = check_topology
    gate: Callable[[Gate, Identity, bytes, InstantMs], bool] = passes_gate
    forge: Callable[[World, m.Apply], m.Apply] = forge


PARTS = Parts()
"""Nothing broken."""
