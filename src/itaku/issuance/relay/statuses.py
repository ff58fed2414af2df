"""What the relay passes to operations: each machine's own heartbeat, and nothing in another's name."""

from __future__ import annotations

import msgspec

from itaku.issuance.protocol import operation_messages as o
from itaku.issuance.transport.client import PeerClient, PeerUnreachableError
from itaku.issuance.transport.identity import Identity
from itaku.store.log import Log

CENTER_TIMEOUT_S = 10.0


class StatusPassage:
    """Passes a shop's or kiosk's heartbeat to the center, and the center's answer back."""

    def __init__(self, center: PeerClient, log: Log) -> None:
        self._center = center
        self._log = log

    async def receive(self, peer: Identity, body: bytes) -> bytes:
        """The center's answer, or a refusal of the relay's own."""
        try:
            status = o.decode_status(body)
        except msgspec.DecodeError:
            return o.encode_operation(o.StatusRefused("malformed"))
        if (status.node, status.role) != (peer.name, peer.role.value):
            self._log.warning("not_passed", peer=peer.dns_name, code="not_allowed")
            return o.encode_operation(o.StatusRefused("not_allowed"))
        try:
            return await self._center.post("/ops", body, CENTER_TIMEOUT_S, o.MAX_STATUS_BYTES)
        except PeerUnreachableError as error:
            self._log.warning("center_silent", error=str(error))
            return o.encode_operation(o.StatusRefused("center_unavailable"))
