"""The kiosk's two lines: through the relay to the center, and to its shop controller."""

from __future__ import annotations

import msgspec

from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.transport.client import PeerClient, PeerUnreachableError
from itaku.issuance.transport.status_telling import TIMEOUT_S

CENTER_TIMEOUT_S = 30.0
SHOP_TIMEOUT_S = 5.0


class LineDownError(Exception):
    """No usable answer came; whether the peer acted is unknown, and the same request may be sent again."""


class Line:
    """Requests and their answers. `down` cuts the line to the relay: the practice stand's switch."""

    def __init__(self, relay: PeerClient, shop: PeerClient) -> None:
        self._relay = relay
        self._shop = shop
        self.down = False

    async def ask_center(self, request: m.Request) -> m.Answer:
        """The center's answer to this very request; `LineDownError` for silence, garbage, or another's answer."""
        if self.down:
            raise LineDownError("cut for practice")
        try:
            body = await self._relay.post("/m", m.encode(request), CENTER_TIMEOUT_S, m.MAX_ANSWER_BYTES)
            answer = m.decode_answer(body)
        except (PeerUnreachableError, msgspec.DecodeError) as error:
            raise LineDownError(type(error).__name__) from error
        ours = (answer.issuance_id, answer.kiosk) == (request.issuance_id, request.kiosk)
        unread = isinstance(answer, m.Refused) and answer.issuance_id == m.NOBODY
        if not ours and not unread:
            raise LineDownError("another session's answer")
        return answer

    async def tell_operations(self, status: bytes) -> bytes:
        """The answer to a heartbeat; `PeerUnreachableError` for silence."""
        if self.down:
            raise PeerUnreachableError("cut for practice")
        return await self._relay.post("/ops", status, TIMEOUT_S)

    async def ask_shop(self, request: s.ShopRequest) -> s.ShopReply:
        """The shop controller's reply; `LineDownError` for silence or garbage."""
        try:
            return s.decode_shop_reply(await self._shop.post("/shop", s.encode_shop(request), SHOP_TIMEOUT_S))
        except (PeerUnreachableError, msgspec.DecodeError) as error:
            raise LineDownError(type(error).__name__) from error
