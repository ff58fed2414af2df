"""The running relay: two legs, and nothing passed through that was not read as a message first."""

from __future__ import annotations

import msgspec

from itaku.basis.clock import Clock
from itaku.issuance.protocol import messages as m
from itaku.issuance.relay.passage import Gate
from itaku.issuance.relay.passage_log import Passage, PassageLog
from itaku.issuance.transport.client import PeerClient, PeerUnreachableError
from itaku.issuance.transport.identity import Identity
from itaku.store.log import Log

CENTER_TIMEOUT_S = 25.0


class RelayNode:
    """Passes a kiosk's requests to the center, and the center's answers back."""

    def __init__(
        self,
        center: PeerClient,
        gate: Gate,
        passages: PassageLog,
        clock: Clock,
        log: Log,
    ) -> None:
        self._center = center
        self._gate = gate
        self._passages = passages
        self._clock = clock
        self._log = log

    async def receive(self, peer: Identity, body: bytes) -> bytes:
        """Answers a kiosk's request with the center's answer, or with a refusal of its own."""
        request, refused = self._gate.check(peer, body, self._clock.now())
        if request is None:
            assert refused is not None, "what may not pass is refused"
            self._log.warning("not_passed", peer=peer.dns_name, code=refused.code)
            answer = m.encode(refused)
            self._note(peer, refused.issuance_id, "", body, answer, refused.code)
            return answer
        outcome = "passed"
        try:
            # The answer's bytes go on as they came: a sealed document is nothing that a relay could read.
            answer = await self._center.post("/m", body, CENTER_TIMEOUT_S, m.MAX_ANSWER_BYTES)
        except (PeerUnreachableError, msgspec.DecodeError) as error:
            self._log.warning("center_silent", error=str(error))
            outcome = "center_unavailable"
            answer = m.encode(m.refuse(request, outcome))
        self._note(peer, request.issuance_id, type(request).__name__, body, answer, outcome)
        return answer

    def _note(self, peer: Identity, issuance_id: bytes, message: str, body: bytes, answer: bytes, outcome: str) -> None:
        passage = Passage(self._clock.now(), peer.name, issuance_id, message, len(body), len(answer), outcome)
        self._passages.note(passage)
